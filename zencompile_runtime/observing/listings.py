"""Folders that are listed: what of a listing counts."""

from __future__ import annotations

import hashlib
import os

from zencompile_runtime.observing.places import HIDDEN, is_listed_in_vain
from zencompile_runtime.observing.session import Session, stamp, state


def digest(path: str) -> str | None:
    """What a folder lists: names, and whether they are files, folders or links; None if it can't be listed.

    Folders of tools are left out: they come with the first run and say nothing.
    """
    try:
        with os.scandir(path) as entries:
            found = sorted(f"{_kind(one)}{one.name}" for one in entries if one.name not in HIDDEN)
    except OSError:
        return None
    return hashlib.sha256("\0".join(found).encode("utf-8", "surrogateescape")).hexdigest()


def details(path: str) -> str | None:
    """What a folder's entries are besides: sizes, times, modes; None if it can't be listed."""
    try:
        with os.scandir(path) as entries:
            found = sorted(_detail(one) for one in entries if one.name not in HIDDEN)
    except OSError:
        return None
    return hashlib.sha256("\0".join(found).encode("utf-8", "surrogateescape")).hexdigest()


def _detail(entry: os.DirEntry[str]) -> str:
    try:
        now = entry.stat(follow_symlinks=False)
    except OSError:
        return entry.name
    size = "" if entry.is_dir() else f"{now.st_size} {now.st_mtime_ns}"
    return f"{entry.name} {now.st_mode:o} {size}"


def _kind(entry: os.DirEntry[str]) -> str:
    if entry.is_symlink():
        return "l"
    return "d" if entry.is_dir() else "f"


def note(session: Session, path: str, by_project: bool = False) -> None:
    """A folder is listed; `by_project` tells that code of the project has its entries itself."""
    path = session.through(path)
    if session.is_own(path) or is_listed_in_vain(path) or not session.places.counts(path):
        return
    if by_project and path not in session.seen.entries:
        session.seen.entries[path] = details(path)
        session.send("entries", path, session.seen.entries[path])
    if path in session.seen.listings and not state.importing:
        return
    found, now = digest(path), stamp(path)
    if session.add("listings", path, found, now):
        session.seen.listed.setdefault(path, found)
        session.seen.stamps.setdefault(path, now)
