"""Which files of a project go into its images, and what they hold."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from zencompile.diagnostics import Diagnostic, Severity
from zencompile.disk import Disk, LocalDisk
from zencompile.file_names import (
    DATA_ENDINGS,
    GENERATED,
    MARKS,
    PACKAGING,
    SKIPPED,
    SKIPPED_ENDINGS,
    is_secret,
    never_data,
)
from zencompile.git import EXECUTABLE, LINK, SUBMODULE, GitFailed
from zencompile.ir import manifests
from zencompile.mentions import mentioned

_HEAD = 600
_MOST_LINKS = 40
_SHOWN = 10
"""How many files a message names."""


@dataclass(frozen=True)
class ProjectFiles:
    """The files below `root` that may travel.

    `exclude` are folders that never do: where output is written. `include` are patterns of files that do, whatever git
    thinks of them and whatever they are called.
    """

    root: Path
    exclude: tuple[Path, ...] = ()
    closure_only: bool = False
    include: tuple[str, ...] = ()
    disk: Disk = field(default_factory=LocalDisk, compare=False, repr=False)

    def manifest(self, named: Iterable[str] = ()) -> dict[str, str]:
        """Path relative to the root → what it is (`ir.manifests`): what git tracks, else what nothing ignores.

        Not among them is what is never data by its name, what looks like credentials, and what was generated here. The
        files that steps reach and those that caching policies name (`named`) go in whatever git thinks of them, with
        the `__init__.py` of their packages, and so does what their code names in text; with `closure_only` the named
        ones go in alone. Empty where git can't be asked: `remarks` has the error.
        """
        if self._asked[1] is not None:
            return {}
        known = self._values
        answer = {}
        for path in sorted(self._chosen(tuple(named))):
            if path not in known:
                known[path] = self._value(path)
            answer[path] = known[path]
        return answer

    def remarks(self, named: Iterable[str] = ()) -> tuple[Diagnostic, ...]:
        """What the user should know of the manifest for the same names."""
        refusal = self._asked[1]
        if refusal is not None:
            return (_refused(refusal),)
        named = tuple(named)
        self._chosen(named)
        found = [*self._of_git(named), *self._of_links(named)]
        if self._inventory.secrets and not self.closure_only:
            found.append(_secrets(sorted(self._inventory.secrets)))
        if self._inventory.unwritable:
            found.append(_unwritable(sorted(self._inventory.unwritable)))
        return tuple(found)

    def tree(self, path: str, out: Callable[[str], bool]) -> dict[str, str]:
        """All that is in a folder, as a manifest, whatever git and we think of it; of a file its own entry, at `.`.

        `out` says of a path below the folder that it is not asked for. An empty folder is a path that ends in a slash.
        The folders of output and `.git` are not in it: they change with every compilation and every call of git.
        """
        place = self.root / path
        if self.disk.is_file(place):
            return {".": self._entry(place)}
        held: dict[str, str] = {}
        for folder, folders, files in self.disk.walk(place):
            names = [*files, *(name for name in folders if self.disk.is_link(folder / name))]
            folders[:] = [name for name in folders if name not in names and self._is_input(folder / name)]
            names = [name for name in names if name != ".git"]
            below = folder.relative_to(place).as_posix().removeprefix(".").strip("/")
            for name in names:
                inner = f"{below}/{name}" if below else name
                if not out(inner) and (self.disk.is_link(folder / name) or self.disk.is_file(folder / name)):
                    held[inner] = self._entry(folder / name)
            if not names and not folders and below and not out(below):
                held[f"{below}/"] = manifests.FOLDER
        return dict(sorted(held.items()))

    def read(self, path: str) -> str | None:
        """The text of a file of the project, None if there is none."""
        try:
            return self.disk.read_text(self.root / path)
        except (OSError, UnicodeDecodeError):
            return None

    # -- what there is -------------------------------------------------------------------------------------------------

    @cached_property
    def _values(self) -> dict[str, str]:
        """What was asked for before: a project's files are the same for all that is compiled from it at once."""
        return {}

    @cached_property
    def _asked(self) -> tuple[Mapping[str, int], GitFailed | None]:
        """The paths below the root that git tracks, none outside a repository; and why git doesn't tell, if so."""
        if self.closure_only:
            return {}, None
        try:
            return self.disk.tracked(self.root) or {}, None
        except GitFailed as error:
            return {}, error

    @property
    def _tracked(self) -> Mapping[str, int]:
        return self._asked[0]

    @cached_property
    def _inventory(self) -> _Inventory:
        """What would travel without any code: it is looked at once."""
        if self.closure_only:
            return _Inventory()
        paths = [path for path, mode in self._tracked.items() if mode != SUBMODULE and self._is_there(path)]
        paths = [path for path in paths or self._walked() if self._travels(path.rpartition("/")[0])]
        unwritable = {path for path in paths if not _is_text(path)}
        paths = [path for path in paths if path not in unwritable]
        heads = {path: self._head(path) for path in paths}
        secrets = {path for path, head in heads.items() if is_secret(path, head)}
        found = {path for path, head in heads.items() if GENERATED not in head} - secrets
        withheld = never_data(found)
        return _Inventory(
            frozenset(found - withheld.keys()), withheld, frozenset(secrets - self._included), frozenset(unwritable)
        )

    @cached_property
    def _included(self) -> frozenset[str]:
        """What the patterns of `include` match: files, and all files of folders."""
        found: set[str] = set()
        for pattern in self.include:
            for place in self.disk.glob(self.root, pattern.removeprefix("./")):
                found |= set(self._below(place.relative_to(self.root).as_posix()))
        return frozenset(found)

    def _at(self, path: str) -> Path:
        """Where a path is: made once, for there are many and making one takes longer than looking there."""
        known = self._places.get(path)
        if known is None:
            known = self._places[path] = self.root / path
        return known

    @cached_property
    def _places(self) -> dict[str, Path]:
        return {}

    def _is_there(self, path: str) -> bool:
        return self.disk.is_file(self._at(path)) or self._is_link(path)

    def _is_link(self, path: str) -> bool:
        known = self._links.get(path)
        if known is None:
            known = self._links[path] = self.disk.is_link(self._at(path))
        return known

    def _head(self, path: str) -> bytes:
        """The first bytes of a file; none of a link, which is not followed, nor of what can only be data."""
        if path.endswith(DATA_ENDINGS) or self._is_link(path):
            return b""
        try:
            return self.disk.read_head(self._at(path), _HEAD)
        except OSError:
            return b""

    def _walked(self, start: str = "") -> Iterator[str]:
        """Files and links below a folder that no tool has made."""
        for folder, folders, files in self.disk.walk(self.root / start if start else self.root):
            links = [name for name in folders if self.disk.is_link(folder / name)]
            folders[:] = [name for name in folders if name not in links and not _is_skipped(name)]
            folders[:] = [
                name for name in folders if self._is_input(folder / name) and not self._is_made(folder / name)
            ]
            for name in (*files, *links):
                if not _is_skipped(name):
                    yield (folder / name).relative_to(self.root).as_posix()

    @cached_property
    def _folders(self) -> dict[str, bool]:
        """Folders, and whether their files may travel."""
        return {"": True}

    def _travels(self, folder: str) -> bool:
        """Whether the files of a folder may travel, by all folders that it lies in."""
        known = self._folders.get(folder)
        if known is None:
            place = self.root / folder
            known = self._travels(folder.rpartition("/")[0]) and self._is_input(place) and not self._is_made(place)
            self._folders[folder] = known
        return known

    def _is_made(self, folder: Path) -> bool:
        """Whether a folder says of itself that a tool has made it."""
        return any(self.disk.exists(folder / mark) for mark in MARKS)

    def _is_input(self, folder: Path) -> bool:
        """Whether a folder is neither one of output nor a repository's own."""
        known = self._inputs.get(folder)
        if known is None:
            place = self.disk.real(folder)
            known = not any(place.is_relative_to(other) for other in self.exclude if other != self.root)
            known = self._inputs[folder] = known and folder.name != ".git"
        return known

    @cached_property
    def _inputs(self) -> dict[Path, bool]:
        return {}

    # -- what is chosen ------------------------------------------------------------------------------------------------

    def _chosen(self, named: tuple[str, ...]) -> frozenset[str]:
        """Files and links that go in, with what links lead to."""
        known = self._choices.get(named)
        if known is None:
            paths = self._named(named)
            if not self.closure_only:
                paths |= self._inventory.found | self._included | self._in_text(paths)
            known = frozenset(part for path in paths for part in self._with_links(path))
            self._choices[named] = known
        return known

    @cached_property
    def _choices(self) -> dict[tuple[str, ...], frozenset[str]]:
        return {}

    def _named(self, named: Iterable[str]) -> set[str]:
        """The files of these names, those below folders of these names, and the `__init__.py` of packages."""
        found: set[str] = set()
        for path in named:
            found |= {inner for inner in self._below(path) if not is_secret(inner, self._head(inner))}
            for parent in Path(path).parents[:-1]:
                if self.disk.is_file(self.root / parent / "__init__.py"):
                    found.add((parent / "__init__.py").as_posix())
        return found

    def _below(self, path: str) -> Iterator[str]:
        """A file, or what a folder holds."""
        path = posixpath.normpath(path)
        if not self.disk.is_folder(self.root / path) or self.disk.is_link(self.root / path):
            yield path
            return
        yield from self._walked("" if path == "." else path)

    def _in_text(self, paths: Iterable[str]) -> set[str]:
        """What is never data by its name, but in reach: what lies with code of steps, and what that names in text."""
        groups = self._inventory.withheld
        reached = {groups[path] for path in paths if path in groups}
        found = {path for path, group in groups.items() if group in reached}
        out = {path: group for path, group in groups.items() if path not in found}
        if not out:
            return found
        code = [path for path in paths if path.endswith(".py") or path in PACKAGING]
        texts = {path: text for path in code if (text := self.read(path)) is not None}
        return found | mentioned(texts, out)

    def _with_links(self, path: str) -> tuple[str, ...]:
        """The links on the way to a file, and the file; nothing if it can't be reached where only the project is."""
        links: list[str] = []
        at = path
        while (link := self._first_link(at)) is not None:
            text = self.disk.link(self.root / link) or ""
            links.append(link)
            at = posixpath.normpath(posixpath.join(posixpath.dirname(link), text) + at[len(link) :])
            if at.startswith(("/", "../")) or at == ".." or len(links) > _MOST_LINKS:
                return ()
        if not links and path in self._inventory.found:
            return (path,)
        if self.disk.is_file(self._at(at)):
            return (*links, at) if self._may_travel(at, path) else ()
        if not links or not self.disk.is_folder(self.root / at) or not self._is_input(self.root / at):
            return ()
        inside = self._linked_folder(at)
        return (*links, *inside) if inside else ()

    def _may_travel(self, at: str, path: str) -> bool:
        """Whether a file may travel: named ones whatever lies around them, links' targets as what is found."""
        folder = posixpath.dirname(at)
        if at == path:
            return self._is_input(self.root / folder)
        return self._travels(folder) and not is_secret(at, self._head(at))

    def _linked_folder(self, folder: str) -> list[str]:
        """The files that a link to a folder brings: those that travel anyway, else all that no tool has made."""
        start = "" if folder == "." else f"{folder}/"
        found = [path for path in self._inventory.found if path.startswith(start)]
        if found or not self._travels(start.rstrip("/")):
            return found
        inner = [path for path in self._below(folder) if not self.disk.is_link(self.root / path)]
        return [path for path in inner if not is_secret(path, self._head(path))]

    def _first_link(self, path: str) -> str | None:
        """The outermost part of a path that is a link."""
        for end in (*(place for place, letter in enumerate(path) if letter == "/"), len(path)):
            if self._is_link(path[:end]):
                return path[:end]
        return None

    @cached_property
    def _links(self) -> dict[str, bool]:
        """Paths, and whether they are links."""
        return {}

    def _value(self, path: str) -> str:
        if self._is_link(path):
            return self._entry(self._at(path))
        mode = self._tracked.get(path)
        of_disk = mode in (None, LINK) or self._keeps_modes
        runs = self.disk.is_executable(self._at(path)) if of_disk else mode == EXECUTABLE
        return manifests.of_file(self.disk.sha256(self._at(path)), runs)

    def _entry(self, place: Path) -> str:
        text = self.disk.link(place)
        if text is not None:
            return manifests.of_link(text)
        return manifests.of_file(self.disk.sha256(place), self.disk.is_executable(place))

    @cached_property
    def _keeps_modes(self) -> bool:
        """Whether the modes of files on the disk count, and not only those that git has recorded."""
        return self.disk.keeps_modes(self.root)

    # -- what is said --------------------------------------------------------------------------------------------------

    def _of_git(self, named: tuple[str, ...]) -> Iterator[Diagnostic]:
        if self.closure_only or not self._tracked:
            return
        unknown = sorted(self._chosen(named) - self._tracked.keys() - self._included)
        if unknown:
            yield Diagnostic(
                "ZC0420",
                f"into the images goes what git does not track: {_several(unknown)}",
                severity=Severity.NOTE,
                notes=("steps reach it, or a link leads to it",),
                helps=("add it to the repository: a fresh checkout makes other images",),
            )
        for path, mode in self._tracked.items():
            if mode == SUBMODULE:
                yield Diagnostic(
                    "ZC0424",
                    f"the submodule `{path}` is not checked out: none of its files goes into the images",
                    severity=Severity.WARNING,
                    helps=(f"run `git submodule update --init {path}`",),
                )

    def _of_links(self, named: tuple[str, ...]) -> Iterator[Diagnostic]:
        for path in sorted(self._inventory.found - set(named)):
            if self._links.get(path) and not self._with_links(path):
                text = self.disk.link(self.root / path)
                yield Diagnostic(
                    "ZC0423",
                    f"the link `{path}` does not go into the images: it leads to `{text}`",
                    severity=Severity.WARNING,
                    notes=("there is nothing in the project that it could lead to in an image",),
                    helps=("let it lead to a file of the project, by a relative path",),
                )


