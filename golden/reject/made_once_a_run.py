import random
import uuid
from datetime import datetime

from zenml import pipeline, step


@step
def load(seed: int, day: str) -> int:
    return seed


@step
def publish(score: int, title: str, day: str) -> None:
    print(score, title, day)


@pipeline
def training():
    today = datetime.now().strftime("%Y-%m-%d")
    score = load(seed=random.randint(0, 100), day=today)
    publish(score, title=f"run {uuid.uuid4().hex}", day=today)


if __name__ == "__main__":
    training()
