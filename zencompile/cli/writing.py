"""What was compiled, on disk: checked against what is there, written as a whole, and what is left over removed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from zencompile import output
from zencompile.cli import deployed, job
from zencompile.cli.session import Session


@dataclass
class Written:
    """What became of the files: those that changed, and the deployed ones that were removed."""

    changed: set[Path] = field(default_factory=set)
    removed: list[Path] = field(default_factory=list)


def write(session: Session, results: list[job.Result], prune: bool = False) -> Written:
    """Write what was compiled. Raises `CompilationFailed` before anything is changed, if it can't be."""
    staged = _staged(results)
    try:
        with output.alone(staged):
            old = deployed.old_files(session, results)
            going = [one for one in old if one.sure] if prune else []
            pruned = [one.place for one in going]
            deployed.protect(session, results, pruned)
            obsolete = {path for result in results for path in job.obsolete(result, [one.owner for one in going])}
            changed = output.write(staged.items())
            output.remove(sorted(obsolete - {folder / path for folder, files in staged.items() for path in files}))
            output.remove(pruned)
    except output.OutputError as error:
        session.report.error(
            "ZC0006",
            f"`{session.shown(error.path)}` can't be written: {error.reason}",
            notes="no file of this compilation was changed",
            helps="choose another folder with `-o` or `--build-dir`, or give yourself the right to write there",
        )
        session.report.check()
        return Written()
    deployed.tell(session, [one for one in old if one.place not in pruned])
    return Written(set(changed), pruned)


def _staged(results: list[job.Result]) -> dict[Path, Mapping[str, str]]:
    """The files of each folder. Those that are deployed come last."""
    built: dict[Path, dict[str, str]] = {}
    shown: dict[Path, dict[str, str]] = {}
    for result in results:
        built.setdefault(result.folders.build, {}).update(result.files.build)
        shown.setdefault(result.folders.output, {}).update(result.files.deployed)
    return {folder: built.get(folder, {}) | shown.get(folder, {}) for folder in dict.fromkeys([*built, *shown])}
