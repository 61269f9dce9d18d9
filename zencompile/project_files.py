"""Which files of a project go into its images, and what they hold."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

# What never goes into an image, in a folder that git does not know.
_IGNORED = {
    ".git", ".hg", ".svn", ".venv", "venv", "env", "node_modules", "__pycache__", ".mypy_cache", ".pytest_cache",
    ".ruff_cache", ".tox", ".nox", ".idea", ".vscode", ".ipynb_checkpoints", ".zencompile", ".zen", ".DS_Store",
    "build", "dist", ".env", ".eggs", ".hypothesis",
}  # fmt: skip
_SUFFIXES = (".pyc", ".pyo", ".egg-info")


@dataclass(frozen=True)
class ProjectFiles:
    """The files below `root` that may travel. `exclude` are folders that never do: where output is written."""

    root: Path
    exclude: tuple[Path, ...] = ()
    closure_only: bool = False

    def manifest(self, closure: Iterable[str] = ()) -> dict[str, str]:
        """Path relative to the root → SHA-256: the files that git tracks, else those that nothing ignores.

        The files that steps reach (`closure`) go in whatever git thinks of them, with the `__init__.py` of their
        packages; with `closure_only` they go in alone.
        """
        reached = set(self._closure(closure))
        paths = reached if self.closure_only else reached | self._found
        known = self._digests
        for path in paths - known.keys():
            known[path] = _digest(self.root / path) if self._wanted(path) else None
        return {path: digest for path in sorted(paths) if (digest := known[path]) is not None}

    @cached_property
    def _digests(self) -> dict[str, str | None]:
        """What was asked for before: a project's files are the same for all that is compiled from it at once."""
        return {}

    @cached_property
    def _place(self) -> Path:
        return self.root.resolve()

    @cached_property
    def _folders(self) -> dict[Path, Path]:
        """Folders and where they really are."""
        return {}

    @cached_property
    def _found(self) -> frozenset[str]:
        """What git tracks; elsewhere what nothing ignores, without what an earlier compilation left in the project."""
        return frozenset(self._tracked() or (p for p in self._walked() if not _generated(self.root / p)))

    def read(self, path: str) -> str | None:
        """The text of a file of the project, None if there is none."""
        try:
            return (self.root / path).read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def _wanted(self, path: str) -> bool:
        """Whether a file may travel. Docker follows no link out of its context, be it a file's or a folder's."""
        place = self.root / path
        if not place.is_file() or (place.is_symlink() and not place.resolve().is_relative_to(self._place)):
            return False
        parent = self._folders.get(place.parent)
        if parent is None:
            parent = self._folders[place.parent] = place.parent.resolve()
        resolved = parent / place.name
        if not resolved.is_relative_to(self._place):
            return False
        return not any(resolved.is_relative_to(folder) for folder in self.exclude if folder != self.root)

    def _closure(self, closure: Iterable[str]) -> Iterator[str]:
        for path in closure:
            yield path
            place = self.root / path
            if self.closure_only or place.is_symlink():
                target = place.resolve()
                if target != self._place / path and target.is_relative_to(self._place):
                    yield target.relative_to(self._place).as_posix()
            for parent in Path(path).parents[:-1]:
                if (self.root / parent / "__init__.py").is_file():
                    yield (parent / "__init__.py").as_posix()

    def _tracked(self) -> list[str]:
        """The files below the root that git tracks; none outside a repository."""
        place = self.root.resolve()
        if "GIT_DIR" not in os.environ and not any((f / ".git").exists() for f in (place, *place.parents)):
            return []
        import subprocess

        command = ["git", "-C", str(self.root), "ls-files", "-z", "--cached", "."]
        try:
            listing = subprocess.run(
                command, capture_output=True, check=True, stdin=subprocess.DEVNULL, timeout=30
            ).stdout
        except (OSError, subprocess.SubprocessError):
            return []
        return [os.fsdecode(path) for path in listing.split(b"\0") if path]

    def _walked(self) -> Iterator[str]:
        for folder, folders, files in os.walk(self.root):
            folders[:] = sorted(f for f in folders if f not in _IGNORED and not f.endswith(_SUFFIXES))
            for file in files:
                if file not in _IGNORED and not file.endswith(_SUFFIXES):
                    yield (Path(folder) / file).relative_to(self.root).as_posix()


def _generated(path: Path) -> bool:
    """Whether a file says in its head that it was generated here."""
    try:
        with path.open("rb") as stream:
            return b"Generated by zencompile" in stream.read(600)
    except OSError:
        return False


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
