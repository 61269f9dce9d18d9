"""Where a project begins, and the folders that its absolute imports are looked up in.

A program is found from its entry file alone; what Python is told besides (PYTHONPATH, an editable install, the working
directory of `python -m`) is not written down anywhere. So: the script's own folder, as Python has it; the source root,
by the first rule that answers (given, ZENML_CUSTOM_SOURCE_ROOT, `.zen`, what the imports of the file need); the folders
that the project's packaging names; `src/` in and beside those. Nothing outside of the repository is looked at.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from zencompile.disk import Disk
from zencompile.frontend import libraries, syntax

_ABSOLUTE = re.compile(r"^[ \t]*(?:from[ \t]+(\w[\w.]*)[ \t]+import\b|import[ \t]+(\w.*))", re.MULTILINE)
_RELATIVE = re.compile(r"^[ \t]*from[ \t]+(\.+)", re.MULTILINE)
"""Imports as they stand at the beginning of a line: parsing the entry file twice would cost more than all of this.
What a docstring says of imports matches too, and resolves to nothing."""

_MARKS_OF_A_REPOSITORY = (".git", ".hg", ".svn")
_MOST_SCRIPTS = 20
_DEEPEST_NAMESPACE = 3


class Found(NamedTuple):
    """Where a module is. `location` is the file, or the folder of a namespace package."""

    name: str
    location: Path
    package: bool
    namespace: bool = False


class Finder:
    """Finds the files of modules below given folders."""

    def __init__(self, disk: Disk) -> None:
        self.disk = disk

    def find(self, name: str, folders: list[Path]) -> Found | None:
        """The module of a dotted name in the first of the folders that has it; a namespace package only where none has
        a real one.
        """
        parts = name.split(".")
        if not all(parts):
            return None
        namespace: Found | None = None
        for folder in folders:
            found = self._below(name, parts, folder)
            if found and not found.namespace:
                return found
            namespace = namespace or found
        return namespace

    def _below(self, name: str, parts: list[str], folder: Path) -> Found | None:
        for part in parts[:-1]:
            if part not in self.disk.entries(folder):
                return None
            folder = folder / part
        entries, last = self.disk.entries(folder), parts[-1]
        if last in entries and "__init__.py" in self.disk.entries(folder / last):
            return Found(name, folder / last / "__init__.py", True)
        if f"{last}.py" in entries:
            return Found(name, folder / f"{last}.py", False)
        if last in entries and self.holds_python(folder / last):
            return Found(name, folder / last, True, True)
        return None

    def holds_python(self, folder: Path, depth: int = _DEEPEST_NAMESPACE) -> bool:
        """Whether Python files lie in a folder or not far below."""
        entries = self.disk.entries(folder)
        if any(name.endswith(".py") for name in entries):
            return True
        return depth > 0 and any(
            self.holds_python(folder / name, depth - 1)
            for name in sorted(entries)
            if "." not in name and name != "__pycache__"
        )


@dataclass(frozen=True)
class Roots:
    """`project` is the folder that paths in outputs are relative to and that travels as a whole; `source` the source
    root in it. Absolute imports are looked up in `first`, which Python has on its path before the standard library,
    then in `later`, behind it. `boundary` is the outermost folder that may be looked at.
    """

    project: Path
    source: Path
    first: tuple[Path, ...]
    later: tuple[Path, ...]
    boundary: Path


class Surroundings(NamedTuple):
    """What is known before anything is read: the entry file, what was given, and from where.

    `project` is a folder that the project holds at least.
    """

    entry: Path
    given: Path | None
    working_directory: Path
    environment: Mapping[str, str]
    project: Path | None = None


def find_roots(disk: Disk, around: Surroundings) -> Roots:
    """The roots of the project that an entry file belongs to."""
    entry = around.entry
    boundary = boundary_of(disk, entry, around.working_directory)
    text = _text(disk, entry)
    finder = Finder(disk)
    source = _given_root(around) or _source_root(disk, finder, entry, text, boundary)
    held = [source] if within(entry, source) else [source, entry.parent]
    project = common(*held, *([around.project] if around.project is not None else []))
    if not within(project, boundary):
        boundary = project
    packages = _package_roots(disk, entry, boundary)
    beside = [source / "src", *packages, entry.parent.parent / "src", boundary / "src"]
    later = [folder for folder in beside if within(folder, boundary) and disk.is_folder(folder)]
    later = [folder for folder in later if "__init__.py" not in disk.entries(folder)]
    if _is_script(finder, entry, text, source, later):
        first = [entry.parent, source]
    else:
        first = [source]
        later.append(entry.parent)
    return Roots(
        project, source, _once(first), tuple(folder for folder in _once(later) if folder not in first), boundary
    )


def boundary_of(disk: Disk, entry: Path, working_directory: Path) -> Path:
    """The outermost folder that may be looked at: the repository, else the working directory, else three folders up."""
    for folder in entry.parents:
        if any(disk.exists(folder / mark) for mark in _MARKS_OF_A_REPOSITORY):
            return folder
    if within(entry, working_directory) and working_directory != Path(working_directory.anchor):
        return working_directory
    above = entry.parents[min(2, len(entry.parents) - 1)]
    return entry.parent if above in (Path(above.anchor), Path.home()) else above


def _given_root(around: Surroundings) -> Path | None:
    variable = "ZENML_CUSTOM_SOURCE_ROOT"
    custom = around.environment.get(variable) or os.environ.get(variable)
    if around.given is None and not custom:
        return None
    return absolute(around.working_directory / (around.given if around.given is not None else str(custom)))


def _source_root(disk: Disk, finder: Finder, entry: Path, text: str | None, boundary: Path) -> Path:
    above = ancestors(entry.parent, boundary)
    for folder in above:
        if disk.is_folder(folder / ".zen"):
            return folder
    if text is None:
        return _above_package(disk, entry.parent, boundary)
    return _root_by_imports(finder, entry, text, _with_sources(disk, above), boundary)


def _root_by_imports(finder: Finder, entry: Path, text: str, folders: list[Path], boundary: Path) -> Path:
    imports = sorted(set(_absolute_imports(text)))
    resolved = {folder: {m for m in imports if _resolves(finder, m, folder, entry)} for folder in folders}
    first_party = set().union(*resolved.values())
    for folder in folders:
        if first_party and 2 * len(resolved[folder]) > len(first_party):
            return folder
    if first_party:
        return max(folders, key=lambda f: (len(resolved[f]), -folders.index(f)))
    disk = finder.disk
    climbed = max((len(m.group(1)) for m in _RELATIVE.finditer(text)), default=0)
    if climbed:
        above = [f for f in folders if within(entry, f)]
        top = above[min(climbed, len(above) - 1)]
        return _above_package(disk, top, boundary) if "__init__.py" in disk.entries(top) else top
    return _imported_from(disk, entry, folders) or _above_package(disk, entry.parent, boundary)


def _resolves(finder: Finder, name: str, folder: Path, entry: Path) -> bool:
    """Whether a name surely is the project's and lies below a folder."""
    if libraries.is_stdlib(name) or name.partition(".")[0] in libraries.FRAMEWORKS:
        return False
    if folder != entry.parent and _shadows_library(finder.disk, name, folder, entry):
        return False
    return finder.find(name, [folder]) is not None


