"""Where the project lies, as the program sees it: nowhere that is known, for each machine and image has it elsewhere.

A text that the program made of `__file__` or the working directory holds the *virtual root* in the place of the
project's folder: a path of lone surrogates, which no program writes by itself, and no file can hold. Its last part
stands for the name of the project's folder, the part before it for that of the folder above, and so on up: what
Python's path functions make of such a path is then what they make of the real one, until something is left of it that
is not a whole folder. `pieces` tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

HIGHEST = 15
"""How many folders above the project's one have a name here."""

_SIGNS = [chr(0xD800 + above) for above in range(HIGHEST + 1)]
"""Names of folders: the project's own, the one that holds it, …"""

VIRTUAL_ROOT = PurePosixPath("/" + "/".join(reversed(_SIGNS)))
"""What user code sees as the project's folder. The machine's own paths never enter a value, so they can't enter an
output."""

_ROOT = str(VIRTUAL_ROOT)
_SIGN = re.compile(f"[{_SIGNS[0]}-{_SIGNS[-1]}]")


def _folder_pattern() -> re.Pattern[str]:
    pattern = ""
    for sign in _SIGNS:
        pattern = f"/{sign}(?:{pattern})?" if pattern else f"/{sign}"
    return re.compile(pattern)


_FOLDER = _folder_pattern()

Piece = str | int
"""A part of a text: itself, or how many folders above the project's one lies."""


def holds_place(text: str) -> bool:
    """Whether something of a text depends on where the project lies."""
    return not text.isascii() and _SIGN.search(text) is not None


def pieces(text: str) -> list[Piece] | None:
    """A text as what is known of it and the folders between; None if it holds only a part of a folder's path."""
    found: list[Piece] = []
    end = 0
    for match in _FOLDER.finditer(text):
        found.append(text[end : match.start()])
        found.append(_level(match.group()))
        end = match.end()
    found.append(text[end:])
    return None if any(_SIGN.search(one) for one in found if isinstance(one, str)) else found


def _level(folder: str) -> int:
    return ord(folder[-1]) - ord(_SIGNS[0])


def folder(level: int) -> str:
    """What stands for the folder so many above the project's."""
    return _ROOT[: len(_ROOT) - 2 * level]


def is_highest(path: PurePosixPath) -> bool:
    """Whether a path is that of the highest folder that has a name here."""
    return str(path) == folder(HIGHEST)


def below_folder(path: PurePosixPath, root: Path) -> Path | None:
    """Where a path lies on this machine, where the project's folder is `root`; None if it isn't below one of those that
    are meant here, or there are not so many."""
    found = pieces(str(path))
    if found is None or len(found) != 3 or found[0] or not (found[2] == "" or str(found[2]).startswith("/")):
        return None
    level = int(found[1])
    folders = [root, *root.parents]
    return folders[level] / str(found[2]).lstrip("/") if level < len(folders) else None


def template(text: Iterable[Piece]) -> str:
    """Pieces as the text of a literal: `{project}` is the project's folder, `{project/..}` the one above; braces that
    are meant stand twice."""
    return "".join(_braced(one) if isinstance(one, str) else f"{{project{'/..' * one}}}" for one in text)


def _braced(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def without_signs(text: str) -> str:
    """A text that holds a part of a folder's path, for messages."""
    return _SIGN.sub("…", text)
