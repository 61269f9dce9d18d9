"""Branches that can't be decided: both are tried, and what they leave behind is merged.

While a branch is tried, `evaluator.uncertain` says so (a framework makes that an error if something happens there that
matters), and a journal keeps what it changes, so that the other branch starts from the same state.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zencompile.frontend.values import MISSING, Instance, Raised, Unknown, Value

if TYPE_CHECKING:
    from zencompile.frontend.evaluator.core import Evaluator
    from zencompile.frontend.evaluator.scopes import Frame

Signal = Any  # None: goes on; else one of the statement signals


class Journal:
    """First states of what a branch changes."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.frames: list[dict[str, Value]] = []
        scope: Frame | None = frame
        while scope is not None:
            self.frames.append(scope.values)
            scope = scope.parent
        state = frame.module.state
        if state is not None and all(values is not state.values for values in self.frames):
            self.frames.append(state.values)
        self.names = [dict(values) for values in self.frames]
        self.changed: dict[int, tuple[Any, Any]] = {}

    def remember(self, container: Any) -> None:
        if id(container) not in self.changed:
            self.changed[id(container)] = (container, _contents(container))


class _Outcome:
    def __init__(self, signal: Signal, result: Value, journal: Journal) -> None:
        self.signal = signal
        self.result = result
        self.names = [dict(values) for values in journal.frames]
        self.contents = {key: (c, _contents(c)) for key, (c, _) in journal.changed.items()}


def _contents(container: Any) -> Any:
    if isinstance(container, Instance):
        return dict(container.attributes)
    if isinstance(container, (list, set, dict, bytearray)):
        return container.copy()
    return dict(container.__dict__) if hasattr(container, "__dict__") else None


def _restore(container: Any, contents: Any) -> None:
    if isinstance(container, Instance):
        container.attributes.clear()
        container.attributes.update(contents)
    elif isinstance(container, (list, bytearray)):
        container[:] = contents
    elif isinstance(container, (set, dict)):
        container.clear()
        container.update(contents)
    elif contents is not None and hasattr(container, "__dict__"):
        container.__dict__.clear()
        container.__dict__.update(contents)


def branch(
    evaluator: Evaluator, frame: Frame, unknown: Unknown, alternatives: list[Callable[[], Signal]]
) -> tuple[Signal, bool]:
    """Try every alternative from the same state and merge. The signal, and whether some alternative left the block.

    An alternative that raises is taken for the one that doesn't happen, as long as another doesn't raise.
    """
    outcomes: list[_Outcome] = []
    first_raised: Raised | None = None
    start = Journal(frame)
    # Copying and merging is work, too: branches in loops would multiply it unseen.
    evaluator.steps += len(alternatives) * sum(map(len, start.frames)) // 10
    changed: dict[int, tuple[Any, Any]] = {}
    for alternative in alternatives:
        journal = Journal(frame)
        evaluator.journals.append(journal)
        evaluator.uncertain.append(unknown)
        depth = len(evaluator.uncertain)
        before = frame.result
        try:
            signal = alternative()
            outcomes.append(_Outcome(signal, frame.result, journal))
        except Raised as raised:
            first_raised = first_raised or raised
        finally:
            evaluator.journals.pop()
            del evaluator.uncertain[depth - 1 :]
            frame.result = before
        _take_back(journal, start)
        for key, (container, contents) in journal.changed.items():
            changed.setdefault(key, (container, contents))
            evaluator.steps += len(contents) // 10 if contents else 0
            evaluator.touch(container)
    if not outcomes:
        assert first_raised is not None
        raise first_raised
    return _merge(frame, unknown, outcomes, start, changed)


def _take_back(journal: Journal, start: Journal) -> None:
    for container, contents in journal.changed.values():
        _restore(container, contents)
    for index, (values, names) in enumerate(zip(start.frames, start.names, strict=True)):
        fresh = _evaluated_meanwhile(start, index, values)
        values.clear()
        values.update(names)
        values.update(fresh)


def _evaluated_meanwhile(start: Journal, index: int, values: dict[str, Value]) -> dict[str, Value]:
    """Names that a branch did not bind but made be evaluated: a module's top level is, when first asked for."""
    new = {name: value for name, value in values.items() if name not in start.names[index]}
    state = start.frame.module.state
    if index:
        return new
    if not new or state is None or start.frames[0] is not state.values:
        return {}
    running = state.running[-1] if state.running else -1
    return {n: v for n, v in new.items() if all(unit.index != running for unit in state.needs.get(n, ()))}


def _merge(
    frame: Frame, unknown: Unknown, outcomes: list[_Outcome], start: Journal, changed: dict[int, tuple[Any, Any]]
) -> tuple[Signal, bool]:
    staying = [o for o in outcomes if o.signal is None] or outcomes
    for index, values in enumerate(start.frames):
        versions = [o.names[index] for o in staying]
        fresh = {k: v for version in versions for k, v in _evaluated_meanwhile(start, index, version).items()}
        versions = [{**fresh, **version} for version in versions]
        _merge_names(values, versions, unknown)
    for key, (container, contents) in changed.items():
        versions = [o.contents[key][1] if key in o.contents else contents for o in staying]
        _restore(container, _merge_contents(container, versions, unknown))
    leaving = [o for o in outcomes if o.signal is not None]
    if not leaving:
        return None, False
    if len(leaving) == len(outcomes):
        signal = leaving[0].signal
        if all(o.signal == signal for o in leaving):
            frame.result = _merge_values([o.result for o in leaving], unknown)
            return signal, False
    if frame.maybe is None:
        frame.maybe = []
    frame.maybe.extend(o.result for o in leaving if o.signal == "return")
    return None, True


def _same(left: Value, right: Value) -> bool:
    if left is right:
        return True
    if type(left) is not type(right) or isinstance(left, Unknown):
        return False
    try:
        return bool(left == right)
    except Exception:
        return False


def _merge_values(values: list[Value], unknown: Unknown) -> Value:
    first = values[0]
    if all(_same(first, other) for other in values[1:]):
        return first
    if all(type(v) is tuple and len(v) == len(first) for v in values if type(first) is tuple) and type(first) is tuple:
        return tuple(_merge_values(list(items), unknown) for items in zip(*values, strict=True))
    return Unknown(unknown.span, unknown.reason, unknown.reported)


def _merge_names(values: dict[str, Value], versions: list[dict[str, Value]], unknown: Unknown) -> None:
    merged: dict[str, Value] = {}
    for name in dict.fromkeys(name for version in versions for name in version):
        found = [version.get(name, MISSING) for version in versions]
        merged[name] = _merge_values(found, unknown)
    values.clear()
    values.update(merged)


def _merge_contents(container: Any, versions: list[Any], unknown: Unknown) -> Any:
    if isinstance(container, (Instance, dict)):
        merged: dict[Any, Value] = {}
        _merge_names(merged, versions, unknown)
        return merged
    if isinstance(container, list):
        if len({len(v) for v in versions}) == 1:
            return [_merge_values(list(items), unknown) for items in zip(*versions, strict=True)]
        common: list[Value] = []
        for items in zip(*versions, strict=False):
            if not all(_same(items[0], other) for other in items[1:]):
                break
            common.append(items[0])
        return [*common, Unknown(unknown.span, unknown.reason, unknown.reported)]
    if isinstance(container, set):
        if all(v == versions[0] for v in versions):
            return versions[0]
        return {*set.intersection(*versions), Unknown(unknown.span, unknown.reason, unknown.reported)}
    return versions[0]
