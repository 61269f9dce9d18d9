"""Branches: each `if` … `elif` … `else` is one DAG without a condition, in which every arm is a DAG with one.

The server lets a task start when all that it waits for has *succeeded* (backend/src/v2/compiler/argocompiler/dag.go,
`depends`), and a task whose condition is false is skipped, which is not that. A DAG of tasks that ran or were skipped
has succeeded: so what follows a branch waits for the DAG around its arms, as with the SDK's `dsl.If` and `dsl.OneOf`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from zencompile.ir import Condition, Map, Value
from zencompile_kubeflow import conditions
from zencompile_kubeflow.bindings import Surroundings
from zencompile_kubeflow.copies import Side
from zencompile_kubeflow.parts import Parts
from zencompile_kubeflow.scopes import Scope
from zencompile_templates.names import Namespace

_NUMBERED = re.compile(r"condition(?:_(\d+))?")


@dataclass(frozen=True)
class Arm:
    """What runs if one test of a branch holds and those before it don't; `test` is None for the `else`."""

    condition: str
    holds: bool
    scope: Scope
    before: tuple[Value, ...]
    test: Value | None
    members: tuple[str, ...]
    beside: tuple[str, ...]  # invocations that have its condition themselves


@dataclass(frozen=True)
class Branch:
    """An `if` with its `elif`s and its `else`, or a part of one (see `parts`)."""

    conditions: tuple[Condition, ...]
    scope: Scope
    arms: tuple[Arm, ...]

    @property
    def id(self) -> str:
        """The first condition's id."""
        return self.conditions[0].id


def branches(controls: Sequence[Map | Condition], names: Namespace, parts: Parts) -> Iterator[Branch]:
    """The branches of a pipeline. A condition that is all that another one's `else` holds is an `elif` of it."""
    known = {one.id: one for one in controls if isinstance(one, Condition)}
    elifs = {one.otherwise[0] for one in known.values() if len(one.otherwise) == 1 and one.otherwise[0] in known}
    for first in known.values():
        if first.id not in elifs:
            chain = [first]
            while len(chain[-1].otherwise) == 1 and chain[-1].otherwise[0] in known:
                chain.append(known[chain[-1].otherwise[0]])
            for number, part in enumerate(parts.of(chain)):
                held = {id_: parts.copies.get(id_) for id_ in part}
                yield _branch(tuple(chain), names, held, f"-{min(part)}" if number else "")


def _branch(chain: tuple[Condition, ...], names: Namespace, part: dict[str, Side | None], suffix: str) -> Branch:
    around = Scope(task=names.of(_name(chain[0].id) + suffix), arms=True)
    tests = tuple(one.test for one in chain)
    sides: list[tuple[str, bool, tuple[Value, ...], Value | None, tuple[str, ...]]]
    sides = [(one.id, True, tests[:number], one.test, one.then) for number, one in enumerate(chain)]
    sides.append((chain[-1].id, False, tests, None, chain[-1].otherwise))
    arms = []
    for condition, holds, before, test, inside in sides:
        scope = Scope(names.of(f"{'if' if holds else 'else'}-{condition}{suffix}"), around, arm=True)
        held = tuple(id_ for id_ in inside if id_ in part)
        beside = tuple(id_ for id_, side in part.items() if side == (condition, holds))
        arms.append(Arm(condition, holds, scope, before, test, held, beside))
    return Branch(chain, around, tuple(arms))


def _name(condition: str) -> str:
    """The name of the DAG around the arms, in the words of KFP's SDK."""
    numbered = _NUMBERED.fullmatch(condition)
    return f"condition-branches-{(numbered[1] or '1') if numbered else condition}"


def lower(branch: Branch, around: Surroundings) -> None:
    """Give the arms that hold something their conditions, and the order in which they are written."""
    held = {arm.scope.task: arm.scope for arm in branch.arms if arm.scope.tasks}
    branch.scope.tasks = {**held, **{name: one for name, one in branch.scope.tasks.items() if name not in held}}
    for arm in branch.arms:
        if arm.scope.tasks or arm.beside:
            reader = conditions.Reader(arm.scope, around)
            try:
                parts = [f"!({conditions.cel(test, reader)})" for test in arm.before]
                if arm.test is not None:
                    own = conditions.cel(arm.test, reader)
                    parts.append(f"({own})" if parts else own)
            except conditions.Unclear as problem:
                span = next(one.span for one in branch.conditions if one.id == arm.condition)
                around.report.error(
                    "ZC0524", f"Kubeflow can't evaluate this condition: {problem}", span, helps=problem.help
                )
                return
            arm.scope.condition = " && ".join(parts)
            arm.scope.reads = dict(arm.scope.parameters)
