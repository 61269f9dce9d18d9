"""`zencompile build`: the images of what was compiled, through the Docker SDK."""

from __future__ import annotations

import json
from collections.abc import Iterator
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
def command(folder: Path, push: bool, force: bool, dry_run: bool, network: str | None) -> None:
    """Build the images below the build folder FOLDER; skip those that exist."""
    session = Session(path=str(folder))
    with session.reporting():
        plans = list(_plans(session, session.directory / folder))
        client = None if dry_run else _client(session)
        for plan in plans:
            if client is not None and not force and _exists(client, plan["reference"]):
                click.echo(f"{plan['reference']} exists")
            elif dry_run:
                click.echo(f"{plan['reference']} would be built from {plan['dockerfile']}")
            else:
                click.echo(f"{plan['reference']} is built from {plan['dockerfile']}")
                _build(session, plan, network)
            if push and not dry_run:
                _push(session, client, plan["reference"])


def _plans(session: Session, folder: Path) -> Iterator[dict[str, Any]]:
    """What to build: each `images/<key>/image.json` names its reference and its context."""
    if not (folder / "images").is_dir():
        session.usage("ZC0001", f"there is no `{folder.name}/images`", helps=("compile first, with this build folder",))
    for path in sorted((folder / "images").glob("*/image.json")):
        plan = json.loads(path.read_text("utf-8"))
        yield plan | {"dockerfile": path.parent / "Dockerfile", "context": (folder / plan["context"]).resolve()}


def _client(session: Session) -> Any:
    import docker
    from docker.errors import DockerException

    try:
        client = docker.from_env()
        client.ping()
    except DockerException as error:
        session.usage("ZC0008", f"no Docker daemon answers: {error}", helps=("start one, or set DOCKER_HOST",))
    return client


def _exists(client: Any, reference: str) -> bool:
    from docker.errors import DockerException

    try:
        client.images.get(reference)
        return True
    except DockerException:
        pass
    try:
        client.images.get_registry_data(reference)
        return True
    except DockerException:
        return False


def _build(session: Session, plan: dict[str, Any], network: str | None) -> None:
    """BuildKit through the `docker` command where there is one: the SDK speaks to the classic builder alone."""
    import os
    import shutil
    import subprocess

    docker = shutil.which("docker")
    if docker is None:
        session.usage(
            "ZC0008", "the command `docker` is not on the PATH", helps=("install Docker's command line client",)
        )
    words = [docker, "build", "--file", str(plan["dockerfile"]), "--tag", plan["reference"]]
    words += ["--network", network] if network else []
    run = subprocess.run([*words, str(plan["context"])], env=os.environ | {"DOCKER_BUILDKIT": "1"})
    if run.returncode:
        session.report.error("ZC0008", f"`docker build` of {plan['reference']} failed with exit code {run.returncode}")
        session.report.check()


def _push(session: Session, client: Any, reference: str) -> None:
    for line in client.images.push(reference, stream=True, decode=True):
        if "error" in line:
            session.report.error("ZC0008", f"{reference} can't be pushed: {line['error']}")
            session.report.check()
    click.echo(f"{reference} is pushed")
