"""Functions: of the project, bound to their first argument, and what `@property` and its like make of them."""

from __future__ import annotations

import ast
import collections.abc
import types
from collections.abc import Callable
from typing import Any

from zencompile.frontend.values.base import (
    MISSING,
    BoundMethod,
    Context,
    Modelled,
    NativeObject,
    Raised,
    Unknown,
    Value,
)
from zencompile.frontend.values.deferred import Call, Deferred, not_the_programs, settled
from zencompile.frontend.values.operations import call
from zencompile.frontend.values.symbols import Symbol
from zencompile_runtime.values.mismatch import refused

_ADDRESS = "the text of an object, which may hold its address"


class Function(Modelled):
    """A function or lambda of the project, not yet called.

    `defaults` maps parameter names to their evaluated defaults; annotations are evaluated on request
    (`evaluator.annotation(function, parameter)`, `"return"` for the result). `wrappers` are decorators that are not
    read, as values, outermost last: they were passed over. `attributes` are what the program set on the function.
    """

    type_name = "function"
    __slots__ = ("attributes", "closure", "defaults", "info", "module", "name", "node", "owner", "qualname", "wrappers")

    def __init__(
        self,
        name: str,
        qualname: str,
        module: Any,
        node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda,
        defaults: dict[str, Value],
        closure: Any = None,
        owner: Any = None,
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

    def __coerced__(self, annotation: Any, coercer: Any, match: Any) -> Value:
        if annotation in (type(None), bool, int, float, str, list, tuple, set, dict):
            return refused(coercer, self)
        match.is_undecided = annotation is not collections.abc.Callable
        return self

    @property
    def docstring(self) -> str | None:
        return None if isinstance(self.node, ast.Lambda) else ast.get_docstring(self.node)

    @property
    def is_top_level(self) -> bool:
        """Whether the function can be imported: it is an attribute of its module."""
        return self.qualname == self.name and self.name != "<lambda>"

    def described(self) -> str:
        return f"the function `{self.name}`"

    def bind(self, receiver: Value, class_: Value, context: Context) -> Value:
        return self if receiver is class_ else BoundMethod(self, receiver)

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        return context.evaluator.run_function(self, arguments, keywords, context)

    def get_attribute(self, name: str, context: Context) -> Value:
        if self.attributes and name in self.attributes:
            return self.attributes[name]
        found = _FUNCTION_ATTRIBUTES.get(name)
        if found is not None:
            return found(self, context)
        if name == "__wrapped__":
            raise context.raise_(AttributeError("'function' object has no attribute '__wrapped__'"))
        if self.wrappers:
            return context.unknown(f"`{name}` of a function with a decorator that is not read")
        if name.startswith("__"):
            return context.unknown(f"`{name}` of a function")
        raise context.raise_(AttributeError(f"'function' object has no attribute '{name}'"))

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        if self.attributes is None:
            self.attributes = {}
        context.touch(self.attributes)
        self.attributes[name] = value

    def delete_attribute(self, name: str, context: Context) -> None:
        if self.attributes is None or name not in self.attributes:
            raise context.raise_(AttributeError(f"'function' object has no attribute '{name}'"))
        context.touch(self.attributes)
        del self.attributes[name]

    def text(self, context: Context) -> str | Unknown:
        return context.unknown(_ADDRESS)

    def type_of(self, context: Context) -> Value:
        return types.FunctionType

    def is_instance_of(self, class_: Value) -> bool | None:
        if isinstance(class_, Symbol):
            return class_.path.rpartition(".")[2] == "Callable" or False
        return class_ is object or class_ is types.FunctionType

    def __repr__(self) -> str:
        return f"Function({self.module.name}:{self.qualname})"


def _own_dictionary(function: Function, context: Context) -> Value:
    if function.attributes is None:
        function.attributes = {}
    return function.attributes


def _positional_defaults(function: Function) -> tuple[Value, ...] | None:
    keyword_only = {parameter.arg for parameter in function.node.args.kwonlyargs}
    return tuple(value for name, value in function.defaults.items() if name not in keyword_only) or None


def _annotations(function: Function, context: Context) -> Value:
    names = list(context.evaluator.info(function).parameters)
    found = {name: context.evaluator.annotation(function, name) for name in [*names, "return"]}
    return {name: annotation for name, annotation in found.items() if annotation is not MISSING}


_FUNCTION_ATTRIBUTES: dict[str, Callable[[Function, Context], Value]] = {
    "__name__": lambda function, context: function.name,
    "__qualname__": lambda function, context: function.qualname,
    "__module__": lambda function, context: function.module.imported_as or function.module.name,
    "__doc__": lambda function, context: function.docstring,
    "__dict__": _own_dictionary,
    "__annotations__": _annotations,
    "__defaults__": lambda function, context: _positional_defaults(function),
    "__call__": lambda function, context: function,
    "__class__": lambda function, context: types.FunctionType,
}


class Descriptor(Modelled):
    """What `@property`, `@cached_property`, `@classmethod`, `@staticmethod` make of a function. `kind` is their
    name."""

    __slots__ = ("deleter", "function", "kind", "setter")

    def __init__(self, kind: str, function: Value, setter: Value = None, deleter: Value = None) -> None:
        self.kind = kind
        self.function = function
        self.setter = setter
        self.deleter = deleter

    @property
    def type_name(self) -> str:  # type: ignore[override]
        return self.kind

    def bind(self, receiver: Value, class_: Value, context: Context) -> Value:
        if self.kind == "staticmethod":
            return self.function
        if self.kind == "classmethod":
            return BoundMethod(self.function, class_)
        return self if receiver is class_ else context.call(self.function, [receiver])

    def is_callable(self) -> bool | None:
        return self.kind == "staticmethod"

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        if self.kind == "staticmethod":
            return call(self.function, arguments, keywords, context)
        return super().call(arguments, keywords, context)

    def get_attribute(self, name: str, context: Context) -> Value:
        if name == "setter":
            return NativeFunction("setter", lambda a, k, c: Descriptor(self.kind, self.function, a[0], self.deleter))
        if name == "getter":
            return NativeFunction("getter", lambda a, k, c: Descriptor(self.kind, a[0], self.setter, self.deleter))
        if name == "deleter":
            return NativeFunction("deleter", lambda a, k, c: Descriptor(self.kind, self.function, self.setter, a[0]))
        if name in ("fget", "__func__", "__wrapped__", "func"):
            return self.function
        if name in ("fset", "fdel"):
            return self.setter if name == "fset" else self.deleter
        return context.unknown(f"`{name}` of a {self.kind}")

    def text(self, context: Context) -> str | Unknown:
        return context.unknown(_ADDRESS)

    def type_of(self, context: Context) -> Value:
        return context.unknown("the type of this value")


_HANDING_ON_NAMES = """
__getattr__ __getitem__ __next__ cast copy deepcopy get getattr identity next pop popitem popleft setdefault vars
"""
_HANDING_ON = frozenset(_HANDING_ON_NAMES.split())
"""Functions whose answer may be a value that they were given, or that is in one."""


class NativeFunction(NativeObject):
    """A function modelled in Python: `function(arguments, keywords, context) -> value`."""

    type_name = "function"
    __slots__ = ("dotted", "function", "is_pure", "name")

    def __init__(self, name: str, function: Callable[[list[Value], dict[str, Value], Context], Value]) -> None:
        self.name = name
        self.function = function
        self.is_pure = False  # whether it does nothing but compute, and asks nothing of the machine
        self.dotted = ""  # of a pure one, by which name a program imports it

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        mark = next(Deferred.births) if context.evaluator.run_values else 0
        try:
            answer = self.function(arguments, keywords, context)
            if mark and self.name not in _HANDING_ON:
                return settled(answer, mark, Call(self.dotted, arguments, keywords), context)
            return answer
        except Raised as raised:
            found = not_the_programs(raised, (*arguments, *keywords.values()), context) if mark else None
            if found is None:
                raise
            return found
        except (TypeError, IndexError, ValueError, AttributeError, KeyError, OverflowError):
            # Arguments that the model does not foresee: unknown ones, or a call that Python would refuse.
            return context.unknown(f"the result of `{self.name}()`, called in a way that is not modelled")

    def get_attribute(self, name: str, context: Context) -> Value:
        if name in ("__name__", "__qualname__"):
            return self.name.rpartition(".")[2]
        return context.unknown(f"`{self.name}.{name}` is not modelled")

    def text(self, context: Context) -> str | Unknown:
        return context.unknown(f"the text of `{self.name}`, which may hold its address")

    def __repr__(self) -> str:
        return f"NativeFunction({self.name})"
