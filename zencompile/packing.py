"""The archive that an image is built from: exactly the files that were compiled, as they were then.

Owners, times and all bits of modes but one are left out of it: the same files are the same archive on every machine.
"""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, NamedTuple

from zencompile.ir import manifests


class Changed(Exception):
    """A file is not what it was when the image's name was made of it; the message names it."""

    def __init__(self, path: str, how: str = "changed") -> None:
        super().__init__(f"`{path}` {how} since compiling")


class Item(NamedTuple):
    """A file for the archive: its name there, where it lies, and what a manifest says of it."""

    name: str
    place: Path
    entry: str


def pack(items: Iterable[Item], texts: Mapping[str, str]) -> BinaryIO:
    """An archive of the files, with some texts beside them. Raises `Changed`."""
    stream = tempfile.TemporaryFile()  # noqa: SIM115
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for item in sorted(items):
            _add(archive, item)
        for name, text in texts.items():
            _write(archive, tarfile.TarInfo(name), text.encode())
    stream.seek(0)
    return stream


def tree(folder: Path, files: Mapping[str, str], below: str = "") -> Iterator[Item]:
    """The files of a manifest that is relative to a folder, under their names `below` another."""
    for path, entry in files.items():
        yield Item(path if below in ("", ".") else f"{below}/{path}", folder / path, entry)


def runtime(folder: Path, package: str, expected: str, below: str) -> Iterator[Item]:
    """The files of the runtime in its folder, all together as they were compiled."""
    found = sorted(
        (path.relative_to(folder).as_posix(), path)
        for path in (folder / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )
    digests = {path: hashlib.sha256(place.read_bytes()).hexdigest() for path, place in found}
    lines = "".join(f"{digest}  {path}\n" for path, digest in digests.items())
    if hashlib.sha256(lines.encode()).hexdigest() != expected:
        raise Changed(f"{below}/{package}")
    for path, place in found:
        yield Item(f"{below}/{path}", place, digests[path])


def check(item: Item) -> bytes:
    """What a file holds. Raises `Changed` if that is not what its entry says."""
    try:
        text = os.readlink(item.place) if item.place.is_symlink() else None  # noqa: PTH115 (the text as it is)
        held = item.place.read_bytes() if text is None else b""
    except FileNotFoundError:
        raise Changed(item.name, "is gone") from None
    except OSError as error:
        raise Changed(item.name, f"can't be read ({str(error.strerror).lower()}), or changed,") from error
    same = manifests.target(item.entry) == text
    if not same or (text is None and manifests.digest(item.entry) != hashlib.sha256(held).hexdigest()):
        raise Changed(item.name)
    return held


def _add(archive: tarfile.TarFile, item: Item) -> None:
    entry = tarfile.TarInfo(item.name.rstrip("/"))
    if item.entry == manifests.FOLDER:
        entry.type, entry.mode = tarfile.DIRTYPE, 0o755
        archive.addfile(entry)
        return
    held = check(item)
    text = manifests.target(item.entry)
    if text is not None:
        entry.type, entry.linkname, entry.mode = tarfile.SYMTYPE, text, 0o777
        archive.addfile(entry)
        return
    entry.mode = 0o755 if manifests.is_executable(item.entry) else 0o644
    _write(archive, entry, held)


def _write(archive: tarfile.TarFile, entry: tarfile.TarInfo, content: bytes) -> None:
    """A file with no owner and no time."""
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))
