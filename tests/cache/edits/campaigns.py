"""Edit a project round by round; each cached run is held against a run without a cache."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cached_runs import Command, Outcome
from edited_projects import World, drawn, placed, world
from neutral_edits import EDITS, NEEDS, neutral
from sites import Choice, Site
from trees import Node, Tree, Way, rewritten, touched, written

FAR = 6
"""So many edits of one site may lie between two runs of one state for the second to be a hit."""


@dataclass
class Finding:
    """What was seen of one site in one round. `sort` is one of `SORTS`."""

    sort: str
    site: Site
    edit: str
    before: Choice
    after: Choice
    details: str = ""


SORTS = {
    "fresh": "edits that matter, run again",
    "stale": "edits that matter, an old result",
    "idle": "edits without an effect",
    "back": "states that were there before: hit",
    "lost": "states that were there before: run again",
    "apart": "steps whose site wasn't edited: hit",
    "drawn in": "steps whose site wasn't edited: run again",
    "neutral": "neutral edits: hit",
    "missed": "neutral edits: run again",
    "refused": "programs that the compiler refuses",
    "broken": "runs without a result",
}


@dataclass
class Campaign:
    """One project through several rounds. `sites` decide its files, `chance` the edits."""

    sites: Sequence[Site]
    root: Path
    command: Command = field(default_factory=Command)
    chance: random.Random = field(default_factory=random.Random)
    share: float = 0.8
    """How many of the sites are edited in a round."""
    choices: dict[str, Choice] = field(default_factory=dict)
    disk: dict[str, Tree] = field(default_factory=dict)
    world: World = field(default_factory=World)
    seen: dict[str, dict[Choice, tuple[object, int]]] = field(default_factory=dict)
    """Of each site, the states that were run: the result, and the number of edits until then."""
    edits: dict[str, int] = field(default_factory=dict)
    wrong: set[str] = field(default_factory=set)
    """Sites whose last result was an old one."""
    broken: list[Finding] = field(default_factory=list)
    """Sites that were left out."""

    def start(self) -> Iterator[Finding]:
        """The first run."""
        self.choices = {site.name: site.kind.base for site in self.sites}
        self.edits = {site.name: 0 for site in self.sites}
        fresh, cached = self._both(Way.IN_PLACE)
        yield from self._judged({}, dict(self.choices), fresh, cached)

    def again(self) -> Iterator[Finding]:
        """A run without any edit: hits alone."""
        yield from self._unedited("nothing", self.sites, self.command.run(self.root / "cached", self.world))

    def round(self) -> Iterator[Finding]:
        """Edit some of the sites, run with and without the cache."""
        before = dict(self.choices)
        edited = [site for site in self.sites if site.kind.points and self.chance.random() < self.share]
        for site in edited:
            self.choices[site.name] = self._other(site)
            self.edits[site.name] += 1
        ways = [Way.IN_PLACE, Way.REPLACED] if self.command.bytecode else [Way.SAME_TIME, Way.REPLACED]
        fresh, cached = self._both(self.chance.choice(ways))
        yield from self._judged(before, {site.name: before[site.name] for site in edited}, fresh, cached)

    def through(self, choices: Sequence[Choice], way: Way) -> Iterator[Finding]:
        """Take all sites through these states, one after the other."""
        for number, choice in enumerate(choices):
            before = dict(self.choices)
            self.choices = {site.name: choice for site in self.sites}
            self.edits = {site.name: number for site in self.sites}
            fresh, cached = self._both(way)
            yield from self._judged(before, before, fresh, cached)

    def neutral_round(self) -> Iterator[Finding]:
        """Edits that change nothing, and then back without them."""
        edit = self.chance.choice([*EDITS, *EDITS, "touched", "written anew", "files beside", "a variable beside"])
        sites, files, variables = self._neutral(edit)
        self._write(World({**self.world.files, **files}, {**self.world.variables, **variables}), Way.IN_PLACE)
        cached = self.command.run(self.root / "cached", self.world)
        yield from self._unedited(edit, sites, cached)
        self._write(world(self.sites, self.choices), Way.IN_PLACE)

    def _other(self, site: Site) -> Choice:
        """Another choice for one or two of the site's points, or the first state again."""
        now = self.choices[site.name]
        if now != site.kind.base and self.chance.random() < 0.25:
            return site.kind.base
        changed = list(now)
        for index in self.chance.sample(range(len(now)), min(len(now), self.chance.choice([1, 1, 1, 2]))):
            others = [reading for reading in range(site.kind.points[index]) if reading != now[index]]
            changed[index] = self.chance.choice(others)
        return tuple(changed)

    def _both(self, way: Way) -> tuple[Outcome, Outcome]:
        """The project as it is now, run without the cache and with it. Sites that can't run are left out."""
        self._write(world(self.sites, self.choices), way)
        quiet = Command(self.command.options, bytecode=False)
        fresh = quiet.run(self.root / "fresh", self.world, "--no-cache")
        suspects = set() if fresh.results is not None else fresh.suspects()
        culprits = [site for site in self.sites if site.name in suspects]
        if not culprits or len(culprits) == len(self.sites):
            return fresh, self.command.run(self.root / "cached", self.world)
        sort = "refused" if "\nerror[" in fresh.output else "broken"
        self.broken += [
            Finding(sort, site, "", site.kind.base, self.choices[site.name], fresh.output) for site in culprits
        ]
        self.sites = [site for site in self.sites if site not in culprits]
        return self._both(way)

    def _write(self, state: World, way: Way) -> None:
        for place in ("fresh", "cached"):
            written(self.disk.get(place, {}), state.files, self.root / place, way)
            self.disk[place] = dict(state.files)
        self.world = state

    def _neutral(self, edit: str) -> tuple[list[Site], Tree, dict[str, str]]:
        """The sites for which an edit is neutral, changed files, and further variables."""
        if edit in EDITS:
            return self._edited_texts(edit)
        if edit == "a variable beside":
            return [site for site in self.sites if not site.kind.reads("env")], {}, {"BESIDE": "1"}
        calm = [site for site in self.sites if "broad" not in site.kind.marks]
        if edit == "files beside":
            beside = {"README.md": b"# About\n", "notes.csv": b"a,b\n", "docs/more.txt": b"\n", "beside.py": b"X = 1\n"}
            return calm, {f"project/{path}": Node(data) for path, data in beside.items()}, {}
        change = touched if edit == "touched" else rewritten
        change(self.world.files, self.root / "cached")
        return [site for site in self.sites if not site.kind.reads("stat")], {}, {}

    def _edited_texts(self, edit: str) -> tuple[list[Site], Tree, dict[str, str]]:
        files: Tree = {}
        sites = []
        for site in self.sites:
            changed = self._edited_site(site, edit)
            files |= changed
            if changed and "broad" not in site.kind.marks:
                sites.append(site)
        if self.chance.random() < 0.3 and not any(site.in_run for site in sites):
            run = self.world.files["project/run.py"].data or b""
            files["project/run.py"] = Node(neutral(edit, run.decode(), self.chance).encode())
        return sites, files, {}

    def _edited_site(self, site: Site, edit: str) -> Tree:
        """Changed files of a site, of which it doesn't read what the edit changes."""
        if any(site.kind.reads(what) for what in NEEDS[edit]):
            return {}
        found: Tree = {}
        for path, node in site.part(self.choices[site.name]).files.items():
            ours = path.endswith(".py") and not path.startswith("site/") and node.link is None
            if ours and node.data is not None and self.chance.random() < 0.7:
                text = neutral(edit, node.data.decode(), self.chance)
                found |= {} if text.encode() == node.data else {path: Node(text.encode(), None, node.mode, node.mtime)}
        return found

    def _judged(
        self, before: dict[str, Choice], edited: dict[str, Choice], fresh: Outcome, cached: Outcome
    ) -> Iterator[Finding]:
        """What a run says of the sites that were edited and of the others."""
        if fresh.results is None or cached.results is None:
            details = f"without a cache:\n{fresh.output}\nwith the cache:\n{cached.output}"
            yield Finding("broken", self.sites[0], "", (), (), details)
            return
        for site in self.sites:
            now = self.choices[site.name]
            sort = self._sort(site, site.name in edited, fresh.results[site.name], cached)
            if sort == "stale" and site.name in self.wrong and site.name not in edited:
                continue
            (self.wrong.add if sort == "stale" else self.wrong.discard)(site.name)
            was = edited.get(site.name, before.get(site.name, now))
            told = f"right: {fresh.results[site.name]!r}, {_said(site, cached)}"
            yield Finding(sort, site, _told(was, now), was, now, told)
            self.seen.setdefault(site.name, {})[now] = (fresh.results[site.name], self.edits[site.name])

    def _sort(self, site: Site, edited: bool, right: object, cached: Outcome) -> str:
        hit = all(cached.states.get(step) == "cached" for step in site.steps)
        known = self.seen.get(site.name, {})
        assert cached.results is not None
        if cached.results[site.name] != right:
            return "stale"
        if not edited and known:
            return "apart" if hit or "broad" in site.kind.marks else "drawn in"
        state = known.get(self.choices[site.name])
        if state is not None and self.edits[site.name] - state[1] <= FAR and not (site.in_run and not hit):
            return "back" if hit or "broad" in site.kind.marks else "lost"
        same = any(value == right for value, _ in known.values())
        return "idle" if same else "fresh"

    def _unedited(self, edit: str, sites: Sequence[Site], cached: Outcome) -> Iterator[Finding]:
        """What a run says of sites that must be hits."""
        if cached.results is None:
            yield Finding("broken", self.sites[0], edit, (), (), cached.output)
            return
        for site in sites:
            if site.name in self.wrong:
                continue
            now = self.choices[site.name]
            right = self.seen[site.name][now][0]
            told = f"right: {right!r}, {_said(site, cached)}"
            hit = all(cached.states.get(step) == "cached" for step in site.steps)
            sort = "stale" if cached.results[site.name] != right else "neutral" if hit else "missed"
            if edit == "nothing" and sort != "stale":
                sort = "back" if hit else "lost"
            yield Finding(sort, site, edit, now, now, told)


