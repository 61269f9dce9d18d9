"""An evaluator whose modules and functions are run by Python itself."""

from __future__ import annotations

import contextlib
import importlib
import importlib.machinery
import importlib.util
import os
import re
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from zencompile.diagnostics import Report
from zencompile.frontend.evaluator import Evaluator, guards
from zencompile.frontend.evaluator.core import LimitReached
from zencompile.frontend.evaluator.guards import Guard
from zencompile.frontend.framework.definitions import RunRequest
from zencompile.frontend.framework.handles import PipelineParameter
from zencompile.frontend.framework.modules import FrameworkProvider
from zencompile.frontend.framework.state import Framework
from zencompile.frontend.project import STDLIB, Project, absolute
from zencompile.frontend.request import Request
from zencompile.frontend.roots import ancestors
from zencompile.frontend.trace import imports, surroundings
from zencompile.frontend.trace.bridge import Bridge
from zencompile.frontend.trace.ending import Ending
from zencompile.frontend.trace.places import Places
from zencompile.frontend.trace.proxies import Stopped
from zencompile.frontend.values import MISSING, BoundMethod, Context, Field, Function, Module, Raised, Unknown, Value
from zencompile.frontend.virtual import HIGHEST, folder
from zencompile.ir import Parameter, Pipeline
from zencompile.source import Span


