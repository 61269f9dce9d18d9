"""Chains, inline steps, groups and assets in real Airflows, against the same pipelines run by the local runner."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any
from urllib.parse import quote

import pytest

from zencompile_runtime import artifacts
from zencompile_runtime.store import open as open_store

pytestmark = pytest.mark.airflow
RUNS = Path(__file__).with_name("airflow_runs.py")
GOLDEN = Path(__file__).parents[2] / "golden" / "compile"

CHAINS = '''
    """Three in a row, of which one fails at first, or always; each says that it was started."""
    import pathlib
    from zencompile import StepRetryConfig, pipeline, step

    def started(name: str, marks: str) -> int:
        path = pathlib.Path(marks)
        with path.open("a") as file:
            file.write(f"{name}\\n")
        return path.read_text().split().count(name)

    @step(enable_cache=False)
    def load(n: int, marks: str) -> list[int]:
        started("load", marks)
        return list(range(n))

    @step(enable_cache=False)
    def total(rows: list[int], marks: str, failures: int) -> float:
        if started("total", marks) <= failures:
            raise RuntimeError("not yet")
        return sum(rows) / 3

    @step(enable_cache=False)
    def say(total: float, marks: str) -> str:
        started("say", marks)
        return f"{total:.2f}"

    @pipeline(retry=StepRetryConfig(max_retries=1, delay=0))
    def row(marks: str, n: int = 5, failures: int = 1):
        say(total(load(n, marks), marks, failures), marks)
'''
INLINE = '''
    """What only text can get wrong: constants, texts over lines, functions inside, defaults, names."""
    import math
    from datetime import timedelta as span

    from zencompile import pipeline, step

    RATE = 1.19  # value added
    NAMES = ["net", "gross"]

    @step
    def prices(n: int, factor: float) -> list[float]:
        return [math.sqrt(i) * factor for i in range(1, n)]

    @step
    def taxed(
        prices: list[float],  # without tax
        rate: float = 2,
        digits: int = 2,
    ) -> dict[str, float]:
        """With
        tax."""
        text = """
      as it is {{ text }}
    """
        def rounded(x: float) -> float:
            return round(x, digits)

        assert type(rate) is float and type(digits) is int
        assert text == "\\n  as it is {{ text }}\\n"
        return {NAMES[0]: rounded(sum(prices)), NAMES[1]: rounded(sum(prices) * RATE * rate)}

    @step
    def say(sums: dict[str, float], title: str, more: list[str]) -> str: return f"{title}: {sums} {more}"

    @step
    def flag(text: str) -> bool | None:
        return None if span(days=len(text)).days > 3 else True

    @pipeline
    def asked(n: int):
        return prices(n, factor=3)

    @pipeline
    def shop(n: int = 5, title: str = "it's {{ x }}"):
        sums = taxed(asked(n))
        flag(say(sums, title, more=["a {{ b }}", "c.sh"]))

    if __name__ == "__main__":
        shop()
'''
WRONG = """
    from zencompile import pipeline, step

    @step
    def an_int() -> float:
        return 1

    @step
    def a_nan() -> float:
        return float("nan")

    @step
    def a_tuple() -> list[float]:
        return (1.0,)

    @pipeline
    def unlike():
        for one in (an_int, a_nan, a_tuple):
            one()

    if __name__ == "__main__":
        unlike()
