"""Objects that something unknown may have changed.

A call of a library may change the mutable objects that it is given, and all that can be reached from them; a statement
that was given up may have changed whatever it names. Such an object is *uncertain from there on*: it is marked, and
whoever needs its value gets an Unknown that says where. The mark is on the object, not on a name: a name that is bound
to a new object is certain again.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any

from zencompile.frontend.evaluator.machine import Machine
from zencompile.frontend.values import (
    BoundMethod,
    Class,
    Function,
    Instance,
    Module,
    Unknown,
    Value,
)

MUTABLE = (list, dict, set, bytearray, Instance)


def mark(ev: Machine, container: Any, unknown: Unknown) -> None:
    """Make one object uncertain."""
    ev.uncertain_objects.setdefault(id(container), (container, unknown))


def make_uncertain(ev: Machine, roots: Iterable[Value], unknown: Unknown) -> None:
    """Make uncertain what can be changed of the values given, and of all that can be reached from them."""
    stack = list(roots)
    seen: set[int] = set()
    while stack:
        value = stack.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, MUTABLE) or getattr(value, "is_changeable", False):
            mark(ev, value, unknown)
        stack.extend(_inside(ev, value))


def _inside(ev: Machine, value: Value) -> Iterable[Value]:
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    if isinstance(value, (list, tuple, set, frozenset)):
        return list(value)
    if isinstance(value, Instance):
        return [*value.attributes.values(), value.native]
    if isinstance(value, BoundMethod):
        return [value.receiver]
    return ()


def named_in(node: ast.AST, names: dict[str, Value]) -> list[Value]:
    """What a statement may change: the values of the names in it, and what the functions and classes among them see."""
    found: list[Value] = []
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and inner.id in names:
            found.append(names[inner.id])
    return [*found, *(seen for value in found for seen in _seen_by(value))]


def _seen_by(value: Value) -> list[Value]:
    if isinstance(value, Function):
        return list(value.module.state.values.values()) if value.module.state is not None else []
    if isinstance(value, Module):
        return list(value.state.values.values()) if value.state is not None else []
    if isinstance(value, Class):
        return list(value.namespace.values())
    return []


def given_away(arguments: Iterable[Value]) -> list[Value]:
    """Of the arguments of a call those that the called can change."""
    return [a for a in arguments if isinstance(a, (*MUTABLE, tuple)) or getattr(a, "is_changeable", False)]
