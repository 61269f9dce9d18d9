"""Text of values: `str`, `repr`, `format`, f-strings and `%`."""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from typing import Any

from zencompile.frontend.values.base import MISSING, Context, Object, Raised, Unknown, Value
from zencompile.frontend.values.operations import as_object, get_attribute, get_item, type_name
from zencompile.frontend.values.placed import ProjectText, concatenated, placed_text, shown
from zencompile.frontend.values.plain import PLAIN, SCALARS, unwrap

_WIDE = re.compile(r"\d{6,}")
_TOO_WIDE = "a text too large to be made when compiling"


def text(value: Value, context: Context) -> Any:
    """`str(value)`."""
    if value.__class__ is str:
        return value
    return as_object(context.force(value)).text(context)


def representation(value: Value, context: Context) -> str | Unknown:
    """`repr(value)`."""
    return as_object(context.force(value)).representation(context)


def checked(value: Value, context: Context, method: str = "__str__") -> Any:
    """What a special method of the program gave as a text."""
    value = context.force(value)
    value = value if isinstance(value, ProjectText) and method == "__str__" else unwrap(value)
    if isinstance(value, (str, Unknown, ProjectText)):
        return value
    raise context.raise_(TypeError(f"{method} returned non-string (type {type_name(value)})"))


def format_value(value: Value, conversion: int, spec: str, context: Context) -> Any:
    """`f"{value!conversion:spec}"`."""
    if conversion == -1 and not spec and value.__class__ is str:
        return value
    value = context.force(value)
    if isinstance(value, Unknown):
        return value.forgotten()
    if conversion == ord("s"):
        value = text(value, context)
    elif conversion == ord("r"):
        value = representation(value, context)
    elif conversion == ord("a"):
        value = ascii_text(value, context)
    return value.forgotten() if isinstance(value, Unknown) else formatted(value, spec, context)


def ascii_text(value: Value, context: Context) -> str | Unknown:
    """`ascii(value)`."""
    found = representation(value, context)
    return found.forgotten() if isinstance(found, Unknown) else found.encode("ascii", "backslashreplace").decode()


def formatted(value: Value, spec: str, context: Context) -> Any:
    """`format(value, spec)`."""
    if _WIDE.search(spec):
        raise context.raise_(MemoryError(_TOO_WIDE))
    asked = as_object(context.force(value))
    found = asked.formatted(spec, context)
    if found is not MISSING:
        return found
    if not spec:
        return asked.text(context)
    found = asked.text(context)
    if isinstance(found, Unknown):
        return found.forgotten()
    raise context.raise_(TypeError(f"unsupported format string passed to {asked.type_name}.__format__"))


# repr of containers

_printing: set[int] = set()
"""Containers whose text is being made: one that holds itself shows as `[...]`, as Python's own `repr` has it."""


def container_text(value: Value, inside: str, make: Callable[[], str | Unknown]) -> str | Unknown:
    """The text of a container; `inside` stands for it where it holds itself."""
    if id(value) in _printing:
        return inside
    _printing.add(id(value))
    try:
        return make()
    finally:
        _printing.discard(id(value))


