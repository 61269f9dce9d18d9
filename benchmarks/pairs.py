"""What a step costs, measured side by side: `compile.py --pairs ROUNDS`.

Each round runs every tool once on every size, so that a machine whose speed changes slows all of them alike, and ratios
are taken within a round. A line fitted through the medians of the sizes divides a tool's start from its cost a step.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import graphs
from measure import run

OURS = "zencompile"
FLOOR = "libcst import + parse"
_COMMAND = "from zencompile.cli import main; main()"
_LARGEST_OF_PEERS = 1000  # steps: they take minutes beyond


class Tool(NamedTuple):
    """Something that is measured: the source that it reads, and how it is called on that: `command(source, output)`."""

    name: str
    source: Callable[[str, int], str]
    command: Callable[[Path, Path], Sequence[str | Path]]
    environment: dict[str, str]
    largest: int | None = None  # steps


def tools(target: str, against: Path | None, kfp: str | None, hera: str | None) -> list[Tool]:
    """What can be measured here: this checkout, another one, the floor, and the peers that have a Python."""
    checkouts = {OURS: Path(__file__).resolve().parent.parent}
    if against is not None:
        checkouts[str(against)] = against.resolve()
    found = [_checkout(name, folder, target) for name, folder in checkouts.items()]
    found.append(Tool(FLOOR, graphs.zencompile_source, _parse, {}))
    for name, python, source in (("kfp", kfp, graphs.kfp_source), ("hera", hera, graphs.hera_source)):
        if python:
            found.append(_peer(name, python, source))
    return found


def _checkout(name: str, folder: Path, target: str) -> Tool:
    def command(source: Path, output: Path) -> Sequence[str | Path]:
        build = output / "build"
        return [sys.executable, "-c", _COMMAND, source, "--target", target, "-o", output / "out", "--build-dir", build]

    paths = ":".join(str(folder / part) for part in ("", "backends", "templates"))
    return Tool(name, graphs.zencompile_source, command, {"PYTHONPATH": paths})


def _parse(source: Path, output: Path) -> Sequence[str | Path]:
    return [sys.executable, "-c", graphs.LIBCST_PARSE, source]


def _peer(name: str, python: str, source: Callable[[str, int], str]) -> Tool:
    def command(program: Path, output: Path) -> Sequence[str | Path]:
        output.mkdir(parents=True, exist_ok=True)
        return [python, program, output / "out.yaml"]

    return Tool(name, source, command, {}, _LARGEST_OF_PEERS)


def rows(folder: Path, shape: str, sizes: Sequence[int], rounds: int, measured: Sequence[Tool]) -> list[list[object]]:
    """A table: for each tool the CPU seconds of each size, its start, its milliseconds a step, and ours against it at
    the largest size that it did."""
    seconds: dict[tuple[str, int], list[float]] = {
        (tool.name, size): [] for tool in measured for size in sizes if size <= (tool.largest or size)
    }
    for number in range(rounds + 1):  # the first one compiles bytecode and warms caches
        for size in sizes:
            for tool in measured:
                if (tool.name, size) in seconds:
                    figure = _once(folder, shape, size, tool)
                    seconds[tool.name, size] += [figure] if number else []
    head: list[object] = [
        "tool",
        *(f"{size} steps s" for size in sizes),
        "start s",
        "ms a step",
        "ours / it",
        "at steps",
    ]
    return [head, *(_row(tool.name, sizes, seconds) for tool in measured)]


def _once(folder: Path, shape: str, size: int, tool: Tool) -> float:
    place = folder / f"{shape}{size}-{tool.name.replace('/', '-').replace(' ', '-')}"
    source = place / "run.py"
    if not source.exists():
        place.mkdir()
        source.write_text(tool.source(shape, size))
    environment = {"PYTHONDONTWRITEBYTECODE": "", **tool.environment}
    done = run(tool.command(source, place / "made"), environment)
    if done.code:
        raise SystemExit(f"{tool.name} exits with {done.code} on {source}")
    return done.cpu


def _row(name: str, sizes: Sequence[int], seconds: dict[tuple[str, int], list[float]]) -> list[object]:
    medians = {size: statistics.median(seconds[name, size]) for size in sizes if (name, size) in seconds}
    cells = [medians.get(size, "") for size in sizes]
    start: object = ""
    slope: object = ""
    if len(medians) > 1:
        line = statistics.linear_regression(list(medians), list(medians.values()))
        start, slope = line.intercept, 1000 * line.slope
    largest = max(medians)
    pairs = zip(seconds[OURS, largest], seconds[name, largest], strict=True)
    return [name, *cells, start, slope, statistics.median(ours / other for ours, other in pairs), largest]
