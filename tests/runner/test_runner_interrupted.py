"""Runs whose runner was killed: what is said of them, who may go on with them, and what of them is left."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from zencompile_runtime import machine
from zencompile_runtime.runner import leftovers, lock
from zencompile_runtime.runner.workers import LOOK
from zencompile_runtime.store import ArtifactStore, leases

STEPS = """
    import time
    from pathlib import Path

    @step
    def first() -> int:
        with Path("firsts").open("a") as file:
            file.write("x")
        time.sleep(1.1)  # what takes less may be done again
        return 1

    @step
    def long(x: int) -> int:
        Path("running").touch()
        while not Path("go").exists():
            time.sleep(0.02)
        return x + 1
"""
PLAN = """
    steps=[
        Step("first", "steps:first", cache=False),
        Step("long", "steps:long", inputs={"x": ("first", "output")}, cache=False),
    ],
"""
EVERY = pytest.mark.parametrize(
    "flags", [[], ["--isolation", "full"], ["--in-process"]], ids=["fork", "full", "in-process"]
)


@pytest.fixture
def begun(project):
    """Start a run that waits in its second step."""
    project.write(STEPS, PLAN)
    started = []

    def begin(*words: str) -> subprocess.Popen[str]:
        (project.folder / "running").unlink(missing_ok=True)
        process = project.start(*words)
        started.append(process)
        limit = time.monotonic() + 60
        while not (project.folder / "running").exists():
            assert process.poll() is None and time.monotonic() < limit, process.stdout.read()
            time.sleep(0.02)
        time.sleep(1.2)  # by then the document says what runs
        return process

    yield begin
    for process in started:
        process.kill()
        process.wait()


def listed(project, *words: str) -> str:
    command = [sys.executable, "-m", "zencompile", "runs", *words, "--store", str(project.store)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@EVERY
def test_a_run_whose_runner_was_killed_is_interrupted_and_goes_on(project, begun, flags):
    """At once: nothing of the run is left by then. Killed again, it still keeps what the first part finished."""
    process = begun("--run", "r", *flags)
    process.kill()
    process.communicate()
    assert "interrupted" in listed(project, "list")
    again = begun("--resume", "r", *flags)
    again.kill()
    again.communicate()
    (project.folder / "go").touch()
    ran = project.run("--resume", "r", *flags)
    assert ran.states == {"first": "reused", "long": "completed"} and ran.value("long") == 2
    assert (project.folder / "firsts").read_text() == "x"
    assert "completed" in listed(project, "list")


def test_a_run_has_one_runner(project, begun):
    process = begun("--run", "r")
    said = project.run("--resume", "r", code=2).err
    assert f"the run 'r' is still going on (process {process.pid})" in said and "help: wait for it" in said
    assert "there is a run 'r' already" in project.run("--run", "r", code=2).err
    (project.folder / "go").touch()
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0, out


def test_clean_says_which_runs_were_interrupted_and_removes_what_they_left(project, begun):
    process = begun("--run", "r")
    process.kill()
    process.communicate()
    mine = leases.writer().partition("-")[0]
    (project.store / "tmp" / f"{mine}-{process.pid}-@1-half").write_bytes(b"half")
    said = listed(project, "--clean")
    assert "interrupted: runs/t/p/r" in said and "removed 1 unfinished writes" in said
    document = project.document("r")
    assert document["status"] == "interrupted" and document["steps"]["long"]["status"] == "interrupted"
    assert not list((project.store / "tmp").iterdir())
    (project.folder / "go").touch()
    assert project.run("--resume", "r").states == {"first": "reused", "long": "completed"}


def test_the_next_run_removes_what_is_left_and_nothing_of_the_living(project, begun):
    begun("--run", "living")
    tmp = project.store / "tmp"
    machine_, pid, since, *_ = leases.writer().split("-")
    living = {f"{machine_}-{pid}-{since}-mine", "00000000-1-@1-of-another-machine"}
    for name in (*living, f"{machine_}-{pid}-@1-of-an-earlier-process-of-that-number"):
        (tmp / name).write_bytes(b"x")
    (project.folder / "go").touch()
    project.run("--run", "next")
    names = {one.name for one in tmp.iterdir()}
    assert living <= names and not [name for name in names if "earlier" in name]


def document_of(**host: object) -> dict:
    return {"run": "r", "pipeline": "t/p", "status": "running", "host": {**machine.identity(), **host}, "steps": {}}


def test_a_process_is_told_from_a_later_one_of_its_number():
    assert machine.lives(machine.identity()) is True
    assert machine.lives({**machine.identity(), "started": "1"}) is False
    assert machine.lives({**machine.identity(), "boot": "another"}) is False
    assert machine.lives({**machine.identity(), "space": "pid:[1]"}) is None
    assert machine.lives({**machine.identity(), "name": "elsewhere"}) is None
    assert machine.lives({"name": machine.identity()["name"], "pid": os.getpid()}) is True, "of an older version"
    assert machine.lives({"name": machine.identity()["name"], "pid": 2**40}) is False


@pytest.mark.parametrize(("silent", "running"), [(10.0, True), (1e4, False), (-1e4, True)])
def test_a_runner_elsewhere_is_told_by_what_it_says(silent, running):
    """A clock that is behind makes no run interrupted."""
    assert lock.is_running(document_of(name="elsewhere", boot="another"), silent) is running


def test_a_run_elsewhere_is_not_gone_on_with_until_it_is_silent(project, tmp_path):
    store = ArtifactStore(str(tmp_path / "store"))
    key = "runs/t/p/r/.run.json"
    store.write_document(key, document_of(name="elsewhere", boot="another"))
    with pytest.raises(lock.ConfigurationFault, match="going on at elsewhere: it said so 0 s ago"):
        lock.for_resumed(store, "t/p", document_of(name="elsewhere", boot="another"))
    os.utime(tmp_path / "store" / key, (1, 1))
    lock.for_resumed(store, "t/p", document_of(name="elsewhere", boot="another")).release()


def test_a_runner_in_another_space_of_process_ids_is_told_by_its_lock(tmp_path, monkeypatch):
    """As of two containers with one store."""
    monkeypatch.setattr(lock, "PATIENCE", 0.1)
    store = ArtifactStore(str(tmp_path / "store"))
    document = document_of(space="pid:[1]")
    store.write_document("runs/t/p/r/.run.json", document)
    held = lock.RunLock.take(store, "t/p", "r")
    with pytest.raises(lock.ConfigurationFault, match="somebody holds its lock"):
        lock.for_resumed(store, "t/p", document)
    held.release()
    lock.for_resumed(store, "t/p", document).release()
    assert not list((tmp_path / "store" / "tmp").iterdir())


def test_locks_of_runs_are_swept_but_those_that_are_held(tmp_path):
    store = ArtifactStore(str(tmp_path / "store"))
    kept = lock.RunLock.take(store, "t/p", "kept")
    left = lock.RunLock.take(store, "t/p", "left")
    os.close(left.fd)
    leftovers.sweep(store)
    assert [one.name for one in (tmp_path / "store" / "tmp").iterdir()] == [kept.path.name]
    kept.release()


LOOKS_UP = """
import os
import selectors

_select, _runner = selectors.DefaultSelector.select, os.getpid()

def select(self, timeout=None):
    if os.getpid() == _runner:
        with open(FILE, "a") as file:
            print(timeout, file=file)
    return _select(self, timeout)

selectors.DefaultSelector.select = select
"""


def test_a_runner_never_waits_for_an_event_alone(project):
    """A signal that comes just before a wait begins would be answered with the next event only: a step's end."""
    file = project.folder.parent / "waits"
    before = LOOKS_UP.replace("FILE", repr(str(file)))
    project.write(STEPS, "steps=[Step('first', 'steps:first', cache=False)]", before=before)
    project.run()
    waits = file.read_text().split()
    assert len(waits) > 1 and all(one != "None" and float(one) <= LOOK for one in waits)
