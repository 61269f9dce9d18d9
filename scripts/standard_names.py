"""Write what the standard library has in some supported Pythons only: `.venv/bin/python scripts/standard_names.py`.

From the stubs of the standard library that come with mypy. The answer goes to
`zencompile/frontend/standard_versions.py`.
"""

from __future__ import annotations

import ast
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import mypy

STUBS = Path(mypy.__file__).parent / "typeshed" / "stdlib"
TABLE = Path(__file__).resolve().parent.parent / "zencompile/frontend/standard_versions.py"
MINORS = range(10, 15)

HEADER = '''"""What the standard libraries of Python 3.10 to 3.14 don't all have, by the minor numbers of those that do.

Written by `scripts/standard_names.py` from the stubs of the standard library (https://github.com/python/typeshed).
"""

from __future__ import annotations

NAMES = """
{names}
"""

MODULES = """
{modules}
"""
'''


class Undecided(Exception):
    """A condition that asks for more than the version."""


def holds(test: ast.expr, minor: int) -> bool:
    """Whether a condition on `sys.version_info` holds. Raises Undecided for any other."""
    if isinstance(test, ast.BoolOp):
        parts = [holds(part, minor) for part in test.values]
        return all(parts) if isinstance(test.op, ast.And) else any(parts)
    if not isinstance(test, ast.Compare) or ast.unparse(test.left) != "sys.version_info":
        raise Undecided
    wanted = ast.literal_eval(test.comparators[0])[:2]
    return {ast.GtE: (3, minor) >= wanted, ast.Lt: (3, minor) < wanted}[type(test.ops[0])]


def bound(body: list[ast.stmt], minor: int) -> Iterator[str]:
    """The names that a stub binds in a version; where more is asked for, those of all sides."""
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from (alias.name for alias in node.names if alias.asname == alias.name)  # others are the stub's own
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.If):
            yield from side(node, minor)


def side(node: ast.If, minor: int) -> Iterator[str]:
    """The names of the side of a condition that counts."""
    try:
        chosen = node.body if holds(node.test, minor) else node.orelse
    except Undecided:
        chosen = [*node.body, *node.orelse]
    yield from bound(chosen, minor)


def names_of(path: Path) -> Iterator[tuple[str, list[int]]]:
    """The names of a stub that some versions lack, with those that have them."""
    tree = ast.parse(path.read_text("utf-8"))
    if any(isinstance(node, ast.ImportFrom) and node.names[0].name == "*" for node in ast.walk(tree)):
        return
    by_minor = {minor: set(bound(tree.body, minor)) for minor in MINORS}
    for name in sorted(set().union(*by_minor.values()) - set.intersection(*by_minor.values())):
        if not name.startswith("_"):
            yield name, [minor for minor in MINORS if name in by_minor[minor]]


def modules() -> Iterator[tuple[str, list[int]]]:
    """The modules that some versions lack."""
    for line in (STUBS / "VERSIONS").read_text("utf-8").splitlines():
        name, colon, versions = line.partition("#")[0].strip().partition(": ")
        first, _, last = versions.partition("-")
        if colon and not name.startswith("_"):
            low, high = int(first.split(".")[1]), int(last.split(".")[1]) if last else 99
            had = [minor for minor in MINORS if low <= minor <= high]
            if had and len(had) < len(MINORS):
                yield name, had


def written() -> str:
    """The module that holds the tables."""
    lines = []
    for path in sorted(STUBS.rglob("*.pyi")):
        parts = path.relative_to(STUBS).with_suffix("").parts
        module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found = [f"{name}={','.join(map(str, had))}" for name, had in names_of(path)]
        if found and not module.startswith("_"):
            lines.append(textwrap.fill(f"{module}: {' '.join(found)}", 116, subsequent_indent="    "))
    listed = " ".join(f"{name}={','.join(map(str, had))}" for name, had in sorted(modules()))
    return HEADER.format(names="\n".join(lines), modules=textwrap.fill(listed, 116))


if __name__ == "__main__":
    TABLE.write_text(written(), "utf-8")
    sys.exit(0)
