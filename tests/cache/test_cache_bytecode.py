"""The code that runs is the code whose digest is in the key, whatever bytecode lies about and whenever files change."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

RUN = """
    from zenml import pipeline, step
    from lib.deep import helper

    @step
    def number() -> int:
        return helper()

    @pipeline
    def main():
        number()

    if __name__ == "__main__":
        main()
"""


class Project:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.helper = folder / "lib" / "deep.py"
        self.helper.parent.mkdir()
        (folder / "run.py").write_text(textwrap.dedent(RUN))

    def call(self, *words: str) -> str:
        """A command of zencompile's; Python writes bytecode, as it does by itself."""
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        paths = [str(ROOT / one) for one in ("", "backends", "templates")]
        done = subprocess.run(
            [sys.executable, "-c", "from zencompile.cli import main; main()", *words],
            cwd=self.folder,
            env={**environment, "PYTHONPATH": os.pathsep.join(paths)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def run(self, name: str, *flags: str) -> tuple[str, int]:
        """The status and the value of the step."""
        self.call("run", "run.py", "--run", name, *flags)
        folder = next(self.folder.glob(f".zencompile/store/runs/*/main/{name}/number"))
        value = json.loads((folder / "output.json").read_text())["value"]["files"][0]["text"]
        return json.loads((folder / ".step.json").read_text())["status"], int(value)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.mark.parametrize("flags", [(), ("--in-process",)], ids=["processes", "in process"])
def test_an_edit_of_equal_length_within_a_second_is_seen(project: Project, flags: tuple[str, ...]) -> None:
    """Python alone would take the old bytecode: its source had the same length and the same second."""
    project.helper.write_text("def helper(): return 1\n")
    second = int(project.helper.stat().st_mtime) + 3600
    os.utime(project.helper, (second, second))
    assert project.run("one", *flags) == ("completed", 1)
    subprocess.run(
        [sys.executable, "-B", "-c", "import py_compile; py_compile.compile('lib/deep.py')"], cwd=project.folder
    )
    assert list(project.helper.parent.glob("__pycache__/deep.*.pyc"))
    project.helper.write_text("def helper(): return 2\n")
    os.utime(project.helper, (second, second))
    assert project.run("two", *flags) == ("completed", 2)
    assert project.run("three", *flags) == ("cached", 2)


def test_what_changes_while_the_step_runs_leaves_nothing_in_the_cache(project: Project) -> None:
    """A module that is imported late, and edited before: the result is not that of the compiled code."""
    project.helper.write_text("def helper(): return 1\n")
    (project.folder / "run.py").write_text(
        textwrap.dedent(RUN)
        .replace("from lib.deep import helper\n", "")
        .replace(
            "    return helper()",
            "    from pathlib import Path\n    if Path('edit').exists():\n"
            "        Path('lib/deep.py').write_text('def helper(): return 7\\n')\n"
            "    from lib.deep import helper\n    return helper()",
        )
    )
    (project.folder / "edit").touch()
    assert project.run("one") == ("completed", 7)
    assert not list(project.folder.glob(".zencompile/store/cache/*.json"))
    (project.folder / "edit").unlink()
    project.helper.write_text("def helper(): return 1\n")
    assert project.run("two") == ("completed", 1)
    assert "files changed while it ran" in project.call("cache", "why", "number")
