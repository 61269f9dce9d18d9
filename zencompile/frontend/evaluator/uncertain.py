"""What can't be decided: branches, loops of an unknown number of rounds, and where they leave a block.

Both sides of a branch are tried, each from the same state, and what they leave behind is merged: what they agree on is
known, all else is not. A side that leaves the block (`return`, `break`, `continue`) is kept as a `Departure` with the
state that it left in, and is merged where the two ways meet again: at the end of the round, of the loop, of the
function. While a branch is tried, `evaluator.uncertain` says so: a framework makes that an error if something happens
there that matters.

What a side changes is told by `evaluator.touch` before it changes. Every open `Journal` remembers the first contents.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zencompile.frontend.evaluator import reachable
from zencompile.frontend.evaluator.machine import Machine
from zencompile.frontend.evaluator.scopes import Frame, ModuleState
from zencompile.frontend.values import MISSING, Class, Generator, Instance, Module, Raised, Unknown, Value

Signal = Any
"""How a block is left; None: its end is reached."""

MOST_ROUNDS = 6
"""Rounds in which a loop of unknown length is followed: what still changes then is unknown. Further rounds see what
follows from that; each makes a name unknown that was known, so they come to an end."""

MOST_ROUNDS_OF_OBJECTS = 24
"""Rounds in which only objects change: those that each round makes anew would never be the same."""

_LISTS = (list, bytearray)
_OTHER = object()
"""The contents of what can't be copied, such as an iterator."""


class Journal:
    """The first contents of what changed while it was open."""

    def __init__(self) -> None:
        self.changed: dict[int, tuple[Any, Any]] = {}
        self.opened = next(Generator.births)

    def remember(self, container: Any) -> None:
        if container.__class__ is Generator and container.born > self.opened:
            return  # made while this is open: nothing that is taken back can see it
        if id(container) not in self.changed:
            self.changed[id(container)] = (container, _contents(container))


class Departure:
    """A side of a branch that left the block: how, with which result, and in which state."""

    def __init__(self, signal: Signal, result: Value, frame: Frame, contents: dict[int, tuple[Any, Any]]) -> None:
        self.signal = signal
        self.result = result
        self.names = dict(frame.values)
        self.contents = contents
        self.since = Journal()  # what changes after it left

    def contents_of(self, key: int, container: Any) -> Any:
        """What a container held when this side left."""
        for known in (self.contents, self.since.changed):
            if key in known:
                return known[key][1]
        return _contents(container)


class _Outcome:
    """What a side of a branch came to."""

    def __init__(self, signal: Signal, result: Value, frame: Frame, contents: dict[int, tuple[Any, Any]]) -> None:
        self.signal = signal
        self.result = result
        self.names = dict(frame.values)
        self.contents = contents


def _contents(container: Any) -> Any:
    if isinstance(container, Instance):
        return dict(container.attributes), dict(container.keywords), container.native
    if isinstance(container, Class):
        return dict(container.namespace)
    if isinstance(container, Module):
        return dict(container.state.values) if container.state is not None else {}
    if isinstance(container, Frame):
        return dict(container.values)
    if isinstance(container, (list, set, dict, bytearray)):
        return container.copy()
    if isinstance(container, Generator):
        return _OTHER
    return dict(container.__dict__) if hasattr(container, "__dict__") else _OTHER


def _restore(container: Any, contents: Any) -> None:
    if isinstance(container, Instance):
        _refill(container.attributes, contents[0])
        _refill(container.keywords, contents[1])
        container.native = contents[2]
    elif isinstance(container, _LISTS):
        container[:] = contents
    elif contents is not _OTHER:
        _refill(_mapping_of(container), contents)


def _mapping_of(container: Any) -> Any:
    """The dictionary or set in which a container keeps what it holds."""
    if isinstance(container, Class):
        return container.namespace
    if isinstance(container, Module):
        return container.state.values
    if isinstance(container, Frame):
        return container.values
    return container if isinstance(container, (set, dict)) else container.__dict__


def _refill(target: Any, contents: Any) -> None:
    target.clear()
    target.update(contents)


# branches


def branch(
    ev: Machine, frame: Frame, unknown: Unknown, alternatives: list[Callable[[], Signal]]
) -> tuple[Signal, bool]:
    """Try every alternative from the same state, and merge. The signal, and whether some alternative left the block
    while another goes on.

    An alternative that raises is taken for the one that doesn't happen, as long as another doesn't raise.
    """
    outcomes: list[_Outcome] = []
    first_raised: Raised | None = None
    start = dict(frame.values)
    ev.steps += len(alternatives) * len(start) // 10  # copying and merging is work, too
    for index, alternative in enumerate(alternatives):
        unknown.enter_side(index)
        try:
            outcomes.append(_try(ev, frame, unknown, alternative, start))
        except Raised as raised:
            first_raised = first_raised or raised
            unknown.raised_inside(raised, ev.context(frame.module))
    unknown.leave_sides()
    if not outcomes:
        assert first_raised is not None
        raise first_raised
    return _merge_outcomes(ev, frame, unknown, outcomes)


