"""`zencompile compile`: source in, files out."""

from __future__ import annotations

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
@click.option("--check", is_flag=True, help="Write nothing; show a diff and exit 3 if the files on disk are stale.")
@click.option("--prune", is_flag=True, help="Remove files that the sources gave once and don't give any longer.")
def command(
    targets: tuple[str, ...],
    output: Path | None,
    build_dir: Path | None,
    settings: tuple[tuple[str, str], ...],
    print_after: tuple[str, ...],
    check: bool,
    prune: bool,
    **reading: Any,
) -> None:
    """Compile the pipelines of FILE for a target.

    A file that somebody else wrote, or that another source, project or target owns, is never replaced.

    Exit codes: 0 done, or nothing is stale; 1 the compilation failed, and nothing on disk was changed; 2 the call or
    the configuration is wrong; 3 `--check` found stale files.
    """
    from zencompile.cli import checking, job

    session = Session(**reading)
    with session.reporting():
        if check and prune:
            session.usage("ZC0008", "`--check` writes and removes nothing", helps=("leave out `--prune`",))
        names = tuple(dict.fromkeys(targets)) or _configured(session)
        _check_options(session, settings, print_after)
        results = [
            job.compile_for(session, name, settings, _folder(output, name, names), build_dir, _observer(print_after))
            for name in names
        ]
        if check:
            checking.check(session, results, _mend)
        else:
            session.show()
            _write(session, results, prune)


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


def _write(session: Session, results: list[Any], prune: bool) -> None:
    from zencompile.cli import writing

    written = writing.write(session, results, prune)
    for result in results:
        for path in sorted(result.files.deployed):
            place = result.folders.output / path
            click.echo(f"{session.shown(place)} {'written' if place in written.changed else 'unchanged'}")
    for place in written.removed:
        click.echo(f"{session.shown(place)} removed")
    for result in results:
        build, files = result.folders.build, result.files.build
        if files:
            count = sum(build / path in written.changed for path in files)
            click.echo(f"{session.shown(build)}/ {count} of {len(files)} files written")


def _mend(prune: bool) -> str:
    """The same call without `--check`, as a shell takes it; with `--prune`, if files are to go."""
    import shlex

    from zencompile.cli.group import WORDS

    words = click.get_current_context().meta.get(WORDS, [])
    end = words.index("--") if "--" in words else len(words)
    own = [word for word in words[:end] if word != "--check"] + (["--prune"] if prune else [])
    return shlex.join(["zencompile", *own, *words[end:]])
