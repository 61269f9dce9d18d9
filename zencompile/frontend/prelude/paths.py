"""Paths: computed as POSIX paths; what is asked of the disk is asked of the project only."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path, PurePath, PurePosixPath
from typing import Any

from zencompile.disk import Disk
from zencompile.frontend.prelude import files, places
from zencompile.frontend.prelude.helpers import asked_of_machine, of_machine
from zencompile.frontend.prelude.places import as_path_text, is_elsewhere, locate
from zencompile.frontend.values import (
    MISSING,
    Context,
    Generator,
    NativeFunction,
    NativeObject,
    Placed,
    ProjectPath,
    ProjectText,
    Unended,
    Unknown,
    Value,
)
from zencompile.frontend.values.builtin_types import ATTRIBUTES, makes
from zencompile.frontend.values.hosts import Host, special_method
from zencompile.frontend.values.operations import represents
from zencompile.frontend.values.placed import path_of, placed_path, placed_text, shown
from zencompile.frontend.values.pure import call_pure
from zencompile.frontend.virtual import holds_place, is_highest

_VALUES = ("name", "stem", "suffix", "suffixes", "parts", "root", "anchor", "drive", "parent")
_PURE = (
    "as_posix", "as_uri", "is_absolute", "is_relative_to", "joinpath", "match", "relative_to", "with_name", "with_stem",
    "with_suffix", "is_reserved", "with_segments",
)  # fmt: skip
_EFFECTS = ("unlink", "rmdir", "touch", "chmod", "symlink_to", "hardlink_to")
_MOST_PATHS = 10_000
_SAME = ("expanduser", "absolute", "resolve", "readlink")


@makes(PurePath)
def _make(kind: type, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
    if issubclass(kind, pathlib.PureWindowsPath):
        return context.unknown("a path of Windows")
    if keywords:
        return context.unknown("a path that is given by name")
    return make(arguments, context)


def make(arguments: list[Value], context: Context) -> Value:
    """`Path(…)`."""
    parts = []
    for argument in arguments:
        value = as_path_text(argument, context)
        if isinstance(value, Unknown):
            return value.forgotten()
        parts.append(value)
    return placed_path(PurePosixPath(*parts), context)


def exists(text: str, context: Context, kind: str = "any") -> bool | Unknown:
    found = locate(text, context)
    unknown = places.uncertain(text, context, inside=found is None)
    if unknown is not None:
        return unknown
    if found is None:
        if is_elsewhere(text, context):
            return context.unknown(f"whether `{shown(text)[:80]}`, which is outside of the project, exists")
        return False
    if kind == "file":
        return _disk(context).is_file(found)
    return _disk(context).is_folder(found) if kind == "folder" else True


def path_attribute(value: PurePath, name: str, context: Context) -> Value:
    """`path.name`."""
    if name in _VALUES:
        return getattr(value, name)
    if name == "parents":
        return list(value.parents)
    if name in _PURE:
        found = getattr(value, name, None)
        return MISSING if found is None else NativeFunction(name, lambda a, k, c: call_pure(found, a, k, c, name))
    if name in ("exists", "is_file", "is_dir"):
        kind = {"exists": "any", "is_file": "file", "is_dir": "folder"}[name]
        return NativeFunction(name, lambda a, k, c: exists(str(value), c, kind))
    if name in _SAME:
        if name == "expanduser":
            return NativeFunction(name, lambda a, k, c: _in_home(value, c))
        if name == "readlink":
            return NativeFunction(name, lambda a, k, c: c.unknown("what a link points to"))
        return NativeFunction(name, lambda a, k, c: _absolute(value, name, c))
    if name == "mkdir":
        return NativeFunction(name, lambda a, k, c: places.make_folder(value, c))
    if name in _EFFECTS:
        return NativeFunction(name, lambda a, k, c: places.change(value, f"`{name}()`", c))
    if name in ("rename", "replace"):
        return NativeFunction(name, lambda a, k, c: _renamed(value, name, a, c))
    if name in ("read_text", "read_bytes", "open"):
        return NativeFunction(name, lambda a, k, c: _read(value, name, a, k, c))
    if name in ("write_text", "write_bytes"):
        return NativeFunction(name, lambda a, k, c: _write(value, name, c))
    if name in ("glob", "rglob", "iterdir"):
        return NativeFunction(name, lambda a, k, c: _list(value, name, a, c))
    if name == "__class__":
        return pathlib.PosixPath
    if name == "__fspath__":
        return NativeFunction(name, lambda a, k, c: str(value))
    if name in (
        "stat",
        "lstat",
        "owner",
        "group",
        "samefile",
        "is_symlink",
        "is_mount",
        "is_socket",
        "is_fifo",
        "walk",
    ):
        return NativeFunction(name, lambda a, k, c: c.unknown(f"`{name}` of a path"))
    return special_method(value, name, context) if name.startswith("__") else MISSING


def _absolute(value: PurePath, name: str, c: Context) -> Value:
    """`absolute()`, and `resolve()`, which knows what `..` means."""
    moved = places.changes_of(c).moved
    if moved is not None and not value.is_absolute():
        return moved
    if name == "absolute":
        return placed_path(PurePosixPath(places.working_folder(c), value), c)
    return _as_path(places.absolute_text(str(value), c))


def _as_path(text: Value) -> Value:
    """The path of a text, if that is known."""
    found = path_of(text)
    return text if found is None else ProjectPath(found) if isinstance(text, Placed) else found


def _renamed(value: PurePath, name: str, a: list[Value], c: Context) -> Value:
    for path in (value, *a[:1]):
        places.change(path, f"`{name}()`", c)
    return a[0] if a else None


def _write(value: PurePath, name: str, c: Context) -> Value:
    places.change(value, f"`{name}()`", c)
    return c.unknown("how much is written")


def _in_home(value: PurePath, c: Context) -> Value:
    """A path with the home directory in the place of `~`."""
    if not str(value).startswith("~"):
        return value
    return asked_of_machine("pathlib.Path.expanduser", [value], {}, "the home directory", c)


def _read(value: PurePath, name: str, a: list[Value], k: dict[str, Value], c: Context) -> Value:
    path = placed_path(PurePosixPath(value), c)
    if name == "open":
        return files.open_file([path, *a], k, c)
    mode = "r" if name == "read_text" else "rb"
    handle = files.open_file([path, mode], {}, c)
    return handle.forgotten() if isinstance(handle, Unknown) else c.call(c.get_attribute(handle, "read"))


def _list(value: PurePath, name: str, a: list[Value], c: Context) -> Value:
    folder = locate(str(value), c)
    unknown = places.uncertain(str(value), c, inside=True)
    if unknown is not None:
        return unknown
    if folder is None:
        if is_elsewhere(str(value), c):
            return c.unknown(f"what lies in `{shown(str(value))}`, which is outside of the project")
        if name == "iterdir":
            raise c.raise_(FileNotFoundError(2, "No such file or directory", placed_text(str(value), c)))
        return []
    pattern = c.force(a[0]) if a else "*"
    if not isinstance(pattern, str):
        return pattern.forgotten() if isinstance(pattern, Unknown) else c.unknown("the files of a pattern")
    try:
        found = _found(folder, name, pattern, c)
        listed = sorted(os.path.relpath(p, folder) for p in islice(found, _MOST_PATHS))
    except ValueError as error:
        raise c.raise_(ValueError(str(error))) from None
    return Generator(iter([placed_path(PurePosixPath(value / p), c) for p in listed]))


def _found(folder: Path, name: str, pattern: str, c: Context) -> Iterator[Path]:
    disk = _disk(c)
    if name == "iterdir":
        return (folder / entry for entry in disk.entries(folder))
    return disk.glob(folder, f"**/{pattern}" if name == "rglob" else pattern)


def _disk(context: Context) -> Disk:
    disk: Disk = context.evaluator.project.disk
    return disk


def class_attribute(type_: type, name: str, context: Context) -> Value:
    """`Path.cwd`, `Path.home`, and methods that are called on the class."""
    if name == "cwd":
        return NativeFunction(
            name, lambda a, k, c: places.changes_of(c).moved or ProjectPath(PurePosixPath(places.working_folder(c)))
        )
    if name == "home":
        return of_machine("pathlib.Path.home", "the home directory")
    if name.startswith("__"):
        return MISSING
    return NativeFunction(name, lambda a, k, c: c.call(c.get_attribute(make(a[:1], c), name), a[1:], k))


ATTRIBUTES[PurePath] = class_attribute


@represents(PurePath)
class PathHost(Host):
    """Paths."""

    @property
    def type_name(self) -> str:  # type: ignore[override]
        return "PosixPath"

    def binary(self, operator: str, other: Value, reflected: bool, context: Context) -> Value:
        if operator == "/" and isinstance(other, Placed):
            paths = (other.path if isinstance(other, ProjectPath) else PurePosixPath(other.inner), self.value)
            return placed_path(PurePosixPath(*(paths if reflected else paths[::-1])), context)
        return super().binary(operator, other, reflected, context)

    def get_attribute(self, name: str, context: Context) -> Value:
        found = path_attribute(self.value, name, context)
        return self._no_attribute(name, context) if found is MISSING else found

    def truth(self, context: Context) -> bool | Unknown:
        return True

    def representation(self, context: Context) -> str | Unknown:
        return f"PosixPath({str(self.value)!r})"

    def type_of(self, context: Context) -> Value:
        return pathlib.PosixPath

    def is_instance_of(self, class_: Value) -> bool | None:
        if isinstance(class_, type) and issubclass(class_, PurePath):
            return issubclass(pathlib.PosixPath, class_)
        return super().is_instance_of(class_)


# paths of the project


def _attribute_of_project(path: ProjectPath, name: str, context: Context) -> Value:
    """`path.name` of a path whose beginning is not known: what depends on that is unknown."""
    if name in _PLACELESS:
        return getattr(path.path, name)
    if name in _OF_NAME and holds_place(path.path.name):
        return path.unmodelled(f"`{name}`", context)
    if name == "parent":
        return _above(path, 1, context)
    if name == "parents":
        return Parents(path)
    if name in _OWN:
        act = _OWN[name]
        return NativeFunction(name, lambda a, k, c: act(path, a, c) if not k else path.unmodelled(f"`{name}()`", c))
    if name in _CHANGING_NAME:
        return NativeFunction(name, lambda a, k, c: _placed(call_pure(getattr(path.path, name), a, k, c, name), c))
    if name in ("parts", "as_uri", "match", "with_segments"):
        return path.unmodelled(f"`{name}`", context)
    found = path_attribute(path.path, name, context)
    if found is MISSING:
        raise context.raise_(AttributeError(f"'PosixPath' object has no attribute '{name}'"))
    if isinstance(found, NativeFunction):
        return NativeFunction(name, lambda a, k, c: _placed(found.call(a, k, c), c))
    return _placed(found, context)


ProjectPath.attribute = staticmethod(_attribute_of_project)

_PLACELESS = ("root", "anchor", "drive")
_CHANGING_NAME = ("with_name", "with_stem", "with_suffix")
_OF_NAME = ("name", "stem", "suffix", "suffixes", "with_stem", "with_suffix")


def _placed(found: Value, context: Context) -> Value:
    """What Python made of a path, for the program."""
    if isinstance(found, PurePosixPath):
        return placed_path(found, context)
    return placed_text(found, context) if isinstance(found, str) else found


def _above(path: ProjectPath, count: int, context: Context) -> Value:
    """The folder so many above."""
    found = path.path
    for _ in range(count):
        if is_highest(found):
            return context.unknown("a folder too far above the project")
        found = found.parent
    return placed_path(found, context)


def _joined(path: ProjectPath, a: list[Value], c: Context) -> Value:
    return make([path, *a], c)


def _relation(path: ProjectPath, other: PurePath) -> list[str] | bool:
    """The parts of a path that follow another one; whether it can be that there are some, where it isn't known."""
    mine, theirs = path.path.parts, other.parts
    for one, wanted in zip(mine, theirs, strict=False):
        if one != wanted:
            return holds_place(one) or holds_place(wanted)
    return list(mine[len(theirs) :]) if len(mine) >= len(theirs) else False


