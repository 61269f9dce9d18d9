"""`zencompile compile`: source in, files out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from zencompile.cli import options
from zencompile.cli.session import Session, load_target


@click.command("compile")
@options.reading
@click.option(
    "--target", "targets", multiple=True, metavar="NAME", help="What to compile to; can be given several times."
)
@options.writing
@click.option("--check", is_flag=True, help="Write nothing; show a diff and exit 1 if the files on disk are stale.")
def command(
    targets: tuple[str, ...],
    output: Path | None,
    build_dir: Path | None,
    settings: tuple[tuple[str, str], ...],
    print_after: tuple[str, ...],
    check: bool,
    **reading: Any,
) -> None:
    """Compile the pipelines of FILE for a target."""
    from zencompile.cli import job

    session = Session(**reading)
    with session.reporting():
        names = targets or _configured(session)
        _check_options(session, settings, print_after)
        results = [
            job.compile_for(session, name, settings, _folder(output, name, names), build_dir, _observer(print_after))
            for name in names
        ]
        if check:
            _check(session, results)
        else:
            session.show()
            _protect(session, results)
            for result in results:
                _write(session, result)


def _folder(output: Path | None, name: str, names: tuple[str, ...]) -> Path | None:
    """Several targets get a folder each below the output folder."""
    return output / name if output is not None and len(names) > 1 else output


def _configured(session: Session) -> tuple[str, ...]:
    from zencompile import targets

    target = session.configuration().target
    if target is None:
        known = ", ".join(sorted(targets.installed()))
        session.usage("ZC0007", "no target is given", helps=(f"add `--target NAME`; installed: {known}",))
    return (target,)


def _check_options(session: Session, settings: tuple[tuple[str, str], ...], print_after: tuple[str, ...]) -> None:
    """What names no target and no pass would do nothing."""
    from zencompile import targets

    for name in dict.fromkeys(key.partition(".")[0] for key, _ in settings if "." in key):
        if name not in targets.installed():
            load_target(session, name)
    if print_after:
        from zencompile.passes import PASSES

        known = [one.name for one in PASSES]
        for name in print_after:
            if name not in known and name != "all":
                session.usage("ZC0008", f"there is no pass `{name}`", helps=(f"passes: {', '.join(known)}, or all",))


def _observer(passes: tuple[str, ...]) -> Any:
    def observe(name: str, pipeline: Any) -> None:
        if name in passes or "all" in passes:
            from zencompile.ir.dump import dump

            click.echo(f"# after {name}\n{dump(pipeline)}")

    return observe if passes else None


def _protect(session: Session, results: list[Any]) -> None:
    """Nothing that somebody else wrote is overwritten."""
    from zencompile.cli import job

    for result in results:
        for place in job.foreign(result):
            session.report.error(
                "ZC0006",
                f"`{_shown(place, session.directory)}` was not written by zencompile",
                notes="no file of this compilation was changed",
                helps="move that file away, or choose another folder with `-o`",
            )
    session.report.check()


def _write(session: Session, result: Any) -> None:
    from zencompile import output
    from zencompile.cli import job

    stale = job.obsolete(result)
    try:
        changed = output.write(result.staged())
    except output.OutputError as error:
        session.report.error(
            "ZC0006",
            f"`{_shown(error.path, session.directory)}` can't be written: {error.reason}",
            notes="no file of this compilation was changed",
            helps="choose another folder with `-o` or `--build-dir`, or give yourself the right to write there",
        )
        session.report.check()
        return
    output.remove(stale)
    for path in sorted(result.files.deployed):
        place = result.folders.output / path
        state = "written" if place in changed else "unchanged"
        click.echo(f"{_shown(place, session.directory)} {state}")
    count = sum(result.folders.build / path in changed for path in result.files.build)
    if result.files.build:
        click.echo(
            f"{_shown(result.folders.build, session.directory)}/ {count} of {len(result.files.build)} files written"
        )


def _check(session: Session, results: list[Any]) -> None:
    from zencompile import output

    text = "".join(output.difference(_relative(result.staged(), session.directory)) for result in results)
    if text:
        click.echo(text, nl=False)
        session.report.error("ZC0010", "the files on disk are stale", helps="compile again without `--check`")
    session.report.check()


def _relative(staged: list[Any], directory: Path) -> list[Any]:
    return [(Path(_shown(folder, directory)), files) for folder, files in staged]


def _shown(path: Path, directory: Path) -> str:
    return Path(os.path.relpath(path, directory)).as_posix() if path.is_relative_to(directory) else path.as_posix()
