from zenml import pipeline

from .steps import load  #~ ZC0102


@pipeline
def training():
    load()


if __name__ == "__main__":
    training()
