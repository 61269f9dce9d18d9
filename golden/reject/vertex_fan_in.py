# zencompile: --target vertex --set vertex.pipeline_root=gs://acme-ml/runs
from zenml import pipeline, step


@step
def part(number: int) -> int:
    return number


@step
def total(parts: list[int]) -> int:
    return sum(parts)


@pipeline
def training():
    total([part(number, id=f"part_{number}") for number in range(101)])  #~ ZC0615
