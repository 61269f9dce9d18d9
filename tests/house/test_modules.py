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