def _shadows_library(disk: Disk, name: str, folder: Path, importer: Path) -> bool:
    """Whether a folder is only called like the library that its own code imports: an example's folder, say, that has
    the name of the library it shows.
    """
    within_it = within(importer, folder / name.partition(".")[0])
    return within_it and libraries.is_known(name) and not makes_library(disk, name, folder)


def makes_library(disk: Disk, name: str, folder: Path) -> bool:
    """Whether a folder holds the source of the library of that name: packaging files say so."""
    top = name.partition(".")[0].lower()
    for place in (folder, folder.parent):
        if "pyproject.toml" not in disk.entries(place):
            continue
        text = _text_of(disk, place / "pyproject.toml")
        found = re.search(r"^name\s*=\s*[\"']([\w.-]+)[\"']", text, re.MULTILINE)
        if found and found.group(1).replace("-", "_").lower() == top:
            return True
    return False


def _is_script(finder: Finder, entry: Path, text: str | None, source: Path, later: list[Path]) -> bool:
    """Whether the entry file is run by its path, so that Python puts its folder first: not if it imports relatively,
    or its own package by name, or what its own folder would hide.
    """
    if text is None or _RELATIVE.search(text):
        return text is None
    folder = entry.parent
    if folder == source:
        return True
    if "__init__.py" in finder.disk.entries(folder):
        names = {name.partition(".")[0] for name in _absolute_imports(text)}
        return names.isdisjoint(entry.relative_to(source).parts[:1] if within(entry, source) else ())
    for name in sorted(set(_absolute_imports(text))):
        top = name.partition(".")[0]
        own = finder.find(top, [folder])
        if top == name or own is None or own.namespace or libraries.is_stdlib(top):
            continue
        if finder.find(name, [folder]) is None and finder.find(name, [source, *later]) is not None:
            return False
    return True


def _with_sources(disk: Disk, folders: list[Path]) -> list[Path]:
    """Each folder, and after it the `src/` in it."""
    found: list[Path] = []
    for folder in folders:
        found.append(folder)
        if folder / "src" not in folders and disk.is_folder(folder / "src"):
            found.append(folder / "src")
    return found


