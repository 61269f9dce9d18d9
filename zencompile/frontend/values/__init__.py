"""What an expression of compile-time code can be worth, and how the framework's objects join in.

Known data are plain Python objects: `None`, `bool`, `int`, `float`, `complex`, `str`, `bytes`, `list`, `tuple`, `dict`,
`set`, `frozenset`, `range`, `datetime.*`, `decimal.Decimal`, `uuid.UUID`, paths (`pathlib.PurePosixPath`), builtin
exceptions, and builtin types (`int`, `ValueError`, `datetime.date`, …: the type itself). Everything else is an
`Object`, whose class says what can be done with it:

    Unknown         can't be known; says where and why. Any operation on it gives an Unknown with the same origin
    Opaque          an Unknown that is the result of calling a Symbol, and says with what (test with isinstance)
    Symbol          a dotted path into a module that is not read (`pandas.DataFrame`)
    Generic         a subscripted or joined type: `list[int]`, `Optional[X]`, `Annotated[X, "name"]`, `int | None`
    Function        a function or lambda of the project, with its closure
    BoundMethod     a function with its first argument
    Descriptor      what `@property`, `@classmethod` and `@staticmethod` make of a function
    Class           a class of the project; plain, dataclass, enum, named tuple or pydantic model
    Instance        an object of such a class (its fields, and the keywords that it was made with)
    EnumMember      a member of an enum of the project
    Module          a module of the project
    ProjectText     a text that holds the path of a folder of the project, which lies elsewhere where a step runs
    ProjectPath     a path there
    Lazy            moved untouched, *forced* when an operation needs its value
    NativeObject    base class of everything that is modelled in Python: framework objects, the standard library
    NativeFunction  a function modelled in Python

The modules, each above those before it:

    base            the protocol (Object), the place of an operation (Context), Unknown, Lazy, Raised
    plain           which types plain data have
    operations      what a program can do with values: either operand is asked. Nobody calls a method of a value itself
    placed          paths of the project, and texts that hold them
    text, pure, sorting   text of values, Python's own functions on plain data, ordering
    symbols, functions, modules, classes, records, enums, models, iterators   the kinds
    hosts, containers, builtin_types   the same protocol for plain Python objects

To add a kind, write a subclass of NativeObject (or Object, where nothing of it is certain) and override what it can do.
It never sees syntax: it gets a `Context`, which knows the place, the report and the evaluator. User-visible exceptions
are `Raised`; a native may raise `Raised` itself through `context.raise_(ValueError("…"))`.
"""

from zencompile.frontend.values import builtin_types, containers, models, operations  # noqa: F401  they enter their kinds
from zencompile.frontend.values.base import (
    MISSING,
    BoundMethod,
    Context,
    EnvironmentReference,
    Interpreter,
    Lazy,
    Modelled,
    NativeObject,
    Object,
    Raised,
    Unended,
    Unknown,
    Value,
)
from zencompile.frontend.values.classes import CLOSED_BASES, Class, Field, Instance
from zencompile.frontend.values.deferred import Deferred, Opaque
from zencompile.frontend.values.enums import EnumMember
from zencompile.frontend.values.functions import Descriptor, Function, NativeFunction
from zencompile.frontend.values.iterators import Coroutine, Generator
from zencompile.frontend.values.modules import Module, NativeModule, Provider
from zencompile.frontend.values.operations import described as describe
from zencompile.frontend.values.operations import type_name
from zencompile.frontend.values.placed import Placed, ProjectPath, ProjectText
from zencompile.frontend.values.symbols import Generic, Symbol

__all__ = [
    "CLOSED_BASES",
    "MISSING",
    "BoundMethod",
    "Class",
    "Context",
    "Coroutine",
    "Deferred",
    "Descriptor",
    "EnumMember",
    "EnvironmentReference",
    "Field",
    "Function",
    "Generator",
    "Generic",
    "Instance",
    "Interpreter",
    "Lazy",
    "Modelled",
    "Module",
    "NativeFunction",
    "NativeModule",
    "NativeObject",
    "Object",
    "Opaque",
    "Placed",
    "ProjectPath",
    "ProjectText",
    "Provider",
    "Raised",
    "Symbol",
    "Unended",
    "Unknown",
    "Value",
    "describe",
    "dunder",
    "type_name",
]


def dunder(value: Value, name: str) -> Value:
    """A special method of an instance's class, unbound, or MISSING."""
    return value.class_.lookup(name) if isinstance(value, (Instance, EnumMember)) else MISSING
