"""Which environments share an image, and which layers of it.

`exact`: each environment has an image of its own. `share`: likewise, but an environment that contains another installs
what the smaller one needs first, so that both have these layers in common. `merge`: environments whose requirements are
compatible have one image with the requirements of all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from zencompile.ir import Environment
from zencompile.ir.literals import canonical
from zencompile.ir.schema import as_json
from zencompile.passes.context import Policy
from zencompile.passes.requirements import Contradiction, join, parse


class Plan(NamedTuple):
    """An image to make: the environments that run in it, by key, what it holds, and the lengths of its layers.

    `label` is a word for people, which tells the images of a project apart.
    """

    keys: tuple[str, ...]
    environment: Environment
    layers: tuple[int, ...] = ()
    label: str = ""


def plan(environments: Mapping[str, Environment], policy: Policy) -> tuple[Plan, ...]:
    """The images for these environments, which are normalised and differ from each other, in their order."""
    if policy == "merge":
        return tuple(_merged(environments))
    if policy == "share":
        return tuple(Plan((key,), *_layered(env, environments)) for key, env in environments.items())
    return tuple(Plan((key,), env) for key, env in environments.items())


def _but(environment: Environment, *fields: str) -> str:
    """The environment without some fields, as a text to compare."""
    return canonical(as_json(environment.model_copy(update=dict.fromkeys((*fields, "spans"), ()))))


# What may differ between environments that share layers: these come after the requirements.
_LATER = ("requirements", "variables", "user", "project_install", "include_code", "repository", "tag")


def _layered(environment: Environment, others: Mapping[str, Environment]) -> tuple[Environment, tuple[int, ...]]:
    """The environment with its requirements in the order of its layers, and their lengths."""
    base = _but(environment, *_LATER)
    alike = {e.requirements for e in others.values() if e.requirements and _but(e, *_LATER) == base}
    layers: list[tuple[str, ...]] = []
    whole = environment.requirements
    while True:
        smaller = [r for r in alike if set(r) < set(whole)]
        if not smaller or environment.skip_build:
            break
        largest = min(smaller, key=lambda r: (-len(r), r))
        layers.insert(0, tuple(r for r in whole if r not in largest))
        whole = largest
    if not layers:
        return environment, ()
    layers.insert(0, whole)
    ordered = tuple(r for layer in layers for r in layer)
    return environment.model_copy(update={"requirements": ordered}), tuple(map(len, layers))


def _merged(environments: Mapping[str, Environment]) -> Iterator[Plan]:
    plans: dict[str, list[Plan]] = {}
    for key, environment in environments.items():
        group = plans.setdefault(_but(environment, "requirements", "apt_packages"), [])
        for place, held in enumerate(group):
            joined = None if environment.skip_build else _join(held.environment, environment)
            if joined is not None:
                group[place] = Plan((*held.keys, key), joined)
                break
        else:
            group.append(Plan((key,), environment))
    for group in plans.values():
        yield from group


def _join(one: Environment, other: Environment) -> Environment | None:
    """An environment with what both need, or None if they can't be one."""
    try:
        lines = join([parse(text) for text in (*one.requirements, *other.requirements)])
    except Contradiction:
        return None
    packages = tuple(sorted({*one.apt_packages, *other.apt_packages}))
    return one.model_copy(update={"requirements": tuple(line.text for line in lines), "apt_packages": packages})
