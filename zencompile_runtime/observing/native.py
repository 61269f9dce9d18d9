"""Files that libraries in C, C++ or Rust open by themselves, which Python never hears of.

Linux tells who watches a folder what is opened in it, whoever does it. So where such a library is there, the folders of
the project are watched until the run ends. A step that runs beside may add what it reads itself: that costs a needless
run at most. Elsewhere than on Linux, and in projects of too many folders, such a step may have read any file.
"""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Iterator
from typing import Any

from zencompile_runtime.observing import listings
from zencompile_runtime.observing.places import HIDDEN
from zencompile_runtime.observing.session import Session

_NAMES = """
    av catboost cv2 duckdb faiss fasttext fiona h5py lightgbm lxml netCDF4 onnxruntime osgeo polars pyarrow pyogrio
    pysam rasterio safetensors sentencepiece soundfile tables tensorflow tokenizers torchaudio torchvision vtk xgboost
"""
LIBRARIES = frozenset(_NAMES.split())
"""Top-level names of libraries that open files by themselves."""

_FOLDERS = 500
_OPEN, _MODIFY, _CREATE, _MOVED, _OVERFLOW, _FOLDER = 0x20, 0x2, 0x100, 0x80, 0x4000, 0x40000000
_WRITTEN = _MODIFY | _CREATE | _MOVED
_HEAD = struct.Struct("iIII")
_LIBRARIES_FOLDERS = frozenset({"site-packages", "node_modules", "venv", ".venv"})


class Watch:
    """Watches the folders of a project."""

    def __init__(self, project: str) -> None:
        import ctypes

        self._libc: Any = ctypes.CDLL(None, use_errno=True)
        self._descriptor: int = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        self._folders: dict[int, str] = {}
        self.complete = self._descriptor >= 0
        for number, folder in enumerate(_folders(project)):
            watch = -1 if number >= _FOLDERS else self._add(folder)
            if watch < 0:
                self.complete = False
                break
            self._folders[watch] = folder

    def _add(self, folder: str) -> int:
        mask = _OPEN | _WRITTEN
        return int(self._libc.inotify_add_watch(self._descriptor, os.fsencode(folder), mask))

    def close(self) -> None:
        """Watch no longer."""
        if self._descriptor >= 0:
            os.close(self._descriptor)

    def tell(self, session: Session) -> None:
        """Add what was opened to what the run has read."""
        if not self.complete:
            session.unknown()
            return
        written: set[str] = set()
        for path, mask in self._events():
            if mask & _OVERFLOW:
                session.unknown()
            elif mask & _WRITTEN:
                written.add(path)
            elif path in written or path.endswith((".py", ".pyc")):
                continue
            elif mask & _FOLDER:
                listings.note(session, path)
            else:
                session.read(path)

    def _events(self) -> Iterator[tuple[str, int]]:
        while True:
            try:
                data = os.read(self._descriptor, 65536)
            except OSError:  # there are no more
                return
            position = 0
            while position < len(data):
                watch, mask, _, size = _HEAD.unpack_from(data, position)
                position += _HEAD.size
                name = os.fsdecode(data[position : position + size].rstrip(b"\0"))
                position += size
                folder = self._folders.get(watch, "")
                yield (os.path.join(folder, name) if name else folder), mask  # noqa: PTH118


def _folders(project: str) -> Iterator[str]:
    todo = [project]
    while todo:
        folder = todo.pop()
        yield folder
        try:
            with os.scandir(folder) as entries:
                inner = [one.path for one in entries if one.is_dir(follow_symlinks=False) and not _is_apart(one.name)]
        except OSError:
            continue
        todo += inner


def _is_apart(name: str) -> bool:
    return name in HIDDEN or name in _LIBRARIES_FOLDERS


def begin(session: Session) -> None:
    """Watch, unless it is done already: a library of that kind is there."""
    if session.watch is None and session.sink is None:
        if sys.platform == "linux":
            session.watch = Watch(session.places.project)
        else:
            session.unknown()


def end(session: Session) -> None:
    """Tell what was seen."""
    watch, session.watch = session.watch, None
    if watch is not None:
        watch.tell(session)
        watch.close()
