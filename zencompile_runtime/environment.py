"""The environment variables of a step: set before its code is imported, put back after it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from zencompile_runtime import secrets
from zencompile_runtime.errors import ConfigurationFault
from zencompile_runtime.spec import StepSpec


def resolve(reference: Any, name: str) -> str | None:
    """The text of a declared variable: text, None for what the process has, or a reference of the compiler's IR."""
    if reference is None:
        return os.environ.get(name)
    if isinstance(reference, Mapping):
        if reference.get("kind") == "secret" or "key" in reference:
            return secrets.value(reference["name"], reference["key"])
        if reference.get("kind") == "environment":
            return os.environ.get(reference["name"], reference.get("default"))
        if reference.get("kind") == "text":
            return str(reference["value"])
        raise ConfigurationFault(f"variable {name} is neither text nor a reference: {reference!r}")
    return str(reference)


def is_secret(reference: Any) -> bool:
    """Whether a variable's value must not be looked at but by the step."""
    return isinstance(reference, Mapping) and (reference.get("kind") == "secret" or "key" in reference)


class Kept(Mapping[str, str]):
    """A copy of the environment. Decoding all of it, of which few look at anything, would cost what a hit may."""

    def __init__(self) -> None:
        self._data: dict[Any, Any] = dict(os.environ._data)  # type: ignore[attr-defined]

    def __getitem__(self, name: str) -> str:
        return str(os.environ.decodevalue(self._data[os.environ.encodekey(name)]))

    def __iter__(self) -> Iterator[str]:
        return map(os.environ.decodekey, list(self._data))

    def __len__(self) -> int:
        return len(self._data)


def now() -> Mapping[str, str]:
    """The environment as it is now, whatever is set afterwards."""
    return Kept() if hasattr(os.environ, "_data") else dict(os.environ)


class Environment:
    """A `with` block in which the step's variables and secrets are set."""

    def __init__(self, spec: StepSpec) -> None:
        self._wanted: dict[str, str] = {}
        for name in spec.secrets:
            self._wanted |= secrets.variables(name)
        for name, reference in spec.variables.items():
            text = resolve(reference, name)
            if text is not None:
                self._wanted[name] = text
        self._before: dict[str, str | None] = {}

    @property
    def names(self) -> frozenset[str]:
        """The variables that the step's configuration and its secrets set."""
        return frozenset(self._wanted)

    def __enter__(self) -> None:
        for name, text in self._wanted.items():
            before = os.environ.get(name)
            if before != text:
                self._before[name] = before
                os.environ[name] = text

    def __exit__(self, *_: object) -> None:
        for name, text in self._before.items():
            if text is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = text