def _relative_to(path: ProjectPath, a: list[Value], c: Context) -> Value:
    other = make(a, c)
    if isinstance(other, Unknown):
        return other.forgotten()
    found = _relation(path, other.path if isinstance(other, ProjectPath) else other)
    if found is False:
        raise c.raise_(ValueError(f"{path!r} is not in the subpath of {other!r}"))
    return path.unmodelled("`relative_to()`", c) if found is True else placed_path(PurePosixPath(*found), c)


def _is_relative_to(path: ProjectPath, a: list[Value], c: Context) -> Value:
    other = make(a, c)
    if isinstance(other, Unknown):
        return other.forgotten()
    found = _relation(path, other.path if isinstance(other, ProjectPath) else other)
    return path.unmodelled("`is_relative_to()`", c) if found is True else found is not False


_OWN: dict[str, Callable[[ProjectPath, list[Value], Context], Value]] = {
    "joinpath": _joined,
    "relative_to": _relative_to,
    "is_relative_to": _is_relative_to,
    "is_absolute": lambda path, a, c: True,
    "is_reserved": lambda path, a, c: False,
    "as_posix": lambda path, a, c: ProjectText(path.inner),
    "__fspath__": lambda path, a, c: ProjectText(path.inner),
    "__str__": lambda path, a, c: ProjectText(path.inner),
}


class Parents(NativeObject):
    """The folders above a path of the project: how many there are is not known."""

    type_name = "_PathParents"

    def __init__(self, path: ProjectPath) -> None:
        self.path = path

    def get_item(self, key: Value, context: Context) -> Value:
        index = context.force(key)
        if type(index) is not int or index < 0:
            return self.path.unmodelled("`parents`", context)
        return _above(self.path, index + 1, context)

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        return self._known(context)

    def _known(self, context: Context) -> Iterator[Value]:
        count = 1
        while not isinstance(found := _above(self.path, count, context), Unknown):
            yield found
            count += 1
        yield Unended(found.span, found.reason)

    def length(self, context: Context) -> int | Unknown:
        return self.path.unmodelled("the number of `parents`", context)

    def contains(self, item: Value, context: Context) -> Any:
        return next((True for one in self._known(context) if one == item), self.path.unmodelled("`parents`", context))
