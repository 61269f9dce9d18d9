"""What both directions of the bridge between the program and the evaluator share: the objects that stand for values."""

from __future__ import annotations

import contextlib
import datetime
import decimal
import sys
import types
import uuid
from types import FrameType
from typing import TYPE_CHECKING, Any

from zencompile.frontend.trace.marks import Marks
from zencompile.frontend.trace.objects import Objects
from zencompile.frontend.trace.places import Places
from zencompile.frontend.trace.proxies import Proxy, Stopped
from zencompile.frontend.values import Context, Function, Lazy, Unknown, Value

if TYPE_CHECKING:
    from zencompile.frontend.trace.evaluator import TracingEvaluator

PLAIN = (
    type(None), bool, int, float, complex, str, bytes, range, datetime.datetime, datetime.date, datetime.time,
    datetime.timedelta, datetime.timezone, decimal.Decimal, uuid.UUID, type(...),
)  # fmt: skip
CONTAINERS: tuple[type, ...] = (list, tuple, set, frozenset)
KNOWN_LATER = "\u2063known later: {}\u2063"
"""What stands in a text for a part that is known only when the pipeline runs."""


class Twins:
    """Who stands for whom."""

    def __init__(self, evaluator: TracingEvaluator, places: Places) -> None:
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
            found = self._proxies[id(value)] = Proxy(value, self)  # type: ignore[arg-type]
            self._kept.append(value)
        return found

    def framework_module(self, name: str) -> Value:
        """The framework's module of a dotted name."""
        return self.evaluator.provider.module(name)

    def quietly(self) -> contextlib.AbstractContextManager[None]:
        """Operations on marks in here decide nothing."""
        return self.marks.quietly()
