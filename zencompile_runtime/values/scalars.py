"""Pydantic's lax rules for single values, without pydantic. Each function returns the value, or raises ValueError with
what it should have been; it tells the match how it came to it."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from typing import Any

from zencompile_runtime.values.mismatch import LAX, STRICT, Match

_TRUE = {"1", "on", "t", "true", "y", "yes"}
_FALSE = {"0", "off", "f", "false", "n", "no"}
_INTEGER = re.compile(r"[+-]?[0-9]+(?:_[0-9]+)*(?:\.0+)?")
_FLOAT = re.compile(r"[+-]?(?:inf|infinity|nan|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?)", re.IGNORECASE)
_LONGEST = 4300
"""Digits of an integer that is written as text."""
_LARGEST = 1 << 63
"""Floats from here on are no integers."""


def _text(value: Any, kinds: tuple[type, ...] = (bytes,)) -> str | None:
    """The text that a value is, or holds as UTF-8; None if it is none."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, kinds):
        raw: Any = value
        try:
            return str(raw, "utf-8")
        except UnicodeDecodeError:
            return None
    return None


def is_a(module: str, name: str, value: Any) -> bool:
    """Whether a value is of a class, which is not imported for that."""
    return any(one.__name__ == name and one.__module__ in (module, f"_{module}") for one in type(value).__mro__)


def to_none(value: Any, match: Match) -> None:
    """Only None itself."""
    if value is not None:
        raise ValueError("should be None")


def to_bool(value: Any, match: Match) -> bool:
    """A bool, 0 or 1, or one of the words for them."""
    if value is True or value is False:
        return bool(value)
    match.floor(LAX)
    text = _text(value)
    if text is not None:
        word = text.lower()
        if word in _TRUE or word in _FALSE:
            return word in _TRUE
    else:
        number = number_of(value)
        if number is not None and number in (0, 1):
            return bool(number)
    raise ValueError("should be a boolean")


def number_of(value: Any) -> int | float | None:
    """The number that a value counts as, by `__index__` or `__float__`; None if it is none."""
    for convert, method in ((operator.index, "__index__"), (float, "__float__")):
        if hasattr(type(value), method):
            try:
                return convert(value)
            except (TypeError, ValueError, OverflowError):
                continue
    return None


def to_int(value: Any, match: Match) -> int:
    """An integer, a number without a fraction, or text of one."""
    if type(value) is int:
        return value
    if isinstance(value, int):
        match.floor(LAX if isinstance(value, bool) else STRICT)
        return int.__index__(value)
    match.floor(LAX)
    text = _text(value)
    if text is not None:
        return _parsed_int(text)
    if is_a("decimal", "Decimal", value) or is_a("fractions", "Fraction", value):
        if (not hasattr(value, "is_finite") or value.is_finite()) and value == int(value):
            return int(value)
    elif is_a("enum", "Enum", value):
        if type(value.value) is int:
            return value.value
    else:
        number = None if isinstance(value, (complex, bytearray)) else number_of(value)
        if isinstance(number, int):
            return number
        if number is not None and math.isfinite(number) and number == int(number) and abs(number) < _LARGEST:
            return int(number)
    raise ValueError("should be an integer")


def _parsed_int(text: str) -> int:
    written = text.strip()
    if len(written) > _LONGEST or not _INTEGER.fullmatch(written):
        raise ValueError("should be an integer")
    return int(written.partition(".")[0])


def to_float(value: Any, match: Match) -> float:
    """A number, or text of one."""
    if type(value) is float:
        return value
    text = _text(value)
    if text is not None:
        match.floor(LAX)
        return _parsed_float(text)
    match.floor(LAX if isinstance(value, bool) else STRICT)
    if not isinstance(value, complex):
        try:
            if hasattr(type(value), "__float__") or hasattr(type(value), "__index__"):
                return float(value)
        except (OverflowError, TypeError, ValueError):
            pass
    raise ValueError("should be a number")


def _parsed_float(text: str) -> float:
    written = text.strip()
    if "_" in written and not written.startswith("_") and not written.endswith("_") and "__" not in written:
        written = written.replace("_", "")
    if not _FLOAT.fullmatch(written):
        raise ValueError("should be a number")
    return float(written)


def to_str(value: Any, match: Match) -> str:
    """Text, or bytes of UTF-8."""
    if type(value) is str:
        return value
    if isinstance(value, str):
        match.floor(STRICT)
        return str.__str__(value)
    match.floor(LAX)
    text = _text(value, (bytes, bytearray))
    if text is not None:
        return text
    if is_a("enum", "Enum", value):
        return str(value.value)
    raise ValueError("should be a string")


