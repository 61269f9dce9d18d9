from zenml import pipeline, step


@step
def load() -> int:
    return 1


@pipeline
def preparation():  #~ ZC0004
    load()


@pipeline
def training():
    load()


if __name__ == "__main__":
    preparation()
    training()