@dataclass(frozen=True)
class _Inventory:
    """What travels without any code, what is never data by its name (see `never_data`), what looks secret, and names
    that are no text.
    """

    found: frozenset[str] = frozenset()
    withheld: Mapping[str, str] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()
    unwritable: frozenset[str] = frozenset()


def _is_skipped(name: str) -> bool:
    return name in SKIPPED or name.endswith(SKIPPED_ENDINGS)


def _several(paths: list[str]) -> str:
    shown = ", ".join(f"`{path}`" for path in paths[:_SHOWN])
    return shown if len(paths) <= _SHOWN else f"{shown} and {len(paths) - _SHOWN} more"


def _is_text(path: str) -> bool:
    """Whether a name can be written down: others no Dockerfile can hold."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _unwritable(paths: list[str]) -> Diagnostic:
    shown = [path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace") for path in paths]
    return Diagnostic(
        "ZC0413",
        f"what has a name that is no UTF-8 does not go into the images: {_several(shown)}",
        severity=Severity.WARNING,
        helps=("give the file another name",),
    )


def _secrets(paths: list[str]) -> Diagnostic:
    return Diagnostic(
        "ZC0422",
        f"what looks like credentials does not go into the images: {', '.join(f'`{path}`' for path in paths)}",
        severity=Severity.WARNING,
        helps=(
            "give it to steps as a secret or a variable",
            "if it is none, name it in `include` of `[tool.zencompile]`",
        ),
    )


def _refused(error: GitFailed) -> Diagnostic:
    helps = "let git work here, or compile a copy of the project without `.git`"
    if "dubious ownership" in error.words:
        helps = f"run `git config --global --add safe.directory {error.repository}`"
    return Diagnostic(
        "ZC0421",
        "git can't be asked which files belong to the project",
        notes=(f"git says: {error.words}", f"a repository is at {error.repository}"),
        helps=(helps,),
    )
