"""Parameters of the pipeline and variables of the environment, as values that the program can compute with.

A mark is an `int`, `float`, `str`, `list` or `dict` that remembers what it stands for. Handed to a step as it is, it is
still the parameter; any operation on it that Python lets us see *forces* it, as in the static front end. Python shows
neither `is`, `isinstance` and `type`, nor what code in C does with the memory of a `str` or `list`.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

from zencompile.frontend.values import Lazy, Value

Forced = Callable[[Lazy, FrameType], None]

_KEPT = {
    "__class__", "__class_getitem__", "__delattr__", "__dir__", "__doc__", "__getattribute__", "__getnewargs__",
    "__getstate__", "__init__", "__init_subclass__", "__new__", "__reduce__", "__reduce_ex__", "__setattr__",
    "__sizeof__", "__subclasshook__",
}  # fmt: skip
_CHANGING = {
    "__delitem__", "__iadd__", "__imul__", "__ior__", "__setitem__", "append", "clear", "extend", "insert", "pop",
    "popitem", "remove", "reverse", "setdefault", "sort", "update",
}  # fmt: skip


class Marks:
    """Makes marks. `forced` is told of every operation, with the frame that does it."""

    def __init__(self, forced: Forced) -> None:
        self._forced = forced
        self._quiet = 0
        self._types = {base: self._type(base) for base in (int, float, str, list, dict)}

    def marked(self, value: Value, lazy: Lazy) -> Any:
        """`value` with a mark, or None if values of its type can't have one."""
        kind = self._types.get(type(value))
        if kind is None:
            return None
        mark = kind(value)
        mark.__dict__["_zencompile_lazy"] = lazy
        mark.__dict__["_zencompile_plain"] = value
        return mark

    def lazy(self, value: Any) -> Lazy | None:
        """What a mark stands for; None if `value` is no mark."""
        return value.__dict__.get("_zencompile_lazy") if type(value) in self._types.values() else None

    def plain(self, value: Any) -> Any:
        """The data without the mark."""
        return value.__dict__["_zencompile_plain"] if type(value) in self._types.values() else value

    @property
    def quiet(self) -> bool:
        """Whether operations decide nothing at the moment."""
        return self._quiet > 0

    def use(self, value: Any, frame: FrameType) -> Any:
        """The data of a value that something needs at once; without effect on what is no mark."""
        self._note(value, frame)
        return self.plain(value)

    @contextlib.contextmanager
    def quietly(self) -> Iterator[None]:
        """Operations in here decide nothing."""
        self._quiet += 1
        try:
            yield
        finally:
            self._quiet -= 1

    def _type(self, base: Any) -> type:
        namespace: dict[str, Any] = {
            name: self._hooked(name, getattr(base, name))
            for name in dir(base)
            if name not in _KEPT and callable(getattr(base, name))
        }
        for method in [
            n for n in namespace if f"__r{n[2:]}" not in namespace and n in ("__add__", "__mul__", "__or__")
        ]:
            if base in (str, list) and method == "__add__":
                namespace["__radd__"] = self._reflected(base)
        if "__bool__" not in namespace:
            namespace["__bool__"] = self._hooked("__bool__", lambda value: base.__len__(value) > 0)
        namespace["__module__"] = base.__module__
        return type(base.__name__, (base,), namespace)

    def _hooked(self, name: str, method: Any) -> Any:
        def act(mark: Any, *arguments: Any, **keywords: Any) -> Any:
            self._note(mark, sys._getframe(1))
            for other in arguments:
                self._note(other, sys._getframe(1))
            result = method(mark, *[self.plain(a) for a in arguments], **keywords)
            if name in _CHANGING:
                self._sync(mark)
            return result

        act.__name__ = name
        return act

    def _reflected(self, base: Any) -> Any:
        def act(mark: Any, other: Any) -> Any:
            self._note(mark, sys._getframe(1))
            return base.__add__(other, self.plain(mark)) if isinstance(other, base) else NotImplemented

        return act

    def _note(self, value: Any, frame: FrameType) -> None:
        lazy = self.lazy(value)
        if lazy is not None and not self._quiet:
            with self.quietly():
                self._forced(lazy, frame)

    def _sync(self, mark: Any) -> None:
        """A list or dictionary that the program changed is changed for the compiler, too."""
        with self.quietly():
            plain = self.plain(mark)
            if isinstance(plain, list):
                plain[:] = list(list.__iter__(mark))
            elif isinstance(plain, dict):
                items = dict(dict.items(mark))
                plain.clear()
                plain.update(items)
