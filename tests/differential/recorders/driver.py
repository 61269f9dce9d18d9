"""Runs generated programs with real Python: a folder's path comes in as a line, a line of JSON goes out.

Each program runs in a process forked from this one, so that it finds no module of another program.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import json
import os
import runpy
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import recorded
import zenml

COMMON = (
    "abc collections contextlib copy enum functools itertools math operator re string textwrap types typing datetime"
)
"""What programs import: imported once, before any fork."""

SECONDS = 5


def in_a_fork(work: Callable[[], Any]) -> Any:
    """What `work` returns in a process of its own."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        signal.alarm(SECONDS)
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        try:
            answer = json.dumps(work())
        except BaseException as error:
            answer = json.dumps({"broken": "".join(traceback.format_exception(error))})
        with os.fdopen(writing, "w") as pipe:
            pipe.write(answer)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return json.loads(text) if text else {"broken": "the program ended its process, or took too long"}


def run(folder: Path) -> dict[str, Any]:
    """Run the program's script; what it recorded, and what it raised."""
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    sys.argv = [str(folder / "run.py")]
    raised = None
    try:
        runpy.run_path(str(folder / "run.py"), run_name="__main__")
    except BaseException as error:
        raised = describe(error, folder)
    return {"runs": [dataclasses.asdict(run) for run in zenml.RUNS], "raised": raised}


def describe(error: BaseException, folder: Path) -> dict[str, Any]:
    """An exception with the places in the program that it passed through, innermost last."""
    frames = traceback.extract_tb(error.__traceback__)
    inside = [
        (str(Path(f.filename).relative_to(folder)), f.lineno) for f in frames if f.filename.startswith(str(folder))
    ]
    if isinstance(error, SyntaxError) and error.filename and error.filename.startswith(str(folder)):
        inside.append((str(Path(error.filename).relative_to(folder)), error.lineno))
    return {"type": type(error).__name__, "text": str(error), "places": inside}


def at_run_time(folder: Path, module: str, names: list[str]) -> dict[str, Any]:
    """What steps are to a process that runs one and imports nothing but its module: their lines and their defaults."""
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    try:
        found = importlib.import_module(module)
    except Exception as error:
        return {f"{module}:{name}": {"raises": f"{type(error).__name__}: {error}"} for name in names}
    return {f"{module}:{name}": step_found(found, name) for name in names}


def step_found(target: Any, name: str) -> dict[str, Any]:
    """What a step's name leads to in its module."""
    try:
        for part in name.split("."):
            target = getattr(target, part)
    except AttributeError as error:
        return {"failure": str(error)}
    function = getattr(target, "entrypoint", target)  # the name may stand for the function itself
    parameters = inspect.signature(function).parameters.values()
    defaults = {p.name: recorded.encode(p.default) for p in parameters if p.default is not p.empty}
    return {"line": inspect.unwrap(function).__code__.co_firstlineno, "defaults": defaults}


def answer(folder: Path) -> dict[str, Any]:
    outcome = in_a_fork(lambda: run(folder))
    if "broken" in outcome or outcome["raised"]:
        return outcome
    invocations = [invocation for one in outcome["runs"] for invocation in one["invocations"]]
    for invocation in invocations:
        if invocation["module"] == "__main__":
            invocation["module"] = "run"
    modules: dict[str, set[str]] = {}
    for invocation in invocations:
        if "<locals>" not in invocation["qualname"]:
            modules.setdefault(invocation["module"], set()).add(invocation["qualname"])
    outcome["at_run_time"] = {}
    for module, names in modules.items():
        outcome["at_run_time"] |= in_a_fork(
            lambda module=module, names=names: at_run_time(folder, module, sorted(names))
        )
    return outcome


def main() -> None:
    sys.dont_write_bytecode = True
    for name in COMMON.split():
        importlib.import_module(name)
    for line in sys.stdin:
        print(json.dumps(answer(Path(line.rstrip("\n")))), flush=True)


if __name__ == "__main__":
    main()