def _said(site: Site, cached: Outcome) -> str:
    """What the run with the cache gave, and why it ran the site's steps again."""
    assert cached.results is not None
    reasons = [cached.reasons[step] for step in site.steps if cached.reasons.get(step)]
    return "; ".join([f"with the cache: {cached.results[site.name]!r}", *reasons])


def _told(before: Choice, after: Choice) -> str:
    return f"{''.join(map(str, before))} -> {''.join(map(str, after))}"


@dataclass(frozen=True)
class Plan:
    """How many projects, sites in each, and rounds for each."""

    projects: int
    sites: int
    rounds: int
    seed: int = 0
    command: Command = field(default_factory=Command)
    only: str = ""


def findings(plan: Plan, index: int, root: Path) -> list[Finding]:
    """All rounds of a plan's project number `index`, in a folder of its own below `root`."""
    chosen = drawn(random.Random(plan.seed), plan.projects * plan.sites, plan.only)
    chance = random.Random(f"{plan.seed} {index}")
    folder = root / f"project{index}"
    sites = placed(chance, chosen[index * plan.sites :][: plan.sites], folder / "cached")
    campaign = Campaign(sites, folder, plan.command, chance)
    found = list(campaign.start())
    if plan.rounds > 2:
        found += campaign.again()
    for number in range(plan.rounds):
        if number % 2 == 0:
            found += campaign.neutral_round()
        found += campaign.round()
    return found + campaign.broken
