"""What a step receives here is what it receives in ZenML 0.98, for every pair of what is returned and asked for.

`received.json` holds what the real ZenML gave; `refresh.py` makes it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pairs import program, programs, wanted_by

from zencompile import api

HERE = Path(__file__).parent
TABLE: dict[str, dict[str, str]] = json.loads((HERE / "received.json").read_text())

# A value that is stored comes back here as it was, where ZenML's JSON has no form for it.
KEPT_INSIDE = {"list_of_tuples"}
# Pairs on which both differ: ZenML fails, or its pydantic lets through what the annotation doesn't allow.
OTHERWISE = {
    ("pair", "pair"): "ZenML makes a NamedTuple of its fields' list, which lacks the others",
    ("names", "names"): "ZenML loads a list of a class of its own as a list",
    ("list_names", "names"): "ZenML loads a list of a class of its own as a list",
    ("frozenset", "pair"): "a set in place of a NamedTuple, which pydantic 2.12 refuses",
    ("collected_models", "list_of_tuples"): "models that are handed on together are pairs to pydantic, too",
    ("color", "int"): "pydantic 2.12 lets the value of any enum's member through",
    ("color", "optional_int"): "pydantic 2.12 lets the value of any enum's member through",
    ("materializers", "thing_of_part"): "ZenML's process also tells what the step before it loaded, which failed",
}

pytest.importorskip("pandas")
pytest.importorskip("pyarrow")


def refused(project: Path, name: str) -> frozenset[str]:
    """What a compilation refuses, by the names of the steps that ask for it."""
    lines = program(name).splitlines()
    (project / "run.py").write_text(program(name))
    try:
        compiled(project)
    except api.CompilationFailed as failed:
        calls = [lines[error.span.line - 1].strip() for error in failed.report.errors if error.span]
        found = frozenset(call.partition("(")[0].removeprefix("get_") for call in calls)
        assert {error.code for error in failed.report.errors} == {"ZC0405"} and found <= set(wanted_by(name))
        return found
    return frozenset()


def compiled(project: Path) -> None:
    api.compile(project / "run.py", "local", output=project / "out", build_dir=project / "build")


def receive(project: Path, name: str) -> dict[str, str]:
    """What each step of a program received in the local runner, or `!` where it was refused or failed."""
    (project / "pyproject.toml").write_text('[project]\nname = "received"\n')
    shutil.copy(HERE / "received_types.py", project)
    without = refused(project, name)
    if without:
        (project / "run.py").write_text(program(name, without))
        compiled(project)
    script = project / "out" / f"hand_{name}.py"
    words = [sys.executable, script, "--mode", "continue", "--store", project / "store"]
    if name != "materializers":  # which tell what a process loaded: a step's own, not all that were stored before
        words.append("--in-process")
    done = subprocess.run(
        words, cwd=project, env=os.environ | {"RECEIVED": str(project)}, capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 1, 2), done.stdout + done.stderr
    found = {}
    for wanted in ("returned", *wanted_by(name)):
        file = project / f"{wanted}.json"
        found[wanted] = json.loads(file.read_text()) if file.exists() else "! failed"
    return found | dict.fromkeys(without, "! refused")


def agree(name: str, wanted: str, theirs: str, ours: dict[str, str]) -> bool:
    """Whether a step received the same, or, of what ZenML's store loses, what was returned."""
    if theirs.startswith("!") or ours[wanted].startswith("!"):
        return theirs.startswith("!") and ours[wanted].startswith("!")
    # an iterator that may be used once, and pydantic's own class for UTC
    theirs = theirs.replace("ValidatorIterator of ", "generator of ").replace("TzInfo(0)", "datetime.timezone.utc")
    texts = [theirs, ours[wanted]]
    if name in KEPT_INSIDE:
        texts = [text.replace("tuple[", "list[") for text in texts]
    return texts[0] == texts[1] or ours[wanted] == ours["returned"]


@pytest.mark.parametrize("name", programs())
def test_a_step_receives_what_it_receives_in_zenml(tmp_path: Path, name: str) -> None:
    """Never an error where ZenML has none, never a value where it fails; refused only what can't work."""
    ours = receive(tmp_path, name)
    differing = {
        wanted: (theirs, ours[wanted])
        for wanted, theirs in TABLE[name].items()
        if not agree(name, wanted, theirs, ours) and (name, wanted) not in OTHERWISE
    }
    assert not differing


def test_the_table_is_whole() -> None:
    """A pair that was added has been run."""
    assert {name: set(wanted_by(name)) for name in programs()} == {name: set(found) for name, found in TABLE.items()}
