"""Whether a place is an artifact store, and whether this process may write there: asked before anything is computed.

A store is marked by the document `zencompile-store.json`. An empty place becomes a store with its first write; one
that has no mark and holds documents or blobs of a store is an older one, and gets its mark; anything else is somebody
else's folder, and is left alone.
"""

from __future__ import annotations

import re

from zencompile_runtime.errors import ConfigurationFault, InfrastructureFault
from zencompile_runtime.own import json, os
from zencompile_runtime.store.backend import Backend

MARK = "zencompile-store.json"
_TEXT = b'{"schema":1,"what":"an artifact store of zencompile"}\n'
CLAIMED = "ZENCOMPILE_STORE_CLAIMED"  # what a process has claimed, its children need not claim again
_DOCUMENTS = (".run.json", ".step.json")
_LISTINGS = 50  # how many folders are looked into for a document of a run
_OURS = re.compile(r"\..*|tmp|lost\+found|index\.sqlite.*")  # what may lie in a place that is empty otherwise
_BLOBS = re.compile(r"[0-9a-f]{2}")
_SHOWN = 4  # names in a message


def check(backend: Backend) -> None:
    """Raise ConfigurationFault if what lies there is no store. A place that is empty, or isn't there, is fine."""
    data = backend.read(MARK)
    if data is not None:
        _read(backend, data)
        return
    found = sorted(name for name in backend.children("") if not _OURS.fullmatch(name))
    if not found or _is_store(backend):
        return
    data = backend.read(MARK)
    if data is not None:  # somebody else has claimed the place since it was looked for; the mark is written first
        _read(backend, data)
        return
    shown = ", ".join(found[:_SHOWN]) + (" …" if len(found) > _SHOWN else "")
    raise ConfigurationFault(
        f"{backend.url} is not an artifact store: it holds {shown}, and nothing that a store holds",
        help=f"choose a new or an empty place with --store; or, to have a store among these files, put a file {MARK} "
        'with the text {"schema": 1} there',
    )


def claim(backend: Backend) -> None:
    """Make sure that the place is a store, mark it as one, and that it can be written to.

    ConfigurationFault if it is none, InfrastructureFault if it can't be written to. Costs a parent process less than a
    millisecond on a folder and two requests elsewhere, its children nothing.
    """
    mine = f"{os.getuid() if hasattr(os, 'getuid') else ''} {backend.place}"
    if os.environ.get(CLAIMED) == mine:
        return
    check(backend)
    if backend.read(MARK) is None or not backend.local:  # object stores tell only a writer whether one may write
        backend.write(MARK, _TEXT)
    for key in ("tmp", "runs", "cache", "code", "blobs", "artifacts"):
        backend.check_writable(key)
    for name in backend.children("blobs") if backend.local else ():
        if _BLOBS.fullmatch(name):  # somebody else may have made it, in a folder that is everybody's
            backend.check_writable(f"blobs/{name}")
    os.environ[CLAIMED] = mine


def _read(backend: Backend, data: bytes) -> None:
    try:
        schema = json.loads(data)["schema"]
    except (ValueError, TypeError, KeyError):
        raise ConfigurationFault(
            f"{MARK} in {backend.url} is not what marks an artifact store",
            help="choose another place with --store; if it is your store, remove that file: it is written anew",
        ) from None
    if schema != 1:
        raise InfrastructureFault(
            f"the store {backend.url} has the schema {schema}, and this version reads 1",
            help="use the version of zencompile that wrote it, or another store",
        )


def _is_store(backend: Backend) -> bool:
    """Whether an unmarked place holds a blob, a cache entry or a document of a run."""
    if any(_BLOBS.fullmatch(name) for name in backend.children("blobs")):
        return True
    if any(re.fullmatch(r"[0-9a-f]{64}\.json", name) for name in backend.children("cache")):
        return True
    pending = ["runs"]
    for _ in range(_LISTINGS):
        if not pending:
            break
        prefix = pending.pop()
        names = backend.children(prefix)
        if any(name in _DOCUMENTS for name in names):
            return True
        if prefix.count("/") < 5:
            pending += [f"{prefix}/{name}" for name in names if not name.endswith(".json")]
    return False
