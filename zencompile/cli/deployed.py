"""Files in the folders that are deployed: which may be replaced, and which nothing generates any longer.

A file is known by its head (`zencompile.ownership`). What has none is somebody else's: it is never replaced, and never
spoken of unless it stands in the way.

**Left over** is a file of the same project, target and profile whose source is gone; or that of the same source, if
this compilation writes all that the source gives. It does so unless a pipeline is named, or something is given that the
program may decide by: arguments, parameters, an environment, a configuration, the name of a DAG. The same source, with
other arguments, may give the file then. That is told softly if no source has the pipeline's name in it, else not at
all. What stands beside a file that is written (`NAME.schedule.yaml` beside `NAME.yaml`) is left over in any case.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from zencompile import ownership
from zencompile.cli import identities
from zencompile.cli.job import Result
from zencompile.cli.session import Session
from zencompile.ownership import Owner

_READS_ARGUMENTS = re.compile(
    r"^\s*(?:import|from)\s+(?:argparse|click|typer|fire|optparse|getopt|docopt|absl|hydra|tyro|jsonargparse|plac)\b"
    r"|\bsys\.argv\b|^\s*from\s+sys\s+import\b.*\bargv\b",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Old:
    """A file of ours that this compilation doesn't write. `sure`: no other compilation writes it either."""

    place: Path
    owner: Owner
    sure: bool


def protect(session: Session, results: list[Result], pruned: Iterable[Path] = (), headless: bool = False) -> None:
    """Refuse to write over what isn't ours to replace. Raises `CompilationFailed`.

    `pruned` are files that go; `headless`: files without a head are no matter here, for nothing is written.
    """
    taken: dict[Path, Owner] = {}
    for result in results:
        for place, owner in result.places.items():
            if place in taken:
                _refuse_twice(session, place, taken[place], owner)
            elif place.is_file() and not (headless and ownership.owner_at(place) is None):
                _refuse_other(session, result, place, owner)
            taken[place] = owner
        identities.check(session, result, set(pruned))
    session.report.check()


def _refuse_twice(session: Session, place: Path, one: Owner, other: Owner) -> None:
    """Two targets of one command give the same path."""
    session.report.error(
        "ZC0019",
        f"{one} and {other} are both compiled to `{session.shown(place)}`",
        notes="no file of this compilation was changed",
        helps="compile each into a folder of its own: with `-o DIR`, several targets get one each below DIR",
    )


def _refuse_other(session: Session, result: Result, place: Path, mine: Owner) -> None:
    text = result.files.deployed[place.relative_to(result.folders.output).as_posix()]
    if ownership.owner_of(text) is None:
        return  # a format that has no comments: nothing says whose such a file is
    theirs = ownership.owner_at(place)
    if theirs is None:
        session.report.error(
            "ZC0019",
            f"`{session.shown(place)}` doesn't say that zencompile generated it",
            notes=("its first lines lack the head that ours have", "no file of this compilation was changed"),
            helps="move that file away, or choose another folder with `-o`",
        )
    elif not _replaces(session, result, mine, theirs):
        session.report.error(
            "ZC0019",
            f"`{session.shown(place)}` is generated from {theirs}, and would be from {mine}",
            notes="no file of this compilation was changed",
            helps=_way_out(mine, theirs),
        )


def _replaces(session: Session, result: Result, mine: Owner, theirs: Owner) -> bool:
    """Whether a file of `theirs` is an earlier state of one of `mine`."""
    if mine.group != theirs.group:
        return False
    if mine.source != theirs.source:
        return _is_gone(session, result, theirs)
    return mine.pipeline == theirs.pipeline or not _is_defined(session, theirs.pipeline)


def _way_out(mine: Owner, theirs: Owner) -> str:
    if mine.group[1:] == theirs.group[1:] and mine.target != theirs.target:
        return "compile each target into a folder of its own: `-o DIR`"
    remove = f"remove the file, if {theirs} is gone"
    return f"choose another folder with `-o`, give one of the pipelines another name, or {remove}"