def _try(
    ev: Machine, frame: Frame, unknown: Unknown, alternative: Callable[[], Signal], start: dict[str, Value]
) -> _Outcome:
    """Do one side of a branch, tell what it came to, and take it back."""
    journal = Journal()
    ev.journals.append(journal)
    depth = len(ev.uncertain)
    ev.uncertain.append(unknown)
    before = frame.result
    departures = len(ev.departures)
    try:
        signal = alternative()
        left = ev.journals if signal is not None else [journal]
        return _Outcome(signal, frame.result, frame, _present(left))
    except Raised:
        forget(ev, departures)
        raise
    finally:
        ev.journals.remove(journal)
        del ev.uncertain[depth:]
        frame.result = before
        for container, contents in journal.changed.values():
            ev.steps += 1
            if contents is _OTHER:
                reachable.mark(ev, container, unknown)
            _restore(container, contents)
        _refill(frame.values, start)


def taken_back(ev: Machine, act: Callable[[], Value]) -> Value:
    """What an act comes to; all that it changes is taken back."""
    journal = Journal()
    ev.journals.append(journal)
    try:
        return act()
    finally:
        ev.journals.remove(journal)
        for container, contents in journal.changed.values():
            _restore(container, contents)


def _present(journals: list[Journal]) -> dict[int, tuple[Any, Any]]:
    """What is now in all that changed since the journals were opened."""
    found: dict[int, tuple[Any, Any]] = {}
    for journal in journals:
        for key, (container, _) in journal.changed.items():
            if key not in found:
                found[key] = (container, _contents(container))
    return found


def _merge_outcomes(ev: Machine, frame: Frame, unknown: Unknown, outcomes: list[_Outcome]) -> tuple[Signal, bool]:
    leaving = [o for o in outcomes if o.signal is not None]
    staying = [o for o in outcomes if o.signal is None]
    signal = leaving[0].signal if leaving else None
    if leaving and (staying or any(o.signal != signal for o in leaving)):
        going_on = staying or [o for o in leaving if o.signal == signal]
        for outcome in outcomes:
            if outcome not in going_on:
                _depart(ev, frame, outcome)
        _merge_into(ev, frame, unknown, going_on)
        return (None if staying else signal), bool(staying)
    _merge_into(ev, frame, unknown.of_both_sides() if len(outcomes) == 2 else unknown, outcomes)
    return signal, False


def _depart(ev: Machine, frame: Frame, outcome: _Outcome) -> None:
    departure = Departure(outcome.signal, outcome.result, frame, outcome.contents)
    departure.names = outcome.names
    ev.departures.append(departure)
    ev.journals.append(departure.since)


def _merge_into(ev: Machine, frame: Frame, unknown: Unknown, outcomes: list[_Outcome]) -> None:
    _refill(frame.values, _merged_names([o.names for o in outcomes], unknown))
    changed = {key: found[0] for o in outcomes for key, found in o.contents.items()}
    for key, container in changed.items():
        now = None if all(key in o.contents for o in outcomes) else _contents(container)
        versions = [o.contents[key][1] if key in o.contents else now for o in outcomes]
        _merge_contents(ev, container, versions, unknown)
    frame.result = _merged([o.result for o in outcomes], unknown)


# where ways meet again


def forget(ev: Machine, mark: int) -> list[Departure]:
    """Take the departures since a mark out of the evaluator's hands."""
    found = ev.departures[mark:]
    del ev.departures[mark:]
    for departure in found:
        ev.journals.remove(departure.since)
    return found


def meet(ev: Machine, frame: Frame, mark: int, signals: tuple[Signal, ...], alive: bool = True) -> bool:
    """Merge those who left by one of the signals since a mark into the present state; whether there were any.

    `alive` is false where the way at hand ended in an exception: it is taken for the one that doesn't happen.
    """
    if len(ev.departures) == mark:
        return False
    joining = [d for d in ev.departures[mark:] if d.signal in signals]
    if not joining:
        return False
    for departure in joining:
        ev.departures.remove(departure)
        ev.journals.remove(departure.since)
    unknown = ev.uncertain[-1] if ev.uncertain else Unknown(None, "which way is taken")
    names = [d.names for d in joining]
    _refill(frame.values, _merged_names([dict(frame.values), *names] if alive else names, unknown))
    results = [d.result for d in joining if d.signal == "return"]
    if results:
        frame.result = _merged([*results, frame.result] if alive else results, unknown)
    changed: dict[int, Any] = {}
    for departure in joining:
        for known in (departure.contents, departure.since.changed):
            changed.update({key: found[0] for key, found in known.items()})
    for key, container in changed.items():
        versions = [d.contents_of(key, container) for d in joining]
        _merge_contents(ev, container, [_contents(container), *versions] if alive else versions, unknown)
    return True


