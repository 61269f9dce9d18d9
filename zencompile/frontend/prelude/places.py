"""Where a path of the program lies: its text, and the file or folder of the project that it means."""

from __future__ import annotations

from pathlib import Path, PurePath, PurePosixPath

from zencompile.frontend.project import VIRTUAL_ROOT
from zencompile.frontend.values import MISSING, Context, Unknown, Value, dunder, type_name
from zencompile.frontend.values.plain import PLAIN, unwrap


def as_path_text(value: Value, context: Context) -> str | Unknown:
    """A path as text, as `os.fspath` gives it."""
    value = unwrap(context.force(value))
    if isinstance(value, (str, Unknown)):
        return value
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    special = dunder(value, "__fspath__")
    if special is not MISSING:
        return as_path_text(context.call(special, [value]), context)
    if type(value) in PLAIN:
        text = f"expected str, bytes or os.PathLike object, not {type_name(value)}"
        raise context.raise_(TypeError(text))
    return context.unknown("a path made of a value that is not read")


def locate(text: str, context: Context) -> Path | None:
    """The file or folder of the project that a path means."""
    file = context.module.file
    located: Path | None = context.evaluator.project.locate(text, file.location if file else None)
    return located


def is_outside(text: str) -> bool:
    """Whether a path can't be of the project: what is there is not asked."""
    pure = PurePosixPath(text)
    return (pure.is_absolute() and not pure.is_relative_to(VIRTUAL_ROOT)) or text.startswith("~") or "://" in text