"""


class Compiled:
    """Pipelines in one folder of DAGs, and in the local runner."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.dags = folder / "dags"
        self.store = folder / "store"

    def add(self, name: str, text: str, *options: str) -> Path:
        """Compile a program for Airflow; the project's folder."""
        project = self.folder / name
        project.mkdir(parents=True, exist_ok=True)
        (project / "run.py").write_text(dedent(text).lstrip("\n"))
        self.call(project, "--target", "airflow", "-o", str(self.dags), f"--set=airflow.store={self.store}", *options)
        return project

    def call(self, project: Path, *words: str, command: str = "compile") -> str:
        environment = {k: v for k, v in os.environ.items() if k != "VIRTUAL_ENV"}
        main = [sys.executable, "-c", "from zencompile.cli import main; main()", command, "run.py", *words]
        done = subprocess.run(main, cwd=project, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stderr

    def prepared(self, project: Path, dag: str) -> None:
        """The worker's folder."""
        environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
        subprocess.run(["sh", f"build/airflow/{dag}/prepare.sh"], cwd=project, env=environment, check=True)

    def local(self, project: Path, pipeline: str, *parameters: str) -> dict[str, Any]:
        """The digest and the value of each output as the local runner has them."""
        store = self.folder / f"{pipeline} here"
        if store.exists():  # for the other Airflow
            shutil.rmtree(store)
            (self.folder / "here").unlink(missing_ok=True)
        self.call(project, f"--set=local.store={store}", *(f"--param={p}" for p in parameters), command="run")
        (run,) = [one for one in (store / "runs" / "default" / pipeline).iterdir() if one.is_dir()]
        return outputs(store, run)


def outputs(store: Path, run: Path) -> dict[str, Any]:
    found = {}
    for path in sorted(run.glob("*/[!.]*.json")):
        value = json.loads(path.read_text())["value"]
        found[f"{path.parent.name}.{path.stem}"] = value["digest"], artifacts.load(open_store(str(store)), value)
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    compiled = Compiled(tmp_path_factory.mktemp("shape"))
    worker = compiled.folder / "worker"
    bash = ["--set=airflow.operator=bash", f"--set=airflow.project={worker}", "--set=airflow.fuse=chains"]
    for name, failures in (("row", 1), ("broken", 2)):
        given = [f"--param=marks={compiled.folder / name}.{{}}", f"--param=failures={failures}"]
        project = compiled.add(name, CHAINS, *bash, f"--set=airflow.dag_id={name}", *(g.format("marks") for g in given))
        if name == "row":
            compiled.prepared(project, "row")
    compiled.add("shop", INLINE, "--set=airflow.operator=inline")
    compiled.add("unlike", WRONG, "--set=airflow.operator=inline")
    compiled.add("assets", (GOLDEN / "airflow_assets" / "source" / "run.py").read_text(), "--set=airflow.pool=small")
    return compiled


@pytest.fixture(scope="module")
def ran(made: Compiled, airflow: Any) -> Any:
    """What one process of an Airflow says of one run of each."""
    for marks in made.folder.glob("*.marks"):
        marks.unlink()
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    settings = {
        "AIRFLOW_HOME": str(airflow.home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__FERNET_KEY": "",
    }
    command = [str(airflow.python), str(RUNS), str(made.dags), "row", "broken", "shop", "unlike"]
    done = subprocess.run(command, env={**kept, **settings}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_a_chain_leaves_what_its_steps_leave(made: Compiled, ran: Any) -> None:
    """A step failed at first: the try after that went on with it, and the artifacts are the local runner's."""
    assert ran["row"]["state"] == "success"
    assert ran["row"]["tasks"] == {"load_to_say": "success"}
    assert ran["row"]["tries"] == {"load_to_say": 2}
    assert (made.folder / "row.marks").read_text().split() == ["load", "total", "total", "say"]
    run = made.store / "runs" / "default" / "row" / quote(ran["row"]["run"], safe="")
    here = made.local(made.folder / "row", "row", f"marks={made.folder / 'here'}")
    assert outputs(made.store, run) == here
    records = {path.parent.name: json.loads(path.read_text()) for path in run.glob("*/.step.json")}
    assert {name: (one["status"], one["attempt"]) for name, one in records.items()} == {
        "load": ("completed", 1),
        "total": ("completed", 2),
        "say": ("completed", 1),
    }


def test_a_step_of_a_chain_that_fails_for_good_fails_the_run(made: Compiled, ran: Any) -> None:
    """After as many attempts as it would have as a task of its own."""
    assert ran["broken"]["state"] == "failed"
    assert (made.folder / "broken.marks").read_text().split() == ["load", "total", "total"]


def test_inline_steps_return_what_the_local_runner_has(made: Compiled, ran: Any) -> None:
    assert ran["shop"]["state"] == "success"
    here = {name.partition(".")[0]: value for name, (_, value) in made.local(made.folder / "shop", "shop").items()}
    there = {name: ran["shop"]["values"].get(name) for name in here}
    assert {name: repr(value) for name, value in there.items()} == {name: repr(value) for name, value in here.items()}


def test_what_is_not_as_declared_or_no_json_fails_where_it_is_returned(ran: Any) -> None:
    assert ran["unlike"]["state"] == "failed"
    assert ran["unlike"]["tasks"] == dict.fromkeys(("an_int", "a_nan", "a_tuple"), "failed")


def test_groups_pools_and_assets_are_those_of_the_pipeline(ran: Any) -> None:
    regions = ran["seen"]["regions"]
    tasks = regions["tasks"]
    assert regions["starts"] == ["Any", "s3://lake/sales", "s3://lake/prices"]
    assert regions["groups"] == {"checked": None, "checked_checks": "checked"}
    assert {name: task["group"] for name, task in tasks.items() if task["group"]} == {
        "complete": "checked_checks",
        "positive": "checked_checks",
    }
    assert tasks["join"]["downstream"] == ["complete", "positive", "write"]
    assert tasks["join"]["slots"][:2] == ["warehouse", 2]
    assert tasks["read"]["slots"][:2] == ["small", 1]
    assert (tasks["write"]["outlets"], tasks["write"]["slots"][3]) == (["s3://lake/regions"], 10)
    assert ran["seen"]["shop"]["tasks"]["prices"]["group"] == "asked"
