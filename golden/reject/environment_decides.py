import os

from zenml import pipeline, step


@step
def load(size: int) -> int:
    return size


@pipeline
def training():
    if os.getenv("FULL", "no") == "yes":
        load(size=1_000_000)
    else:
        load(size=1_000)


if __name__ == "__main__":
    training()
