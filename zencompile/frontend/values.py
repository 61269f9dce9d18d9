"""What an expression of compile-time code can be worth, and how the framework's objects join in.

Known data are plain Python objects: `None`, `bool`, `int`, `float`, `complex`, `str`, `bytes`, `list`, `tuple`,
`dict`, `set`,
`frozenset`, `range`, `datetime.*`, `decimal.Decimal`, `uuid.UUID`, paths (`pathlib.PurePosixPath`), builtin
exceptions, and
builtin types (`int`, `ValueError`, `datetime.date`, …: the type itself). Everything else is a class of this module:

    Unknown         can't be known; says where and why. Any operation on it gives an Unknown with the same origin
    Opaque          an Unknown that is the result of calling a Symbol, and says with what (test with isinstance)
    Symbol          a dotted path into a module that is not read (`pandas.DataFrame`)
    Generic         a subscripted or joined type: `list[int]`, `Optional[X]`, `Annotated[X, "name"]`, `int | None`
    Function        a function or lambda of the project, with its closure
    BoundMethod     a function with its first argument
    Class           a class of the project; plain, dataclass, enum, named tuple or pydantic model
    Instance        an object of such a class (its fields, and the keywords that it was made with)
    EnumMember      a member of an enum of the project
    Module          a module of the project
    Lazy            moved untouched, *forced* when an operation needs its value
    NativeObject    base class of everything that is modelled in Python: framework objects, models of the standard
    library
    NativeFunction  a function modelled in Python

Python code that models something never sees syntax: it gets a `Context`, which knows the place, the report and the
evaluator.
User-visible exceptions are `Raised`; a native may raise `Raised` itself through `context.raise_(ValueError("…"))`.
"""

from __future__ import annotations

import ast
import pathlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from zencompile.source import SourceFile, Span

if TYPE_CHECKING:
    from zencompile.diagnostics import Report
    from zencompile.frontend.evaluator import Evaluator

Value = Any  # a plain object or one of the classes below


