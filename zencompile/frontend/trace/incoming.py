"""From the program's objects to values."""

from __future__ import annotations

import collections
import enum
import functools
import pathlib
import re
import sys
import types
from typing import Any

from zencompile.frontend.framework.pipelines import BasePipeline, PipelineClass
from zencompile.frontend.framework.steps import BaseStep, StepClass
from zencompile.frontend.trace.proxies import Meta, Proxy, ProxyModule
from zencompile.frontend.trace.twins import CONTAINERS, KNOWN_LATER, PLAIN, Twins
from zencompile.frontend.values import Class, Generic, Instance, NativeObject, Symbol, Value

_DICTIONARIES = (dict, collections.Counter, collections.OrderedDict, collections.defaultdict)
_TOKEN = re.compile(KNOWN_LATER.format("(\\d+)"))
_GENERIC = ("GenericAlias", "_GenericAlias", "_UnionGenericAlias", "UnionType", "Union")


class Incoming(Twins):
    """Says what an object of the running program is for the framework."""

    def to_value(self, thing: Any, depth: int = 0) -> Value:
        """What an object of the program is for the framework."""
        lazy = self.marks.lazy(thing)
        if lazy is not None:
            return lazy
        kind = type(thing)
        if kind is str:
            return self._text(thing)
        if kind in PLAIN:
            return thing
        if kind in CONTAINERS and depth < 100:
            return kind(self.to_value(item, depth + 1) for item in thing)
        if kind in _DICTIONARIES and depth < 100:
            return {self.to_value(k, depth + 1): self.to_value(v, depth + 1) for k, v in thing.items()}
        if isinstance(thing, (Proxy, ProxyModule)):
            return thing._zen_value
        known = self._twins.get(id(thing))
        if known is not None:
            return known
        return self._object(thing)

    def _text(self, text: str) -> Value:
        if "\u2063" in text and (match := _TOKEN.search(text)):
            return self._texts[int(match.group(1))]
        for real, seen in self.evaluator.folders:
            if text == real:
                return seen
            if real in text:
                text = text.replace(f"{real}/", f"{seen}/")
        return text

    def _object(self, thing: Any) -> Value:
        if isinstance(thing, pathlib.PurePath):
            return pathlib.PurePosixPath(self._text(str(thing)))
        if isinstance(thing, types.FunctionType):
            return self._function(thing)
        if isinstance(thing, types.ModuleType):
            module = self.places.module_of(getattr(thing, "__file__", None))
            return module or self._symbol(thing, thing.__name__)
        if isinstance(thing, type):
            return self._class(thing)
        if isinstance(thing, enum.Enum):
            return self._member(thing)
        if isinstance(thing, functools.partial):
            return self.context().unknown("a `functools.partial`")
        if isinstance(thing, BaseException) and type(thing).__module__ == "builtins":
            return thing
        if isinstance(thing, (types.BuiltinFunctionType, types.MethodType)):
            return self._symbol(thing, f"{thing.__module__}.{thing.__qualname__}")
        return self._instance(thing)

    def _function(self, function: types.FunctionType) -> Value:
        found = self._functions.get(id(function))
        if found is not None:
            return found
        inner = getattr(function, "__wrapped__", None)
        made = self.objects.function_of(function)
        if made is None and isinstance(inner, types.FunctionType):
            return self._function(inner)
        if made is None:
            return self._decorated() or self._symbol(function, f"{function.__module__}.{function.__qualname__}")
        if isinstance(inner, types.FunctionType) and inner is not function:
            made.attributes = {"__wrapped__": self.to_value(inner)}
        self._functions[id(function)] = made
        self._twins[id(made)] = function
        self._kept += [function, made]
        made.defaults.update({k: self.to_value(v) for k, v in self.objects.defaults_of(function).items()})
        return made

    def _decorated(self) -> Value | None:
        """The function of the definition whose decorator is being applied: a decorator below hid it."""
        context = self.context()
        node = self.objects.decorators(context.module).get(context.node)
        return None if node is None else self.objects.function_of_node(context.module, node)

    def _class(self, cls: type) -> Value:
        if cls.__module__ == "builtins" or cls in PLAIN or cls in (enum.Enum, enum.IntEnum):
            return cls
        if issubclass(cls, pathlib.PurePath) and cls.__module__.startswith("pathlib"):
            return pathlib.PurePosixPath
        base = cls.__dict__.get("_zen_base")
        if base is not None:
            return base
        native = self.native_class(cls)
        return native or self.objects.class_of(cls) or self._symbol(cls, f"{cls.__module__}.{cls.__qualname__}")

    def _member(self, member: enum.Enum) -> Value:
        if isinstance(member, enum.Flag) and (member.name is None or "|" in member.name):
            if isinstance(member, int):
                return int(member)
            return self.context().unknown(f"`{member!r}`, which has no name of its own")
        class_ = self.objects.class_of(type(member))
        if isinstance(class_, Class) and member.name in class_.members:
            return class_.members[member.name]
        of_framework = self._twins.get(id(type(member)))
        if isinstance(of_framework, Class):
            return of_framework.members[member.name]
        owner = self._symbol(type(member), f"{type(member).__module__}.{type(member).__qualname__}")
        return Symbol(f"{owner.path}.{member.name}") if isinstance(owner, Symbol) else member.value

    def _symbol(self, thing: Any, path: str) -> Value:
        """Something that is not the project's, by the name that the program imports it by."""
        frame = self.places.user_frame(sys._getframe(1))
        module = self.places.module_of(frame.f_code.co_filename) if frame is not None else None
        if frame is not None and module is not None:
            for name, value in list(frame.f_globals.items()):
                if value is thing:
                    static = self.evaluator.static.get(module, name)
                    if isinstance(static, (Symbol, NativeObject)):
                        return static
        parts = path.split(".")
        for length in range(1, len(parts) - 1):
            package = sys.modules.get(".".join(parts[:length]))
            if getattr(package, parts[-1], None) is thing:
                return Symbol(".".join([*parts[:length], parts[-1]]))
        return Symbol(path)

    def _instance(self, thing: Any) -> Value:
        cls = type(thing)
        class_ = self.objects.class_of(cls)
        context = self.context()
        if isinstance(class_, Class):
            made = Instance(class_)
            self.keep_twin(made, thing)
            given = self.objects.keywords_of(thing)
            made.keywords = {k: self.to_value(v) for k, v in given.items()}
            made.attributes = {k: self.to_value(v) for k, v in self.objects.attributes_of(thing).items()}
            return made
        if isinstance(thing, tuple):
            return tuple(self.to_value(item) for item in thing)
        owner = self._symbol(cls, f"{cls.__module__}.{cls.__qualname__}")
        given = self.objects.keywords_of(thing)
        if given and isinstance(owner, Symbol):
            return context.call(owner, [], {k: self.to_value(v) for k, v in given.items()})
        if type(thing).__name__ in _GENERIC:
            return Generic(Symbol("typing.Any"), ())
        if isinstance(thing, (str, int, float)) and not isinstance(thing, enum.Enum):
            return self.to_value(next(b(thing) for b in (str, int, float) if isinstance(thing, b)))
        return context.unknown(f"an object of `{getattr(owner, 'path', cls.__name__)}`, which can't be written down")

    # classes of the program below those of the framework

    def base_for(self, value: Value) -> type:
        """The real class that stands for a class of the framework, or of a module that is not installed."""
        found = self._bases.get(id(value))
        if found is None:
            path = getattr(value, "path", "") or "framework.Base"
            short = path.rpartition(".")[2]
            bases: tuple[type, ...] = (object,)
            meta: Any = Meta
            if isinstance(value, Class) and value.kind == "pydantic":
                import pydantic

                bases, meta = (pydantic.BaseModel,), type(pydantic.BaseModel)
            elif ".exceptions." in f".{path}" or short.endswith(("Error", "Exception")):
                bases, meta = (Exception,), type
            namespace = {"__module__": path.rpartition(".")[0] or "zenml", "__init_subclass__": _accept}
            if bases == (object,):
                namespace["__init__"] = _accept
            found = meta(short or "Base", bases, namespace)
            if meta is Meta:
                found._zen_bridge, found._zen_base = self, value
            self._bases[id(value)] = found
            self._kept.append(value)
        return found

    def native_class(self, cls: type) -> Value | None:
        """What a class-based step or pipeline of the program is for the framework, None for other classes."""
        base = next((c.__dict__["_zen_base"] for c in cls.__mro__ if "_zen_base" in c.__dict__), None)
        if not isinstance(base, (BaseStep, BasePipeline)) or "_zen_base" in cls.__dict__:
            return None
        found = self._twins.get(id(cls))
        if found is None:
            class_ = self.objects.class_of(cls)
            class_ = class_.class_ if isinstance(class_, (StepClass, PipelineClass)) else class_
            if not isinstance(class_, Class):
                return None
            parents = (self.native_class(parent) for parent in cls.__mro__[1:])
            nearest: Any = next((parent for parent in parents if hasattr(parent, "subclass")), base)
            found = self._twins[id(cls)] = nearest.subclass(class_, self.context())
            self._kept.append(cls)
        return found


def _accept(self_or_class: Any, *arguments: Any, **keywords: Any) -> None:
    """Arguments mean nothing to a base that stands for one that is not read."""
