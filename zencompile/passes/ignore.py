"""Which files a `.dockerignore` keeps out of an image, by the rules of Docker's own documentation."""

from __future__ import annotations

import re
from collections.abc import Callable


def ignored(text: str) -> Callable[[str], bool]:
    """A test of paths (relative to the root, with `/`) for the patterns of a `.dockerignore` file.

    The last pattern that matches a path, or a folder above it, decides; one that starts with `!` lets it in again.
    """
    rules = [(line[1:] if line[:1] == "!" else line, line[:1] == "!") for line in map(str.strip, text.splitlines())]
    compiled = [(_pattern(line.strip()), back) for line, back in rules if line and line[:1] != "#"]

    def test(path: str) -> bool:
        parts = path.split("/")
        above = ["/".join(parts[:n]) for n in range(1, len(parts) + 1)]
        out = False
        for pattern, back in compiled:
            if out == back and any(map(pattern.fullmatch, above)):
                out = not back
        return out

    return test


def _pattern(line: str) -> re.Pattern[str]:
    """A pattern with `*`, `?`, `[…]`, `\\` and `**` as a regular expression for whole paths."""
    cleaned = "/".join(part for part in line.split("/") if part not in ("", "."))
    answer, rest = "", cleaned
    while rest:
        found = _TOKEN.match(rest)
        assert found is not None
        token, rest = found.group(), rest[found.end() :]
        if token == "**/":
            answer += "(?:.*/)?"
        elif token == "**":
            answer += ".*"
        elif token in _WILD:
            answer += _WILD[token]
        elif token[0] == "[" and len(token) > 2:
            answer += "[" + token[1:-1].replace("\\", "\\\\").replace("[", "\\[") + "]"
        else:
            answer += re.escape(token[1:] if token[0] == "\\" and len(token) == 2 else token)
    try:
        return re.compile(answer, re.DOTALL)
    except re.error:
        return re.compile(re.escape(cleaned))


_WILD = {"*": "[^/]*", "?": "[^/]"}
_TOKEN = re.compile(r"\*\*/|\*\*|\*|\?|\[\^?[^\]]+\]|\\.|.", re.DOTALL)
