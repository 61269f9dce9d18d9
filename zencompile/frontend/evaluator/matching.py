"""The match statement."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from zencompile.frontend.evaluator.assignment import bind
from zencompile.frontend.evaluator.machine import Machine
from zencompile.frontend.evaluator.scopes import Frame
from zencompile.frontend.evaluator.signs import condition
from zencompile.frontend.evaluator.uncertain import branch
from zencompile.frontend.values import Context, Lazy, Raised, Symbol, Unknown, Value, operations
from zencompile.frontend.values.classes import is_a
from zencompile.frontend.values.plain import unwrap

Names = dict[str, Value]


def run_match(ev: Machine, node: ast.Match, frame: Frame) -> Any:
    index, matched = select(ev, node, ev.eval(node.subject, frame), frame)
    if isinstance(matched, Unknown):
        return _undecided(ev, node.cases[index:], matched, frame)
    return ev.run(node.cases[index].body, frame) if matched else None


def select(ev: Machine, node: ast.Match, subject: Value, frame: Frame) -> tuple[int, bool | Unknown]:
    """The case that matches, with its names bound; or the first of which it is not known."""
    for index, case in enumerate(node.cases):
        names: Names = {}
        if isinstance(subject, Lazy) and not _irrefutable(case.pattern):
            subject = Context(ev, node.subject, frame.module).force(subject)
        matched = _match(ev, case.pattern, subject, names, frame)
        if matched is True:
            _bind_all(ev, names, case, frame)
            matched = True if case.guard is None else condition(ev, case.guard, frame)
        if matched is not False:
            return index, matched
    return len(node.cases), False


def _undecided(ev: Machine, cases: list[ast.match_case], unknown: Unknown, frame: Frame) -> Any:
    unknown = unknown.partial(Context(ev, cases[0].pattern, frame.module))

    def alternative(case: ast.match_case) -> Callable[[], Any]:
        def act() -> Any:
            for name in _captures(case.pattern):
                bind(ev, name, unknown, case.pattern, frame)
            return ev.run(case.body, frame)

        return act

    alternatives = [alternative(case) for case in cases]
    if not (_irrefutable(cases[-1].pattern) and cases[-1].guard is None):
        alternatives.append(lambda: None)
    signal, left = branch(ev, frame, unknown, alternatives)
    if left:
        ev.uncertain.append(unknown)
    return signal


def _irrefutable(pattern: ast.pattern) -> bool:
    return isinstance(pattern, ast.MatchAs) and pattern.pattern is None


def _captures(pattern: ast.pattern) -> list[str]:
    names = []
    for inner in ast.walk(pattern):
        name = inner.rest if isinstance(inner, ast.MatchMapping) else getattr(inner, "name", None)
        if name:
            names.append(name)
    return names


def _bind_all(ev: Machine, names: Names, case: ast.match_case, frame: Frame) -> None:
    for name, value in names.items():
        bind(ev, name, value, case.pattern, frame)


def _match(ev: Machine, pattern: ast.pattern, subject: Value, names: Names, frame: Frame) -> bool | Unknown:
    if isinstance(pattern, ast.MatchAs):
        matched = True if pattern.pattern is None else _match(ev, pattern.pattern, subject, names, frame)
        if matched is True and pattern.name:
            names[pattern.name] = subject
        return matched
    context = Context(ev, pattern, frame.module)
    subject = context.force(subject)
    if isinstance(subject, Unknown):
        return subject.forgotten()
    if isinstance(pattern, ast.MatchValue):
        same = operations.compare("==", subject, ev.eval(pattern.value, frame), context)
        return operations.truth(same, context)
    if isinstance(pattern, ast.MatchSingleton):
        return operations.is_same(subject, pattern.value, context)
    if isinstance(pattern, ast.MatchOr):
        for one in pattern.patterns:
            matched = _match(ev, one, subject, names, frame)
            if matched is not False:
                return matched
        return False
    if isinstance(pattern, ast.MatchSequence):
        return _sequence(ev, pattern, subject, names, frame)
    if isinstance(pattern, ast.MatchMapping):
        return _mapping(ev, pattern, subject, names, frame)
    if isinstance(pattern, ast.MatchClass):
        return _class(ev, pattern, subject, names, frame)
    return False


def _all(ev: Machine, pairs: list[tuple[ast.pattern, Value]], names: Names, frame: Frame) -> bool | Unknown:
    for pattern, value in pairs:
        matched = _match(ev, pattern, value, names, frame)
        if matched is not True:
            return matched
    return True


def _is_data(subject: Value, kind: str, context: Context) -> bool | Unknown:
    """Whether a subject is a sequence or mapping, as patterns take it: texts are none."""
    if isinstance(unwrap(subject), (str, bytes, bytearray)):
        return False
    return operations.is_instance(subject, Symbol(f"collections.abc.{kind}"), context)


def _sequence(ev: Machine, pattern: ast.MatchSequence, subject: Value, names: Names, frame: Frame) -> bool | Unknown:
    context = Context(ev, pattern, frame.module)
    matched = _is_data(subject, "Sequence", context)
    items = operations.all_items(subject, context) if matched is True else []
    if matched is not True or isinstance(items, Unknown):
        return items.forgotten() if isinstance(items, Unknown) else matched
    patterns = pattern.patterns
    star = next((i for i, p in enumerate(patterns) if isinstance(p, ast.MatchStar)), None)
    if star is None:
        return len(items) == len(patterns) and _all(ev, list(zip(patterns, items, strict=True)), names, frame)
    after = len(patterns) - star - 1
    if len(items) < star + after:
        return False
    end = len(items) - after
    pairs = list(zip(patterns[:star], items[:star], strict=True))
    pairs += zip(patterns[star + 1 :], items[end:], strict=True)
    matched = _all(ev, pairs, names, frame)
    starred = patterns[star]
    if matched is True and isinstance(starred, ast.MatchStar) and starred.name:
        names[starred.name] = items[star:end]
    return matched


def _mapping(ev: Machine, pattern: ast.MatchMapping, subject: Value, names: Names, frame: Frame) -> bool | Unknown:
    context = Context(ev, pattern, frame.module)
    matched = _is_data(subject, "Mapping", context)
    if matched is not True:
        return matched
    keys = [operations.key(ev.eval(key, frame), context) for key in pattern.keys]
    for key in keys:
        there = operations.contains(subject, key, context)
        if there is not True:
            return there
    pairs = [(p, operations.get_item(subject, k, context)) for p, k in zip(pattern.patterns, keys, strict=True)]
    matched = _all(ev, pairs, names, frame)
    if matched is True and pattern.rest:
        found = operations.mapping(subject, context)
        rest = found.forgotten() if isinstance(found, Unknown) else {k: v for k, v in found.items() if k not in keys}
        names[pattern.rest] = rest
    return matched


_WHOLE = (bool, bytearray, bytes, dict, float, frozenset, int, list, set, str, tuple)
"""Types whose one positional pattern is for the subject itself."""


def _class(ev: Machine, pattern: ast.MatchClass, subject: Value, names: Names, frame: Frame) -> bool | Unknown:
    context = Context(ev, pattern, frame.module)
    class_ = context.force(ev.eval(pattern.cls, frame))
    matched = operations.is_instance(subject, class_, context)
    if matched is not True:
        return matched
    pairs: list[tuple[ast.pattern, Value]] = []
    attributes = list(zip(pattern.kwd_attrs, pattern.kwd_patterns, strict=True))
    if class_ in _WHOLE and len(pattern.patterns) == 1:
        pairs.append((pattern.patterns[0], subject))
    elif pattern.patterns:
        positional = _match_arguments(class_, context)
        if isinstance(positional, Unknown):
            return positional.forgotten()
        if len(pattern.patterns) > len(positional):
            text = f"accepts {len(positional)} positional sub-patterns ({len(pattern.patterns)} given)"
            raise context.raise_(TypeError(f"{operations.described(class_)} {text}"))
        attributes = [*zip(positional, pattern.patterns, strict=False), *attributes]
    for name, one in attributes:
        try:
            pairs.append((one, operations.get_attribute(subject, name, context)))
        except Raised as raised:
            if is_a(raised.value, AttributeError):
                return False
            raise
    return _all(ev, pairs, names, frame)


def _match_arguments(class_: Value, context: Context) -> tuple[str, ...] | Unknown:
    try:
        names = operations.get_attribute(class_, "__match_args__", context)
    except Raised as raised:
        if is_a(raised.value, AttributeError):
            return ()
        raise
    return names.forgotten() if isinstance(names, Unknown) else tuple(names)
