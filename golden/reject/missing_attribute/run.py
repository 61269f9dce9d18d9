import constants
from zenml import pipeline, step


@step
def train(rate: float) -> float:
    return rate


@pipeline
def training():
    train(rate=constants.RATES)  #~ ZC0102


if __name__ == "__main__":
    training()
