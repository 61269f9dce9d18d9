from zenml import pipeline, step


@step
def load() -> list:
    return [1, 2, 3]


@step
def train(data: list, gamma: float = 0.1) -> float:
    return gamma * len(data)


@pipeline
def training(rate: float = 0.2):
    train(
        load(),
        gama=rate,  #~ ZC0217
    )


if __name__ == "__main__":
    training()
