"""Finding what "module:name" means, in the user's project and elsewhere."""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from zencompile_runtime import loading
from zencompile_runtime.errors import ConfigurationFault

TICK = 50_000_000  # nanoseconds: coarser than the clocks of file systems

ROOTS = "ZENCOMPILE_ROOTS"
"""The variable that names the folders which imports are looked up in, relative to the project, as JSON: those that
stand on the path before the standard library, and those behind it. `use` sets it, for this process and those that it
starts.
"""

_BUILT_IN_NAMES = """
    __future__ __main__ abc atexit builtins codecs encodings errno faulthandler gc genericpath importlib io itertools
    marshal nt ntpath os posix posixpath pwd runpy site stat sys time zipimport
"""
BUILT_IN = frozenset(_BUILT_IN_NAMES.split())
"""Modules that no file of a project can stand before, in any supported Python."""

_ready: set[tuple[str, str]] = set()

_pinned: list[str] = []


def project() -> str:
    """The user's source root: ZENCOMPILE_PROJECT, else the working directory."""
    if _pinned:
        return _pinned[-1]
    return os.environ.get("ZENCOMPILE_PROJECT") or os.getcwd()  # noqa: PTH109 (a string, asked for often)


@contextmanager
def pinned() -> Iterator[None]:
    """Let the source root stay what it is, whatever user code does to the working directory."""
    _pinned.append(os.path.abspath(project()))  # noqa: PTH100 (links are not followed)
    try:
        yield
    finally:
        _pinned.pop()


def use(roots: Sequence[str], package_roots: Sequence[str]) -> None:
    """Let imports be looked up in these folders of the project; none of the first stands for the project itself."""
    if list(roots) in ([], ["."]) and not package_roots:
        os.environ.pop(ROOTS, None)
    else:
        os.environ[ROOTS] = json.dumps([list(roots), list(package_roots)])


def roots() -> tuple[list[str], list[str]]:
    """The folders of the project that stand on the path before the standard library, and those behind it."""
    given = os.environ.get(ROOTS)
    if not given:
        return [project()], []
    first, later = json.loads(given)
    return [_folder(path) for path in first], [_folder(path) for path in later]


def _folder(path: str) -> str:
    return project() if path == "." else f"{project()}/{path}"


def prepare() -> None:
    """Make user code importable: the project's roots on the path, and the framework's names answered by us."""
    root = project()
    first, later = roots()
    key = (root, os.environ.get(ROOTS, ""))
    if key in _ready and sys.path[: len(first)] == first:
        return
    from zencompile_runtime.names.finder import PACKAGES, install

    install()
    loading.install_finder(root)
    others = [entry for entry in sys.path if entry not in (root, PACKAGES, "", *first, *later)]
    installed = next((i for i, entry in enumerate(others) if _is_installed(entry)), len(others))
    # `multiprocessing` hands the path on to the processes that it spawns.
    sys.path[:] = [*first, PACKAGES, *others[:installed], *later, *others[installed:]]
    _forget_hidden(first)
    _ready.add(key)


def _is_installed(entry: str) -> bool:
    return "site-packages" in entry or "dist-packages" in entry


def _forget_hidden(folders: Sequence[str]) -> None:
    """Forget modules of the standard library that are loaded and that the project has others of that name for: whoever
    imports them from now on gets the project's, as in a program of its own.
    """
    for folder in folders:
        for name in modules_in(folder):
            loaded = sys.modules.get(name)
            if loaded is None or name in BUILT_IN or name.startswith("_") or name in sys.builtin_module_names:
                continue
            place = getattr(loaded, "__file__", None) or ""
            if name in sys.stdlib_module_names and not place.startswith(project().rstrip(os.sep) + os.sep):
                for one in [one for one in sys.modules if one == name or one.startswith(f"{name}.")]:
                    del sys.modules[one]