class _Missing:
    """The only value of its class: no such thing."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Any = _Missing()


class Raised(Exception):
    """An exception of the user's program on its way up.

    `value` is a builtin exception object, or an `Instance` of a class of the project; `span` the place that raised it.
    """

    def __init__(self, value: Value, span: Span | None = None) -> None:
        super().__init__(value)
        self.value = value
        self.span = span


class Unknown:
    """A value that can't be known when compiling.

    `reason` completes the sentence "this is not known when compiling: …" (lower case, no full stop). `reported` is true
    where a diagnostic has already been given for the cause, so that nothing cascades from it.
    """

    __slots__ = ("reason", "reported", "span")

    def __init__(self, span: Span | None, reason: str, reported: bool = False) -> None:
        self.span = span
        self.reason = reason
        self.reported = reported

    def __repr__(self) -> str:
        return f"Unknown({self.reason!r}, {self.span})"


class Opaque(Unknown):
    """The result of calling a Symbol: unknown, but for what was called with what."""

    __slots__ = ("arguments", "keywords", "path")

    def __init__(
        self, span: Span | None, reason: str, path: str, arguments: list[Value], keywords: dict[str, Value]
    ) -> None:
        super().__init__(span, reason)
        self.path = path
        self.arguments = arguments
        self.keywords = keywords


class Symbol:
    """Something in a module that is not read: `path` is its dotted name where it is defined or was imported from."""

    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path = path

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Symbol) and other.path == self.path

    def __hash__(self) -> int:
        return hash(self.path)

    def __repr__(self) -> str:
        return f"Symbol({self.path})"


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


class Module:
    """A module of the project. `name` is its dotted name from the source root (`__main__` never appears here).

    `evaluator.get(module, "name")` asks for a name and evaluates what that needs.
    """

    __slots__ = ("broken", "file", "name", "package", "state", "tree")

    def __init__(self, name: str, file: SourceFile | None, package: bool) -> None:
        self.name = name
        self.file = file  # None: a namespace package
        self.package = package
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


class Lazy:
    """A value that stays symbolic while it is merely moved, stored or handed to a call, and is *forced* by any
    operation.

    Subclasses: a pipeline's parameters, references to the environment. `context.span` is the operation's expression.
    """

    def force(self, context: Context) -> Value:
        """The plain value (or Unknown), leaving whatever trace the subclass wants: a note, a binding time."""
        raise NotImplementedError

    def peek(self) -> Value:
        """What `force` would answer, without leaving a trace. For messages."""
        return MISSING


class EnvironmentReference(Lazy):
    """A variable of the environment that the pipeline is compiled in: never this machine's value.

    Forcing answers with `--env NAME=VALUE`, else with the default (and a note), else with Unknown. `default` is
    `MISSING`
    for `os.environ["NAME"]`.
    """

    __slots__ = ("default", "name", "span")

    def __init__(self, name: str, default: Value, span: Span) -> None:
        self.name = name
        self.default = default
        self.span = span

    def force(self, context: Context) -> Value:
        return context.evaluator.environment_value(self, context)

    def __repr__(self) -> str:
        return f"EnvironmentReference({self.name})"


class Context:
    """The place of an operation: given to every native. Make none of your own; keep none beyond the call if you can."""

    __slots__ = ("evaluator", "module", "node")

    def __init__(self, evaluator: Evaluator, node: ast.AST, module: Module) -> None:
        self.evaluator = evaluator
        self.node = node
        self.module = module

    @property
    def report(self) -> Report:
        return self.evaluator.report

    @property
    def span(self) -> Span:
        """The whole expression or statement."""
        return self.evaluator.span(self.node, self.module)

    def argument_span(self, key: int | str) -> Span:
        """The span of the argument at a position, or of a keyword argument's value; the call's where it can't be
        told."""
        node = self._argument(key)
        return self.span if node is None else self.evaluator.span(node, self.module)

    def keyword_span(self, name: str) -> Span:
        """The span of a keyword argument's name."""
        if isinstance(self.node, ast.Call):
            for keyword in self.node.keywords:
                if keyword.arg == name:
                    whole = self.evaluator.span(keyword, self.module)
                    return whole._replace(end_line=whole.line, end_column=whole.column + len(name))
        return self.span

    def key_span(self, name: str, key: str) -> Span:
        """The span of a key in the dictionary that is written for a keyword argument; the argument's otherwise."""
        node = self._argument(name)
        for one in node.keys if isinstance(node, ast.Dict) else ():
            if isinstance(one, ast.Constant) and one.value == key:
                return self.evaluator.span(one, self.module)
        return self.argument_span(name)

    def element_spans(self, name: str) -> list[Span]:
        """The spans of the elements of the list that is written for a keyword argument; empty if none is."""
        node = self._argument(name)
        if not isinstance(node, (ast.List, ast.Tuple)) or any(isinstance(e, ast.Starred) for e in node.elts):
            return []
        return [self.evaluator.span(element, self.module) for element in node.elts]

    @property
    def callee_span(self) -> Span:
        """The span of what is called: `train` in `train(x)`, also in `m.train(x)` the whole `m.train`."""
        return self.evaluator.span(self.node.func, self.module) if isinstance(self.node, ast.Call) else self.span

    def _argument(self, key: int | str) -> ast.AST | None:
        if not isinstance(self.node, ast.Call):
            return None
        if isinstance(key, str):
            return next((k.value for k in self.node.keywords if k.arg == key), None)
        positional = self.node.args
        if key < len(positional) and not any(isinstance(a, ast.Starred) for a in positional[: key + 1]):
            return positional[key]
        return None

    def unknown(self, reason: str, reported: bool = False) -> Unknown:
        """An Unknown whose origin is here."""
        return Unknown(self.span, reason, reported)

    def raise_(self, exception: Value) -> Raised:
        """The user's program raises `exception` (a builtin exception object) here: `raise
        context.raise_(KeyError("x"))`."""
        return Raised(exception, self.span)

    def force(self, value: Value) -> Value:
        """`value`, or what a Lazy stands for. Does not look into containers; see `plain`."""
        while isinstance(value, Lazy):
            value = value.force(self)
        return value

    def plain(self, value: Value) -> Value:
        """A deep copy of `value` as plain data with every Lazy forced, or the first Unknown inside."""
        return self.evaluator.plain(value, self)

    def call(
        self, function: Value, arguments: Sequence[Value] = (), keywords: Mapping[str, Value] | None = None
    ) -> Value:
        """Call any value, as the program would at this place. Raises `Raised` if the program does."""
        return self.evaluator.call_value(function, list(arguments), dict(keywords or {}), self)

    def get_attribute(self, value: Value, name: str) -> Value:
        """`value.name`. Raises `Raised(AttributeError)` if there is none."""
        return self.evaluator.attribute(value, name, self)

    def iterate(self, value: Value) -> Iterator[Value] | Unknown:
        """The items of any value, or Unknown."""
        return self.evaluator.iterate(value, self)

    def truth(self, value: Value) -> bool | Unknown:
        return self.evaluator.truth(value, self)

    @property
    def uncertain(self) -> Unknown | None:
        """Why it is not known whether this place is reached at all (a branch on an Unknown encloses it), or None.

        A framework that does something here that matters (invokes a step) reports it as an error.
        """
        return self.evaluator.uncertain[-1] if self.evaluator.uncertain else None


