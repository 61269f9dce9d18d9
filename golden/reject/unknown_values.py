import random
from datetime import datetime

from zenml import pipeline, step


@step
def load(seed: int, day: str) -> int:
    return seed


@pipeline
def training():
    load(
        seed=random.randint(0, 100),  #~ ZC0208
        day=datetime.now().strftime("%Y-%m-%d"),  #~ ZC0208
    )


if __name__ == "__main__":
    training()
