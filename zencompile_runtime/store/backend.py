"""Bytes by key, on a folder or on anything that fsspec knows. What a key holds is there wholly or not at all."""

from __future__ import annotations

import contextlib
import errno
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast
from urllib.parse import unquote, urlsplit

from zencompile_runtime.errors import ConfigurationFault, InfrastructureFault
from zencompile_runtime.own import open, os, time
from zencompile_runtime.store import leases
from zencompile_runtime.store.leases import Entry


class Backend(Protocol):
    """The few operations that a store needs. All raise InfrastructureFault when the medium fails."""

    url: str
    place: str  # the same for every way to write the URL from this machine
    local: bool  # whether it is a folder, whose owner and mode say who may write

    def children(self, prefix: str) -> list[str]:
        """The names right below the folder `prefix`; none if it isn't there."""

    def check_writable(self, key: str) -> None:
        """Raise InfrastructureFault if this process may certainly not write `key`."""

    def read(self, key: str) -> bytes | None:
        """The bytes under `key`, or None."""

    def write(self, key: str, data: bytes) -> None:
        """Put `data` under `key`, in place of what is there, in one step."""

    def add_file(self, key: str, path: Path) -> None:
        """Put a file of `staging` under `key`; the file is used up. What is there already stays if of equal size."""

    def entry(self, key: str) -> Entry | None:
        """What lies under `key`."""

    def entries(self, prefix: str) -> Iterator[Entry]:
        """All keys below the folder `prefix`, unfinished writes left out."""

    def renew(self, key: str) -> bool:
        """Set the time of `key` to now, so that nobody who sweeps takes it; False if it isn't there."""

    def delete(self, key: str) -> None:
        """Remove `key` if it is there."""

    def sweep(self, key: str, before: float) -> bool:
        """Remove `key` if its time is before `before`, and tell whether it is gone. In a folder nobody can renew it in
        between.
        """

    def discard(self, prefix: str) -> None:
        """Remove all that lies below the folder `prefix`; in a folder all of it disappears at once."""

    def abandoned(self, before: float) -> Iterator[Entry]:
        """Unfinished writes whose writers have ended, last touched before `before`. Remove one with `forget`."""

    def forget(self, entry: Entry) -> None:
        """Remove an unfinished write."""

    def clock(self) -> float:
        """The time now as the medium stamps it: seconds since the epoch."""

    def path(self, key: str) -> Path:
        """A local file with the bytes of `key`, never to be written to; a remote one is fetched once in a process."""

    def open(self, key: str) -> BinaryIO:
        """The bytes of `key` as a stream."""

    def staging(self) -> Path:
        """A new empty local folder for files that `add_file` will take, or that a load needs."""


def locate(url: str) -> Backend:
    """The backend for a path or URL."""
    if not url:
        raise ConfigurationFault("no artifact store is given", help="pass --store=FOLDER or --store=s3://bucket/prefix")
    parts = urlsplit(url)
    if parts.scheme == "file":
        return Folder(Path(unquote(parts.path)), url)
    if "://" in url:
        from zencompile_runtime.store.remote import Remote

        return Remote(url)
    return Folder(Path(url).expanduser().absolute(), url)


