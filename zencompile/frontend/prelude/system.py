"""`os`, `os.path`, `pathlib`, `sys`, `glob`, `shutil`: nothing of this machine is looked at."""

from __future__ import annotations

import operator as operators
import os
import pathlib
import posixpath
import sys
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Any

from zencompile.frontend.prelude import paths, places
from zencompile.frontend.prelude.helpers import (
    Keywords,
    Quiet,
    asked_of_machine,
    bind,
    constant,
    module,
    of_machine,
    unknown,
)
from zencompile.frontend.prelude.signatures import Declared
from zencompile.frontend.values import (
    MISSING,
    Context,
    EnvironmentReference,
    Generator,
    NativeFunction,
    NativeModule,
    NativeObject,
    ProjectText,
    Unknown,
    Value,
    operations,
    type_name,
)
from zencompile.frontend.values.hosts import Clock
from zencompile.frontend.values.placed import placed_text
from zencompile.frontend.values.plain import unwrap
from zencompile.frontend.values.pure import call_pure
from zencompile.frontend.virtual import holds_place


def environment_reference(name: Value, default: Value, context: Context, changes: Changes | None = None) -> Value:
    """The value of a variable. `changes` are those of a copy, in place of what the program did to `os.environ`."""
    name = unwrap(context.force(name))
    if isinstance(name, Unknown):
        return name.forgotten()
    if not isinstance(name, str):
        raise context.raise_(TypeError(f"str expected, not {type_name(name)}"))
    changed = (changes_of(context) if changes is None else changes).get(name)
    if changed is DELETED:
        if default is MISSING:
            raise context.raise_(KeyError(name))
        return default
    return EnvironmentReference(name, default, context.span) if changed is MISSING else changed


DELETED = object()
"""In place of a variable that the program took out of `os.environ`."""


_ANY = ""
"""Stands for all variables that aren't named: none has an empty name."""


class Changes:
    """What the program itself put into the environment, or took out of it (`DELETED`), as attributes: what the sides of
    an undecided branch put there is merged as that of any object.
    """

    def __init__(self, others: Changes | None = None) -> None:
        if others is not None:
            self.__dict__.update(others.__dict__)

    def get(self, name: str) -> Value:
        return self.__dict__.get(name, self.__dict__.get(_ANY, MISSING))

    def forget(self, unknown: Unknown, context: Context) -> None:
        """Any variable may have been put there."""
        context.touch(self)
        self.__dict__.clear()
        self.__dict__[_ANY] = unknown

    def set(self, name: str, value: Value, context: Context) -> None:
        context.touch(self)
        self.__dict__[name] = value


def changes_of(context: Context) -> Changes:
    """What the program did to `os.environ`."""
    found: Changes = context.evaluator.__dict__.setdefault("_environment_changes", Changes())
    return found


