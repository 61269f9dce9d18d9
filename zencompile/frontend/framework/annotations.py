"""Annotations, as the evaluator gives them, as types of the IR."""

from __future__ import annotations

import ast
import datetime
import decimal
import enum
import pathlib
import uuid
from dataclasses import dataclass
from typing import Any, NamedTuple

from zencompile.frontend.values import MISSING, Class, Context, EnumMember, Generic, Symbol, Unknown, Value
from zencompile.frontend.values.hints import hint_of
from zencompile.ir import Type, encode
from zencompile.ir.literals import LiteralError
from zencompile_runtime.values.hints import Limited

_BUILTIN: dict[object, str] = {
    bool: "bool",
    int: "int",
    float: "float",
    str: "str",
    bytes: "bytes",
    list: "list",
    dict: "dict",
    tuple: "tuple",
    set: "set",
    frozenset: "set",
    type(None): "none",
    None: "none",
    object: "any",
    datetime.datetime: "datetime.datetime",
    datetime.date: "datetime.date",
    datetime.time: "datetime.time",
    datetime.timedelta: "datetime.timedelta",
    decimal.Decimal: "decimal.Decimal",
    uuid.UUID: "uuid.UUID",
    pathlib.Path: "pathlib.Path",
    pathlib.PosixPath: "pathlib.Path",
    pathlib.PurePosixPath: "pathlib.Path",
    pathlib.PurePath: "pathlib.Path",
    pathlib.Path: "pathlib.Path",
    enum.Enum: "enum.Enum",
    ...: "...",
}
_NAMES = {
    "Any": "any",
    "List": "list",
    "Sequence": "list",
    "MutableSequence": "list",
    "Collection": "list",
    "Dict": "dict",
    "Mapping": "dict",
    "MutableMapping": "dict",
    "DefaultDict": "dict",
    "OrderedDict": "dict",
    "Tuple": "tuple",
    "Set": "set",
    "FrozenSet": "set",
    "AbstractSet": "set",
    "Text": "str",
    "AnyStr": "str",
    "Union": "union",
    "Optional": "union",
    "Literal": "literal",
    "Annotated": "annotated",
    "Final": "wrapper",
    "Required": "wrapper",
    "NotRequired": "wrapper",
    "ClassVar": "wrapper",
}
_ALIKE = frozenset(
    {"Sequence", "MutableSequence", "Collection", "Mapping", "MutableMapping", "FrozenSet", "AbstractSet", "frozenset"}
)
_TYPING = ("typing.", "typing_extensions.", "collections.abc.", "collections.")
_ANY = Type.model_construct(name="any")


@dataclass(frozen=True)
class Annotation:
    """An annotation: its type as the IR has it, and what the coercion reads. Without one, any value."""

    type: Type
    hint: Any = Any


ANY = Annotation(_ANY)
_WHAT: dict[str, Any] = {"pydantic": "model", "dataclass": "dataclass", "enum": "enum"}
_PLAIN: dict[str, Type] = {}


def plain(name: str) -> Type:
    """The type of a builtin, made once."""
    if name not in _PLAIN:
        _PLAIN[name] = Type.model_construct(name=name, arguments=(), values=(), what="", text=name)
    return _PLAIN[name]


class Annotated(NamedTuple):
    """`Annotated[inner, *metadata]` taken apart; without it, the value itself."""

    inner: Value
    metadata: tuple[Value, ...] = ()


def split(value: Value) -> Annotated:
    """Take `Annotated` apart, nested ones too."""
    if isinstance(value, Generic) and family(value.origin) == "annotated" and value.arguments:
        inner = split(value.arguments[0])
        return Annotated(inner.inner, (*inner.metadata, *value.arguments[1:]))
    if isinstance(value, Generic) and family(value.origin) == "wrapper" and value.arguments:
        return split(value.arguments[0])
    return Annotated(value)


def family(value: Value) -> str:
    """What a type or the origin of a generic one is: an IR name, "annotated", "wrapper", or "" for any other class."""
    if isinstance(value, Symbol):
        prefix, _, name = value.path.rpartition(".")
        return _NAMES.get(name, "") if f"{prefix}." in _TYPING else ""
    if isinstance(value, (type, type(None), type(...))):
        return _BUILTIN.get(value) or _abstract(value)
    return ""


def _abstract(value: Value) -> str:
    if isinstance(value, type) and value.__module__ in ("collections.abc", "collections", "typing"):
        return _NAMES.get(value.__name__, "")
    return ""


def _alike(value: Value) -> bool:
    """Whether a class isn't the builtin one that it is taken for: what is true of a list isn't of every Sequence."""
    if isinstance(value, Symbol):
        return value.path.rpartition(".")[2] in _ALIKE or value.path == "collections.abc.Set"
    if isinstance(value, type):
        return value.__name__ in _ALIKE or (value.__module__, value.__name__) == ("collections.abc", "Set")
    return False