class TracingEvaluator(Evaluator):
    """An evaluator whose modules and functions are run by Python itself.

    `static` is asked for what only sources tell: annotations, and the classes and functions that objects were defined
    as. What it finds wrong on the way is nobody's business.
    """

    def __init__(
        self, project: Project, framework: Framework, provider: FrameworkProvider, request: Request, ending: Ending
    ) -> None:
        super().__init__(project, framework.report, provider, environment=request.environment)
        self.framework = framework
        self.ending = ending
        self.static = _static(project, request)
        self.request = request
        self.entry = self.load(project.entry)
        self.folders = _folders(project)
        self.above = _above(project)
        self.bridge = Bridge(self, Places(project, self.load))
        self._calls = 0
        self.found_by_reading: tuple[Pipeline, ...] = ()  # one a run
        self.called_by_reading = 0  # calls of pipelines, those that may happen included
        self._installed = False
        self._builtins: dict[str, Any] = {}
        self._tried = False
        self.at_start: frozenset[str] = frozenset()  # the modules that Python has loaded before any program

    # sources

    def load(self, path: Path) -> Module:
        return self.static.load(path)

    def annotation(self, function: Function, parameter: str) -> Value:
        return self.static.annotation(function, parameter)

    def field_type(self, class_: Any, field: Field) -> Value:
        return self.static.field_type(class_, field)

    def known_parameter(self, parameter: PipelineParameter) -> Parameter | None:
        """What the static front end makes of a parameter of the pipeline at hand, None if it can't read it."""
        pipeline = self._read_as()
        return next((one for one in pipeline.parameters if one.name == parameter.name), None) if pipeline else None

    def _read_as(self) -> Pipeline | None:
        """The run at hand, as the static front end read it; else another of that pipeline."""
        recording = self.framework.recording
        name = recording.name if recording is not None else ""
        index = len(self.framework.requests) - 1
        of_run = self.found_by_reading[index : index + 1] if index >= 0 else ()
        same = [one for one in of_run if re.fullmatch(rf"{re.escape(name)}(_\d+)?", one.name)]
        return next(iter([*same, *(one for one in self.found_by_reading if one.name == name)]), None)

    # running

    def guards_here(self) -> tuple[Guard, ...]:
        """What handles what goes wrong at the present place of the program, by its frames."""
        found: list[Guard] = []
        frame = self.bridge.places.user_frame(sys._getframe(1))
        while frame is not None:
            module = self.bridge.places.module_of(frame.f_code.co_filename)
            if module is not None and module.tree is not None:
                nodes = guards.around(module.tree, self.bridge.places.node(frame, module))
                found[:0] = [Guard(node, module) for node in nodes]
            frame = frame.f_back
        return tuple(found)

    def get(self, module: Module, name: str) -> Value:
        value = self._namespace(module).get(name, MISSING)
        return MISSING if value is MISSING else self.bridge.to_value(value)

    def is_same(self, left: Function, right: Function) -> bool:
        """Functions are made anew whenever the program's are met."""
        return left.node is right.node

    def names(self, module: Module) -> list[str]:
        return [name for name in self._namespace(module) if not name.startswith("__")]

    def _namespace(self, module: Module) -> dict[str, Any]:
        """What a module of the program holds. The entry file is imported if nothing of the program has run yet."""
        found: Any = self.bridge.objects.loaded_module(module) if self._installed else None
        if found is None and module is self.entry and not self._tried:
            self._tried = True  # what failed once is not run again
            with self._until_stopped([]):
                found = self.guard(lambda: self._import_entry(module), module)
            self.ending.leave_forked()
        return found.__dict__ if isinstance(found, types.ModuleType) else {}

    def run_main(self, module: Module, arguments: list[str] | tuple[str, ...] = ()) -> Module:
        """Run the file as `python FILE arguments…` does. Only the entry file is ever run so, and once."""
        assert module is self.entry and not self._installed

        def act() -> None:
            self._install(script=True)
            file = module.file
            assert file is not None
            main = types.ModuleType("__main__")
            main.__dict__.update(__file__=str(file.location), __cached__=None, __builtins__=self._builtins)
            main.__loader__ = importlib.machinery.SourceFileLoader("__main__", str(file.location))
            sys.modules["__main__"] = main
            sys.argv[1:] = arguments
            if any(d.span is not None and d.span.file == file.path for d in self.report.errors):
                return  # it can't be parsed
            with self._running():
                exec(compile(file.text, str(file.location), "exec", dont_inherit=True), main.__dict__)

        with self._until_stopped(self.framework.requests):
            self.guard(act, module)
        self.ending.leave_forked()
        return module

    @contextlib.contextmanager
    def apart(self) -> Iterator[None]:
        """Run a pipeline's function as nothing that its script does: what it raises is told, then handed on."""
        calls, self._calls = self._calls, 0
        try:
            yield
        finally:
            self._calls = calls

    def call_value(
        self, function: Value, arguments: list[Value], keywords: dict[str, Value], context: Context
    ) -> Value:
        receiver: list[Any] = []
        if isinstance(function, BoundMethod) and isinstance(function.function, Function):
            real = self.bridge.objects.real(function.function)
            owner = self.bridge.objects.real(function.receiver.class_) if hasattr(function.receiver, "class_") else None
            receiver = [object.__new__(owner)] if isinstance(owner, type) else []
            real = real if receiver else None
        else:
            real = self.bridge.twin(function) if isinstance(function, Function) else None
        if real is None:
            return super().call_value(function, arguments, keywords, context)
        to_python = self.bridge.to_python
        given = [*receiver, *map(to_python, arguments)]
        named = {k: to_python(v) for k, v in keywords.items()}

        def act() -> Value:
            with self._running():
                return self.bridge.to_value(real(*given, **named))

        if self._calls:
            return act()
        try:
            return act()
        except Stopped as stopped:
            return self._report_stopped(stopped.unknown)

    def _import_entry(self, module: Module) -> Any:
        """Import the entry file as the module that it is."""
        self._install(script=False)
        file = module.file
        assert file is not None
        with self._running():
            named = self.project.find(module.name)
            if named is not None and named.location == file.location:
                try:
                    found = imports.import_for_program(module.name)
                except ModuleNotFoundError as error:
                    if not f"{module.name}.".startswith(f"{error.name}."):
                        raise
                else:
                    if getattr(found, "__file__", None) == str(file.location):
                        return found
            loader = imports.ProjectLoader(module.name, str(file.location), self._builtins)
            spec = importlib.util.spec_from_file_location(module.name, file.location, loader=loader)
            assert spec is not None and spec.loader is not None
            made = importlib.util.module_from_spec(spec)
            sys.modules[module.name] = made
            spec.loader.exec_module(made)
            return made

    def _install(self, script: bool) -> None:
        if self._installed:
            return
        self._installed = True
        self._builtins = surroundings.project_builtins(self.bridge)
        imports.install(self.bridge, self.project, self._builtins, self.at_start, script)
        imports.stand_in(self.bridge, self.project, self.request.stubs)
        surroundings.install(self.bridge)
        sys.argv[:] = [os.path.relpath(self.project.entry, self.project.working_directory)]
        sys.modules["__main__"] = types.ModuleType("__main__")
        self.ending.install()

    # what the program raises

    @contextlib.contextmanager
    def _running(self) -> Iterator[None]:
        """Let the program run: what it raises is an exception of the program, with its place."""
        self._calls += 1
        try:
            yield
        except Raised as raised:
            raise self.bridge.exception(raised) from None
        except (Stopped, LimitReached):
            raise
        except BaseException as error:
            if isinstance(error, Exception) and self._is_own(error):
                raise
            if self._calls > 1:
                raise
            self._report(error)
        finally:
            self._calls -= 1

    def _report(self, error: BaseException) -> None:
        span = self._place(error)
        if isinstance(error, ModuleNotFoundError) and error.name and self._is_missing(error.name):
            top = error.name.partition(".")[0]
            self.report.error(
                "ZC0142",
                f"the module `{error.name}` is not installed",
                span,
                label="imported here",
                helps=(
                    "install it for the Python that runs the program, or name another one with --trace-python",
                    f"go without it: --stub {top}, or --stub all",
                    "compile with `--frontend static`, which needs none of the program's dependencies",
                ),
            )
            raise Raised(Unknown(span, "a module is missing", reported=True), span)
        if isinstance(error, SyntaxError) and any(d.code == "ZC0101" for d in self.report):
            raise Raised(Unknown(span, "a syntax error", reported=True), span)
        raise Raised(error, span)

    def _is_missing(self, name: str) -> bool:
        return name.partition(".")[0] not in STDLIB and self.project.find(name.partition(".")[0]) is None

    def _is_own(self, error: Exception) -> bool:
        """Whether an exception comes from a mistake of ours: it was raised in the compiler, and not for the program."""
        if hasattr(error, "_zen_span"):
            return False
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        if trace is None:
            return False
        file = Path(trace.tb_frame.f_code.co_filename)
        own = Path(__file__).resolve().parents[2]
        return own in file.resolve().parents and file.name not in ("marks.py", "surroundings.py", "proxies.py")

    def _place(self, error: BaseException) -> Span | None:
        known = getattr(error, "_zen_span", None)
        if isinstance(known, Span):
            return known
        found: Span | None = None
        if isinstance(error, SyntaxError) and error.filename:
            module = self.bridge.places.module_of(error.filename)
            if module is not None and module.file is not None:
                return Span(module.file.path, error.lineno or 1, 1, error.lineno or 1, 1)
        trace = error.__traceback__
        while trace is not None:
            module = self.bridge.places.module_of(trace.tb_frame.f_code.co_filename)
            if module is not None:
                found = self.span(self.bridge.places.node_of_traceback(trace, module), module)
            trace = trace.tb_next
        return found

    @contextlib.contextmanager
    def _until_stopped(self, requests: list[RunRequest]) -> Iterator[None]:
        """A script may end where it needs what only a run can tell: what it ran before is compiled."""
        try:
            yield
        except Stopped as stopped:
            unknown = stopped.unknown
            if not requests or unknown.reported:
                self._report_stopped(unknown)
            else:
                self._stop_at(unknown, followed=self.called_by_reading <= len(requests))

    def _stop_at(self, unknown: Unknown, followed: bool) -> None:
        """Say that the script is left here. `followed`: reading found no run behind this place."""
        message = "the script is run up to here"
        if followed:
            self.report.note("ZC0143", message, unknown.span, notes=unknown.reason)
            return
        tell = self.report.error if self.request.running else self.report.warning
        message += ", and seems to run more pipelines behind this place"
        helps = "`--frontend static` goes on, and says which runs may follow"
        tell("ZC0143", message, unknown.span, notes=unknown.reason, helps=helps)

    def _report_stopped(self, unknown: Unknown) -> Unknown:
        missing = self.framework.missing.get(unknown.reason)
        if missing is not None:
            self.report.error(
                "ZC0232",
                f"the pipeline's parameter `{missing}` has no value, and decides something here",
                unknown.span,
                helps=f"give one with --param {missing}=VALUE or a run configuration, or a default in the signature",
            )
        elif not unknown.reported:
            self.report.error(
                "ZC0208",
                "what the program needs here is not known when compiling",
                unknown.span,
                notes=unknown.reason,
                helps="`--frontend static` goes on where no step depends on it",
            )
        return Unknown(unknown.span, unknown.reason, reported=True)


def _static(project: Project, request: Request) -> Evaluator:
    report = Report()
    framework = Framework(report)
    static = Evaluator(project, report, FrameworkProvider(framework), environment=request.environment)
    framework.evaluator = static
    return static


def _folders(project: Project) -> list[tuple[str, str]]:
    """Folders of this machine, and what stands for them in every output: the project's and those above it."""
    found = {str(project.root): folder(0)}
    for level, above in enumerate(project.root.parents[:HIGHEST], 1):
        found.setdefault(str(above), folder(level))
    found.setdefault(str(absolute(project.working_directory)), project.working_folder)
    return [(real, seen) for real, seen in found.items() if len(Path(real).parts) > 2 or real == str(project.root)]


def _above(project: Project) -> frozenset[str]:
    """What stands for the folders above the repository."""
    levels = len(ancestors(project.root, project.boundary))
    return frozenset(folder(level) for level in range(levels, HIGHEST + 1))
