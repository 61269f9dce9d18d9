"""Configuration values as plain JSON, and as variables that may be references."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from zencompile.frontend.framework.handles import PipelineParameter
from zencompile.frontend.framework.opaque import Call, Name
from zencompile.frontend.framework.records import Record
from zencompile.frontend.framework.state import Framework
from zencompile.frontend.values import (
    MISSING,
    Context,
    EnumMember,
    EnvironmentReference,
    Instance,
    Lazy,
    Placed,
    Symbol,
    Unknown,
    Value,
)
from zencompile.frontend.values.placed import REASON, shown
from zencompile.ir import EnvironmentReference as EnvironmentNode
from zencompile.ir import SecretReference, Text, Variable
from zencompile.source import Span

SECRET = re.compile(r"\{\{\s*([A-Za-z0-9_-]+)\.([A-Za-z0-9_.-]+)\s*\}\}")


class NotKnown(Exception):
    """A configuration value that is not known when compiling."""

    def __init__(self, unknown: Unknown) -> None:
        super().__init__(unknown.reason)
        self.unknown = unknown


class Plain:
    """Makes plain values; forces what is symbolic, so that a pipeline parameter in the configuration is bound."""

    def __init__(self, framework: Framework, context: Context) -> None:
        self.framework = framework
        self.context = context

    def force(self, value: Value, span: Span | None = None, what: str = "the configuration") -> Value:
        while isinstance(value, Lazy):
            if isinstance(value, PipelineParameter):
                if not value.forced:
                    value.forced, value.reason, value.reason_span = True, what, span or value.span
                if value.value is MISSING:
                    raise NotKnown(Unknown(span, f"the pipeline's parameter `{value.name}` has no value"))
                value = value.value
            else:
                value = value.force(self.context)
        if isinstance(value, Unknown):
            raise NotKnown(value)
        return value

    def json(self, value: Value, span: Span | None = None) -> Any:
        """Plain JSON. Raises `NotKnown`."""
        value = self.force(value, span)
        if isinstance(value, EnumMember):
            return self.json(value.value, span)
        if isinstance(value, dict):
            return {str(self.json(k, span)): self.json(v, span) for k, v in value.items()}
        if isinstance(value, (list, tuple, set, frozenset)):
            return [
                self.json(v, span) for v in (sorted(value, key=repr) if isinstance(value, (set, frozenset)) else value)
            ]
        if value is None or isinstance(value, (bool, int, float, str)):
            return value
        if isinstance(value, datetime.timedelta):
            return value.total_seconds()
        if isinstance(value, (datetime.date, datetime.time)):
            return value.isoformat()
        if isinstance(value, PurePath):
            return value.as_posix()
        if isinstance(value, Placed):
            raise NotKnown(Unknown(span, f"it is a path of the project, `{shown(value.inner)}`: {REASON}"))
        fields = _fields(value)
        if fields is not None:
            return {k: self.json(v, span) for k, v in fields.items()}
        if isinstance(value, (Symbol, Name)):
            return value.path
        return str(value) if isinstance(value, (bytes,)) else _refused(value, span)

    def path(self, value: Value, span: Span | None = None) -> Any:
        """Plain JSON, or the text of a path by which the project finds a file. Raises `NotKnown`."""
        value = self.force(value, span)
        return value.inner if isinstance(value, Placed) else self.json(value, span)

    def known(self, value: Value, what: str, span: Span | None, default: Any = None) -> Any:
        """Plain JSON, or `default` with a warning where the value is not known."""
        try:
            return self.json(value, span)
        except NotKnown as problem:
            self.drop(what, problem.unknown, span)
            return default

    def drop(self, what: str, unknown: Unknown, span: Span | None) -> None:
        """Say once that a part of the configuration is not known, so that it has no effect."""
        if not unknown.reported:
            self.framework.report.warning(
                "ZC0305",
                f"{what} is not known when compiling",
                span or unknown.span,
                label="ignored",
                notes=unknown.reason,
            )
        self.framework.ignore(what, f"not known when compiling: {unknown.reason}", span)

    def items(self, fields: dict[str, Value], spans: dict[str, Span | None], what: str) -> Iterator[tuple[str, Any]]:
        """The known ones among named values."""
        for name, value in fields.items():
            try:
                yield name, self.json(value, spans.get(name))
            except NotKnown as problem:
                self.drop(f"{what} `{name}`", problem.unknown, spans.get(name))

    def variable(self, value: Value, span: Span | None) -> Variable:
        """A variable: text, or a reference that stays one, whatever `--env` gives: that is for what structure needs.

        Raises `NotKnown`.
        """
        if isinstance(value, EnvironmentReference):
            default = None if value.default is MISSING else self.json(value.default, span)
            return EnvironmentNode(name=value.name, default=None if default is None else str(default))
        text = self.json(value, span)
        text = "" if text is None else str(text)
        match = SECRET.fullmatch(text)
        return SecretReference(name=match.group(1), key=match.group(2)) if match else Text(value=text)

    def variables(self, values: dict[str, Value], spans: dict[str, Span | None], what: str) -> dict[str, Variable]:
        """Variables by name, sorted; the ones that are not known are dropped with a warning."""
        found: dict[str, Variable] = {}
        for name, value in values.items():
            try:
                found[str(name)] = self.variable(value, spans.get(str(name)))
            except NotKnown as problem:
                self.drop(f"{what} `{name}`", problem.unknown, spans.get(str(name)))
        return dict(sorted(found.items()))


def _fields(value: Value) -> dict[str, Value] | None:
    if isinstance(value, Record):
        return value.fields
    if isinstance(value, Call):
        return value.keywords
    if isinstance(value, Instance):
        return value.keywords or value.attributes
    return None


def _refused(value: Value, span: Span | None) -> Any:
    raise NotKnown(Unknown(span, f"a {type(value).__name__} is no plain data"))
