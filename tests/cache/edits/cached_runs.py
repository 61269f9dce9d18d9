"""Run a project by the command line, and read what became of its steps."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from edited_projects import World

PATIENCE = 600


@dataclass
class Outcome:
    """A run: each step's state (`cached`, `completed`, …), and what the steps gave, by site."""

    states: dict[str, str] = field(default_factory=dict)
    results: dict[str, object] | None = None
    output: str = ""
    reasons: dict[str, str] = field(default_factory=dict)
    """Why steps ran again, as the run says it."""

    def suspects(self) -> set[str]:
        """The numbers of the sites that a failed run complains of."""
        failed = {step for step, state in self.states.items() if state == "failed"}
        named = re.findall(r"^ *--> .*?(\d\d)\.py|`\w*?(\d\d)`", self.output, re.MULTILINE) if not failed else []
        return {step[-2:] for step in failed if step[-2:].isdigit()} | {one or other for one, other in named}


@dataclass(frozen=True)
class Command:
    """`zencompile run` with options; `bytecode` lets Python write its own."""

    options: tuple[str, ...] = ()
    bytecode: bool = True

    def run(self, root: Path, world: World, *more: str) -> Outcome:
        """One run of the project below `root`."""
        arguments = [sys.executable, "-m", "zencompile", "run", "run.py", "--log-format", "json", "-j", "2"]
        done = subprocess.run(
            [*arguments, *self.options, *more],
            cwd=root / "project",
            env=self.environment(root, world),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=PATIENCE,
            check=False,
        )
        return outcome(done.stdout, done.stderr)

    def environment(self, root: Path, world: World) -> dict[str, str]:
        """The variables of a run: this process's, the world's, and the folder of installed distributions."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COVERAGE"))}
        path = os.pathsep.join(filter(None, [str(root / "site"), os.environ.get("PYTHONPATH", "")]))
        bytecode = {} if self.bytecode else {"PYTHONDONTWRITEBYTECODE": "1"}
        return {**kept, "PYTHONPATH": path, **bytecode, **world.variables}


def outcome(output: str, errors: str) -> Outcome:
    """Read a run's lines: events as JSON, and the line of the last step among them."""
    read = Outcome(output=f"{output}\n{errors}")
    for line in output.splitlines():
        event = json.loads(line) if line.startswith('{"event": ') else {"event": "step_output", "text": line}
        text = event.get("text", "")
        if text.startswith("RESULTS "):
            read.results = json.loads(text.removeprefix("RESULTS "))
        elif event["event"] == "step_finished":
            read.states[event["step"]] = event["state"]
            read.reasons[event["step"]] = "; ".join(event.get("notes", []))
    return read
