"""What a code manifest says of each path: the content of a file, whether it can be run, or where a link leads.

`<sha256>` is a plain file, `<sha256>+x` an executable one, `-> target` a symbolic link with its text. No other bit of a
mode counts: a checkout's differ from machine to machine. In a user's own build context a path that ends in a slash is
an empty folder, `/`.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping

FOLDER = "/"
_RUNS = "+x"
_LINK = "-> "
_VALUE = re.compile(r"[0-9a-f]{64}(\+x)?|-> [^\0]+|/", re.DOTALL)
_MOST_LINKS = 40
"""How many links a path is followed through, as Linux has it."""


def of_file(digest: str, executable: bool) -> str:
    """The entry of a file with this SHA-256."""
    return digest + _RUNS if executable else digest


def of_link(target: str) -> str:
    """The entry of a link with this text."""
    return _LINK + target


def is_entry(value: str) -> bool:
    """Whether a manifest can say this of a path."""
    return _VALUE.fullmatch(value) is not None


def target(value: str) -> str | None:
    """The text of a link; None for a file."""
    return value.removeprefix(_LINK) if value.startswith(_LINK) else None


def is_executable(value: str) -> bool:
    """Whether it is a file that can be run."""
    return value.endswith(_RUNS) and target(value) is None


def digest(value: str) -> str | None:
    """The SHA-256 of a file's content; None for a link."""
    return value.removesuffix(_RUNS) if value != FOLDER and target(value) is None else None


def holds(manifest: Mapping[str, str], path: str) -> bool:
    """Whether a path can be read where the manifest's files are, be it through links."""
    return content(manifest, path) is not None


def content(manifest: Mapping[str, str], path: str) -> str | None:
    """The SHA-256 of what is read under a path; None where it leads to no file of the manifest."""
    at = resolved(manifest, path)
    return digest(manifest[at]) if at is not None and at in manifest else None


def contents(manifest: Mapping[str, str]) -> dict[str, str]:
    """Each path under which a file can be read → SHA-256: links are files there, or folders with files in them."""
    return dict(sorted(_inside(manifest, "", frozenset())))


def _inside(manifest: Mapping[str, str], folder: str, around: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Paths below a folder, relative to it, and what is read there; a link into a folder around it is not followed."""
    for path, value in manifest.items():
        if not path.startswith(folder):
            continue
        at = resolved(manifest, path) or path
        found = digest(manifest.get(at, _LINK))
        if found is not None:
            yield path[len(folder) :], found
        elif target(value) is not None and not f"{path}/".startswith(f"{at}/") and at not in around:
            below = "" if at == "." else f"{at}/"
            inside = _inside(manifest, below, around | {at})
            yield from ((f"{path[len(folder) :]}/{inner}", found) for inner, found in inside)


def resolved(manifest: Mapping[str, str], path: str) -> str | None:
    """The path with the manifest's links followed; None if they lead out of it, or in a circle."""
    for _ in range(_MOST_LINKS):
        link = next((part for part in _above(path) if target(manifest.get(part, "")) is not None), None)
        if link is None:
            return path
        text = target(manifest[link]) or ""
        path = posixpath.normpath(posixpath.join(posixpath.dirname(link), text) + path[len(link) :])
        if path.startswith(("../", "/")) or path == "..":
            return None
    return None


def _above(path: str) -> list[str]:
    """A path with all folders that it lies in, the outermost first."""
    parts = path.split("/")
    return ["/".join(parts[:n]) for n in range(1, len(parts) + 1)]
