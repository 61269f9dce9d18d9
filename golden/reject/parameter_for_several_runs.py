# zencompile: --param rate=0.3
from zenml import pipeline, step


@step
def train(rate: float) -> float:
    return rate


@pipeline
def training(rate: float = 0.1):
    train(rate)


if __name__ == "__main__":
    for rate in (0.1, 0.2):
        training(rate=rate)  #~ ZC0016
