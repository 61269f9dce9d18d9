"""`zencompile validate`: which files an engine is asked about, and how. Real engines: `tests/airflow`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from calling import call

GOOD = "from zenml import pipeline, step\n\n@step\ndef load() -> int: ...\n\n@pipeline\ndef small():\n    load()\n"
LOADER = """\
#!{python}
import json, os, pathlib, sys
folder = pathlib.Path(sys.argv[-1])
files = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*.py"))
seen = {{"files": files, "environment": dict(os.environ)}}
pathlib.Path({seen!r}).write_text(json.dumps(seen))
print("a line of its own")
print(json.dumps({{str(p): "in bad.py\\n  somewhere\\nTypeError: no such argument" for p in folder.rglob("bad.py")}}))
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ZENCOMPILE_AIRFLOW_PYTHON", raising=False)
    (tmp_path / "run.py").write_text(GOOD)
    assert call("run.py", "--target", "airflow", "-o", "out/dags", "--set", "airflow.store=s3://a/b").code == 0
    (tmp_path / "out" / "dags" / "hand.py").write_text("raise SystemExit\n")
    return tmp_path


@pytest.fixture
def airflow(project: Path) -> Path:
    """A stand-in for a Python with Airflow, which says what it was given."""
    place = project / "python"
    place.write_text(LOADER.format(python=sys.executable, seen=str(project / "seen.json")))
    place.chmod(0o755)
    return place


def test_only_files_of_ours_are_loaded_and_nothing_else_comes_along(
    project: Path, airflow: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process has a scratch home, and no credentials or settings of this one; `--all` takes others, too."""
    import json

    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "Some")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "zz")
    monkeypatch.setenv("PYTHONPATH", str(project))
    answer = call("validate", "out", "--python", airflow)
    assert (answer.code, answer.out) == (0, "out/dags/small.py is valid for airflow\n")
    seen = json.loads((project / "seen.json").read_text())
    assert seen["files"] == ["out/dags/small.py"]
    given = seen["environment"]
    assert not {"AIRFLOW__CORE__EXECUTOR", "AWS_SECRET_ACCESS_KEY", "PYTHONPATH"} & given.keys()
    assert given["HOME"] == given["AIRFLOW_HOME"] != os.environ["HOME"] and not Path(given["HOME"]).exists()
    assert call("validate", "out", "--python", airflow, "--all").code == 0
    assert json.loads((project / "seen.json").read_text())["files"] == ["out/dags/hand.py", "out/dags/small.py"]


def test_what_the_engine_refuses_is_an_error(project: Path, airflow: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable names the Python as well."""
    monkeypatch.setenv("ZENCOMPILE_AIRFLOW_PYTHON", str(airflow))
    (project / "out" / "dags" / "small.py").rename(project / "out" / "dags" / "bad.py")
    answer = call("validate", "out/dags/bad.py")
    assert answer.code == 1
    assert "error[ZC0516]: Airflow can't load `out/dags/bad.py`: TypeError: no such argument" in answer.err


def test_what_can_t_be_asked_is_no_yes(project: Path, tmp_path: Path) -> None:
    answer = call("validate", "out")
    assert answer.code == 1 and "error[ZC0021]: there is no Airflow to load `out/dags/small.py`" in answer.err
    assert "error[ZC0021]" in call("validate", "out", "--python", sys.executable).err
    assert "error[ZC0021]" in call("validate", "out", "--python", tmp_path / "nothing").err


def test_a_call_without_a_file_is_wrong(project: Path) -> None:
    (project / "empty").mkdir()
    for words in (("nowhere",), ("empty",), ("out/dags/hand.py",)):
        answer = call("validate", *words)
        assert answer.code == 2 and "error[ZC0001]" in answer.err


def test_compiling_asks_no_engine(project: Path, airflow: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where one is named."""
    monkeypatch.setenv("ZENCOMPILE_AIRFLOW_PYTHON", str(airflow))
    assert call("run.py", "--target", "airflow", "-o", "other").code == 0
    assert not (project / "seen.json").exists()


def test_kubeflow_s_files_are_held_against_our_rules(project: Path) -> None:
    """A note says where the SDK isn't there; a script of the local runner has no engine."""
    assert call("run.py", "--target", "kubeflow", "-o", "deploy").code == 0
    assert call("run.py", "--target", "local", "-o", "deploy").code == 0
    answer = call("validate", "deploy")
    assert answer.code == 0 and "note[ZC0021]" in answer.err
    assert (
        answer.out
        == "deploy/small.yaml is valid for kubeflow\ndeploy/small.py is for local, which has no engine to ask\n"
    )
    place = project / "deploy" / "small.yaml"
    place.write_text(place.read_text().replace("name: comp-load", "name: comp-lost"))
    answer = call("validate", "deploy")
    assert answer.code == 1 and "error[ZC0529]: `deploy/small.yaml`" in answer.err
