"""Folders as data: what is in them, and how one is changed into another on the disk."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from enum import Enum
from pathlib import Path


@dataclass(frozen=True)
class Node:
    """A file, a link (`link` is where it leads), or a folder (`data` is None)."""

    data: bytes | None = b""
    link: str | None = None
    mode: int = 0o644
    mtime: int | None = None


Tree = dict[str, Node]
"""Nodes by their paths below the root; folders that hold something need no node."""


class Way(Enum):
    """How a file's content is changed."""

    IN_PLACE = "in place"
    REPLACED = "replaced"
    SAME_TIME = "with the same time"


def written(before: Tree, after: Tree, root: Path, way: Way = Way.IN_PLACE) -> None:
    """Change what is below `root` from one tree to another. What stays isn't touched."""
    for path in sorted(before.keys() - after.keys(), reverse=True):
        _remove(root / path)
    for path in sorted(before.keys() & after.keys()):
        if _sort(before[path]) != _sort(after[path]):
            _remove(root / path)
    _without_empty_folders(before, after, root)
    for path, node in sorted(after.items()):
        if before.get(path) != node:
            _write(root / path, node, way if path in before else Way.IN_PLACE)


def touched(tree: Tree, root: Path) -> None:
    """Give files another time of change."""
    for path, node in tree.items():
        if node.data is not None and node.link is None and node.mtime is None:
            now = (root / path).stat().st_mtime
            os.utime(root / path, (now + 3, now + 3))


def rewritten(tree: Tree, root: Path) -> None:
    """Write files anew with what they hold already."""
    for path, node in tree.items():
        if node.data is not None and node.link is None:
            _write(root / path, node, Way.REPLACED)


def _sort(node: Node) -> str:
    return "link" if node.link is not None else "folder" if node.data is None else "file"


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _folders(tree: Tree) -> set[str]:
    found = {path for path, node in tree.items() if _sort(node) == "folder"}
    return found | {parent.as_posix() for path in tree for parent in Path(path).parents}


def _without_empty_folders(before: Tree, after: Tree, root: Path) -> None:
    for folder in sorted(_folders(before) - _folders(after)):
        if (root / folder).is_dir():
            shutil.rmtree(root / folder)


def _write(path: Path, node: Node, way: Way) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if node.link is not None:
        path.unlink(missing_ok=True)
        path.symlink_to(node.link)
    elif node.data is None:
        path.mkdir(exist_ok=True)
    else:
        _write_file(path, node, node.data, way)


def _write_file(path: Path, node: Node, data: bytes, way: Way) -> None:
    old = path.stat() if path.exists() else None
    if way is Way.REPLACED:
        beside = path.with_name(path.name + ".new")
        beside.write_bytes(data)
        beside.replace(path)
    else:
        path.write_bytes(data)
    path.chmod(node.mode)
    if node.mtime is not None:
        os.utime(path, (node.mtime, node.mtime))
    elif old is not None and way is Way.SAME_TIME:
        os.utime(path, ns=(old.st_atime_ns, old.st_mtime_ns))
    elif old is not None:  # Python's own bytecode knows seconds only
        later = max(path.stat().st_mtime, old.st_mtime + 2)
        os.utime(path, (later, later))
