"""Fields of `get_step_context()` that code names and no step is shown: told where they are read, before anything runs.

Followed are chains of attributes, and local variables that hold one: `run = get_step_context().pipeline_run`. What is
read under a `try` is the program's own matter, as is everything that can't be told by looking: that raises where it is
read, with the same words.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from zencompile.diagnostics import Report
from zencompile.frontend.closures.modules import Unit
from zencompile.frontend.syntax import span_of
from zencompile_runtime.names.fields import GIVEN, reason

GET = "get_step_context"
CONTEXT = "StepContext"
_CONTAINERS = frozenset({"inputs", "regular_inputs", "outputs", "regular_outputs", "steps", "tags"})
_OF_CONTAINERS = frozenset(dir(dict)) | frozenset(dir(list))


def check(unit: Unit, report: Report) -> None:
    """Report what a statement reads of its step's context and can't have."""
    file = unit.module.file
    if file is None:
        return
    for node, kind in _Reader(unit.node, _aliases(file.text)).reads():
        why = reason(kind, node.attr)
        if why is None:
            continue
        span = span_of(node, file.path, file.text.split("\n"))
        if any(one.code == "ZC0415" and one.span == span for one in report):
            continue
        report.error(
            "ZC0415",
            f"`{node.attr}` of the step's context is not available where steps run",
            span,
            label=f"a field of ZenML's {kind.partition(' ')[0]}",
            notes=why,
            helps="docs/runtime.md lists the fields that are; hand the step what it needs as an input, or read it under"
            " `try`",
        )


def _aliases(text: str) -> frozenset[str]:
    """What a file calls the function."""
    found = {GET}
    if f"{GET} as " in text:
        words = text.split()
        found |= {words[at + 2].strip("(),;") for at in range(len(words) - 2) if words[at : at + 2] == [GET, "as"]}
    return frozenset(found)


class _Reader:
    """Follows the context through one statement."""

    def __init__(self, node: ast.stmt, names: frozenset[str]) -> None:
        self.node = node
        self.names = names
        self.held: dict[str, str | None] = {}  # a variable → the class of what it holds; None if it isn't one alone

    def reads(self) -> Iterator[tuple[ast.Attribute, str]]:
        """Each attribute that is read, and the class of what it is read of."""
        for _ in range(3):  # a variable may be made of one that is bound further down
            self.told: dict[str, str | None] = {}
            for node in ast.walk(self.node):
                self._bind(node)
        guarded = {id(inner) for node in ast.walk(self.node) if isinstance(node, ast.Try) for inner in _inside(node)}
        for node in ast.walk(self.node):
            if isinstance(node, ast.Attribute) and id(node) not in guarded:
                kind, is_container = self._kind(node.value)
                if kind is not None and not (is_container and node.attr in _OF_CONTAINERS):
                    yield node, kind

    def _bind(self, node: ast.AST) -> None:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._hold(target, self._kind(node.value)[0])
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
            self._hold(node.target, self._kind(node.value)[0])
        elif isinstance(node, (ast.For, ast.comprehension)):
            self._hold(node.target, self._kind(node.iter)[0])
        elif isinstance(node, ast.arg):
            named = isinstance(node.annotation, ast.Name) and node.annotation.id == CONTEXT
            self._hold(ast.Name(node.arg), CONTEXT if named else None)

    def _hold(self, target: ast.AST, kind: str | None) -> None:
        if isinstance(target, ast.Name):
            self.held[target.id] = kind if target.id not in self.told or self.told[target.id] == kind else None
            self.told.setdefault(target.id, kind)

    def _kind(self, node: ast.AST) -> tuple[str | None, bool]:
        """The class of an expression's value, and whether it may be a list or a dictionary of such."""
        if isinstance(node, ast.Name):
            return self.held.get(node.id), True
        if isinstance(node, ast.Subscript):
            return self._kind(node.value)[0], True
        if isinstance(node, ast.Attribute):
            above = self._kind(node.value)[0]
            return GIVEN.get(above or "", {}).get(node.attr) or None, node.attr in _CONTAINERS
        if isinstance(node, ast.Call):
            return self._called(node.func), False
        return None, False

    def _called(self, function: ast.expr) -> str | None:
        if isinstance(function, ast.Name):
            return CONTEXT if function.id in self.names else None
        if not isinstance(function, ast.Attribute):
            return None
        if function.attr in self.names:
            return CONTEXT
        kind, is_container = self._kind(function.value)
        return kind if is_container and function.attr in ("values", "get") else None


def _inside(node: ast.Try) -> Iterator[ast.AST]:
    if node.handlers:
        for statement in node.body:
            yield from ast.walk(statement)
