"""What an engine that reads a whole folder would make of it: ids that two files have, and files that it doesn't see.

Airflow takes one of two DAGs of one `dag_id`, which one may change from hour to hour, and says nothing. The other file
may be anybody's: it is found by its text, in the output folder and below.
"""

from __future__ import annotations

from pathlib import Path

from zencompile import ownership
from zencompile.cli.job import Result
from zencompile.cli.session import Session
from zencompile.targets import Scans


def check(session: Session, result: Result, pruned: set[Path]) -> None:
    """Report each id of this result that another file of the folder has, and each file of it that the engine won't see.

    Files that are `pruned` are no matter.
    """
    target = result.target
    if not isinstance(target, Scans):
        return
    mine = {
        name: result.folders.output / path
        for path, text in result.files.deployed.items()
        for name in target.identities(text)
    }
    places = result.places
    words = {name: name.encode() for name in mine}
    for place in target.files(result.folders.output) if mine and result.folders.output.is_dir() else ():
        if place in places or place in pruned:
            continue
        text = _text_with(place, words)
        for name, line in target.identities(text).items() if text else ():
            if name in mine:
                _refuse(session, result, name, mine[name], place, line)
    for place in places:
        _tell_hidden(session, result, place)


def _text_with(place: Path, words: dict[str, bytes]) -> str:
    """The text of a file that holds one of the words; of any other, nothing."""
    try:
        content = place.read_bytes()
    except OSError:
        return ""
    return content.decode("utf-8", "replace") if any(word in content for word in words.values()) else ""


def _refuse(session: Session, result: Result, name: str, mine: Path, place: Path, line: int) -> None:
    owner = ownership.owner_at(place)
    whose = f", generated from {owner}," if owner else f" (line {line})"
    left_over = "remove that file if it is left over (`--prune`)" if owner else "rename or remove the other"
    session.report.error(
        "ZC0019",
        f"`{session.shown(place)}`{whose} has the id `{name}` of `{session.shown(mine)}`, generated from"
        f" {result.places[mine]}",
        notes="the engine takes one of the two, and hides the other",
        helps=f"give the pipeline another name, or {left_over}",
    )


def _tell_hidden(session: Session, result: Result, place: Path) -> None:
    line = result.target.hidden_by(result.folders.output, place)
    if line is not None:
        session.report.warning(
            "ZC0571",
            f"`{session.shown(place)}` is hidden from {result.target.name} by the line `{line}`",
            notes="an ignore file in that folder, or around it, has the line; the pipeline would not run there",
            helps="change that line, or choose another folder with `-o`",
        )
