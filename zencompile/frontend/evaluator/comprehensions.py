"""Comprehensions and generator expressions."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from zencompile.frontend.evaluator.assignment import assign
from zencompile.frontend.evaluator.machine import Machine
from zencompile.frontend.evaluator.scopes import Frame
from zencompile.frontend.evaluator.signs import condition
from zencompile.frontend.evaluator.uncertain import branch
from zencompile.frontend.values import Context, Generator, Unended, Unknown, Value, operations


def _scope(ev: Machine, frame: Frame) -> Frame:
    inner = Frame(frame.module, {}, frame)
    inner.qualname = frame.qualname
    inner.function = frame.function
    return inner


class _Endless(Exception):
    """The number of rounds is not known."""

    def __init__(self, unknown: Unknown) -> None:
        self.unknown = unknown


def _rounds(
    ev: Machine, generators: list[ast.comprehension], index: int, frame: Frame, outer: Frame, act: Callable[[], None]
) -> None:
    generator = generators[index]
    iterable = ev.eval(generator.iter, outer if index == 0 else frame)
    items = operations.iterate(iterable, Context(ev, generator.iter, frame.module))
    if isinstance(items, Unknown):
        unknown = items

        def once() -> None:
            assign(ev, generator.target, unknown, frame)
            act()

        branch(ev, frame, unknown, [once, lambda: None])
        raise _Endless(unknown)
    for item in items:
        ev.steps += 1
        if ev.steps > ev.limit:
            ev.out_of_steps(generator.iter, frame)
        if item.__class__ is Unended:
            raise _Endless(item)
        assign(ev, generator.target, item, frame)
        wanted = True
        for test in generator.ifs:
            truth = condition(ev, test, frame)
            if isinstance(truth, Unknown):
                raise _Endless(truth)
            if not truth:
                wanted = False
                break
        if not wanted:
            continue
        if index + 1 < len(generators):
            _rounds(ev, generators, index + 1, frame, outer, act)
        else:
            act()


def list_comprehension(ev: Machine, node: ast.ListComp, frame: Frame) -> Value:
    inner, result = _scope(ev, frame), []
    element, handler = node.elt, ev.expression_table[node.elt.__class__]
    try:
        _rounds(ev, node.generators, 0, inner, frame, lambda: result.append(handler(ev, element, inner)))
    except _Endless as endless:
        return endless.unknown
    return result


def set_comprehension(ev: Machine, node: ast.SetComp, frame: Frame) -> Value:
    inner, result = _scope(ev, frame), set()

    def act() -> None:
        result.add(operations.key(ev.eval(node.elt, inner), Context(ev, node.elt, inner.module)))

    try:
        _rounds(ev, node.generators, 0, inner, frame, act)
    except _Endless as endless:
        return endless.unknown
    return next((item.forgotten() for item in result if isinstance(item, Unknown)), result)


def dict_comprehension(ev: Machine, node: ast.DictComp, frame: Frame) -> Value:
    inner, result = _scope(ev, frame), {}

    def act() -> None:
        key = operations.key(ev.eval(node.key, inner), Context(ev, node.key, inner.module))
        result[key] = ev.eval(node.value, inner)

    try:
        _rounds(ev, node.generators, 0, inner, frame, act)
    except _Endless as endless:
        return endless.unknown
    return result


def generator(ev: Machine, node: ast.GeneratorExp, frame: Frame) -> Value:
    inner = _scope(ev, frame)
    first = node.generators[0]
    iterable = ev.eval(first.iter, frame)
    if isinstance(iterable, Unknown):
        iterable = iterable.forgotten()

        def once() -> None:
            ev.eval(node.elt, inner)

        assign(ev, first.target, iterable, inner)
        branch(ev, inner, iterable, [once, lambda: None])
        return iterable
    return Generator(_generate(ev, node, iterable, inner))


def _generate(ev: Machine, node: ast.GeneratorExp, iterable: Value, frame: Frame) -> Any:
    def rounds(index: int, source: Value) -> Any:
        comprehension = node.generators[index]
        items = operations.iterate(source, Context(ev, comprehension.iter, frame.module))
        if isinstance(items, Unknown):
            assign(ev, comprehension.target, items, frame)
            yield Unended(items.span, items.reason, items.reported)
            return
        for item in items:
            ev.steps += 1
            if ev.steps > ev.limit:
                ev.out_of_steps(node, frame)
            if item.__class__ is Unended:
                yield item
                return
            assign(ev, comprehension.target, item, frame)
            verdict: bool | Unknown = True
            for test in comprehension.ifs:
                verdict = condition(ev, test, frame)
                if verdict is not True:
                    break
            if verdict is False:
                continue
            if isinstance(verdict, Unknown):
                yield Unended(verdict.span, verdict.reason, verdict.reported)
                return
            if index + 1 < len(node.generators):
                yield from rounds(index + 1, ev.eval(node.generators[index + 1].iter, frame))
            else:
                yield ev.eval(node.elt, frame)

    return rounds(0, iterable)
