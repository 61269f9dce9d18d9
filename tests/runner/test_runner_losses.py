"""Runs that end in the middle: killed, or out of space. What is in the store stays whole."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import textwrap
import time

import pytest

from zencompile_runtime.store import ArtifactStore

STEPS = """
    import time

    @step
    def make(seed: int, size: int) -> bytes:
        import random
        time.sleep(0.01)
        return random.Random(seed).randbytes(size)

    @step
    def join(parts: list) -> bytes:
        return b"".join(parts)
"""
PLAN = """
    parameters=[size],
    steps=[
        *(Step(f"make_{i}", "steps:make", parameters={"seed": i, "size": size}, cache=i % 2 == 0) for i in range(8)),
        Step("first", "steps:join", inputs={"parts": [(f"make_{i}", "output") for i in range(4)]}),
        Step("all", "steps:join", inputs={"parts": [("first", "output"), *((f"make_{i}", "output") for i in (6, 7))]}),
    ],
"""
SIZE = "size = Param('size', int, default=20000)\n"


def check_store(project):
    """Every manifest names bytes that are there and are what it says; the number of manifests."""
    store = ArtifactStore(str(project.store))
    count = 0
    for path in sorted(project.store.glob("runs/**/*.json")):
        if path.name.startswith("."):
            continue
        value = json.loads(path.read_text())["value"]
        store.verify(value)
        count += 1
    return count


def test_runs_that_are_killed_resume_to_what_they_would_have_been(project):
    project.write(STEPS, PLAN, SIZE)
    expected = project.run("--run", "undisturbed", "--store", str(project.folder / "other"))
    digests = {
        path.parent.name: json.loads(path.read_text())["value"]["digest"]
        for path in (project.folder / "other" / "runs" / "t" / "p" / expected.run).glob("*/output.json")
    }
    chance = random.Random(os.getpid())
    for number in range(6):
        name = f"run{number}"
        process = project.start("--run", name, "--jobs", "3")
        neighbour = project.start("--run", f"other{number}")
        time.sleep(chance.uniform(0.1, 0.6))
        process.kill()
        process.communicate()
        time.sleep(chance.uniform(0, 0.1))
        check_store(project)
        said = neighbour.communicate(timeout=60)
        assert neighbour.returncode == 0, said
        known = (project.store / "runs" / "t" / "p" / name / ".run.json").exists()
        ran = project.run("--resume" if known else "--run", name)
        assert {id: ran.digest(id) for id in digests} == digests
    assert check_store(project) == 12 * 10


def test_runs_that_start_at_once_share_the_default_store(project):
    """Each may find that the store's folder is not there yet, and make it."""
    before = """
        from pathlib import Path
        exists = Path.exists
        Path.exists = lambda self: self.name != ".zencompile" and exists(self)
    """
    project.write(STEPS, PLAN, SIZE + textwrap.dedent(before))
    (project.folder / ".zencompile").mkdir()
    project.run()
    assert (project.folder / ".zencompile" / ".gitignore").read_text() == "*\n"


@pytest.fixture
def small_disk(tmp_path):
    """A file system with room for 400 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(folder)], check=False)
    if mounted.returncode:
        pytest.skip("only root can mount a small file system here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_one_clear_error_and_harms_nothing_before_it(project, small_disk):
    project.write(STEPS, PLAN, SIZE)
    project.store = small_disk / "store"
    ran = project.run("--store", str(project.store), "--size", "90000", code=3)
    said = ran.out + ran.err
    assert "No space left on device" in said and "free some space" in said
    assert check_store(project) >= 1
    assert hashlib.sha256(random.Random(0).randbytes(90000)).hexdigest() in {
        one.parent.name + one.name for one in project.store.glob("blobs/*/*")
    }
