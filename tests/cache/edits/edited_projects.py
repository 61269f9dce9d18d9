"""Projects of many sites: one pipeline that runs the steps of all and prints their results."""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from site_texts import Block, kinds, places
from sites import Choice, Site
from trees import Node, Tree

CHILDREN = ("a child", "a script", "a fork")
"""Places that are a process of their own."""


@dataclass
class World:
    """A state of a project: its files, those around it, and the environment variables."""

    files: Tree = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)


def world(sites: Sequence[Site], choices: dict[str, Choice]) -> World:
    """The project of these sites, as `choices` has them."""
    made = World({"site": Node(None), "outside": Node(None)})
    parts = [site.part(choices[site.name]) for site in sites]
    for part in parts:
        made.files |= part.files
        made.variables |= part.variables
    heads = "".join(part.head for part in parts)
    steps = "".join(f"\n\n{part.step}" for part in parts if part.step)
    names = ", ".join(f"r{site.name}: str" for site in sites)
    results = ", ".join(f'"{site.name}": r{site.name}' for site in sites)
    calls = "".join(f"        r{site.name}={part.call},\n" for site, part in zip(sites, parts, strict=True))
    text = (
        f"import json\n\nfrom zenml import pipeline, step\n\n{heads}{steps}\n\n"
        f"@step(enable_cache=False)\ndef report({names}) -> None:\n"
        f'    print("RESULTS", json.dumps({{{results}}}), flush=True)\n\n\n'
        f"@pipeline\ndef p():\n    report(\n{calls}    )\n\n\n"
        'if __name__ == "__main__":\n    p()\n'
    )
    made.files["project/run.py"] = Node(text.encode())
    return made


def usable(kind: Block) -> bool:
    """Whether this Python has what the kind's code needs."""
    version = tuple(map(int, kind.marks.get("python", "3.10").split(".")))
    return sys.version_info >= version and find_spec(kind.marks.get("needs", "json")) is not None


def fitting(kind: Block) -> list[Block | None]:
    """The places that a kind can be in."""
    if kind.section("steps") is not None:
        return [None]
    return [place for place in places() if not _clashing(kind, place)]


def _clashing(kind: Block, place: Block) -> bool:
    """Whether a kind can't be in a place: children of children, and files that each step's process writes at import
    while another's reads them.
    """
    if kind.group == "children" and place.name in CHILDREN:
        return True
    return "writes" in kind.marks and "early" in place.marks


def drawn(chance: random.Random, number: int, only: str = "") -> list[Block]:
    """So many kinds in an order by chance, each as often as the others. `only` is a part of their group or name."""
    every = [kind for kind in kinds() if usable(kind) and only in f"{kind.group}: {kind.name}"]
    order: list[Block] = []
    while len(order) < number:
        order += chance.sample(every, len(every))
    return order[:number]


def placed(chance: random.Random, chosen: Sequence[Block], root: Path) -> list[Site]:
    """The sites of one project below `root`: each kind in a place by chance."""
    return [_site(chance, kind, number, root) for number, kind in enumerate(chosen, 1)]


def _site(chance: random.Random, kind: Block, number: int, root: Path) -> Site:
    place = chance.choice(fitting(kind))
    in_run = place is not None and "alone" not in place.marks and chance.random() < 0.25
    return Site(kind, place, number, in_run, root)
