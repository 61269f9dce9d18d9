"""Whole processes, measured from outside: CPU seconds, wall seconds, peak memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple


@dataclass(frozen=True)
class Figures:
    """Medians over the runs; `peak` in MiB is of the largest single process."""

    cpu: float
    wall: float
    peak: float
    codes: frozenset[int]


class Run(NamedTuple):
    """One process that ended: CPU seconds with those of its children, wall seconds, peak memory in MiB, exit code."""

    cpu: float
    wall: float
    peak: float
    code: int


def run(command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> Run:
    """Run `command` once."""
    start = time.perf_counter()
    child = subprocess.Popen(
        [str(word) for word in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | dict(environment or {}),
    )
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - start
    return Run(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024, child.returncode)


def measure(command: Sequence[str | Path], runs: int, environment: Mapping[str, str] | None = None) -> Figures:
    """Run `command` once to warm up, then `runs` times."""
    done = [run(command, environment) for _ in range(runs + 1)]
    cpu, wall, peak, _ = (statistics.median(column) for column in zip(*done[1:], strict=True))
    return Figures(cpu, wall, peak, frozenset(one.code for one in done))


def table(rows: Sequence[Sequence[object]]) -> str:
    """Rows as text, columns aligned; the first row is the head."""
    texts = [[f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in texts) for i in range(len(texts[0]))]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in texts)
