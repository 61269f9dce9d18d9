"""The table that rules are entered into, and what they find."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from zencompile_kubeflow.rules.specification import Place, Specification

Finding = tuple[Place, str]  # where, and what is wrong there: a sentence about that place
Check = Callable[[Specification], Iterator[Finding]]


@dataclass(frozen=True)
class Rule:
    """A rule of KFP's server that its SDK doesn't check.

    `source` names the file and the function of kubeflow/pipelines (or of what is said there) that would refuse or
    misread a specification, `since` the first server that has it. `alters` is for what no one refuses, but what arrives
    otherwise than it was written; `ours` for what this compiler never writes, though others may mean it; `warns` for
    what no other specification of the same graph could do better. `help` is what a user can do.
    """

    name: str
    code: str
    source: str
    since: str
    check: Check
    alters: bool = False
    ours: bool = False
    warns: bool = False
    help: str = ""


@dataclass(frozen=True)
class Violation:
    """What breaks a rule."""

    rule: Rule
    place: Place
    message: str

    def __str__(self) -> str:
        return f"{self.place} {self.message}"


TABLE: list[Rule] = []


def rule(code: str, name: str, source: str, since: str = "2.0", **more: Any) -> Callable[[Check], Check]:
    """Enter a check into the table; `more` are further fields of its rule."""

    def enter(check: Check) -> Check:
        TABLE.append(Rule(name, code, source, since, check, **more))
        return check

    return enter