class Environment(NativeObject):
    """`os.environ`."""

    type_name = "environ"

    def changes(self, context: Context) -> Changes:
        """What the program put into it."""
        return changes_of(context)

    def change(self, name: str, value: Value, context: Context) -> None:
        """The program puts a variable into it, or takes it out (`DELETED`)."""
        context.acts("a variable of the environment is set")
        changes_of(context).set(name, value, context)

    def get_item(self, key: Value, context: Context) -> Value:
        return environment_reference(key, MISSING, context, self.changes(context))

    def set_item(self, key: Value, value: Value, context: Context) -> None:
        name = unwrap(context.force(key))
        if isinstance(name, str):
            self.change(name, value, context)

    def contains(self, item: Value, context: Context) -> bool | Unknown:
        name = unwrap(context.force(item))
        if isinstance(name, Unknown):
            return name.forgotten()
        changed = self.changes(context).get(name)
        if changed is DELETED:
            return False
        if isinstance(changed, Unknown):
            return changed.forgotten()
        if changed is not MISSING or name in context.evaluator.environment:
            return True
        context.evaluator.unset += 1
        return False

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        return context.unknown("the environment")

    def length(self, context: Context) -> int | Unknown:
        return context.unknown("the environment")

    def get_attribute(self, name: str, context: Context) -> Value:
        if name == "get":
            return NativeFunction(name, self._get)
        if name == "setdefault":
            return Declared(name, "key, default=None", self._set_default)
        if name == "pop":
            return Declared(name, "key, default=...", self._pop)
        if name == "update":
            return NativeFunction(name, self._update)
        if name == "copy":
            return NativeFunction(name, lambda a, k, c: EnvironmentCopy(self.changes(c)))
        if name in ("items", "keys", "values"):
            return unknown(name, "the environment")
        return super().get_attribute(name, context)

    def _set_default(self, a: list[Value], k: Keywords, c: Context) -> Value:
        found = environment_reference(a[0], a[1], c, self.changes(c))
        self.set_item(a[0], found, c)
        return found

    def _get(self, a: list[Value], k: Keywords, c: Context) -> Value:
        given = bind("key default", a, k, c, "get")
        return environment_reference(given.get("key"), given.get("default"), c, self.changes(c))

    def _pop(self, a: list[Value], k: Keywords, c: Context) -> Value:
        found = environment_reference(a[0], a[1], c, self.changes(c))
        self._forget(a[0], c)
        return found

    def delete_item(self, key: Value, context: Context) -> None:
        self._forget(key, context)

    def _forget(self, key: Value, context: Context) -> None:
        name = unwrap(context.force(key))
        if isinstance(name, str):
            self.change(name, DELETED, context)

    def _update(self, a: list[Value], k: Keywords, c: Context) -> Value:
        changes = operations.mapping(a[0], c) if a else {}
        if isinstance(changes, Unknown):
            self.changes(c).forget(changes.forgotten(), c)
            changes = {}
        for name, value in {**changes, **k}.items():
            self.set_item(name, value, c)
        return None

    def binary(self, operator: str, other: Value, reflected: bool, context: Context) -> Value:
        if operator != "|":
            return MISSING
        found = operations.as_object(context.force(other)).mapping(context)
        if found is MISSING:
            return MISSING
        if reflected or isinstance(found, Unknown):
            return context.unknown("the environment")
        made = EnvironmentCopy(self.changes(context))
        for name, value in found.items():
            made.set_item(name, value, context)
        return made

    def in_place(self, operator: str, other: Value, context: Context) -> Value:
        if operator != "|":
            return MISSING
        self._update([other], {}, context)
        return self

    def text(self, context: Context) -> str | Unknown:
        return context.unknown("the environment")


class EnvironmentCopy(Environment):
    """A dictionary of all variables of the environment, with what the program puts into it: the environment stays."""

    type_name = "dict"

    def __init__(self, changes: Changes) -> None:
        super().__init__()
        self.own = Changes(changes)

    def changes(self, context: Context) -> Changes:
        return self.own

    def change(self, name: str, value: Value, context: Context) -> None:
        self.own.set(name, value, context)


def _getenv(a: list[Value], k: Keywords, c: Context) -> Value:
    given = bind("key default", a, k, c, "getenv")
    return environment_reference(given.get("key"), given.get("default"), c)


def _path_function(name: str, function: Any) -> NativeFunction:
    """A function of `os.path` that only computes with texts. Where the project lies is no matter to it, unless it takes
    something off the name of the project's folder."""

    def act(a: list[Value], k: Keywords, c: Context) -> Value:
        texts = []
        for argument in a:
            text = places.as_path_text(argument, c)
            if isinstance(text, Unknown):
                return text.forgotten()
            if isinstance(c.force(argument), bytes):
                return c.unknown("a path of bytes")
            texts.append(text)
        try:
            found = function(*texts)
        except Exception as error:
            raise c.raise_(error) from None
        return _placed(found, c)

    made = NativeFunction(name, act)
    made.is_pure = True
    return made


