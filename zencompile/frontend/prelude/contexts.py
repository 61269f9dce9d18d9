"""`contextlib`."""

from __future__ import annotations

from collections.abc import Callable

from zencompile.frontend.prelude import files, places
from zencompile.frontend.prelude.helpers import Keywords, module
from zencompile.frontend.prelude.signatures import Declared
from zencompile.frontend.values import (
    MISSING,
    BoundMethod,
    Class,
    Context,
    Function,
    Generator,
    Instance,
    NativeObject,
    Raised,
    Unknown,
    Value,
    operations,
)


class GeneratorManager(NativeObject):
    """What a function under `@contextmanager` gives: its generator runs to the `yield` on entry, and on from there on
    exit."""

    type_name = "_GeneratorContextManager"

    def __init__(self, generator: Value, anew: Callable[[Context], Value]) -> None:
        self.generator = generator
        self.anew = anew

    def enter(self, context: Context) -> Value:
        if not isinstance(self.generator, Generator):
            return context.unknown("what a context manager gives")
        item = self.generator.next_item(context)
        if item is MISSING:
            raise context.raise_(RuntimeError("generator didn't yield"))
        return item

    def leave(self, raised: Raised | None, context: Context) -> bool:
        if not isinstance(self.generator, Generator):
            return False
        source = self.generator.source
        if raised is None:
            if self.generator.next_item(context) is not MISSING:
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

    def call(self, arguments: list[Value], keywords: Keywords, context: Context) -> Value:
        return AroundFunction(arguments[0], self.anew) if isinstance(arguments[0], Function) else arguments[0]


class ManagerFunction(NativeObject):
    """A function under `@contextmanager`."""

    type_name = "function"

    def bind(self, receiver: Value, class_: Value, context: Context) -> Value:
        return self if receiver is class_ else BoundMethod(self, receiver)

    def __init__(self, function: Value) -> None:
        self.function = function

    def call(self, arguments: list[Value], keywords: Keywords, context: Context) -> Value:
        def anew(place: Context) -> Value:
            return GeneratorManager(place.call(self.function, arguments, keywords), anew)

        return anew(context)

    def get_attribute(self, name: str, context: Context) -> Value:
        return context.get_attribute(self.function, name)


class Suppress(NativeObject):
    """`suppress(KeyError)`."""

    type_name = "suppress"

    def __init__(self, kinds: list[Value]) -> None:
        self.kinds = kinds

    def enter(self, context: Context) -> Value:
        return None

    def leave(self, raised: Raised | None, context: Context) -> bool:
        return raised is not None and operations.catches(tuple(self.kinds), raised, context)


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


Ending = Callable[["Raised | None", Context], bool]


class Stack(NativeObject):
    """`ExitStack()`: what is to happen at its end, the latest first."""

    type_name = "ExitStack"

    def __init__(self, endings: list[Ending] | None = None) -> None:
        self.endings: list[Ending] = endings or []

    def get_attribute(self, name: str, context: Context) -> Value:
        own = {
            "enter_context": ("cm", self._enter),
            "enter_async_context": ("cm", self._enter),
            "callback": ("callback, /, *arguments, **keywords", self._callback),
            "push_async_callback": ("callback, /, *arguments, **keywords", self._callback),
            "push": ("exit", self._push),
            "push_async_exit": ("exit", self._push),
            "close": ("", lambda a, k, c: self._close(c)),
            "aclose": ("", lambda a, k, c: self._close(c)),
            "pop_all": ("", lambda a, k, c: self._pop_all()),
        }
        return Declared(name, *own[name]) if name in own else super().get_attribute(name, context)

    def _enter(self, a: list[Value], k: Keywords, c: Context) -> Value:
        manager = c.force(a[0])
        entered = operations.as_object(manager).enter(c)
        self.endings.append(lambda raised, d: operations.as_object(manager).leave(raised, d))
        return entered

    def _callback(self, a: list[Value], k: Keywords, c: Context) -> Value:
        def end(raised: Raised | None, d: Context) -> bool:
            d.call(a[0], a[1:], k)
            return False

        self.endings.append(end)
        return a[0]

    def _push(self, a: list[Value], k: Keywords, c: Context) -> Value:
        def end(raised: Raised | None, d: Context) -> bool:
            if not isinstance(a[0], Function):
                return operations.as_object(d.force(a[0])).leave(raised, d)
            value = raised.value if raised else None
            answer = d.call(a[0], [operations.type_of(value, d) if raised else None, value, None])
            return raised is not None and d.truth(answer) is True

        self.endings.append(end)
        return a[0]

    def _close(self, c: Context) -> None:
        self.leave(None, c)

    def _pop_all(self) -> Stack:
        moved = Stack(list(self.endings))
        self.endings.clear()
        return moved

    def leave(self, raised: Raised | None, context: Context) -> bool:
        swallowed = False
        while self.endings:
            ending = self.endings.pop()
            try:
                if ending(None if swallowed else raised, context) and raised is not None:
                    swallowed = True
            except Raised as other:
                raised, swallowed = other, False
                if not self.endings:
                    raise
        return swallowed


