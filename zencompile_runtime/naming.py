"""Which names code says, which it makes when it runs, and whether it can see that a name is there which nothing says.

A function that nothing decorates and nobody names is no matter of a module's top level, unless code lists the names of
modules, or asks for names that it makes up and goes on where there is none. What looks like that counts as that.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

_SPACES = frozenset(
    {"globals", "locals", "vars", "dir", "__dict__", "f_globals", "f_locals", "__globals__", "run_path", "run_module"}
)
"""What gives the names of a module, or of what a file of code defines."""
_LISTING = frozenset({"getmembers", "members", "doctest", "pydoc", "loadTestsFromModule"})
_LISTING |= {"get_objects", "get_referrers", "get_referents"}
_LOOKUPS = frozenset({"getattr", "hasattr", "attrgetter", "methodcaller"})
_IMPORTERS = frozenset({"import_module", "__import__"})
_OTHERS = frozenset({"setattr", "delattr", "reload", "isinstance", "print", "id"})
_CAUGHT = frozenset(
    {"AttributeError", "KeyError", "NameError", "LookupError", "ImportError", "Exception", "BaseException"}
)
_NAME = re.compile(r"[^\W\d]\w*")

_CALM_TEXT = """
    __future__ abc argparse array asyncio atexit base64 binascii bisect bz2 calendar cmath collections
    concurrent configparser contextlib contextvars copy csv ctypes dataclasses datetime decimal difflib email
    enum errno fcntl filecmp fileinput fnmatch fractions functools getpass glob graphlib gzip hashlib heapq hmac
    html http importlib io ipaddress itertools json keyword linecache locale logging lzma math mimetypes mmap
    multiprocessing netrc numbers operator os pathlib pickle platform plistlib posixpath pprint pwd queue random
    re resource sched secrets select selectors shelve shlex shutil signal site smtplib socket sqlite3 ssl stat
    statistics string struct subprocess sys sysconfig tarfile tempfile textwrap threading time tomllib
    traceback types typing unicodedata urllib uuid warnings weakref xml zipfile zipimport zlib zoneinfo
"""
CALM = frozenset(_CALM_TEXT.split())
"""Modules of the standard library that read neither docstrings nor annotations of functions, but by `READING`."""

_READING_TEXT = """
    __doc__ __annotations__ __annotate__ __getattribute__ __match_args__ __setattr__ ag_code co_consts cr_code
    f_code gi_code format_map vformat Formatter get_annotations get_overloads get_type_hints getdoc
    getfullargspec resolve_name singledispatch singledispatchmethod dictConfig fileConfig Cmd TestCase register_function
    register_instance
"""
READING = frozenset(_READING_TEXT.split())
"""Names by which code comes to docstrings and annotations of functions and classes, or to all constants of code."""

_METACLASSES = ("Meta", "EnumType")


class Said(NamedTuple):
    """What some code says.

    `names` are all that it may mean: its names and attributes, and those in its texts; `handed` those that stand for
    themselves somewhere, and not for what calling them gives; `arguments` those that calls are given. `computed` tells
    that it looks up names that it makes, `caught` that it may go on where there is none, `lists` that it may list them;
    `gives` that it hands on modules which it imports by their names; `reads` that it may read docstrings and
    annotations.
    """

    names: frozenset[str] = frozenset()
    handed: frozenset[str] = frozenset()
    arguments: frozenset[str] = frozenset()
    computed: bool = False
    caught: bool = False
    lists: bool = False
    gives: bool = False
    reads: bool = False

    @property
    def sees_all(self) -> bool:
        """Whether it can see that a name is there that it doesn't say."""
        return self.lists or (self.computed and (self.caught or "__getattr__" in self.names))


def union(several: Iterable[Said]) -> Said:
    """What all of them say."""
    every = list(several)
    return Said(
        frozenset().union(*(one.names for one in every)),
        frozenset().union(*(one.handed for one in every)),
        frozenset().union(*(one.arguments for one in every)),
        any(one.computed for one in every),
        any(one.caught for one in every),
        any(one.lists for one in every),
        any(one.gives for one in every),
        any(one.reads for one in every),
    )


def is_calm(path: str) -> bool:
    """Whether something of the standard library, by its dotted path, reads neither docstrings nor annotations."""
    first, *others = path.split(".")
    return first in CALM and "*" not in others and READING.isdisjoint(others)


