from typing import Annotated, Tuple

from zenml import pipeline, step


@step
def split() -> Tuple[Annotated[int, "part"], Annotated[int, "part"]]:  #~ ZC0205
    return 1, 2


@step
def train(data: int) -> None:
    print(data)


@pipeline
def training():
    first, second = split()
    train(first)


if __name__ == "__main__":
    training()
