from typing import List, Optional

from zenml import pipeline, step


@step
def score(seed: int) -> float:
    return seed / 10


@step
def best(scores: Optional[List[float]]) -> float:
    return max(scores or [0.0])


@step
def named(names: List[str]) -> None:
    print(names)


@pipeline
def training():
    scores = [score(1), score(2)]
    best(scores)  #~ ZC0405
    named(scores)  #~ ZC0405


if __name__ == "__main__":
    training()
