"""A pipeline called in an ordinary program: compiled from its file, and run by the local runner.

The function is not run here. Its file is read as the command line would read it; what `with_options` and `configure`
were given is written down as a small program beside the build, so that it means what it means in a file. The arguments
of the call are values of the run; those that compile-time code uses are compiled in.
"""

from __future__ import annotations

import datetime
import decimal
import enum
import inspect
import json
import os
import shlex
import sys
import tempfile
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from zencompile import api, output
from zencompile.cli import launching
from zencompile.cli.run_command import run_values
from zencompile.cli.session import Session
from zencompile.diagnostics import CompilationFailed, Report, Severity

if TYPE_CHECKING:
    from zencompile.results.handles import Run


class _Interrupted(KeyboardInterrupt):
    """Ctrl-C while a run went on, which has said so itself."""


Change = tuple[str, Mapping[str, Any]]  # "with_options" or "configure", and its keywords


class RunFailed(RuntimeError):
    """A run that a program started did not complete. `run` is None if it did not begin."""

    def __init__(self, message: str, exit_code: int, run: Run | None) -> None:
        super().__init__(message)
        self.exit_code = exit_code
        self.run = run


@dataclass(frozen=True)
class Call:
    """A call of a pipeline: its function, what changed its options, and the values of its parameters."""

    function: Callable[..., Any]
    name: str
    changes: tuple[Change, ...]
    parameters: dict[str, Any]

    def run(self) -> Run:
        """Compile, run and look at what came of it. Raises `CompilationFailed` and `RunFailed`, which a program that
        doesn't catch them ends with, without a word more: what there is to say was said when it happened.
        """
        if sys.excepthook is sys.__excepthook__:
            sys.excepthook = _end_quietly
        report = Report()
        try:
            place = _Place.of(self, report)
            script, values, pipeline = self._compiled(place)
        except CompilationFailed as failure:
            _show(failure.report)
            raise
        return _run(script, values, pipeline, place)

    def _compiled(self, place: _Place) -> tuple[Path, dict[str, str], Any]:
        """The script, and the values that are given to it rather than compiled in."""
        given = dict(api.texts({name: _plain(self, name, value) for name, value in self.parameters.items()}))
        program = place.program(self) if self.changes else ""
        result, session = self._compile(place, program, given)
        (pipeline,) = result.pipelines
        later = run_values(given, [pipeline])
        if later:  # the script is the same whatever the values of a run
            rest = {name: text for name, text in given.items() if name not in later}
            result, session = self._compile(place, program, rest)
            (pipeline,) = result.pipelines
        launching.leave_out(session.report, result)
        launching.write(result, session, place.home)
        _show(session.report)
        (name,) = result.files.deployed
        return result.folders.output / name, later, pipeline

    def _compile(self, place: _Place, program: str, given: Mapping[str, str]) -> tuple[Any, Session]:
        """Compile for these options and values into a build of their own: two calls may run at once."""
        beside = [self.name, program, *map(repr, given.items())] if program or given else []
        build = launching.build(place.home, *beside)
        target = place.entry(program)
        session = Session(path=target, parameters=tuple(given.items()), source_root=place.root)
        return api.compiled(session, "local", (), build / "local", build, write=False), session


@dataclass(frozen=True)
class _Place:
    """Where a pipeline's function stands: its file, the source root and the module's name from there."""

    file: Path
    root: Path
    module: str
    function: str

    @classmethod
    def of(cls, call: Call, report: Report) -> _Place:
        code = inspect.unwrap(call.function).__code__
        file = Path(code.co_filename)
        if not file.is_file():
            _refuse(report, f"the pipeline `{call.name}` stands in no file", "write it into a file, and run that")
        name = call.function.__qualname__
        if not name.isidentifier():
            helps = "move it to the top level of the file"
            _refuse(report, f"the pipeline `{call.name}` is not defined at the top level of its file", helps)
        module = call.function.__module__
        spec = getattr(sys.modules.get("__main__"), "__spec__", None)
        if module == "__main__":
            module = spec.name if spec is not None else file.stem
        root = file.resolve().parent
        if module.rpartition(".")[2] == "__init__" or file.stem == "__init__":
            root = root.parent
        for _ in range(module.count(".")):
            root = root.parent
        return cls(file.resolve(), root, module, name)

    @property
    def home(self) -> Path:
        """The folder of what is ours in the project."""
        return self.root / ".zencompile"

    def program(self, call: Call) -> str:
        """A program that calls the pipeline with the options of the call."""
        lines = [_Source(call).of(name, self._from_here(keywords)) for name, keywords in call.changes]
        imports = sorted({f"from {self.module} import {self.function}", *(one for _, more in lines for one in more)})
        body = [f"    called = called.{text}" for text, _ in lines]
        return "\n".join(
            [*imports, "", 'if __name__ == "__main__":', f"    called = {self.function}", *body, "    called()", ""]
        )

    def entry(self, program: str) -> str:
        """What to compile: the file itself, or the program, written down under a name that goes with its text."""
        if not program:
            return f"{self.file}:{self.function}"
        folder = self.home / "calls" / launching.digest(program)
        name = f"call_{self.function}.py"
        try:
            output.write([(folder, {name: program})])
        except output.OutputError as error:
            report = Report()
            report.error("ZC0006", f"`{error.path}` can't be written: {error.reason}")
            raise CompilationFailed(report) from None
        return str(folder / name)

    def _from_here(self, options: Mapping[str, Any]) -> Mapping[str, Any]:
        """Options with the path of an existing run configuration as it is from the source root."""
        path = options.get("config_path")
        if path is None or not Path(path).is_file():
            return options
        return {**options, "config_path": Path(os.path.relpath(Path(path).resolve(), self.root)).as_posix()}


