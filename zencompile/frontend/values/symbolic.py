"""Values that are not there: missing, unknown, of modules that are not read, or given later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zencompile.source import Span

if TYPE_CHECKING:
    from zencompile.frontend.values.natives import Context

Value = Any  # a plain object or one of the classes of this package


class _Missing:
    """The only value of its class: no such thing."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Any = _Missing()


class Raised(Exception):
    """An exception of the user's program on its way up.

    `value` is a builtin exception object, or an `Instance` of a class of the project; `span` the place that raised it.
    """

    def __init__(self, value: Value, span: Span | None = None) -> None:
        super().__init__(value)
        self.value = value
        self.span = span


class Unknown:
    """A value that can't be known when compiling.

    `reason` completes the sentence "this is not known when compiling: …" (lower case, no full stop). `reported` is true
    where a diagnostic has already been given for the cause, so that nothing cascades from it.
    """

    __slots__ = ("reason", "reported", "span")

    def __init__(self, span: Span | None, reason: str, reported: bool = False) -> None:
        self.span = span
        self.reason = reason
        self.reported = reported

    def __repr__(self) -> str:
        return f"Unknown({self.reason!r}, {self.span})"


class Opaque(Unknown):
    """The result of calling a Symbol: unknown, but for what was called with what."""

    __slots__ = ("arguments", "keywords", "path")

    def __init__(
        self, span: Span | None, reason: str, path: str, arguments: list[Value], keywords: dict[str, Value]
    ) -> None:
        super().__init__(span, reason)
        self.path = path
        self.arguments = arguments
        self.keywords = keywords


class Symbol:
    """Something in a module that is not read: `path` is its dotted name where it is defined or was imported from."""

    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path = path

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Symbol) and other.path == self.path

    def __hash__(self) -> int:
        return hash(self.path)

    def __repr__(self) -> str:
        return f"Symbol({self.path})"


class Lazy:
    """A value that stays symbolic while it is merely moved, stored or handed to a call, and is *forced* by any
    operation.

    Subclasses: a pipeline's parameters, references to the environment. `context.span` is the operation's expression.
    """

    def force(self, context: Context) -> Value:
        """The plain value (or Unknown), leaving whatever trace the subclass wants: a note, a binding time."""
        raise NotImplementedError

    def peek(self) -> Value:
        """What `force` would answer, without leaving a trace. For messages."""
        return MISSING


class EnvironmentReference(Lazy):
    """A variable of the environment that the pipeline is compiled in: never this machine's value.

    Forcing answers with `--env NAME=VALUE`, else with the default (and a note), else with Unknown. `default` is
    `MISSING`
    for `os.environ["NAME"]`.
    """

    __slots__ = ("default", "name", "span")

    def __init__(self, name: str, default: Value, span: Span) -> None:
        self.name = name
        self.default = default
        self.span = span

    def force(self, context: Context) -> Value:
        return context.evaluator.environment_value(self, context)

    def __repr__(self) -> str:
        return f"EnvironmentReference({self.name})"
