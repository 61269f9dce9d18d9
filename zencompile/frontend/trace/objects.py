"""Functions, classes and instances of the program, and what the static evaluator knows them as."""

from __future__ import annotations

import ast
import copy
import dataclasses
import enum
import functools
import sys
import types
from typing import Any

from zencompile.frontend.evaluator import Evaluator
from zencompile.frontend.trace.places import Places
from zencompile.frontend.values import MISSING, Class, Function, Module, NativeObject, Value

_SCALARS = (bool, int, float, str)


class Objects:
    """Maps objects of the project to static values, and back. `static` evaluates sources without running anything."""

    def __init__(self, static: Evaluator, places: Places) -> None:
        self._static = static
        self._places = places
        self._decorators: dict[int, dict[ast.AST, Any]] = {}
        self._given: dict[int, tuple[Any, dict[str, Any]]] = {}

    # to values

    def function_of(self, function: types.FunctionType) -> Function | None:
        """The function that a function object was defined as; None if it is not the project's."""
        code = function.__code__
        module = self._places.module_of(code.co_filename)
        if module is None:
            return None
        found = self._places.index(module).functions.get((code.co_firstlineno, code.co_name))
        if found is None:
            return None
        node, qualname = found
        return Function(code.co_name, qualname, module, node, {})

    def function_of_node(self, module: Module, node: Any) -> Function | None:
        """A function by its definition, with the defaults that the static evaluator knows."""
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return None
        return Function(node.name, node.name, module, node, {})

    def defaults_of(self, function: types.FunctionType) -> dict[str, Any]:
        """The defaults of parameters."""
        code = function.__code__
        names = code.co_varnames[: code.co_argcount]
        defaults = function.__defaults__ or ()
        found = dict(zip(names[len(names) - len(defaults) :], defaults, strict=True))
        return found | (function.__kwdefaults__ or {})

    def decorators(self, module: Module) -> dict[ast.AST, Any]:
        """The decorators of a module's definitions, each with its definition."""
        found = self._decorators.get(id(module))
        if found is None:
            tree = module.tree or ast.Module([], [])
            definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
            nodes = [node for node in ast.walk(tree) if isinstance(node, definitions)]
            found = {decorator: node for node in nodes for decorator in node.decorator_list}
            self._decorators[id(module)] = found
        return found

    def class_of(self, cls: type) -> Value | None:
        """The project's class that a class object is; None if it is not the project's, or made inside a function."""
        module = self._places.module_of(getattr(sys.modules.get(cls.__module__), "__file__", None))
        if module is None or "<locals>" in cls.__qualname__:
            return None
        first, *rest = cls.__qualname__.split(".")
        value = self._static.get(module, first)
        for name in rest:
            value = value.namespace.get(name, MISSING) if isinstance(value, Class) else MISSING
        return value if isinstance(value, (Class, NativeObject)) else None

    # instances

    def given(self, thing: Any, keywords: dict[str, Any]) -> None:
        """Remember what an object was made with. The first to tell is the outermost constructor."""
        if id(thing) not in self._given:
            self._given[id(thing)] = (thing, keywords)

    def keywords_of(self, thing: Any) -> dict[str, Any]:
        """What a dataclass or pydantic model was made with, by field, as far as it was seen or can be told."""
        known = self._given.get(id(thing))
        if _has_validators(type(thing)):
            return self._remade(thing)
        if known is not None and known[0] is thing:
            given = {name: self._validated(thing, name, value) for name, value in known[1].items()}
            return given | self._computed(thing, given)
        names = getattr(type(thing), "model_fields", None)
        if names is not None and isinstance(getattr(thing, "model_fields_set", None), set):
            return {name: getattr(thing, name) for name in names if name in thing.model_fields_set}
        fields = getattr(type(thing), "__dataclass_fields__", None)
        if fields is not None:
            return {name: getattr(thing, name) for name, field in fields.items() if field.init and hasattr(thing, name)}
        return {}

    def _remade(self, thing: Any) -> dict[str, Any]:
        """The keywords by which a model with validators becomes what it is: as it was given them, or what it holds."""
        known = self._given.get(id(thing))
        given = [known[1]] if known is not None and known[0] is thing else []
        held = {name: getattr(thing, name) for name in type(thing).model_fields if name in thing.model_fields_set}
        for keywords in (*given, held):
            if _makes(keywords, thing):
                return keywords
        raise CannotBeMade(f"an object of `{type(thing).__name__}` that was changed after it had been made")

    def _computed(self, thing: Any, given: dict[str, Any]) -> dict[str, Any]:
        """Fields of a dataclass that it has set itself."""
        found = {}
        for name, field in getattr(type(thing), "__dataclass_fields__", {}).items():
            if name not in given and field.init and field.default is not dataclasses.MISSING:
                present = getattr(thing, name, field.default)
                if present is not field.default and present != field.default:
                    found[name] = present
        return found

    def _validated(self, thing: Any, name: str, given: Any) -> Any:
        return _as_held(given, getattr(thing, name, given))

    def attributes_of(self, thing: Any) -> dict[str, Any]:
        """The present attributes of an object."""
        if isinstance(thing, tuple) and hasattr(thing, "_fields"):
            return dict(zip(thing._fields, thing, strict=True))
        return dict(getattr(thing, "__dict__", {}))

    # to objects

    def loaded_module(self, module: Module) -> types.ModuleType | None:
        """The module as the program has it; None if it has not imported it."""
        location = str(module.file.location) if module.file is not None else None
        for name in ("__main__", module.name):
            found = sys.modules.get(name)
            if found is not None and location is not None and getattr(found, "__file__", None) == location:
                return found
        return None

    def real(self, value: Function | Class) -> Any:
        """The function or class that a static value describes, None if it can't be reached by its name."""
        if value.module is None or "<" in value.qualname:
            return None
        found: Any = self.loaded_module(value.module)
        try:
            return functools.reduce(getattr, value.qualname.split("."), found)
        except AttributeError:
            return None


class CannotBeMade(Exception):
    """No call is known that makes an object."""


def _has_validators(cls: type) -> bool:
    decorators = getattr(cls, "__pydantic_decorators__", None)
    kinds = ("validators", "field_validators", "root_validators", "model_validators")
    return any(getattr(decorators, kind, None) for kind in kinds)


def _makes(keywords: dict[str, Any], thing: Any) -> bool:
    """Whether keywords make what an object is."""
    try:
        made = type(thing)(**copy.deepcopy(keywords))
    except Exception:
        return False
    return bool(made == thing)


def _as_held(given: Any, held: Any) -> Any:
    """Plain data as the model holds it: `"0.5"` for a float is 0.5, a dictionary may have become a model. Anything else
    is as it was given."""
    if type(given) in _SCALARS:
        return held if type(held) in _SCALARS or isinstance(held, enum.Enum) else given
    if type(given) is dict and hasattr(type(held), "model_fields"):
        return held
    if type(given) is dict and type(held) is dict and given.keys() == held.keys():
        return {key: _as_held(item, held[key]) for key, item in given.items()}
    if type(given) is list and type(held) is list and len(given) == len(held):
        return [_as_held(one, other) for one, other in zip(given, held, strict=True)]
    return given
