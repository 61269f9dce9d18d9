"""Importing a step's module alone, as the process does in which the step runs.

Compiling runs the program from its entry: modules are imported in the order of the program, and may be changed by it. A
step's process imports the step's module first. Where that makes a difference (a default that depends on what other
modules did, a circle of imports that fails from its other end) it is found out here, by evaluating just that.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from zencompile.diagnostics import Diagnostic, Report
from zencompile.frontend.evaluator import Evaluator
from zencompile.frontend.framework.definitions import StepDefinition
from zencompile.frontend.values import MISSING, Function, Module, Value


class Rehearsals:
    """Modules imported alone, each once. `make` makes an evaluator that has evaluated nothing yet."""

    def __init__(self, make: Callable[[Report], Evaluator]) -> None:
        self._make = make
        self._known: dict[str, tuple[Evaluator, Module, Report]] = {}

    def default(self, function: Function, name: str) -> Value:
        """The default that a parameter of a function at a module's top level has where the function's step runs; or
        MISSING."""
        evaluator, module, report = self._of(function.module)
        if report.errors:
            return MISSING
        found = evaluator.get(module, function.name)
        found = found.subject.function if isinstance(found, StepDefinition) else found
        return found.defaults.get(name, MISSING) if isinstance(found, Function) else MISSING

    def failure(self, module: Module) -> Diagnostic | None:
        """Why a module can't be imported alone."""
        return next(iter(self._of(module)[2].errors), None)

    def _of(self, module: Module) -> tuple[Evaluator, Module, Report]:
        known = self._known.get(module.name)
        if known is None:
            report = Report()
            evaluator = self._make(report)
            assert module.file is not None
            alone = evaluator.load(module.file.location)
            evaluator.names(alone)
            known = self._known[module.name] = evaluator, alone, report
        return known


def is_written_out(node: ast.expr) -> bool:
    """Whether an expression has the same value wherever it is evaluated: it is made of constants."""
    return all(
        isinstance(inner, (ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.Set, ast.UnaryOp, ast.unaryop, ast.Load))
        for inner in ast.walk(node)
    )
