"""Which files of a project its code names in text, such as `open("README.md")` or `root / "docs" / "x.md"`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase

_ASIDE = frozenset({"test", "tests"})
"""Names of folders that as a word alone mean something else: a part of the data."""


def mentioned(texts: Mapping[str, str], groups: Mapping[str, str]) -> set[str]:
    """Those of the paths in `groups` that the texts of some files (by their paths) name.

    `groups` says of each path with which folder it stays out, or is the path again. A text that names no file of such a
    folder, but the folder, names all of it.
    """
    known = _Known(groups)
    found: set[str] = set()
    for path, text in texts.items():
        if any(name in text for name in known.words):
            for word in _words(path, text):
                found |= known.meant(word)
    return found


class _Known:
    """The paths that can be named, by the ways to do that."""

    def __init__(self, groups: Mapping[str, str]) -> None:
        self.by_name: dict[str, set[str]] = {}
        self.inside: dict[str, set[str]] = {}
        self.alone = {path for path, group in groups.items() if path == group}
        for path, group in groups.items():
            self.by_name.setdefault(path.rpartition("/")[2], set()).add(path)
            if path != group:
                self.inside.setdefault(group, set()).add(path)
        folders = {group.rpartition("/")[2] for group in self.inside}
        self.words = {*self.by_name, *folders, *(("*.",) if self.alone else ())}

    def meant(self, word: str) -> set[str]:
        """The paths that a word of a program may name."""
        parts = [part for part in word.replace("\\", "/").split("/") if part not in ("", ".", "..")]
        if not parts:
            return set()
        named = self.by_name.get(parts[-1])
        if named is not None:
            return named
        found: set[str] = set()
        for folder, paths in self.inside.items():
            if _names(parts, folder.split("/"), "/" in word):
                found |= paths
        if parts[-1].startswith("*.") and len(parts[-1]) > 2:
            found |= {path for path in self.alone if fnmatchcase(path.rpartition("/")[2], parts[-1])}
        return found


def _names(parts: list[str], folder: list[str], is_path: bool) -> bool:
    """Whether a path leads to or into a folder, from wherever it starts."""
    if parts == folder[-1:]:
        return is_path or parts[0] not in _ASIDE
    size = len(folder)
    return any(parts[start : start + size] == folder for start in range(len(parts) - size + 1))


def _words(path: str, text: str) -> Iterator[str]:
    """What a file's text may mean as a path: constants of a module, words of a file that isn't one."""
    if not path.endswith(".py"):
        yield from re.findall(r"[\w./*@+-]+", text)
        return
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        yield from re.findall(r"[\w./*@+-]+", text)
        return
    for constant in _constants(tree):
        yield constant
        last = constant.split()[-1:]
        yield from (word for word in last if word != constant)


def _constants(tree: ast.AST) -> Iterable[str]:
    """The constants of text in a module, but those that stand alone as docstrings do."""
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield node.value
