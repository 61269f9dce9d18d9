"""Artifacts that are looked up by name are imported from where the configuration says that they lie."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import pytest
import stand_in
from kubeflow_samples import Compiled, call, kind, pipeline, step

from zencompile import api
from zencompile.ir import Group, Hook, Hooks, Lookup

PLACES = {"iris": "s3://data/iris.csv", "iris@3": "s3://data/iris-3.csv"}


def lookup(*arguments: Any, then: tuple[dict[str, Any], ...] = (), **keywords: Any) -> Lookup:
    chain = ({"name": "get_artifact_version"}, {"call": [list(arguments), keywords]}, *then)
    return Lookup(source="client", chain=chain, text="Client().get_artifact_version(…)")


def take(*values: Lookup, annotation: str = "any", hooks: Hooks | None = None, group: Group | None = None) -> Compiled:
    calls = [call(f"take_{n}", "take", {"x": one}, group=group) for n, one in enumerate(values)]
    steps = [step("take", {"x": kind(annotation)})]
    return Compiled(pipeline(steps, calls, hooks=hooks or Hooks()), artifacts=PLACES)


def test_an_artifact_is_imported_once() -> None:
    made = take(lookup("iris"), lookup(name_id_or_prefix="iris"), annotation="pandas.DataFrame")
    assert list(made.spec["root"]["dag"]["tasks"]) == ["import-iris", "take-0", "take-1"]
    importer = made.spec["deploymentSpec"]["executors"]["exec-import-iris"]["importer"]
    assert importer["artifactUri"] == {"constant": "s3://data/iris.csv"}
    assert importer["typeSchema"]["schemaTitle"] == "system.Dataset"
    for task in ("take-0", "take-1"):
        assert made.task(task)["dependentTasks"] == ["import-iris"]
        assert made.component(task)["inputDefinitions"]["artifacts"]["x"]["artifactType"] == importer["typeSchema"]


def test_a_version_has_a_place_of_its_own() -> None:
    made = take(lookup("iris", 3), lookup("iris", version="3"), lookup("iris", 4))
    executors = made.spec["deploymentSpec"]["executors"].values()
    places = [one["importer"]["artifactUri"]["constant"] for one in executors if "importer" in one]
    assert sorted(places) == ["s3://data/iris-3.csv", "s3://data/iris.csv"]


def test_an_artifact_of_a_model_or_with_the_name_of_a_member_of_an_enum() -> None:
    member = {"$": "enum", "class": "run:Names", "name": "IRIS", "value": "iris"}
    chain = ({"attribute": "get_artifact"}, {"call": [["iris"], {}]}, {"attribute": "load"}, {"call": [[], {}]})
    made = take(lookup(name_id_or_prefix=member), Lookup(source="model", chain=chain, text="model.get_artifact(…)"))
    assert list(made.spec["root"]["dag"]["tasks"]) == ["import-iris", "take-0", "take-1"]


def test_a_group_and_an_ending_have_the_importer_before_them() -> None:
    made = take(lookup("iris"), group=Group(id="g", name="g"), hooks=Hooks(on_cleanup=Hook(entrypoint="run:clean")))
    assert list(made.component("exit-handler-1")["dag"]["tasks"]) == ["import-iris", "g"]
    assert made.task("g")["dependentTasks"] == ["import-iris"]


@pytest.mark.parametrize(
    "value",
    [
        lookup("other"),
        lookup("iris", then=({"attribute": "run_metadata"}, {"item": "accuracy"})),
        lookup("iris", hydrate=True),
        Lookup(source="model", chain=({"attribute": "run_metadata"}, {"item": "iris"}), text="model.run_metadata"),
    ],
)
def test_what_is_no_artifact_whose_place_is_known_is_refused(value: Lookup) -> None:
    assert take(value).codes == ["ZC0535"]


PROGRAM = """
import os
from pathlib import Path
from zenml import pipeline, step
from zenml.client import Client

@step
def read(data: Path) -> None:
    with open(os.environ["SAID"], "a") as file:
        file.write(data.read_text())

@pipeline
def main():
    read(Client().get_artifact_version("iris"))

if __name__ == "__main__":
    main()
"""


def test_a_step_is_given_the_path_of_what_lies_there(tmp_path: Path) -> None:
    """The stand-in doesn't download, so that the place is a path: its server takes any URI."""
    (tmp_path / "run.py").write_text(textwrap.dedent(PROGRAM))
    (tmp_path / "iris.csv").write_text("1,2,3")
    options = {"artifacts": {"iris": "s3://data/iris.csv"}}
    made = api.compile(
        tmp_path / "run.py", "kubeflow", output=tmp_path / "out", build_dir=tmp_path / "build", options=options
    )
    documents = stand_in.read(next(path for path in made if path.name == "main.yaml"))
    importer = documents[0]["deploymentSpec"]["executors"]["exec-import-iris"]["importer"]
    assert importer["artifactUri"]["constant"] == "s3://data/iris.csv"
    importer["artifactUri"]["constant"] = str(tmp_path / "iris.csv")
    variables = {"PATH": "/usr/bin:/bin", "SAID": str(tmp_path / "said")}
    worker = stand_in.processes(tmp_path, tmp_path / "build" / "runtime", environment=variables)
    stand_in.run(documents, tmp_path / "outputs", worker)
    assert (tmp_path / "said").read_text() == "1,2,3"
