"""Old code: pipelines whose arguments are steps, and the script of the project that makes one of its steps.

Which options such a script would be given is not known, so it is evaluated twice: with none, then with every option
unknown, so that each of its branches is tried.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from zencompile.diagnostics import Diagnostic, Severity
from zencompile.disk import Disk
from zencompile.frontend.evaluator import Evaluator
from zencompile.frontend.framework.definitions import PipelineDefinition, RunRequest
from zencompile.frontend.framework.state import Framework
from zencompile.frontend.project import Project
from zencompile.frontend.values import BoundMethod, Class, Coroutine, Function, Module, Unknown, Value

_MOST_FILES = 2_000
"""Files of a project that are searched for the call of a pipeline."""

_MOST_OPERATIONS = 200_000
"""Operations that trying one script may take: some wait, train, or loop for ever."""

_MOST_IN_ALL = 4_000_000
"""Operations that trying all scripts may take: some ten seconds."""

_INSTALLED = frozenset(["site-packages", "node_modules", "__pycache__", "venv", "env"])

_OPTION = "it is an option of the script"


def takes_steps(pipeline: PipelineDefinition) -> bool:
    """Whether the pipeline's function calls one of its parameters that has no default: they are steps."""
    signature = pipeline.signature
    arguments = signature.node.args
    names = [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    required = set(names) - set(signature.defaults)
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in required
        for node in ast.walk(signature.node)
    )