class Elsewhere(NativeObject):
    """`chdir(path)`: another working directory, as long as its block runs."""

    type_name = "chdir"

    def __init__(self, path: Value) -> None:
        self.path = path
        self.before: list[tuple[Unknown | None, str | None]] = []

    def enter(self, context: Context) -> Value:
        changes = places.changes_of(context)
        self.before.append((changes.moved, changes.folder))
        places.move(self.path, context)
        return None

    def leave(self, raised: Raised | None, context: Context) -> bool:
        changes = places.changes_of(context)
        changes.moved, changes.folder = self.before.pop()
        return False


class AroundFunction(Function):
    """A function that is always called inside of a context manager: `@manager` stands above it."""

    __slots__ = ("function", "make")

    def __init__(self, function: Function, make: Callable[[Context], Value]) -> None:
        super().__init__(
            function.name, function.qualname, function.module, function.node, function.defaults, function.closure
        )
        self.owner = function.owner
        self.wrappers = function.wrappers
        self.attributes = {**(function.attributes or {}), "__wrapped__": function}
        self.function = function
        self.make = make

    def call(self, arguments: list[Value], keywords: Keywords, context: Context) -> Value:
        manager = operations.as_object(context.force(self.make(context)))
        manager.enter(context)
        try:
            result = context.call(self.function, arguments, keywords)
        except Raised as raised:
            if manager.leave(raised, context):
                return None
            raise
        manager.leave(None, context)
        return result


class Decorating(NativeObject):
    """`ContextDecorator.__call__`."""

    type_name = "function"
    binds = True

    def call(self, arguments: list[Value], keywords: Keywords, context: Context) -> Value:
        manager, target = arguments
        return AroundFunction(target, lambda place: manager) if isinstance(target, Function) else target


def _decorator_class() -> Class:
    class_ = Class("ContextDecorator", "ContextDecorator", None, None, ())
    class_.namespace["__call__"] = Decorating()
    return class_


def _manager(a: list[Value], k: Keywords, c: Context) -> Value:
    if isinstance(a[0], (Function, NativeObject)):
        return ManagerFunction(a[0])
    return a[0] if isinstance(a[0], Unknown) else c.unknown("a context manager made of something else")


def _closing(a: list[Value], k: Keywords, c: Context) -> Value:
    return Simple(a[0], lambda context: context.call(context.get_attribute(a[0], "close")))


def _redirected(a: list[Value], k: Keywords, c: Context) -> Value:
    """Nothing is printed when compiling: what a program catches of its output can't be known."""
    target = c.force(a[0])
    if isinstance(target, files.TextFile):
        target.unknown = c.unknown("what is printed")
    elif isinstance(target, Instance):
        c.spoil(target, c.unknown("what is printed"))
    return Simple(a[0])


MODULES = {
    "contextlib": module(
        "contextlib",
        {
            "contextmanager": Declared("contextmanager", "func", _manager),
            "asynccontextmanager": Declared("asynccontextmanager", "func", _manager),
            "suppress": Declared("suppress", "*exceptions", lambda a, k, c: Suppress(a)),
            "nullcontext": Declared("nullcontext", "enter_result=None", lambda a, k, c: Simple(a[0])),
            "closing": Declared("closing", "thing", _closing),
            "ExitStack": Declared("ExitStack", "", lambda a, k, c: Stack()),
            "AsyncExitStack": Declared("AsyncExitStack", "", lambda a, k, c: Stack()),
            "AbstractContextManager": object,
            "ContextDecorator": _decorator_class(),
            "chdir": Declared("chdir", "path", lambda a, k, c: Elsewhere(a[0])),
            "redirect_stdout": Declared("redirect_stdout", "new_target", _redirected),
            "redirect_stderr": Declared("redirect_stderr", "new_target", _redirected),
        },
    )
}
