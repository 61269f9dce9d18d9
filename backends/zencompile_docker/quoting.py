"""Values as words of a Dockerfile's instructions, and of a `.dockerignore`."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BARE = re.compile(r"[A-Za-z0-9_./-]+")
_WILD = re.compile(r"[*?\[\]\\]")


def is_name(text: str) -> bool:
    """Whether ENV can set a variable of this name."""
    return bool(_NAME.fullmatch(text))


def quoted(text: str) -> str:
    """`text` as the value of ENV or LABEL: in double quotes, with nothing left to expand. It has no line breaks."""
    return '"' + re.sub(r'[\\"$]', lambda found: "\\" + found.group(), text) + '"'


def copy_words(sources: Sequence[str], destination: str) -> str:
    """The words of a COPY that takes exactly the files of these names, in the shell form where it can say them."""
    words = [*sources, destination]
    if all(map(_BARE.fullmatch, words)):
        line = " ".join(words)
        return line if len(line) <= 110 else " \\\n    ".join(words)
    return json.dumps([_literal(word) for word in words], ensure_ascii=False)


def _literal(path: str) -> str:
    """A path with the characters that COPY would expand made harmless."""
    escaped = re.sub(r"[*?\[]", lambda found: f"[{found.group()}]" if found.group() != "[" else "[[]", path)
    return escaped.replace("\\", "\\\\").replace("$", "\\$")


def ignore_pattern(path: str) -> str:
    """A pattern of a `.dockerignore` that matches this path; a character that it can't say matches any one."""
    return "/".join(_pattern_part(part) for part in path.split("/"))


def _pattern_part(part: str) -> str:
    answer = re.sub(r"[*?\[\]\\!#\s]", "?", part)
    return answer if answer != "**" else "??"
