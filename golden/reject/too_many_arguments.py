from zenml import pipeline, step


@step
def load(path: str) -> list:
    return [path]


@pipeline
def training():
    load("data.csv", 5, 6)  #~ ZC0209
    load("data.csv", path="other.csv")  #~ ZC0209


if __name__ == "__main__":
    training()