def _placed(found: Value, c: Context) -> Value:
    """What Python's own function made of texts, for the program."""
    if isinstance(found, str):
        return placed_text(found, c)
    if isinstance(found, tuple):
        return tuple(_placed(one, c) for one in found)
    return found


def _normalizing(name: str, normal: Callable[[str, Context], Value]) -> Declared:
    def act(a: list[Value], k: Keywords, c: Context) -> Value:
        text = places.as_path_text(a[0], c)
        if isinstance(text, Unknown):
            return text.forgotten()
        return c.unknown("a path of bytes") if isinstance(c.force(a[0]), bytes) else normal(text, c)

    return Declared(name, "path, *, strict=False" if name == "realpath" else "path", act)


def _splitext(a: list[Value], k: Keywords, c: Context) -> Value:
    text = places.as_path_text(a[0], c)
    if isinstance(text, str) and holds_place(posixpath.basename(text)):
        return c.unknown("whether the name of the project's folder has an ending")
    return _SPLITEXT.call(a, k, c)


_SPLITEXT = _path_function("splitext", posixpath.splitext)


def _exists(name: str, kind: str) -> NativeFunction:
    def act(a: list[Value], k: Keywords, c: Context) -> Value:
        text = places.as_path_text(a[0] if a else k.get("path", ""), c)
        return text.forgotten() if isinstance(text, Unknown) else paths.exists(text, c, kind)

    return NativeFunction(name, act)


def _listdir(a: list[Value], k: Keywords, c: Context) -> Value:
    text = places.as_path_text(a[0] if a else k.get("path", "."), c)
    if isinstance(text, Unknown):
        return text.forgotten()
    listed = paths._list(PurePosixPath(text), "iterdir", [], c)
    if isinstance(listed, Generator):
        return [c.get_attribute(path, "name") for path in listed.source]
    return listed


def _glob(a: list[Value], k: Keywords, c: Context) -> Value:
    text = places.as_path_text(a[0], c) if a else c.unknown("a pattern")
    if isinstance(text, Unknown):
        return text.forgotten()
    parts = PurePosixPath(text).parts
    plain = next((i for i, p in enumerate(parts) if any(ch in p for ch in "*?[")), len(parts))
    folder, pattern = PurePosixPath(*parts[:plain]), "/".join(parts[plain:])
    if not pattern:
        return [placed_text(text, c)] if paths.exists(text, c) is True else []
    listed = paths._list(folder, "glob", [pattern], c)
    return [operations.as_object(p).text(c) for p in listed.source] if isinstance(listed, Generator) else listed


def _plain_path(path: Value, sign: str, what: str, c: Context) -> Value:
    """A path as it is, unless it holds a sign that the machine says something about."""
    text = places.as_path_text(path, c)
    if isinstance(text, Unknown):
        return text.forgotten()
    if sign in text or isinstance(c.force(path), bytes):
        name = "expanduser" if sign == "~" else "expandvars"
        return asked_of_machine(f"os.path.{name}", [path], {}, what, c)
    if sign == "$" and holds_place(text):
        return c.unknown("whether the path to the project has a `$` in it")
    return placed_text(text, c)


def _relpath(a: list[Value], k: Keywords, c: Context) -> Value:
    texts = [places.as_path_text(one, c) for one in a]
    unknown = next((text.forgotten() for text in texts if isinstance(text, Unknown)), None)
    if unknown is not None:
        return unknown
    wanted, origin = (places.absolute(str(text), c) for text in texts)
    if holds_place(wanted) is not holds_place(origin):
        return c.unknown("the way from or to a folder outside of the project")
    return placed_text(posixpath.relpath(wanted, origin), c)


def _by_working_directory(function: Declared) -> NativeFunction:
    return NativeFunction(function.name, lambda a, k, c: places.changes_of(c).moved or function.call(a, k, c))