def _is_gone(session: Session, result: Result, owner: Owner) -> bool:
    """Whether a source that a head of this project names isn't there any longer, as far as that can be known.

    In a folder that others use, too, a source without a project's name may be theirs.
    """
    repository = [result.base] if session.disk.exists(result.base / ".git") else []
    own = any(result.folders.output.is_relative_to(folder) for folder in (result.outputs[0].root, *repository))
    return (owner.project is not None or own) and not session.disk.exists(result.base / owner.source)


def _is_defined(session: Session, pipeline: str) -> bool:
    """Whether a source that was read may define a pipeline of that name."""
    name = re.escape(pipeline)
    pattern = re.compile(rf"\bdef {name}\b|([\"']){name}\1|^class {name}\b", re.MULTILINE)
    return any(pattern.search(source.text) for source in session.report.sources.values())


def _ours(result: Result) -> Iterator[tuple[Path, Owner]]:
    """The files with a head where this result's files go."""
    places = result.places
    suffixes = {place.suffix for place in places}
    for folder in sorted({result.folders.output, *(place.parent for place in places)}):
        for place in sorted(folder.iterdir()) if folder.is_dir() else ():
            if place.suffix in suffixes and place.is_file():
                owner = ownership.owner_at(place)
                if owner is not None:
                    yield place, owner


def old_files(session: Session, results: list[Result]) -> list[Old]:
    """The files of these owners that are not written, in order."""
    written = {place for result in results for place in result.places}
    found: dict[Path, Old] = {}
    for result in results:
        group = result.outputs[0].owner.group if result.outputs else None
        for place, owner in _ours(result):
            if owner.group == group and place not in written:
                sure = _is_left_over(session, result, place, owner)
                if sure is not None:
                    found[place] = Old(place, owner, sure)
    return list(found.values())


def _is_left_over(session: Session, result: Result, place: Path, owner: Owner) -> bool | None:
    """Whether a file is left over; False: perhaps, None: nothing is known of it."""
    mine = result.outputs[0].owner
    if owner.source != mine.source:
        return True if _is_gone(session, result, owner) else None
    if _stands_beside(result, place, owner):
        return True
    if _may_differ(session, result):
        return None if _is_defined(session, owner.pipeline) else False
    if session.entry()[1] is not None:  # a pipeline is named
        return True if owner.pipeline in {output.owner.pipeline for output in result.outputs} else None
    return True


def _stands_beside(result: Result, place: Path, owner: Owner) -> bool:
    """Whether a file belongs to one of the same pipeline that is written."""
    written = [other for other, its in result.places.items() if its == owner and other.parent == place.parent]
    return any(place.name.startswith(f"{other.stem}.") for other in written)


def _may_differ(session: Session, result: Result) -> bool:
    """Whether the program may give other files where other things are given."""
    given = session.arguments, session.parameters, session.environment, session.config
    if any(given) or session.frontend == "trace":  # a program that is run sees the machine's environment
        return True
    names = {_word(Path(path).stem) for path in result.files.deployed}
    if any(_word(text) in names for _, text in result.settings):
        return True
    python = (source for source in session.report.sources.values() if source.path.endswith(".py"))
    return session.entry()[1] is None and any(_READS_ARGUMENTS.search(source.text) for source in python)


def _word(text: str) -> str:
    return re.sub(r"\W+", "_", text)


def tell(session: Session, old: list[Old]) -> None:
    """Name what is left over, and what may be."""
    for one in old:
        message = f"`{session.shown(one.place)}` was generated from {one.owner}, which gives no such file any longer"
        if one.sure:
            session.report.warning("ZC0020", message, helps="remove it with `--prune`")
        else:
            session.report.note(
                "ZC0020",
                f"`{session.shown(one.place)}` may be left over: no source names the pipeline `{one.owner.pipeline}`",
                notes="with other arguments, the program may still give it",
                helps="remove the file if not",
            )
