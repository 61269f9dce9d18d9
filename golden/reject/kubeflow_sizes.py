# zencompile: --target kubeflow
from zenml import pipeline, step

TEXT = "lorem ipsum " * 12_000


@step
def load(part: int) -> int:
    return part


@step(extra={"notes": TEXT})
def annotated() -> int:
    return 1


@step
def merge(parts: list[int]) -> int:
    return sum(parts)


@step(environment={"NOTES": TEXT})
def told(text: str) -> int:
    return len(text)


@pipeline
def training(text: str = TEXT):  #~ ZC0580
    annotated()  #~ ZC0580
    parts = [load(n) for n in range(500)]
    merge(parts)  #~ ZC0580
    told(text)  #~ ZC0580


if __name__ == "__main__":
    training()
