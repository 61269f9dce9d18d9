"""Modules import each other in one direction, as CONTRIBUTING.md asks."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def sources() -> dict[str, Path]:
    """The files of every package, by the name that they are imported under."""
    found = {}
    for root in (ROOT, ROOT / "backends", ROOT / "templates"):
        for package in sorted(root.glob("zencompile*/")):
            for path in sorted(package.rglob("*.py")):
                found[".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")] = path
    return found


def imported(path: Path, known: dict[str, Path]) -> Iterator[str]:
    """The modules of ours that a module's top level imports."""
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in known else node.module for name in inner)


def mentioned(path: Path, known: dict[str, Path]) -> Iterator[str]:
    """The modules of ours that a module imports anywhere: for types alone and inside of functions, too."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in known else node.module for name in inner)


def in_circles(graph: dict[str, set[str]], among: list[str]) -> list[str]:
    """Those of some modules that reach themselves."""
    found = []
    for start in among:
        seen: set[str] = set()
        stack = list(graph[start])
        while stack:
            name = stack.pop()
            if name not in seen:
                seen.add(name)
                stack.extend(graph.get(name, ()))
        if start in seen:
            found.append(start)
    return found


def test_the_compiler_is_free_of_circles() -> None:
    """No circle, not even of imports for types alone or inside of functions: a module is read with what is below it."""
    known = sources()
    graph = {name: {one for one in mentioned(path, known) if one in known} - {name} for name, path in known.items()}
    ours = [name for name in graph if name.partition(".")[0] == "zencompile"]
    assert len(ours) > 200
    assert in_circles(graph, ours) == []


def test_values_never_import_what_evaluates_them() -> None:
    """Values see the evaluator as a protocol, the modelled library sees values and their operations."""
    known = sources()
    wrong = []
    for name, path in known.items():
        if name.startswith("zencompile.frontend.values"):
            wrong += [
                f"{name} -> {one}"
                for one in mentioned(path, known)
                if ".frontend." in one and ".values" not in one and one != "zencompile.frontend.virtual"
            ]
        elif name.startswith("zencompile.frontend.prelude"):
            wrong += [f"{name} -> {one}" for one in mentioned(path, known) if ".frontend.evaluator" in one]
    assert wrong == []


def test_no_module_imports_another_in_a_circle() -> None:
    """Whatever is imported first, every module finds those that it needs complete."""
    known = sources()
    waits = {
        name: {other for other in imported(path, known) if other in known} - {name} for name, path in known.items()
    }
    while ready := [name for name, others in waits.items() if not others & waits.keys()]:
        for name in ready:
            del waits[name]
    assert not waits, "these import each other in a circle, or what does"
