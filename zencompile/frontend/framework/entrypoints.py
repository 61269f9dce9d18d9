"""By which name a step's function is found where it runs.

Where a step runs its module is imported, and the function taken by its name: it is what the name means when the module
has run to its end. That is not always the function that the pipeline called: a later definition may have taken the
name, or one definition may have run several times, as in a loop.
"""

from __future__ import annotations

from typing import NamedTuple

from zencompile.frontend.evaluator import Evaluator
from zencompile.frontend.framework.definitions import StepDefinition, Subject
from zencompile.frontend.values import MISSING, Class, Function, Module, Value
from zencompile.source import Span


class Entrypoint(NamedTuple):
    """Where a step's function is found: "module:function".

    `again` is true where the same definition made another function after this one: they differ in their defaults alone.
    `hidden` is true where the name means something else; `by` is the place of that, where it has one.
    """

    path: str
    again: bool = False
    hidden: bool = False
    by: Span | None = None


def find(evaluator: Evaluator, subject: Subject) -> Entrypoint:
    """The entrypoint of what a step runs."""
    function = subject.function
    if function is None or subject.class_ is not None or not function.is_top_level:
        return Entrypoint(subject.entrypoint)
    module = function.module
    meant = evaluator.get(module, function.name)
    if meant is MISSING or _leads_to(evaluator, meant, subject):
        return Entrypoint(subject.entrypoint)
    for name in evaluator.names(module):
        if _is(evaluator, evaluator.get(module, name), subject):
            return Entrypoint(f"{module.name}:{name}")
    other = _function_of(meant)
    if other is not None and other.node is function.node:
        return Entrypoint(subject.entrypoint, again=True)
    return Entrypoint(subject.entrypoint, hidden=True, by=_place(evaluator, meant))


def _leads_to(evaluator: Evaluator, value: Value, subject: Subject) -> bool:
    """Whether a module's name means what the step runs, maybe with a decorator around it."""
    while isinstance(value, Function) and value.attributes and "__wrapped__" in value.attributes:
        value = value.attributes["__wrapped__"]
    function = _function_of(value)
    made_by_a_decorator = function is not None and not function.is_top_level and function.name != "<lambda>"
    return made_by_a_decorator or _is(evaluator, value, subject)


def _is(evaluator: Evaluator, value: Value, subject: Subject) -> bool:
    """Whether a value is what the step runs, or a step that runs it."""
    if isinstance(value, StepDefinition) and value.subject is subject:
        return True
    function = _function_of(value)
    return function is not None and subject.function is not None and evaluator.is_same(function, subject.function)


def _function_of(value: Value) -> Function | None:
    """The function that a value is, or that a step runs."""
    found = value.subject.function if isinstance(value, StepDefinition) else value
    return found if isinstance(found, Function) else None


def _place(evaluator: Evaluator, value: Value) -> Span | None:
    function = _function_of(value)
    node = function.node if function is not None else getattr(value, "node", None)
    module = function.module if function is not None else getattr(value, "module", None)
    if isinstance(value, (Class, Function)) or function is not None:
        return evaluator.span(node, module) if node is not None and isinstance(module, Module) else None
    return None
