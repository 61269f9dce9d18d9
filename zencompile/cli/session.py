"""One call of the compiler from the command line: from its options to files in memory."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import click

from zencompile.diagnostics import CompilationFailed, Diagnostic, Report, Severity, did_you_mean
from zencompile.diagnostics.render import render
from zencompile.disk import Disk, LocalDisk

_FULL = {errno.ENOSPC, errno.EIO, errno.EFBIG, errno.EDQUOT}  # of a file that standard output goes to


class UsageFailed(Exception):
    """The call itself was wrong; the report says how."""


class FilesStale(Exception):
    """`--check` found files on disk that are not what would be written; the report says which."""


@dataclass
class Session:
    """What the options say, and what came of it."""

    path: str
    pipeline: str | None = None
    parameters: tuple[tuple[str, str], ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    config: Path | None = None
    arguments: tuple[str, ...] = ()
    source_root: Path | None = None
    profile: str | None = None
    frontend: str = "static"
    stubs: tuple[str, ...] = ()
    trace_python: str | None = None
    trace_timeout: float = 300.0
    form: str = "text"
    running: bool = False  # whether what is read is run at once
    report: Report = field(default_factory=Report)
    directory: Path = field(default_factory=Path.cwd)
    disk: Disk = field(default_factory=LocalDisk)  # what the project is read from
    runs: list[tuple[str, bool]] = field(
        default_factory=list
    )  # names of outputs; whether the script goes on on failure
    projects: dict[Any, Any] = field(default_factory=dict)  # the files of projects, shared by all compilations

    @contextlib.contextmanager
    def reporting(self) -> Iterator[Report]:
        """Show what was reported, whatever happens, and turn failures into exit codes."""
        code = 0
        try:
            yield self.report
            code = 1 if self.report.errors else 0
        except CompilationFailed:
            code = 1
        except UsageFailed:
            code = 2
        except FilesStale:
            code = 3
        except (click.ClickException, click.exceptions.Exit, KeyboardInterrupt):
            raise
        except BrokenPipeError:  # `| head`: nobody reads on
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)
        except OSError as error:
            if error.filename is not None or error.errno not in _FULL:
                self._internal(error)
            else:
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                self.report.error("ZC0006", f"standard output can't be written: {str(error.strerror).lower()}")
            code = 1
        except RecursionError:
            self.report.error(
                "ZC0009", "the program is nested too deeply for the compiler", helps="split the expression"
            )
            code = 1
        except Exception as error:
            self._internal(error)
            code = 1
        self.show()
        if code:
            sys.exit(code)

    def show(self) -> None:
        colour = sys.stderr.isatty() and "NO_COLOR" not in os.environ
        click.echo(render(self.report, self.form, self.directory, colour), err=True, nl=False)
        self.report.diagnostics.clear()

    def _internal(self, error: Exception) -> None:
        """A bug of ours: one diagnostic, and the traceback only for those who ask for it."""
        if os.environ.get("ZENCOMPILE_DEBUG"):
            raise error
        import traceback

        frames = traceback.extract_tb(error.__traceback__)
        where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
        self.report.error(
            "ZC0009",
            f"the compiler itself failed: {type(error).__name__}: {error} ({where})",
            notes="this is a bug of zencompile, not of your program",
            helps="set ZENCOMPILE_DEBUG=1 to see the whole traceback, and report it",
        )

    def usage(self, code: str, message: str, **details: Any) -> NoReturn:
        self.report.add(Diagnostic(code, message, severity=Severity.ERROR, **details))
        raise UsageFailed

    def shown(self, path: Path) -> str:
        """A path as people read it: from the working directory, if it lies below."""
        below = path.is_relative_to(self.directory)
        return Path(os.path.relpath(path, self.directory)).as_posix() if below else path.as_posix()

    # -- reading ---------------------------------------------------------------------------------------------------

    def entry(self) -> tuple[Path, str | None]:
        """The file, and the pipeline named behind a colon or by `--pipeline`."""
        name, pipeline = self.path, self.pipeline
        if not self._is_there(self.directory / name) and ":" in name:
            name, _, behind = name.rpartition(":")
            pipeline = pipeline or behind
        path = self.directory / name
        if not self._is_there(path):
            self.usage("ZC0001", f"there is no file `{name}`", helps=_near(self.disk, path))
        if self.disk.is_folder(path):
            scripts = [f for f in ("run.py", "main.py") if self.disk.is_file(path / f)]
            runs = [f"`{name.rstrip('/')}/{f}`" for f in scripts]
            helps = f"did you mean {runs[0]}?" if runs else "name the Python file that defines the pipeline"
            self.usage("ZC0002", f"`{name}` is a folder, not a file", helps=(helps,))
        return path, pipeline

    def _is_there(self, path: Path) -> bool:
        return self.disk.is_file(path) or self.disk.is_folder(path)

    def configuration(self) -> Any:
        from zencompile import configuration

        path, _ = self.entry()
        loaded = configuration.load(self.disk.real(path).parent, self.profile, self.report, self.disk)
        if self.report.errors:
            raise UsageFailed
        return loaded

    def request(self, configuration: Any, texts: bool = False) -> Any:
        from zencompile.frontend import Request

        path, pipeline = self.entry()
        root = self.source_root
        if root is None and configuration.source_root is not None:
            root = configuration.folder / configuration.source_root
        config = self.directory / self.config if self.config is not None else None
        if config is not None and not self.disk.is_file(config):
            self.usage("ZC0001", f"there is no file `{self.config}`", helps=_near(self.disk, config))
        if root is not None and not self.disk.is_folder(self.directory / root):
            self.usage("ZC0001", f"there is no folder `{root}` to be the source root")
        return Request(
            path=path,
            pipeline=pipeline,
            parameters=dict(self.parameters),
            environment=configuration.environment | dict(self.environment),
            config=config,
            arguments=self._script_arguments(),
            source_root=self.directory / root if root else None,
            namespace=configuration.namespace,
            working_directory=self.directory,
            stubs=self.stubs,
            python=self.trace_python,
            disk=self.disk,
            trace_timeout=self.trace_timeout,
            running=self.running,
            image_python=configuration.python,
            texts=texts,
        )

    def _script_arguments(self) -> tuple[str, ...] | None:
        """What stands behind `--`; None without one, for then the script is only asked which pipeline it calls."""
        from zencompile.cli.group import SEPARATED

        context = click.get_current_context(silent=True)
        separated = context.meta.get(SEPARATED) if context is not None else bool(self.arguments)
        if self.arguments and not separated:
            words = " ".join(self.arguments)
            self.usage(
                "ZC0008", f"unexpected `{words}`", helps=(f"arguments of the script stand behind `--`: `-- {words}`",)
            )
        return self.arguments if separated else None

    def read(self, configuration: Any, texts: bool = False) -> tuple[Any, ...]:
        """The pipelines, one an output; raises `CompilationFailed` if anything is wrong with them.

        With `texts` every step comes with its text.
        """
        request = self.request(configuration, texts)
        if self.frontend == "trace":
            from zencompile.frontend import trace

            runs: tuple[Any, ...] = trace.runs_of(request, self.report)
        else:
            from zencompile import compiler

            runs = compiler.runs(request, self.report)
        self.report.check()
        self.runs = [(run.pipeline.name, run.caught) for run in runs]
        return tuple({run.pipeline.name: run.pipeline for run in runs}.values())

    def root_of(self, pipeline: Any) -> Path:
        """The source root, from any of its files: where it was read, less its own path."""
        source = self.report.sources[pipeline.source]
        return source.location.parents[source.path.count("/")]

    def locate(self, pipelines: tuple[Any, ...]) -> Any:
        """A function from a file relative to the source root to its path relative to the working directory."""

        def path(file: str) -> str:
            source = self.report.sources.get(file)
            return Path(os.path.relpath(source.location, self.directory)).as_posix() if source else file

        return path


def target_options(
    session: Session, target: Any, configured: Mapping[str, Any], settings: tuple[tuple[str, str], ...]
) -> Any:
    """The target's options from the configuration and `--set`; what is wrong with them is a ZC0008."""
    from pydantic import ValidationError

    from zencompile.cli.options import typed
    from zencompile.configuration import QUOTED

    values: dict[str, Any] = {k.replace("-", "_"): v for k, v in configured.items()}
    for key, text in settings:
        name, dot, option = key.partition(".")
        if not dot:
            session.usage(
                "ZC0008", f"`--set {key}=…` names no target", helps=(f"write `--set {target.name}.{key}={text}`",)
            )
        if name == target.name:
            field = option.replace("-", "_")
            values[field] = typed(target.options.model_fields.get(field), text)
    if not values and _needs_no_validation(target.options):
        return target.options.model_construct()
    try:
        return target.options.model_validate(values)
    except ValidationError as error:
        for problem in error.errors():
            option = ".".join(map(str, problem["loc"]))
            if problem["type"] == "extra_forbidden":
                known = ", ".join(sorted(target.options.model_fields))
                session.report.error(
                    "ZC0008", f"the target `{target.name}` has no option `{option}`", helps=f"its options: {known}"
                )
            else:
                what = f"bad value of `{target.name}.{option}`: {problem['msg'].lower()}"
                helps = QUOTED if problem["type"] == "string_type" else ()
                session.report.error("ZC0008", what, helps=helps)
        raise UsageFailed from error


def _needs_no_validation(options: Any) -> bool:
    """Whether the defaults are what validating nothing gives: building a validator for that would take a tenth of a
    small compilation."""
    from pydantic import BaseModel

    decorators = options.__pydantic_decorators__
    fields = options.model_fields.values()
    return (
        options.__init__ is BaseModel.__init__
        and not (decorators.model_validators or decorators.root_validators)
        and not options.model_config.get("validate_default")
        and not any(field.is_required() or field.validate_default for field in fields)
    )


def load_target(session: Session, name: str) -> Any:
    from zencompile import targets

    try:
        return targets.load(name)
    except targets.UnknownTarget as error:
        installed = ", ".join(error.known) or "none (is zencompile installed?)"
        helps = did_you_mean(name, error.known)
        session.usage("ZC0007", f"there is no target `{name}`", notes=(f"installed: {installed}",), helps=helps)
    except targets.TargetClash as error:
        session.usage("ZC0007", str(error), helps=("uninstall one of the two",))
    except ImportError as error:
        session.usage("ZC0007", f"the target `{name}` can't be imported: {error}")


def _near(disk: Disk, path: Path) -> tuple[str, ...]:
    return did_you_mean(path.name, list(disk.entries(path.parent)))
