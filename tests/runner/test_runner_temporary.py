"""What a run leaves among the system's temporary files: nothing, and what the killed leave goes with the next run."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

STEPS = """
    import multiprocessing
    import os
    import subprocess
    import sys
    import time
    from pathlib import Path

    @step
    def folder() -> Path:
        made = Path(__file__).parent / "made"
        made.mkdir(exist_ok=True)
        (made / "a.txt").write_text("a")
        return made

    @step
    def read(path: Path) -> str:
        if os.fork() == 0:
            sys.exit(0)  # a process that runs exit handlers of ours
        os.wait()
        return (path / "a.txt").read_text()

    @step
    def late() -> int:
        subprocess.Popen([sys.executable, "-c", "import json, time; time.sleep(60)"])
        return 1

    @step
    def hang(path: Path) -> int:
        multiprocessing.get_context("fork").Process(target=time.sleep, args=(60,)).start()
        print("hanging", flush=True)
        time.sleep(60)
        return 1
"""
PLAN = """steps=[
    Step("folder", "steps:folder"),
    Step("late", "steps:late"),
    Step("read", "steps:read", inputs={"path": ("folder", "output")}, cache=False),
]"""
HANGING = """steps=[
    Step("folder", "steps:folder"),
    Step("hang", "steps:hang", inputs={"path": ("folder", "output")}),
]"""
WAYS = pytest.mark.parametrize(
    "flags", [[], ["--isolation", "full"], ["--in-process"]], ids=["fork", "full", "in-process"]
)


@pytest.fixture
def temporary(tmp_path):
    place = tmp_path / "temporary"
    place.mkdir()
    return place


def ours(temporary: Path) -> list[str]:
    return sorted(one.name for one in temporary.iterdir() if one.name.startswith("zencompile"))


@WAYS
def test_copies_of_paths_end_with_the_process_that_was_given_them(project, temporary, flags):
    project.write(STEPS, PLAN)
    ran = project.run(*flags, TMPDIR=str(temporary))
    assert ran.value("read") == "a"
    assert [name for name in ours(temporary) if "observed" not in name] == []


@WAYS
def test_what_the_killed_left_goes_with_the_next_run(project, temporary, flags):
    """Whichever store the next one has; what living processes need stays."""
    project.write(STEPS, HANGING)
    process = project.start(*flags, TMPDIR=str(temporary))
    while "hanging" not in process.stdout.readline():
        assert process.poll() is None
    project.run("--only", "folder", "--store", str(temporary.parent / "other"), TMPDIR=str(temporary))
    needed = ours(temporary)
    assert any("observed" in name for name in needed) and len(needed) >= 2, "a copy, and what a process reports"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    time.sleep(1)  # what it started ends within that time
    project.run("--only", "folder", "--store", str(temporary.parent / "other"), TMPDIR=str(temporary))
    assert not set(needed) & set(ours(temporary))


def test_ctrl_c_while_the_script_is_loaded_shows_no_traceback(project):
    project.write(STEPS, PLAN)
    finder = (
        "class Interrupting:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'zencompile_runtime.runner.plan':\n"
        "            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupting())\n"
    )
    text = project.script.read_text()
    project.script.write_text(text.replace("from pathlib import Path\n", f"from pathlib import Path\n{finder}", 1))
    ran = project.run(code=130)
    assert ran.out + ran.err == ""
