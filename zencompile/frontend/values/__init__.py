"""What an expression of compile-time code can be worth, and how the framework's objects join in.

Known data are plain Python objects: `None`, `bool`, `int`, `float`, `complex`, `str`, `bytes`, `list`, `tuple`, `dict`,
`set`, `frozenset`, `range`, `datetime.*`, `decimal.Decimal`, `uuid.UUID`, paths (`pathlib.PurePosixPath`), builtin
exceptions, and builtin types (`int`, `ValueError`, `datetime.date`, …: the type itself). Everything else is a class of
this package:

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
    Lazy            moved untouched, *forced* when an operation needs its value
    NativeObject    base class of everything that is modelled in Python: framework objects, the standard library
    NativeFunction  a function modelled in Python

Python code that models something never sees syntax: it gets a `Context`, which knows the place, the report and the
evaluator. User-visible exceptions are `Raised`; a native may raise `Raised` itself through
`context.raise_(ValueError("…"))`.
"""

from zencompile.frontend.values.describing import describe, type_name
from zencompile.frontend.values.natives import Context, NativeFunction, NativeModule, NativeObject, Provider
from zencompile.frontend.values.objects import (
    CLOSED_BASES,
    BoundMethod,
    Class,
    Descriptor,
    EnumMember,
    Field,
    Function,
    Generic,
    Instance,
    Module,
    dunder,
)
from zencompile.frontend.values.symbolic import (
    MISSING,
    EnvironmentReference,
    Lazy,
    Opaque,
    Raised,
    Symbol,
    Unknown,
    Value,
)

__all__ = [
    "CLOSED_BASES",
    "MISSING",
    "BoundMethod",
    "Class",
    "Context",
    "Descriptor",
    "EnumMember",
    "EnvironmentReference",
    "Field",
    "Function",
    "Generic",
    "Instance",
    "Lazy",
    "Module",
    "NativeFunction",
    "NativeModule",
    "NativeObject",
    "Opaque",
    "Provider",
    "Raised",
    "Symbol",
    "Unknown",
    "Value",
    "describe",
    "dunder",
    "type_name",
]
