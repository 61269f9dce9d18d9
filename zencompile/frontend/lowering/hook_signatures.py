"""Whether a hook can be called as its event calls it: ZenML tries that before a run, `zenml.hooks.validation`."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from typing import NamedTuple

from zencompile.frontend.evaluator import Evaluator
from zencompile.frontend.values import MISSING, Class, Function

_TOLD = ("on_failure", "on_end")
"""Events whose hooks get the exception."""

_OTHERS = (str, bytes, int, float, complex, bool, list, tuple, dict, set, frozenset, type(None))


class Unfit(NamedTuple):
    """Why a hook can't be called, and what to do."""

    message: str
    helps: str


def unfit(event: str, hook: Function, evaluator: Evaluator) -> Unfit | None:
    """Why the hook of an event can't be called: with at most the exception for `on_failure` and `on_end`, with nothing
    otherwise; None if it can."""
    if event == "on_init":
        return None
    arguments = hook.node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    required = len(positional) - len(arguments.defaults)
    required += sum(default is None for default in arguments.kw_defaults)
    is_told = event in _TOLD
    if required > is_told:
        takes = "at most one argument, the exception" if is_told else "no arguments"
        message = f"`{event}` is called with {takes}; `{hook.name}` needs {required}"
        return Unfit(message, "give the other parameters defaults")
    written = positional[0].annotation if is_told and positional else None
    if written is None or not _keeps_exceptions_out(written, hook, evaluator):
        return None
    message = f"`{event}` is called with any exception; `{hook.name}` takes `{ast.unparse(written)}`"
    return Unfit(message, "annotate the parameter with `BaseException`")


def _keeps_exceptions_out(annotation: ast.expr, hook: Function, evaluator: Evaluator) -> bool:
    """Whether it is known that an annotation admits no `Exception()`, which is what ZenML tries."""
    return all(_is_other(one, hook, evaluator) for one in _alternatives(annotation))


def _alternatives(node: ast.expr) -> Iterator[ast.expr]:
    """The types of a union; of any other annotation, itself."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            node = ast.parse(node.value, mode="eval").body
        except SyntaxError:
            yield node
            return
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        yield from _alternatives(node.left)
        yield from _alternatives(node.right)
    elif isinstance(node, ast.Subscript) and ast.unparse(node.value).rpartition(".")[2] in ("Optional", "Union"):
        for inner in node.slice.elts if isinstance(node.slice, ast.Tuple) else (node.slice,):
            yield from _alternatives(inner)
    else:
        yield node


def _is_other(node: ast.expr, hook: Function, evaluator: Evaluator) -> bool:
    """Whether a type is one that `Exception()` is surely not of."""
    if isinstance(node, ast.Constant):
        return node.value is None
    if not isinstance(node, ast.Name):
        return False
    bound = evaluator.module_attribute(hook.module, node.id)
    if bound is not MISSING:
        return isinstance(bound, Class) and bound.kind == "exception"
    known = getattr(builtins, node.id, None)
    if not isinstance(known, type):
        return False
    return known in _OTHERS or (issubclass(known, BaseException) and not issubclass(Exception, known))