class Scripts:
    """Finds the request of a script that makes a pipeline of its steps."""

    def __init__(self, framework: Framework, project: Project) -> None:
        self.framework = framework
        self.project = project
        self.evaluator: Evaluator = framework.evaluator
        self.failure: Diagnostic | None = None  # why the first script that looked right made no pipeline

    def request(self, pipeline: PipelineDefinition) -> RunRequest | None:
        """The request, if the project has a script that makes one. What else the script does wrong doesn't matter."""
        name = pipeline.class_.name if pipeline.class_ is not None else pipeline.function.name
        report = self.framework.report
        made = _making(self.framework.requests, pipeline)
        if made:
            return self._chosen(made)
        left = _MOST_IN_ALL
        for named in _mentioning(self.project.disk, self._folders(), name):
            told = len(report.diagnostics)
            locations = [f for f in named if _uses(self.evaluator.load(f), pipeline)]
            del report.diagnostics[told:]  # files that can't be parsed are none
            for attempt in (self._run, self._try_usual, self._try):
                for location in locations:
                    before, known = list(report.diagnostics), len(self.framework.requests)
                    left -= self._bounded(attempt, location, name)
                    made = _making(self.framework.requests[known:], pipeline)
                    if self.failure is None and attempt == self._run:
                        failed = (d for d in report.diagnostics[len(before) :] if d.severity is Severity.ERROR)
                        self.failure = next(failed, None)
                    kept = [d for d in report.diagnostics[len(before) :] if made and d in self.evaluator.of_definitions]
                    report.diagnostics[:] = [*before, *kept]
                    if made:
                        return self._chosen(made)
                    if left < 0:
                        return None
        return None

    def callers(self, pipeline: PipelineDefinition) -> list[Path]:
        """The files of the project that may give a pipeline its steps, found by reading alone."""
        name = pipeline.class_.name if pipeline.class_ is not None else pipeline.function.name
        found: list[Path] = []
        for named in _mentioning(self.project.disk, self._folders(), name):
            found += [path for path in named if self._may_call(path, pipeline, name)]
        return found

    def _may_call(self, path: Path, pipeline: PipelineDefinition, name: str) -> bool:
        module = self.evaluator.load(path)
        tree = module.tree
        if tree is None or not _uses(module, pipeline):
            return False
        return any(isinstance(node, ast.Call) and _mentions(node.func, {name}) for node in ast.walk(tree))

    def _bounded(self, attempt: Callable[[Module, str], None], location: Path, name: str) -> int:
        """An attempt that costs at most `_MOST_OPERATIONS`, and leaves the evaluator's own limit as it was.

        The answer is what it cost.
        """
        evaluator = self.evaluator
        steps, stopped = evaluator.steps, evaluator.stopped
        start = evaluator.steps = max(steps, evaluator.limit - _MOST_OPERATIONS)
        attempt(evaluator.load(location), name)
        cost = evaluator.steps - start
        evaluator.steps, evaluator.stopped = steps, stopped
        return cost

    def _chosen(self, made: list[RunRequest]) -> RunRequest:
        """A request that surely happens, if there is one. A configuration that is not there is the script's fault."""
        made = [r for r in made if r.started] or made
        request = next((r for r in made if r.uncertain is None), made[0])
        run = request.pipeline.run
        if run.config_path is not None and self.project.locate(run.config_path, run.importer) is None:
            message = f"there is no run configuration `{run.config_path}`, which the script names: compiled without it"
            self.framework.report.warning("ZC0308", message, run.config_span)
            request.pipeline = request.pipeline.copy()
            request.pipeline.run = replace(run, config_path=None)
        return request

    def made_inside(self, module: Module, name: str) -> PipelineDefinition | None:
        """The pipeline of a name that the file makes below its top level: in a function, a class, or its main."""
        tree = module.tree if module.tree is not None else ast.Module([], [])
        outer = [n for n in tree.body if not isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef)) or n.name != name]
        outer = [n for n in outer if name in _functions(n)]
        report, before = self.framework.report, list(self.framework.report.diagnostics)
        if outer:
            module = self.evaluator.run_main(module)
        made = self._defined(module, name)
        for node in outer:
            if made is None and isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self._call(self.evaluator.get(module, node.name), defaults=True)
                made = self._defined(module, name)
            elif made is None and isinstance(node, ast.ClassDef):
                holding = [m for m in node.body if isinstance(m, ast.FunctionDef) and name in _functions(m)]
                self._call_methods(self.evaluator.get(module, node.name), holding, defaults=True)
                made = self._defined(module, name)
        kept = [d for d in report.diagnostics[len(before) :] if made and d in self.evaluator.of_definitions]
        report.diagnostics[:] = [*before, *kept]
        return made

    def _defined(self, module: Module, name: str) -> PipelineDefinition | None:
        signatures = ((p, p.signature) for p in self.framework.definitions)
        return next((p for p, s in signatures if s.name == name and s.module is module), None)

    def _folders(self) -> list[Path]:
        """The source root, then those above it: a script may lie beside `src/`."""
        folders = [self.project.root]
        while folders[-1] != self.project.boundary and self.project.boundary in folders[-1].parents:
            folders.append(folders[-1].parent)
        return folders

    def _run(self, module: Module, name: str) -> None:
        self.evaluator.run_main(module)

    def _try_usual(self, module: Module, name: str) -> None:
        """Evaluate what calls the pipeline, with unknown flags and choices; numbers and texts have their defaults."""
        self.evaluator.defaults_hold = True
        try:
            self._try(module, name)
        finally:
            self.evaluator.defaults_hold = False

    def _try(self, module: Module, name: str) -> None:
        """Evaluate what calls the pipeline, with unknown options."""
        self.evaluator.arguments_known = False
        tree = module.tree if module.tree is not None else ast.Module([], [])
        names = {
            a.asname or name for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) for a in n.names if a.name == name
        }
        names.add(name)
        try:
            for node in tree.body:
                if not _mentions(node, names):
                    continue
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    self._call(self.evaluator.get(module, node.name))
                elif isinstance(node, ast.ClassDef):
                    methods = [m for m in node.body if isinstance(m, ast.FunctionDef) and _mentions(m, names)]
                    self._call_methods(self.evaluator.get(module, node.name), methods)
                else:
                    self.evaluator.run_main(module)
        finally:
            self.evaluator.arguments_known = True

    def _call(self, value: Value, defaults: bool = False) -> None:
        """Call a function, or one that became a command, with unknown arguments; those with `defaults` keep them."""
        usual: dict[str, Value] = {}
        for attribute in ("callback", "function", "__wrapped__"):
            if not isinstance(value, Function):
                usual = self._usual(value) if self.evaluator.defaults_hold else usual
                value = getattr(value, attribute, value)
        if isinstance(value, Function):
            if self.evaluator.defaults_hold:
                held = {n: v for n, v in value.defaults.items() if type(v) in (int, float, str)}
                usual = {**held, **usual}
            positional: list[Value] = [Unknown(None, _OPTION) for _ in value.node.args.posonlyargs]
            unknown = _unknowns(value, defaults)
            result = self.evaluator.call(value, positional, {n: usual.get(n, u) for n, u in unknown.items()})
            if isinstance(result, Coroutine):
                self.evaluator.guard(result.wait, value.module)

    def _usual(self, command: Value) -> dict[str, Value]:
        """Of a command of the command line: its options that nothing is likely to depend on, with their defaults."""
        usual = getattr(command, "usual", None)
        module = command.callback.module if usual and isinstance(command.callback, Function) else None
        found = self.evaluator.guard(lambda: usual(self.evaluator.context(module)), module) if usual and module else {}
        return found if isinstance(found, dict) else {}

    def _call_methods(self, class_: Value, methods: list[ast.FunctionDef], defaults: bool = False) -> None:
        """Call methods of an object that was made with unknown arguments."""
        if not isinstance(class_, Class) or not methods:
            return
        made = class_.lookup("__init__")
        given = _unknowns(made, defaults) if isinstance(made, Function) else {}
        receiver = self.evaluator.call(class_, [], dict(list(given.items())[1:]))
        for method in methods:
            function = class_.lookup(method.name)
            if isinstance(function, Function):
                unknown = _unknowns(function, defaults)
                unknown.pop(next(iter(unknown), ""), None)
                self.evaluator.call(BoundMethod(function, receiver), [], unknown)
            else:
                self._call(function, defaults)


