"""The cache is never wrong: over random projects, DAGs and edits a step reruns after every edit that reaches it, and
never after a neutral one, and what a run gives is what the project's text means.

ZENCOMPILE_CASES is the number of projects (4 edits each), ZENCOMPILE_EXECUTOR where steps run (in-process, process).
"""

from __future__ import annotations

import io
import json
import os
import random
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cache_projects import EDITS, NEUTRAL, Program, edited, make

from zencompile.cli import job
from zencompile.cli.session import Session
from zencompile.output import write
from zencompile_runtime import facts
from zencompile_runtime.names import finder
from zencompile_runtime.observing import Seen, loaded, session
from zencompile_runtime.runner.run import Options, Result, execute_plan

CASES = int(os.environ.get("ZENCOMPILE_CASES", "24"))
EDITS_EACH = 4


class Bench:
    """A project's folder, compiled and run in this process as often as one likes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seen: set[tuple[object, ...]] = set()

    def compile(self) -> None:
        session = Session(path=str(self.folder / "run.py"))
        with session.reporting():
            write(job.compile_for(session, "local", (), None, self.folder / "build").staged())

    def run(self, **options: object) -> Result:
        """Run what was compiled last, on modules that are imported anew."""
        forget(self.folder)
        path = list(sys.path)
        try:
            plan = runpy.run_path(str(self.folder / "build" / "local" / "main.py"))["PIPELINE"]
            return execute_plan(
                plan,
                Options(executor=os.environ.get("ZENCOMPILE_EXECUTOR", "in-process"), output=False, **options),
                io.StringIO(),
            )  # type: ignore[arg-type]
        finally:
            sys.path[:] = path
            forget(self.folder)

    def acts(self) -> bool:
        """Whether executing the program's modules may do more than bind names."""
        found = json.loads(next((self.folder / "build/runtime/code").rglob("*.json")).read_text())
        return any(one.get("acting") for one in found["steps"].values())

    def check(self, program: Program, what: str) -> None:
        """Compile and run: the steps whose state is new run, and every value is right. Others run only where a module
        does more than bind names: then all that is executed at its top level counts.
        """
        program.write(self.folder)
        os.environ.update(program.environment)
        self.compile()
        result = self.run()
        assert result.status == "completed", (what, program.sources()["run.py"])
        ran = {task.id for task, outcome in result.outcomes.items() if outcome.state.value == "completed"}
        new = {name for name, state in program.states().items() if state not in self.seen}
        exact = what in NEUTRAL or not self.acts()
        assert ran == new if exact else ran >= new, (
            what,
            [outcome.result.notes for outcome in result.outcomes.values()],
            program.sources(),
        )
        values = {
            task.id: json.loads(outcome.result.outputs["output"]["value"]["files"][0]["text"])
            for task, outcome in result.outcomes.items()
        }
        assert values == program.results(), (what, program.sources())
        self.seen.update(program.states().values())


def forget(folder: Path) -> None:
    """Let a later run see what a new process would."""
    for name in [
        name
        for name, module in sys.modules.items()
        if name in ("run", "lib")
        or name.startswith("lib.")
        or str(getattr(module, "__file__", None) or "").startswith(str(folder))
    ]:
        del sys.modules[name]
    facts._imported.clear()
    sys.path_importer_cache.clear()
    loaded.texts.clear()
    loaded._units.clear()
    session.state.lasting = Seen(called={})


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    project = tmp_path / "project"
    project.mkdir()
    for name in ("CALLER", "SEEN", "OTHER"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("ZENCOMPILE_CODE", str(project / "build" / "runtime" / "code"))
    monkeypatch.setattr(sys, "path_hooks", list(sys.path_hooks))
    monkeypatch.chdir(project)
    yield Bench(project)
    finder.uninstall()


@pytest.mark.parametrize("seed", range(CASES))
def test_a_step_reruns_exactly_after_edits_that_reach_it(bench: Bench, seed: int) -> None:
    """Kinds of edits are drawn without favour; going back to an earlier text finds its results in the cache."""
    chance = random.Random(seed)
    history = [make(chance)]
    bench.check(history[0], "first")
    for _ in range(EDITS_EACH):
        if len(history) > 1 and chance.random() < 0.15:
            edit, program = "undo", chance.choice(history)
        else:
            edit = chance.choice(EDITS)
            program = edited(history[-1], edit, chance)
            if edit in NEUTRAL:
                assert program.states() == history[-1].states()
        bench.check(program, edit)
        history.append(program)


def test_every_kind_of_edit_reaches_something(bench: Bench) -> None:
    """The generator is no empty one: in its projects each kind of meaningful edit makes some step new."""
    chance = random.Random(1)
    useful: dict[str, int] = {}
    for _ in range(300):
        program = make(chance)
        edit = chance.choice(EDITS)
        changed = edited(program, edit, chance).states() != program.states()
        assert not (changed and edit in NEUTRAL)
        useful[edit] = useful.get(edit, 0) + changed
    assert all(count > 3 for edit, count in useful.items() if edit not in NEUTRAL), useful
