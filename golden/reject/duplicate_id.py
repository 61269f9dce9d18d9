from zenml import pipeline, step


@step
def load(path: str) -> list:
    return [path]


@pipeline
def training():
    load("train.csv", id="data")
    load("test.csv", id="data")  #~ ZC0207


if __name__ == "__main__":
    training()
