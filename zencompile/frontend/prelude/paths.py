"""Paths: computed as POSIX paths; what is asked of the disk is asked of the project only."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path, PurePath, PurePosixPath

from zencompile.disk import Disk
from zencompile.frontend.prelude import files, places
from zencompile.frontend.prelude.places import absolute, as_path_text, is_outside, locate
from zencompile.frontend.project import VIRTUAL_ROOT
from zencompile.frontend.values import MISSING, Context, Generator, NativeFunction, Unknown, Value
from zencompile.frontend.values.builtin_types import ATTRIBUTES, makes
from zencompile.frontend.values.hosts import Host, special_method
from zencompile.frontend.values.operations import represents
from zencompile.frontend.values.plain import unwrap
from zencompile.frontend.values.pure import call_pure

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
        value = unwrap(context.force(argument))
        if isinstance(value, Unknown):
            return value
        value = as_path_text(value, context)
        if isinstance(value, Unknown):
            return value
        parts.append(value)
    return PurePosixPath(*parts)


def exists(text: str, context: Context, kind: str = "any") -> bool | Unknown:
    found = locate(text, context)
    unknown = places.uncertain(text, context, inside=found is None)
    if unknown is not None:
        return unknown
    if found is None:
        if is_outside(text):
            return context.unknown(f"whether `{text[:80]}`, which is outside of the project, exists")
        return False
    if kind == "file":
        return _disk(context).is_file(found)
    return _disk(context).is_folder(found) if kind == "folder" else True


def path_attribute(value: PurePath, name: str, context: Context) -> Value:
    """`path.name`."""
    if name in _VALUES:
        return getattr(value, name)
    if name == "parents":
        return _parents(value)
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
        return NativeFunction(name, lambda a, k, c: _absolute(value, c))
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


def _absolute(value: PurePath, c: Context) -> Value:
    moved = places.changes_of(c).moved
    return moved if moved is not None and not value.is_absolute() else PurePosixPath(absolute(str(value)))


def _renamed(value: PurePath, name: str, a: list[Value], c: Context) -> Value:
    for path in (value, *a[:1]):
        places.change(path, f"`{name}()`", c)
    return a[0] if a else None


def _write(value: PurePath, name: str, c: Context) -> Value:
    places.change(value, f"`{name}()`", c)
    return c.unknown("how much is written")


def _in_home(value: PurePath, c: Context) -> Value:
    """A path with the home directory in the place of `~`."""
    return c.unknown("the home directory") if str(value).startswith("~") else value


def _parents(value: PurePath) -> list[PurePath]:
    """The folders above. A repository may go on above the source root, further than the virtual root shows: `/` stands
    for each of those, so that `Path(__file__).parents[3]` means one of them (`Project.locate` tries each).
    """
    found = list(value.parents)
    return found + [found[-1]] * 8 if found and value.is_relative_to(VIRTUAL_ROOT) else found


def _read(value: PurePath, name: str, a: list[Value], k: dict[str, Value], c: Context) -> Value:
    if name == "open":
        return files.open_file([value, *a], k, c)
    mode = "r" if name == "read_text" else "rb"
    handle = files.open_file([value, mode], {}, c)
    return handle if isinstance(handle, Unknown) else c.call(c.get_attribute(handle, "read"))


def _list(value: PurePath, name: str, a: list[Value], c: Context) -> Value:
    folder = locate(str(value), c)
    unknown = places.uncertain(str(value), c, inside=True)
    if unknown is not None:
        return unknown
    if folder is None:
        if is_outside(str(value)):
            return c.unknown(f"what lies in `{value}`, which is outside of the project")
        if name == "iterdir":
            raise c.raise_(FileNotFoundError(2, "No such file or directory", str(value)))
        return []
    pattern = c.force(a[0]) if a else "*"
    if not isinstance(pattern, str):
        return pattern if isinstance(pattern, Unknown) else c.unknown("the files of a pattern")
    try:
        found = _found(folder, name, pattern, c)
        listed = sorted(os.path.relpath(p, folder) for p in islice(found, _MOST_PATHS))
    except ValueError as error:
        raise c.raise_(ValueError(str(error))) from None
    return Generator(iter([value / p for p in listed]))


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
        return NativeFunction(name, lambda a, k, c: places.changes_of(c).moved or VIRTUAL_ROOT)
    if name == "home":
        return NativeFunction(name, lambda a, k, c: c.unknown("the home directory"))
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
