"""What a program does when Python executes it, with the stand-in of `reference/` in place of ZenML."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dynamic_programs import Program

REFERENCE = Path(__file__).parent / "reference"
SECONDS = 60


@dataclass(frozen=True)
class Happened:
    """What was written, whether the program raised, the calls of steps (see `Step._execute`), and whether the body of
    the pipeline did more than that: it wrote or changed the environment itself.
    """

    lines: tuple[str, ...]
    raised: bool
    calls: tuple[dict[str, Any], ...]
    body_worked: bool


def happened(program: Program, folder: Path) -> Happened:
    """Execute the program in a process of its own."""
    script, out, trace = program.unpack(folder), folder / "out.txt", folder / "trace.jsonl"
    out.touch()
    trace.touch()
    files = {"OUT": str(out), "TRACE": str(trace), "PARAMS": json.dumps(program.values)}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", script],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(REFERENCE), **files},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    entries = [json.loads(line) for line in trace.read_text("utf-8").splitlines()]
    assert entries, f"the reference can't execute {program.name}:\n{done.stderr}"
    return Happened(
        tuple(out.read_text("utf-8").splitlines()),
        done.returncode != 0,
        tuple(entry for entry in entries if "call" in entry),
        any(entry.get("body wrote") for entry in entries),
    )
