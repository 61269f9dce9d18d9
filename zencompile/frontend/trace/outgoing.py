"""From values to what the program gets for them."""

from __future__ import annotations

import enum
import pathlib
from typing import Any

from zencompile.frontend.framework.handles import PipelineParameter
from zencompile.frontend.project import VIRTUAL_ROOT
from zencompile.frontend.trace.twins import CONTAINERS, PLAIN, Twins
from zencompile.frontend.values import (
    MISSING,
    Class,
    EnumMember,
    EnvironmentReference,
    Function,
    Instance,
    Lazy,
    Module,
    Unknown,
    Value,
)


class _Text(str, enum.Enum):
    """An enumeration of the framework: the text of a member is its value."""

    def __str__(self) -> str:
        return str(self.value)

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)


class Outgoing(Twins):
    """Gives the program an object for a value."""

    def base_for(self, value: Value) -> type:
        """See `Incoming`."""
        raise NotImplementedError

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
            return self._path(value)
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

    def _path(self, path: pathlib.PurePosixPath) -> Any:
        if not path.is_absolute():
            return pathlib.Path(path)
        for real, seen in self.evaluator.folders:
            if seen == str(VIRTUAL_ROOT) and path.is_relative_to(seen):
                return pathlib.Path(real, path.relative_to(seen))
        return pathlib.Path(path)

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
            text = default if isinstance(default, str) else ""
            if default is not MISSING and default is not None and not isinstance(default, str):
                return default
        return self.marks.marked(str(text), reference)
