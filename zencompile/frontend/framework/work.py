"""Calls into code that is not read, in the body of a pipeline, which are there for what they do.

The framework makes them whenever the pipeline is run; of a compiled pipeline only the steps run. What a step is given
is made where it runs, so a call that leads to an input is no work of the body.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from zencompile.frontend import libraries
from zencompile.frontend.values import Context, Deferred, Unknown, Value
from zencompile.frontend.values.deferred import parts_of
from zencompile.source import Span

_NAMED = re.compile(r"`([\w.]+)(?:\(\))?`")
_DEEPEST = 100


class WorkCall(NamedTuple):
    """A call that was made: what it gave, the function as it is written, and where."""

    result: Value
    written: str
    span: Span


class Work:
    """The calls of one body. `is_here` says whether what is evaluated belongs to it."""

    def __init__(self, is_here: Callable[[], bool]) -> None:
        self._is_here = is_here
        self._calls: list[WorkCall] = []
        self._used: set[int] = set()
        self._statements: set[Span] = set()
        self._kept: list[Value] = []  # so that no other object gets the identity of one that was used

    def called(self, result: Value, context: Context, path: str = "") -> None:
        """Something that is not read was called."""
        node = context.node
        if not self._is_here() or not isinstance(node, ast.Call) or not _works(result, path, _name(node)):
            return
        self._calls.append(WorkCall(result, ast.unparse(node.func), context.span))

    def is_statement(self, span: Span) -> None:
        """A call that stands by itself: its result is dropped."""
        self._statements.add(span)

    def is_used(self, value: Value) -> None:
        """A step, or its configuration, is given a value."""
        for part in _inside(value):
            self._used.add(id(part))
            self._kept.append(part)

    def left(self) -> list[tuple[WorkCall, bool]]:
        """The calls whose results lead to nothing, but those that another one of them is made with; each with whether
        it stands by itself, as it has to where its result is no unknown value, whose ways are not followed."""
        unused = {call.span: call for call in self._calls if id(call.result) not in self._used}
        inner = {id(part) for call in unused.values() for part in _inside(call.result) if part is not call.result}
        outer = [call for call in unused.values() if id(call.result) not in inner]
        told = [(call, call.span in self._statements) for call in outer]
        return [(call, alone) for call, alone in told if alone or isinstance(call.result, Unknown)]


def _inside(value: Value) -> Iterable[Value]:
    """What is unknown in a value, and what that is made of."""
    pending = [(value, 0)]
    seen: set[int] = set()
    while pending:
        one, depth = pending.pop()
        if id(one) in seen or depth > _DEEPEST:
            continue
        seen.add(id(one))
        if isinstance(one, Unknown):
            yield one
        parts = one.operands if isinstance(one, Deferred) else _parts(one)
        pending.extend((part, depth + 1) for part in parts)


def _parts(value: Value) -> Iterable[Value]:
    attributes = getattr(value, "attributes", None)
    return attributes.values() if isinstance(attributes, dict) else parts_of(value)


def _name(node: ast.Call) -> str:
    """The last part of what is called."""
    function = node.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _works(result: Value, path: str, called: str) -> bool:
    """Whether a call may do anything but compute and display."""
    if isinstance(result, Unknown) and result.reported:
        return False
    return not any(libraries.only_shows(one) or libraries.computes(one, called) for one in _roots(result, path))


def _roots(result: Value, path: str) -> list[str]:
    """The dotted names of what a call begins with: its own, else those that the reason names."""
    if path or not isinstance(result, Unknown):
        return [path]
    return _NAMED.findall(result.reason)[:1]
