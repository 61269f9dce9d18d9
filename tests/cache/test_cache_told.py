"""What a step is told of the store and of its run counts: each way of asking, and each change."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import os
from typing import Annotated, Any
from zenml import Model, add_tags, get_step_context, load_artifact, log_metadata, pipeline, save_artifact, step
from zenml.client import Client


@step
def make() -> Annotated[int, "made"]:
    with open("n.txt") as file:
        return int(file.read())


@step
def first() -> int:
    return 1


@step(enable_cache=False)
def tell(x: int) -> None:
    found = get_step_context().inputs["x"][0]
    with open("told.txt") as file:
        for word in file.read().split():
            add_tags(tags=[word], artifact_version_id=found.id)
            log_metadata({"word": word}, artifact_name="made", artifact_version=found.version)
            log_metadata({"word": word}, model_name="m", model_version="v")


STEPS
@pipeline(model=Model(name="m", version="v"))
def p():
    m = make()
    f = first()
    tell(m)
CALLS

if __name__ == "__main__":
    p()
"""

ASKING = {
    "by_load": 'load_artifact("made")',
    "by_load_in_thread": "in_thread(lambda: load_artifact('made'))",
    "by_load_in_fork": "in_fork(lambda: load_artifact('made'))",
    "by_client": 'Client().get_artifact_version("made").load()',
    "by_version": 'Client().get_artifact_version("made").version',
    "by_list": 'Client().list_artifact_versions(artifact="made").total',
    "by_name": 'load_artifact("made") if True else 0',
    "by_missing": "attempt(lambda: load_artifact('late'))",
    "by_tags": '[one.name for one in get_step_context().inputs["x"][0].tags]',
    "by_metadata": 'get_step_context().inputs["x"][0].run_metadata.get("word")',
    "by_id": 'get_step_context().inputs["x"][0].id',
    "by_status": 'get_step_context().pipeline_run.steps["make"].status',
    "by_steps": 'get_step_context().pipeline_run.steps["make"].outputs["made"][0].load()',
    "by_model": 'get_step_context().model.load_artifact("made")',
    "by_model_metadata": 'get_step_context().model.run_metadata.get("word")',
    "by_other_model": 'Client().get_model_version("m", "v").get_artifact("made").load()',
    "by_dynamic": "getattr(__import__('zenml'), 'load_' + 'artifact')('made')",
    "by_own": "(save_artifact(1, 'own').load(), load_artifact('own'))",
    "by_run": "get_step_context().pipeline_run.name",
    "by_nothing": "1",
}
HELPERS = """
def in_thread(act):
    import threading
    found = []
    thread = threading.Thread(target=lambda: found.append(act()))
    thread.start()
    thread.join()
    return found[0]


def in_fork(act):
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(writer, str(act()).encode())
        os._exit(0)
    os.waitpid(pid, 0)
    return os.read(reader, 99)


def attempt(act):
    try:
        return act()
    except Exception as error:
        return type(error).__name__


"""
GIVEN_IT = {"by_tags", "by_metadata", "by_id"}
OF_VALUE = {
    "by_load",
    "by_load_in_thread",
    "by_load_in_fork",
    "by_client",
    "by_name",
    "by_steps",
    "by_model",
    "by_other_model",
    "by_dynamic",
}


def test_what_a_step_was_told_is_compared(tmp_path: Path) -> None:
    """Nothing runs again while a step would be told the same, and all that would be told something else do."""
    project = Project(tmp_path)
    assert project.run() == set(ASKING)
    assert project.run() == {"by_status"}, "`make` is taken from the cache now, which that step is told"
    project.put("n.txt", "2")
    assert project.run() == OF_VALUE | GIVEN_IT | {"by_version", "by_list"}, "another value, and another artifact"
    project.put("told.txt", "word")
    assert project.run() == {"by_tags", "by_metadata", "by_model_metadata"}
    assert project.run() == set()
    project.put("run.py", (tmp_path / "run.py").read_text().replace("def first() -> int", "def first() -> LATE"))
    project.put("n.txt", "1")
    project.put("run.py", (tmp_path / "run.py").read_text().replace("LATE", 'Annotated[int, "late"]'))
    assert "by_missing" in project.run()


class Project:
    """A project with a step for each way of asking, and its store."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        steps = HELPERS + "".join(
            f"@step\ndef {name}(x: int) -> str:\n    return str({text})\n\n\n" for name, text in ASKING.items()
        )
        calls = "".join(
            f"    {name}({'m' if name in GIVEN_IT else 'f'}, after=['make', 'first', 'tell'])\n" for name in ASKING
        )
        self.put("run.py", PROGRAM.replace("STEPS", steps).replace("CALLS", calls))
        self.put("n.txt", "1")
        self.put("told.txt", "")
        self.put("pyproject.toml", '[project]\nname = "told"\n')

    def put(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def run(self) -> set[str]:
        """The steps that asked something and ran."""
        before = set(self.folder.glob(".zencompile/store/runs/*/*/*"))
        command = [sys.executable, "-m", "zencompile", "run", "run.py", "--plain", "--in-process", "--jobs", "1"]
        done = subprocess.run(command, cwd=self.folder, env=os.environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        (run,) = set(self.folder.glob(".zencompile/store/runs/*/*/*")) - before
        records = (json.loads(path.read_text()) for path in run.glob("*/.step.json"))
        return {one["invocation"] for one in records if one["status"] == "completed" and one["invocation"] in ASKING}
