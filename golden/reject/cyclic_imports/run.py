from zenml import pipeline, step

from rates import RATE


@step
def train(rate: float) -> float:
    return rate


@pipeline
def training():
    train(rate=RATE)  #~ ZC0208


if __name__ == "__main__":
    training()
