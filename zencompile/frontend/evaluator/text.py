"""Text of values: `str`, `repr`, `format`, f-strings and `%`."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

from zencompile.frontend.evaluator.items import get_item
from zencompile.frontend.evaluator.plain import CONTAINERS, PLAIN, SCALARS, force, in_order, only_scalars, plain
from zencompile.frontend.evaluator.scopes import Frame
from zencompile.frontend.values import (
    MISSING,
    BoundMethod,
    Class,
    Context,
    EnumMember,
    Function,
    Generic,
    Instance,
    Module,
    NativeObject,
    Symbol,
    Unknown,
    Value,
    type_name,
)

if TYPE_CHECKING:
    from zencompile.frontend.evaluator.core import Evaluator


_WIDE = re.compile(r"\d{6,}")


def to_text(ev: Evaluator, value: Value, node: ast.AST, frame: Frame) -> str | Unknown:
    """`str(value)`."""
    kind = value.__class__
    if kind is str:
        return value  # type: ignore[no-any-return]
    if kind in SCALARS:
        return _guarded(ev, str, value, node, frame)
    value = force(ev, value, node, frame)
    if isinstance(value, Instance):
        context = Context(ev, node, frame.module)
        special = value.class_.lookup("__str__")
        if special is not MISSING:
            return _checked(ev, ev.call_value(special, [value], {}, context), node, frame)
        if any(isinstance(b, type) and issubclass(b, BaseException) for b in value.class_.mro):
            arguments = value.attributes.get("args", ())
            if not arguments:
                return ""
            return to_text(ev, arguments[0] if len(arguments) == 1 else arguments, node, frame)
        if value.native is not MISSING:
            return to_text(ev, value.native, node, frame)
        if value.class_.kind == "pydantic":
            return fields_text(ev, value, " ", node, frame)
    if isinstance(value, EnumMember):
        special = value.class_.lookup("__str__")
        if special is not MISSING:
            return _checked(ev, ev.call_value(special, [value], {}, Context(ev, node, frame.module)), node, frame)
        if value.class_.options.get("text is value"):
            return str(value.value)
        return f"{value.class_.name}.{value.name}"
    if isinstance(value, BaseException):
        if isinstance(value, KeyError) and len(value.args) == 1:
            return to_repr(ev, value.args[0], node, frame)
        return to_text(ev, value.args[0], node, frame) if len(value.args) == 1 else str(value)
    if kind in PLAIN and kind not in CONTAINERS:
        return str(value)
    return to_repr(ev, value, node, frame)


def _checked(ev: Evaluator, value: Value, node: ast.AST, frame: Frame) -> str | Unknown:
    value = force(ev, value, node, frame)
    if isinstance(value, (str, Unknown)):
        return value
    if isinstance(value, EnumMember) and isinstance(value.value, str):
        return value.value
    raise ev.raised(TypeError(f"__str__ returned non-string (type {type_name(value)})"), node, frame)


def _guarded(ev: Evaluator, function: Any, value: Value, node: ast.AST, frame: Frame) -> str:
    try:
        return function(value)  # type: ignore[no-any-return]
    except ValueError as error:  # an integer of too many digits
        raise ev.raised(error, node, frame) from None


def to_repr(ev: Evaluator, value: Value, node: ast.AST, frame: Frame, depth: int = 0) -> str | Unknown:
    """`repr(value)`."""
    value = force(ev, value, node, frame)
    kind = value.__class__
    if kind in SCALARS:
        return _guarded(ev, repr, value, node, frame)
    if isinstance(value, Unknown):
        return value
    if depth > 50:
        return "..."
    if kind in CONTAINERS:
        return _container(ev, value, node, frame, depth)
    if isinstance(value, EnumMember):
        special = value.class_.lookup("__repr__")
        if special is not MISSING:
            return _checked(ev, ev.call_value(special, [value], {}, Context(ev, node, frame.module)), node, frame)
        inner = to_repr(ev, value.value, node, frame, depth + 1)
        return inner if isinstance(inner, Unknown) else f"<{value.class_.name}.{value.name}: {inner}>"
    if isinstance(value, Instance):
        return _instance(ev, value, node, frame, depth)
    if isinstance(value, NativeObject):
        return value.text(Context(ev, node, frame.module))
    if isinstance(value, Class):
        return f"<class '{value.module.name if value.module else ''}.{value.qualname}'>"
    if isinstance(value, type):
        return repr(value)
    if isinstance(value, Symbol):
        return ev.unknown(node, frame, f"the text of `{value.path}`, which is not read")
    if isinstance(value, (Function, BoundMethod, Module, Generic)):
        return ev.unknown(node, frame, "the text of an object, which may hold its address")
    if kind.__module__ == "pathlib" or hasattr(value, "as_posix"):
        return f"PosixPath({str(value)!r})"
    try:
        return repr(value)
    except Exception as error:
        raise ev.raised(error, node, frame) from None


def _container(ev: Evaluator, value: Any, node: ast.AST, frame: Frame, depth: int) -> str | Unknown:
    parts: list[str] = []
    pairs = value.items() if type(value) is dict else None
    items = [item for pair in pairs for item in pair] if pairs is not None else list(value)
    if type(value) in (set, frozenset):
        items = in_order(value)
    ev.tick(node, frame, 1 + len(items) // 10)
    for item in items:
        part = to_repr(ev, item, node, frame, depth + 1)
        if isinstance(part, Unknown):
            return part
        parts.append(part)
    if pairs is not None:
        return "{" + ", ".join(f"{k}: {v}" for k, v in zip(parts[::2], parts[1::2], strict=True)) + "}"
    inside = ", ".join(parts)
    if type(value) is list:
        return f"[{inside}]"
    if type(value) is tuple:
        return f"({inside},)" if len(parts) == 1 else f"({inside})"
    if type(value) is set:
        return f"{{{inside}}}" if parts else "set()"
    return f"frozenset({{{inside}}})" if parts else "frozenset()"


def _instance(ev: Evaluator, value: Instance, node: ast.AST, frame: Frame, depth: int) -> str | Unknown:
    context = Context(ev, node, frame.module)
    special = value.class_.lookup("__repr__")
    if special is not MISSING:
        return _checked(ev, ev.call_value(special, [value], {}, context), node, frame)
    if value.class_.kind in ("dataclass", "namedtuple", "pydantic"):
        inner = fields_text(ev, value, ", ", node, frame)
        return inner if isinstance(inner, Unknown) else f"{value.class_.qualname}({inner})"
    if any(isinstance(b, type) and issubclass(b, BaseException) for b in value.class_.mro):
        arguments = value.attributes.get("args", ())
        inner = to_repr(ev, list(arguments), node, frame, depth + 1)
        return inner if isinstance(inner, Unknown) else f"{value.class_.name}({inner[1:-1]})"
    if value.native is not MISSING:
        return to_repr(ev, value.native, node, frame, depth + 1)
    return context.unknown(f"the text of a `{value.class_.name}`, which may hold its address")


def fields_text(ev: Evaluator, value: Instance, between: str, node: ast.AST, frame: Frame) -> str | Unknown:
    parts = []
    for name in value.class_.fields:
        part = to_repr(ev, value.attributes.get(name), node, frame, 1)
        if isinstance(part, Unknown):
            return part
        parts.append(f"{name}={part}")
    return between.join(parts)


def format_value(ev: Evaluator, value: Value, conversion: int, spec: str, node: ast.AST, frame: Frame) -> str | Unknown:
    """`f"{value!conversion:spec}"`."""
    kind = value.__class__
    if conversion == -1 and not spec and kind is str:
        return value  # type: ignore[no-any-return]
    value = force(ev, value, node, frame)
    if isinstance(value, Unknown):
        return value
    if conversion == ord("s"):
        value = to_text(ev, value, node, frame)
    elif conversion == ord("r"):
        value = to_repr(ev, value, node, frame)
    elif conversion == ord("a"):
        text = to_repr(ev, value, node, frame)
        value = text if isinstance(text, Unknown) else text.encode("ascii", "backslashreplace").decode()
    if isinstance(value, Unknown):
        return value
    return formatted(ev, value, spec, node, frame)


def formatted(ev: Evaluator, value: Value, spec: str, node: ast.AST, frame: Frame) -> str | Unknown:
    """`format(value, spec)`."""
    if isinstance(value, (Instance, EnumMember)):
        special = value.class_.lookup("__format__")
        if special is not MISSING:
            return _checked(ev, ev.call_value(special, [value, spec], {}, Context(ev, node, frame.module)), node, frame)
        if isinstance(value, EnumMember) and value.mixin is not None and value.class_.lookup("__str__") is MISSING:
            value = value.value  # as Python up to 3.11 does for `class E(str, Enum)`, and any does for StrEnum
    if not spec:
        return to_text(ev, value, node, frame)
    if _WIDE.search(spec):
        raise ev.raised(MemoryError("a text too large to be made when compiling"), node, frame)
    if type(value) in PLAIN:
        try:
            return format(value, spec)
        except Exception as error:
            raise ev.raised(error, node, frame) from None
    if isinstance(value, NativeObject):
        text = value.text(Context(ev, node, frame.module))
        return text if isinstance(text, Unknown) else format(text, "")
    text = to_text(ev, value, node, frame)
    if isinstance(text, Unknown):
        return text
    kind = type_name(value)
    raise ev.raised(TypeError(f"unsupported format string passed to {kind}.__format__"), node, frame)


def percent(ev: Evaluator, template: Any, values: Value, node: ast.AST, frame: Frame) -> Value:
    """`template % values`."""
    if _WIDE.search(template if isinstance(template, str) else template.decode("latin-1")):
        raise ev.raised(MemoryError("a text too large to be made when compiling"), node, frame)
    data = plain(ev, values, Context(ev, node, frame.module))
    if isinstance(data, Unknown):
        return data
    if type(data) is not list or not only_scalars(data):
        data = _printable(ev, data, node, frame)
    if isinstance(data, Unknown):
        return data
    try:
        return template % data
    except Exception as error:
        raise ev.raised(error, node, frame) from None


def _printable(ev: Evaluator, value: Value, node: ast.AST, frame: Frame) -> Value:
    """Data whose own `str` is the program's."""
    if type(value) is tuple:
        items = [_printable(ev, item, node, frame) for item in value]
        return next((item for item in items if isinstance(item, Unknown)), tuple(items))
    if type(value) is dict:
        found = {key: _printable(ev, item, node, frame) for key, item in value.items()}
        return next((item for item in found.values() if isinstance(item, Unknown)), found)
    if type(value) in SCALARS:
        return value
    if isinstance(value, EnumMember) and isinstance(value.value, (int, float)) and value.mixin is not None:
        return value.value
    return to_text(ev, value, node, frame)