def _making(requests: list[RunRequest], pipeline: PipelineDefinition) -> list[RunRequest]:
    """The requests that make the pipeline of steps."""
    return [r for r in requests if r.pipeline.function.node is pipeline.function.node and r.pipeline.steps]


def _uses(module: Module, pipeline: PipelineDefinition) -> bool:
    """Whether a file may mean the pipeline by its name: it defines or imports it."""
    if module is pipeline.function.module or module.tree is None:
        return True
    name = pipeline.class_.name if pipeline.class_ is not None else pipeline.function.name
    return any(
        (isinstance(n, ast.ImportFrom) and any(a.name in (name, "*") for a in n.names))
        or (isinstance(n, ast.Attribute) and n.attr == name)
        for n in ast.walk(module.tree)
    )


def _unknowns(function: Function, defaults: bool) -> dict[str, Value]:
    """Unknown arguments for a function, by name; those with `defaults` keep them."""
    arguments = function.node.args
    names = [a.arg for a in (*arguments.args, *arguments.kwonlyargs)]
    return {n: Unknown(None, _OPTION) for n in names if not defaults or n not in function.defaults}


def _functions(node: ast.AST) -> set[str]:
    return {n.name for n in ast.walk(node) if isinstance(n, ast.FunctionDef) and n.decorator_list}


def _mentions(node: ast.AST, names: set[str]) -> bool:
    """Whether code mentions one of the names outside of imports."""
    return any(
        (isinstance(n, ast.Name) and n.id in names) or (isinstance(n, ast.Attribute) and n.attr in names)
        for n in ast.walk(node)
    )


def _mentioning(disk: Disk, folders: list[Path], name: str) -> Iterator[list[Path]]:
    """Of each folder the files that mention a name, those that call it and look like scripts first."""
    seen: set[Path] = set()
    word = re.compile(rf"\b{re.escape(name)}\b")
    for folder in folders:
        found = []
        for location in _files(disk, folder):
            if location in seen:
                continue
            seen.add(location)
            try:
                text = disk.read_text(location, "replace")
            except OSError:
                continue
            if word.search(text):
                found.append((f"{name}(" not in text, "__main__" not in text, location))
        yield [location for *_, location in sorted(found)]


def _files(disk: Disk, folder: Path) -> list[Path]:
    """The Python files below a folder, but for what is installed there: the nearest ones, if there are very many."""
    found: list[Path] = []
    level = [folder]
    while level and len(found) < _MOST_FILES:
        below: list[Path] = []
        for one in level:
            for name, is_folder in sorted(disk.entries(one).items()):
                if name.startswith(".") or name in _INSTALLED:
                    continue
                if not is_folder and name.endswith(".py"):
                    found.append(one / name)
                elif is_folder and not disk.is_link(one / name):
                    below.append(one / name)
        level = below
    return found[:_MOST_FILES]
