"""The compiler as a function: what the commands do, for programs. Nothing is printed; errors are raised."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from zencompile.cli.session import Session, UsageFailed
from zencompile.diagnostics import CompilationFailed
from zencompile.disk import Disk, LocalDisk


def compile(
    path: str | Path,
    target: str,
    *,
    pipeline: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
    config: str | Path | None = None,
    arguments: Iterable[str] = (),
    options: Mapping[str, Any] | None = None,
    source_root: str | Path | None = None,
    profile: str | None = None,
    frontend: str = "static",
    output: str | Path | None = None,
    build_dir: str | Path | None = None,
    write: bool = True,
    disk: Disk | None = None,
) -> dict[Path, str]:
    """Compile the pipelines of a file for a target: what `zencompile PATH --target TARGET` does.

    `path` may name a pipeline (`FILE:PIPELINE`), `parameters` are values (data that JSON has), `options` those of the
    target by their names. Answers the files, by absolute path. `write=False` writes nothing. `disk` is what
    the project is read from, if not the machine's. Raises `CompilationFailed`, whose `report` has every diagnostic.
    """
    session = Session(
        path=str(path),
        pipeline=pipeline,
        parameters=texts(parameters or {}),
        environment=tuple((environment or {}).items()),
        config=Path(config) if config is not None else None,
        arguments=tuple(arguments),
        source_root=Path(source_root) if source_root is not None else None,
        profile=profile,
        frontend=frontend,
        disk=disk if disk is not None else LocalDisk(),
    )
    settings = tuple((f"{target}.{name}", text) for name, text in texts(options or {}))
    result = compiled(session, target, settings, _path(output), _path(build_dir), write)
    return {folder / name: text for folder, files in result.staged() for name, text in sorted(files.items())}


def compiled(
    session: Session,
    target: str,
    settings: tuple[tuple[str, str], ...],
    output: Path | None,
    build: Path | None,
    write: bool = True,
) -> Any:
    """The `job.Result` of a session, on disk if `write`. Raises `CompilationFailed`."""
    from zencompile.cli import job, writing

    with _raising(session):
        result = job.compile_for(session, target, settings, output, build)
        if write:
            writing.write(session, [result])
        return result


def texts(values: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Values as the texts of `--param` and `--set`. TypeError for what JSON has no form for."""
    import json

    return tuple((name, json.dumps(value, ensure_ascii=False)) for name, value in values.items())


@contextmanager
def _raising(session: Session) -> Iterator[None]:
    """A wrong call is a failed compilation to a program."""
    try:
        yield
    except UsageFailed:
        raise CompilationFailed(session.report) from None


def _path(given: str | Path | None) -> Path | None:
    return Path(given) if given is not None else None
