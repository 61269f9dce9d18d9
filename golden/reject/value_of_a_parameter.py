# zencompile: --param rate=fast
from zenml import pipeline, step


@step
def train(rate: float, epochs: int) -> float:
    return rate


@pipeline
def training(rate: float = 0.1, epochs: int = 10):  #~ ZC0225
    train(rate, epochs)


if __name__ == "__main__":
    training()
