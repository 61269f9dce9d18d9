"""Both front ends give the same IR, and say the same of the program."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from trace_programs import Program

columns = pytest.mark.skipif(sys.version_info < (3, 11), reason="Python 3.10 tells a frame's line, not its column")
EXAMPLES = Path(__file__).parents[3] / "examples"
REQUESTS = [
    ("quickstart/run.py", {}),
    ("quickstart/run.py", {"pipeline": "wines", "parameters": {"trees": "50"}}),
    ("churn/run.py", {"arguments": ("--train",)}),
    ("churn/run.py", {"arguments": ("--train", "--stage", "prod", "--threshold", "0.7", "--no-cache")}),
    ("churn/run.py", {"arguments": ("--monitor",)}),
    ("churn/run.py", {"arguments": ("--train", "--monitor")}),
    ("churn/pipelines/training.py", {}),
    ("churn/pipelines/monitoring.py", {"pipeline": "monitoring"}),
]


def _same(path: Path, request: dict[str, Any], static: Any, traced: Any) -> None:
    pipelines, report = static(path, **request)
    again, other = traced(path, **request)
    assert pipelines and again == pipelines
    said = {d for d in other if d.code != "ZC0140"}
    assert said == set(report)


def test_every_example_is_compared() -> None:
    """No example is left out of the comparison."""
    compared = {Path(name).parts[0] for name, _ in REQUESTS}
    assert compared == {folder.name for folder in EXAMPLES.iterdir() if (folder / "run.py").is_file()}


@pytest.mark.parametrize(("name", "request_"), REQUESTS, ids=lambda value: str(value))
def test_examples(name: str, request_: dict[str, Any], static: Callable[..., Any], traced: Callable[..., Any]) -> None:
    """An example means the same, read or run."""
    pytest.importorskip("sklearn")
    _same(EXAMPLES / name, request_, static, traced)


@pytest.mark.parametrize("seed", range(8))
def test_generated_programs(seed: int, tmp_path: Path, static: Callable[..., Any], traced: Callable[..., Any]) -> None:
    """A generated program means the same, by its pipeline and by its script."""
    (tmp_path / ".zen").mkdir()
    Program(seed).write(tmp_path)
    _same(tmp_path / "pipelines.py", {"pipeline": "first"}, static, traced)
    _same(tmp_path / "run.py", {"arguments": ("--second", "--no-cached", "--name", "n")}, static, traced)


HEADER = (
    "from zenml import pipeline, step, unmapped\n\n@step\ndef one(x: int = 1, k: object = 2) -> int:\n    return x\n\n"
)
SAME = {
    "dynamic": """
@step
def make() -> list[int]:
    return [1]

@pipeline(dynamic=True)
def main(k: int = 3):
    total = one.map(make(), k=unmapped(k))
    one(total)
    one(one.submit(1).result())
""",
    "an element of a parameter": """
@pipeline
def main(names: list[str] = ["a", "b"], labels: dict[str, str] = {"k": "v"}):
    one(k=names[:1])
    one(k=labels["k"])
""",
    "output in a text": """
@pipeline
def main():
    one(k=f"{one()}-x")
""",
    "unpacking one output": """
@pipeline
def main():
    one(id="first")
    a, b = one()
""",
    "a decorator between": """
import functools

def logged(function):
    @functools.wraps(function)
    def inner(*arguments, **keywords):
        return function(*arguments, **keywords)
    return inner

@step
@logged
def two(y: float, z: str = "q") -> float:
    return y

@pipeline
@logged
def main(y: float = 0.5):
    two(y=y)
""",
    "a class-based step of old code": """
from zenml.steps import BaseParameters, BaseStep, Output

class Group(BaseParameters):
    rate: float = 0.1

@step
def train(group: Group, x: int) -> Output(a=int, b=str):
    return 1, ""

class Made(BaseStep):
    def entrypoint(self, x: int) -> int:
        return x

@pipeline
def main(load, train, made):
    a, b = train(x=load())
    made(a)

main(load=one(), train=train(Group(rate=0.3)), made=Made())
""",
    "enums, dataclasses and models": """
import dataclasses, enum
from pydantic import BaseModel

class Kind(enum.Enum):
    A = "a"

class Config(BaseModel):
    rate: float = 0.1
    kind: Kind = Kind.A

@dataclasses.dataclass
class Window:
    start: int
    end: int = 5

@pipeline
def main(config: Config = Config(rate="0.5"), kind: Kind = Kind.A):
    one(k=config)
    one(k=Window(1, end=5))
    one(k=[Config(), kind, {"w": Window(2)}])
    one(k=Config(rate=config.rate))
""",
    "look-ups": """
from zenml import ExternalArtifact, get_pipeline_context
from zenml.client import Client

@pipeline(extra={"e": 1})
def main():
    one(x=Client().get_artifact_version("n").run_metadata["k"])
    one(k=get_pipeline_context().extra["e"])
    one(k=ExternalArtifact(value={"a": [1]}))
""",
}


@columns
@pytest.mark.parametrize("name", SAME)
def test_chosen_programs(
    name: str, project: Callable[..., Path], static: Callable[..., Any], traced: Callable[..., Any]
) -> None:
    """What the generator doesn't make means the same, too."""
    _same(project(run=HEADER + SAME[name]), {}, static, traced)
