"""What a project is read from.

Everything that the compiler reads of a project goes through a `Disk`: the machine's (`LocalDisk`), files in memory
(`MemoryDisk`), or whatever else has folders, files and bytes, such as the objects of a repository. Paths are absolute.
A folder is listed once: a `Disk` lives as long as one compilation, which looks at one state of the project.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

LARGEST_AT_ONCE = 1 << 20
"""Bytes of a file that are in memory at once while its digest is made."""


class Disk(ABC):
    """Folders and files. Links are followed, but for `is_link`, `exists` and `real`."""

    @abstractmethod
    def entries(self, folder: Path) -> Mapping[str, bool]:
        """The names in a folder, with whether each is a folder itself; none where there is no such folder."""

    @abstractmethod
    def is_file(self, path: Path) -> bool:
        """Whether a plain file is there."""

    @abstractmethod
    def is_folder(self, path: Path) -> bool:
        """Whether a folder is there."""

    @abstractmethod
    def exists(self, path: Path) -> bool:
        """Whether anything is there, be it a link that leads nowhere."""

    @abstractmethod
    def is_link(self, path: Path) -> bool:
        """Whether the path itself is a link."""

    @abstractmethod
    def real(self, path: Path) -> Path:
        """The path with all links followed."""

    @abstractmethod
    def size(self, path: Path) -> int:
        """The size of a file in bytes. Raises OSError."""

    @abstractmethod
    def read_bytes(self, path: Path) -> bytes:
        """What a file holds. Raises OSError."""

    def read_head(self, path: Path, size: int) -> bytes:
        """The first bytes of a file. Raises OSError."""
        return self.read_bytes(path)[:size]

    def sha256(self, path: Path) -> str:
        """The SHA-256 of a file's bytes, in hexadecimal. Raises OSError."""
        return hashlib.sha256(self.read_bytes(path)).hexdigest()

    def link(self, path: Path) -> str | None:
        """The text of a link; None for what is none."""
        return None

    def is_executable(self, path: Path) -> bool:
        """Whether its owner may run a file."""
        return False

    def tracked(self, folder: Path) -> Mapping[str, int] | None:
        """Paths below a folder that version control knows, relative to it, with git's modes; None where it knows none.

        Raises `git.GitFailed` where it should know, and doesn't tell.
        """
        return None

    def keeps_modes(self, folder: Path) -> bool:
        """Whether the modes of files below a folder count, and not only those that version control has."""
        return True

    def read_text(self, path: Path, errors: str = "strict") -> str:
        """A file as UTF-8, newlines as `\\n`. Raises OSError and UnicodeDecodeError."""
        text = self.read_bytes(path).decode("utf-8", errors)
        return text.replace("\r\n", "\n").replace("\r", "\n")

    def walk(self, folder: Path) -> Iterator[tuple[Path, list[str], list[str]]]:
        """Each folder from `folder` down, with the names of its folders and of its files, both sorted.

        As with `os.walk`, a name that is taken out of the first list is not entered. Linked folders are not either.
        """
        entries = self.entries(folder)
        folders = sorted(name for name, is_folder in entries.items() if is_folder)
        files = sorted(name for name, is_folder in entries.items() if not is_folder)
        yield folder, folders, files
        for name in folders:
            if not self.is_link(folder / name):
                yield from self.walk(folder / name)

    def glob(self, folder: Path, pattern: str) -> Iterator[Path]:
        """What a pattern matches below a folder, as `pathlib.Path.glob` has it. Raises ValueError for a bad pattern."""
        parts = [part for part in pattern.split("/") if part not in ("", ".")]
        if not parts or pattern.startswith("/"):
            raise ValueError(f"Unacceptable pattern: {pattern!r}")
        seen: set[Path] = set()
        for path in self._matching(folder, parts):
            if path not in seen:
                seen.add(path)
                yield path

    def _matching(self, folder: Path, parts: list[str]) -> Iterator[Path]:
        part, rest = parts[0], parts[1:]
        if part == "**":
            for inner in self._folders(folder):
                if rest:
                    yield from self._matching(inner, rest)
                else:
                    yield inner
            return
        if part == "..":
            names = [part]
        else:
            names = [name for name in self.entries(folder) if fnmatchcase(name, part)]
        for name in names:
            if not rest:
                yield folder / name
            elif self.is_folder(folder / name):
                yield from self._matching(folder / name, rest)

    def _folders(self, folder: Path) -> Iterator[Path]:
        for path, _, _ in self.walk(folder):
            yield path


class LocalDisk(Disk):
    """The machine's file system. It lists each folder once, and asks once what stands under a path."""

    def __init__(self) -> None:
        self._entries: dict[Path, dict[str, bool]] = {}
        self._modes: dict[Path, int] = {}

    def entries(self, folder: Path) -> Mapping[str, bool]:
        known = self._entries.get(folder)
        if known is None:
            known = self._entries[folder] = _listed(folder)
        return known

    def is_file(self, path: Path) -> bool:
        return stat.S_ISREG(self._mode(path))

    def is_folder(self, path: Path) -> bool:
        if self._entries.get(path):
            return True
        return stat.S_ISDIR(self._mode(path))

    def _mode(self, path: Path) -> int:
        """The mode of what is there, 0 for nothing."""
        known = self._modes.get(path)
        if known is None:
            beside = self._entries.get(path.parent)
            if beside is not None and path.name not in beside and path.name not in ("", ".."):
                return 0
            try:
                known = path.stat().st_mode
            except (OSError, ValueError):
                known = 0
            self._modes[path] = known
        return known

    def exists(self, path: Path) -> bool:
        return os.path.lexists(path)

    def is_link(self, path: Path) -> bool:
        return path.is_symlink()

    def real(self, path: Path) -> Path:
        return path.resolve()

    def size(self, path: Path) -> int:
        return path.stat().st_size

    def read_bytes(self, path: Path) -> bytes:
        return path.read_bytes()

    def read_head(self, path: Path, size: int) -> bytes:
        with path.open("rb") as stream:
            return stream.read(size)

    def sha256(self, path: Path) -> str:
        digest = hashlib.sha256()
        with path.open("rb") as stream:
            while block := stream.read(LARGEST_AT_ONCE):
                digest.update(block)
        return digest.hexdigest()

    def link(self, path: Path) -> str | None:
        try:
            return os.readlink(path)  # noqa: PTH115 (the text as it is, `./x` and all)
        except (OSError, ValueError):
            return None

    def is_executable(self, path: Path) -> bool:
        return bool(self._mode(path) & stat.S_IXUSR)

    def tracked(self, folder: Path) -> Mapping[str, int] | None:
        from zencompile import git

        return git.tracked(folder)

    def keeps_modes(self, folder: Path) -> bool:
        from zencompile import git

        return os.name != "nt" and git.keeps_modes(folder)


def _listed(folder: Path) -> dict[str, bool]:
    try:
        with os.scandir(folder) as found:
            return {entry.name: _is_folder(entry) for entry in found}
    except (OSError, ValueError):
        return {}


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


class MemoryDisk(Disk):
    """Files in memory, by their absolute paths. It has no links, and no folders but those around its files."""

    def __init__(self, files: Mapping[Path, bytes]) -> None:
        self._files = dict(files)
        self._folders_of: dict[Path, dict[str, bool]] = {}
        for path in self._files:
            self._add(path)

    def _add(self, path: Path) -> None:
        self._folders_of.setdefault(path.parent, {})[path.name] = False
        for folder in path.parents:
            above = self._folders_of.setdefault(folder.parent, {})
            if folder != folder.parent:
                above[folder.name] = True

    def entries(self, folder: Path) -> Mapping[str, bool]:
        return self._folders_of.get(_normal(folder), {})

    def is_file(self, path: Path) -> bool:
        return _normal(path) in self._files

    def is_folder(self, path: Path) -> bool:
        return _normal(path) in self._folders_of

    def exists(self, path: Path) -> bool:
        return self.is_file(path) or self.is_folder(path)

    def is_link(self, path: Path) -> bool:
        return False

    def real(self, path: Path) -> Path:
        return _normal(path)

    def size(self, path: Path) -> int:
        return len(self.read_bytes(path))

    def read_bytes(self, path: Path) -> bytes:
        found = self._files.get(_normal(path))
        if found is not None:
            return found
        number = errno.EISDIR if self.is_folder(path) else errno.ENOENT
        raise OSError(number, os.strerror(number), str(path))


def _normal(path: Path) -> Path:
    return Path(os.path.normpath(path))
