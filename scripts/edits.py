#!/usr/bin/env python3
"""Edit generated projects and hold the cache against runs without one: `scripts/edits.py 2000 --seed 1 --jobs 2`.

Each project has some steps (`--sites`); each depends on something of another kind, in another place. In every round
most of them are edited; then the project is run with the cache and, in a copy, without. What differs is a stale result.
Edits that change nothing and states that were there before must be hits. Prints a table by kinds; `--keep FOLDER`
leaves the smallest project of each fault. The exit code is 1 if a result was stale or a run gave none.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "backends"), str(ROOT / "templates"), str(ROOT / "tests" / "cache" / "edits")]

from cached_runs import Command  # noqa: E402
from campaigns import Finding, Plan, findings  # noqa: E402
from tallies import WRONG, counts, kept, table, told  # noqa: E402

EDITED = 0.6
"""The share of sites that get an edit with an effect in a round, about."""


def planned(given: argparse.Namespace) -> Plan:
    """As many projects as it takes for the number of edits."""
    options = ["--in-process"] if given.in_process else ["--isolation", given.isolation]
    options += ["--python", given.python] if given.python else []
    command = Command(tuple(options), bytecode=given.seed % 2 == 0)
    edits = given.sites * EDITED * given.rounds
    return Plan(max(1, round(given.number / edits)), given.sites, given.rounds, given.seed, command, given.only)


def all_findings(plan: Plan, jobs: int, root: Path) -> Iterator[list[Finding]]:
    """What was found in each project, as soon as it is there."""
    every = range(plan.projects)
    if jobs == 1:
        yield from (findings(plan, index, root) for index in every)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(findings, [plan] * plan.projects, every, [root] * plan.projects)


def keep(found: list[Finding], folder: Path, command: Command) -> None:
    """Leave one project for each kind and sort of fault."""
    faults = [one for one in reversed(found) if one.sort in ("stale", "missed", "refused", "broken") and one.after]
    first = {(one.sort, one.site.kind.name): one for one in faults}
    for (sort, _), one in sorted(first.items(), key=lambda item: item[0]):
        print(kept(one, folder / sort.replace(" ", "-"), command), "|", told(one), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("number", type=int, help="how many edits with an effect, about")
    parser.add_argument("--seed", type=int, default=0, help="decides projects and edits (0); odd: without bytecode")
    parser.add_argument("--jobs", type=int, default=1, help="projects at once (1)")
    parser.add_argument("--rounds", type=int, default=4, help="rounds of edits for a project (4)")
    parser.add_argument("--sites", type=int, default=40, help="steps of a project that depend on something (40)")
    parser.add_argument("--only", default="", help="a part of a kind's `group: name`")
    parser.add_argument("--isolation", choices=("fork", "full"), default="fork", help="a step's process")
    parser.add_argument("--in-process", action="store_true", help="all steps in one process")
    parser.add_argument("--python", default="", help="the Python that runs the steps")
    parser.add_argument("--keep", type=Path, help="where the projects of faults go")
    given = parser.parse_args()
    plan = planned(given)
    found: list[Finding] = []
    with tempfile.TemporaryDirectory(prefix="edits-") as folder:
        for some in all_findings(plan, given.jobs, Path(folder).resolve()):
            found += some
            for one in some:
                if one.sort in WRONG:
                    print(told(one), flush=True)
    if given.keep is not None:
        keep(found, given.keep.resolve(), plan.command)
    print(table(found))
    every = counts(found)
    return 1 if every["stale"] or every["broken"] else 0


if __name__ == "__main__":
    sys.exit(main())
