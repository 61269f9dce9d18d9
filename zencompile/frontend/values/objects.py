"""What a program defines and makes: modules, functions, types, classes and their objects."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from zencompile.frontend.values.natives import NativeObject
from zencompile.frontend.values.symbolic import MISSING, Symbol, Unknown, Value
from zencompile.source import SourceFile, Span


class Module:
    """A module of the project. `name` is its dotted name from the source root (`__main__` never appears here);
    `imported_as` is what the program calls it (`__name__`), None as long as nothing has imported it.

    `evaluator.get(module, "name")` asks for a name of its top level, which runs first.
    """

    __slots__ = ("broken", "file", "folder", "imported_as", "name", "package", "state", "tree")

    def __init__(self, name: str, file: SourceFile | None, package: bool) -> None:
        self.name = name
        self.file = file  # None: a namespace package
        self.package = package
        self.imported_as: str | None = None
        self.folder: Path | None = None  # of a namespace package
        self.broken = False  # it can't be parsed (a diagnostic says so)
        self.tree: ast.Module | None = None
        self.state: Any = None  # belongs to the evaluator

    def __repr__(self) -> str:
        return f"Module({self.name})"


class Function:
    """A function or lambda of the project, not yet called.

    `defaults` maps parameter names to their evaluated defaults; annotations are evaluated on request
    (`evaluator.annotation(function, parameter)`, `"return"` for the result). `wrappers` are decorators that are not
    read,
    as values, outermost last: they were passed over. `attributes` are what the program set on the function.
    """

    __slots__ = ("attributes", "closure", "defaults", "info", "module", "name", "node", "owner", "qualname", "wrappers")

    def __init__(
        self,
        name: str,
        qualname: str,
        module: Module,
        node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda,
        defaults: dict[str, Value],
        closure: Any = None,
        owner: Class | None = None,
    ) -> None:
        self.name = name
        self.qualname = qualname  # as Python's `__qualname__`: `f`, `C.m`, `f.<locals>.g`
        self.module = module
        self.node = node
        self.defaults = defaults
        self.closure = closure  # belongs to the evaluator; None for a function at a module's top level
        self.owner = owner
        self.wrappers: tuple[Value, ...] = ()
        self.attributes: dict[str, Value] | None = None
        self.info: Any = None  # belongs to the evaluator

    @property
    def docstring(self) -> str | None:
        return None if isinstance(self.node, ast.Lambda) else ast.get_docstring(self.node)

    @property
    def is_top_level(self) -> bool:
        """Whether the function can be imported: it is an attribute of its module."""
        return self.qualname == self.name and self.name != "<lambda>"

    def __repr__(self) -> str:
        return f"Function({self.module.name}:{self.qualname})"


class BoundMethod:
    """A function with its first argument, as `instance.method` gives."""

    __slots__ = ("function", "receiver")

    def __init__(self, function: Value, receiver: Value) -> None:
        self.function = function
        self.receiver = receiver

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BoundMethod) and other.function is self.function and other.receiver is self.receiver

    def __hash__(self) -> int:
        return hash((id(self.function), id(self.receiver)))


class Descriptor:
    """What `@property`, `@classmethod`, `@staticmethod` make of a function. `kind` is their name."""

    __slots__ = ("function", "kind", "setter")

    def __init__(self, kind: str, function: Value, setter: Value = None) -> None:
        self.kind = kind
        self.function = function
        self.setter = setter


class Generic:
    """A type with arguments. `origin` is a builtin type, a Class or a Symbol (`typing.Optional`, `typing.Annotated`,
    `typing.Union`, also for `X | Y`); `arguments` are values (types, or for Literal and Annotated anything)."""

    __slots__ = ("arguments", "origin")

    def __init__(self, origin: Value, arguments: tuple[Value, ...]) -> None:
        self.origin = origin
        self.arguments = arguments

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Generic) and (other.origin, other.arguments) == (self.origin, self.arguments)

    def __hash__(self) -> int:
        return hash(str(self.origin))

    def __repr__(self) -> str:
        return f"Generic({self.origin!r}, {self.arguments!r})"


class Field:
    """A field of a dataclass, named tuple or pydantic model. `default` or `factory` may be `MISSING`."""

    __slots__ = ("annotation", "default", "factory", "init", "name", "span")

    def __init__(
        self,
        name: str,
        annotation: ast.expr | None,
        default: Value = MISSING,
        factory: Value = MISSING,
        init: bool = True,
        span: Span | None = None,
    ) -> None:
        self.name = name
        self.annotation = annotation  # `evaluator.field_type(class_, field)` evaluates it
        self.default = default
        self.factory = factory
        self.init = init
        self.span = span

    @property
    def required(self) -> bool:
        return self.default is MISSING and self.factory is MISSING


CLOSED_BASES = frozenset(
    {"pydantic.BaseModel", "pydantic_settings.BaseSettings", "typing.NamedTuple", "typing.TypedDict", "typing.Protocol",
     "typing.Generic", "abc.ABC"}
)  # fmt: skip
"""Bases that are not read but whose attributes are known."""


class Class:
    """A class of the project.

    `bases` are values: Class, a builtin type, Symbol, Unknown or NativeObject; `namespace` holds what the body bound.
    `kind` is "plain", "dataclass", "enum", "namedtuple", "typeddict", "pydantic" or "exception".
    """

    __slots__ = (
        "bases", "fields", "kind", "members", "module", "mro", "name", "namespace", "node", "options", "qualname",
            "scope",
        "wrappers",
    )  # fmt: skip

    def __init__(
        self, name: str, qualname: str, module: Module | None, node: ast.ClassDef | None, bases: tuple[Value, ...]
    ):
        self.name = name
        self.qualname = qualname
        self.module = module
        self.node = node
        self.bases = bases
        self.namespace: dict[str, Value] = {}
        self.mro: tuple[Value, ...] = (self,)
        self.kind = "plain"
        self.fields: dict[str, Field] = {}  # inherited ones first
        self.members: dict[str, EnumMember] = {}  # of an enum, in order
        self.options: dict[str, Value] = {}  # keywords of the class statement and of `@dataclass(...)`
        self.wrappers: tuple[Value, ...] = ()
        self.scope: Any = None  # belongs to the evaluator

    def lookup(self, name: str) -> Value:
        """The attribute in the first class of the MRO that has it, unbound, or `MISSING`."""
        for base in self.mro:
            if type(base) is Class and name in base.namespace:
                return base.namespace[name]
        return MISSING

    @property
    def is_open(self) -> bool:
        """Whether some base is not read, so that there may be more attributes than are known."""
        return any(
            isinstance(base, (Unknown, NativeObject)) or (type(base) is Symbol and base.path not in CLOSED_BASES)
            for base in self.mro
        )

    def is_subclass(self, other: Value) -> bool:
        return other is object or any(base is other or (type(base) is Symbol and base == other) for base in self.mro)

    @property
    def path(self) -> str:
        """`module:Qualified.Name`."""
        return f"{self.module.name if self.module else ''}:{self.qualname}"

    def __repr__(self) -> str:
        return f"Class({self.path})"


class Instance:
    """An object of a class of the project.

    `keywords` are what the constructor of a dataclass or pydantic model was given, by field name, as written: how a
    model
    becomes a literal. `attributes` are its present attributes (defaults included).
    """

    __slots__ = ("attributes", "class_", "keywords", "native")

    def __init__(self, class_: Class) -> None:
        self.class_ = class_
        self.attributes: dict[str, Value] = {}
        self.keywords: dict[str, Value] = {}
        self.native: Value = MISSING  # the plain data inside an instance of `class D(dict)`, or a NativeObject's own

    def __repr__(self) -> str:
        return f"Instance({self.class_.name}, {self.attributes})"


class EnumMember:
    """A member of an enum. `mixin` is the data type that members also are (`str`, `int`), or None; `attributes` are
    what
    the enum's `__init__` set on it."""

    __slots__ = ("attributes", "class_", "mixin", "name", "value")

    def __init__(self, class_: Class, name: str, value: Value, mixin: type | None = None) -> None:
        self.class_ = class_
        self.name = name
        self.value = value
        self.mixin = mixin
        self.attributes: dict[str, Value] = {}

    def __eq__(self, other: object) -> bool:
        if type(other) is EnumMember:
            return other is self or (
                self.mixin is not None and other.mixin is not None and bool(self.value == other.value)
            )
        return self.mixin is not None and bool(self.value == other)

    def __hash__(self) -> int:
        return hash(self.value) if self.mixin is not None else hash(self.name)

    def __repr__(self) -> str:
        return f"EnumMember({self.class_.name}.{self.name})"


def dunder(value: Value, name: str) -> Value:
    """A special method of an instance's class, unbound, or MISSING."""
    return value.class_.lookup(name) if isinstance(value, (Instance, EnumMember)) else MISSING
