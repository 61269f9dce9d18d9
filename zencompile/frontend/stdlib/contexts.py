"""`contextlib`."""

from __future__ import annotations

from collections.abc import Callable

from zencompile.frontend.evaluator.handling import enter, leave, matches
from zencompile.frontend.evaluator.iteration import Generator
from zencompile.frontend.stdlib.helpers import Keywords, module
from zencompile.frontend.values import Context, Function, NativeFunction, NativeObject, Raised, Value


class GeneratorManager(NativeObject):
    """What a function under `@contextmanager` gives: its generator runs to the `yield` on entry, and on from there on
    exit."""

    type_name = "_GeneratorContextManager"

    def __init__(self, generator: Value) -> None:
        self.generator = generator

    def enter(self, context: Context) -> Value:
        if not isinstance(self.generator, Generator):
            return context.unknown("what a context manager gives")
        for item in self.generator.source:
            return item
        raise context.raise_(RuntimeError("generator didn't yield"))

    def leave(self, raised: Raised | None, context: Context) -> bool:
        if not isinstance(self.generator, Generator):
            return False
        source = self.generator.source
        if raised is None:
            for _ in source:
                raise context.raise_(RuntimeError("generator didn't stop"))
            return False
        try:
            source.throw(raised)  # type: ignore[attr-defined]
        except StopIteration:
            return True
        except Raised as other:
            if other.value is raised.value:
                return False
            raise
        raise context.raise_(RuntimeError("generator didn't stop after throw()"))

    def decorated(self, target: Value, context: Context) -> Value:
        return target


class ManagerFunction(NativeObject):
    """A function under `@contextmanager`."""

    type_name = "function"
    binds = True

    def __init__(self, function: Value) -> None:
        self.function = function

    def call(self, arguments: list[Value], keywords: Keywords, context: Context) -> Value:
        return GeneratorManager(context.call(self.function, arguments, keywords))

    def get_attribute(self, name: str, context: Context) -> Value:
        return context.get_attribute(self.function, name)


class Suppress(NativeObject):
    """`suppress(KeyError)`."""

    type_name = "suppress"

    def __init__(self, kinds: list[Value]) -> None:
        self.kinds = kinds

    def leave(self, raised: Raised | None, context: Context) -> bool:

        return raised is not None and matches(context.evaluator, raised, tuple(self.kinds))


class Simple(NativeObject):
    """A manager that gives a value and may call something at the end."""

    type_name = "context manager"

    def __init__(self, value: Value, at_end: Callable[[Context], object] | None = None) -> None:
        self.value = value
        self.at_end = at_end

    def enter(self, context: Context) -> Value:
        return self.value

    def leave(self, raised: Raised | None, context: Context) -> bool:
        if self.at_end is not None:
            self.at_end(context)
        return False


class Stack(NativeObject):
    """`ExitStack()`."""

    type_name = "ExitStack"

    def __init__(self) -> None:
        self.managers: list[Value] = []

    def get_attribute(self, name: str, context: Context) -> Value:
        if name == "enter_context":
            return NativeFunction(name, self._enter)
        if name in ("callback", "push", "close", "pop_all"):
            return NativeFunction(name, lambda a, k, c: None)
        return super().get_attribute(name, context)

    def _enter(self, a: list[Value], k: Keywords, c: Context) -> Value:

        self.managers.append(a[0])
        return enter(c.evaluator, c.force(a[0]), c)

    def leave(self, raised: Raised | None, context: Context) -> bool:

        swallowed = False
        for manager in reversed(self.managers):
            if leave(context.evaluator, manager, None if swallowed else raised, context):
                swallowed = True
        return swallowed


def _manager(a: list[Value], k: Keywords, c: Context) -> Value:
    return ManagerFunction(a[0]) if a and isinstance(a[0], (Function, NativeObject)) else (a[0] if a else None)


def _closing(a: list[Value], k: Keywords, c: Context) -> Value:
    return Simple(a[0], lambda context: context.call(context.get_attribute(a[0], "close")))


_QUIET = ("redirect_stdout", "redirect_stderr", "chdir")

MODULES = {
    "contextlib": module(
        "contextlib",
        {
            "contextmanager": NativeFunction("contextmanager", _manager),
            "asynccontextmanager": NativeFunction("asynccontextmanager", _manager),
            "suppress": NativeFunction("suppress", lambda a, k, c: Suppress(a)),
            "nullcontext": NativeFunction("nullcontext", lambda a, k, c: Simple(a[0] if a else None)),
            "closing": NativeFunction("closing", _closing),
            "ExitStack": NativeFunction("ExitStack", lambda a, k, c: Stack()),
            "AsyncExitStack": NativeFunction("AsyncExitStack", lambda a, k, c: Stack()),
            "AbstractContextManager": object,
            "ContextDecorator": object,
            **{n: NativeFunction(n, lambda a, k, c: Simple(a[0] if a else None)) for n in _QUIET},
        },
    )
}