_PATH = {
    **{n: _path_function(n, getattr(posixpath, n)) for n in (
        "basename", "dirname", "join", "split", "isabs", "normcase", "splitdrive")},
    "splitext": Declared("splitext", "p", _splitext),
    "normpath": _normalizing("normpath", places.normal_text),
    "abspath": _by_working_directory(_normalizing("abspath", places.absolute_text)),
    "realpath": _by_working_directory(_normalizing("realpath", places.absolute_text)),
    "commonprefix": Declared("commonprefix", "m", lambda a, k, c: call_pure(posixpath.commonprefix, a, {}, c)),
    "relpath": _by_working_directory(Declared("relpath", "path, start='.'", _relpath)),
    "expanduser": Declared("expanduser", "path", lambda a, k, c: _plain_path(a[0], "~", "the home directory", c)),
    "expandvars": Declared("expandvars", "path", lambda a, k, c: _plain_path(a[0], "$", "the environment", c)),
    "exists": _exists("exists", "any"),
    "lexists": _exists("lexists", "any"),
    "isfile": _exists("isfile", "file"),
    "isdir": _exists("isdir", "folder"),
    "islink": constant("islink", False),
    "getsize": unknown("getsize", "the size of a file"),
    "getmtime": unknown("getmtime", "the time of a file"),
    "commonpath": NativeFunction("commonpath", lambda a, k, c: c.unknown("a common path")),
    "sep": "/",
    "pathsep": ":",
    "curdir": ".",
    "pardir": "..",
    "extsep": ".",
}  # fmt: skip
_os_path = module("os.path", _PATH)

_QUIET = ("umask", "nice", "sync", "fsync", "close")
_ACTING = ("chmod", "putenv", "unsetenv", "system", "kill", "killpg", "utime", "chown")
_CHANGING = ("remove", "unlink", "rmdir", "removedirs", "rename", "replace", "renames", "symlink", "link", "truncate")


def changing(name: str, made: Value = None) -> NativeFunction:
    """A function that changes the files or folders that its first two arguments name."""

    def act(a: list[Value], k: Keywords, c: Context) -> Value:
        for path in (*a, *k.values()):
            if type(c.force(path)) not in (int, bool):
                places.change(path, f"`{name}()`", c)
        return c.unknown(f"what `{name}()` gives") if made is MISSING else made

    return NativeFunction(name, act)


def acting(name: str) -> NativeFunction:
    """A function that is called for what it does, and that nothing here can see."""

    def act(a: list[Value], k: Keywords, c: Context) -> Value:
        c.acts(f"`{name}()` is called")
        return c.unknown(f"what `{name}()` gives") if name == "system" else None

    return NativeFunction(name, act)


def copying(name: str) -> NativeFunction:
    """A function that makes or changes the file or folder that its second argument names."""

    def act(a: list[Value], k: Keywords, c: Context) -> Value:
        places.change(a[1] if len(a) > 1 else k.get("dst", ""), f"`{name}()`", c)
        return c.unknown(f"what `{name}()` gives")

    return NativeFunction(name, act)


def _make_folder(a: list[Value], k: Keywords, c: Context) -> Value:
    places.make_folder(a[0] if a else k.get("name", k.get("path")), c)
    return None


def _move(a: list[Value], k: Keywords, c: Context) -> Value:
    places.move(a[0] if a else k.get("path"), c)
    return None


def _fspath(path: Value, c: Context) -> Value:
    value = c.force(path)
    if isinstance(value, bytes):
        return value
    text = places.as_path_text(value, c)
    return text.forgotten() if isinstance(text, Unknown) else placed_text(text, c)


def _exit(a: list[Value], k: Keywords, c: Context) -> Value:
    raise c.raise_(SystemExit(*[c.force(x) for x in a[:1]]))


