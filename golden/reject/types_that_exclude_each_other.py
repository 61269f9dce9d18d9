from zenml import pipeline, step


@step
def load() -> dict:
    return {}


@step
def train(data: float) -> float:
    return data


@pipeline
def training():
    train(load())  #~ ZC0405


if __name__ == "__main__":
    training()
