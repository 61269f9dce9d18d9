"""The project as it is read: which module an import finds, which file a path means, and each file's syntax tree."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path, PurePosixPath

from zencompile.diagnostics import Report
from zencompile.disk import Disk, LocalDisk
from zencompile.frontend import libraries, syntax
from zencompile.frontend.libraries import FRAMEWORKS, STDLIB
from zencompile.frontend.roots import (
    Finder,
    Found,
    Roots,
    Surroundings,
    absolute,
    ancestors,
    common,
    find_roots,
    makes_library,
    within,
)
from zencompile.frontend.virtual import VIRTUAL_ROOT, below_folder
from zencompile.source import Span

_LONGEST_PATH = 4096
_REQUIREMENTS = {
    "requirements.txt": re.compile(r"^[ \t]*([A-Za-z][\w.-]*)", re.MULTILINE),
    "pyproject.toml": re.compile(r"^[ \t]*(?:dependencies[ \t]*=[ \t]*\[)?[ \t]*[\"']([A-Za-z][\w.-]*)", re.MULTILINE),
}

_PACKAGING = frozenset({"Pipfile", "environment.yaml", "environment.yml", "pyproject.toml", "setup.cfg", "setup.py"})
# `zenml[server]==0.20.5`, `zenml = "^0.20.5"`, `zenml = {version = ">=0.7", …}`, `- zenml=0.8.1`
_PIN = (
    r"(?:^|[\s\"'\[,(-]){}(?:\[[^\]]*\])?[\"']?[ \t]*"
    r"(?:=[ \t]*(?:\{{[^}}\n]*?version[ \t]*=[ \t]*)?[\"']?)?((?:[=<>~^!]=?=?)?)[ \t]*(\d[^\"'\n;#]*)"
)
_WORD = re.compile(r"[A-Za-z][\w.-]*\w")


class Project:
    """Finds modules and files, and reads each once.

    `root` is the folder of the project: paths in outputs are relative to it. `search` are the folders that absolute
    imports are looked up in, in order.
    """

    def __init__(
        self, roots: Roots, entry: Path, report: Report, working_directory: Path | None = None, disk: Disk | None = None
    ) -> None:
        self.root = roots.project
        self.roots = roots
        self.entry = entry
        self.report = report
        self.working_directory = working_directory or roots.project
        self.boundary = roots.boundary
        self.disk = disk if disk is not None else LocalDisk()
        self.search = [*roots.first, *roots.later]
        self._first = list(roots.first)
        self._extended = 0
        self.finder = Finder(self.disk)
        self._used = {roots.source} if within(entry, roots.source) else {roots.source, entry.parent}
        self._found: dict[tuple[str, int], Found | None] = {}
        self._found_above: dict[tuple[str, Path], Found | None] = {}
        self._names: dict[Path, str] = {}
        self._parsed: dict[Path, syntax.Parsed] = {}
        self._required: frozenset[str] | None = None
        self._packaging: frozenset[str] | None = None
        self._pins: dict[str, str | None] = {}

    @classmethod
    def of(
        cls,
        entry: Path,
        report: Report,
        *,
        source_root: Path | None = None,
        working_directory: Path | None = None,
        environment: dict[str, str] | None = None,
        disk: Disk | None = None,
        around: Path | None = None,
    ) -> Project:
        """The project that an entry file belongs to. `environment` is what `--env` gave; the project reaches at least
        as far up as `around`.
        """
        disk = disk if disk is not None else LocalDisk()
        entry = absolute(entry)
        working = absolute(working_directory or Path.cwd())
        roots = find_roots(disk, Surroundings(entry, source_root, working, environment or {}, around))
        if roots.project == Path(roots.project.anchor):
            message = f"no folder holds both the file and the source root `{roots.source}`"
            place = Span(entry.name, 1, 1, 1, 1)
            report.error("ZC0014", message, place, helps="name a source root in the same project with --source-root")
        return cls(roots, entry, report, working, disk)

    # names

    def path_name(self, location: Path) -> str:
        """What spans and outputs call a file: relative to the project, `../` if it lies outside."""
        return Path(os.path.relpath(location, self.root)).as_posix()

    def module_name(self, location: Path) -> str:
        """The dotted name of a file: that by which it was found, else from the innermost root that imports need."""
        name = self._names.get(location)
        if name is None:
            name = self._names[location] = self._name(location)
        return name

    def _name(self, location: Path) -> str:
        used = sorted(self._used, key=lambda folder: -len(folder.parts))
        for base in (*used, *self.search, location.parent):
            if within(location, base):
                parts = list(location.relative_to(base).with_suffix("").parts)
                if parts and parts[-1] == "__init__":
                    parts.pop()
                return ".".join(parts) or location.parent.name
        return location.stem

    # modules

    def find(self, name: str, importer: Path | None = None) -> Found | None:
        """Where the module of a dotted name is, if Python would find it in the project."""
        key = (name, self._extended)
        known = self._found.get(key)
        if known is not None or (importer is None and key in self._found):
            return known
        found = self._in_search(name)
        if found is None and importer is not None:
            # Scripts extend sys.path in ways that are not evaluated: the folders above are what they mean.
            near = (name, importer.parent)
            if near not in self._found_above:
                self._found_above[near] = self._above(name, importer)
            return self._found_above[near]
        self._found[key] = found
        return found

    def extend(self, first: list[Path], later: list[Path]) -> bool:
        """Look modules up in folders that the program puts on its path: before all others, or behind them. Whether that
        changes anything.
        """
        before = list(self.search)
        self._first[:] = dict.fromkeys([*first, *self._first])
        self.search[:] = dict.fromkeys([*self._first, *self.search, *later])
        changed = self.search != before
        self._extended += changed
        return changed

    def _in_search(self, name: str) -> Found | None:
        folders = self._first if libraries.is_stdlib(name) else self.search
        found = self.finder.find(name, folders) if folders else None
        return None if found is None else self._real(found, name, folders)

    def _above(self, name: str, importer: Path) -> Found | None:
        if libraries.is_stdlib(name):
            return None
        folders = [f for f in ancestors(importer.parent, self.boundary) if f not in self.search]
        if self._is_library(name.partition(".")[0]):
            folders = [f for f in folders if makes_library(self.disk, name, f)]
        found = self.finder.find(name, folders)
        return None if found is None else self._real(found, name, folders)

    def _real(self, found: Found, name: str, folders: list[Path]) -> Found | None:
        """What was found, unless another module of that name wins; the folder it was found in is needed from now on."""
        top = name.partition(".")[0]
        if top in libraries.BUILT_IN or (top.startswith("_") and libraries.is_stdlib(top)):
            return None
        if self._is_only_a_folder(top, folders) and (libraries.is_stdlib(top) or self._is_library(top)):
            return None
        self.imported(name, found.location, found.namespace)
        return found

    def child(self, folder: Path, name: str, dotted: str) -> Found | None:
        """The module of a name in the folder of a package; `dotted` is its whole name."""
        found = self.finder.find(name, [folder])
        if found is None:
            return None
        if not found.namespace:
            self._names.setdefault(found.location, dotted)
        return found._replace(name=dotted)

    def package(self, folder: Path, dotted: str) -> Found:
        """A folder as the package that it is, by `__init__.py` or without."""
        if "__init__.py" in self.disk.entries(folder):
            return Found(dotted, folder / "__init__.py", True)
        return Found(dotted, folder, True, True)

    def imported(self, name: str, location: Path, namespace: bool = False) -> None:
        """Take a module to be known by a name: the folder that the name starts in is needed from now on."""
        self._used.add(location.parents[name.count(".") + (location.name == "__init__.py")])
        if not namespace:
            self._names.setdefault(location, name)

    def _is_only_a_folder(self, top: str, folders: list[Path]) -> bool:
        """Whether a name is that of a folder without an `__init__`: anything real stands before it."""
        found = self.finder.find(top, folders)
        return found is not None and found.namespace

    def _is_library(self, top: str) -> bool:
        """Whether a distribution of that name is well known, or the project asks for it."""
        return libraries.is_known(top) or top.lower().replace("_", "-") in self._requirements()

    def _requirements(self) -> frozenset[str]:
        """The distributions that requirements.txt and pyproject.toml name, a line each."""
        if self._required is None:
            found: set[str] = set()
            for folder in dict.fromkeys((self.root, self.entry.parent, self.boundary)):
                for file, pattern in _REQUIREMENTS.items():
                    if file in self.disk.entries(folder):
                        text = self.disk.read_text(folder / file, "replace")
                        found.update(name.lower().replace("_", "-") for name in pattern.findall(text))
            self._required = frozenset(found)
        return self._required

    def declares(self, top: str) -> bool:
        """Whether a file of the project that lists distributions names the one that has a module."""
        name = libraries.DISTRIBUTIONS.get(top, top).lower().replace("_", "-")
        return name in self._requirements() or name in self._words_of_packaging()

    def _words_of_packaging(self) -> frozenset[str]:
        """The words of the other files in which a project says what it needs."""
        if self._packaging is None:
            found: set[str] = set()
            for folder in dict.fromkeys((self.root, self.entry.parent, self.boundary)):
                for file in self.disk.entries(folder):
                    if file in _PACKAGING or (file.startswith("requirements") and file.endswith((".txt", ".in"))):
                        text = self.disk.read_text(folder / file, "replace")
                        found.update(word.lower().replace("_", "-") for word in _WORD.findall(text))
            self._packaging = frozenset(found)
        return self._packaging

    def pin(self, distribution: str) -> str | None:
        """What the project's requirements say of the releases of a distribution, as `==0.20.5`; None if nothing.

        The files nearest to the program's count.
        """
        if distribution not in self._pins:
            folders = [*ancestors(self.entry.parent, self.root), self.root, self.boundary]
            found = (self._pin_in(folder, distribution) for folder in dict.fromkeys(folders))
            self._pins[distribution] = next((pin for pin in found if pin), None)
        return self._pins[distribution]

    def _pin_in(self, folder: Path, distribution: str) -> str | None:
        pattern = re.compile(_PIN.format(re.escape(distribution)), re.MULTILINE | re.IGNORECASE)
        for file in sorted(self.disk.entries(folder)):
            if file in _PACKAGING or (file.startswith("requirements") and file.endswith((".txt", ".in"))):
                text = re.sub(r"#.*", "", self.disk.read_text(folder / file, "replace"))
                found = pattern.search(text)
                if found is not None:
                    return found[1] + found[2].strip()
        return None

    def depends_on_the_build(self, name: str) -> bool:
        """Whether it depends on how Python is built if a module of the project hides one of the standard library."""
        return name in libraries.BUILT_IN_SOMEWHERE and self.find(name) is not None

    def import_roots(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The folders that imports need, relative to the project: before the standard library, and behind it."""
        first = [folder for folder in self._first if folder in self._used]
        later = [folder for folder in self.search if folder in self._used and folder not in first]
        above = [folder for folder in self._used if folder not in self.search]
        later += sorted(above, key=lambda folder: (-len(folder.parts), folder))
        return tuple(map(self.path_name, first)), tuple(map(self.path_name, later))

    def around(self, names: Iterable[str]) -> Path | None:
        """The folder that holds the project and all files and folders of these names; None if the project does."""
        outside = [Path(os.path.normpath(self.root / name)) for name in names if name.startswith("../")]
        return common(self.root, *(path.parent for path in outside)) if outside else None

    def parsed(self, location: Path) -> syntax.Parsed:
        """The file's text and tree, read once."""
        parsed = self._parsed.get(location)
        if parsed is None:
            parsed = syntax.read(location, self.path_name(location), self.report, self.disk)
            self._parsed[location] = parsed
        return parsed

    # files that the program names

    def locate(self, path: str, importer: Path | None = None) -> Path | None:
        """The file or folder that a path of the program means, or None if there is none in the project.

        A relative path is tried from the working directory, the folder of the file at hand, the entry file's, the
        project's and the source root; an absolute one by the virtual root. Nothing outside of the project is looked
        at.
        """
        return next(filter(self._is_ours, self._candidates(path, importer)), None)

    def leaves(self, path: str, importer: Path | None = None) -> bool:
        """Whether a path of the program leads out of the project, by `..` or by a link: what is there is not asked."""
        candidates = self._candidates(path, importer)
        return any(not within(one, self.boundary) or self.disk.exists(one) for one in candidates)

    def _candidates(self, path: str, importer: Path | None) -> list[Path]:
        if "\0" in path or len(path) > _LONGEST_PATH:
            return []
        pure = PurePosixPath(path)
        if pure.is_absolute():
            below = below_folder(pure, self.root)
            candidates = [] if below is None else [below]
        else:
            own = importer.parent if importer else self.root
            folders = [self.working_directory, own, self.entry.parent, self.root, self.roots.source]
            candidates = [folder / pure for folder in dict.fromkeys(folders)]
        return [Path(os.path.normpath(one)) for one in candidates]

    def _is_ours(self, path: Path) -> bool:
        """Whether something is there, and lies within the boundary with all links followed."""
        if not within(path, self.boundary) or not self.disk.exists(path):
            return False
        return within(self.disk.real(path), self._real_boundary)

    @cached_property
    def _real_boundary(self) -> Path:
        return self.disk.real(self.boundary)

    @cached_property
    def working_folder(self) -> str:
        """The working directory in user code; the project's folder, if it is no folder of the repository."""
        inside = within(self.working_directory, self.boundary)
        return self.virtual(self.working_directory if inside else self.root)

    def virtual(self, location: Path) -> str:
        """What stands for the path of a file of the project in user code."""
        return os.path.normpath((VIRTUAL_ROOT / self.path_name(location)).as_posix())


__all__ = ["FRAMEWORKS", "STDLIB", "Found", "Project", "absolute"]
