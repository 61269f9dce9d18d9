"""Findings counted by kinds, and the programs of those that are wrong."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from cached_runs import Command
from campaigns import SORTS, Campaign, Finding
from edited_projects import world
from sites import Choice, Site
from trees import Way, written

WRONG = ("stale", "lost", "missed", "drawn in", "refused", "broken")


def counts(found: Iterable[Finding]) -> Counter[str]:
    """How many findings there are of each sort."""
    return Counter(one.sort for one in found)


def share(good: int, bad: int) -> float:
    """The share of the good ones; 1 if there are none at all."""
    return good / (good + bad) if good + bad else 1.0


def table(found: Sequence[Finding]) -> str:
    """Numbers of each sort, then of each group of kinds, then what is wrong, by kinds."""
    every = counts(found)
    lines = [f"{every[sort]:6} {meaning}" for sort, meaning in SORTS.items()]
    rates = (("neutral", "missed"), ("back", "lost"), ("apart", "drawn in"))
    lines += [f"{good}: {share(every[good], every[bad]):.1%}" for good, bad in rates]
    groups: dict[str, Counter[str]] = defaultdict(Counter)
    for one in found:
        groups[one.site.kind.group][one.sort] += 1
    lines += ["", f"{'':16}" + "".join(f"{sort:>10}" for sort in SORTS)]
    lines += [f"{group:16}" + "".join(f"{row[sort]:10}" for sort in SORTS) for group, row in sorted(groups.items())]
    for sort in WRONG:
        kinds = Counter(_what(one) for one in found if one.sort == sort)
        lines += ["", f"{SORTS[sort]}:"] if kinds else []
        lines += [f"{number:6} {what}" for what, number in kinds.most_common()]
    return "\n".join(lines)


def told(one: Finding) -> str:
    """One finding in two lines."""
    details = one.details if one.sort not in ("broken", "refused") else _errors(one.details)
    return f"{one.sort}: {one.site.kind.group}: {one.site.title} | {one.edit}\n    {details}"


def _errors(output: str) -> str:
    """What a run complained of, without its notes and events."""
    lines = [line for line in output.splitlines() if not line.startswith('{"event": ')]
    start = next((i for i, line in enumerate(lines) if line.startswith("error")), 0)
    return "\n    ".join(lines[start:][:30])


def _what(one: Finding) -> str:
    neutral = one.before == one.after and one.sort != "drawn in"
    return f"{one.site.kind.group}: {one.site.kind.name}" + (f" | {one.edit}" if neutral else "")


def kept(one: Finding, folder: Path, command: Command) -> str:
    """Write the project of this site alone, before and after the edit; says whether it is stale by itself."""
    place = folder / re.sub(r"\W+", "-", f"{one.site.kind.name}-{one.site.title.partition(' | ')[2]}-{one.edit}")[:120]
    site = Site(one.site.kind, one.site.place, 1, one.site.in_run, place / "run" / "cached")
    for name, choice in (("before", one.before), ("after", one.after)):
        state = world([site], {"01": choice})
        written({}, state.files, place / name)
        lines = [f"{variable}={value}\n" for variable, value in sorted(state.variables.items())]
        (place / f"{name}.env").write_text("".join(lines))
    said = _alone(site, one, place / "run", command) if one.sort == "stale" and one.before != one.after else ""
    (place / "finding.txt").write_text(f"{told(one)}\n{said}\n")
    return said


def _alone(site: Site, one: Finding, root: Path, command: Command) -> str:
    """What becomes of the edit in a project that has this site alone."""
    choices: tuple[Choice, ...] = (one.before, one.after)
    campaign = Campaign([site], root, command)
    found = list(campaign.through(choices, Way.IN_PLACE))
    return "alone: " + ", ".join(finding.sort for finding in found)
