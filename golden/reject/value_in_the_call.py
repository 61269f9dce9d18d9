from zenml import pipeline, step


@step
def train(rate: float, epochs: int) -> float:
    return rate


@pipeline
def training(rate: float, epochs: int):
    train(rate, epochs)


if __name__ == "__main__":
    training(rate=0.1, epochs="ten")  #~ ZC0225
