"""Modules of the project are compiled from the bytes whose digest is recorded, whatever else lies about.

Python takes bytecode for a text by the text's size and time, which archives, images and restored backups keep equal
for other texts. Here bytecode is kept by what it was compiled of: its file names the SHA-256 of the source, of the
place and of what compiled it, and that of itself. What anything else wrote is never read. Where nothing can be written,
nothing is.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import importlib._bootstrap_external as external
import marshal
import os
import stat
import sys
from importlib.machinery import (
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    ModuleSpec,
    SourceFileLoader,
)
from types import CodeType, ModuleType
from typing import Any, NamedTuple

from zencompile_runtime import own
from zencompile_runtime.observing import loaded, native, units, words
from zencompile_runtime.observing.places import is_projects
from zencompile_runtime.observing.session import quiet, state

_HEADER = b"zencompile bytecode 1\n"
_SIZE = len(_HEADER) + 64


class Compiled(NamedTuple):
    """A module's code as it is stored, the names of its units, and what its parts import."""

    code: CodeType
    names: list[str]
    imports: dict[str, list[str]]


_ahead: dict[str, tuple[str, CodeType, dict[str, list[str]]]] = {}


class ProjectLoader(SourceFileLoader):
    """Loads a module of the project."""

    def get_code(self, fullname: str) -> CodeType:
        """The code of the module's file as it is now, which is about to be executed. Raises OSError, SyntaxError and
        ValueError.
        """
        loaded.names.add(fullname)
        return load(self.path, _by_runpy())


class Finder(FileFinder):
    """Finds modules in a folder of the project, and tells what was not found."""

    def __init__(self, path: str) -> None:
        super().__init__(path, (ExtensionFileLoader, EXTENSION_SUFFIXES), (ProjectLoader, SOURCE_SUFFIXES))

    def _fill_cache(self) -> None:
        native.imported(self.path, super()._fill_cache)  # type: ignore[misc]

    def find_spec(self, fullname: str, target: ModuleType | None = None) -> ModuleSpec | None:
        """The spec of a module in the folder."""
        spec = super().find_spec(fullname, target)
        if spec is None or spec.loader is None:
            loaded.absent(f"{self.path}{os.sep}{fullname.rpartition('.')[2]}")
        elif isinstance(spec.loader, ProjectLoader):
            spec.__class__ = loaded.WatchedSpec
            loaded.found(spec.loader.path)
        elif spec.origin is not None:
            loaded.library(spec.origin)
        return spec


_roots: list[str] = []
_usual_code: Any = SourceFileLoader.get_code


def install(inside: str) -> None:
    """Load the modules below a folder ourselves, whatever way leads to them."""
    if not _roots:
        SourceFileLoader.get_code = _get_code  # type: ignore[method-assign, assignment]
    if inside not in _roots:
        _roots.append(inside)


def install_finder(root: str) -> None:
    """Let the modules below a folder be found and loaded here."""
    inside = root.rstrip(os.sep) + os.sep
    install(inside)

    def hook(path: str) -> FileFinder:
        if not is_projects(path + os.sep, inside) or not _is_folder(path):
            raise ImportError(path)
        return Finder(path)

    sys.path_hooks.insert(0, hook)
    for path in [one for one in sys.path_importer_cache if (one + os.sep).startswith(inside)]:
        del sys.path_importer_cache[path]


def _is_folder(path: str) -> bool:
    """Asked by the import system, not by the step that is observed."""
    try:
        return stat.S_ISDIR(own.os.stat(path).st_mode)
    except (OSError, ValueError):
        return False


def _get_code(self: SourceFileLoader, fullname: str) -> CodeType | None:
    """As `spec_from_file_location` and `runpy` have it: their loader is Python's own."""
    path = self.path
    if type(self) is SourceFileLoader and any(is_projects(path, inside) for inside in _roots):
        loaded.names.add(fullname)
        return load(path, _by_runpy())
    code: CodeType | None = _usual_code(self, fullname)
    return code


def _by_runpy() -> bool:
    """Whether a module is about to be run as the program."""
    return "runpy" in sys._getframe(2).f_code.co_filename


def load(path: str, whole: bool = False) -> CodeType:
    """The code of a file, of which is recorded which text it had; `whole` if its main block counts."""
    with quiet():
        source = read(path)
        digest = hashlib.sha256(source).hexdigest()
        known = _ahead.get(path)
        if known is not None and known[0] == digest:
            _, code, imports = known
        else:
            code, imports = _armed(source, digest, path)
        if whole:
            imports = {**imports, units.WHOLE: sorted(set().union(*imports.values()))}
        loaded.note(path, digest, imports, source)
        if whole and state.session is not None:
            loaded.record(state.session, path, units.WHOLE)
    return code


def compile_ahead(path: str) -> None:
    """Compile a file of the project, so that processes forked from this one have its code. Runs nothing."""
    try:
        source = read(path)
        digest = hashlib.sha256(source).hexdigest()
        known = _ahead.get(path)
        if known is None or known[0] != digest:
            _ahead[path] = (digest, *_armed(source, digest, path))
    except (OSError, SyntaxError, ValueError, RecursionError):  # whoever imports it will say so
        return


def read(path: str) -> bytes:
    """The bytes of a file."""
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123 (once a module of every step)
        return file.read()


def _armed(source: bytes, digest: str, path: str) -> tuple[CodeType, dict[str, list[str]]]:
    key = _key(digest, path)
    place = _place(path)
    found = _kept(place, key)
    if found is None:
        found = _compile(source, path)
        _keep(place, key, found)
    return units.armed(found.code, found.names, path), found.imports


def _compile(source: bytes, path: str) -> Compiled:
    tree = ast.parse(source, path)
    imports = words.imports_of(tree)
    code, names = units.compiled(tree, path)
    return Compiled(code, names, imports)


# -- bytecode ----------------------------------------------------------------------------------------------------------


def _key(digest: str, path: str) -> bytes:
    told = f"{digest}\n{path}\n{external.MAGIC_NUMBER.hex()}\n{sys.flags.optimize}\n{words.VERSION}"
    return hashlib.sha256(told.encode("utf-8", "surrogateescape")).digest()


def _place(path: str) -> str | None:
    try:
        return external.cache_from_source(path, optimization="zencompile")
    except (NotImplementedError, ValueError):
        return None


def _kept(place: str | None, key: bytes) -> Compiled | None:
    if place is None:
        return None
    try:
        data = read(place)
    except OSError:
        return None
    head, payload = data[:_SIZE], data[_SIZE:]
    if head != _HEADER + key + hashlib.sha256(key + payload).digest():
        return None
    try:
        return Compiled(*marshal.loads(payload))
    except (EOFError, ValueError, TypeError):
        return None


def _keep(place: str | None, key: bytes, found: Compiled) -> None:
    if place is None or sys.dont_write_bytecode:
        return
    payload = marshal.dumps(tuple(found))
    with contextlib.suppress(OSError):
        os.makedirs(os.path.dirname(place), exist_ok=True)  # noqa: PTH103, PTH120
        external._write_atomic(place, _HEADER + key + hashlib.sha256(key + payload).digest() + payload)  # type: ignore[attr-defined]
