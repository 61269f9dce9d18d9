"""Pydantic's lax rules for single values, without pydantic. Each function returns the value, or raises ValueError with
what it should have been."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

_TRUE = {"1", "on", "t", "true", "y", "yes"}
_FALSE = {"0", "off", "f", "false", "n", "no"}
_INTEGER = re.compile(r"[+-]?\d+(_\d+)*(\.0*)?$")


def _number(value: Any) -> Any:
    """The value behind an enum's member or a NumPy scalar; text of bytes."""
    if type(value) in (bytes, bytearray):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value
    return value


def to_none(value: Any) -> None:
    """Only None itself."""
    if value is not None:
        raise ValueError("should be None")


def to_bool(value: Any) -> bool:
    """A bool, 0 or 1, or one of the words for them."""
    if value is True or value is False:
        return bool(value)
    value = _number(value)
    if isinstance(value, str):
        word = value.lower()
        if word in _TRUE or word in _FALSE:
            return word in _TRUE
    elif (isinstance(value, (int, float)) and value in (0, 1)) or _is_numpy(value, "bool", "bool_"):
        return bool(value)
    raise ValueError("should be a boolean")


def to_int(value: Any) -> int:
    """An integer, a number without a fraction, or text of one."""
    if type(value) is int:
        return value
    if isinstance(value, int):
        return int(value)
    value = _number(value)
    if isinstance(value, str):
        text = value.strip()
        if _INTEGER.match(text):
            return int(text.partition(".")[0])
    elif isinstance(value, float) or _is("decimal", "Decimal", value):
        if math.isfinite(value) and value == int(value):
            return int(value)
    elif _is_numpy(value, "int", "uint"):
        return int(value)
    elif hasattr(type(value), "__float__"):
        return to_int(float(value))
    raise ValueError("should be an integer")


def to_float(value: Any) -> float:
    """A number, or text of one."""
    if type(value) is float:
        return value
    value = _number(value)
    if isinstance(value, str):
        try:
            return float(value.strip())
        except ValueError:
            raise ValueError("should be a number") from None
    if isinstance(value, (int, float)) or hasattr(type(value), "__float__"):
        return float(value)
    raise ValueError("should be a number")


def to_str(value: Any) -> str:
    """Text, or bytes of UTF-8."""
    if _is("enum", "Enum", value) and isinstance(value.value, (str, int)):
        return str(value.value)
    if isinstance(value, str):
        return value
    if isinstance(value, (bytes, bytearray)):
        try:
            return value.decode()
        except UnicodeDecodeError:
            pass
    raise ValueError("should be text")


def to_bytes(value: Any) -> bytes:
    """Bytes, or text as UTF-8."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, bytearray):
        return bytes(value)
    if isinstance(value, str):
        return value.encode()
    raise ValueError("should be bytes")


def to_uuid(value: Any) -> Any:
    """A UUID, or its text or 16 bytes."""
    import uuid

    if isinstance(value, uuid.UUID):
        return value
    if isinstance(value, str):
        return uuid.UUID(value)
    if isinstance(value, bytes):
        return uuid.UUID(bytes=value) if len(value) == 16 else uuid.UUID(value.decode())
    raise ValueError("should be a UUID")


def to_decimal(value: Any) -> Any:
    """A decimal, an integer, a float by its shortest text, or text of one."""
    import decimal

    if isinstance(value, decimal.Decimal):
        found = value
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        found = decimal.Decimal(int(value)) if isinstance(value, int) else decimal.Decimal(str(value))
    elif isinstance(value, str):
        try:
            found = decimal.Decimal(value.strip())
        except decimal.InvalidOperation:
            raise ValueError("should be a decimal number") from None
    elif isinstance(value, (list, tuple)) and len(value) == 3:
        found = decimal.Decimal(tuple(value))
    else:
        raise ValueError("should be a decimal number")
    if not found.is_finite():
        raise ValueError("should be a finite number")
    return found


def to_path(value: Any) -> Any:
    """A path, or its text."""
    import pathlib

    if isinstance(value, pathlib.PurePath):
        return value
    if isinstance(value, str):
        return pathlib.Path(value)
    raise ValueError("should be a path")


def _is(module: str, name: str, value: Any) -> bool:
    return any(one.__module__ == module and one.__name__ == name for one in type(value).__mro__)


def _is_numpy(value: Any, *prefixes: str) -> bool:
    kind = type(value)
    return kind.__module__ == "numpy" and kind.__name__.startswith(prefixes) and hasattr(kind, "item")


SCALARS: dict[tuple[str, str], Callable[[Any], Any]] = {
    ("builtins", "NoneType"): to_none,
    ("builtins", "bool"): to_bool,
    ("builtins", "int"): to_int,
    ("builtins", "float"): to_float,
    ("builtins", "str"): to_str,
    ("builtins", "bytes"): to_bytes,
    ("uuid", "UUID"): to_uuid,
    ("decimal", "Decimal"): to_decimal,
    ("pathlib", "Path"): to_path,
    ("pathlib._local", "Path"): to_path,
    ("pathlib", "PurePath"): to_path,
    ("pathlib._local", "PurePath"): to_path,
}
