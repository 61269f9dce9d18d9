from typing import Tuple

from zenml import pipeline, step


@step
def split(rows: int) -> Tuple[int, int]:
    return rows - 10, 10


@step
def count(rows: int) -> int:
    return rows


@pipeline
def training():
    parts = split(100)
    count(parts)  #~ ZC0405


if __name__ == "__main__":
    training()
