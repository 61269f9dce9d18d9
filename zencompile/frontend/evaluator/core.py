"""The evaluator's state and its public interface."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from zencompile.diagnostics import Diagnostic, Report
from zencompile.frontend import standard_names, syntax
from zencompile.frontend.evaluator import (
    calls,
    expressions,
    imports,
    made_source,  # noqa: F401  it enters builtins
    modules,
    reachable,
    statements,
    uncertain,
)
from zencompile.frontend.evaluator.annotations import annotation_of, evaluate_annotation
from zencompile.frontend.evaluator.guards import Guard
from zencompile.frontend.evaluator.scopes import Frame, Info, ModuleState
from zencompile.frontend.evaluator.uncertain import Departure, Journal
from zencompile.frontend.prelude.builtins import BUILTINS
from zencompile.frontend.prelude.places import Changes
from zencompile.frontend.values import (
    MISSING,
    Class,
    Context,
    EnvironmentReference,
    Field,
    Function,
    Instance,
    Module,
    ProjectText,
    Provider,
    Raised,
    Unknown,
    Value,
    describe,
    operations,
)
from zencompile.frontend.values.copying import copy_value
from zencompile.frontend.values.plain import plain
from zencompile.frontend.values.text import exception_text
from zencompile.source import Span

DEEPEST_CALL = 150
"""Calls inside calls; more is taken for endless recursion (Python itself stops at 1,000)."""

HOST_RECURSION = 9_000
"""Python frames that evaluating may use: nested expressions and calls of the program are frames here."""


class LimitReached(BaseException):
    """The program does more than any compile-time code needs: evaluation ends. Not an exception of the program."""


class _NoProvider:
    def module(self, dotted: str) -> Value | None:
        return None

    def decorated(self, decorator: Value, target: Value, context: Context) -> Value:
        return target


_COPIED = (list, dict, set, tuple, Instance)


class Evaluator:
    """Evaluates compile-time code. See the package's docstring for how to use it."""

    builtins = BUILTINS
    expression_table = expressions.TABLE
    statement_table = statements.TABLE

    def __init__(
        self,
        project: Any,
        report: Report,
        provider: Provider | None = None,
        environment: dict[str, str] | None = None,
        limit: int = 1_000_000,
    ) -> None:
        self.project = project
        self.report = report
        self.provider: Provider = provider or _NoProvider()
        self.environment = environment or {}
        self.limit = limit  # of `steps`; another one while a module is imported
        self.importing = 0  # modules that are being imported, inside of one another
        self.steps = 0
        self.depth = 0
        self.arguments: list[str] = []
        self.arguments_known = True  # else every option that the program reads is unknown
        self.defaults_hold = False  # though arguments are unknown: those with a number or a text as default have it
        self.uncertain: list[Unknown] = []
        self.guards: list[Guard] = []
        self.journals: list[Journal] = []
        self.departures: list[Departure] = []
        self.run_values = False
        self.acting: Callable[[str, Context], None] | None = None  # is told of what outlives the program
        self.python = (3, 11)  # the Python of images, unless configured otherwise
        self.work: Any = None  # is told of calls of what is not read; None outside of a pipeline's body
        self.moments: list[Any] = []
        self.watch: Span | None = None  # a `try` or `with` around this place, which asks for what goes wrong
        self.uncertain_objects: dict[int, tuple[Any, Unknown]] = {}  # by id; see `reachable`
        self.frame: Frame | None = None
        self.top_levels = 0  # top-level statements being evaluated: of modules that are imported, inside of one another
        own = ProjectText(project.virtual(project.entry.parent))
        self.system_path: list[Value] = [own]  # `sys.path`, as far as it is known
        self.searched_path: list[Value] = list(self.system_path)
        self.unset: int = 0  # how often a variable of the environment without value was forced
        self.unset_names: list[str] = []
        self.called = getattr(self.provider, "called", None)
        self.handed = getattr(self.provider, "handed", None)
        self.hashing = 0
        self.decimal_context: Any = None
        self.file_changes = Changes()
        self.patched: dict[str, dict[str, Value]] = {}
        self.pending_classes: list[Class] = []
        self.handling: list[Raised] = []  # exceptions being handled, for a bare `raise`
        self.modules: dict[str, Module] = {}  # `sys.modules`, as far as they are the project's
        self.files: dict[Path, Module] = {}  # by their name from the source root; maybe not imported
        self.required: set[str] = set()  # libraries that the program can't do without
        self.circles = False  # whether a module was imported that had not run to its end
        self.absent: set[str] = set()  # libraries that are taken as not installed, while that is tried
        # Diagnostics of what defines names, which is evaluated once: they hold however it came to be evaluated.
        self.of_definitions: set[Diagnostic] = set()
        self.exits: dict[str, Span | None] = {}
        self.natives: dict[str, Value] = {}
        self._infos: dict[ast.AST, Info] = {}
        self._guarded = False
        self.stopped: Unknown | None = None  # set when a limit was reached
        self.is_end: Callable[[Raised, str], bool] | None = None  # whether an exit ends a script that made its runs

    # from outside

    def load(self, path: Path) -> Module:
        """The module of a file; nothing of it is evaluated yet."""
        return modules.load_file(self, path)

    def get(self, module: Module, name: str) -> Value:
        """A name of a module, which is imported first; `MISSING` if there is none."""

        self._import(module)
        return self.guard(lambda: modules.get(self, module, name), module)

    def _import(self, module: Module) -> None:
        """Import a module, if nothing has imported it yet: by its name, so that the packages around it run first."""
        if not self.state(module).started:
            self.guard(lambda: imports.import_file(self, module), module)

    def names(self, module: Module) -> list[str]:
        """The names that a module's top level binds, in the order of their first binding. It is imported first."""
        self._import(module)
        return modules.names(self, module)

    def is_same(self, left: Function, right: Function) -> bool:
        """Whether two functions are one."""
        return left is right

    def run_main(self, module: Module, arguments: list[str] | tuple[str, ...] = ()) -> Module:
        """Evaluate a whole file as `python FILE arguments…` would. The module that ran: where the file was imported
        before, it runs as another one."""
        self.arguments = list(arguments)
        ran = self.guard(lambda: modules.run_main(self, module), module)
        return ran if isinstance(ran, Module) else module

    def call(
        self, function: Value, arguments: list[Value] | None = None, keywords: dict[str, Value] | None = None
    ) -> Value:
        """Call a value from outside."""
        module = function.module if isinstance(function, Function) else next(iter(self.files.values()))
        context = self.context(module, function.node if isinstance(function, Function) else None)
        return self.guard(lambda: self.call_value(function, arguments or [], keywords or {}, context), module)

    def annotation(self, function: Function, parameter: str) -> Value:
        """The value of a parameter's annotation, or of `"return"`; `MISSING` where there is none."""
        self._import(function.module)
        if self._guarded:
            return annotation_of(self, function, parameter)
        return self.guard(lambda: annotation_of(self, function, parameter), function.module)

    def field_type(self, class_: Class, field: Field) -> Value:
        """The value of a field's annotation."""
        node = field.annotation
        if node is None or class_.module is None:
            return MISSING
        self._import(class_.module)
        return self.guard(lambda: evaluate_annotation(self, node, class_.scope), class_.module)

    def context(self, module: Module, node: ast.AST | None = None) -> Context:
        """A context for calls from outside; its place is the node's, else the module's first line."""
        return Context(self, node if node is not None else (module.tree or ast.Module([], [])), module)

    def guard(self, act: Callable[[], Value], module: Module) -> Value:
        """Do something on behalf of the outside: nothing raises, what the program raises becomes a diagnostic."""
        if self._guarded:
            return act()
        if self.stopped is not None:
            return self.stopped
        self._guarded = True
        before = sys.getrecursionlimit()
        sys.setrecursionlimit(max(before, HOST_RECURSION))
        try:
            return act()
        except Raised as raised:
            return self.report_raised(raised)
        except LimitReached as reached:
            self.stopped = Unknown(None, str(reached), reported=True)
            return self.stopped
        except RecursionError:
            place = Span(module.file.path, 1, 1, 1, 1) if module.file else None
            self.report.error("ZC0103", "the program is nested too deeply to be evaluated", place)
            self.stopped = Unknown(place, "the program is nested too deeply", reported=True)
            return self.stopped
        except Exception as error:  # the last resort: a mistake of ours must not be a traceback for the user
            return self._internal_error(error, module)
        finally:
            sys.setrecursionlimit(before)
            self._guarded = False
            self.depth = 0
            self.uncertain.clear()
            self.guards.clear()
            self.journals.clear()
            self.departures.clear()

    def _internal_error(self, error: Exception, module: Module) -> Unknown:
        place = Span(module.file.path, 1, 1, 1, 1) if module.file else None
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        where = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "?"
        message = f"zencompile failed while evaluating this file ({type(error).__name__}: {error})"
        self.report.error(
            "ZC0009", message, place, notes=f"raised in {where}; this is a mistake of zencompile, please report it"
        )
        return Unknown(place, "evaluation failed", reported=True)

    def report_raised(self, raised: Raised) -> Unknown:
        """An exception of the program that nothing caught: a diagnostic where it was raised (once)."""
        name, text = exception_text(raised.value)
        reason = f"the program raises {name}" + (f": {text}" if text else "")
        if name == "SystemExit":
            reason = "the program exits" + (f": {text}" if text and text not in ("0", "None") else "")
            if text in ("", "0", "None"):
                return Unknown(raised.span, reason, reported=True)
            if self.is_end is not None and self.is_end(raised, text):
                return Unknown(raised.span, reason, reported=True)
        if isinstance(raised.value, Unknown) and raised.value.reported:
            return raised.value
        helps = raised.helps
        if self.unset_names:
            listed = " ".join(f"--env {one}=VALUE" for one in self.unset_names[-3:])
            helps = (f"it may depend on a variable of the environment that counts as not set; give it with {listed}",)
        if name == "ImportError" and "circular import" in text:
            helps = ("move what both modules need into a third one",)
        if name == "ModuleNotFoundError" and not helps:
            helps = ("is the source root right? it can be set with --source-root",)
        what = "exits" if name == "SystemExit" else "raised"
        label = f"{what} here when the pipeline is compiled"
        self.report.error("ZC0102", reason, raised.span, label=label, helps=helps)
        return Unknown(raised.span, reason, reported=True)

    def guards_here(self) -> tuple[Guard, ...]:
        """What handles what goes wrong at the present place, innermost last."""
        return tuple(self.guards)

    # for the other modules of this package

    def state(self, module: Module) -> ModuleState:
        state = module.state
        return modules.prepare(self, module) if state is None else state

    def module_attribute(self, module: Module, name: str) -> Value:
        return modules.get(self, module, name)

    def reload(self, module: Module) -> None:
        """Run a module once more, with the names that it has."""
        self.touch(module)
        self.state(module).started = False
        modules.run(self, module)

    def lacking(self, module: str, name: str, modelled: bool) -> Sequence[str] | None:
        """What to do about an attribute that a module of the standard library lacks; None if it may be there."""
        lacks = standard_names.differs if modelled else standard_names.lacks
        if not lacks(module, name, self.python):
            return None
        return standard_names.advice(module, name, self.python)

    def import_name(self, dotted: str, context: Context) -> Value:
        return imports.import_name(self, dotted, context.node, self._frame(context))

    def info(self, function: Function) -> Info:
        info: Info | None = function.info
        if info is None:
            info = self._infos.get(function.node)
            if info is None:
                info = self._infos[function.node] = Info(function.node)
            function.info = info
        return info

    def span(self, node: ast.AST, module: Module) -> Span:
        file = module.file
        if file is None:
            return Span(module.name, 1, 1, 1, 1)
        if isinstance(node, ast.stmt):
            return syntax.header_span(node, file.path, self.state(module).lines)
        return syntax.span_of(node, file.path, self.state(module).lines)

    def tick(self, node: ast.AST, frame: Frame, cost: int = 1) -> None:
        """Count work, and stop a program that never ends."""
        self.steps += cost
        if self.steps > self.limit:
            self.out_of_steps(node, frame)

    def count(self, node: ast.AST, module: Module, cost: int) -> None:
        """Count work at a place of a module."""
        self.steps += cost
        if self.steps > self.limit:
            self.out_of_steps(node, self.state(module).frame)

    def out_of_steps(self, node: ast.AST, frame: Frame) -> None:
        if self.importing:
            raise modules.OutOfSteps
        message = f"evaluating takes more than {self.limit:,} operations"
        helps = "if this is no endless loop, move the work into a step"
        self.report.error("ZC0104", message, self.span(node, frame.module), label="stopped here", helps=helps)
        raise LimitReached(message)

    def touch(self, container: Any) -> None:
        """Tell before a list, dictionary, set or object changes, so that an undecided branch can be taken back."""
        for journal in self.journals:
            journal.remember(container)

    def snapshot(self, value: Value) -> Value:
        """A value as it is now: what can change is copied, all the way down."""
        return copy_value(value, True, {}) if isinstance(value, _COPIED) else value

    def taken_back(self, act: Callable[[], Value]) -> Value:
        """What an act comes to; all that it changes is taken back."""
        return uncertain.taken_back(self, act)

    def mark_uncertain(self, container: Any, unknown: Unknown) -> None:
        """Something that isn't known was done to a list, dictionary, set or object: nothing of it is known from here
        on."""
        reachable.mark(self, container, unknown.forgotten())

    def unknown(self, node: ast.AST, frame: Frame, reason: str) -> Unknown:
        return Unknown(self.span(node, frame.module), reason)

    def raised(self, exception: BaseException, node: ast.AST, frame: Frame) -> Raised:
        return Raised(exception, self.span(node, frame.module))

    # what Context offers to natives

    def call_value(
        self, function: Value, arguments: list[Value], keywords: dict[str, Value], context: Context
    ) -> Value:
        return operations.call(function, arguments, keywords, context)

    def run_function(
        self, function: Function, arguments: list[Value], keywords: dict[str, Value], context: Context
    ) -> Value:
        return calls.call_function(self, function, arguments, keywords, context.node, self.frame_of(context))

    def give_away(self, path: str, arguments: list[Value], keywords: dict[str, Value], context: Context) -> None:
        calls.give_away(self, path, arguments, keywords, context)
        if self.handed is not None:
            self.handed(path, [*arguments, *keywords.values()], context)

    def attribute(self, value: Value, name: str, context: Context) -> Value:
        return operations.get_attribute(value, name, context)

    def iterate(self, value: Value, context: Context) -> Iterator[Value] | Unknown:
        return operations.iterate(value, context)

    def truth(self, value: Value, context: Context) -> bool | Unknown:
        return operations.truth(value, context)

    def plain(self, value: Value, context: Context) -> Value:
        return plain(value, context)

    def frame_of(self, context: Context) -> Frame:
        """The scope of an operation."""
        frame = self.frame
        return frame if frame is not None and frame.module is context.module else self.state(context.module).frame

    _frame = frame_of

    def environment_value(self, reference: EnvironmentReference, context: Context) -> Value:
        """The value of a variable of the environment where structure needs it: `--env`, else its default."""
        name = reference.name
        if name in self.environment:
            return self.environment[name]
        if reference.default is MISSING:
            return Unknown(
                reference.span, f"the environment variable `{name}` is not read: give it with --env {name}=VALUE"
            )
        default = context.force(reference.default)
        if default is None:
            self.unset += 1
            if name not in self.unset_names:
                self.unset_names.append(name)
        shown = "it counts as not set" if default is None else f"its default {describe(default)} is used"
        self.report.note(
            "ZC0105",
            f"the environment is not read: `{name}` decides something here, {shown}",
            context.span,
            helps=f"give another value with --env {name}=VALUE",
        )
        return default

    # evaluation, by the tables of the other modules

    def eval(self, node: ast.expr, frame: Frame) -> Value:
        return expressions.TABLE[node.__class__](self, node, frame)

    def run(self, body: list[ast.stmt], frame: Frame) -> Value:
        return statements.run(self, body, frame)