def annotation(value: Value, text: str = "", context: Context | None = None) -> Annotation:
    """A parameter's annotation. With a context, coercing makes objects of the project's classes."""
    if value is MISSING or (isinstance(value, Unknown) and getattr(value, "path", None) is None):
        return ANY
    if type(value) is type and value in _BUILTIN and value is not frozenset and not issubclass(value, pathlib.PurePath):
        return Annotation(plain(_BUILTIN[value]), value)
    hint = hint_of(value, context)
    limited = hint if isinstance(hint, Limited) and not isinstance(value, Generic) else None
    if limited is None:
        return Annotation(convert(value if isinstance(hint, Limited) else split(value).inner, text), hint)
    return Annotation(_with_limits(convert(limited.inner, text), limited), hint)


def convert(value: Value, text: str = "", depth: int = 0) -> Type:
    """A type of the IR. What can't be known is `any`."""
    if depth > 20 or value is MISSING or isinstance(value, Unknown):
        return _ANY
    name = family(value)
    if name and name not in ("annotated", "wrapper", "union", "literal"):
        if _alike(value):
            return Type(name=name, what="alike", text=text)
        return plain(name) if not text or text == name else Type(name=name, text=text)
    if isinstance(value, Generic):
        return _generic(value, text, depth)
    if isinstance(value, Symbol):
        return _ANY if name else Type.model_construct(name=value.path, arguments=(), values=(), what="", text=text)
    if isinstance(value, Class):
        return _class(value, text)
    if isinstance(value, str):  # a forward reference inside a generic that nobody resolved
        return Type(name="any", text=value)
    if isinstance(value, type):
        module = "" if value.__module__ == "builtins" else f"{value.__module__}."
        return Type(name=f"{module}{value.__qualname__}", text=text)
    supertype = getattr(value, "supertype", MISSING)  # of `NewType`
    if supertype is not MISSING:
        return convert(supertype, text, depth + 1)
    path = getattr(value, "path", None)  # a framework class
    return Type(name=path, text=text) if isinstance(path, str) else _ANY


def _generic(value: Generic, text: str, depth: int) -> Type:
    name = family(value.origin)
    if name in ("annotated", "wrapper"):
        return _with_limits(convert(split(value).inner, text, depth + 1), hint_of(value))
    if name == "literal":
        return Type(name="literal", values=tuple(_literal(v) for v in value.arguments), text=text)
    arguments = tuple(convert(a, "", depth + 1) for a in _arguments(value))
    if name == "union":
        if isinstance(value.origin, Symbol) and value.origin.path.endswith("Optional"):
            arguments = (*arguments, plain("none"))
        return _union(arguments, text)
    if name == "dict" and len(arguments) != 2:
        arguments = ()
    if name:
        return Type(name=name, arguments=arguments, what="alike" if _alike(value.origin) else "", text=text)
    base = convert(value.origin, text, depth + 1)
    return base.model_copy(update={"arguments": arguments})


def _with_limits(type_: Type, hint: Any) -> Type:
    """The type with what `Annotated` says of its values, as far as JSON has it."""
    limits: dict[str, Any] = {}
    while isinstance(hint, Limited):
        limits.update((one.name, one.bound) for one in hint.limits if isinstance(one.bound, (int, float, str)))
        hint = hint.inner
    return type_.model_copy(update={"limits": limits}) if limits else type_


def _arguments(value: Generic) -> tuple[Value, ...]:
    """The type arguments; a list among them (of `Callable[[int], str]`) says nothing here."""
    return tuple(MISSING if isinstance(a, (list, tuple)) else a for a in value.arguments)


def _union(arguments: tuple[Type, ...], text: str) -> Type:
    flat: list[Type] = []
    for argument in arguments:
        flat.extend(a for a in (argument.arguments if argument.name == "union" else (argument,)) if a not in flat)
    if len(flat) == 1:
        return flat[0]
    return Type(name="union", arguments=tuple(flat), text=text)


def _literal(value: Value) -> Any:
    if isinstance(value, EnumMember):
        return {"$": "enum", "class": value.class_.path, "name": value.name, "value": _encoded(value.value)}
    return _encoded(value)


def _encoded(value: Value) -> Any:
    try:
        return encode(value)
    except LiteralError:
        return None


def _class(value: Class, text: str) -> Type:
    what = _WHAT.get(value.kind, "class")
    values = tuple(_encoded(member.value) for member in value.members.values()) if what == "enum" else ()
    base = next((one.path for one in value.mro if isinstance(one, Symbol)), "") if what == "class" else ""
    return Type(name=value.path, what=what, values=values, text=text or value.name, base=base)


def text_of(node: ast.expr | None) -> str:
    """An annotation as it is written."""
    if node is None:
        return ""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    try:
        return ast.unparse(node)
    except RecursionError:
        return ""
