"""Python source for values and calls, laid out as a formatter would.

What fits in a line stands in one; what doesn't is opened, one element a line with a trailing comma, as deep as needed.
`ruff format` leaves such text as it is, and a diff shows one line for each element that changed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

WIDTH = 120
INDENT = 4
_HUGE = 10**4000  # Python refuses to read longer decimal numbers


class Code(str):
    """Source text that is put in as it is: a name, an expression. Never text that a user wrote."""

    __slots__ = ()


@dataclass(frozen=True)
class Call:
    """A call: positional arguments, then keywords in the order given. Arguments are values, `Code` or calls.

    A keyword named `**` unpacks its argument.
    """

    function: str
    positional: Sequence[object] = ()
    keywords: Mapping[str, object] = field(default_factory=dict)


def py(value: object) -> str:
    """`value` as source text in one line, with double quotes where that needs no more escapes.

    Takes None, bool, int, finite float, str, bytes, list, tuple, dict and set of these, `Code` and `Call`; raises
    ValueError for a float that has no literal, TypeError for anything else.
    """
    if value.__class__ is str:
        return _string(value)
    if isinstance(value, Code):
        return str(value)
    if isinstance(value, str):
        return _string(value)
    if value is None or isinstance(value, bool):
        return repr(value)
    if isinstance(value, int):
        return repr(int(value)) if -_HUGE < value < _HUGE else hex(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{value} has no literal in Python")
        return repr(float(value))
    if isinstance(value, bytes):
        return "b" + _quoted(repr(b'"' + value)[3:-1], value.count(b'"') > value.count(b"'"))
    opening, elements, closing = _parts(value)
    if isinstance(value, tuple) and len(elements) == 1:
        closing = ",)"
    return opening + ", ".join([prefix + py(element) for prefix, element in elements]) + closing


def layout(value: object, indent: int = 0, prefix: str = "", suffix: str = "", comment: str = "") -> str:
    """`prefix`, `value`, `suffix` and a trailing comment, over as many lines as needed.

    The first line comes without its indentation of `indent` columns (the template has it), all others with it. The
    comment (text without `#`) stands at the end of the first line.
    """
    note = f"  # {comment}" if comment else ""
    line = prefix + py(value) + suffix + note
    if indent + len(line) <= WIDTH or not _breakable(value):
        return line
    opening, elements, closing = _parts(value)
    inner = indent + INDENT
    lines = [prefix + opening + note]
    lines += [" " * inner + layout(element, inner, name, ",") for name, element in elements]
    lines.append(" " * indent + closing + suffix)
    return "\n".join(lines)


def _breakable(value: object) -> bool:
    return (
        not isinstance(value, (str, bytes))
        and isinstance(value, (Call, Sequence, Mapping, set))
        and bool(_parts(value)[1])
    )


def _parts(value: object) -> tuple[str, list[tuple[str, object]], str]:
    """What opens a collection or a call, its elements with the text before each, and what closes it."""
    if isinstance(value, Call):
        keywords = [(name if name == "**" else f"{name}=", argument) for name, argument in value.keywords.items()]
        return f"{value.function}(", [*_unnamed(value.positional), *keywords], ")"
    if isinstance(value, list):
        return "[", _unnamed(value), "]"
    if isinstance(value, tuple):
        return "(", _unnamed(value), ")"
    if isinstance(value, dict):
        return "{", [(f"{py(key)}: ", item) for key, item in value.items()], "}"
    if isinstance(value, set) and value:
        return "{", _unnamed(sorted(value, key=py)), "}"
    raise TypeError(f"a {type(value).__name__} has no literal in Python")


def _unnamed(values: Iterable[object]) -> list[tuple[str, object]]:
    return [("", value) for value in values]


def _string(text: str) -> str:
    if text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return _quoted(repr('"' + text)[2:-1], text.count('"') > text.count("'"))  # the quote makes repr choose single ones


_ESCAPE_OR_QUOTE = re.compile(r"""\\.|["]""", re.DOTALL)
_OTHERWISE = {"\\'": "'", '"': '\\"'}


def _quoted(inner: str, single: bool) -> str:
    """A literal from what stands between the single quotes of a repr."""
    if single:
        return f"'{inner}'"
    return '"' + _ESCAPE_OR_QUOTE.sub(lambda found: _OTHERWISE.get(found.group(), found.group()), inner) + '"'