class _Formatter:
    """`str.format`: fields are looked up with the program's own attribute and item access."""

    def __init__(
        self, ev: Evaluator, arguments: list[Value], keywords: dict[Any, Value], node: ast.AST, frame: Frame
    ) -> None:
        self.ev, self.arguments, self.keywords, self.node, self.frame = ev, arguments, keywords, node, frame
        self.next = 0

    def field(self, name: str) -> Value:
        import _string  # type: ignore[import-not-found]

        first, rest = _string.formatter_field_name_split(name)
        if first == "":
            first, self.next = self.next, self.next + 1
        try:
            value = self.arguments[first] if isinstance(first, int) else self.keywords[first]
        except (IndexError, KeyError) as error:
            if isinstance(error, IndexError):
                error = IndexError(f"Replacement index {first} out of range for positional args tuple")
            raise self.ev.raised(error, self.node, self.frame) from None
        for is_attribute, key in rest:
            if is_attribute:
                value = Context(self.ev, self.node, self.frame.module).get_attribute(value, key)
            else:
                value = get_item(self.ev, value, key, self.node, self.frame)
        return value

    def run(self, template: str, depth: int = 2) -> str | Unknown:
        import string

        if depth < 0:
            raise self.ev.raised(ValueError("Max string recursion exceeded"), self.node, self.frame)
        parts: list[str] = []
        try:
            pieces = list(string.Formatter().parse(template))
        except ValueError as error:
            raise self.ev.raised(error, self.node, self.frame) from None
        for literal, name, spec, conversion in pieces:
            parts.append(literal)
            if name is None:
                continue
            value = self.field(name)
            inner = self.run(spec or "", depth - 1) if spec else ""
            if isinstance(inner, Unknown):
                return inner
            code = ord(conversion) if conversion else -1
            text = format_value(self.ev, value, code, inner, self.node, self.frame)
            if isinstance(text, Unknown):
                return text
            parts.append(text)
        return "".join(parts)


