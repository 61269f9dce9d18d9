"""Parts of branches: a branch is several DAGs of one condition where one would make a step wait for too much.

The DAG of a branch starts when everything has succeeded that anything in it needs, and what needs anything in it starts
when all of it has (the server: `argocompiler/dag.go`, `depends`). In a run that goes on after a failure, each such wait
that the program doesn't ask for would turn a failure into a step that doesn't run. What hands on outputs stays in one
part, since they leave no arm.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from zencompile.diagnostics import Report
from zencompile.ir import Condition, Invocation, Map, OutputRef, Pipeline, Value, merges
from zencompile.ir.order import layers, references, upstream
from zencompile_kubeflow.copies import Side

_OURS = "zencompile_runtime."  # the steps that the compiler adds: what they wait for, nobody has written
_CHECK = "zencompile_runtime.computing:check"


class Parts:
    """Divides the branches of a pipeline. `copies` are invocations beside arms."""

    def __init__(self, pipeline: Pipeline, copies: Mapping[str, Side], report: Report) -> None:
        self.pipeline, self.copies, self.report = pipeline, copies, report
        self.controls = {one.id: one for one in pipeline.controls}

    def of(self, chain: Sequence[Condition]) -> list[frozenset[str]]:
        """The parts of a branch: which members of its arms, and which copies beside them, are in each."""
        conditions = {one.id for one in chain}
        beside = [id_ for id_, (condition, _) in self.copies.items() if condition in conditions]
        held = [id_ for one in chain for id_ in (*one.then, *one.otherwise) if id_ not in conditions]
        whole = frozenset((*held, *beside))
        if self.pipeline.execution_mode != "continue_on_failure" or self._waits.added(self._ids(whole)) is None:
            return [whole]
        found: list[frozenset[str]] = []
        for part in self._bound([*held, *beside]):
            if found and self._waits.added(self._ids(found[-1] | part)) is None:
                found[-1] |= part
            else:
                found.append(part)
                self._check(part)
        return found

    def _check(self, part: frozenset[str]) -> None:
        added = self._waits.added(self._ids(part))
        if added is not None:
            waiting, for_ = added
            self.report.error(
                "ZC0524",
                f"on Kubeflow, `{waiting}` would wait for `{for_}`, whose failure has nothing to do with it",
                self._invocations[for_].span,
                notes="a branch is a DAG: it starts and ends as a whole, and its outputs stay in it",
                helps="wait for it with `.wait()`, before the branch or in it",
            )

    @cached_property
    def _invocations(self) -> dict[str, Invocation]:
        return {one.id: one for one in self.pipeline.invocations}

    @cached_property
    def _waits(self) -> _Waits:
        sides = []
        for one in self.controls.values():
            if isinstance(one, Condition):
                tests = tuple(_producers((one.test,)))
                sides += [(frozenset(self._side((one.id, holds))), tests) for holds in (True, False)]
        return _Waits(self.pipeline, sides)

    def _ids(self, members: Iterable[str]) -> frozenset[str]:
        """The invocations among members and in the controls among them."""
        return frozenset(self._below(members))

    def _below(self, members: Iterable[str]) -> Iterator[str]:
        for id_ in members:
            control = self.controls.get(id_)
            if control is None:
                yield id_
            elif isinstance(control, Map):
                yield from self._below(control.body)
            else:
                yield from self._side((id_, True))
                yield from self._side((id_, False))

    def _side(self, side: Side) -> Iterator[str]:
        """The invocations on one side of a condition."""
        control = self.controls[side[0]]
        assert isinstance(control, Condition)
        yield from self._below(control.then if side[1] else control.otherwise)
        yield from (id_ for id_, other in self.copies.items() if other == side)

    # -- what can't be divided -----------------------------------------------------------------------------------------

    def _bound(self, members: list[str]) -> list[frozenset[str]]:
        """Members in groups, as outputs of one are inputs of another one, or are chosen from together."""
        home = {id_: member for member in members for id_ in self._below((member,))}
        group = {member: {member} for member in members}
        for ids in self._ties(members, home):
            first, *others = dict.fromkeys(home[id_] for id_ in ids if id_ in home) or [""]
            for other in others:
                if group[other] is not group[first]:
                    group[first] |= group[other]
                    group |= dict.fromkeys(group[other], group[first])
        return list(dict.fromkeys(frozenset(group[member]) for member in members))

    def _ties(self, members: list[str], home: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
        """Invocations that stay together."""
        for one in self.pipeline.invocations:
            if one.id in home:
                checks = (id_ for id_ in one.after if self._entrypoint(id_) == _CHECK)
                yield (one.id, *_producers(one.inputs.values()), *checks)
        for id_ in self._controls(members):
            yield (next(self._below((id_,)), ""), *_producers(_values(self.controls[id_])))
        yield from self._chosen

    @cached_property
    def _chosen(self) -> list[tuple[str, ...]]:
        """What all merges choose from."""
        given = itertools.chain(
            (value for one in self.pipeline.invocations for value in one.inputs.values()),
            (value for control in self.pipeline.controls for value in _values(control)),
        )
        return [tuple(_producers((merge,))) for value in given for merge in merges(value)]

    def _controls(self, members: Iterable[str]) -> Iterator[str]:
        for id_ in members:
            control = self.controls.get(id_)
            if control is not None:
                yield id_
                inner = control.body if isinstance(control, Map) else (*control.then, *control.otherwise)
                yield from self._controls(inner)

    def _entrypoint(self, id_: str) -> str:
        return self.pipeline.steps[self._invocations[id_].step].entrypoint if id_ in self._invocations else ""


def _values(control: Map | Condition) -> Iterable[Value]:
    return control.over.values() if isinstance(control, Map) else (control.test,)


def _producers(values: Iterable[Value]) -> Iterator[str]:
    for value in values:
        yield from (one.invocation for one in references(value) if isinstance(one, OutputRef))


class _Waits:
    """What invocations wait for, as sets of bits: `near` what they need or what steps of the compiler need for them,
    `all` what they need at all, whichever of the `sides` of conditions are taken.
    """

    def __init__(self, pipeline: Pipeline, sides: Sequence[tuple[frozenset[str], tuple[str, ...]]]) -> None:
        needs = upstream(pipeline.invocations, pipeline.controls)
        self.ids = [id_ for layer in layers(needs) for id_ in layer]
        self.numbers = {id_: number for number, id_ in enumerate(self.ids)}
        ours = {one.id for one in pipeline.invocations if pipeline.steps[one.step].entrypoint.startswith(_OURS)}
        self.theirs = sum(1 << number for number, id_ in enumerate(self.ids) if id_ not in ours)
        self.near, self.all = [0] * len(self.ids), [0] * len(self.ids)
        self.users = [0] * len(self.ids)
        self.sides = [sum(1 << self.numbers[id_] for id_ in side if id_ in self.numbers) for side, _ in sides]
        self.tests = [[self.numbers[id_] for id_ in tests if id_ in self.numbers] for _, tests in sides]
        self.around = [{n for n, side in enumerate(self.sides) if side >> one & 1} for one in range(len(self.ids))]
        for number, id_ in enumerate(self.ids):
            for above in (self.numbers[one] for one in needs[id_] if one in self.numbers):
                self.all[number] |= self._through(above, self.around[number])
                self.near[number] |= 1 << above | (self.near[above] if self.ids[above] in ours else 0)
            for above in _bits(self.near[number]) if id_ not in ours else ():
                self.users[above] |= 1 << number

    def _through(self, number: int, around: set[int]) -> int:
        """What is waited for with one that may not run, by one that has these sides `around` it.

        It, what is on the same sides, and what the conditions ask for.
        """
        found = self.all[number] | 1 << number
        sides = self.around[number] - around
        for side in sides:
            found &= self.sides[side]
        for test in {test for side in sides for test in self.tests[side]}:
            found |= self._through(test, around)
        return found

    def added(self, ids: Iterable[str]) -> tuple[str, str] | None:
        """Of invocations as one DAG: one that would wait for another one without need; None if there is none."""
        members = needed = users = 0
        for number in (self.numbers[id_] for id_ in ids if id_ in self.numbers):
            members |= 1 << number
            needed |= self.near[number]
            users |= self.users[number]
        needed &= self.theirs & ~members
        for waiting, wanted in ((members & self.theirs, needed), (users & ~members, needed | members & self.theirs)):
            for one in _bits(waiting):
                missing = wanted & ~self.all[one] & ~(1 << one)
                if missing:
                    return self.ids[one], self.ids[next(_bits(missing))]
        return None


def _bits(number: int) -> Iterator[int]:
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest
