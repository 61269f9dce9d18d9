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
        return {path: _digest(self.root / path) for path in sorted(paths) if self._wanted(path)}

    @cached_property
    def _found(self) -> frozenset[str]:
        return frozenset(self._tracked() or self._walked())

    def read(self, path: str) -> str | None:
        """The text of a file of the project, None if there is none."""
        try:
            return (self.root / path).read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def _wanted(self, path: str) -> bool:
        place = self.root / path
        if not place.is_file() or (place.is_symlink() and not place.resolve().is_relative_to(self.root.resolve())):
            return False
        resolved = place.parent.resolve() / place.name
        return not any(resolved.is_relative_to(folder) for folder in self.exclude if folder != self.root)

    def _closure(self, closure: Iterable[str]) -> Iterator[str]:
        for path in closure:
            yield path
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


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