class Folder:
    """A store in a folder. Writes go to `tmp/` on the same file system and are renamed."""

    local = True

    def __init__(self, root: Path, url: str) -> None:
        self.root = root
        self.url = url
        self.place = str(root)
        self._prefix = f"{root}{os.sep}"
        self._serial = 0
        self._made: set[str] = set()
        self._lock = threading.Lock()

    def children(self, prefix: str) -> list[str]:
        try:
            return os.listdir(self._prefix + prefix)
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise self._fault("list", prefix, error) from error

    def check_writable(self, key: str) -> None:
        why = unwritable(self._prefix + key)
        if why:
            helps = "choose another store with --store"
            if "belongs" in why:
                helps = (
                    f"let it be writable for that user (chmod -R a+rwX {self.root}), run as its owner (in an image: "
                    f"DockerSettings(user=…)), or {helps}"
                )
            raise InfrastructureFault(f"the store {self.url} can't be written to: {why}", help=helps)

    def read(self, key: str) -> bytes | None:
        try:
            fd = os.open(self._prefix + key, os.O_RDONLY)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise self._fault("read", key, error) from error
        try:
            with os.fdopen(fd, "rb", buffering=0) as stream:
                return cast("bytes", stream.read())
        except OSError as error:
            raise self._fault("read", key, error) from error

    def write(self, key: str, data: bytes) -> None:
        temporary = self._temporary()
        try:
            fd = self._create(temporary)
            try:
                view = memoryview(data)
                while view:
                    view = view[os.write(fd, view) :]
            finally:
                os.close(fd)
            self._rename(temporary, key)
        except OSError as error:
            _remove(temporary)
            raise self._fault("write", key, error) from error

    def add_file(self, key: str, path: Path) -> None:
        try:
            size = path.stat().st_size
            there = self.entry(key)
            if there is not None and there.size == size and self.renew(key):
                path.unlink()
                return
            with open(path, "rb") as stream:
                os.fsync(stream.fileno())
            path.chmod(0o444)
            os.utime(path)  # it may have been written long ago, and is new as a blob
            with leases.shared(self.root):
                self._rename(str(path), key)
        except OSError as error:
            raise self._fault("write", key, error) from error

    def entry(self, key: str) -> Entry | None:
        try:
            found = os.stat(self._prefix + key)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise self._fault("read", key, error) from error
        return Entry(key, found.st_size, found.st_mtime)

    def entries(self, prefix: str) -> Iterator[Entry]:
        yield from self._below(prefix, {"tmp"} if not prefix else set())

    def _below(self, prefix: str, ignored: set[str]) -> Iterator[Entry]:
        """The files of a folder by their names, then those of its folders."""
        begin = f"{prefix}/" if prefix else ""
        try:
            with os.scandir(self._prefix + prefix) as found:
                here = sorted(found, key=lambda one: one.name)
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            raise self._fault("list", prefix, error) from error
        folders = []
        for one in here:
            if one.is_dir(follow_symlinks=False):
                folders.append(one.name)
            elif not one.is_dir():
                try:
                    status = one.stat()
                except OSError:  # gone meanwhile
                    continue
                yield Entry(begin + one.name, status.st_size, status.st_mtime)
        for name in folders:
            if name not in ignored:
                yield from self._below(begin + name, set())

    def renew(self, key: str) -> bool:
        try:
            with leases.shared(self.root):
                os.utime(self._prefix + key)
        except FileNotFoundError:
            return False
        except PermissionError:  # somebody else's blob on a shared store: it stands, its owner's sweeper knows its age
            return True
        except OSError as error:
            raise self._fault("renew", key, error) from error
        return True

    def delete(self, key: str) -> None:
        try:
            Path(self._prefix + key).unlink(missing_ok=True)
        except OSError as error:
            raise self._fault("delete", key, error) from error

    def sweep(self, key: str, before: float) -> bool:
        path = Path(self._prefix + key)
        try:
            with leases.exclusive(self.root) as alone:
                if not alone or path.stat().st_mtime >= before:
                    return False
                path.unlink()
        except FileNotFoundError:
            return True
        except OSError as error:
            raise self._fault("delete", key, error) from error
        return True

    def discard(self, prefix: str) -> None:
        aside = Path(self._temporary())
        try:
            aside.parent.mkdir(exist_ok=True)
            Path(self._prefix + prefix).rename(aside)
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._fault("delete", prefix, error) from error
        remove_tree(aside)

    def abandoned(self, before: float) -> Iterator[Entry]:
        yield from leases.abandoned(self.root, before)

    def forget(self, entry: Entry) -> None:
        path = Path(self._prefix + entry.key)
        if path.is_dir():
            remove_tree(path)
        else:
            _remove(str(path))

    def clock(self) -> float:
        temporary = self._temporary()
        try:
            os.close(self._create(temporary))
            return Path(temporary).stat().st_mtime
        except OSError as error:
            raise self._fault("write", "tmp", error) from error
        finally:
            _remove(temporary)

    def path(self, key: str) -> Path:
        return self.root / key

    def open(self, key: str) -> BinaryIO:
        try:
            return open(self._prefix + key, "rb")
        except OSError as error:
            raise self._fault("read", key, error) from error

    def staging(self) -> Path:
        import tempfile

        folder = self.root / "tmp"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            return Path(tempfile.mkdtemp(prefix=f"{leases.writer()}-", dir=folder))
        except OSError as error:
            raise self._fault("write", "tmp", error) from error

    def _temporary(self) -> str:
        with self._lock:
            self._serial += 1
            return f"{self._prefix}tmp{os.sep}{leases.writer()}-{_BOOT}-{id(self):x}-{self._serial}"

    def _create(self, temporary: str) -> int:
        flags = os.O_CREAT | os.O_WRONLY | os.O_EXCL
        try:
            return os.open(temporary, flags, 0o644)
        except FileNotFoundError:
            os.makedirs(os.path.dirname(temporary), exist_ok=True)
            return os.open(temporary, flags, 0o644)

    def _rename(self, temporary: str, key: str) -> None:
        target = self._prefix + key
        for _ in range(8):  # whoever prunes may take the folder away between the two
            try:
                os.replace(temporary, target)
                return
            except FileNotFoundError:
                os.makedirs(os.path.dirname(target), exist_ok=True)
        os.replace(temporary, target)

    def _fault(self, what: str, key: str, error: OSError) -> InfrastructureFault:
        help = ""
        if isinstance(error, PermissionError):
            help = f"the process runs as uid {os.getuid()}; {_nearest(self.root)} must be writable for it"
        elif error.errno == errno.ENOSPC:
            help = "free some space, or choose another store; what was stored before is intact"
        elif error.errno in (errno.ENOTDIR, errno.EEXIST):
            help = "a store is a folder, and a file stands there: choose another place with --store"
        return InfrastructureFault(
            f"can't {what} {key!r} in the store {self.url}: {error.strerror or error}", help=help
        )


_BOOT = f"{time.time_ns():x}"


def unwritable(path: str) -> str:
    """Why this process can't make a file or folder in the folder `path`, which need not exist; empty if it can."""
    while not os.access(path, os.F_OK) and len(path) > 1:
        path = os.path.dirname(path)
    if os.access(path, os.W_OK | os.X_OK):
        return ""
    if not os.path.isdir(path):
        return f"{path}: {os.strerror(errno.ENOTDIR)}, but a file"
    found, me = os.stat(path), os.getuid()
    if me in (0, found.st_uid) and found.st_mode & 0o200:
        return f"{path}: {os.strerror(errno.EROFS)}"
    return f"{path} belongs to the user {found.st_uid}, and this process runs as the user {me}"


def _nearest(path: Path) -> Path:
    while not path.exists() and path != path.parent:
        path = path.parent
    return path


def _remove(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)


def remove_tree(path: Any) -> None:
    """Remove a staging folder, whatever is left in it."""
    import shutil

    shutil.rmtree(path, ignore_errors=True)
