"""A name of ZenML that step processes do not have: importing it works, using it raises with the name."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any


class NotAvailable(RuntimeError):
    """Something of ZenML that needs its server, or that the runtime does not have."""


_WITHOUT = "it needs ZenML itself, which is not installed"


def is_importing() -> bool:
    """Whether a module is being imported by whoever asks: what a program makes at its top level was for compiling."""
    frame = sys._getframe(1)
    while frame is not None and not _runs_a_step(frame):
        if frame.f_code.co_name == "<module>" and getattr(frame.f_globals.get("__spec__"), "_initializing", False):
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False


def _runs_a_step(frame: FrameType) -> bool:
    """Whether a frame is where the runtime calls a step's function: what lies above it is another matter."""
    return frame.f_code.co_name == "invoke" and frame.f_globals.get("__name__") == "zencompile_runtime.function"


class Missing:
    """Stands for a name until it is used. It may be named in annotations and as a base class that nothing uses, and all
    may be made of it at the top level of a module that is imported.
    """

    def __init__(self, name: str, why: str = _WITHOUT) -> None:
        self.__dict__.update(_name=name, _why=why)

    def _use(self) -> Any:
        if is_importing():
            return self
        raise NotAvailable(f"{self._name} is not available in a step process: {self._why}")

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        made = self._use()
        is_decorator = len(args) == 1 and not keywords and (callable(args[0]) and not isinstance(args[0], Missing))
        return args[0] if is_decorator else made

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._use()

    def __getitem__(self, key: Any) -> Any:
        return self._use()

    def __bool__(self) -> bool:
        return self._use() is self

    def __str__(self) -> str:
        return repr(self._use())

    def __format__(self, spec: str) -> str:
        return repr(self._use())

    def __iter__(self) -> Any:
        raise NotAvailable(f"{self._name} is not available in a step process: {self._why}")

    def __mro_entries__(self, bases: Any) -> tuple[type, ...]:
        name = self._name

        def refuse(self: Any, *args: Any, **keywords: Any) -> None:
            Missing(name)._use()

        return (type(name.rpartition(".")[2], (), {"__init__": refuse, "__doc__": f"Stands for {name}."}),)

    def __or__(self, other: Any) -> Any:
        return Any

    __ror__ = __or__

    def __repr__(self) -> str:
        return f"<{self._name}, not available here>"


class MissingResult(Missing):
    """Stands for what a call at the top level of a module would give: nothing may take it for a value."""

    def __eq__(self, other: object) -> bool:
        return self._use() is other

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        self._use()
        return super().__repr__()
