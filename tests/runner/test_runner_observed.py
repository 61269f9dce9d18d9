"""What is observed of a step is what the step does: the same whoever runs it, and nothing of the runner's own doing."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

STEPS = """
    import os
    from pathlib import Path

    import helper

    @step
    def read() -> str:
        return Path("data.txt").read_text() + os.environ.get("STAGE", "")

    @step
    def listed(x: str) -> list:
        return sorted(os.listdir("folder"))

    @step
    def helped(x: list) -> int:
        return helper.twice(len(x)) + Path("folder", "b").exists()

    @step
    def started(x: int) -> str:
        import subprocess
        import sys

        return subprocess.run([sys.executable, "script.py"], capture_output=True, text=True, check=True).stdout
"""
PLAN = """
    steps=[
        Step("read", "steps:read"),
        Step("listed", "steps:listed", inputs={"x": ("read", "output")}),
        Step("helped", "steps:helped", inputs={"x": ("listed", "output")}),
        Step("started", "steps:started", inputs={"x": ("helped", "output")}),
    ],
"""
WAYS = {"fork": [], "full": ["--isolation", "full"], "in-process": ["--in-process"]}


def observed(ran: Any) -> dict[str, Any]:
    """What the records say was observed; modules that Python came with may be there already, or be looked for."""
    found = {}
    for path in sorted(ran.folder.rglob(".step.json")):
        said = json.loads(path.read_text())["observed"]
        absent = [name for name in said.pop("absent", []) if name.lstrip("_") not in sys.stdlib_module_names]
        found[path.parent.name] = {**said, "absent": [name for name in absent if name not in sys.stdlib_module_names]}
    return found


@pytest.fixture
def written(project):
    """A project whose steps read, list, import and start things."""
    project.write(STEPS, PLAN)
    (project.folder / "data.txt").write_text("data")
    (project.folder / "helper.py").write_text("def twice(n):\n    return 2 * n\n")
    (project.folder / "script.py").write_text("print(open('data.txt').read())\n")
    (project.folder / "folder").mkdir()
    (project.folder / "folder" / "a").touch()
    return project


@pytest.mark.parametrize("way", ["full", "in-process"])
def test_the_same_is_observed_in_every_kind_of_process(written, way):
    """Each with a store of its own, so that every step runs."""
    seen = [
        observed(written.run(*WAYS[one], "--store", str(written.folder / ".zencompile" / one))) for one in ("fork", way)
    ]
    assert seen[1] == seen[0]
    assert all(seen[0].values())


@pytest.mark.parametrize("way", WAYS)
def test_what_one_way_made_is_there_for_the_others(written, way, tmp_path):
    """Wherever its output goes, and whatever else has come to lie beside the sources."""
    written.run(*WAYS[way])
    (written.folder / "notes.txt").write_text("of nobody's interest")
    for other in WAYS.values():
        again = written.run(*other)
        assert set(again.states.values()) == {"cached"}, again.out
