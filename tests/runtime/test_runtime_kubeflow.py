"""On Kubeflow, inputs and outputs are KFP's."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from runtime_project import Project

from zencompile_runtime import kubeflow, own

SOURCE = """
    from typing import Annotated, Any, List, Optional, Tuple
    import numpy as np
    from zenml import step, log_metadata

    @step
    def load(
        n: int = 3, text: str = "d"
    ) -> Tuple[Annotated[np.ndarray, "data"], Annotated[int, "n"], Annotated[str, "text"]]:
        log_metadata({"rows": n})
        return np.arange(n * 1000), n, text

    @step
    def total(data: np.ndarray, factor: float = 2.0) -> float:
        return float(data.sum()) * factor

    @step
    def show(x: Any = "default") -> str:
        return f"{type(x).__name__} {x!r}"

    @step
    def listed() -> List[str]:
        return ["a", "b"]
"""


class Kfp:
    """A stand-in for KFP's launcher: places for outputs, the command with its ExecutorInput."""

    def __init__(self, project: Project, root: Path) -> None:
        self.project = project
        self.root = root
        self.number = 0

    def run(
        self,
        step: str,
        *flags: str,
        parameters: Any = None,
        artifacts: Any = None,
        outputs: tuple[str, ...] = (),
        results: tuple[str, ...] = (),
    ) -> dict[str, Any]:
        """Run a step; its ExecutorOutput, and the texts of its output parameters."""
        self.number += 1
        place = self.root / str(self.number)
        given = {
            "inputs": {"parameterValues": parameters or {}, "artifacts": artifacts or {}},
            "outputs": {
                "artifacts": {
                    name: {"artifacts": [{"name": name, "uri": str(self.root / step / name), "metadata": {"kept": 1}}]}
                    for name in outputs
                },
                "parameters": {name: {"outputFile": str(place / name)} for name in results},
                "outputFile": str(place / "executor_output.json"),
            },
        }
        finished = self.project.command(
            "step",
            f"steps_under_test:{step}",
            f"--id={step}",
            "--pipeline=acme/digits",
            *flags,
            f"--executor-input={json.dumps(given)}",
        )
        assert finished.returncode == 0, finished.stderr
        written: dict[str, Any] = json.loads((place / "executor_output.json").read_text())
        written["texts"] = {name: (place / name).read_text() for name in results}
        return written


@pytest.fixture
def kfp(project: Project, tmp_path: Path) -> Kfp:
    """A launcher and a project."""
    project.write(SOURCE)
    return Kfp(project, tmp_path / "kfp")


def shown(kfp: Kfp, *flags: str, **fields: Any) -> str:
    """What the step `show` saw."""
    return kfp.run("show", *flags, '--result=r={"of":"output"}', results=("r",), **fields)["texts"]["r"]  # type: ignore[no-any-return]


def test_artifacts_and_parameters_pass_from_step_to_step(kfp: Kfp) -> None:
    """An artifact is a folder with the materializer's files and a manifest."""
    made = kfp.run(
        "load",
        '--result=said={"of":"text"}',
        parameters={"n": 4.0, "text": "hello", "zencompile-id": "x"},
        outputs=("data", "n-artifact", "text"),
        results=("n", "said"),
    )
    assert made["texts"] == {"n": "4", "said": "hello"}
    assert made["parameterValues"] == {"n": 4, "said": "hello"}
    assert made["artifacts"]["n-artifact"]["artifacts"][0]["metadata"]["display_name"] == "n"
    data = made["artifacts"]["data"]["artifacts"][0]
    assert sorted(one.name for one in Path(data["uri"]).iterdir()) == ["_manifest.json", "data.npy"]
    assert data["metadata"]["kept"] == 1 and data["metadata"]["shape"] == [4000]
    assert data["metadata"]["step"] == {"rows": 4}
    passed = {"data": {"artifacts": [data]}}
    total = kfp.run("total", '--result=t={"of":"output"}', artifacts=passed, parameters={"factor": 1}, results=("t",))
    assert float(total["texts"]["t"]) == sum(range(4000))


def test_what_is_absent_or_null_is_not_given(kfp: Kfp) -> None:
    """The step's default holds."""
    assert shown(kfp) == "str 'default'"
    assert shown(kfp, parameters={"x": None}) == "str 'default'"
    assert shown(kfp, '--input=x={"json":"p"}', parameters={"p": None}) == "str 'default'"


