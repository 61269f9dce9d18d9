# zencompile: --param lr=0.5
from zenml import pipeline, step


@step
def train(rate: float) -> float:
    return rate


@pipeline
def training(rate: float = 0.1):  #~ ZC0224
    train(rate)


if __name__ == "__main__":
    training(0.2, 5, "fast")  #~ ZC0223
