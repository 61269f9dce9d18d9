from zenml import pipeline, step

from rates import RATE


@step
def train(rate: float) -> float:
    return rate


@pipeline
def training():
    train(rate=RATE)


if __name__ == "__main__":
    training()
