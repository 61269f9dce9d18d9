from zenml import pipeline, step


@step
def load() -> int:
    return 1


@step
def train(data: int) -> float:
    return data / 2


@pipeline
def preparation():  #~ ZC0004
    load()


@pipeline
def training():
    train(load())
