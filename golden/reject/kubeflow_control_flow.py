# zencompile: --target kubeflow
from typing import List

from zenml import pipeline, step


@step
def evaluate() -> float:
    return 0.5


@step
def train() -> object:
    return object()


@step
def pair(left: int, right: int) -> int:
    return left + right


@step
def publish(model: object) -> None:
    print(model)


@step
def parts() -> List[int]:
    return [1, 2]


@step
def score(part: int) -> int:
    return part


@pipeline(dynamic=True)
def training():  #~ ZC0502
    if evaluate().load() > 0.8:
        publish(train())
    found = parts()
    pair.product(left=found, right=found)
    if len(found.load()) > 1:
        score.map(part=found)


if __name__ == "__main__":
    training()
