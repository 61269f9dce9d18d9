"""Files that libraries in C, C++ or Rust open by themselves, which Python never hears of.

Linux tells who watches a folder what is opened in it. So where such a library is there, the folders of the project are
watched until the run ends, and what this process or one that it started opens counts. Where the kernel doesn't tell
whose process it was, a step that runs beside may add what it reads itself: that costs a needless run at most. Elsewhere
than on Linux, and in projects of too many folders, such a step may have read any file.
"""

from __future__ import annotations

import itertools
import os
import struct
import sys
from collections.abc import Callable, Collection, Iterator
from typing import Any

from zencompile_runtime.observing import listings
from zencompile_runtime.observing.places import HIDDEN
from zencompile_runtime.observing.session import Session, state

_NAMES = """
    av catboost cv2 duckdb faiss fasttext fiona h5py lightgbm lxml netCDF4 onnxruntime osgeo polars pyarrow pyogrio
    pysam rasterio safetensors sentencepiece soundfile tables tensorflow tokenizers torchaudio torchvision vtk xgboost
    sqlite3 _gdbm _dbm _cffi_backend readline _ssl annoy apsw ctranslate2 fitz hnswlib igraph llama_cpp lmdb pymupdf
    pypdfium2 pyreadstat pyvips rdkit rocksdict
"""
LIBRARIES = frozenset(_NAMES.split())
"""Top-level names of libraries that open files by themselves."""

_FOLDERS = 500
_OPEN, _MODIFY, _CREATE, _MOVED, _OVERFLOW, _FOLDER = 0x20, 0x2, 0x100, 0x80, 0x4000, 0x40000000
_WRITTEN = _MODIFY | _CREATE | _MOVED
_HEAD = struct.Struct("iIII")
_FAN_FLAGS = 0x1 | 0x2 | 0x400 | 0x800  # close on exec, don't block, tell the folder and the name
_FAN_CHILDREN = 0x08000000
_EVENT = struct.Struct("=IBBHQii")
_HANDLE = struct.Struct("=Ii")
_HANDLE_BYTES = 128
_HERE = -100  # AT_FDCWD
_LIBRARIES_FOLDERS = frozenset({"site-packages", "node_modules", "venv", ".venv"})


