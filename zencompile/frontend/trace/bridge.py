"""Between the program's objects and the evaluator's values.

`to_value` says what an object of the running program is for the framework, `to_python` what the program gets for a
value. Functions and classes of the project become those of the static evaluator, found by file and name: signature,
annotations, closure and spans are then the same in both front ends.
"""

from __future__ import annotations

import ast
import builtins
import collections
import contextlib
import datetime
import decimal
import enum
import functools
import pathlib
import re
import sys
import types
import uuid
from collections.abc import Callable
from types import FrameType
from typing import Any, Protocol

from zencompile.frontend.evaluator import Evaluator
from zencompile.frontend.evaluator.machine import Machine
from zencompile.frontend.framework.handles import PipelineParameter
from zencompile.frontend.framework.pipelines import BasePipeline, PipelineClass
from zencompile.frontend.framework.state import Framework
from zencompile.frontend.framework.steps import BaseStep, StepClass
from zencompile.frontend.trace.ending import Ending
from zencompile.frontend.trace.marks import Marks
from zencompile.frontend.trace.objects import CannotBeMade, Objects
from zencompile.frontend.trace.places import Places
from zencompile.frontend.trace.proxies import Meta, Proxy, ProxyModule, Stopped
from zencompile.frontend.values import (
    MISSING,
    Class,
    Context,
    EnumMember,
    EnvironmentReference,
    Function,
    Generic,
    Instance,
    Lazy,
    Module,
    NativeObject,
    Placed,
    ProjectPath,
    ProjectText,
    Raised,
    Symbol,
    Unknown,
    Value,
    describe,
)
from zencompile.frontend.values.text import exception_text
from zencompile.frontend.virtual import holds_place, pieces
from zencompile.ir import Parameter
from zencompile.source import Span

PLAIN = (
    type(None), bool, int, float, complex, str, bytes, range, datetime.datetime, datetime.date, datetime.time,
    datetime.timedelta, datetime.timezone, decimal.Decimal, uuid.UUID, type(...),
)  # fmt: skip
CONTAINERS: tuple[type, ...] = (list, tuple, set, frozenset)
KNOWN_LATER = "\u2063known later: {}\u2063"
"""What stands in a text for a part that is known only when the pipeline runs."""

_DICTIONARIES = (dict, collections.Counter, collections.OrderedDict, collections.defaultdict)
_TOKEN = re.compile(KNOWN_LATER.format("(\\d+)"))
_GENERIC = ("GenericAlias", "_GenericAlias", "_UnionGenericAlias", "UnionType", "Union")


class Tracer(Machine, Protocol):
    """The evaluator that runs the program, as the bridge sees it."""

    static: Evaluator
    entry: Module
    folders: list[tuple[str, str]]  # of this machine, and what stands for them in every output, the project's first
    above: frozenset[str]  # which of the latter stand for folders that are not the repository's
    framework: Framework
    ending: Ending

    def known_parameter(self, parameter: PipelineParameter) -> Parameter | None:
        """What the static front end makes of a parameter of the pipeline at hand, None if it can't read it."""

    def context(self, module: Module, node: ast.AST | None = None) -> Context: ...


class _Text(str, enum.Enum):
    """An enumeration of the framework: the text of a member is its value."""

    def __str__(self) -> str:
        return str(self.value)

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)