def said(nodes: Iterable[ast.AST], local: bool = False) -> Said:
    """What some parts of a tree say; `local` tells that they are the body of a function, whose names are its own."""
    return _Reader(list(nodes), local).said()


class _Reader:
    def __init__(self, nodes: list[ast.AST], local: bool) -> None:
        self.nodes, self.local = nodes, local
        self.parents: dict[ast.AST, ast.AST] = {}
        self.names: set[str] = set()
        self.handed: set[str] = set()
        self.arguments: set[str] = set()
        self.computed = self.caught = self.lists = self.gives = self.reads = False

    def said(self) -> Said:
        every = list(self._walk())
        for node in every:
            self._node(node)
        names, handed, arguments = frozenset(self.names), frozenset(self.handed), frozenset(self.arguments)
        reads = self.reads or self.lists or not READING.isdisjoint(names)
        return Said(names, handed, arguments, self.computed, self.caught, self.lists, self.gives, reads)

    def _walk(self) -> Iterator[ast.AST]:
        todo = list(self.nodes)
        while todo:
            node = todo.pop()
            yield node
            for inner in ast.iter_child_nodes(node):
                self.parents[inner] = node
                todo.append(inner)

    def _node(self, node: ast.AST) -> None:
        if isinstance(node, (ast.Name, ast.Attribute)):
            self._name(node, node.id if isinstance(node, ast.Name) else node.attr)
        elif isinstance(node, ast.Constant):
            self._text(node.value)
        elif isinstance(node, ast.ExceptHandler):
            self.caught = self.caught or node.type is None or not _CAUGHT.isdisjoint(_said_by(node.type))
        elif isinstance(node, ast.Import):
            self.reads = self.reads or any(map(_may_read, (alias.name for alias in node.names)))
        elif isinstance(node, ast.ImportFrom):
            self._from(node)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            self.names.add(node.name)
            self.reads = self.reads or (isinstance(node, ast.ClassDef) and any(map(_is_metaclass, node.bases)))
        elif isinstance(node, ast.MatchClass):
            self.names.update(node.kwd_attrs)
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            self.names.update(node.names)
        elif isinstance(node, ast.keyword) and node.arg is not None:
            self.names.add(node.arg)

    def _from(self, node: ast.ImportFrom) -> None:
        self.names.update(part for alias in node.names for part in alias.name.split("."))
        renamed = (alias.name for alias in node.names if alias.asname not in (None, alias.name))
        if not _LOOKUPS.isdisjoint(renamed):
            self.computed = self.reads = True
        if not node.level:
            self.reads = self.reads or any(_may_read(f"{node.module}.{alias.name}") for alias in node.names)

    def _text(self, value: object) -> None:
        if isinstance(value, str):
            found = _NAME.findall(value)
            self.names.update(found)
            self.handed.update(found)

    def _name(self, node: Any, name: str) -> None:
        self.names.add(name)
        parent = self.parents.get(node)
        call = parent if isinstance(parent, ast.Call) and parent.func is node else None
        if call is None:
            self.handed.add(name)
            if isinstance(parent, (ast.Call, ast.keyword, ast.Starred)) and not self._is_asked(node, parent):
                self.arguments.add(name)
        if name in _SPACES:
            self._space(node, call)
        elif name in _LISTING:
            self.lists = True
        elif name in _LOOKUPS:
            self._lookup(name, call)
        elif name in _IMPORTERS:
            self._imported(call, 0)
            texts = [one.value for one in call.args if isinstance(one, ast.Constant)] if call is not None else []
            self.reads = self.reads or any(isinstance(one, str) and _may_read(one) for one in texts)
        elif name == "help" and isinstance(node, ast.Name):
            self.reads = True
        elif name == "format" and isinstance(node, ast.Attribute):
            self.reads = self.reads or not isinstance(node.value, (ast.Constant, ast.JoinedStr))
        elif name in ("eval", "exec"):
            self._code(call)
        elif name == "suppress" and call is not None:
            self.caught = self.caught or any(not _CAUGHT.isdisjoint(_said_by(one)) for one in call.args)

    def _is_asked(self, node: ast.AST, parent: Any) -> bool:
        """Whether a call that is given a name does no more than looking into what it stands for."""
        name = getattr(parent, "func", None)
        called = name.id if isinstance(name, ast.Name) else name.attr if isinstance(name, ast.Attribute) else ""
        return called in _LOOKUPS | _OTHERS | {"vars", "dir"}

    def _lookup(self, name: str, call: ast.Call | None) -> None:
        if call is None:
            self.lists = True
            return
        asked = call.args[1:2] if name in ("getattr", "hasattr") else call.args
        if asked and all(isinstance(one, ast.Constant) for one in asked):
            return
        self.computed = True
        self.caught = self.caught or name == "hasattr" or len(call.args) > 2 or bool(call.keywords)
        self.reads = self.reads or not (name == "hasattr" or self._is_called(call) or all(map(_is_no_special, asked)))

    def _is_called(self, node: ast.AST) -> bool:
        """Whether a value is called at once: so it is neither a docstring nor annotations."""
        parent = self.parents.get(node)
        return isinstance(parent, ast.Call) and parent.func is node

    def _code(self, call: ast.Call | None) -> None:
        """`exec` of a text that isn't there to be read may do anything with the names that it is given."""
        if call is None:
            self.lists = True
        elif not (call.args and isinstance(call.args[0], ast.Constant)):
            self.computed = self.reads = True
            self.lists = self.lists or len(call.args) < 2

    def _space(self, node: ast.AST, call: ast.Call | None) -> None:
        is_value = isinstance(node, ast.Attribute) and node.attr.startswith(("__", "f_"))
        if call is None and not is_value:
            self.lists = True
        else:
            self._used(call or node, 0)

    def _used(self, node: ast.AST, depth: int) -> None:
        """What is done with a table of names."""
        parent = self.parents.get(node)
        if isinstance(parent, ast.Subscript) and parent.value is node:
            computed = not isinstance(parent.slice, ast.Constant)
            self.computed = self.computed or computed
            self.reads = self.reads or (computed and not self._is_called(parent))
        elif isinstance(parent, ast.Attribute) and parent.attr in ("get", "pop", "setdefault", "update"):
            call = self.parents.get(parent)
            if parent.attr != "update" and not _asks_by_constant(call):
                self.lists = True
        elif isinstance(parent, ast.Compare) and parent.left is not node:
            self.lists = self.lists or not isinstance(parent.left, ast.Constant)
        elif isinstance(parent, ast.Expr):
            return
        elif isinstance(parent, ast.Assign) and depth == 0 and all(isinstance(one, ast.Name) for one in parent.targets):
            self._assigned({one.id for one in parent.targets if isinstance(one, ast.Name)})
        else:
            self.lists = True

    def _imported(self, module: ast.AST | None, depth: int) -> None:
        """What is done with a module that a call gives: to take something from it hands it to nobody."""
        parent = self.parents.get(module) if module is not None else None
        if isinstance(parent, (ast.Attribute, ast.Expr)):
            return
        if isinstance(parent, ast.Call) and parent.args[:1] == [module] and _said_by(parent.func) <= {"getattr"}:
            return
        names = {one.id for one in getattr(parent, "targets", ()) if isinstance(one, ast.Name)}
        if depth or not isinstance(parent, ast.Assign) or len(names) < len(parent.targets) or not self.local:
            self.gives = True
            return
        for node in list(self.parents):
            if isinstance(node, ast.Name) and node.id in names and isinstance(node.ctx, ast.Load):
                self._imported(node, 1)

    def _assigned(self, names: set[str]) -> None:
        for node in list(self.parents):
            if isinstance(node, ast.Name) and node.id in names and isinstance(node.ctx, ast.Load):
                self._used(node, 1)


def _may_read(path: str) -> bool:
    """Whether something that is imported is of the standard library, and may read docstrings and annotations."""
    return path.partition(".")[0] in sys.stdlib_module_names and not is_calm(path)


def _is_no_special(name: ast.expr) -> bool:
    """Whether a name that code makes begins with a text that no special name begins with."""
    if isinstance(name, ast.BinOp) and isinstance(name.op, ast.Add):
        return _is_no_special(name.left)
    first = name.values[0] if isinstance(name, ast.JoinedStr) and name.values else name
    return isinstance(first, ast.Constant) and isinstance(first.value, str) and first.value[:1] not in ("", "_")


def _is_metaclass(base: ast.expr) -> bool:
    """Whether a class with this base makes classes: it is given all that is in them."""
    name = base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")
    return name == "type" or name.endswith(_METACLASSES)


def _asks_by_constant(call: ast.AST | None) -> bool:
    return isinstance(call, ast.Call) and bool(call.args) and isinstance(call.args[0], ast.Constant)


def _said_by(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)} | {
        one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)
    }