def joined(items: Any, context: Context, between: str = ", ") -> str | Unknown:
    """The representations of some values, joined."""
    parts: list[str] = []
    for item in items:
        part = representation(item, context)
        if isinstance(part, Unknown):
            return part.forgotten()
        parts.append(part)
    context.tick(1 + len(parts) // 10)
    return between.join(parts)


# the % operator


class _Undecided(Exception):
    def __init__(self, unknown: Unknown) -> None:
        self.unknown = unknown


class _Printed:
    """A value in the hands of Python's own `%`: it asks for the text that it needs."""

    __slots__ = ("context", "value")

    def __init__(self, value: Value, context: Context) -> None:
        self.value = value
        self.context = context

    def __str__(self) -> str:
        shown = text(self.value, self.context)
        return shown.inner if isinstance(shown, ProjectText) else _decided(shown)

    def __repr__(self) -> str:
        return _decided(representation(self.value, self.context))


class _PrintedNumber(_Printed):
    """A value that also is a number, such as a member of an IntEnum."""

    __slots__ = ()

    def __index__(self) -> int:
        return unwrap(self.value).__index__()  # type: ignore[no-any-return]

    def __float__(self) -> float:
        return float(unwrap(self.value))


def _decided(found: str | Unknown) -> str:
    if isinstance(found, Unknown):
        raise _Undecided(found)
    return found


def _printed(value: Value, context: Context) -> Value:
    value = context.force(value)
    if value.__class__ in SCALARS:
        return value
    if isinstance(value, Unknown):
        raise _Undecided(value)
    return (_PrintedNumber if isinstance(unwrap(value), (int, float)) else _Printed)(value, context)


_CONVERSION = re.compile(r"%(?!%)")


def _as_text(template: Any) -> str:
    return template if isinstance(template, str) else template.decode("latin-1").replace("%%", "")


def percent(template: Any, values: Value, context: Context) -> Value:
    """`template % values`."""
    if _WIDE.search(template if isinstance(template, str) else template.decode("latin-1")):
        raise context.raise_(MemoryError(_TOO_WIDE))
    values = context.force(values)
    try:
        found = _percent(template, values, context)
    except Raised:
        raise
    except _Undecided as undecided:
        return undecided.unknown
    except Exception as error:
        raise context.raise_(error) from None
    if isinstance(found, str) and _MEASURED.search(_as_text(template)) and placed_text(found, context) is not found:
        return context.unknown("a text that is cut or filled to a length")
    return placed_text(found, context) if isinstance(found, str) else found


_MEASURED = re.compile(r"%(?:\([^)]*\))?[-#0 +]*[\d.*]")
"""A conversion with a width or precision."""


def _percent(template: Any, values: Value, context: Context) -> Any:
    given = unwrap(values)
    if type(given) is tuple:
        return template % tuple(_printed(item, context) for item in given)
    if type(given) is dict:
        return template % {name: _printed(item, context) for name, item in given.items()}
    shown = (_printed(values, context),)
    if type(given) in (list, bytes, bytearray, range) and not _CONVERSION.search(_as_text(template)):
        return template % {}  # Python takes it for a mapping, and asks it for nothing
    return template % shown


# str.format


class _Formatter:
    """`str.format`: fields are looked up with the program's own attribute and item access."""

    def __init__(self, arguments: list[Value], keywords: dict[Any, Value], context: Context) -> None:
        self.arguments = arguments
        self.keywords = keywords
        self.context = context
        self.next = 0

    def field(self, name: str) -> Value:
        import _string  # type: ignore[import-not-found]

        first, rest = _string.formatter_field_name_split(name)
        if first == "":
            first, self.next = self.next, self.next + 1
        value = self.argument(first)
        for is_attribute, name_or_key in rest:
            if is_attribute:
                value = get_attribute(value, name_or_key, self.context)
            else:
                value = get_item(value, name_or_key, self.context)
        return value

    def argument(self, name: int | str) -> Value:
        try:
            return self.arguments[name] if isinstance(name, int) else self.keywords[name]
        except IndexError:
            error = IndexError(f"Replacement index {name} out of range for positional args tuple")
            raise self.context.raise_(error) from None
        except KeyError as missing:
            raise self.context.raise_(missing) from None

    def run(self, template: str, depth: int = 2) -> Any:
        if depth < 0:
            raise self.context.raise_(ValueError("Max string recursion exceeded"))
        try:
            pieces = list(string.Formatter().parse(template))
        except ValueError as error:
            raise self.context.raise_(error) from None
        parts: list[Value] = []
        for literal, name, spec, conversion in pieces:
            parts.append(literal)
            if name is None:
                continue
            value = self.field(name)
            inner = self.run(spec, depth - 1) if spec else ""
            if isinstance(inner, ProjectText):
                return self.context.unknown("a format that is a path of the project")
            if isinstance(inner, Unknown):
                return inner.forgotten()
            code = ord(conversion) if conversion else -1
            found = format_value(value, code, inner, self.context)
            if isinstance(found, Unknown):
                return found.forgotten()
            parts.append(found)
        return concatenated(parts)


class _MapFormatter(_Formatter):
    """`str.format_map`: the names are asked of the mapping itself."""

    def __init__(self, mapping: Value, context: Context) -> None:
        super().__init__([], {}, context)
        self.mapping = mapping

    def argument(self, name: int | str) -> Value:
        if isinstance(name, int):
            raise self.context.raise_(ValueError("Format string contains positional fields"))
        return get_item(self.mapping, name, self.context)


def format_map_call(template: str, mapping: Value, context: Context) -> Any:
    """`template.format_map(mapping)`."""
    return _MapFormatter(mapping, context).run(template)


def format_call(template: str, arguments: list[Value], keywords: dict[Any, Value], context: Context) -> Any:
    """`template.format(*arguments, **keywords)`."""
    return _Formatter(arguments, keywords, context).run(template)


# exceptions, for diagnostics


def exception_text(value: Value) -> tuple[str, str]:
    """The name of an exception and its message, for a diagnostic."""
    if isinstance(value, BaseException):
        if isinstance(value, KeyError) and value.args:
            return "KeyError", repr(value.args[0])
        if isinstance(value, OSError) and value.strerror:
            return type(value).__name__, str(value)[:300]
        return type(value).__name__, _short(value.args)
    if isinstance(value, Unknown):
        return "an exception", value.reason
    arguments = getattr(value, "attributes", {}).get("args", ())
    if isinstance(arguments, tuple) and isinstance(value, Object):
        shown = [str(one) for one in arguments if type(one) in PLAIN]
        return value.type_name, ", ".join(shown)[:300]
    return "an exception", ""


def _short(arguments: tuple[Value, ...]) -> str:
    parts = [shown(one.inner) if isinstance(one, ProjectText) else _shortest(one) for one in arguments]
    return ", ".join(parts)[:300]


def _shortest(value: Value) -> str:
    return str(value) if type(value) in PLAIN else str(getattr(value, "reason", type_name(value)))