def format_call(
    ev: Evaluator, template: str, arguments: list[Value], keywords: dict[Any, Value], node: ast.AST, frame: Frame
) -> str | Unknown:
    """`template.format(*arguments, **keywords)`."""
    return _Formatter(ev, arguments, keywords, node, frame).run(template)


def exception_text(ev: Evaluator, value: Value) -> tuple[str, str]:
    """The name of an exception and its message, for a diagnostic."""
    if isinstance(value, BaseException):
        if isinstance(value, KeyError) and value.args:
            return "KeyError", repr(value.args[0])
        if isinstance(value, OSError) and value.strerror:
            return type(value).__name__, str(value)[:300]
        return type(value).__name__, _short(value)
    if isinstance(value, Instance):
        arguments = value.attributes.get("args", ())
        shown = [a for a in arguments if type(a) in PLAIN] if isinstance(arguments, tuple) else []
        return value.class_.name, ", ".join(str(a) for a in shown)[:300]
    if isinstance(value, Symbol):
        return f"`{value.path}`", ""
    return "an exception", value.reason if isinstance(value, Unknown) else ""


def _short(value: BaseException) -> str:
    parts = [str(a) if type(a) in PLAIN else getattr(a, "reason", type_name(a)) for a in value.args]
    return ", ".join(parts)[:300]
