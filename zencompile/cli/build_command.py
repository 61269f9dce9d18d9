"""`zencompile build`: the images of what was compiled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from zencompile.cli.session import Session


@click.command("build")
@click.argument("folder", type=click.Path(path_type=Path), default="build")
@click.option("--push", is_flag=True, help="Push each image to its registry.")
@click.option("--force", is_flag=True, help="Build images that exist already.")
@click.option("--dry-run", is_flag=True, help="Show what would be built.")
@click.option("--network", help="The network of RUN instructions, as `docker build --network`.")
@click.option("-v", "--verbose", is_flag=True, help="Show what the builder says.")
def command(folder: Path, push: bool, force: bool, dry_run: bool, network: str | None, verbose: bool) -> None:
    """Build the images below the build folder FOLDER; skip those that exist."""
    from zencompile import building

    session = Session(path=str(folder))
    with session.reporting():
        if not (session.directory / folder / "images").is_dir():
            helps = ("compile first, with this folder as `--build-dir`",)
            session.usage("ZC0001", f"there is no `{folder}/images`", helps=helps)
        plans = list(building.plans(session.directory / folder))
        if dry_run:
            for plan in plans:
                dockerfile = plan.dockerfile.relative_to(session.directory / folder)
                click.echo(f"{plan.reference} would be built from {dockerfile}")
            return
        try:
            builder = building.Builder()
            for plan in plans:
                _build(builder, plan, force, network, verbose)
                if push:
                    builder.push(plan.reference)
                    click.echo(f"{plan.reference} pushed")
        except building.BuildError as error:
            session.report.error(error.code, f"building failed: {error}", notes=tuple(error.log))
            session.report.check()


def _build(builder: Any, plan: Any, force: bool, network: str | None, verbose: bool) -> None:
    if not force and builder.exists(plan.reference):
        click.echo(f"{plan.reference} exists")
        return
    for text in builder.build(plan, network):
        if verbose:
            click.echo(text, nl=False)
    click.echo(f"{plan.reference} built")
