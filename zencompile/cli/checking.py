"""`--check`: whether what is committed is what would be written.

Deployed files are compared, all of them; of the build folder, which is made on demand, those alone that git tracks and
that are there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import click

from zencompile import history, output, ownership
from zencompile.cli import deployed
from zencompile.cli.job import Output, Result
from zencompile.cli.session import FilesStale, Session
from zencompile.targets import ReadsBack

_NAMED = 5


@dataclass
class _Stale:
    """What differs, for the one message of a check."""

    places: list[Path] = field(default_factory=list)
    headless: list[Path] = field(default_factory=list)  # those of them whose head is gone
    steps: dict[str, None] = field(default_factory=dict)  # a sentence for each step whose code changed
    left_over: list[deployed.Old] = field(default_factory=list)


def check(session: Session, results: list[Result], mend: Callable[[bool], str]) -> None:
    """Show how the files on disk differ; raises `FilesStale` if they do.

    `mend` gives the command that writes them, and that removes what is left over.
    """
    old = deployed.old_files(session, results)
    left_over = [one for one in old if one.sure]
    # What belongs to others is an error here, too; a file whose head is gone is shown as what it is.
    deployed.protect(session, results, [one.place for one in left_over], headless=True)
    stale = _Stale(left_over=left_over)
    for result in results:
        _compare(session, result, stale)
    deployed.tell(session, old)
    if stale.places or stale.left_over:
        _report(session, stale, mend(bool(stale.left_over)))
        raise FilesStale


def _compare(session: Session, result: Result, stale: _Stale) -> None:
    for one in result.outputs:
        for path in one.deployed:
            place, text = result.folders.output / path, result.files.deployed[path]
            shown = output.difference(place, session.shown(place), text)
            if shown:
                click.echo(shown, nl=False)
                stale.places.append(place)
                _explain(result, one, path, stale)
    stale.places += _built(result)


def _explain(result: Result, one: Output, path: str, stale: _Stale) -> None:
    """Why a file differs, as far as that is the code of steps."""
    place, new = result.folders.output / path, result.files.deployed[path]
    if not place.is_file():
        return
    try:
        text = place.read_text("utf-8", "replace")
    except OSError:  # it is stale, and writing says what is wrong with it
        return
    if ownership.owner_of(new) is not None and ownership.owner_of(text) is None:
        stale.headless.append(place)
    if isinstance(result.target, ReadsBack):
        before, after = result.target.codes(text), result.target.codes(new)
        entrypoints = {name for name, code in after.items() if name in before and before[name] != code}
        stale.steps.update(dict.fromkeys(_steps(one, place, entrypoints)))


def _steps(one: Output, place: Path, entrypoints: set[str]) -> list[str]:
    steps = [step for step in one.pipeline.steps.values() if step.entrypoint in entrypoints]
    commit = history.last_change(place) if steps else None
    reached = dict.fromkeys(file for step in steps for file in step.closure.files)
    changed = history.changed_since(commit, one.root, reached) if commit and reached else None
    found = []
    for step in steps:
        files = [f"`{file}`" for file in step.closure.files if changed and file in changed]
        why = f": {', '.join(files)} changed since {commit}" if files else ""
        found.append(f"the code of step `{step.name}` ({step.entrypoint}) is another{why}")
    return found


def _built(result: Result) -> list[Path]:
    """Files of the build folder that somebody keeps under version control, and that differ."""
    folder = result.folders.build
    known = history.tracked(folder) if folder.is_dir() else None
    built = {path: text for path, text in result.files.build.items() if path in (known or ())}
    return [folder / path for path, text in built.items() if output.is_stale(folder / path, text)]


def _report(session: Session, stale: _Stale, mend: str) -> None:
    names = [f"`{session.shown(place)}`" for place in stale.places]
    gone = [f"`{session.shown(place)}` has lost the head that says whose it is" for place in stale.headless]
    number = len(names) + len(stale.left_over)
    session.report.error(
        "ZC0010",
        f"{number} generated {'file is' if number == 1 else 'files are'} stale"
        + (f": {_some(names)}" if names else ""),
        notes=[*stale.steps, *gone],
        helps=[*(["move files without a head away first"] if gone else []), f"run `{mend}`"],
    )


def _some(names: list[str]) -> str:
    """The first few: the diff has them all."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
