from zenml import pipeline, step


@step
def read() -> str:
    return "3"


@step
def train(epochs: int) -> None: ...


@step
def announce() -> None: ...


@pipeline(dynamic=True)
def training():
    epochs = int(read().load())  #~ ZC0231
    announce()
    train(epochs)


training()
