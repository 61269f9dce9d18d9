"""`zencompile build`: the images of what was compiled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from zencompile.cli.session import Session


@click.command("build")
@click.argument("folder", type=click.Path(path_type=Path), default="build")
@click.option("--push", is_flag=True, help="Push each image to its registry.")
@click.option("--rebuild", "--force", is_flag=True, help="Build images that exist already, and move their names.")
@click.option("--dry-run", is_flag=True, help="Show what would be built.")
@click.option("--network", help="The network of RUN instructions, as `docker build --network`.")
@click.option("-v", "--verbose", is_flag=True, help="Show what the builder says.")
def command(folder: Path, push: bool, rebuild: bool, dry_run: bool, network: str | None, verbose: bool) -> None:
    """Build the images below the build folder FOLDER, and give them the names that they lack.

    An image has a name for each step that runs in it. A name that exists is never moved to another image, unless
    --rebuild asks for it: where the base image behind a tag was mended, say.
    """
    from zencompile import building, extras

    session = Session(path=str(folder))
    with session.reporting():
        if not (session.directory / folder / "images").is_dir():
            helps = ("compile first, with this folder as `--build-dir`",)
            session.usage("ZC0001", f"there is no `{folder}/images`", helps=helps)
        found = list(building.plans(session.directory / folder))
        plans = [plan for plan in found if not plan.is_for_reading]
        if len(plans) < len(found):
            click.echo('nothing runs in images that are tagged "review": compile with content names to build', err=True)
        if dry_run:
            for plan in plans:
                dockerfile = plan.dockerfile.relative_to(session.directory / folder)
                for name in plan.names:
                    click.echo(f"{name} would be built from {dockerfile}")
            return
        extras.require("docker", "building images", session.report)
        try:
            builder = building.Builder()
            for plan in plans:
                _current(session, plan)
                _build(builder, plan, rebuild, network, verbose)
                for name in plan.names if push else ():
                    _push(builder, name, always=rebuild or plan.moves(name))
        except building.BuildError as error:
            session.report.error(error.code, f"building failed: {error}", notes=tuple(error.log), helps=error.helps)
            session.report.check()


def _current(session: Session, plan: Any) -> None:
    """Give no name to an image whose files are not those that the name means."""
    from zencompile import building

    for pipeline, files in building.outdated(plan).items():
        shown = ", ".join(f"`{path}`" for path in files[:3]) + (" …" if len(files) > 3 else "")
        session.report.error(
            "ZC0022",
            f"{shown} changed since `{pipeline}` was compiled",
            notes="an image is named by the code that its steps were compiled from",
            helps=(
                "compile the pipeline again, then build",
                f"if there is no such pipeline any longer, remove `{plan.folder.name}/steps/` of it below `images/`",
            ),
        )
    session.report.check()


def _push(builder: Any, name: str, always: bool) -> None:
    """Push a name that the registry lacks; one that moves, whatever it has."""
    if not always and builder.is_pushed(name):
        click.echo(f"{name} is in its registry")
        return
    builder.push(name)
    click.echo(f"{name} pushed")


def _build(builder: Any, plan: Any, rebuild: bool, network: str | None, verbose: bool) -> None:
    """Build the image if it lacks a name, and give it those that it lacks."""
    missing = [name for name in plan.names if rebuild or not builder.exists(plan, name)]
    for name in plan.names:
        if name not in missing:
            click.echo(f"{name} exists")
    if not missing:
        return
    for text in builder.build(plan, network):
        if verbose:
            click.echo(text, nl=False)
    for name in missing:
        if name != plan.reference:
            builder.name(plan.reference, name)
        click.echo(f"{name} built")