class Bridge:
    """One for each trace: says who stands for whom, and does what the program does on values."""

    def __init__(self, evaluator: Tracer, places: Places) -> None:
        self.evaluator = evaluator
        self.places = places
        self.marks = Marks(self._forced)
        self.objects = Objects(evaluator.static, places)
        self._proxies: dict[int, Proxy] = {}
        self._twins: dict[int, Any] = {}  # id() of a value → the program's object
        self._kept: list[Any] = []  # what an id() above belongs to lives as long as this
        self._bases: dict[int, type] = {}
        self._functions: dict[int, Function] = {}
        self._texts: list[Unknown] = []

    # places

    def context(self, frame: FrameType | None = None) -> Context:
        """The expression of the program that is being evaluated."""
        found = self.places.user_frame(frame or sys._getframe(1))
        module = self.places.module_of(found.f_code.co_filename) if found is not None else None
        if found is None or module is None:
            return self.evaluator.context(self.evaluator.entry)
        return Context(self.evaluator, self.places.node(found, module), module)

    def _forced(self, lazy: Lazy, frame: FrameType) -> None:
        if not self.places.only_shown(frame):
            value = lazy.force(self.context(frame))
            if isinstance(value, Unknown):
                raise Stopped(value)

    def keep_twin(self, value: Value, thing: Any) -> None:
        """Let an object of the program stand for a value."""
        self._twins[id(value)] = thing
        self._kept.append(value)

    def twin(self, value: Value) -> Any:
        """The program's own function for a function of the evaluator, None if it has none."""
        found = self._twins.get(id(value))
        return found if isinstance(found, types.FunctionType) else None

    def proxy(self, value: Value) -> Proxy:
        """The only proxy of a value."""
        found = self._proxies.get(id(value))
        if found is None:
            found = self._proxies[id(value)] = Proxy(value, self)
            self._kept.append(value)
        return found

    def framework_module(self, name: str) -> Value:
        """The framework's module of a dotted name."""
        return self.evaluator.provider.module(name)

    def quietly(self) -> contextlib.AbstractContextManager[None]:
        """Operations on marks in here decide nothing."""
        return self.marks.quietly()

    # what the program does

    def operate(self, act: Callable[[Context], Value]) -> Any:
        """Do what the program does, and give it the result."""
        context = self.context()
        try:
            return self.to_python(act(context))
        except Raised as raised:
            raise self.exception(raised) from None

    def known(self, act: Callable[[Context], Value]) -> Any:
        """The same for what Python needs at once: a truth value, a number, the items of a loop."""
        context = self.context()
        try:
            found = act(context)
        except Raised as raised:
            raise self.exception(raised) from None
        if isinstance(found, Unknown):
            raise Stopped(found if found.span else Unknown(context.span, found.reason, found.reported))
        return found

    def span_of(self, frame: FrameType) -> Span | None:
        """The place of the program where a frame is, None if it is in none."""
        found = self.places.user_frame(frame)
        module = self.places.module_of(found.f_code.co_filename) if found is not None else None
        return None if found is None or module is None else self.evaluator.span(self.places.node(found, module), module)

    def asked_by_project(self, frame: FrameType) -> bool:
        """Whether code of the project itself does something, and not a library that it uses."""
        return self.places.module_of(frame.f_code.co_filename) is not None

    def called(self, value: Value, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """The program calls a value."""
        if isinstance(value, Unknown) or (isinstance(value, Symbol) and len(arguments) == 1 and not keywords):
            target = arguments[0] if arguments else None
            if isinstance(target, (types.FunctionType, type, Proxy)) and self._decorates():
                return target  # a decorator that is not read is passed over
        given = [self.to_value(a) for a in arguments]
        named = {k: self.to_value(v) for k, v in keywords.items()}
        ending = self.evaluator.ending
        where = ending.unseen()
        if where is None:
            return self.operate(lambda c: c.call(value, given, named))
        recorded = self._recorded()
        result = self.operate(lambda c: c.call(value, given, named))
        if self._recorded() != recorded:
            ending.lost(where, sys._getframe(1))
        return result

    def _recorded(self) -> tuple[int, int]:
        """How many pipelines and steps were called so far."""
        framework = self.evaluator.framework
        recording = framework.recording
        return len(framework.requests), 0 if recording is None else len(recording.invocations)

    def _decorates(self) -> bool:
        """Whether the call at hand applies a decorator."""
        context = self.context()
        tree = context.module.tree
        return tree is not None and context.node in self.objects.decorators(context.module)

    def starred(self, value: Value) -> list[str]:
        """The names that `from module import *` binds: those of the framework, or all of a module that nobody has, as
        far as the importing module uses them and has none of its own."""
        frame = self.places.user_frame(sys._getframe(1))
        module = self.places.module_of(frame.f_code.co_filename) if frame is not None else None
        if frame is None or module is None or module.tree is None:
            return []
        names = [node for node in ast.walk(module.tree) if isinstance(node, ast.Name)]
        bound = {node.id for node in names if not isinstance(node.ctx, ast.Load)} | _defined(module.tree)
        used = dict.fromkeys(node.id for node in names if node.id not in bound and not hasattr(builtins, node.id))
        exports = getattr(value, "exports", None)
        return [name for name in used if name not in frame.f_globals and (exports is None or exports(name))]

    def exception(self, raised: Raised) -> BaseException:
        """What the program can catch."""
        value = raised.value
        error = value if isinstance(value, BaseException) else RuntimeError(exception_text(value)[1])
        with contextlib.suppress(AttributeError):
            error._zen_span = raised.span  # type: ignore[attr-defined]
        return error

    def text(self, value: Value) -> str:
        """The text of a value. What is not known leaves a trace in it, so that no step is given a wrong text."""
        if self.marks.quiet or self.places.only_shown(sys._getframe(1)):
            return f"<{describe(value)}>"
        context = self.context()
        value = context.force(value)
        if isinstance(value, NativeObject):
            value = value.text(context)
        elif isinstance(value, Symbol):
            value = context.unknown(f"the text of `{value.path}`, which is not read")
        elif isinstance(value, (Class, Function)):
            value = value.name
        if not isinstance(value, Unknown):
            return str(value)
        self._texts.append(value)
        return KNOWN_LATER.format(len(self._texts) - 1)

    def is_instance(self, instance: Any, class_: Value) -> bool:
        """`isinstance(instance, class_)` for a class of the framework."""
        value = self.to_value(instance)
        if isinstance(value, NativeObject):
            return value.is_instance_of(class_) is True
        return isinstance(instance, self.base_for(class_))

    # from the program's objects to values

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
            if real in text and not (seen in self.evaluator.above and self._is_written(real)):
                text = re.sub(f"{re.escape(real)}(?![\\w.-])", seen, text)
        return ProjectText(text) if holds_place(text) else text

    def _is_written(self, text: str) -> bool:
        """Whether a text stands in the program."""
        return any(text in source.text for source in self.evaluator.static.report.sources.values())

    def _object(self, thing: Any) -> Value:
        if isinstance(thing, pathlib.PurePath):
            return self._path_value(thing)
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

    def _path_value(self, path: pathlib.PurePath) -> Value:
        text = self._text(str(path))
        if isinstance(text, ProjectText):
            return ProjectPath(pathlib.PurePosixPath(text.inner))
        return text if isinstance(text, Unknown) else pathlib.PurePosixPath(text)

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
            try:
                given = self.objects.keywords_of(thing)
            except CannotBeMade as problem:
                return context.unknown(str(problem))
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

    # from values to the program's objects

    def to_python(self, value: Value) -> Any:
        """What the program gets for a value."""
        kind = type(value)
        if kind in PLAIN or isinstance(value, BaseException):
            return value
        if kind in CONTAINERS:
            items = [self.to_python(item) for item in value]
            return value if all(a is b for a, b in zip(items, value, strict=True)) else kind(items)
        if kind is dict:
            pairs = {self.to_python(k): self.to_python(v) for k, v in value.items()}
            return value if all(pairs[k] is v for k, v in value.items() if k in pairs) else pairs
        known = self._twins.get(id(value))
        if known is not None:
            return known
        made = self._made(value)
        self._twins.setdefault(id(value), made)
        self._kept.append(value)
        return made

    def _made(self, value: Value) -> Any:
        if isinstance(value, PipelineParameter):
            return self._parameter(value)
        if isinstance(value, EnvironmentReference):
            return self.environment(value)
        if isinstance(value, pathlib.PurePosixPath):
            return pathlib.Path(value)
        if isinstance(value, Placed):
            return self._placed(value)
        if isinstance(value, Class) and value.module is None:
            return self._framework_class(value)
        if isinstance(value, EnumMember):
            owner = self.to_python(value.class_)
            return owner[value.name] if isinstance(owner, enum.EnumMeta) else value.value
        if isinstance(value, (Class, Function)):
            return self.objects.real(value) or self.proxy(value)
        if isinstance(value, Module):
            return self.objects.loaded_module(value) or self.proxy(value)
        if isinstance(value, Instance):
            return self._real_instance(value)
        if isinstance(value, type):
            return value
        return self.proxy(value)

    def _placed(self, value: Placed) -> Any:
        """A path of the project, or a text that holds one, as it is on this machine."""
        root = pathlib.Path(self.evaluator.folders[0][0])
        folders = [str(root), *map(str, root.parents)]
        known = pieces(value.inner) or ()
        text = "".join(one if isinstance(one, str) else folders[min(one, len(folders) - 1)] for one in known)
        return pathlib.Path(text) if isinstance(value, ProjectPath) else text

    def _framework_class(self, class_: Class) -> Any:
        if class_.kind != "enum":
            return self.base_for(class_)
        made = _Text(class_.name, {m.name: m.value for m in class_.members.values()})  # type: ignore[call-overload]
        self._twins[id(made)] = class_
        self._kept.append(made)
        return made

    def _real_instance(self, value: Instance) -> Any:
        cls = self.objects.real(value.class_)
        if not isinstance(cls, type):
            return self.proxy(value)
        made = cls(**{k: self.to_python(v) for k, v in value.keywords.items()})
        self._twins[id(made)] = value
        self._kept.append(made)
        return made

    def _parameter(self, parameter: PipelineParameter) -> Any:
        """A parameter of the pipeline, so that its uses can be seen.

        What the static front end finds out about its use holds here, too. Where it finds nothing, a mark sees most
        operations; a value that can't have a mark counts as used when compiling.
        """
        value = parameter.value
        if isinstance(value, Unknown) or value is MISSING:
            return self.proxy(parameter)
        known = self.evaluator.known_parameter(parameter)
        if known is not None and known.bound == "compile" and not parameter.forced:
            parameter.forced, parameter.reason, parameter.reason_span = True, known.reason, known.reason_span
        mark = self.marks.marked(value, parameter)
        if mark is not None:
            return mark
        if known is not None and known.bound == "runtime":
            return self.proxy(parameter)
        if not parameter.forced:
            parameter.forced, parameter.reason_span = True, parameter.span
        return self.to_python(value)

    def environment(self, reference: EnvironmentReference) -> Any:
        """A variable of the environment: the text of --env, else the default, else an empty text; marked."""
        text = self.evaluator.environment.get(reference.name)
        if text is None:
            default = reference.default
            default = default.peek() if isinstance(default, Lazy) else default
            default = self._placed(default) if isinstance(default, ProjectText) else default
            text = default if isinstance(default, str) else ""
            if default is not MISSING and default is not None and not isinstance(default, str):
                return default
        return self.marks.marked(str(text), reference)


def _accept(self_or_class: Any, *arguments: Any, **keywords: Any) -> None:
    """Arguments mean nothing to a base that stands for one that is not read."""


def _defined(tree: ast.Module) -> set[str]:
    """The names that imports and definitions of a module bind, wherever they stand."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    return found