class _Source:
    """Options as Python text, with the imports that it needs."""

    def __init__(self, call: Call) -> None:
        self.call = call

    def of(self, change: str, keywords: Mapping[str, Any]) -> tuple[str, set[str]]:
        imports: set[str] = set()
        words = [f"{name}={self._text(change, name, value, imports)}" for name, value in keywords.items()]
        return f"{change}({', '.join(words)})", imports

    def _text(self, change: str, name: str, value: Any, imports: set[str]) -> str:
        if isinstance(value, (list, tuple, set, frozenset)):
            items = [self._text(change, name, item, imports) for item in value]
            return f"[{', '.join(items)}]"
        if isinstance(value, Mapping):
            pairs = [
                (self._text(change, name, k, imports), self._text(change, name, v, imports)) for k, v in value.items()
            ]
            return f"{{{', '.join(f'{key}: {item}' for key, item in pairs)}}}"
        if value is None or type(value) in (bool, int, float, str, bytes):
            return repr(value)
        if isinstance(value, PurePath):
            return repr(str(value))
        if isinstance(value, enum.Enum):
            return self._text(change, name, value.value, imports)
        if isinstance(value, (datetime.datetime, datetime.timedelta, datetime.date)):
            imports.add("import datetime")
            return repr(value)
        if type(value).__module__ == "zencompile.authoring":
            return self._settings(change, name, value, imports)
        return self._named(change, name, value, imports)

    def _settings(self, change: str, name: str, value: Any, imports: set[str]) -> str:
        kind = type(value).__name__
        imports.add(f"from zencompile import {kind}")
        fields = [f"{key}={self._text(change, name, one, imports)}" for key, one in vars(value).items()]
        return f"{kind}({', '.join(fields)})"

    def _named(self, change: str, name: str, value: Any, imports: set[str]) -> str:
        """A function or class by its name."""
        module, names = getattr(value, "__module__", None), getattr(value, "__qualname__", "")
        if module is None or not names.isidentifier():
            helps = "give data, settings, or a function or class at the top level of a file"
            what = f"`{change}({name}=…)` of the pipeline `{self.call.name}` can't be read: a {type(value).__name__}"
            _refuse(Report(), what, helps)
        if module == "__main__":
            module = Path(str(getattr(sys.modules["__main__"], "__file__", "__main__"))).stem
        imports.add(f"from {module} import {names}")
        return str(names)


def _plain(call: Call, name: str, value: Any) -> Any:
    """A value of a parameter as JSON has it; the parameter's annotation makes of it what it was."""
    if isinstance(value, enum.Enum):
        return _plain(call, name, value.value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(call, name, item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        items = [_plain(call, name, item) for item in value]
        return sorted(items, key=repr) if isinstance(value, (set, frozenset)) else items
    if isinstance(value, (PurePath, uuid.UUID, decimal.Decimal)):
        return str(value)
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if hasattr(value, "__dataclass_fields__"):
        return {field: _plain(call, name, getattr(value, field)) for field in value.__dataclass_fields__}
    helps = "give data; what is made by code is made in a step"
    _refuse(Report(), f"the parameter `{name}` of the pipeline `{call.name}` got a {type(value).__name__}", helps)


def _end_quietly(kind: type[BaseException], error: BaseException, traceback: Any) -> None:
    """The end of a program by an exception that nobody caught."""
    if isinstance(error, (RunFailed, CompilationFailed, _Interrupted)) and not os.environ.get("ZENCOMPILE_DEBUG"):
        raise SystemExit(getattr(error, "exit_code", 130 if isinstance(error, _Interrupted) else 1))
    sys.__excepthook__(kind, error, traceback)


def _refuse(report: Report, message: str, helps: str) -> Any:
    report.error("ZC0013", message, helps=helps)
    raise CompilationFailed(report)


def _show(report: Report) -> None:
    """What the command line would show; its notes are for those who write files for others to run."""
    from zencompile.diagnostics.render import render

    report.diagnostics[:] = [one for one in report if one.severity is not Severity.NOTE]
    colour = sys.stderr.isatty() and "NO_COLOR" not in os.environ
    sys.stderr.write(render(report, "text", Path.cwd(), colour))


def _run(script: Path, values: Mapping[str, str], pipeline: Any, place: _Place) -> Run:
    from zencompile.results import handles

    sys.stdout.flush()
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "result.json"
        words = [sys.executable, str(script), "--result", str(told)]
        words += shlex.split(os.environ.get("ZENCOMPILE_RUN", ""))
        words += [word for name, text in values.items() for word in ("--param", f"{name}={text}")]
        ended = launching.wait(words)
        found = json.loads(told.read_text("utf-8")) if told.exists() else None
    run = None
    if found is not None:
        handles.importable(place.root)
        run = handles.load(found["store"], f"{pipeline.namespace}/{pipeline.name}", found["run"])
    if ended.code == 130:
        raise _Interrupted
    for number in ended.signals:  # the run has ended as it was asked to: now it is our turn
        os.kill(os.getpid(), number)
    if ended.code or run is None:
        raise RunFailed(_reason(pipeline.name, ended.code, run), ended.code, run)
    return run


def _reason(pipeline: str, code: int, run: Run | None) -> str:
    if run is None:
        return f"the run of the pipeline `{pipeline}` could not begin (exit code {code}); see above"
    failures = [f"{id_}: {step.failure.get('message', '')}" for id_, step in run.steps.items() if step.failure]
    return f"run {run.id} of the pipeline `{pipeline}` {run.status}" + (f": {'; '.join(failures)}" if failures else "")


__all__ = ["Call", "RunFailed"]
