"""Pipelines and contexts for tests of the passes."""

from typing import Any

from zencompile.diagnostics import Report
from zencompile.ir import Closure, Environment, Input, Invocation, Output, Pipeline, Step, Type
from zencompile.ir.verify import verify
from zencompile.passes import PASSES, PassContext
from zencompile.source import Span

FILES = {"run.py": "1" * 64, "steps/train.py": "2" * 64, ".dockerignore": "3" * 64, "data/big.csv": "4" * 64}


def at(line: int) -> Span:
    return Span("run.py", line, 5, line, 20)


def step(name: str, distributions: tuple[str, ...] = (), **fields: Any) -> Step:
    closure = Closure(files=("run.py",), sources=("run.py",), distributions=distributions)
    return Step(name=name, entrypoint=f"run:{name}", code="a" * 64, closure=closure, **fields)


def pipeline(environments: dict[str, Environment], *, name: str = "training", **changes: Any) -> Pipeline:
    """One step for each environment, called by its key."""
    fields: dict[str, Any] = {
        "name": name,
        "function": name,
        "entrypoint": f"run:{name}",
        "source": "run.py",
        "namespace": "acme",
        "steps": {key: step(key) for key in environments},
        "environments": environments,
        "invocations": tuple(Invocation(id=k, step=k, environment=k, span=at(9)) for k in sorted(environments)),
    }
    return Pipeline(**fields | changes)


def requiring(*requirements: str, **fields: Any) -> Environment:
    return Environment(requirements=requirements, spans={"requirements": at(3)}, **fields)


def context(**changes: Any) -> PassContext:
    fields: dict[str, Any] = {"runtime": "1", "files": lambda _: FILES}
    return PassContext(**fields | changes)


def run(pipeline_: Pipeline, context_: PassContext | None = None) -> tuple[Pipeline, Report]:
    """All passes, with the verifier after each, up to the first error."""
    report = Report()
    for rewriting in PASSES:
        if report.errors:
            break
        pipeline_ = rewriting.run(pipeline_, report, context_ or context())
        assert verify(pipeline_) == []
    return pipeline_, report


def codes(report: Report) -> list[str]:
    return [d.code for d in report]


def flow(given: Type, wanted: Type, **changes: Any) -> Pipeline:
    """A step whose only output goes to another's only input."""
    from zencompile.ir import OutputRef

    fields: dict[str, Any] = {
        "steps": {
            "make": step("make", outputs=(Output(name="output", type=given),)),
            "take": step("take", inputs=(Input(name="x", type=wanted, span=at(4)),)),
        },
        "invocations": (
            Invocation(id="make", step="make", span=at(8)),
            Invocation(id="take", step="take", inputs={"x": OutputRef(invocation="make", output="output")}, span=at(9)),
        ),
    }
    return pipeline({}, **fields | changes)