@pytest.mark.parametrize(
    ("reference", "parameters", "expected"),
    [
        (None, {"x": 1.5}, "float 1.5"),
        (None, {"x": {"$": "y"}}, "dict {'$': 'y'}"),
        ({"from": "p"}, {"p": "a"}, "str 'a'"),
        ({"json": "p"}, {"p": "9007199254740993"}, "int 9007199254740993"),
        ({"json": "p"}, {"p": '{"$":"tuple","items":[1,null]}'}, "tuple (1, None)"),
        ({"json": "p"}, {"p": '"\\u007b$}"'}, "str '{$}'"),
        ({"text": "p"}, {"p": "3"}, "int 3"),
        ({"text": "p"}, {"p": "not json"}, "str 'not json'"),
        ({"string": "p"}, {"p": "3"}, "str '3'"),
        ({"string": "p"}, {"p": "null"}, "NoneType None"),
        ({"list": [{"from": "p"}, {"value": 2}, {"from": "gone"}]}, {"p": 1}, "list [1, 2, None]"),
        ({"mapping": {"a": {"from": "p"}}}, {"p": 1}, "dict {'a': 1}"),
        ({"json": "p", "item": {"from": "i"}}, {"p": "[5,6]", "i": 1.0}, "int 6"),
    ],
)
def test_every_leaf(kfp: Kfp, reference: Any, parameters: Any, expected: str) -> None:
    """As the compiler writes them."""
    flags = [] if reference is None else [f"--input=x={json.dumps(reference)}"]
    assert shown(kfp, *flags, parameters=parameters) == expected


def test_lists_of_artifacts_and_their_elements(kfp: Kfp) -> None:
    """A fan-in is always a list; an element is loaded alone."""
    made = kfp.run("load", parameters={"n": 2}, outputs=("n", "text"))["artifacts"]
    listed = kfp.run("listed", outputs=("output",))
    both = {"p": {"artifacts": [*made["n"]["artifacts"], *made["n"]["artifacts"]]}}
    assert shown(kfp, '--input=x={"gather":"p"}', artifacts=both) == "list [2, 2]"
    one = {"p": made["n"]}
    assert shown(kfp, '--input=x={"gather":"p"}', artifacts=one) == "list [2]"
    letters = {"p": listed["artifacts"]["output"]}
    assert shown(kfp, '--input=x={"from":"p","item":1}', artifacts=letters) == "str 'b'"
    assert shown(kfp, '--input=x={"from":"p","item":{"from":"i"}}', artifacts=letters, parameters={"i": 0}) == "str 'a'"


def test_invocations_of_one_component_do_not_overwrite_each_other(kfp: Kfp) -> None:
    """KFP's local runner suggests the same folder to both."""
    uris = [
        kfp.run("load", parameters={"n": n}, outputs=("n",))["artifacts"]["n"]["artifacts"][0]["uri"] for n in (1, 2)
    ]
    assert len(set(uris)) == 2
    assert [json.loads((Path(uri) / "data.json").read_text()) for uri in uris] == [1, 2]


def test_an_output_may_have_another_name_there(kfp: Kfp) -> None:
    """Where KFP would not take the step's."""
    made = kfp.run("listed", '--result=renamed={"of":"output"}', outputs=("renamed",))
    assert (Path(made["artifacts"]["renamed"]["artifacts"][0]["uri"]) / "data.json").exists()


def test_an_artifact_of_another_component_is_its_path(kfp: Kfp, tmp_path: Path) -> None:
    """It has no manifest of ours."""
    (tmp_path / "model.bin").write_bytes(b"x")
    foreign = {"x": {"artifacts": [{"name": "m", "uri": str(tmp_path / "model.bin")}]}}
    assert shown(kfp, artifacts=foreign) == f"str {str(tmp_path / 'model.bin')!r}"


def test_where_no_output_can_go_nothing_is_run(kfp: Kfp, monkeypatch: pytest.MonkeyPatch) -> None:
    """An image that runs as another user is found out before the step ran for hours."""
    kfp.project.write("def make() -> int:\n    raise SystemError('it ran')\n")
    closed = kfp.root / "closed"
    closed.mkdir(parents=True)
    real = os.access
    monkeypatch.setattr(
        own.os, "access", lambda path, mode: real(path, mode) and not (mode & os.W_OK and str(path) == str(closed))
    )
    monkeypatch.setattr(own.os, "getuid", lambda: 4711)
    uri, file = {"uri": str(closed / "make" / "output")}, {"outputFile": str(closed / "out.json")}
    for outputs in ({"artifacts": {"output": {"artifacts": [uri]}}}, {"parameters": {"n": file}}, file):
        failure = kubeflow.run_step(kfp.project.spec("make", executor_input={"outputs": outputs})).failure
        assert failure is not None and failure.kind == "infrastructure" and "4711" in failure.message, outputs
        assert failure.location == "steps_under_test.py:1" and "user who may write" in failure.help