_os = module(
    "os",
    {
        "path": _os_path,
        "environ": Environment(),
        "getenv": NativeFunction("getenv", _getenv),
        "getcwd": NativeFunction(
            "getcwd", lambda a, k, c: places.changes_of(c).moved or ProjectText(places.working_folder(c))
        ),
        "chdir": NativeFunction("chdir", _move),
        "makedirs": NativeFunction("makedirs", _make_folder),
        "mkdir": NativeFunction("mkdir", _make_folder),
        **{name: changing(name) for name in _CHANGING},
        "listdir": NativeFunction("listdir", _listdir),
        "fspath": Declared("fspath", "path", lambda a, k, c: _fspath(a[0], c)),
        "sep": "/",
        "linesep": "\n",
        "pathsep": ":",
        "curdir": ".",
        "pardir": "..",
        "devnull": "/dev/null",
        "name": "posix",
        "PathLike": os.PathLike,
        "_exit": NativeFunction("_exit", _exit),
        "abort": NativeFunction("abort", _exit),
        "cpu_count": of_machine("os.cpu_count", "the number of processors"),
        "getpid": unknown("getpid", "the process"),
        "urandom": Clock("os.urandom", "random bytes"),
        "walk": unknown("walk", "the files of a folder"),
        "scandir": unknown("scandir", "the files of a folder"),
        "uname": of_machine("os.uname", "the machine"),
        "getlogin": of_machine("os.getlogin", "the user"),
        **{name: constant(name) for name in _QUIET},
        **{name: acting(name) for name in _ACTING},
    },
)


class LoadedModules(NativeObject):
    """`sys.modules`: what it holds of the project is known."""

    type_name = "dict"

    def get_item(self, key: Value, context: Context) -> Value:
        key = context.force(key)
        module = context.evaluator.modules.get(key) if isinstance(key, str) else None
        return module if module is not None else context.unknown("which modules are imported")

    def contains(self, item: Value, context: Context) -> bool | Unknown:
        item = context.force(item)
        if isinstance(item, str) and item in context.evaluator.modules:
            return True
        if isinstance(item, str) and context.evaluator.project.find(item) is not None:
            return False  # of the project, and not imported yet
        return context.unknown("which modules are imported")

    def get_attribute(self, name: str, context: Context) -> Value:
        if name == "get":
            return NativeFunction(name, lambda a, k, c: self.get_item(a[0], c))
        if name == "pop":
            return NativeFunction(name, lambda a, k, c: self._pop(a, c))
        return context.unknown("which modules are imported")

    def _pop(self, arguments: list[Value], context: Context) -> Value:
        key = context.force(arguments[0])
        found = context.evaluator.modules.pop(key, MISSING) if isinstance(key, str) else MISSING
        return context.unknown("which modules are imported") if found is MISSING else found

    def delete_item(self, key: Value, context: Context) -> None:
        """Forget a module: the next import runs it again."""
        self._pop([key], context)

    def set_item(self, key: Value, value: Value, context: Context) -> None:
        """Put a module, or what stands for one, in the place of what an import would find."""
        key = context.force(key)
        if isinstance(key, str):
            context.evaluator.modules[key] = value


class Sys(NativeModule):
    """`sys`."""

    def own_attribute(self, name: str, context: Context) -> Value:
        if name == "argv":
            ev = context.evaluator
            kept = ev.__dict__.get("_argv")
            if kept is None:
                kept = ev.__dict__["_argv"] = [ev.project.path_name(ev.project.entry), *ev.arguments]
            return kept
        if name == "path":
            return context.evaluator.system_path
        if name == "modules":
            return LoadedModules()
        return super().own_attribute(name, context)

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        if name == "path" and isinstance(value, list):
            context.evaluator.system_path = value
        elif name not in ("path", "modules"):
            super().set_attribute(name, value, context)


