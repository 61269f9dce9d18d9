"""One mistake alone: what the pipeline does not reach is not judged."""

import os

from zenml import pipeline, step

TIMEOUT = os.environ.get("TIMEOUT")


def broken() -> int:
    return undefined_name + 1


@step
def unused(*values) -> list:
    return list(values)


@step
def train(rate: float) -> float:
    return rate


@pipeline
def training():
    train(rate="0.1")
    train(rates=0.1)  #~ ZC0217


if __name__ == "__main__":
    training()
