from typing import Tuple

from zenml import pipeline, step


@step
def split(rows: int) -> Tuple[list, list]:
    parts = list(range(rows)), list(range(rows))
    return parts


@step
def train(data: list) -> None:
    print(data)


@pipeline
def training():
    train_set, test_set = split(100)  #~ ZC0211
    train(train_set)
    train(test_set)


if __name__ == "__main__":
    training()