class Watch:
    """Watches the folders of a project, by who opens files there where the kernel tells (fanotify, Linux 5.13)."""

    def __init__(self, project: str) -> None:
        import ctypes

        self._libc: Any = ctypes.CDLL(None, use_errno=True)
        self._process = os.getpid()
        self._kept: list[bytes] = []  # events that were taken from the kernel before the run's end
        self._folders: dict[int, str] = {}
        self._handles: dict[bytes, str] = {}
        folders = list(itertools.islice(_folders(project), _FOLDERS + 1))
        self._descriptor: int = -1
        if not self._watch_processes(folders[:_FOLDERS]):
            self._watch_all(folders[:_FOLDERS])
        watched = len(self._handles) or len(self._folders)
        self.complete = self._descriptor >= 0 and watched == len(folders)

    def _watch_processes(self, folders: list[str]) -> bool:
        """Have it told which process opens what; whether that can be had."""
        import ctypes

        try:
            self._descriptor = self._libc.fanotify_init(_FAN_FLAGS, os.O_RDONLY)
            for folder in folders if self._descriptor >= 0 else ():
                path, mask = os.fsencode(folder), ctypes.c_uint64(_OPEN | _WRITTEN | _FAN_CHILDREN | _FOLDER)
                handle = ctypes.create_string_buffer(_HANDLE.pack(_HANDLE_BYTES, 0), 8 + _HANDLE_BYTES)
                if self._libc.name_to_handle_at(_HERE, path, handle, ctypes.byref(ctypes.c_int()), 0) < 0:
                    break
                if self._libc.fanotify_mark(self._descriptor, 1, mask, _HERE, path) < 0:
                    break
                self._handles[handle.raw[: 8 + _HANDLE.unpack_from(handle.raw)[0]]] = folder
            else:
                if self._descriptor >= 0:
                    return True
        except AttributeError:  # the system's library has no such functions
            return False
        self.close()
        self._descriptor = -1
        self._handles.clear()
        return False

    def _watch_all(self, folders: list[str]) -> None:
        self._descriptor = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        for folder in folders:
            watch = int(self._libc.inotify_add_watch(self._descriptor, os.fsencode(folder), _OPEN | _WRITTEN))
            if watch < 0:
                return
            self._folders[watch] = folder

    def close(self) -> None:
        """Watch no longer."""
        if self._descriptor >= 0:
            os.close(self._descriptor)

    def imported(self, folder: str, list_it: Callable[[], None]) -> None:
        """Let the import system list a folder: that is no listing that a library made, and the code doesn't see it."""
        if os.getpid() != self._process or not self.complete:
            list_it()
            return
        self._kept += self._reads()
        list_it()
        for data in self._reads():
            self._kept.append(b"".join(one for one in self._split(data) if not self._is_listing(one, folder)))

    def _split(self, data: bytes) -> Iterator[bytes]:
        position = 0
        while position < len(data):
            if self._handles:
                size = _EVENT.unpack_from(data, position)[0]
            else:
                size = _HEAD.size + _HEAD.unpack_from(data, position)[3]
            yield data[position : position + size]
            position += size

    def _is_listing(self, event: bytes, folder: str) -> bool:
        if self._handles:
            _, _, _, head, mask, _, process = _EVENT.unpack_from(event)
            return bool(mask & _FOLDER) and process == self._process and self._place(event[head:]) == folder
        watch, mask, _, _ = _HEAD.unpack_from(event)
        return bool(mask & _FOLDER) and self._folders.get(watch) == folder and not event[_HEAD.size :].strip(b"\0")

    def tell(self, session: Session, processes: Collection[int]) -> None:
        """Add what was opened to what the run has read; `processes` are those that it started."""
        if not self.complete:
            session.unknown()
            return
        written: set[str] = set()
        self._kept += self._reads()
        for path, mask in self._told(processes) if self._handles else self._events():
            if mask & _OVERFLOW or (not path and not mask & _FOLDER):
                session.unknown()
            elif mask & _WRITTEN:
                written.add(path)
            elif not path or path in written or path.endswith((".py", ".pyc")):
                continue
            elif mask & _FOLDER:
                listings.note(session, path)
            else:
                session.read(path)

    def _told(self, processes: Collection[int]) -> Iterator[tuple[str, int]]:
        """What this process opened, and those that it started. The kernel names others to root alone: who isn't named
        may be one of those.
        """
        ours = {os.getpid(), *processes, *([0] if processes else [])}
        for event in itertools.chain.from_iterable(map(self._split, self._kept)):
            _, _, _, head, mask, _, process = _EVENT.unpack_from(event)
            if mask & _OVERFLOW or process in ours:
                yield self._place(event[head:]), mask

    def _place(self, info: bytes) -> str:
        if len(info) < 12:
            return ""
        size = 8 + _HANDLE.unpack_from(info, 12)[0]
        folder = self._handles.get(info[12 : 12 + size])
        if folder is None:
            return ""
        name = os.fsdecode(info[12 + size :].partition(b"\0")[0])
        return folder if name in ("", ".") else f"{folder}/{name}"

    def _reads(self) -> Iterator[bytes]:
        while True:
            try:
                data = os.read(self._descriptor, 65536)
            except OSError:  # there are no more
                return
            yield data

    def _events(self) -> Iterator[tuple[str, int]]:
        for event in itertools.chain.from_iterable(map(self._split, self._kept)):
            watch, mask, _, _ = _HEAD.unpack_from(event)
            name = os.fsdecode(event[_HEAD.size :].rstrip(b"\0"))
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


def imported(folder: str, list_it: Callable[[], None]) -> None:
    """List a folder for the import system by `list_it`."""
    watch = state.session.watch if state.session is not None else None
    if watch is None:
        list_it()
    else:
        watch.imported(folder, list_it)


def begin(session: Session) -> None:
    """A library of that kind is there: watch, unless it is done already. A process that the run started tells it."""
    if not session.is_native:
        session.is_native = True
        session.send("flag", NATIVE)
        prepare(session)


NATIVE = "native"
"""How a process reports such a library."""


def prepare(session: Session) -> None:
    """Watch, unless it is done already: a process is about to be started, which may have such a library."""
    if session.watch is None and session.sink is None and sys.platform == "linux":
        session.watch = Watch(session.places.project)


def end(session: Session, processes: Collection[int]) -> None:
    """Tell what was seen, if a library of that kind was there; `processes` are those that the run started."""
    watch, session.watch = session.watch, None
    if session.is_native and watch is None:
        session.unknown()
    elif session.is_native:
        watch.tell(session, processes)
    if watch is not None:
        watch.close()