def to_bytes(value: Any, match: Match) -> bytes:
    """Bytes, or text as UTF-8."""
    if isinstance(value, bytes):
        match.floor(STRICT if type(value) is not bytes else 2)
        return value
    match.floor(LAX)
    if isinstance(value, bytearray):
        return bytes(value)
    if isinstance(value, str):
        return value.encode()
    raise ValueError("should be bytes")


def to_complex(value: Any, match: Match) -> complex:
    """A complex number, a number, or text of one."""
    if type(value) is complex:
        return value
    if isinstance(value, str):
        match.floor(LAX)
        try:
            return complex(value.strip())
        except ValueError:
            raise ValueError("should be a complex number") from None
    match.floor(STRICT)
    if type(value) is not float and (type(value) is not int or not -_LARGEST <= value < _LARGEST):
        raise ValueError("should be a complex number")
    return complex(value)


def to_uuid(value: Any, match: Match) -> Any:
    """A UUID, or its text or 16 bytes."""
    import uuid

    if isinstance(value, uuid.UUID):
        return value
    match.floor(LAX)
    if isinstance(value, str):
        return _uuid(value)
    if isinstance(value, bytes):
        try:
            return _uuid(value.decode())
        except ValueError:
            if len(value) == 16:
                return uuid.UUID(bytes=value)
    raise ValueError("should be a UUID")


_UUID = re.compile(
    r"(?:[0-9a-f]{32}|(?P<begin>\{)?(?:urn:uuid:)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?(begin)\}))",
    re.IGNORECASE,
)


def _uuid(text: str) -> Any:
    import uuid

    if not _UUID.fullmatch(text):
        raise ValueError("should be a UUID")
    return uuid.UUID(text)


def to_decimal(value: Any, match: Match) -> Any:
    """A decimal, an integer, a float by its shortest text, or text of one."""
    import decimal

    if isinstance(value, decimal.Decimal):
        found = value
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        match.floor(LAX)
        found = decimal.Decimal(int(value)) if isinstance(value, int) else decimal.Decimal(str(value))
    elif isinstance(value, str):
        match.floor(LAX)
        try:
            found = decimal.Decimal(value.strip())
        except decimal.InvalidOperation:
            raise ValueError("should be a decimal number") from None
    else:
        raise ValueError("should be a decimal number")
    if not found.is_finite():
        raise ValueError("should be a finite number")
    return found


def to_fraction(value: Any, match: Match) -> Any:
    """A fraction, a number, or text of one."""
    import fractions

    if isinstance(value, fractions.Fraction):
        return value
    match.floor(LAX)
    try:
        return fractions.Fraction(value)
    except (ValueError, TypeError, OverflowError, ZeroDivisionError):
        raise ValueError("should be a fraction") from None


def to_pattern(*kinds: type) -> Callable[[Any, Match], Any]:
    """A pattern of text of some classes, or that text."""

    def convert(value: Any, match: Match) -> Any:
        if isinstance(value, re.Pattern) and isinstance(value.pattern, kinds):
            return value
        match.floor(LAX)
        if isinstance(value, kinds):
            try:
                return re.compile(value)
            except re.error:
                pass
        raise ValueError("should be a regular expression")

    return convert


def to_callable(value: Any, match: Match) -> Any:
    """What can be called."""
    match.floor(STRICT)
    if not callable(value):
        raise ValueError("should be callable")
    return value


def to_hashable(value: Any, match: Match) -> Any:
    """What has a hash."""
    match.floor(STRICT)
    if type(value).__hash__ is None:
        raise ValueError("should be hashable")
    return value


def to_path(kind: type) -> Callable[[Any, Match], Any]:
    """A path of a class, or its text."""

    def convert(value: Any, match: Match) -> Any:
        if isinstance(value, kind):
            return value
        match.floor(LAX)
        if isinstance(value, str):
            return kind(str.__str__(value))
        raise ValueError("should be a path")

    return convert


SCALARS: dict[tuple[str, str], Callable[[Any, Match], Any]] = {
    ("builtins", "NoneType"): to_none,
    ("builtins", "bool"): to_bool,
    ("builtins", "int"): to_int,
    ("builtins", "float"): to_float,
    ("builtins", "str"): to_str,
    ("builtins", "bytes"): to_bytes,
    ("builtins", "complex"): to_complex,
    ("uuid", "UUID"): to_uuid,
    ("decimal", "Decimal"): to_decimal,
    ("fractions", "Fraction"): to_fraction,
    ("collections.abc", "Callable"): to_callable,
    ("collections.abc", "Hashable"): to_hashable,
}