class NativeObject:
    """Base of everything that is modelled in Python.

    A spread of an unknown mapping (`f(**unknown)`) arrives in `keywords` under the name `**`.

    Override what the object can do; the defaults raise the user's TypeError or AttributeError as Python would. All
    get plain
    values and the classes of this module, possibly Lazy or Unknown ones: `context.force` and `context.plain` help.
    """

    type_name: ClassVar[str] = "object"  # for messages

    def get_attribute(self, name: str, context: Context) -> Value:
        raise context.raise_(AttributeError(f"'{self.type_name}' object has no attribute '{name}'"))

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        raise context.raise_(AttributeError(f"'{self.type_name}' object has no attribute '{name}'"))

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        raise context.raise_(TypeError(f"'{self.type_name}' object is not callable"))

    def get_item(self, key: Value, context: Context) -> Value:
        raise context.raise_(TypeError(f"'{self.type_name}' object is not subscriptable"))

    def set_item(self, key: Value, value: Value, context: Context) -> None:
        raise context.raise_(TypeError(f"'{self.type_name}' object does not support item assignment"))

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        raise context.raise_(TypeError(f"'{self.type_name}' object is not iterable"))

    def length(self, context: Context) -> int | Unknown:
        raise context.raise_(TypeError(f"object of type '{self.type_name}' has no len()"))

    def truth(self, context: Context) -> bool | Unknown:
        return True

    def contains(self, item: Value, context: Context) -> bool | Unknown:
        items = self.iterate(context)
        return items if isinstance(items, Unknown) else any(one is item or one == item for one in items)

    def binary(self, operator: str, other: Value, reflected: bool, context: Context) -> Value:
        """`self <operator> other` ("+", "**", "@", …), or with the sides changed if `reflected`. `MISSING`: not
        supported."""
        return MISSING

    def unary(self, operator: str, context: Context) -> Value:
        """`-self`, `+self`, `~self`."""
        raise context.raise_(TypeError(f"bad operand type for unary {operator}: '{self.type_name}'"))

    def compare(self, operator: str, other: Value, context: Context) -> bool | Unknown | Any:
        """`self <operator> other` for "==", "!=", "<", "<=", ">", ">=". `MISSING`: not supported (identity decides
        ==)."""
        return MISSING

    def text(self, context: Context) -> str | Unknown:
        """`str(self)`, and in f-strings."""
        return context.unknown(f"the text of a {self.type_name} is not modelled")

    def is_instance_of(self, class_: Value) -> bool | None:
        """Whether `isinstance(self, class_)`; None: not known."""
        return None

    def enter(self, context: Context) -> Value:
        """`with self as …`: what the target gets."""
        return self

    def leave(self, raised: Raised | None, context: Context) -> bool:
        """The end of the `with`; true swallows the exception."""
        return False

    def decorated(self, target: Function | Class, context: Context) -> Value:
        """`@self` above a function or class. By default a call."""
        return self.call([target], {}, context)

    def subclass(self, class_: Class, context: Context) -> Value:
        """A class of the project that has this among its bases has been made: the value to bind (by default the
        class)."""
        return class_

    def construct(self, class_: Class, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        """A project class with this among its bases is called. `MISSING`: as for any class."""
        return MISSING


class NativeFunction(NativeObject):
    """A function modelled in Python: `function(arguments, keywords, context) -> value`."""

    type_name = "function"
    __slots__ = ("function", "name")

    def __init__(self, name: str, function: Callable[[list[Value], dict[str, Value], Context], Value]) -> None:
        self.name = name
        self.function = function

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        try:
            return self.function(arguments, keywords, context)
        except (TypeError, IndexError, ValueError, AttributeError, KeyError, OverflowError):
            # Arguments that the model does not foresee: unknown ones, or a call that Python would refuse.
            return context.unknown(f"the result of `{self.name}()`, called in a way that is not modelled")

    def get_attribute(self, name: str, context: Context) -> Value:
        if name in ("__name__", "__qualname__"):
            return self.name.rpartition(".")[2]
        return context.unknown(f"`{self.name}.{name}` is not modelled")

    def text(self, context: Context) -> str | Unknown:
        return f"<function {self.name}>"

    def __repr__(self) -> str:
        return f"NativeFunction({self.name})"


class NativeModule(NativeObject):
    """A module modelled in Python: a dictionary of values. A name that is missing there is a Symbol (or what
    `missing` says)."""

    type_name = "module"
    __slots__ = ("missing", "name", "namespace")

    def __init__(self, name: str, namespace: dict[str, Value], missing: Callable[[str], Value] | None = None) -> None:
        self.name = name
        self.namespace = namespace
        self.missing = missing

    def get_attribute(self, name: str, context: Context) -> Value:
        try:
            return self.namespace[name]
        except KeyError:
            return self.missing(name) if self.missing else Symbol(f"{self.name}.{name}")

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        """Monkey patches are kept out: a model is shared."""

    def __repr__(self) -> str:
        return f"NativeModule({self.name})"


class Provider(Protocol):
    """Where the framework's modules come from, and what it wants to hear."""

    def module(self, dotted: str) -> Value | None:
        """The module of that name (a NativeModule or other NativeObject), or None if it is not the framework's.

        Asked for every import, before the project is searched. `import a.b.c` asks for `a`, then attributes are taken;
        `from a.b import c` asks for `a.b`, then takes the attribute `c`, then asks for `a.b.c`.
        """
        ...

    def decorated(self, decorator: Value, target: Function | Class, context: Context) -> Value:
        """A decorator that is not read (Symbol, Unknown) stands above a definition: the value to bind. Return
        `target` to
        pass the decorator over (it is then recorded in `target.wrappers`)."""
        ...

    # optional: def called(self, callee, arguments, keywords, context) -> Value
    #   A value that is not read (Symbol, Unknown) is called. MISSING: the answer is an Opaque or Unknown. A framework
    # may say
    #   here that the graph depends on it, for example because an output of a step is among the arguments.


def is_known(value: Value) -> bool:
    """Whether the value itself (not what is inside of it) is something definite."""
    return not isinstance(value, Unknown)


def describe(value: Value) -> str:
    """A few words for messages: what kind of thing this is."""
    if isinstance(value, Unknown):
        return "an unknown value"
    if isinstance(value, Symbol):
        return f"`{value.path}`"
    if isinstance(value, Function):
        return f"the function `{value.name}`"
    if isinstance(value, Class):
        return f"the class `{value.name}`"
    if isinstance(value, Instance):
        return f"a `{value.class_.name}`"
    if isinstance(value, EnumMember):
        return f"`{value.class_.name}.{value.name}`"
    if isinstance(value, Module):
        return f"the module `{value.name}`"
    if isinstance(value, NativeObject):
        return f"a {value.type_name}"
    if isinstance(value, Lazy):
        return describe(value.peek()) if value.peek() is not MISSING else "a value that is given later"
    text = repr(value)
    return f"`{text}`" if len(text) <= 40 else f"a {type(value).__name__}"


def dunder(value: Value, name: str) -> Value:
    """A special method of an instance's class, unbound, or MISSING."""
    return value.class_.lookup(name) if isinstance(value, (Instance, EnumMember)) else MISSING


def type_name(value: Value) -> str:
    """The name of a value's type, as messages and Python's own exceptions show it."""
    if isinstance(value, (Instance, EnumMember)):
        return value.class_.name
    if isinstance(value, NativeObject):
        return value.type_name
    if isinstance(value, Function):
        return "function"
    if isinstance(value, BoundMethod):
        return "method"
    if isinstance(value, (Class, type)):
        return "type"
    if isinstance(value, Module):
        return "module"
    if isinstance(value, pathlib.PurePath):
        return "PosixPath"
    return type(value).__name__


class Descriptor:
    """What `@property`, `@classmethod`, `@staticmethod` make of a function. `kind` is their name."""

    __slots__ = ("function", "kind", "setter")

    def __init__(self, kind: str, function: Value, setter: Value = None) -> None:
        self.kind = kind
        self.function = function
        self.setter = setter
