"""What a pipeline wants called at the end of a run is called then: once, whatever happened."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
import stand_in
from kubeflow_samples import Compiled, call, pipeline, step

from zencompile import api
from zencompile.ir import Hook, Hooks, Pipeline, Text

PROGRAM = """
import os
from pathlib import Path
from zenml import pipeline, step

HERE = Path(os.environ["HERE"])

def say(text):
    with (HERE / "said").open("a") as file:
        file.write(text + "\\n")

def clean():
    say("clean " + os.environ.get("SHARED", ""))
    if os.environ.get("BREAK"):
        raise ValueError("not clean")

@step
def load(fail: bool) -> int:
    say("load")
    if fail:
        raise ValueError("as it was told")
    return 3

@step
def total(n: int) -> int:
    say("total")
    return n + 1

@pipeline(on_cleanup=clean, environment={"SHARED": "yes"}, enable_cache=False)
def main(fail: bool = False):
    return total(load(fail))

if __name__ == "__main__":
    main()
"""

Run = Callable[..., list[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs the program's pipeline as the server would; what was said."""
    source = tmp_path / "run.py"
    source.write_text(textwrap.dedent(PROGRAM))
    made = api.compile(source, "kubeflow", output=tmp_path / "out", build_dir=tmp_path / "build")
    documents = stand_in.read(next(path for path in made if path.name == "main.yaml"))

    def start(environment: dict[str, str] | None = None, **parameters: bool) -> list[str]:
        variables = {"PATH": "/usr/bin:/bin", "HERE": str(tmp_path), **(environment or {})}
        worker = stand_in.processes(tmp_path, tmp_path / "build" / "runtime", environment=variables)
        said = tmp_path / "said"
        said.unlink(missing_ok=True)
        try:
            stand_in.run(documents, tmp_path / "outputs", worker, **parameters)
            said.open("a").write("run succeeded")
        except stand_in.RunFailed:
            said.open("a").write("run failed")
        return said.read_text().splitlines()

    return start


def test_it_is_called_once_after_all_steps(run: Run) -> None:
    assert run() == ["load", "total", "clean yes", "run succeeded"]


def test_it_is_called_after_a_failure_which_the_run_still_is(run: Run) -> None:
    assert run(fail=True) == ["load", "clean yes", "run failed"]


def test_its_own_failure_is_none_of_the_run(run: Run) -> None:
    assert run({"BREAK": "1"}) == ["load", "total", "clean yes", "run succeeded"]


def cleaned(*ids: str, hooks: Hooks | None = None) -> Pipeline:
    variables = {"EVERYWHERE": Text(value="1")}
    calls = [call(id_, "s", variables={**variables, id_: Text(value="2")}) for id_ in ids]
    return pipeline([step("s")], calls, hooks=hooks or Hooks(on_cleanup=Hook(entrypoint="run:clean")))


def test_the_task_at_the_end_stands_beside_everything_else() -> None:
    made = Compiled(cleaned("s", "s_2"))
    assert not made.codes
    root = made.spec["root"]["dag"]["tasks"]
    assert list(root) == ["exit-handler-1", "clean"]
    assert root["clean"]["triggerPolicy"] == {"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"}
    assert root["clean"]["dependentTasks"] == ["exit-handler-1"]
    assert root["clean"]["inputs"]["parameters"]["status"] == {"taskFinalStatus": {"producerTask": "exit-handler-1"}}
    assert root["clean"]["cachingOptions"] == {"enableCache": False}
    assert list(made.component("exit-handler-1")["dag"]["tasks"]) == ["s", "s-2"]
    assert [one["name"] for one in made.container("clean")["env"]] == ["EVERYWHERE"]
    assert not any("clean" in one for one in made.arguments("s"))


def test_a_step_may_have_the_name_of_the_hook() -> None:
    made = Compiled(cleaned("clean"))
    assert list(made.spec["root"]["dag"]["tasks"]) == ["exit-handler-1", "clean-2"]


def test_what_on_init_made_is_cleaned_up_where_it_was_made() -> None:
    hooks = Hooks(on_init=Hook(entrypoint="run:init"), on_cleanup=Hook(entrypoint="run:clean"))
    made = Compiled(cleaned("s", hooks=hooks))
    assert list(made.spec["root"]["dag"]["tasks"]) == ["s"]
    assert {"--on-init=run:init", "--on-cleanup=run:clean"} <= set(made.arguments("s"))
