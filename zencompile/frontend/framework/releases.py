"""Which release of the framework a program is written for.

Its pinned requirements say it, or what it imports: names came and went. Where both leave a choice it is the newest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from zencompile.frontend.framework.signatures import Release, spans_of_life
from zencompile.frontend.framework.state import Framework

_MINORS = (*range(5, 14), *range(20, 24), *range(30, 48), *range(50, 59), 60, *range(61, 99))
RELEASES: tuple[Release, ...] = tuple((0, minor) for minor in _MINORS)
FUNCTIONS: Release = (0, 40)  # from here on a pipeline calls its steps by their names

_LIVES: dict[str, tuple[Release, Release | None]] = {
    "zenml.step": ((0, 40), None),
    "zenml.pipeline": ((0, 40), None),
    "zenml.get_step_context": ((0, 43), None),
    "zenml.Model": ((0, 55), None),
    "zenml.ModelVersion": ((0, 52), (0, 57)),
    "BaseStepConfig": ((0, 5), (0, 20)),
    "BaseParameters": ((0, 20), (0, 60)),
    "Output": ((0, 5), (0, 60)),
    "StepEnvironment": ((0, 5), (0, 60)),
    "clone_step": ((0, 9), (0, 20)),
    "DockerConfiguration": ((0, 9), (0, 20)),
    "ResourceConfiguration": ((0, 9), (0, 20)),
    "DockerSettings": ((0, 20), None),
    "ResourceSettings": ((0, 20), None),
    "Repository": ((0, 5), (0, 40)),
    "Client": ((0, 20), None),
    "enable_mlflow": ((0, 5), (0, 20)),
    "enable_wandb": ((0, 5), (0, 20)),
    "enable_whylogs": ((0, 5), (0, 12)),
    "enable_whylabs": ((0, 12), (0, 20)),
    "TrainingPipeline": ((0, 5), (0, 13)),
}
_SPECIFIER = re.compile(r"(===|==|~=|!=|<=|>=|=|<|>|\^|~)?\s*v?(\d+)(?:\.(\d+|\*))?(?:\.(\d+|\*))?")


def release_of(framework: Framework, steps_are_given: bool) -> Release:
    """The release that the program is written for. `steps_are_given`: it makes a pipeline of its steps, as programs did
    before pipelines called their steps by their names.
    """
    known = (len(framework.asked), steps_are_given)
    found = framework.releases.get(known)
    if found is None:
        found = framework.releases[known] = _find(framework, steps_are_given)
    return found


def _find(framework: Framework, steps_are_given: bool) -> Release:
    left = RELEASES
    pin = framework.evaluator.project.pin("zenml")
    if pin is not None:
        left = admitted(pin, left) or left
    lives = {**spans_of_life(), **_LIVES}
    for name in sorted(framework.asked):
        since, until = lives.get(name, (RELEASES[0], None))
        left = tuple(r for r in left if r >= since and (until is None or r < until)) or left
    left = tuple(r for r in left if (r < FUNCTIONS) is steps_are_given) or left
    return left[-1]


def admitted(specifiers: str, releases: Iterable[Release]) -> tuple[Release, ...]:
    """Those of the releases that requirements as `>=0.13,<0.20` or `^0.20.5` admit, by their first two numbers."""
    left = tuple(releases)
    for specifier in specifiers.split(","):
        found = _SPECIFIER.match(specifier.strip())
        if found is not None and found[1] != "!=":
            version = (int(found[2]), found[3] or "", found[4] or "")
            left = tuple(r for r in left if _admits(found[1] or "", version, r))
    return left


def _admits(operator: str, version: tuple[int, str, str], release: Release) -> bool:
    major, minor, micro = version
    if minor in ("", "*"):
        bound: Release = (major, 0)
    else:
        bound = (major, int(minor))
    if operator == ">=":
        return release >= bound
    if operator == ">":
        return release > bound or (release == bound and bool(micro))
    if operator == "<=":
        return release <= bound
    if operator == "<":
        return release < bound or (release == bound and micro not in ("", "0"))
    if minor in ("", "*") or (operator == "~=" and not micro):  # `~=0.13` is `>=0.13,<1`
        return release[0] == major and release >= bound
    return release == bound
