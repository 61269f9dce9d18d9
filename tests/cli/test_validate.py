"""`zencompile validate`: which files an engine is asked about, and how. Real engines: `tests/airflow`."""

from __future__ import annotations

import os
import re
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
errors = {{str(p): "in bad.py\\n  somewhere\\nTypeError: no such argument" for p in folder.rglob("bad.py")}}
warnings = {{str(p): ["old.py:3: Deprecated: an import"] for p in folder.rglob("old.py")}}
print(json.dumps({{"errors": errors, "warnings": warnings}}))
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
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stand-in for a Python with Airflow, which says in `seen.json` beside it what it was given."""
    place = tmp_path_factory.mktemp("engine") / "python"
    place.write_text(LOADER.format(python=sys.executable, seen=str(place.with_name("seen.json"))))
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
    seen = json.loads(airflow.with_name("seen.json").read_text())
    assert seen["files"] == ["out/dags/small.py"]
    given = seen["environment"]
    assert not {"AIRFLOW__CORE__EXECUTOR", "AWS_SECRET_ACCESS_KEY", "PYTHONPATH"} & given.keys()
    assert given["HOME"] == given["AIRFLOW_HOME"] != os.environ["HOME"] and not Path(given["HOME"]).exists()
    assert call("validate", "out", "--python", airflow, "--all").code == 0
    assert json.loads(airflow.with_name("seen.json").read_text())["files"] == ["out/dags/hand.py", "out/dags/small.py"]


def test_what_the_engine_refuses_is_an_error(project: Path, airflow: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable names the Python as well."""
    monkeypatch.setenv("ZENCOMPILE_AIRFLOW_PYTHON", str(airflow))
    (project / "out" / "dags" / "small.py").rename(project / "out" / "dags" / "bad.py")
    answer = call("validate", "out/dags/bad.py")
    assert answer.code == 1
    assert "error[ZC0516]: Airflow can't load `out/dags/bad.py`: TypeError: no such argument" in answer.err


def test_what_the_engine_or_its_linter_warns_of_is_a_warning(project: Path, airflow: Path) -> None:
    """A file that somebody has edited: with an import of Airflow 2, and a deprecated one."""
    place = project / "out" / "dags" / "small.py"
    text = place.read_text()
    new = "    from airflow.sdk import DAG\n"
    assert new in text
    (project / "out" / "dags" / "old.py").write_text(text.replace(new, "    from airflow.models.dag import DAG\n"))
    place.unlink()
    answer = call("validate", "out", "--python", airflow)
    assert answer.code == 0
    assert "warning[ZC0572]: Airflow warns of `out/dags/old.py`: old.py:3: Deprecated: an import" in answer.err
    found = re.search(r"warning\[ZC0572\]: `out/dags/old.py`, line \d+: .*\(AIR3", answer.err)
    assert found or not Path(sys.executable).with_name("ruff").exists()


def test_a_file_that_names_other_code_than_its_source_has_is_told(project: Path, airflow: Path) -> None:
    """By the steps; a source that isn't here, or can't be compiled, is no error of the file."""
    assert call("validate", "out", "--python", airflow).code == 0
    (project / "run.py").write_text(GOOD.replace("-> int: ...", "-> int:\n    return 2\n"))
    answer = call("validate", "out", "--python", airflow)
    assert answer.code == 1
    assert "error[ZC0010]: `out/dags/small.py` names other code than `run.py` has now: `run:load`" in answer.err
    (project / "run.py").write_text(GOOD.replace("load()", "read()"))
    assert "has now: `run:load`" in call("validate", "out", "--python", airflow).err, "the step is gone"
    (project / "run.py").write_text(GOOD.replace("():", "(:"))
    answer = call("validate", "out", "--python", airflow)
    assert answer.code == 0 and "note[ZC0021]: `out/dags/small.py` is not compared with `run.py`" in answer.err
    (project / "run.py").unlink()
    answer = call("validate", "out", "--python", airflow)
    assert (answer.code, answer.err) == (0, "")


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
    assert not airflow.with_name("seen.json").exists()


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