def modules_in(folder: str) -> list[str]:
    """The names of the modules and packages that lie in a folder."""
    try:
        entries = os.listdir(folder)  # noqa: PTH208 (names are all that is needed)
    except OSError:
        return []
    packages = [name for name in entries if os.path.isfile(f"{folder}/{name}/__init__.py")]  # noqa: PTH113
    return [name.removesuffix(".py") for name in entries if name.endswith(".py")] + packages


def load(source: str) -> Any:
    """What "module:name" (or "module.name") stands for. An exception of the module itself comes through."""
    module_name, colon, name = source.partition(":")
    if not colon:
        module_name, _, name = source.rpartition(".")
    if not module_name or not name:
        raise ConfigurationFault(f"{source!r} is not of the form MODULE:NAME")
    module = sys.modules.get(module_name)
    if module is None:
        prepare()
        try:
            module = importlib.import_module(module_name)
        except ModuleNotFoundError as error:
            if error.name and (module_name == error.name or module_name.startswith(f"{error.name}.")):
                raise ConfigurationFault(
                    f"there is no module {module_name!r} in {project()}",
                    help="run in the project's source root, or set ZENCOMPILE_PROJECT to it",
                ) from None
            raise
    found: Any = module
    for part in name.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            raise ConfigurationFault(f"module {module_name!r} has no {name!r}", location=module_file(module)) from None
    return found


def load_class(source: str) -> Any:
    """The class "module:Class"; classes of builtins without an import."""
    if source.startswith("zencompile_runtime."):
        module, _, name = source.partition(":")
        return getattr(importlib.import_module(module), name)
    if source.startswith("builtins:"):
        import builtins

        return {"NoneType": type(None)}.get(source[9:]) or getattr(builtins, source[9:])
    return load(source)


def load_dotted(path: str) -> Any:
    """What a dotted path stands for: a module, or a name in one. ConfigurationFault if there is no such thing."""
    prepare()
    parts = path.split(".")
    for end in range(len(parts), 0, -1):
        module_name = ".".join(parts[:end])
        try:
            found: Any = importlib.import_module(module_name)
        except ModuleNotFoundError as error:
            if error.name is None or not (module_name == error.name or module_name.startswith(f"{error.name}.")):
                raise
            continue
        try:
            for part in parts[end:]:
                found = getattr(found, part)
        except AttributeError:
            break
        return found
    raise ConfigurationFault(
        f"there is no {path!r} where the step runs", help="add the package that has it to the step's requirements"
    )


def class_or_object(source: str) -> Any:
    """The class "module:Class", or `object` where there is none to be found (as for functions)."""
    try:
        return load_class(source)
    except (ConfigurationFault, ImportError, AttributeError):
        return object


def name_of(kind: type) -> str:
    """ "module:Class" of a class."""
    return f"{kind.__module__}:{kind.__qualname__}"


def found_by_name(kind: type) -> bool:
    """Whether a class is what its module has by its name, so that another process finds it, too."""
    found: Any = sys.modules.get(kind.__module__)
    for name in kind.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is kind


def module_file(module: Any) -> str:
    """The path of a module's source relative to the source root, or an empty text."""
    return relative(getattr(module, "__file__", None) or "")


def relative(path: str) -> str:
    """`path` relative to the source root where it lies in it."""
    if path.startswith("/"):
        return _remembered(path, project())
    return _relative(path, project())


def _relative(path: str, root: str) -> str:
    try:
        return Path(path).resolve().relative_to(Path(root).resolve()).as_posix()
    except ValueError:
        return path


_remembered = lru_cache(1024)(_relative)  # each part of a path is looked at: once, in the server that forks steps


def location_of(function: Any) -> str:
    """ "path:line" of a function or class, or an empty text."""
    function = getattr(function, "__wrapped__", function)
    code = getattr(function, "__code__", None)
    if code is None:
        entry = getattr(function, "entrypoint", None)
        code = getattr(entry, "__code__", None)
    return f"{relative(code.co_filename)}:{code.co_firstlineno}" if code is not None else ""
