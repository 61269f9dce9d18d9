"""Source that the program makes as it runs: `exec` and `eval` of a text that is known when compiling."""

from __future__ import annotations

import ast

from zencompile.frontend.evaluator import reachable
from zencompile.frontend.evaluator.machine import Machine
from zencompile.frontend.evaluator.scopes import Frame
from zencompile.frontend.prelude.builtins.registry import native
from zencompile.frontend.values import Context, Unknown, Value

LONGEST = 100_000
"""Characters of a text; a longer one is not evaluated."""


@native("eval", "source, globals=None, locals=None, /")
def evaluate(arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
    """`eval(text, globals, locals)`."""
    tree = _parsed(arguments, context, "eval")
    scope = _scope(arguments, keywords, context)
    if isinstance(tree, Unknown) or scope is None:
        return context.unknown("the result of `eval` of what is not known when compiling")
    return context.evaluator.eval(tree.body, scope)  # type: ignore[attr-defined]


@native("exec", "source, globals=None, locals=None, /, *, closure=None")
def execute(arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
    """`exec(text, globals, locals)`."""
    tree = _parsed(arguments, context, "exec")
    scope = _scope(arguments, keywords, context)
    if isinstance(tree, Unknown) or scope is None:
        _forget(context.evaluator, context)  # type: ignore[arg-type]
        return None
    context.evaluator.run(tree.body, scope)  # type: ignore[attr-defined]
    return None


def _parsed(arguments: list[Value], context: Context, mode: str) -> ast.AST | Unknown:
    text = context.force(arguments[0])
    if not isinstance(text, str) or len(text) > LONGEST:
        return context.unknown("source that is made at run time")
    try:
        tree = ast.parse(text if mode == "exec" else text.strip(), mode=mode)
    except (SyntaxError, ValueError) as error:
        raise context.raise_(SyntaxError(str(error))) from None
    except (RecursionError, MemoryError):
        return context.unknown("source that is nested too deeply")
    for node in ast.walk(tree):  # whatever is reported about it is reported at the call
        if hasattr(node, "lineno"):
            ast.copy_location(node, context.node)
    return tree


def _scope(arguments: list[Value], keywords: dict[str, Value], context: Context) -> Frame | None:
    """The names that made source sees and binds: those of the call's place, or of one dictionary that is given."""
    evaluator = context.evaluator
    given = [context.force(value) for value in (*arguments[1:], *keywords.values()) if value is not None]
    if not given:
        scope: Frame = evaluator.frame_of(context)
        return scope
    own: Frame = evaluator.state(context.module).frame
    if len(given) == 1 and given[0] is own.values:
        return own
    if all(type(value) is dict for value in given):
        names: dict[str, Value] = given[-1]
        outer = Frame(context.module, given[0]) if len(given) == 2 else None
        evaluator.touch(names)
        return Frame(context.module, names, outer)
    return None


def _forget(evaluator: Machine, context: Context) -> None:
    """Unknown source ran: whatever its module has may be another."""
    state = evaluator.state(context.module)
    unknown = context.unknown("source that is made at run time may have changed it")
    reachable.make_uncertain(evaluator, list(state.values.values()), unknown)
    evaluator.touch(context.module)
    for name in list(state.values):
        if name[:2] != "__":
            state.values[name] = unknown
    state.failure = state.failure or unknown
