"""The project on disk: its source root, and where its modules are."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from zencompile.diagnostics import Report
from zencompile.frontend import syntax

FRAMEWORKS = frozenset({"zenml", "zencompile"})
STDLIB = frozenset(sys.stdlib_module_names)
VIRTUAL_ROOT = PurePosixPath("/app")
"""What user code sees as the source root (`__file__`, `os.getcwd()`): where the code lies in images. The machine's own
paths never enter a value, so they can't enter an output."""

_ABSOLUTE = re.compile(r"^[ \t]*(?:from[ \t]+(\w[\w.]*)[ \t]+import\b|import[ \t]+(\w.*))", re.MULTILINE)
_RELATIVE = re.compile(r"^[ \t]*from[ \t]+(\.+)", re.MULTILINE)
"""Imports as they stand at the beginning of a line: parsing the entry file twice would cost more than all of this.
What a
docstring says of imports matches too, and resolves to nothing."""

_MARKS_OF_A_REPOSITORY = (".git", ".hg", ".svn")


class Found(NamedTuple):
    """Where a module is. `location` is the file, or the folder of a namespace package."""

    name: str
    location: Path
    package: bool
    namespace: bool = False


class Project:
    """Finds modules and files, and reads each once.

    `root` is the source root; `search` are the folders that absolute imports are looked up in, in order.
    """

    def __init__(self, root: Path, entry: Path, report: Report, working_directory: Path | None = None) -> None:
        self.root = root
        self.entry = entry
        self.report = report
        self.working_directory = working_directory or root
        self.boundary = boundary_of(entry, self.working_directory)
        if not _within(root, self.boundary):
            self.boundary = root
        folders = [root, root / "src", entry.parent]
        self.search = [f for i, f in enumerate(folders) if f not in folders[:i] and f.is_dir()]
        self._found: dict[str, Found | None] = {}
        self._parsed: dict[Path, syntax.Parsed] = {}
        self._listed: dict[Path, frozenset[str]] = {}

    @classmethod
    def of(
        cls,
        entry: Path,
        report: Report,
        *,
        source_root: Path | None = None,
        working_directory: Path | None = None,
        environment: dict[str, str] | None = None,
    ) -> Project:
        """The project that an entry file belongs to. `environment` is what `--env` gave."""
        entry = absolute(entry)
        working = absolute(working_directory or Path.cwd())
        root = find_root(entry, report, source_root, working, environment or {})
        return cls(root, entry, report, working)

    # names

    def path_name(self, location: Path) -> str:
        """What spans and outputs call a file: relative to the source root, `../` if it lies outside."""
        return Path(os.path.relpath(location, self.root)).as_posix()

    def module_name(self, location: Path) -> str:
        """The dotted name of a file from the search path (the source root before others)."""
        bases = [*self.search, location.parent]
        for base in bases:
            if _within(location, base):
                parts = list(location.relative_to(base).with_suffix("").parts)
                if parts and parts[-1] == "__init__":
                    parts.pop()
                return ".".join(parts) or location.parent.name
        return location.stem

    # modules

    def find(self, name: str, importer: Path | None = None) -> Found | None:
        """Where the module of a dotted name is, if it is the project's."""
        if name in self._found:
            return self._found[name]
        found = self._find(name, self.search)
        if found is None and importer is not None and name.partition(".")[0] not in STDLIB:
            # Scripts extend sys.path in ways that are not evaluated, and a script has its own folder there: these
            # folders are what they mean.
            return self._find(name, [f for f in _ancestors(importer.parent, self.boundary) if f not in self.search])
        self._found[name] = found
        return found

    def _find(self, name: str, folders: list[Path]) -> Found | None:
        parts = name.split(".")
        if not all(parts):
            return None
        namespace: Found | None = None
        for folder in folders:
            found = self._find_below(name, parts, folder)
            if found and not found.namespace:
                return found
            namespace = namespace or found
        return namespace

    def _find_below(self, name: str, parts: list[str], folder: Path) -> Found | None:
        for part in parts[:-1]:
            if part not in self._entries(folder):
                return None
            folder = folder / part
        entries, last = self._entries(folder), parts[-1]
        if last in entries:
            below = self._entries(folder / last)
            if "__init__.py" in below:
                return Found(name, folder / last / "__init__.py", True)
        if f"{last}.py" in entries:
            return Found(name, folder / f"{last}.py", False)
        if last in entries and self._holds_python(folder / last):
            return Found(name, folder / last, True, True)
        return None

    def _entries(self, folder: Path) -> frozenset[str]:
        listed = self._listed.get(folder)
        if listed is None:
            try:
                listed = frozenset(os.listdir(folder))  # noqa: PTH208 (names are all that is needed)
            except OSError:
                listed = frozenset()
            self._listed[folder] = listed
        return listed

    def _holds_python(self, folder: Path, depth: int = 3) -> bool:
        entries = self._entries(folder)
        if any(e.endswith(".py") for e in entries):
            return True
        return depth > 0 and any(
            self._holds_python(folder / e, depth - 1) for e in sorted(entries) if "." not in e and e != "__pycache__"
        )

    def parsed(self, location: Path) -> syntax.Parsed:
        """The file's text and tree, read once."""
        parsed = self._parsed.get(location)
        if parsed is None:
            parsed = self._parsed[location] = syntax.read(location, self.path_name(location), self.report)
        return parsed

    # files that the program names

    def locate(self, path: str, importer: Path | None = None) -> Path | None:
        """The file or folder that a path of the program means, or None if there is none in the project.

        A relative path is tried from the working directory, the folder of the file at hand, the entry file's, the
        source
        root; an absolute one under the virtual root. Nothing outside of the project is looked at.
        """
        if "\0" in path or len(path) > 4096:
            return None
        pure = PurePosixPath(path)
        candidates: list[Path] = []
        if pure.is_absolute():
            if pure.is_relative_to(VIRTUAL_ROOT):
                candidates = [self.root / pure.relative_to(VIRTUAL_ROOT)]
            else:  # climbed above the root: `/x` is `x` beside it
                rest = pure.relative_to("/")
                candidates = [a / rest for a in _ancestors(self.root, self.boundary) if a != self.root and rest.parts]
        else:
            folders = [self.working_directory, importer.parent if importer else self.root, self.entry.parent, self.root]
            candidates = [folder / pure for folder in folders]
        for candidate in candidates:
            normal = Path(os.path.normpath(candidate))
            if (
                _within(normal, self.boundary)
                and os.path.lexists(normal)
                and _within(normal.resolve(), self.boundary.resolve())
            ):
                return normal
        return None

    def virtual(self, location: Path) -> str:
        """What user code sees as the path of a file of the project."""
        return os.path.normpath((VIRTUAL_ROOT / self.path_name(location)).as_posix())


def absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 (links are not followed)


def _within(path: Path, folder: Path) -> bool:
    return path == folder or folder in path.parents


def _ancestors(folder: Path, last: Path) -> list[Path]:
    """`folder` and those above it, up to `last`."""
    found = []
    for candidate in (folder, *folder.parents):
        found.append(candidate)
        if candidate == last:
            return found
    return [folder]


def boundary_of(entry: Path, working_directory: Path) -> Path:
    """The outermost folder that may be looked at: the repository, else the working directory, else three folders up."""
    for folder in entry.parents:
        if any((folder / mark).exists() for mark in _MARKS_OF_A_REPOSITORY):
            return folder
    if _within(entry, working_directory) and working_directory != Path(working_directory.anchor):
        return working_directory
    above = entry.parents[min(2, len(entry.parents) - 1)]
    return entry.parent if above in (Path(above.anchor), Path.home()) else above


def find_root(
    entry: Path, report: Report, given: Path | None, working_directory: Path, environment: dict[str, str]
) -> Path:
    """The source root, by the first rule that answers: given, ZENML_CUSTOM_SOURCE_ROOT, `.zen`, imports."""
    custom = environment.get("ZENML_CUSTOM_SOURCE_ROOT") or os.environ.get("ZENML_CUSTOM_SOURCE_ROOT")
    if given is not None or custom:
        return absolute(working_directory / (given if given is not None else str(custom)))
    boundary = boundary_of(entry, working_directory)
    folders = _ancestors(entry.parent, boundary)
    for folder in folders:
        if (folder / ".zen").is_dir():
            return folder
    folders = _with_sources(folders)
    try:
        text = syntax.read_text(entry)
    except (OSError, ValueError):
        return _above_package(entry.parent, boundary)
    return _root_by_imports(entry, text, folders, boundary)


def _root_by_imports(entry: Path, text: str, folders: list[Path], boundary: Path) -> Path:
    imports = sorted(set(_absolute_imports(text)))
    lookup = Project.__new__(Project)
    lookup._listed = {}
    resolved = {folder: {m for m in imports if _resolves(lookup, m, folder)} for folder in folders}
    first_party = set().union(*resolved.values())
    for folder in folders:
        if first_party and 2 * len(resolved[folder]) > len(first_party):
            return folder
    if first_party:
        return max(folders, key=lambda f: (len(resolved[f]), -folders.index(f)))
    climbed = max((len(m.group(1)) for m in _RELATIVE.finditer(text)), default=0)
    if climbed:
        above = [f for f in folders if _within(entry, f)]
        top = above[min(climbed, len(above) - 1)]
        return _above_package(top, boundary) if (top / "__init__.py").exists() else top
    return _imported_from(entry, folders) or _above_package(entry.parent, boundary)


def _with_sources(folders: list[Path]) -> list[Path]:
    """Each folder, and after it the `src/` in it."""
    found: list[Path] = []
    for folder in folders:
        found.append(folder)
        if folder / "src" not in folders and (folder / "src").is_dir():
            found.append(folder / "src")
    return found


def _absolute_imports(text: str) -> Iterator[str]:
    for match in _ABSOLUTE.finditer(text):
        if match.group(1):
            yield match.group(1)
        else:
            for part in match.group(2).split("#")[0].split(","):
                yield part.split(" as ")[0].strip()


def _resolves(lookup: Project, name: str, folder: Path) -> bool:
    top = name.partition(".")[0]
    if top in FRAMEWORKS or top in STDLIB:
        return False
    return lookup._find(name, [folder]) is not None


def _above_package(folder: Path, boundary: Path) -> Path:
    """The first folder that is no package itself."""
    while (folder / "__init__.py").exists() and folder != boundary:
        folder = folder.parent
    return folder


def _imported_from(entry: Path, folders: list[Path]) -> Path | None:
    """The nearest folder above with a script in it that imports the entry file's package from there."""
    for folder in folders[1:]:
        if not _within(entry, folder):
            continue
        package = entry.relative_to(folder).parts[0]
        if not package.isidentifier():
            continue
        for script in sorted(folder.glob("*.py"))[:20]:
            try:
                text = syntax.read_text(script)
            except (OSError, ValueError):
                continue
            if f"from {package}" in text or f"import {package}" in text:
                return folder
    return None
