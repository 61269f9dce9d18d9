from zenml import pipeline, step


@step
def load() -> int:
    return 1


@pipeline
def training():  #~ ZC0228
    print("training")


if __name__ == "__main__":
    training()
