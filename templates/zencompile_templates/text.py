"""Values as text of another language. Each function here is a filter of the templates."""

from __future__ import annotations

import json as _json
import re
import shlex
from collections.abc import Callable
from typing import Any

from zencompile_templates.python import layout, py

_TRIPLE = '"""'


def sh(value: object) -> str:
    """`value` as one word of a POSIX shell command. A NUL can't be said in a shell: ValueError."""
    text = str(value)
    if "\0" in text:
        raise ValueError("a NUL character can't be part of a shell command")
    return shlex.quote(text)


def json(value: object) -> str:
    """`value` as JSON in one line, in the order given. Infinity and NaN raise ValueError."""
    return _json.dumps(value, ensure_ascii=False, allow_nan=False)


def yaml(value: object) -> str:
    """`value` (what JSON has) as YAML in one line, that YAML 1.1 and 1.2 read alike."""
    if value is None or isinstance(value, (bool, int)):
        return _json.dumps(value)
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) and value.lower() not in _WORDS else _quoted(value)
    if isinstance(value, float):
        text = json(float(value))
        return text if "." in text else text.replace("e", ".0e")  # YAML 1.1 knows no float without a point
    if isinstance(value, dict):
        return "{" + ", ".join(f"{yaml(key)}: {yaml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(yaml, value)) + "]"
    raise TypeError(f"a {type(value).__name__} has no place in YAML")


_PLAIN = re.compile(r"[A-Za-z_/][\w./-]*", re.ASCII)
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})


def _quoted(text: str) -> str:
    quoted = _json.dumps(text, ensure_ascii=False)
    return quoted if text.isprintable() else "".join(map(_yaml_escape, quoted))


def _yaml_escape(character: str) -> str:
    number = ord(character)
    if character.isprintable():
        return character
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def comment(value: object) -> str:
    """`value` as text that stays inside a comment: one line, only printable characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(value)).split())


def docstring(value: object) -> str:
    """`value` as text that stands between triple double quotes and means itself there."""
    text = str(value).replace("\\", "\\\\").replace(_TRIPLE, '\\"\\"\\"')
    if text.endswith('"'):
        text = text[:-1] + '\\"'
    return _UNPRINTABLE.sub(lambda found: _escape(found.group()), text)


# What can't stand in source as it is: control characters but newline and tab, format characters, surrogates.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


FILTERS: dict[str, Callable[..., Any]] = {
    "comment": comment,
    "docstring": docstring,
    "json": json,
    "layout": layout,
    "py": py,
    "sh": sh,
    "yaml": yaml,
}
