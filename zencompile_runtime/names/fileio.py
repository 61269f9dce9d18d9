"""`zenml.io.fileio`: file operations on local paths and on any URL of fsspec."""

from __future__ import annotations

import glob as _glob
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any


def _remote(path: Any) -> Any:
    text = os.fspath(path) if not isinstance(path, (str, bytes)) else path
    if isinstance(text, bytes):
        text = text.decode()
    return _filesystem(text) if "://" in text and not text.startswith("file://") else None


def _filesystem(path: str) -> Any:
    from fsspec.core import url_to_fs

    return url_to_fs(path)[0]


def _local(path: Any) -> str:
    text = os.fsdecode(os.fspath(path))
    return text[7:] if text.startswith("file://") else text


def open(path: Any, mode: str = "r") -> Any:
    """Open a file; in a local folder that does not exist yet, the folder is made."""
    remote = _remote(path)
    if remote is not None:
        return remote.open(str(path), mode)
    target = Path(_local(path))
    if mode[0] in "wax":
        target.parent.mkdir(parents=True, exist_ok=True)
    return target.open(mode)


def exists(path: Any) -> bool:
    """Whether there is something at the path."""
    remote = _remote(path)
    return bool(remote.exists(str(path))) if remote is not None else Path(_local(path)).exists()


def isdir(path: Any) -> bool:
    """Whether the path is a folder."""
    remote = _remote(path)
    return bool(remote.isdir(str(path))) if remote is not None else Path(_local(path)).is_dir()


def listdir(path: Any, only_file_names: bool = True) -> list[str]:
    """The names in a folder, sorted."""
    remote = _remote(path)
    if remote is None:
        names = sorted(os.listdir(_local(path)))  # noqa: PTH208
    else:
        names = sorted(one.rstrip("/").rpartition("/")[2] for one in remote.ls(str(path), detail=False))
    return names if only_file_names else [f"{str(path).rstrip('/')}/{name}" for name in names]


def makedirs(path: Any) -> None:
    """Make a folder and those above it."""
    remote = _remote(path)
    if remote is not None:
        remote.makedirs(str(path), exist_ok=True)
    else:
        Path(_local(path)).mkdir(parents=True, exist_ok=True)


def mkdir(path: Any) -> None:
    """Make a folder in one that exists."""
    remote = _remote(path)
    if remote is not None:
        remote.mkdir(str(path), create_parents=False)
    else:
        Path(_local(path)).mkdir()


def remove(path: Any) -> None:
    """Remove a file."""
    remote = _remote(path)
    if remote is not None:
        remote.rm_file(str(path))
    else:
        Path(_local(path)).unlink()


def rmtree(path: Any) -> None:
    """Remove a folder with all that is in it."""
    remote = _remote(path)
    if remote is not None:
        remote.rm(str(path), recursive=True)
    else:
        shutil.rmtree(_local(path))


def copy(src: Any, dst: Any, overwrite: bool = False) -> None:
    """Copy a file, also from one kind of storage to another."""
    if not overwrite and exists(dst):
        raise FileExistsError(f"{dst} exists; pass overwrite=True to replace it")
    with open(src, "rb") as source, open(dst, "wb") as target:
        shutil.copyfileobj(source, target, 1 << 20)


def rename(src: Any, dst: Any, overwrite: bool = False) -> None:
    """Move a file or folder."""
    if not overwrite and exists(dst):
        raise FileExistsError(f"{dst} exists; pass overwrite=True to replace it")
    remote = _remote(src)
    if remote is not None:
        remote.mv(str(src), str(dst), recursive=True)
    else:
        os.replace(_local(src), _local(dst))  # noqa: PTH105


def size(path: Any) -> int | None:
    """Bytes of a file; of a folder, of all files in it; None where there is nothing."""
    if not exists(path):
        return None
    remote = _remote(path)
    if remote is not None:
        return int(remote.du(str(path)))
    local = Path(_local(path))
    if local.is_dir():
        return sum(one.stat().st_size for one in local.rglob("*") if one.is_file())
    return local.stat().st_size


def stat(path: Any) -> Any:
    """What the storage knows of a path."""
    remote = _remote(path)
    return remote.info(str(path)) if remote is not None else Path(_local(path)).stat()


def glob(pattern: Any) -> list[str]:
    """Paths that match a pattern, sorted."""
    remote = _remote(pattern)
    if remote is None:
        return sorted(_glob.glob(_local(pattern)))  # noqa: PTH207
    return sorted(remote.unstrip_protocol(one) for one in remote.glob(str(pattern)))


def walk(
    top: Any, topdown: bool = True, onerror: Callable[..., None] | None = None
) -> Iterator[tuple[str, list[str], list[str]]] | Iterable[Any]:
    """Like os.walk."""
    remote = _remote(top)
    if remote is not None:
        return remote.walk(str(top))  # type: ignore[no-any-return]
    return os.walk(_local(top), topdown=topdown, onerror=onerror)


def convert_to_str(path: Any) -> str:
    """A path as text."""
    return path.decode() if isinstance(path, bytes) else str(path)


class FileStore:
    """What a materializer's `artifact_store` can do."""

    path = ""

    def open(self, path: Any, mode: str = "r") -> Any:
        """See the function of this name."""
        return open(path, mode)

    exists = staticmethod(exists)
    isdir = staticmethod(isdir)
    listdir = staticmethod(listdir)
    makedirs = staticmethod(makedirs)
    mkdir = staticmethod(mkdir)
    remove = staticmethod(remove)
    rmtree = staticmethod(rmtree)
    copyfile = staticmethod(copy)
    rename = staticmethod(rename)
    size = staticmethod(size)
    stat = staticmethod(stat)
    glob = staticmethod(glob)
    walk = staticmethod(walk)
