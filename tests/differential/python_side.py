"""Running generated programs with real Python, many in one subprocess."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

RECORDERS = Path(__file__).parent / "recorders"


class Python:
    """A process that runs programs, one after the other. A context manager: the process ends with the block."""

    def __init__(self, executable: str = sys.executable) -> None:
        self._process = subprocess.Popen(
            [executable, "-E", "-s", str(RECORDERS / "driver.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def __enter__(self) -> Python:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def run(self, folder: Path) -> dict[str, Any]:
        """What the program in this folder does: its `runs`, what it `raised`, and its steps `at_run_time`."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{folder}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the process that runs programs has ended")
        outcome: dict[str, Any] = json.loads(line)
        return outcome
