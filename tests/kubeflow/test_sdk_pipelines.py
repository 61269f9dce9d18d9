"""Pipelines of KFP's own SDK break no rule of its server, and mean in the stand-in what they mean in the SDK."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import stand_in

from zencompile_kubeflow import rules

HERE = Path(__file__).parent
Json = Any
NAMES = ("branches", "chain", "ending", "loops", "nested", "settled")
pytestmark = pytest.mark.kfp


@pytest.fixture(scope="module")
def compiled(kfp_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sdk")
    subprocess.run([kfp_python, "-W", "ignore", HERE / "sdk_pipelines.py", folder], check=True)
    return folder


def steps(pod: stand_in.Pod) -> int:
    """What the functions of the components do, without the SDK's executor."""
    function = pod.command[pod.command.index("--function_to_execute") + 1]
    inputs, outputs = pod.executor_input["inputs"], pod.executor_input["outputs"]
    given = inputs["parameterValues"]
    parts = inputs["artifacts"].get("parts", {}).get("artifacts", ())
    result = {
        "numbers": lambda: list(range(int(given.get("count", 3)))),
        "double": lambda: int(given["x"]) * 2,
        "total": lambda: int(sum(given["xs"])),
        "flip": lambda: given.get("word", "heads"),
        "train": lambda: given.get("rate", 0.1),
        "join": lambda: len(parts),
    }.get(function, lambda: None)()
    for what in outputs["parameters"].values():
        Path(what["outputFile"]).write_text(result if isinstance(result, str) else json.dumps(result))
    return 0


@pytest.mark.parametrize("name", NAMES)
def test_no_rule_is_broken(compiled: Path, name: str) -> None:
    assert list(map(str, rules.of_pipeline(stand_in.read(compiled / f"{name}.yaml")))) == []


@pytest.mark.parametrize(
    ("name", "given", "output"),
    [
        ("chain", {}, 0.5),
        ("chain", {"rate": 0.25}, 0.25),
        ("branches", {}, "two"),
        ("branches", {"limit": 2}, "three"),
        ("branches", {"word": "heads"}, "one"),
        ("loops", {}, 6),
        ("loops", {"count": 5}, 20),
        ("nested", {}, 8),
        ("settled", {}, None),
    ],
)
def test_they_run_in_the_stand_in(compiled: Path, tmp_path: Path, name: str, given: Json, output: Json) -> None:
    made = stand_in.run(stand_in.read(compiled / f"{name}.yaml"), tmp_path / "outputs", steps, **given)
    assert made.outputs() == ({} if output is None else {"Output": output})


def test_what_waits_for_the_end_is_told_of_it(compiled: Path, tmp_path: Path) -> None:
    documents = stand_in.read(compiled / "ending.yaml")
    made = stand_in.run(documents, tmp_path / "outputs", steps, uri="s3://other/place")
    assert made.ran() == ["exit-handler-1/train", "note"]
    assert made["note"].inputs["status"]["state"] == "COMPLETE"
    (data,) = made["exit-handler-1/train"].received
    assert (data[0], data[1].uri) == ("data", "s3://other/place")


def test_what_an_empty_loop_made_can_t_be_collected(compiled: Path, tmp_path: Path) -> None:
    """resolve.go, resolveUpstreamParameters: without iterations the server looks for a task that never was."""
    with pytest.raises(stand_in.RunFailed, match="not in tasks"):
        stand_in.run(stand_in.read(compiled / "loops.yaml"), tmp_path / "outputs", steps, count=0)


def test_what_a_branch_made_can_t_be_taken_if_it_came_from_the_cache(compiled: Path, tmp_path: Path) -> None:
    """launcher_v2.go, Execute: a launcher alone enters that a DAG is complete, and resolve.go asks for that."""
    cache: Json = {}
    stand_in.run(stand_in.read(compiled / "branches.yaml"), tmp_path / "one", steps, cache)
    with pytest.raises(stand_in.RunFailed, match="No successful task found"):
        stand_in.run(stand_in.read(compiled / "branches.yaml"), tmp_path / "two", steps, cache)
    documents = stand_in.read(compiled / "branches.yaml")
    documents[0]["sdkVersion"] = "zencompile"
    assert "one-of-cached" in {violation.rule.name for violation in rules.of_pipeline(documents)}


def test_a_run_from_the_cache_makes_no_pods(compiled: Path, tmp_path: Path) -> None:
    cache: Json = {}
    runs = [stand_in.run(stand_in.read(compiled / "nested.yaml"), tmp_path / n, steps, cache) for n in ("one", "two")]
    assert [len(run.pods) for run in runs] == [4, 0]
    assert runs[0].outputs() == runs[1].outputs()
