"""The match statement."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zencompile.frontend.evaluator import comparison
from zencompile.frontend.evaluator.assignment import bind
from zencompile.frontend.evaluator.attributes import get_attribute
from zencompile.frontend.evaluator.plain import force
from zencompile.frontend.evaluator.scopes import Frame
from zencompile.frontend.evaluator.typechecks import is_instance
from zencompile.frontend.evaluator.uncertain import branch
from zencompile.frontend.values import MISSING, Class, Instance, Lazy, Raised, Unknown, Value

if TYPE_CHECKING:
    from zencompile.frontend.evaluator.core import Evaluator

Names = dict[str, Value]


def run_match(ev: Evaluator, node: ast.Match, frame: Frame) -> Any:
    subject = ev.eval(node.subject, frame)
    for index, case in enumerate(node.cases):
        names: Names = {}
        if isinstance(subject, Lazy) and not _irrefutable(case.pattern):
            subject = force(ev, subject, node.subject, frame)
        matched = _match(ev, case.pattern, subject, names, frame)
        if matched is False:
            continue
        if matched is True:
            _bind_all(ev, names, case, frame)
            guard = True if case.guard is None else comparison.condition(ev, case.guard, frame)
            if guard is True:
                return ev.run(case.body, frame)
            if guard is False:
                continue
            matched = guard
        return _undecided(ev, node.cases[index:], matched, frame)
    return None


def _undecided(ev: Evaluator, cases: list[ast.match_case], unknown: Unknown, frame: Frame) -> Any:
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


def _bind_all(ev: Evaluator, names: Names, case: ast.match_case, frame: Frame) -> None:
    for name, value in names.items():
        bind(ev, name, value, case.pattern, frame)


def _match(ev: Evaluator, pattern: ast.pattern, subject: Value, names: Names, frame: Frame) -> bool | Unknown:
    if isinstance(pattern, ast.MatchAs):
        matched = True if pattern.pattern is None else _match(ev, pattern.pattern, subject, names, frame)
        if matched is True and pattern.name:
            names[pattern.name] = subject
        return matched
    subject = force(ev, subject, pattern, frame)
    if isinstance(subject, Unknown):
        return subject
    if isinstance(pattern, ast.MatchValue):
        return comparison.compare_values(ev, "==", subject, ev.eval(pattern.value, frame), pattern, frame)  # type: ignore[no-any-return]
    if isinstance(pattern, ast.MatchSingleton):
        return subject is pattern.value
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


def _all(ev: Evaluator, pairs: list[tuple[ast.pattern, Value]], names: Names, frame: Frame) -> bool | Unknown:
    for pattern, value in pairs:
        matched = _match(ev, pattern, value, names, frame)
        if matched is not True:
            return matched
    return True


def _sequence(ev: Evaluator, pattern: ast.MatchSequence, subject: Value, names: Names, frame: Frame) -> bool | Unknown:
    if not isinstance(subject, (list, tuple, range)):
        return False
    items, patterns = list(subject), pattern.patterns
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


def _mapping(ev: Evaluator, pattern: ast.MatchMapping, subject: Value, names: Names, frame: Frame) -> bool | Unknown:
    if not isinstance(subject, dict):
        return False
    keys = [ev.eval(key, frame) for key in pattern.keys]
    try:
        if not all(key in subject for key in keys):
            return False
    except TypeError:
        return False
    pairs = [(p, subject[k]) for p, k in zip(pattern.patterns, keys, strict=True)]
    matched = _all(ev, pairs, names, frame)
    if matched is True and pattern.rest:
        names[pattern.rest] = {k: v for k, v in subject.items() if k not in keys}
    return matched


def _class(ev: Evaluator, pattern: ast.MatchClass, subject: Value, names: Names, frame: Frame) -> bool | Unknown:
    class_ = ev.eval(pattern.cls, frame)
    matched = is_instance(ev, subject, class_, pattern, frame)
    if matched is not True:
        return matched
    pairs: list[tuple[ast.pattern, Value]] = []
    if isinstance(class_, type) and len(pattern.patterns) == 1:
        pairs.append((pattern.patterns[0], subject))
    elif isinstance(class_, Class) and pattern.patterns:
        order = class_.lookup("__match_args__")
        positional = list(order) if isinstance(order, tuple) else list(class_.fields)
        if len(pattern.patterns) > len(positional):
            return False
        for one, name in zip(pattern.patterns, positional, strict=False):
            pairs.append((one, subject.attributes.get(name, MISSING) if isinstance(subject, Instance) else MISSING))
    for name, one in zip(pattern.kwd_attrs, pattern.kwd_patterns, strict=True):
        try:
            pairs.append((one, get_attribute(ev, subject, name, pattern, frame)))
        except Raised:
            return False
    if any(value is MISSING for _, value in pairs):
        return False
    return _all(ev, pairs, names, frame)
