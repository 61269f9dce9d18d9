"""Small projects in many styles, and the DAGs that they must give.

A file of `projects/` is a project: first what to compile in it and what must come out, then its files, each after a
line `=== PATH`. What comes out is one line for each invocation,

    id = step(input=upstream.output, parameter=JSON, name=<look-up>) after [ids] -> outputs

or the codes of the errors. `python tests/frontend/styles/styles.py` writes these lines anew; read the diff.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zencompile.diagnostics import Report
from zencompile.frontend import Request, read
from zencompile.ir.graph import graph

PROJECTS = Path(__file__).parent / "projects"


@dataclass
class Case:
    """One pipeline of a project, as `FILE:NAME [--config FILE]`, and the lines that it must give."""

    project: Path
    target: str
    expected: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"{self.project.stem} {self.target}"


def cases(project: Path) -> list[Case]:
    found: list[Case] = []
    for line in _parts(project)[0].splitlines():
        if line.startswith("compile "):
            found.append(Case(project, line.removeprefix("compile ").strip()))
        elif line.strip():
            found[-1].expected.append(line.strip())
    return found


def unpack(project: Path, folder: Path) -> None:
    for part in _parts(project)[1:]:
        path, _, text = part.partition("\n")
        place = folder / path.strip()
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, "utf-8")


def request(case: Case, folder: Path, **also: Any) -> Request:
    """What a case asks for in a folder where its project is."""
    target, _, config = case.target.partition(" --config ")
    file, _, name = target.rpartition(":")
    return Request(
        folder / file, pipeline=name, config=Path(config) if config else None, working_directory=folder, **also
    )


def compiled(case: Case, folder: Path) -> list[str]:
    """The lines that a case gives in a folder where its project is."""
    report = Report()
    pipelines = read(request(case, folder), report)
    if report.errors:
        return [f"error {diagnostic.code}" for diagnostic in report.errors]

    def located(path: str) -> str:
        source = report.sources.get(path)
        return (
            Path(os.path.relpath(source.location, folder)).as_posix()
            if source is not None and source.location
            else path
        )

    (pipeline,) = graph(pipelines, located)["pipelines"]
    return [_line(invocation) for invocation in pipeline["invocations"]]


def _line(invocation: dict[str, Any]) -> str:
    given = [f"{name}={'+'.join('.'.join(edge) for edge in edges)}" for name, edges in invocation["inputs"].items()]
    given += [f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in invocation["parameters"].items()]
    given += [f"{name}=<{value}>" for name, value in invocation["external"].items()]
    after = f" after {invocation['after']}" if invocation["after"] else ""
    outputs = ", ".join(invocation["outputs"]) or "nothing"
    return f"{invocation['id']} = {invocation['step']}({', '.join(given)}){after} -> {outputs}"


def _parts(project: Path) -> list[str]:
    return ("\n" + project.read_text("utf-8")).split("\n=== ")


def _rewritten(project: Path) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        unpack(project, Path(folder))
        for case in cases(project):
            yield f"compile {case.target}\n"
            yield from (f"    {line}\n" for line in compiled(case, Path(folder)))


if __name__ == "__main__":
    for one in [Path(a) for a in sys.argv[1:]] or sorted(PROJECTS.glob("*.txt")):
        files = "".join(f"\n=== {part}" for part in _parts(one)[1:])
        one.write_text("".join(_rewritten(one)) + files.rstrip("\n") + "\n", "utf-8")
