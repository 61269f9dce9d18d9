import sys

from zenml import pipeline, step


@step
def train(rate: float) -> float:
    return rate


@pipeline
def training(rate: float = 0.1):
    train(rate)


if __name__ == "__main__":
    if "--train" in sys.argv:
        training()
