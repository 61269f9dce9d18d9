"""Between the program's objects and the evaluator's values.

`to_value` says what an object of the running program is for the framework, `to_python` what the program gets for a
value. Functions and classes of the project become those of the static evaluator, found by file and name: signature,
annotations, closure and spans are then the same in both front ends.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import sys
import types
from collections.abc import Callable
from types import FrameType
from typing import Any

from zencompile.frontend.trace.incoming import Incoming
from zencompile.frontend.trace.outgoing import Outgoing
from zencompile.frontend.trace.proxies import Proxy, Stopped
from zencompile.frontend.trace.twins import KNOWN_LATER
from zencompile.frontend.values import Class, Context, Function, NativeObject, Raised, Symbol, Unknown, Value, describe
from zencompile.frontend.values.text import exception_text
from zencompile.source import Span


class Bridge(Incoming, Outgoing):
    """One for each trace: does what the program does on values."""

    def operate(self, act: Callable[[Context], Value]) -> Any:
        """Do what the program does, and give it the result."""
        context = self.context()
        try:
            return self.to_python(act(context))
        except Raised as raised:
            raise self.exception(raised) from None

    def known(self, act: Callable[[Context], Value]) -> Any:
        """The same for what Python needs at once: a truth value, a number, the items of a loop."""
        context = self.context()
        try:
            found = act(context)
        except Raised as raised:
            raise self.exception(raised) from None
        if isinstance(found, Unknown):
            raise Stopped(found if found.span else Unknown(context.span, found.reason, found.reported))
        return found

    def span_of(self, frame: FrameType) -> Span | None:
        """The place of the program where a frame is, None if it is in none."""
        found = self.places.user_frame(frame)
        module = self.places.module_of(found.f_code.co_filename) if found is not None else None
        return None if found is None or module is None else self.evaluator.span(self.places.node(found, module), module)

    def asked_by_project(self, frame: FrameType) -> bool:
        """Whether code of the project itself does something, and not a library that it uses."""
        return self.places.module_of(frame.f_code.co_filename) is not None

    def called(self, value: Value, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """The program calls a value."""
        if isinstance(value, Unknown) or (isinstance(value, Symbol) and len(arguments) == 1 and not keywords):
            target = arguments[0] if arguments else None
            if isinstance(target, (types.FunctionType, type, Proxy)) and self._decorates():
                return target  # a decorator that is not read is passed over
        given = [self.to_value(a) for a in arguments]
        named = {k: self.to_value(v) for k, v in keywords.items()}
        ending = self.evaluator.ending
        where = ending.unseen() if ending is not None else None
        if ending is None or where is None:
            return self.operate(lambda c: c.call(value, given, named))
        recorded = self._recorded()
        result = self.operate(lambda c: c.call(value, given, named))
        if self._recorded() != recorded:
            ending.lost(where, sys._getframe(1))
        return result

    def _recorded(self) -> tuple[int, int]:
        """How many pipelines and steps were called so far."""
        framework = self.evaluator.framework
        if framework is None:
            return 0, 0
        recording = framework.recording
        return len(framework.requests), 0 if recording is None else len(recording.invocations)

    def _decorates(self) -> bool:
        """Whether the call at hand applies a decorator."""
        context = self.context()
        tree = context.module.tree
        return tree is not None and context.node in self.objects.decorators(context.module)

    def starred(self, value: Value) -> list[str]:
        """The names that `from module import *` binds: those of the framework, or all of a module that nobody has, as
        far as the importing module uses them and has none of its own."""
        frame = self.places.user_frame(sys._getframe(1))
        module = self.places.module_of(frame.f_code.co_filename) if frame is not None else None
        if frame is None or module is None or module.tree is None:
            return []
        names = [node for node in ast.walk(module.tree) if isinstance(node, ast.Name)]
        bound = {node.id for node in names if not isinstance(node.ctx, ast.Load)} | _defined(module.tree)
        used = dict.fromkeys(node.id for node in names if node.id not in bound and not hasattr(builtins, node.id))
        exports = getattr(value, "exports", None)
        return [name for name in used if name not in frame.f_globals and (exports is None or exports(name))]

    def exception(self, raised: Raised) -> BaseException:
        """What the program can catch."""
        value = raised.value
        error = value if isinstance(value, BaseException) else RuntimeError(exception_text(value)[1])
        with contextlib.suppress(AttributeError):
            error._zen_span = raised.span  # type: ignore[attr-defined]
        return error

    def text(self, value: Value) -> str:
        """The text of a value. What is not known leaves a trace in it, so that no step is given a wrong text."""
        if self.marks.quiet or self.places.only_shown(sys._getframe(1)):
            return f"<{describe(value)}>"
        context = self.context()
        value = context.force(value)
        if isinstance(value, NativeObject):
            value = value.text(context)
        elif isinstance(value, Symbol):
            value = context.unknown(f"the text of `{value.path}`, which is not read")
        elif isinstance(value, (Class, Function)):
            value = value.name
        if not isinstance(value, Unknown):
            return str(value)
        self._texts.append(value)
        return KNOWN_LATER.format(len(self._texts) - 1)

    def is_instance(self, instance: Any, class_: Value) -> bool:
        """`isinstance(instance, class_)` for a class of the framework."""
        value = self.to_value(instance)
        if isinstance(value, NativeObject):
            return value.is_instance_of(class_) is True
        return isinstance(instance, self.base_for(class_))


def _defined(tree: ast.Module) -> set[str]:
    """The names that imports and definitions of a module bind, wherever they stand."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    return found
