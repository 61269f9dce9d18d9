"""The folder that a materializer writes to or reads from.

Small files stay in memory and end up in the manifest; large ones go to a staging folder on the store's own file system,
hashed while they are written, and become blobs by a rename. A real folder with a path exists only once `uri` is asked
for.
"""

from __future__ import annotations

import io
import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, cast

from zencompile_runtime.errors import CorruptArtifact
from zencompile_runtime.manifest import INLINE, File
from zencompile_runtime.own import open, os, read_bytes, write_bytes
from zencompile_runtime.store.artifacts import CHUNK, ArtifactStore
from zencompile_runtime.store.backend import remove_tree

INLINE_TOTAL = 256 * 1024  # bytes of inline files in one manifest


class Folder:
    """Files in a real folder; what `BaseMaterializer(uri)` gets when user code makes one by hand."""

    def __init__(self, uri: str) -> None:
        self.uri = uri

    def read(self, name: str) -> bytes:
        """The bytes of a file."""
        return read_bytes(self.source(name))

    def write(self, name: str, data: bytes) -> None:
        """Write a whole file."""
        write_bytes(self.target(name), data)

    def create(self, name: str) -> BinaryIO:
        """A new file to write to; close it."""
        return open(self.target(name), "wb")

    def source(self, name: str) -> Path:
        """A path to read a file at."""
        return Path(self.uri, name)

    def open(self, name: str) -> BinaryIO:
        """A file to read from; close it."""
        return open(self.source(name), "rb")

    def clear(self) -> None:
        """Take away all that was written."""
        self.clear_below("")

    def clear_below(self, prefix: str) -> None:
        """Take away all that was written below `prefix`: empty, or a folder with a slash behind it."""
        folder = Path(self.uri, prefix)
        for path in folder.iterdir() if folder.is_dir() else ():
            remove_tree(path) if path.is_dir() else path.unlink()

    def target(self, name: str) -> str:
        """A path to write a file or folder at."""
        path = Path(self.uri, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        return str(path)

    def exists(self, name: str) -> bool:
        """Whether there is a file of this name."""
        return Path(self.uri, name).exists()

    def remove(self, name: str) -> None:
        """Take a file that was written away again, if it was."""
        Path(self.uri, name).unlink(missing_ok=True)

    def size(self) -> int:
        """Bytes of all files."""
        return sum(path.stat().st_size for path in Path(self.uri).rglob("*") if path.is_file())

    def below(self, name: str) -> Folder:
        """The folder `name` in this one."""
        return Below(self, name)


class Below(Folder):
    """A folder inside another."""

    def __init__(self, parent: Folder, name: str) -> None:
        self._parent = parent
        self._prefix = f"{name}/"

    @property
    def uri(self) -> str:  # type: ignore[override]
        """The path of this folder, which exists from now on."""
        path = Path(self._parent.uri, self._prefix)
        path.mkdir(parents=True, exist_ok=True)
        return str(path)

    def read(self, name: str) -> bytes:
        return self._parent.read(self._prefix + name)

    def write(self, name: str, data: bytes) -> None:
        self._parent.write(self._prefix + name, data)

    def create(self, name: str) -> BinaryIO:
        return self._parent.create(self._prefix + name)

    def source(self, name: str) -> Path:
        return self._parent.source(self._prefix + name)

    def open(self, name: str) -> BinaryIO:
        return self._parent.open(self._prefix + name)

    def clear(self) -> None:
        self._parent.clear_below(self._prefix)

    def clear_below(self, prefix: str) -> None:
        self._parent.clear_below(self._prefix + prefix)

    def target(self, name: str) -> str:
        return self._parent.target(self._prefix + name)

    def exists(self, name: str) -> bool:
        return self._parent.exists(self._prefix + name)

    def remove(self, name: str) -> None:
        self._parent.remove(self._prefix + name)

    def size(self) -> int:
        return self._parent.size()


class Saving(Folder):
    """A folder that becomes the files of a value. `close` leaves nothing behind, whatever happened."""

    def __init__(self, store: ArtifactStore) -> None:
        self._store = store
        self._memory: dict[str, bytes] = {}
        self._hashed: dict[str, tuple[str, int]] = {}
        self._staging: Path | None = None
        self._seen = False  # whether somebody has the path, and expects every file there

    @property
    def uri(self) -> str:  # type: ignore[override]
        """The path of the staging folder, with everything that was written."""
        folder = self._folder()
        if not self._seen:
            self._seen = True
            written, self._memory = self._memory, {}
            for name, data in written.items():
                self.write(name, data)
        return str(folder)

    def write(self, name: str, data: bytes) -> None:
        if len(data) <= INLINE and not self._seen:
            self._memory[name] = data
        elif len(data) <= INLINE:
            write_bytes(self.target(name), data)
        else:
            with self.create(name) as stream:
                stream.write(data)

    def read(self, name: str) -> bytes:
        found = self._memory.get(name)
        return found if found is not None else read_bytes(self.source(name))

    def create(self, name: str) -> BinaryIO:
        self._memory.pop(name, None)
        return cast("BinaryIO", HashingFile(self, name))

    def source(self, name: str) -> Path:
        """A path to read a file at: one in memory is put there first."""
        if name in self._memory:
            write_bytes(self.target(name), self._memory.pop(name))
        return self._folder() / name

    def open(self, name: str) -> BinaryIO:
        found = self._memory.get(name)
        return io.BytesIO(found) if found is not None else open(self.source(name), "rb")

    def clear_below(self, prefix: str) -> None:
        for name in [name for name in self._memory if name.startswith(prefix)]:
            del self._memory[name]
        for name in [name for name in self._hashed if name.startswith(prefix)]:
            del self._hashed[name]
        if self._staging is not None:
            super().clear_below(prefix)

    def target(self, name: str) -> str:
        path = self._folder() / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return str(path)

    def exists(self, name: str) -> bool:
        return name in self._memory or (self._staging is not None and (self._staging / name).exists())

    def remove(self, name: str) -> None:
        self._memory.pop(name, None)
        self._hashed.pop(name, None)
        if self._staging is not None:
            (self._staging / name).unlink(missing_ok=True)

    def size(self) -> int:
        staged = (self.source(name).stat().st_size for name in self._staged())
        return sum(map(len, self._memory.values())) + sum(staged)

    @property
    def made(self) -> str | None:
        """The path of the staging folder, if anybody asked for it."""
        return str(self._staging) if self._staging is not None else None

    def names(self) -> list[str]:
        """The paths of all files, sorted."""
        return sorted({*self._memory, *self._staged()})

    def finish(self) -> list[File]:
        """Store every file, and say what they are, sorted by path."""
        files = {name: _inline(name, data) for name, data in self._memory.items()}
        room = INLINE_TOTAL - sum(file["size"] for file in files.values())
        for name in self._staged():
            files[name] = file = self._store_file(name, room)
            if "text" in file or "base64" in file:
                room -= file["size"]
        return [files[name] for name in sorted(files)]

    def close(self) -> None:
        """Remove what is left of the staging folder."""
        if self._staging is not None:
            remove_tree(self._staging)
            self._staging = None

    def add(self, name: str, digest: str, size: int) -> None:
        """A file was written and hashed."""
        self._hashed[name] = (digest, size)

    def _folder(self) -> Path:
        if self._staging is None:
            self._staging = self._store.backend.staging()
        return self._staging

    def _staged(self) -> list[str]:
        if self._staging is None:
            return []
        found = []
        for parent, _, names in os.walk(self._staging):
            found += [Path(parent, name).relative_to(self._staging).as_posix() for name in names]
        return sorted(found)

    def _store_file(self, name: str, room: int) -> File:
        path = self.source(name)
        if path.is_symlink():  # a link's target is somebody else's file: take a copy
            copy = path.with_name(f"{path.name}.copy")
            shutil.copyfile(path, copy)
            copy.replace(path)
        size = path.stat().st_size
        if size <= min(INLINE, room):
            data = read_bytes(path)
            path.unlink()
            return _inline(name, data)
        digest, hashed_size = self._hashed.get(name, ("", -1))
        if hashed_size != size:
            digest = hash_file(path)
        self._store.add_blob(path, digest)
        return {"path": name, "digest": digest, "size": size}


class Loading(Folder):
    """The files of a stored value."""

    def __init__(self, store: ArtifactStore, files: list[File]) -> None:
        self._store = store
        self._files = {file["path"]: file for file in files}
        self._staging: Path | None = None

    @property
    def uri(self) -> str:  # type: ignore[override]
        """A folder with all the files: links to blobs, and copies of what the manifest holds."""
        if self._staging is None:
            staging = self._store.backend.staging()
            for name, file in self._files.items():
                target = staging / name
                target.parent.mkdir(parents=True, exist_ok=True)
                blob = self._store.path(file)
                if blob is None:
                    write_bytes(target, self._store.read(file))
                else:
                    target.symlink_to(blob)
            self._staging = staging
        return str(self._staging)

    def read(self, name: str) -> bytes:
        return self._store.read(self._file(name))

    def source(self, name: str) -> Path:
        return self._store.path(self._file(name)) or Path(self.uri, name)

    def open(self, name: str) -> BinaryIO:
        return self._store.open(self._file(name))

    def exists(self, name: str) -> bool:
        return name in self._files or any(path.startswith(f"{name}/") for path in self._files)

    def size(self) -> int:
        return sum(file["size"] for file in self._files.values())

    def close(self) -> None:
        """Remove the folder of links."""
        if self._staging is not None:
            remove_tree(self._staging)
            self._staging = None

    def _file(self, name: str) -> File:
        file = self._files.get(name)
        if file is None:
            raise CorruptArtifact(f"the artifact has no file {name!r}; it has {', '.join(self._files) or 'none'}")
        return file


class HashingFile:
    """A new file of a `Saving` folder, hashed while it is written; in memory as long as it is small."""

    def __init__(self, folder: Saving, name: str) -> None:
        self.closed = False
        self._folder = folder
        self._name = name
        self._buffer: bytearray | None = bytearray()
        self._stream: Any = None
        self._digest = sha256()
        self._size = 0

    def write(self, data: Any) -> int:
        """Write and hash, a chunk at a time, so that the bytes are still in the processor's cache."""
        view = memoryview(data).cast("B")
        self._size += len(view)
        if self._buffer is not None:
            if self._size <= INLINE:
                self._buffer += view
                return len(view)
            self._stream = open(self._folder.target(self._name), "wb", buffering=0)
            before, self._buffer = self._buffer, None
            self._put(memoryview(before))
        self._put(view)
        return len(view)

    def _put(self, view: memoryview) -> None:
        for start in range(0, len(view), CHUNK):
            chunk = view[start : start + CHUNK]
            self._digest.update(chunk)
            while chunk:
                chunk = chunk[self._stream.write(chunk) :]

    def tell(self) -> int:
        """Bytes written so far."""
        return self._size

    def flush(self) -> None:
        """Nothing is buffered."""

    def readable(self) -> bool:
        """It is for writing only."""
        return False

    def writable(self) -> bool:
        """It is for writing only."""
        return True

    def seekable(self) -> bool:
        """What is hashed can't be changed."""
        return False

    def close(self) -> None:
        """End the file and tell the folder."""
        if self.closed:
            return
        self.closed = True
        if self._buffer is not None:
            self._folder.write(self._name, bytes(self._buffer))
        else:
            self._stream.close()
            self._folder.add(self._name, self._digest.hexdigest(), self._size)

    def __enter__(self) -> HashingFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def hash_file(path: Path) -> str:
    """The SHA-256 of a file, read in chunks."""
    digest = sha256()
    buffer = bytearray(CHUNK)
    view = memoryview(buffer)
    with open(path, "rb", buffering=0) as stream:
        while count := stream.readinto(buffer):
            digest.update(view[:count])
    return digest.hexdigest()


def _inline(name: str, data: bytes) -> File:
    file: File = {"path": name, "digest": sha256(data).hexdigest(), "size": len(data)}
    try:
        file["text"] = data.decode("utf-8")
    except UnicodeDecodeError:
        import base64

        file["base64"] = base64.b64encode(data).decode()
    return file
