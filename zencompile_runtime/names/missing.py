"""A name of ZenML that step processes do not have: importing it works, using it raises with the name."""

from __future__ import annotations

from typing import Any, NoReturn


class NotAvailable(RuntimeError):
    """Something of ZenML that needs its server, or that the runtime does not have."""


class Missing:
    """Stands for a name until it is used. It may be named in annotations and as a base class that nothing uses."""

    def __init__(self, name: str) -> None:
        self.__dict__["_name"] = name

    def _refuse(self) -> NoReturn:
        raise NotAvailable(
            f"{self._name} is not available in a step process: it needs ZenML itself, which is not installed"
        )

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        self._refuse()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        self._refuse()

    def __getitem__(self, key: Any) -> Any:
        self._refuse()

    def __iter__(self) -> Any:
        self._refuse()

    def __mro_entries__(self, bases: Any) -> tuple[type, ...]:
        name = self._name

        def refuse(self: Any, *args: Any, **keywords: Any) -> None:
            Missing(name)._refuse()

        return (type(name.rpartition(".")[2], (), {"__init__": refuse, "__doc__": f"Stands for {name}."}),)

    def __or__(self, other: Any) -> Any:
        return Any

    __ror__ = __or__

    def __repr__(self) -> str:
        return f"<{self._name}, not available here>"
