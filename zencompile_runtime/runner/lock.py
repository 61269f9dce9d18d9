"""One runner a run: the lock that it holds, and what its document says of it.

The lock is the system's own on a file, so it ends with its holder, however that ends. Whoever watches over the runner's
processes holds it as well, until the last of them is gone: nobody goes on with a run beside what is left of it. Runners
on other machines are told by the document, which a living one writes again every now and then.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zencompile_runtime import machine
from zencompile_runtime.errors import ConfigurationFault, InfrastructureFault
from zencompile_runtime.store import ArtifactStore, layout

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

BEAT = 30.0  # seconds after which a runner writes its document again
SILENT = 180.0  # seconds without a word after which one on another machine counts as ended
PATIENCE = 10.0  # seconds that the processes of a runner that was killed have to end


class RunLock:
    """The lock of a run, held from `take` to `release`. `fd` is its descriptor; None where there are no locks."""

    def __init__(self, path: Path, fd: int | None) -> None:
        self.path, self.fd = path, fd

    @classmethod
    def take(cls, store: ArtifactStore, pipeline: str, run: str, patience: float = 0.0) -> RunLock | None:
        """The lock, or None if another process holds it after so many seconds."""
        path = _place(store, pipeline, run)
        limit = time.monotonic() + patience
        while True:
            fd = _locked(path)
            if fd != _HELD:
                return cls(path, fd)
            if time.monotonic() >= limit:
                return None
            time.sleep(0.01)

    def release(self) -> None:
        """Let it go. Who waits for it finds another file, or none."""
        if self.fd is not None:
            with contextlib.suppress(OSError):
                self.path.unlink()
            os.close(self.fd)
            self.fd = None


@dataclass
class Abandoned:
    """The lock of a run that nobody holds any more. `containers` says that the run had some."""

    path: Path
    fd: int
    containers: bool

    def remove(self) -> None:
        """Take it away."""
        with contextlib.suppress(OSError):
            self.path.unlink()
        self.close()

    def close(self) -> None:
        """Leave it where it is."""
        os.close(self.fd)


def abandoned(store: ArtifactStore) -> list[Abandoned]:
    """The locks of runs in the store whose runners ended without a word."""
    folder = _place(store, "", "").parent
    try:
        names = os.listdir(folder)  # noqa: PTH208 (names)
    except OSError:
        return []
    found = []
    for name in names:
        if name.startswith("run-") and name.endswith(".lock"):
            with contextlib.suppress(InfrastructureFault, OSError):
                fd = _locked(folder / name)
                if fd is not None and fd != _HELD:
                    found.append(Abandoned(folder / name, fd, os.pread(fd, 100, 0).startswith(CONTAINERS)))
    return found


CONTAINERS = b"containers\n"  # what a run writes into its lock before it makes containers
_HELD = -1


def _place(store: ArtifactStore, pipeline: str, run: str) -> Path:
    """A folder has its locks; for other stores those of this machine are in the folder for temporary files."""
    key = layout.run_prefix(pipeline, run)
    root = getattr(store.backend, "root", None)
    if root is not None:
        return Path(root) / "tmp" / f"run-{_digest(key)}.lock"
    user = os.getuid() if hasattr(os, "getuid") else ""
    return Path(tempfile.gettempdir()) / f"zencompile-locks-{user}" / f"run-{_digest(f'{store.url} {key}')}.lock"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _locked(path: Path) -> int | None:
    """A descriptor with the lock, `_HELD` if it is another's, None where locks are not to be had."""
    if fcntl is None:
        return None
    while True:
        fd = _opened(path)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            return _HELD
        except OSError:  # a file system without locks
            os.close(fd)
            return None
        try:
            if os.path.samestat(os.fstat(fd), path.stat()):
                return fd
        except FileNotFoundError:  # its holder has let it go, and taken the file away
            pass
        os.close(fd)


def _opened(path: Path) -> int:
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return os.open(path, flags, 0o666)
        except PermissionError:  # another user made it
            return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise InfrastructureFault(
            f"can't make the lock {path} of the run: {error.strerror}", help="choose another store with --store"
        ) from None


def is_running(document: Mapping[str, Any], silent: float) -> bool:
    """Whether somebody works on a run, as far as its document tells, which was written `silent` seconds ago."""
    if document.get("status") != "running":
        return False
    alive = machine.lives(document.get("host"))
    return silent < SILENT if alive is None else alive


def for_new(store: ArtifactStore, pipeline: str, run: str, named: bool) -> RunLock:
    """The lock of a run that begins; ConfigurationFault if there is such a run already, where a user named it."""
    store.claim()
    found = RunLock.take(store, pipeline, run)
    if found is None or (named and store.read_document(layout.run_key(pipeline, run)) is not None):
        if found is not None:
            found.release()
        raise ConfigurationFault(
            f"there is a run {run!r} already", help=f"go on with it by --resume {run}, or choose another name"
        )
    return found


def for_resumed(store: ArtifactStore, pipeline: str, document: Mapping[str, Any]) -> RunLock:
    """The lock of a run that goes on, once its last runner and all that it had started are gone; ConfigurationFault
    if somebody works on it.
    """
    run = document["run"]
    store.claim()
    _refuse_running(store, pipeline, document)
    found = RunLock.take(store, pipeline, run, PATIENCE)
    if found is None:
        raise ConfigurationFault(
            f"the run {run!r} is still going on: somebody holds its lock", help="wait for it, or end it first"
        )
    try:
        now = store.read_document(layout.run_key(pipeline, run))
        if now is not None and now.get("host") != document.get("host"):  # somebody was faster, and is gone again
            _refuse_running(store, pipeline, now)
    except BaseException:
        found.release()
        raise
    return found


def _refuse_running(store: ArtifactStore, pipeline: str, document: Mapping[str, Any]) -> None:
    """Raise ConfigurationFault if a runner works on the run."""
    host = document.get("host") or {}
    alive = machine.lives(host)
    if document.get("status") != "running" or alive is False or (alive and host["pid"] == os.getpid()):
        return
    if alive is None and host.get("boot") == machine.boot() and getattr(store.backend, "root", None) is not None:
        return  # one of this machine's kernel, in another space of process ids: its lock tells
    if alive is None:
        entry = store.backend.entry(layout.run_key(pipeline, document["run"]))
        silent = SILENT if entry is None else store.backend.clock() - entry.modified
        if silent >= SILENT:
            return
        raise ConfigurationFault(
            f"the run {document['run']!r} is going on at {host.get('name')}: it said so {max(0.0, silent):.0f} s ago",
            help=f"wait for it; if that machine is gone, try again when it has said nothing for {SILENT:.0f} s",
        )
    raise ConfigurationFault(
        f"the run {document['run']!r} is still going on (process {host['pid']})", help="wait for it, or end it first"
    )
