"""What the tools of a DAG's readers say of generated files, and Airflow while it loads them: nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from generated_pipelines import OPERATORS, pipelines

ROOT = Path(__file__).parent.parent.parent
SEED, COUNT = 1, 80
# What the source of each example and golden case is compiled from: what stands behind its path.
EXAMPLES = (
    "examples/quickstart/run.py",
    "examples/churn/run.py:churn_training",
    "examples/churn/run.py:churn_monitoring",
)


@pytest.fixture(scope="module")
def folder(hand: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Generated pipelines and all examples, each example for each operator, as DAG files."""
    made = tmp_path_factory.mktemp("dags")
    for pipeline, options in pipelines(hand, SEED, COUNT):
        emitted = hand.emit(pipeline, **options)
        assert not emitted.report.errors, [error.message for error in emitted.report.errors]
        emitted.write(made)
    for number, source in enumerate(EXAMPLES):
        for operator in OPERATORS:
            (made / f"example_{number}_{operator}.py").write_text(
                example(source, operator, f"example_{number}_{operator}")
            )
    return made


def example(source: str, operator: str, dag_id: str) -> str:
    """The DAG file of an example."""
    from zencompile import api

    options = {"operator": operator, "dag_id": dag_id, "store": "/srv/ml", "volume_claim": "ml"}
    files = api.compile(ROOT / source, "airflow", options=options, output=ROOT / "build" / "dags", write=False)
    (text,) = (text for path, text in files.items() if path.name == f"{dag_id}.py")
    return text


def test_formatters_and_linters_leave_them_alone(folder: Path) -> None:
    ruff = Path(sys.executable).with_name("ruff")
    if not ruff.exists():
        pytest.skip("ruff is not installed")
    options = ["--isolated", "--no-cache", "--line-length", "120", "--target-version", "py38", str(folder)]
    checks = (
        ["format", "--diff"],
        ["check", "--preview", "--select", "AIR"],
        ["check", "--select", "E,F,I,W,B,UP", "--ignore", "E501"],
    )
    for check in checks:
        done = subprocess.run([str(ruff), *check, *options], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]


@pytest.mark.airflow
def test_airflow_loads_them_without_a_warning(folder: Path, airflow: Any) -> None:
    loaded = airflow.load(folder)
    assert loaded["errors"] == {}
    assert loaded["warnings"] == {}
    assert len(loaded["dags"]) == len(list(folder.glob("*.py")))
    assert all(dag["serialized"] for dag in loaded["dags"].values())
