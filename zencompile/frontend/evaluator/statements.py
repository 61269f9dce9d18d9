"""Statements. Each handler returns None, or how the block is left: BREAK, CONTINUE, RETURN."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from zencompile.frontend.evaluator import classes, expressions, imports, matching
from zencompile.frontend.evaluator.assignment import assign, augment, bind, delete
from zencompile.frontend.evaluator.handling import raise_, try_, try_star, with_
from zencompile.frontend.evaluator.machine import Machine
from zencompile.frontend.evaluator.scopes import BREAK, CONTINUE, RETURN, Frame, Signal, bound_name
from zencompile.frontend.evaluator.signs import condition
from zencompile.frontend.evaluator.uncertain import branch, meet, rounds
from zencompile.frontend.values import Context, Generator, Raised, Unended, Unknown, operations


def run(ev: Machine, body: list[ast.stmt], frame: Frame) -> Signal:
    """Run statements in order until one leaves the block."""
    table = TABLE
    for node in body:
        ev.steps += 1
        if ev.steps > ev.limit:
            ev.out_of_steps(node, frame)
        signal = table[node.__class__](ev, node, frame)
        if signal is not None:
            return signal
    return None


def s_expr(ev: Machine, node: ast.Expr, frame: Frame) -> Signal:
    ev.eval(node.value, frame)
    if ev.work is not None and isinstance(node.value, ast.Call):
        ev.work.is_statement(ev.span(node.value, frame.module))
    return None


def s_assign(ev: Machine, node: ast.Assign, frame: Frame) -> Signal:
    value = expressions.TABLE[node.value.__class__](ev, node.value, frame)
    for target in node.targets:
        assign(ev, target, value, frame)
    return None


def s_ann_assign(ev: Machine, node: ast.AnnAssign, frame: Frame) -> Signal:
    if node.value is not None:
        assign(ev, node.target, ev.eval(node.value, frame), frame)
    return None


def s_delete(ev: Machine, node: ast.Delete, frame: Frame) -> Signal:
    for target in node.targets:
        delete(ev, target, frame)
    return None


# control


def s_return(ev: Machine, node: ast.Return, frame: Frame) -> Signal:
    frame.result = None if node.value is None else expressions.TABLE[node.value.__class__](ev, node.value, frame)
    return RETURN


def s_pass(ev: Machine, node: ast.stmt, frame: Frame) -> Signal:
    return None


def s_break(ev: Machine, node: ast.stmt, frame: Frame) -> Signal:
    return BREAK


def s_continue(ev: Machine, node: ast.stmt, frame: Frame) -> Signal:
    return CONTINUE


def s_if(ev: Machine, node: ast.If, frame: Frame) -> Signal:
    truth = condition(ev, node.test, frame)
    if truth is True:
        return run(ev, node.body, frame)
    if truth is False:
        return run(ev, node.orelse, frame) if node.orelse else None
    decided_by = truth.of_statement(node, Context(ev, node, frame.module))
    return undecided(ev, frame, decided_by, [lambda: run(ev, node.body, frame), lambda: run(ev, node.orelse, frame)])


def undecided(ev: Machine, frame: Frame, unknown: Unknown, alternatives: list[Callable[[], Signal]]) -> Signal:
    """A branch on an unknown value. If some side leaves the block, what follows is uncertain until the function
    ends."""
    signal, left = branch(ev, frame, unknown, alternatives)
    if left:
        ev.uncertain.append(unknown.from_here())
    return signal


def s_while(ev: Machine, node: ast.While, frame: Frame) -> Signal:
    depth = len(ev.uncertain)
    mark = len(ev.departures)
    try:
        while True:
            ev.steps += 1
            if ev.steps > ev.limit:
                ev.out_of_steps(node, frame)
            truth = condition(ev, node.test, frame)
            if truth is False:
                return _after_loop(ev, node, frame, mark)
            if truth is not True:
                return _perhaps(ev, node, frame, truth, mark)
            signal = run(ev, node.body, frame)
            if len(ev.departures) > mark:
                meet(ev, frame, mark, (CONTINUE,))
                if signal is None or signal is CONTINUE:  # whether there are further rounds is not known
                    return _perhaps(ev, node, frame, ev.uncertain[-1], mark)
            if signal is BREAK:
                meet(ev, frame, mark, (BREAK,))
                return None
            if signal is RETURN:
                return _returning(ev, frame, mark)
    finally:
        del ev.uncertain[depth + (len(ev.departures) > mark) :]


def _returning(ev: Machine, frame: Frame, mark: int) -> Signal:
    """A loop in which the way at hand returns: those who left it by `break` go on."""
    if not any(d.signal is BREAK for d in ev.departures[mark:]):
        return RETURN
    unknown = ev.uncertain[-1]
    result = frame.result

    def leave() -> Signal:
        frame.result = result
        return RETURN

    signal, _ = branch(ev, frame, unknown, [leave, lambda: None])
    meet(ev, frame, mark, (BREAK,), alive=False)
    return signal


def _after_loop(ev: Machine, node: ast.For | ast.AsyncFor | ast.While, frame: Frame, mark: int) -> Signal:
    """What comes when no round is left: `else`, and those who left by `break` and pass it over."""
    signal = run(ev, node.orelse, frame) if node.orelse else None
    if len(ev.departures) > mark:
        if signal is None:
            meet(ev, frame, mark, (BREAK,))
        elif signal is RETURN:
            return _returning(ev, frame, mark)
    return signal


def _perhaps(
    ev: Machine, node: ast.For | ast.AsyncFor | ast.While, frame: Frame, unknown: Unknown, mark: int
) -> Signal:
    """A loop of an unknown number of rounds."""

    def once() -> Signal:
        inner = len(ev.departures)
        signal = run(ev, node.body, frame)
        meet(ev, frame, inner, (CONTINUE,))
        return None if signal is CONTINUE else signal

    signal, left = rounds(ev, frame, unknown, once)
    if left:
        ev.uncertain.append(unknown)
    if signal is None:
        signal = _after_loop(ev, node, frame, mark)
    elif signal is BREAK:
        meet(ev, frame, mark, (BREAK,))
        signal = None
    return signal


def s_for(ev: Machine, node: ast.For | ast.AsyncFor, frame: Frame) -> Signal:
    depth = len(ev.uncertain)
    mark = len(ev.departures)
    begun = next(Generator.births) if node.iter.__class__ is ast.Call else 0
    iterable = ev.eval(node.iter, frame)
    items = operations.iterate(iterable, Context(ev, node.iter, frame.module))
    try:
        if isinstance(items, Unknown):
            assign(ev, node.target, items, frame)
            return _perhaps(ev, node, frame, items, mark)
        for item in items:
            ev.steps += 1
            if ev.steps > ev.limit:
                ev.out_of_steps(node, frame)
            assign(ev, node.target, item, frame)
            if item.__class__ is Unended:
                return _perhaps(ev, node, frame, item, mark)
            signal = run(ev, node.body, frame)
            if len(ev.departures) > mark:
                if iterable.__class__ is Generator:
                    ev.touch(iterable)
                meet(ev, frame, mark, (CONTINUE,))
            leaves = signal is BREAK or signal is RETURN
            if leaves and begun and iterable.__class__ is Generator and iterable.born > begun:
                iterable.close(Context(ev, node.iter, frame.module))  # nothing else holds it
            if signal is BREAK:
                meet(ev, frame, mark, (BREAK,))
                return None
            if signal is RETURN:
                return _returning(ev, frame, mark)
        return _after_loop(ev, node, frame, mark)
    finally:
        del ev.uncertain[depth + (len(ev.departures) > mark) :]


def s_assert(ev: Machine, node: ast.Assert, frame: Frame) -> Signal:
    truth = condition(ev, node.test, frame)
    if truth is False:
        arguments = [] if node.msg is None else [ev.eval(node.msg, frame)]
        raise ev.raised(AssertionError(*arguments), node, frame)
    if isinstance(truth, Unknown):
        truth.asserted(Context(ev, node, frame.module))
    return None


# definitions and the rest


def s_function(ev: Machine, node: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame) -> Signal:
    bind(ev, bound_name(node), classes.define_function(ev, node, frame), node, frame)
    return None


def s_class(ev: Machine, node: ast.ClassDef, frame: Frame) -> Signal:
    bind(ev, bound_name(node), classes.define_class(ev, node, frame), node, frame)
    return None


def s_import(ev: Machine, node: ast.Import, frame: Frame) -> Signal:
    imports.import_statement(ev, node, frame)
    return None


def s_import_from(ev: Machine, node: ast.ImportFrom, frame: Frame) -> Signal:
    imports.import_from_statement(ev, node, frame)
    return None


def s_match(ev: Machine, node: ast.Match, frame: Frame) -> Signal:
    return matching.run_match(ev, node, frame)


def s_type_alias(ev: Machine, node: Any, frame: Frame) -> Signal:
    try:
        bind(ev, node.name.id, ev.eval(node.value, frame), node, frame)
    except Raised:
        bind(ev, node.name.id, ev.unknown(node, frame, "a type alias that can't be evaluated"), node, frame)
    return None


def s_other(ev: Machine, node: ast.stmt, frame: Frame) -> Signal:
    ev.report.error("ZC0106", "this statement is not supported when compiling", ev.span(node, frame.module))
    return None


class _Table(dict[type, Callable[["Machine", Any, Frame], Signal]]):
    def __missing__(self, key: type) -> Callable[[Machine, Any, Frame], Signal]:
        return s_other


TABLE = _Table(
    {
        ast.Expr: s_expr,
        ast.Assign: s_assign,
        ast.AnnAssign: s_ann_assign,
        ast.AugAssign: augment,
        ast.Delete: s_delete,
        ast.Return: s_return,
        ast.Pass: s_pass,
        ast.Global: s_pass,
        ast.Nonlocal: s_pass,
        ast.Break: s_break,
        ast.Continue: s_continue,
        ast.If: s_if,
        ast.While: s_while,
        ast.For: s_for,
        ast.AsyncFor: s_for,
        ast.Raise: raise_,
        ast.Assert: s_assert,
        ast.Try: try_,
        ast.With: with_,
        ast.AsyncWith: with_,
        ast.FunctionDef: s_function,
        ast.AsyncFunctionDef: s_function,
        ast.ClassDef: s_class,
        ast.Import: s_import,
        ast.ImportFrom: s_import_from,
        ast.Match: s_match,
    }
)
if hasattr(ast, "TryStar"):
    TABLE[ast.TryStar] = try_star
if hasattr(ast, "TypeAlias"):
    TABLE[ast.TypeAlias] = s_type_alias
