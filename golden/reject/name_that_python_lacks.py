import time

from zenml import pipeline, step

STARTED = time.clock()  #~ ZC0102


@step
def load() -> int:
    return 1


@pipeline
def training():
    load()


if __name__ == "__main__":
    training()
