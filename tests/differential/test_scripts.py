"""Scripts and the runs that Python makes of them: each is an output, whichever way the script is compiled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from compiled_side import compiled, shown
from python_side import Python

from zencompile import api
from zencompile.diagnostics import Report
from zencompile.frontend import Request, read

HEADER = """\
from typing import Any

from zenml import pipeline, step


@step
def fit(rate: float) -> float:
    return rate


@step
def count(n: Any) -> int:
    return n


@pipeline
def sweep(rate: float):
    fit(rate=rate)


@pipeline
def other(n: int = 5):
    count(n)


@pipeline
def grid(rate: float, size: str = "small"):
    fit(rate)
    count(size)


@pipeline
def anything(value: Any):
    count(value)


"""
SUFFIXES = {"ir": ".ir.json", "local": ".py", "airflow": ".py", "kubeflow": ".yaml"}


def table() -> dict[str, str]:
    parts = (Path(__file__).parent / "scripts.txt").read_text("utf-8").split("=== ")[1:]
    return {title: HEADER + body for title, _, body in (part.partition("\n") for part in parts)}


SCRIPTS = table()
DECIDED = [title for title, text in SCRIPTS.items() if "#~" not in text]
TOLD = [title for title, text in SCRIPTS.items() if "#~" in text]


@pytest.fixture(scope="module")
def python() -> Iterator[Python]:
    with Python() as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "run.py").write_text(SCRIPTS[request.getfixturevalue("title")])
    return tmp_path


def recorded(outcome: dict[str, Any]) -> list[Any]:
    """The runs that Python makes: the pipeline of each, and its steps with what they are given."""
    return [
        (run["pipeline"], [(i["id"], i["inputs"]) for i in run["invocations"]])
        for run in outcome["runs"]
        if "broken" not in run
    ]


def read_as(pipelines: Any) -> list[Any]:
    found = []
    for pipeline in pipelines:
        invocations = shown(pipeline)["invocations"]
        ids = sorted(invocations, key=lambda id_: invocations[id_]["line"])
        found.append((re.sub(r"_\d+$", "", pipeline.name), [(id_, invocations[id_]["inputs"]) for id_ in ids]))
    return found


def as_made(runs: list[Any]) -> list[Any]:
    return [(re.sub(r"_\d+$", "", name), sorted(steps, key=lambda one: one[0])) for name, steps in runs]


@pytest.mark.parametrize("title", DECIDED)
def test_the_runs_are_those_of_python(title: str, folder: Path, python: Python) -> None:
    """As many, in the same order, with the same steps and values; those that are the same share an output."""
    made = as_made(recorded(python.run(folder)))
    static = compiled(folder)
    assert not static.errors
    assert as_made(read_as(static.pipelines)) == made
    names = [pipeline.name for pipeline in static.pipelines]
    contents = [re.sub(r"Span\([^)]*\)", "", repr(one.model_copy(update={"name": ""}))) for one in static.pipelines]
    for name, content in zip(names, contents, strict=True):
        assert [other for other, its in zip(names, contents, strict=True) if its == content] == [
            other for other in names if other == name
        ]


@pytest.mark.parametrize("title", DECIDED)
def test_both_front_ends_and_both_ways_to_call_agree(title: str, folder: Path) -> None:
    """`run.py`, `run.py --` and a trace give the same runs under the same names."""
    names = [pipeline.name for pipeline in compiled(folder).pipelines]
    plain = read(Request(folder / "run.py", working_directory=folder), Report())
    assert [pipeline.name for pipeline in plain] == names
    traced = compiled(folder, traced=True)
    assert not traced.errors
    assert [pipeline.name for pipeline in traced.pipelines] == names
    assert as_made(read_as(traced.pipelines)) == as_made(read_as(plain))


@pytest.mark.parametrize("title", DECIDED)
def test_every_target_has_a_file_for_each_output(title: str, folder: Path) -> None:
    """No run is lost on the way to a target."""
    names = {pipeline.name for pipeline in read(Request(folder / "run.py", working_directory=folder), Report())}
    for target, suffix in SUFFIXES.items():
        files = api.compile(folder / "run.py", target, write=False, build_dir=folder / "b", output=folder / "out")
        deployed = {path.name.removesuffix(suffix) for path in files if path.parent == folder / "out"}
        assert deployed == {name.replace("_", "-") if target == "kubeflow" else name for name in names}, target


@pytest.mark.parametrize("running", [False, True])
@pytest.mark.parametrize("title", TOLD)
def test_what_is_not_known_is_told_at_its_line(title: str, running: bool, folder: Path) -> None:
    """A run that may not happen, or is made where nobody looks, is told; if it is to be run at once, it is refused."""
    lines = SCRIPTS[title].splitlines()
    wanted = {(line.split("#~ ")[1], number) for number, line in enumerate(lines, 1) if "#~" in line}
    report = Report()
    read(Request(folder / "run.py", working_directory=folder, running=running), report)
    told = {(d.code, d.span.line if d.span else 0) for d in report if d.code in ("ZC0015", "ZC0018")}
    assert told == wanted
    assert bool(report.errors) == (running and "ZC0015" in SCRIPTS[title])