def _absolute_imports(text: str) -> Iterator[str]:
    for match in _ABSOLUTE.finditer(text):
        if match.group(1):
            yield match.group(1)
        else:
            for part in match.group(2).split("#")[0].split(","):
                yield part.split(" as ")[0].strip()


def _above_package(disk: Disk, folder: Path, boundary: Path) -> Path:
    """The first folder that is no package itself."""
    while "__init__.py" in disk.entries(folder) and folder != boundary:
        folder = folder.parent
    return folder


def _imported_from(disk: Disk, entry: Path, folders: list[Path]) -> Path | None:
    """The nearest folder above with a script in it that imports the entry file's package from there."""
    for folder in folders[1:]:
        if not within(entry, folder):
            continue
        package = entry.relative_to(folder).parts[0]
        if not package.isidentifier():
            continue
        scripts = sorted(name for name in disk.entries(folder) if name.endswith(".py"))
        for name in scripts[:_MOST_SCRIPTS]:
            text = _text(disk, folder / name) or ""
            if f"from {package}" in text or f"import {package}" in text:
                return folder
    return None


# what packaging files say


def _package_roots(disk: Disk, entry: Path, boundary: Path) -> list[Path]:
    """The folders that the nearest pyproject.toml or setup.cfg names as those of the project's packages."""
    for folder in ancestors(entry.parent, boundary):
        entries = disk.entries(folder)
        named: list[str] = []
        if "pyproject.toml" in entries:
            named += _of_pyproject(_text_of(disk, folder / "pyproject.toml"))
        if "setup.cfg" in entries:
            named += _of_setup_cfg(_text_of(disk, folder / "setup.cfg"))
        if named:
            places = [Path(os.path.normpath(folder / name)) for name in named]
            return [place for place in places if place != folder]
    return []


def _of_pyproject(text: str) -> list[str]:
    if not any(word in text for word in ("where", "package-dir", "packages", "sources")):
        return []
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        tool = tomllib.loads(text).get("tool")
    except tomllib.TOMLDecodeError:  # reading the configuration says so
        return []
    setuptools, poetry = _get(tool, "setuptools"), _get(tool, "poetry")
    found = [*_texts(_get(setuptools, "packages", "find", "where"))]
    found += _of_package_dir(_get(setuptools, "package-dir"))
    packages = _get(poetry, "packages")
    for package in packages if isinstance(packages, list) else []:
        found += _texts(_get(package, "from"))
    targets = (_get(tool, "hatch", "build"), _get(tool, "hatch", "build", "targets", "wheel"))
    for target in targets:
        found += [path.rpartition("/")[0] for path in _texts(_get(target, "packages")) if "/" in path]
        sources = _get(target, "sources")
        found += _texts(sources) if isinstance(sources, list) else []
    return found


def _of_package_dir(table: Any) -> list[str]:
    """Of `{"" = "src"}` and `{"pkg" = "lib/pkg"}`: the folders that hold the packages."""
    if not isinstance(table, dict):
        return []
    found = []
    for package, path in table.items():
        if isinstance(path, str) and not package:
            found.append(path)
        elif isinstance(path, str) and Path(path).name == package:
            found.append(Path(path).parent.as_posix())
    return found


def _of_setup_cfg(text: str) -> list[str]:
    import configparser  # who has no such file needn't wait for it

    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except configparser.Error:
        return []
    found = parser.get("options.packages.find", "where", fallback="").split()
    lines = parser.get("options", "package_dir", fallback="").splitlines()
    pairs = (line.partition("=") for line in lines if "=" in line)
    return found + _of_package_dir({package.strip(): path.strip() for package, _, path in pairs})


def _get(table: Any, *keys: str) -> Any:
    for key in keys:
        table = table.get(key) if isinstance(table, dict) else None
    return table


def _texts(value: Any) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, str)]


# paths


def absolute(path: Path) -> Path:
    """The path from the file system's root; links are not followed."""
    return Path(os.path.abspath(path))  # noqa: PTH100


def within(path: Path, folder: Path) -> bool:
    """Whether a path is a folder or lies below it."""
    return path == folder or folder in path.parents


def common(*paths: Path) -> Path:
    """The innermost folder around all of them."""
    return Path(os.path.commonpath(paths))


def ancestors(folder: Path, last: Path) -> list[Path]:
    """`folder` and those above it, up to `last`."""
    found = []
    for candidate in (folder, *folder.parents):
        found.append(candidate)
        if candidate == last:
            return found
    return [folder]


def _once(folders: list[Path]) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(folders))


def _text(disk: Disk, path: Path) -> str | None:
    try:
        return syntax.read_text(path, disk)
    except (OSError, ValueError):
        return None


def _text_of(disk: Disk, path: Path) -> str:
    try:
        return disk.read_text(path, "replace")
    except OSError:
        return ""
