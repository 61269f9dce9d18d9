from steps import load
from zenml import pipeline


@pipeline
def training():
    load()


if __name__ == "__main__":
    training()