class VersionInfo(NativeObject):
    """`sys.version_info`: its major and minor number are those of images, anything finer is unknown. The compiler's own
    Python must not decide, or a DAG would differ between machines."""

    type_name = "version_info"

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        if isinstance(other, tuple) and other and all(isinstance(x, int) for x in other):
            python = context.evaluator.python
            if other[:2] == python:  # 3.11.4 is more than (3, 11), and a micro number is not known
                if len(other) == 2:
                    return operator in (">=", ">", "!=")
            elif operator in _ORDER:
                return _ORDER[operator](python, other)
        return context.unknown(_VERSION_UNKNOWN)

    def get_attribute(self, name: str, context: Context) -> Value:
        return {"major": 3, "minor": context.evaluator.python[1]}.get(name) or context.unknown(_VERSION_UNKNOWN)

    def get_item(self, key: Value, context: Context) -> Value:
        if key in (0, 1):
            return context.evaluator.python[key]
        if isinstance(key, slice):
            return context.evaluator.python[key] if key.stop is not None and 0 <= key.stop <= 2 else self
        return context.unknown(_VERSION_UNKNOWN)

    def text(self, context: Context) -> str | Unknown:
        return context.unknown(_VERSION_UNKNOWN)


_VERSION_UNKNOWN = "the version of Python that steps will run on"
_ORDER: dict[str, Any] = {
    "<": operators.lt, "<=": operators.le, ">": operators.gt, ">=": operators.ge, "==": operators.eq,
    "!=": operators.ne,
}  # fmt: skip


def _add_site(a: list[Value], k: Keywords, c: Context) -> Value:
    c.evaluator.system_path.extend(a[:1])
    return None


def _handled(a: list[Value], k: Keywords, c: Context) -> Value:
    if not c.evaluator.handling:
        return None, None, None
    exception = c.evaluator.handling[-1].value
    return operations.type_of(exception, c), exception, c.unknown("a traceback")


_sys = Sys(
    "sys",
    {
        "exit": NativeFunction("exit", _exit),
        "platform": "linux",
        "byteorder": "little",
        "maxsize": sys.maxsize,
        "version_info": VersionInfo(),
        "stdout": Quiet("stream"),
        "stderr": Quiet("stream"),
        "stdin": Quiet("stream"),
        "executable": "python",
        "getrecursionlimit": constant("getrecursionlimit", 1000),
        "setrecursionlimit": constant("setrecursionlimit"),
        "exc_info": NativeFunction("exc_info", _handled),
        "float_info": sys.float_info,
        "flags": Quiet("flags"),
    },
)

_pathlib = module(
    "pathlib",
    {
        "Path": pathlib.Path,
        "PosixPath": pathlib.PosixPath,
        "PurePath": pathlib.PurePath,
        "PurePosixPath": pathlib.PurePosixPath,
        "PureWindowsPath": pathlib.PureWindowsPath,
    },
)

MODULES = {
    "os": _os,
    "os.path": _os_path,
    "posixpath": _os_path,
    "pathlib": _pathlib,
    "sys": _sys,
    "site": module("site", {"addsitedir": NativeFunction("addsitedir", _add_site)}),
    "glob": module("glob", {"glob": NativeFunction("glob", _glob), "iglob": NativeFunction("iglob", _glob)}),
    "shutil": module(
        "shutil",
        {name: copying(name) for name in ("copy", "copy2", "copyfile", "copytree")}
        | {"rmtree": changing("rmtree"), "move": changing("move", MISSING), "chown": acting("chown")}
        | {"make_archive": acting("make_archive")}
        | {"which": unknown("which", "the programs of this machine")},
    ),
    "tempfile": module(
        "tempfile",
        {n: unknown(n, "a temporary path") for n in (
            "mkdtemp", "mkstemp", "NamedTemporaryFile", "TemporaryDirectory", "TemporaryFile", "mktemp")}
        | {"gettempdir": of_machine("tempfile.gettempdir", "the folder for temporary files")},
    ),
}  # fmt: skip
