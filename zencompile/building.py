"""Building images from a build folder, through the Docker SDK.

The SDK speaks to the classic builder, which knows no mounts and reads no ignore file beside a Dockerfile. So the
context is packed here, from the image's own allow-list, and cache mounts are left out: they speed a build up and change
nothing in the image. An image that needs secrets while it is built is left to the `docker` command and BuildKit.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import tarfile
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

_MOUNT = re.compile(r"--mount=type=cache,\S+\s*(\\\n\s*)?")


_OWNER = re.compile(r"^COPY --chown=([A-Za-z_]\S*) ", re.M)
CONTENT = "zencompile.content"
"""The label of an image that says what it was made from."""

_SAID = 12
"""How many of a builder's last lines are shown with its error."""


class BuildError(Exception):
    """An image can't be built or pushed; the message says why, `log` holds the last that the builder said."""

    def __init__(self, message: str, log: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.log = tuple(log)


@dataclass(frozen=True)
class Plan:
    """An image to build. `context` is the folder that paths in the Dockerfile are relative to.

    `names` are all that it is to be called, one for each environment and code of a step, or the user's own: that one is
    `moving`, it says nothing of what the image holds, and `content` does. `files` are the project's files that go in.
    """

    reference: str
    names: tuple[str, ...]
    moving: bool
    content: str
    files: dict[str, str]
    folder: Path
    context: Path
    arguments: dict[str, str]
    secrets: tuple[str, ...]
    base: dict[str, Any] | None

    @property
    def dockerfile(self) -> Path:
        return self.folder / "Dockerfile"


def plans(build: Path) -> Iterator[Plan]:
    """The images below a build folder, in the order of their folders' names."""
    for path in sorted((build / "images").glob("*/image.json")):
        found = json.loads(path.read_text("utf-8"))
        names = {name: None for steps in _steps(path.parent) for name in steps["steps"].values()}
        yield Plan(
            reference=found["reference"],
            names=tuple(sorted(names)) or (found["reference"],),
            moving=found.get("moving", False),
            content=_content(found),
            files=found.get("files", {}),
            folder=path.parent,
            context=(build / found["context"]).resolve(),
            arguments={name: str(value) for name, value in found.get("build_arguments", {}).items()},
            secrets=tuple(found.get("secrets", ())),
            base=found.get("base"),
        )


def _steps(folder: Path) -> Iterator[dict[str, Any]]:
    """What each pipeline calls an image for its steps."""
    for path in sorted((folder / "steps").glob("*.json")):
        yield json.loads(path.read_text("utf-8"))


def _content(image: dict[str, Any]) -> str:
    """A digest of all that goes into an image."""
    held = json.dumps([image.get("environment"), image.get("files", {})], sort_keys=True)
    return hashlib.sha256(held.encode()).hexdigest()


def outdated(build: Path, plan: Plan) -> dict[str, list[str]]:
    """The pipelines whose names for an image mean other files than those that would go in, with these files.

    Whoever compiles another pipeline to the same build folder after an edit writes the image's files anew, but not what
    the first one knows of its steps.
    """
    found: dict[str, list[str]] = {}
    for steps in _steps(plan.folder) if plan.files and not plan.moving else ():
        pipeline = steps["pipeline"]
        facts = build / "runtime" / "code" / f"{quote(pipeline.partition('/')[2], safe='')}.json"
        document = json.loads(facts.read_text("utf-8")) if facts.is_file() else {}
        if document.get("pipeline") != pipeline:
            found[pipeline] = [facts.name]
            continue
        changed = {path for entrypoint in steps["steps"] for path in _changed(document, entrypoint, plan.files)}
        if changed:
            found[pipeline] = sorted(changed)
    return found


def _changed(document: dict[str, Any], entrypoint: str, files: dict[str, str]) -> Iterator[str]:
    """The files of a step that are others in the image than when its pipeline was compiled."""
    step = document.get("steps", {}).get(entrypoint, {})
    for path in step.get("sources", step.get("files", ())):
        if files.get(path, "").removesuffix("+x") != document["files"].get(path):
            yield path
    for path, value in step.get("data", {}).items():
        if files.get(path) != value:
            yield path


class Builder:
    """A Docker daemon. Raises `BuildError` when it does not answer."""

    def __init__(self) -> None:
        import docker
        from docker.errors import DockerException

        try:
            self.client = docker.from_env()
            self.client.ping()
        except DockerException as error:
            raise BuildError(f"no Docker daemon answers: {error}") from error

    def exists(self, plan: Plan, name: str) -> bool:
        """Whether the daemon or the image's registry has it. A name of ours says what is in it; one that moves does
        not, so there the image itself has to.
        """
        from docker.errors import DockerException

        if plan.moving:
            return self._label(name) == plan.content
        for look in (self.client.images.get, self.client.images.get_registry_data):
            try:
                look(name)
                return True
            except DockerException:
                continue
        return False

    def _label(self, name: str) -> str | None:
        """What the image says of its content, if the daemon has it."""
        from docker.errors import DockerException

        try:
            labels = self.client.images.get(name).labels
        except DockerException:
            return None
        found = labels.get(CONTENT)
        return found if isinstance(found, str) else None

    def name(self, reference: str, name: str) -> None:
        """Give an image that the daemon has a further name."""
        from docker.errors import DockerException

        repository, _, tag = name.rpartition(":")
        try:
            self.client.images.get(reference).tag(repository, tag)
        except DockerException as error:
            raise BuildError(str(error)) from error

    def build(self, plan: Plan, network: str | None = None) -> Iterator[str]:
        """Build an image; yields the builder's lines."""
        if plan.base is not None:
            yield from self._build_base(plan, network)
        if plan.secrets:
            yield from _with_buildkit(plan, network)
            return
        with _context(plan) as context:
            yield from self._classic(context, plan.reference, "Dockerfile", plan.arguments, network)

    def _build_base(self, plan: Plan, network: str | None) -> Iterator[str]:
        """The user's own Dockerfile comes first: ours starts from what it makes."""
        assert plan.base is not None
        dockerfile, folder = plan.context / plan.base["dockerfile"], plan.base["context"]
        with io.BytesIO() as stream:
            with tarfile.open(fileobj=stream, mode="w") as tar:
                if folder is not None:
                    tar.add(plan.context / folder, arcname=".")
                tar.add(dockerfile, arcname=".zencompile.Dockerfile")
            stream.seek(0)
            arguments = (stream, plan.base["reference"], ".zencompile.Dockerfile", plan.arguments, network)
            yield from self._classic(*arguments)

    def _classic(
        self, context: BinaryIO, tag: str, dockerfile: str, arguments: dict[str, str], network: str | None
    ) -> Iterator[str]:
        from docker.errors import DockerException

        try:
            lines = self.client.api.build(
                fileobj=context,
                custom_context=True,
                dockerfile=dockerfile,
                tag=tag,
                buildargs=arguments,
                network_mode=network,
                rm=True,
                forcerm=True,
                decode=True,
            )
            said: deque[str] = deque(maxlen=4 * _SAID)  # pieces of lines, some of them empty
            for line in lines:
                if "error" in line:
                    raise BuildError(str(line["error"]).strip(), "".join(said).splitlines()[-_SAID:])
                said.append(str(line.get("stream", "")))
                yield said[-1]
        except DockerException as error:
            raise BuildError(str(error)) from error

    def push(self, reference: str) -> None:
        """Push an image to its registry."""
        from docker.errors import DockerException

        try:
            for line in self.client.images.push(reference, stream=True, decode=True):
                if "error" in line:
                    raise BuildError(str(line["error"]).strip())
        except DockerException as error:
            raise BuildError(str(error)) from error


def _context(plan: Plan) -> BinaryIO:
    """The files of the image's allow-list and the Dockerfile in its classic form, as a tar archive."""
    lines = (plan.folder / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    allowed = [line[1:] for line in lines if line.startswith("!")]
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for name in allowed:
            place = plan.context / name
            if not place.exists():
                raise BuildError(f"{name} is gone since {plan.dockerfile} was compiled; compile again")
            tar.add(place, arcname=name, filter=_plain)
        dockerfile = classic(plan.dockerfile.read_text("utf-8")).encode()
        entry = tarfile.TarInfo("Dockerfile")
        entry.size = len(dockerfile)
        tar.addfile(entry, io.BytesIO(dockerfile))
    stream.seek(0)
    return stream


def classic(dockerfile: str) -> str:
    """The Dockerfile for the classic builder: no cache mounts, and the owner of copied files set by an instruction.

    Its `--chown=nobody` asks for a group of that name, where BuildKit takes the user's own.
    """
    text = _MOUNT.sub("", dockerfile)
    owner = _OWNER.search(text)
    if owner is None:
        return text
    return re.sub(r"^USER ", f"RUN chown -R {owner[1]} /app\nUSER ", _OWNER.sub("COPY ", text), count=1, flags=re.M)


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """The same archive for the same files: no owner, no time, no bytecode."""
    if "__pycache__" in entry.name.split("/"):
        return None
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = ""
    return entry


def _with_buildkit(plan: Plan, network: str | None) -> Iterator[str]:
    docker = shutil.which("docker")
    if docker is None:
        raise BuildError(f"{plan.reference} needs secrets to be built, and the command `docker` is not on the PATH")
    words = [docker, "build", "--file", str(plan.dockerfile), "--tag", plan.reference]
    words += ["--network", network] if network else []
    words += [word for name, value in plan.arguments.items() for word in ("--build-arg", f"{name}={value}")]
    for name in plan.secrets:
        if name not in os.environ:
            raise BuildError(f"{plan.reference} needs the variable {name} to be built, and it is not set")
        words += ["--secret", f"id={name},env={name}"]
    run = subprocess.run(
        [*words, str(plan.context)], env=os.environ | {"DOCKER_BUILDKIT": "1"}, capture_output=True, text=True
    )
    yield run.stdout
    if run.returncode:
        raise BuildError(run.stderr.strip() or f"`docker build` ended with exit code {run.returncode}")