def rounds(ev: Machine, frame: Frame, unknown: Unknown, once: Callable[[], Signal]) -> tuple[Signal, bool]:
    """A loop of an unknown number of rounds: none, one, and further ones until they tell nothing new.

    The answer is that of `branch`.
    """
    left = False
    number = 0
    while True:
        number += 1
        told = len(ev.report.errors)
        before = dict(frame.values)
        watch = Journal()
        ev.journals.append(watch)
        try:
            signal, more = branch(ev, frame, unknown, [once, lambda: None])
        finally:
            ev.journals.remove(watch)
        left = left or more
        new = [name for name, value in frame.values.items() if not _alike(before.get(name, MISSING), value)]
        grown = [c for c, contents in watch.changed.values() if not _alike(contents, _contents(c))]
        grown = [c for c in grown if id(c) not in ev.uncertain_objects]
        goes_on = bool(new) or (bool(grown) and number < MOST_ROUNDS_OF_OBJECTS)
        if signal is not None or len(ev.report.errors) > told or not goes_on:
            return signal, left
        if number >= MOST_ROUNDS - 1:
            frame.values.update(dict.fromkeys(new, unknown))
            for container in grown:
                reachable.mark(ev, container, unknown)


# merging


def _alike(left: Any, right: Any) -> bool:
    """Whether a round told nothing new of a value."""
    if isinstance(left, Unknown) and isinstance(right, Unknown):
        return True
    if isinstance(left, dict) and isinstance(right, dict):
        return list(left) == list(right) and all(_alike(left[key], right[key]) for key in left)
    if type(left) is type(right) and isinstance(left, (list, tuple)):
        return len(left) == len(right) and all(map(_alike, left, right))
    return _same(left, right)


def _same(left: Value, right: Value) -> bool:
    if left is right:
        return True
    if type(left) is not type(right) or isinstance(left, Unknown):
        return False
    if type(left) in (list, dict, set, bytearray) or isinstance(left, Instance):
        return False  # equal, but not one object: a change of one would not be a change of the other
    try:
        return bool(left == right)
    except Exception:
        return False


def _merged(values: list[Value], unknown: Unknown) -> Value:
    first = values[0]
    if all(_same(first, other) for other in values[1:]):
        return first
    if type(first) is tuple and all(type(v) is tuple and len(v) == len(first) for v in values):
        return tuple(_merged(list(items), unknown) for items in zip(*values, strict=True))
    made = unknown.merged(values)
    return Unknown(unknown.span, unknown.reason, unknown.reported) if made is MISSING else made


def _merged_names(versions: list[dict[str, Value]], unknown: Unknown) -> dict[str, Value]:
    names = dict.fromkeys(name for version in versions for name in version)
    return {name: _merged([version.get(name, MISSING) for version in versions], unknown) for name in names}


def _merge_contents(ev: Machine, container: Any, versions: list[Any], unknown: Unknown) -> None:
    """Put what several ways left in a container into it; where they differ in size, all of it is uncertain."""
    if any(version is _OTHER for version in versions):
        reachable.mark(ev, container, unknown)
    elif isinstance(container, Instance):
        attributes = _merged_names([v[0] for v in versions], unknown)
        keywords = _merged_names([v[1] for v in versions], unknown)
        _restore(container, (attributes, keywords, _merged([v[2] for v in versions], unknown)))
    elif isinstance(container, (Class, Module, Frame, ModuleState)):
        _restore(container, _merged_names(versions, unknown))
    elif isinstance(container, _LISTS):
        if len({len(v) for v in versions}) > 1:
            reachable.mark(ev, container, unknown)
        else:
            _restore(container, [_merged(list(items), unknown) for items in zip(*versions, strict=True)])
    elif isinstance(container, dict):
        if any(list(v) != list(versions[0]) for v in versions[1:]):
            reachable.mark(ev, container, unknown)
        else:
            _restore(container, {key: _merged([v[key] for v in versions], unknown) for key in versions[0]})
    elif isinstance(container, set):
        if any(v != versions[0] for v in versions[1:]):
            reachable.mark(ev, container, unknown)
        else:
            _restore(container, versions[0])
    else:
        _restore(container, _merged_names(versions, unknown))
