from zenml import pipeline, step


def load() -> int:
    return 1


@pipeline
def training():  #~ ZC0228
    load()


if __name__ == "__main__":
    training()
