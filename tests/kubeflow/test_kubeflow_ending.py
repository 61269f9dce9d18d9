"""What a pipeline wants called at the end of a run is called then: once, whatever happened."""

from __future__ import annotations

import json
import subprocess
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
import stand_in
from kubeflow_samples import Compiled, call, pipeline, step

from zencompile import api
from zencompile.ir import Hook, Hooks, Pipeline, Text

HERE = Path(__file__).parent

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

@pipeline
def inner(fail: bool):
    return load(fail)

@pipeline(on_cleanup=clean, environment={"SHARED": "yes"}, enable_cache=False)
def main(fail: bool = False):
    return total(inner(fail))

if __name__ == "__main__":
    main()
"""

Run = Callable[..., list[str]]


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """The folder of the program and of what it is compiled to."""
    (tmp_path / "run.py").write_text(textwrap.dedent(PROGRAM))
    api.compile(tmp_path / "run.py", "kubeflow", output=tmp_path / "out", build_dir=tmp_path / "build")
    return tmp_path


@pytest.fixture
def run(program: Path) -> Run:
    """Runs the program's pipeline as the server would; what was said."""
    documents = stand_in.read(program / "out" / "main.yaml")

    def start(environment: dict[str, str] | None = None, **parameters: bool) -> list[str]:
        variables = {"PATH": "/usr/bin:/bin", "HERE": str(program), **(environment or {})}
        worker = stand_in.processes(program, program / "build" / "runtime", environment=variables)
        said = program / "said"
        said.unlink(missing_ok=True)
        try:
            stand_in.run(documents, program / "outputs", worker, **parameters)
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


STEP = """
import sys
sys.path[:0] = {paths}
from zencompile_runtime.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.kfp
def test_the_sdks_own_runner_calls_it_after_a_failure(kfp_python: Path, program: Path) -> None:
    """Processes stand for containers."""
    step = program / "step.py"
    step.write_text(STEP.format(paths=[str(program), str(program / "build" / "runtime")]))
    command = [str(HERE / "kfp_local.py"), "run", "out/main.yaml", '{"fail": true}', "root", str(step)]
    variables = {"PATH": "/usr/bin:/bin", "HERE": str(program), "HOME": str(Path.home()), "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [str(kfp_python), *command], cwd=program, env=variables, capture_output=True, text=True, check=False
    )
    answer = json.loads(done.stdout.splitlines()[-1])
    assert not answer["ok"]
    assert "Inner task failed" in answer["error"]
    assert (program / "said").read_text().split() == ["load", "clean", "yes"]
    assert "the run has ended: FAILED" in done.stderr
