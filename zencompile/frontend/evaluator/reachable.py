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
    NativeObject,
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
    """What a statement may change: the values of the names in it, and what is in the modules that its functions see."""
    found = _values_of(node, names)
    inside = [value for module in modules_of(node, names) for value in module.state.values.values()]
    return [*found, *inside]


def modules_of(node: ast.AST, names: dict[str, Value]) -> list[Module]:
    """The modules of the project whose names a statement's functions, classes and modules may bind anew, and those that
    these see in turn."""
    found: dict[int, Module] = {}
    stack = _values_of(node, names)
    while stack:
        module = _module_of(stack.pop())
        if module is not None and module.state is not None and id(module) not in found:
            found[id(module)] = module
            stack.extend(module.state.values.values())
    return list(found.values())


def _values_of(node: ast.AST, names: dict[str, Value]) -> list[Value]:
    read = (inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name))
    return [names[name] for name in dict.fromkeys(read) if name in names]


def _module_of(value: Value) -> Module | None:
    """The module whose code runs when something is called or asked: that of a function, of a class or its objects."""
    if isinstance(value, BoundMethod):
        value = value.function
    if isinstance(value, Instance):
        value = value.class_
    module = value.module if isinstance(value, (Function, Class)) else value
    return module if isinstance(module, Module) else None


def is_data(name: str, value: Value) -> bool:
    """Whether a name of a module may have been bound to other data: not what is defined or imported."""
    return name[:2] != "__" and not isinstance(value, (Function, Class, Module, NativeObject))


def given_away(arguments: Iterable[Value]) -> list[Value]:
    """Of the arguments of a call those that the called can change."""
    return [a for a in arguments if isinstance(a, (*MUTABLE, tuple)) or getattr(a, "is_changeable", False)]
