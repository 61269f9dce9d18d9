"""Generated edits: a run with the cache gives what a run without one gives, and edits that change nothing are hits."""

from __future__ import annotations

import ast
import random
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

import pytest
from campaigns import Finding, Plan, findings
from edited_projects import drawn, fitting, placed, world
from neutral_edits import EDITS, neutral
from site_texts import kinds, places
from tallies import counts, share, table, told

MANY = Plan(projects=2, sites=40, rounds=2, seed=16)
"""Steps that share modules: what one depends on, others do."""
FEW = Plan(projects=16, sites=2, rounds=2, seed=18)
"""Steps with nearly nothing beside them: no other's dependency runs them again."""
NEUTRAL = 0.9
"""The share of neutral edits, and of states that were there before, that must be hits where little else is there: some
kinds look at what the edits change, or can't be observed.
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[Plan, list[Finding]]:
    """What was seen of the projects of each plan."""
    root = tmp_path_factory.mktemp("edits")
    with ProcessPoolExecutor(2) as pool:
        parts = {
            plan: [pool.submit(findings, plan, index, root / str(plan.seed)) for index in range(plan.projects)]
            for plan in (MANY, FEW)
        }
        return {plan: [one for part in several for one in part.result()] for plan, several in parts.items()}


def _told(found: list[Finding], *sorts: str) -> str:
    return "\n".join([*(told(one) for one in found if one.sort in sorts), "", table(found)])


@pytest.mark.parametrize("plan", [MANY, FEW], ids=["many", "few"])
def test_no_result_is_an_old_one(found: dict[Plan, list[Finding]], plan: Plan) -> None:
    """After each edit that has an effect, the result is that of a run without a cache."""
    every = counts(found[plan])
    assert every["fresh"] + every["stale"] > plan.projects * plan.sites * plan.rounds // 2
    assert every["stale"] == 0, _told(found[plan], "stale")


@pytest.mark.parametrize("plan", [MANY, FEW], ids=["many", "few"])
def test_every_project_runs(found: dict[Plan, list[Finding]], plan: Plan) -> None:
    """No generated project is refused, and no step of one fails."""
    assert counts(found[plan])["broken"] == 0, _told(found[plan], "broken")


def test_edits_that_change_nothing_are_hits(found: dict[Plan, list[Finding]]) -> None:
    """Comments, formatting, other files: the step isn't run again."""
    every = counts(found[FEW])
    assert share(every["neutral"], every["missed"]) >= NEUTRAL, _told(found[FEW], "missed")


def test_going_back_is_a_hit(found: dict[Plan, list[Finding]]) -> None:
    """The cache keeps what was there before an edit."""
    every = counts(found[FEW])
    assert share(every["back"], every["lost"]) >= NEUTRAL, _told(found[FEW], "lost")


def test_a_seed_decides_its_projects(tmp_path: Path) -> None:
    """The same seed gives the same files, another one others."""

    def files(seed: int) -> object:
        chance = random.Random(seed)
        sites = placed(chance, drawn(chance, 20), tmp_path)
        return world(sites, {site.name: site.kind.base for site in sites})

    assert files(1) == files(1)
    assert files(1) != files(2)


def test_every_kind_can_be_edited_and_placed() -> None:
    """Kinds have names of their own and a point to change; each has a place."""
    names = [kind.name for kind in kinds()]
    assert len(names) == len(set(names)) > 300
    assert len(places()) > 30
    assert [kind.name for kind in kinds() if not kind.points or not fitting(kind)] == []


@cache
def _texts() -> list[str]:
    chance = random.Random(0)
    sites = placed(chance, drawn(chance, 100), Path("/nowhere"))
    files = world(sites, {site.name: site.kind.base for site in sites}).files
    return [node.data.decode() for path, node in files.items() if path.endswith(".py") and node.data is not None]


@pytest.mark.parametrize(
    "name", [name for name in EDITS if name.split()[0] in ("comment", "blank", "parentheses", "quotes")]
)
def test_formatting_leaves_the_same_program(name: str) -> None:
    """Edits of the formatting change texts and no syntax tree."""
    chance = random.Random(0)
    changed = 0
    for text in _texts():
        new = neutral(name, text, chance)
        changed += new != text
        assert ast.dump(ast.parse(new)) == ast.dump(ast.parse(text))
    assert changed > 20
