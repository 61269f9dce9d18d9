"""What the modules of the evaluator ask of each other: the evaluator as they see it."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from zencompile.diagnostics import Diagnostic
from zencompile.frontend.evaluator.scopes import Frame, Info, ModuleState
from zencompile.frontend.values import Function, Interpreter, Module, Raised, Unknown, Value
from zencompile.source import Span

Handler = Callable[[Any, Any, Frame], Any]


class Machine(Interpreter, Protocol):
    """The evaluator's state, and the ways from one of its modules to another that is above it."""

    builtins: dict[str, Value]
    expression_table: Any  # handlers of expressions by the class of their node
    statement_table: Any
    depth: int  # calls inside calls
    importing: int  # modules that are being imported, inside of one another
    guards: list[Any]  # statements around the present place that handle what goes wrong, innermost last
    departures: list[Any]  # of sides of branches that left their block; see `uncertain`
    modules: dict[str, Module]  # `sys.modules`, as far as they are the project's
    files: dict[Path, Module]  # maybe not imported
    searched_path: list[Value]  # `sys.path` as it was when the folders that modules are looked up in were last told
    natives: dict[str, Value]
    of_definitions: set[Diagnostic]
    exits: dict[str, Span | None]  # where modules, by their names, end the process that imports them
    required: set[str]  # libraries that the program can't do without
    absent: set[str]  # libraries that are taken as not installed, while that is tried
    circles: bool  # whether something was taken from a module that had not run to its end

    def eval(self, node: ast.expr, frame: Frame) -> Value:
        """The value of an expression."""

    def run(self, body: list[ast.stmt], frame: Frame) -> Value:
        """Run statements; how the block is left."""

    def state(self, module: Module) -> ModuleState: ...

    def info(self, function: Function) -> Info: ...

    def tick(self, node: ast.AST, frame: Frame, cost: int = 1) -> None:
        """Count work, and stop a program that never ends."""

    def out_of_steps(self, node: ast.AST, frame: Frame) -> None: ...

    def unknown(self, node: ast.AST, frame: Frame, reason: str) -> Unknown: ...

    def raised(self, exception: BaseException, node: ast.AST, frame: Frame) -> Raised: ...

    def report_raised(self, raised: Raised) -> Unknown: ...
