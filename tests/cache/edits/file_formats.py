"""Binary files whose content stands as a text in `kinds/*.txt`."""

from __future__ import annotations

import bz2
import dbm.dumb
import gzip
import io
import lzma
import pickle
import shelve
import sqlite3
import struct
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

_EPOCH = (2020, 1, 1, 0, 0, 0)


def _members(text: str) -> list[tuple[str, str]]:
    lines = (line.partition("=") for line in text.splitlines() if line)
    return [(name, content) for name, _, content in lines]


def _zip(text: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as pack:
        for name, content in _members(text):
            pack.writestr(zipfile.ZipInfo(name, _EPOCH), content)
    return stream.getvalue()


def _tar(text: str) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as pack:
        for name, content in _members(text):
            entry = tarfile.TarInfo(name)
            entry.size = len(content.encode())
            pack.addfile(entry, io.BytesIO(content.encode()))
    return stream.getvalue()


def _sqlite(text: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "base")
        base = sqlite3.connect(path)
        base.execute("create table t (x)")
        base.execute("insert into t values (?)", [text.strip()])
        base.commit()
        base.close()
        return path.read_bytes()


def _call(text: str) -> bytes:
    """A pickle that calls a module's function: `module.function(number)`."""
    module, _, rest = text.strip().partition(".")
    function, _, number = rest.rstrip(")").partition("(")
    return f"c{module}\n{function}\n(I{number}\ntR.".encode()


def _npy(text: str) -> bytes:
    numbers = [int(one) for one in text.split()]
    header = repr({"descr": "<i8", "fortran_order": False, "shape": (len(numbers),)}).encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + struct.pack(f"<{len(numbers)}q", *numbers)


def _mo(text: str) -> bytes:
    """A catalogue of messages in which `one` is `text`."""
    source, target = b"one", text.strip().encode()
    head = struct.pack("<7I", 0x950412DE, 0, 1, 28, 36, 0, 44)
    rows = struct.pack("<4I", len(source), 44, len(target), 44 + len(source) + 1)
    return head + rows + source + b"\0" + target + b"\0"


def _long(text: str) -> bytes:
    return b"a" * 700_000 + text.strip().encode() + b"b" * 700_000


ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "text": str.encode,
    "utf-8": str.encode,
    "utf-16": lambda text: text.encode("utf-16"),
    "crlf": lambda text: text.replace("\n", "\r\n").encode(),
    "bz2": lambda text: bz2.compress(text.encode()),
    "call": _call,
    "gzip": lambda text: gzip.compress(text.encode(), mtime=0),
    "long": _long,
    "lzma": lambda text: lzma.compress(text.encode()),
    "mo": _mo,
    "npy": _npy,
    "pickle": lambda text: pickle.dumps(text.strip(), protocol=4),
    "sqlite": _sqlite,
    "tar": _tar,
    "zip": _zip,
}


def _shelf(text: str) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        base = str(Path(folder, "base"))
        with shelve.Shelf(dbm.dumb.open(base)) as shelf:
            shelf["x"] = text.strip()
        return {f".{end}": Path(f"{base}.{end}").read_bytes() for end in ("dat", "dir")}


def encoded(encoding: str, text: str) -> dict[str, bytes]:
    """What is written for a text, by what comes after the file's name (mostly nothing)."""
    if encoding == "shelf":
        return _shelf(text)
    return {"": ENCODINGS[encoding](text)}
