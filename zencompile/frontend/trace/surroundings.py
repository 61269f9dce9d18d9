"""What the program finds around it: an environment that is not read, and classes that remember what they are made with.

Everything here changes the process, which is the program's own and ends with it.
"""

from __future__ import annotations

import builtins
import collections.abc
import dataclasses
import functools
import inspect
import os
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

from zencompile.frontend.trace.bridge import Bridge
from zencompile.frontend.values import MISSING, EnvironmentReference

_NOTHING: Any = object()
_BETWEEN = (__file__, os.__file__, collections.abc.__file__, "<frozen os>", "<frozen _collections_abc>")
"""Code that passes a question for a variable on."""


class Environment(os._Environ):  # type: ignore[type-arg]
    """`os.environ`. Code of the project gets references; whatever else runs, the real variables."""

    def __init__(self, real: Any, bridge: Bridge) -> None:
        super().__init__(real._data, real.encodekey, real.decodekey, real.encodevalue, real.decodevalue)
        self._bridge = bridge
        self._own: set[str] = set()  # set by the program itself
        self._defaults: dict[str, Any] = {}  # set by the program itself where the environment has none

    def _hidden(self, name: Any) -> bool:
        """Whether the project asks, for a variable that it has not set itself."""
        return name not in self._own and self._by_project()

    def _by_project(self) -> bool:
        frame: FrameType | None = sys._getframe(2)
        while frame is not None and frame.f_code.co_filename in _BETWEEN:
            frame = frame.f_back
        return frame is not None and self._bridge.places.module_of(frame.f_code.co_filename) is not None

    def __getitem__(self, name: str) -> Any:
        if self._hidden(name):
            return self._reference(name, self._defaults.get(name, MISSING))
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        if self._hidden(name):
            return self._reference(name, self._defaults.get(name, default))
        return os._Environ.__getitem__(self, name) if os._Environ.__contains__(self, name) else default

    def __contains__(self, name: Any) -> bool:
        if self._hidden(name):
            return name in self._defaults or name in self._bridge.evaluator.environment
        return super().__contains__(name)

    def __iter__(self) -> Iterator[Any]:
        if self._hidden(_NOTHING):
            return iter([*self._bridge.evaluator.environment, *sorted(self._own)])
        return super().__iter__()

    def __setitem__(self, name: str, value: Any) -> None:
        if self._by_project():
            self._own.add(name)
        super().__setitem__(name, str(self._bridge.marks.plain(value)))

    def setdefault(self, name: str, value: Any = "") -> Any:
        if not self._hidden(name):
            return super().setdefault(name, value)
        return self._reference(name, self._defaults.setdefault(name, value))

    def _reference(self, name: str, default: Any) -> Any:
        bridge = self._bridge
        given = MISSING if default is MISSING else bridge.to_value(default)
        return bridge.environment(EnvironmentReference(str(name), given, bridge.context().span))


def install(bridge: Bridge) -> None:
    """Put everything in place."""
    environment = Environment(os.environ, bridge)
    os.environ = environment  # noqa: B003 (the real variables stay for all but the project)
    os.getenv = _getenv(environment)
    _remember_dataclasses(bridge)
    _remember_models(bridge)


def _getenv(environment: Environment) -> Any:
    def getenv(key: str, default: Any = None) -> Any:
        if environment._hidden(key):
            return environment._reference(key, environment._defaults.get(key, default))
        known = os._Environ.__contains__(environment, key)
        return os._Environ.__getitem__(environment, key) if known else default

    return getenv


def project_builtins(bridge: Bridge) -> dict[str, Any]:
    """The builtins of code of the project: those of Python, but for three that don't show us their use of a value."""
    marks = bridge.marks

    class Ranges(type):
        def __instancecheck__(cls, instance: Any) -> bool:
            return isinstance(instance, range)

        def __subclasscheck__(cls, class_: Any) -> bool:
            return issubclass(class_, range)

        def __call__(cls, *bounds: Any) -> range:
            frame = sys._getframe(1)
            return range(*[marks.use(bound, frame) for bound in bounds])

        def __hash__(cls) -> int:
            return hash(range)

        def __eq__(cls, other: Any) -> bool:
            return other is cls or other is range

    def is_instance(value: Any, classes: Any, /) -> bool:
        return isinstance(marks.use(value, sys._getframe(1)), classes)

    def shown(*values: Any, **keywords: Any) -> None:
        with bridge.quietly():
            print(*[marks.plain(value) for value in values], **keywords)

    is_instance.__name__, shown.__name__ = "isinstance", "print"
    return {**builtins.__dict__, "range": Ranges("range", (), {}), "isinstance": is_instance, "print": shown}


def _remember_dataclasses(bridge: Bridge) -> None:
    """Dataclasses of the program keep the arguments that they are made with: a step is given what was written."""
    original = dataclasses._process_class  # type: ignore[attr-defined]

    @functools.wraps(original)
    def process(cls: Any, *arguments: Any, **keywords: Any) -> Any:
        made = original(cls, *arguments, **keywords)
        init = made.__dict__.get("__init__")
        if init is not None:
            made.__init__ = _remembering(init, bridge)
        return made

    dataclasses._process_class = process  # type: ignore[attr-defined]


def _remembering(init: Any, bridge: Bridge) -> Any:
    signature = inspect.signature(init)

    @functools.wraps(init)
    def __init__(self: Any, *arguments: Any, **keywords: Any) -> None:
        try:
            given = dict(signature.bind(self, *arguments, **keywords).arguments)
        except TypeError:
            given = {}
        given.pop(next(iter(signature.parameters)), None)
        bridge.objects.given(self, given)
        init(self, *arguments, **keywords)

    return __init__


def _remember_models(bridge: Bridge) -> None:
    """The same for pydantic models: the keywords as written, before any validator."""
    import pydantic

    original = pydantic.BaseModel.__init__

    def __init__(self: Any, /, **data: Any) -> None:
        bridge.objects.given(self, dict(data))
        original(self, **data)

    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]
    __init__.__signature__ = inspect.signature(original)  # type: ignore[attr-defined]
    pydantic.BaseModel.__init__ = __init__  # type: ignore[method-assign]
