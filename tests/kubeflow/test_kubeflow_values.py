"""Values as they come to a step through what the server, Argo, Kubernetes and the launcher do with them."""

from __future__ import annotations

import json
import os
import tarfile
from pathlib import Path
from typing import Any

import pytest
import stand_in
import values_through_kubeflow
from kubeflow_samples import Compiled, call, kind, parameter, pipeline, step

from zencompile import api, building
from zencompile.ir import ListValue, OutputRef, ParameterRef, Text

SOURCE = """
import os
from pathlib import Path
from typing import Optional
from zenml import pipeline, step

@step
def count(text: str, limit: Optional[int] = 5) -> int:
    Path(os.environ["OUT"]).write_text(f"{{len(text)}} {{limit}}")
    return len(text)

@step
def other() -> int:
    return 1

@pipeline
def demo():
    count("lorem ipsum $$(A) " * {times}, None)
    other()

if __name__ == "__main__":
    demo()
"""


def test_generated_values_arrive_or_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten thousand by the script."""
    monkeypatch.setenv("ZENCOMPILE_CODE", str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path))
    assert list(values_through_kubeflow.differences(200, 20260801, tmp_path)) == []


def built(folder: Path, times: int) -> tuple[list[Any], dict[str, str]]:
    """The documents of a pipeline with a text of so many times 18 characters, and its images by component."""
    (folder / "run.py").write_text(SOURCE.format(times=times))
    api.compile(folder / "run.py", "kubeflow", output=folder / "kf", build_dir=folder / "build")
    documents = stand_in.read(folder / "kf/demo.yaml")
    executors = documents[0]["deploymentSpec"]["executors"]
    return documents, {name: one["container"]["image"] for name, one in executors.items()}


def test_a_long_value_travels_as_a_file(tmp_path: Path) -> None:
    project, out = tmp_path / "project", tmp_path / "out.txt"
    project.mkdir()
    documents, images = built(project, 11_000)
    assert len(json.dumps(documents)) < 10_000
    (file,) = (project / "build/runtime/code/values").iterdir()
    work = stand_in.processes(project, project / "build/runtime", environment={**os.environ, "OUT": str(out)})
    stand_in.run(documents, tmp_path / "outputs", work)
    assert out.read_text() == "198000 None"
    # the image holds it, under a name that says so
    (plan,) = building.plans(project / "build")
    with tarfile.open(fileobj=building._context(plan, "")) as context:
        assert f"build/runtime/code/values/{file.name}" in context.getnames()
    _, changed = built(project, 12_000)
    assert changed["exec-count"] != images["exec-count"]
    assert changed["exec-other"] == images["exec-other"]
    _, short = built(project, 1)
    assert short["exec-count"] not in (changed["exec-count"], images["exec-count"])


PARTS = tuple(f"a{number}" for number in range(600))


@pytest.mark.parametrize(
    ("inputs", "more", "said"),
    [
        ({}, {"extra": {"x": "a" * 140_000}}, "`extra` is more"),
        ({}, {"variables": {"V": Text(value="a" * 140_000)}}, "the variable `V` is more"),
        ({"x": "a" * 140_000}, {}, "the value of `x` is more"),
        (
            {"x": ListValue(items=tuple(OutputRef(invocation=part, output="output") for part in PARTS))},
            {},
            "600 artifacts are more",
        ),
    ],
)
def test_what_has_no_way_is_an_error_at_its_place(inputs: Any, more: Any, said: str) -> None:
    """Values in an image that nobody builds, settings, and what is too much together."""
    parts = [call(part, "a") for part in PARTS if "artifacts" in said]
    made = Compiled(pipeline([step("a"), step("s", {"x": kind("any")})], [*parts, call("s", inputs=inputs, **more)]))
    (problem,) = made.report.errors
    assert problem.code == "ZC0580"
    assert said in problem.message
    assert problem.span is not None


@pytest.mark.parametrize(("size", "codes"), [(9_000, []), (20_000, ["ZC0581"]), (90_000, ["ZC0580"])])
def test_defaults_that_are_too_long_are_told(size: int, codes: list[str]) -> None:
    declared = (parameter("p", kind("str"), "a" * size),)
    made = Compiled(
        pipeline(
            [step("s", {"x": kind("str")})], [call("s", inputs={"x": ParameterRef(name="p")})], parameters=declared
        )
    )
    assert made.codes == codes


def test_a_pipeline_that_no_cluster_takes_is_warned_of() -> None:
    calls = [call(f"s{n}", "s", extra={"note": f"{n}" * 40_000}) for n in range(40)]
    assert Compiled(pipeline([step("s")], calls)).codes == ["ZC0582"]


def test_components_with_one_container_have_one_interface(tmp_path: Path) -> None:
    """The server takes the first of them for all."""
    types = {"x": kind("any"), "y": kind("any")}
    given: list[dict[str, Any]] = [{}, {"x": 1}, {"x": "1"}, {"x": True}, {"y": 1}, {"x": 1.5, "y": ("a", "output")}]
    calls = [call("a"), *(call(f"s_{n}", "s", inputs) for n, inputs in enumerate(given))]
    made = Compiled(pipeline([step("a"), step("s", types)], calls))
    spec = made.spec
    words = {
        name: json.dumps(spec["deploymentSpec"]["executors"][one["executorLabel"]]["container"])
        for name, one in spec["components"].items()
    }
    assert len(set(words.values())) == len(words)
