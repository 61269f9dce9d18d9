"""Building images from a build folder, through the Docker SDK.

The SDK speaks to the classic builder, which knows no mounts. So cache mounts are left out: they speed a build up and
change nothing in the image. An image that needs secrets while it is built is left to the `docker` command and BuildKit.
Either is given the packed files that the image's description lists, as they were when it was compiled.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

from zencompile import packing
from zencompile.ir import long_values, manifests
from zencompile.ir.environments import REVIEW

_MOUNT = re.compile(r"--mount=type=cache,\S+\s*(\\\n\s*)?")


_OWNER = re.compile(r"^COPY --chown=([A-Za-z_]\S*) ", re.M)
_DOCKERFILE = ".zencompile.Dockerfile"
"""The Dockerfile's name in a packed context, where the user may have one of their own."""
_IGNORE = ".dockerignore"
CONTENT = "zencompile.content"
"""The label of an image that says what it was made from."""

_SAID = 12
"""How many of a builder's last lines are shown with its error."""


class BuildError(Exception):
    """An image can't be built or pushed; the message says why, `log` holds the last that the builder said."""

    code = "ZC0012"
    helps: tuple[str, ...] = ()

    def __init__(self, message: str, log: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.log = tuple(log)


class NoDaemon(BuildError):
    """There is nobody to build."""

    helps = ("start Docker, or name a daemon that answers in DOCKER_HOST",)


class ChangedSince(BuildError):
    """What is on disk is not what was compiled, so it can't have the image's name."""

    code = "ZC0022"


@dataclass(frozen=True)
class Plan:
    """An image to build: what its description says. `context` is the folder that paths in the Dockerfile are relative
    to, `build` the build folder.

    `names` are all that the image is to be called, one for each environment and code of a step, or the user's own.
    """

    reference: str
    names: tuple[str, ...]
    folder: Path
    build: Path
    context: Path
    described: Mapping[str, Any]

    @property
    def dockerfile(self) -> Path:
        return self.folder / "Dockerfile"

    @property
    def base(self) -> Mapping[str, Any] | None:
        """How the user's own Dockerfile is built, if there is one."""
        found: Mapping[str, Any] | None = self.described.get("base")
        return found

    @property
    def moving(self) -> bool:
        """Whether its name is the user's own, which says nothing of what the image holds."""
        return bool(self.described.get("moving"))

    @property
    def is_for_reading(self) -> bool:
        """Whether nothing is to run in it: what was compiled says neither its content nor its code."""
        return self.moving and self.reference.endswith(f":{REVIEW}")

    def moves(self, name: str) -> bool:
        """Whether this is the name that is the user's own: others of the same image may not be."""
        return self.moving and name == self.reference

    @property
    def content(self) -> str:
        """A digest of all that goes in."""
        facts = {name: _digest(self.build / name) for name in _facts(self)}
        held = json.dumps([self.described, facts], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(held.encode()).hexdigest()

    @property
    def secrets(self) -> tuple[str, ...]:
        """Variables that are lent to the builder."""
        return tuple(self.described.get("secrets", ()))


def plans(build: Path) -> Iterator[Plan]:
    """The images below a build folder, in the order of their folders' names."""
    for path in sorted((build / "images").glob("*/image.json")):
        found = json.loads(path.read_text("utf-8"))
        steps = list(_steps(path.parent))
        names = {name for one in steps if _is_of(build, one) for name in one["steps"].values()}
        if steps and not names:
            continue  # of pipelines that are called otherwise now, or are another project's
        yield Plan(
            reference=found["reference"],
            names=tuple(sorted(names)) or (found["reference"],),
            folder=path.parent,
            build=build.resolve(),
            context=(build / found["context"]).resolve(),
            described=found,
        )


def _steps(folder: Path) -> Iterator[dict[str, Any]]:
    """What each pipeline calls an image for its steps."""
    for path in sorted((folder / "steps").glob("*.json")):
        yield json.loads(path.read_text("utf-8"))


def _facts_of(steps: Mapping[str, Any]) -> str:
    """Where the facts of code of a pipeline are, relative to the build folder."""
    return f"runtime/code/{quote(steps['pipeline'].partition('/')[2], safe='')}.json"


def _document(build: Path, steps: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of code of a pipeline; empty if there are none."""
    place = build / _facts_of(steps)
    found: dict[str, Any] = json.loads(place.read_text("utf-8")) if place.is_file() else {}
    return found


def _is_of(build: Path, steps: Mapping[str, Any]) -> bool:
    """Whether the facts of code beside it are those of the pipeline, and not of another one of its name."""
    return bool(_document(build, steps).get("pipeline") == steps["pipeline"])


def _facts(plan: Plan) -> list[str]:
    """The facts of code of the pipelines that the image is for, relative to the build folder."""
    return [_facts_of(steps) for steps in _steps(plan.folder) if _is_of(plan.build, steps)]


def _values(plan: Plan) -> dict[str, str]:
    """The files of those pipelines' values that no command line can hold, with their digests."""
    documents = [_document(plan.build, steps) for steps in _steps(plan.folder) if _is_of(plan.build, steps)]
    digests = {digest for document in documents for digest in document.get("values", ())}
    return {f"{long_values.FOLDER}/{digest}.json": digest for digest in sorted(digests)}


def outdated(plan: Plan) -> dict[str, list[str]]:
    """The pipelines whose names for an image mean other files than those that would go in, with these files.

    Whoever compiles another pipeline to the same build folder after an edit writes the image's files anew, but not what
    the first one knows of its steps.
    """
    found: dict[str, list[str]] = {}
    files = plan.described.get("files", {})
    for steps in _steps(plan.folder) if files else ():
        document = _document(plan.build, steps)
        named = [entry for entry, name in steps["steps"].items() if not plan.moves(name)]
        changed = {path for entrypoint in named for path in _changed(document, entrypoint, files)}
        if document.get("pipeline") == steps["pipeline"] and changed:
            found[steps["pipeline"]] = sorted(changed)
    return found


def _changed(document: dict[str, Any], entrypoint: str, files: Mapping[str, str]) -> Iterator[str]:
    """The files of a step that are others in the image than when its pipeline was compiled."""
    step = document.get("steps", {}).get(entrypoint, {})
    for path in step.get("sources", step.get("files", ())):
        if manifests.content(files, path) not in (document["files"].get(path), None):
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
            raise NoDaemon(f"no Docker daemon answers: {error}") from error

    def exists(self, plan: Plan, name: str) -> bool:
        """Whether the daemon or the image's registry has it. A name of ours says what is in it; one that moves does
        not, so there the image itself has to.
        """
        from docker.errors import DockerException

        if plan.moves(name):
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
        options = dict(plan.described.get("build_options", {}))
        if plan.moving:
            options["labels"] = {**options.get("labels", {}), CONTENT: plan.content}
        with _context(plan, classic(plan.dockerfile.read_text("utf-8"))) as context:
            yield from self._classic(context, plan.reference, options, network)

    def _build_base(self, plan: Plan, network: str | None) -> Iterator[str]:
        """The user's own Dockerfile comes first: ours starts from what it makes."""
        assert plan.base is not None
        context, dockerfile = _own_context(plan, plan.base)
        options = {**plan.base.get("build_options", {}), "dockerfile": dockerfile}
        with context:
            yield from self._classic(context, plan.base["reference"], options, network)

    def _classic(self, context: BinaryIO, tag: str, options: Mapping[str, Any], network: str | None) -> Iterator[str]:
        from docker.errors import DockerException

        try:
            given = {
                "dockerfile": _DOCKERFILE,
                "rm": True,
                "forcerm": True,
                **options,
                **({"network_mode": network} if network else {}),
            }
            lines = self.client.api.build(fileobj=context, custom_context=True, tag=tag, decode=True, **given)
            said: deque[str] = deque(maxlen=4 * _SAID)  # pieces of lines, some of them empty
            for line in lines:
                if "error" in line:
                    raise BuildError(str(line["error"]).strip(), "".join(said).splitlines()[-_SAID:])
                said.append(str(line.get("stream", "")))
                yield said[-1]
        except DockerException as error:
            raise BuildError(str(error)) from error

    def is_pushed(self, name: str) -> bool:
        """Whether the image's registry has it."""
        from docker.errors import DockerException

        try:
            self.client.images.get_registry_data(name)
        except DockerException:
            return False
        return True

    def push(self, reference: str) -> None:
        """Push an image to its registry."""
        from docker.errors import DockerException

        try:
            for line in self.client.images.push(reference, stream=True, decode=True):
                if "error" in line:
                    raise BuildError(str(line["error"]).strip())
        except DockerException as error:
            raise BuildError(str(error)) from error


def _context(plan: Plan, dockerfile: str) -> BinaryIO:
    """The files that the image's description lists, and a Dockerfile, as a tar archive."""
    return _packed(_items(plan), {_DOCKERFILE: dockerfile})


def _items(plan: Plan) -> Iterator[packing.Item]:
    """What goes into an image, under its name in the context."""
    described = plan.described
    if "files" not in described:
        raise ChangedSince(f"{plan.dockerfile} was compiled by an older release; compile again")
    yield from packing.tree(plan.context / described["project"], described["files"], described["project"])
    below = plan.build.relative_to(plan.context).as_posix()
    for item in packing.tree(plan.build, described["made"], below):
        if item.place == plan.dockerfile.resolve():
            packing.check(item)
        else:
            yield item
    yield from packing.tree(plan.build, {name: _digest(plan.build / name) for name in _facts(plan)}, below)
    yield from packing.tree(plan.build, _values(plan), below)
    runtime = "runtime" if below == "." else f"{below}/runtime"
    yield from packing.runtime(plan.build / "runtime", "zencompile_runtime", described["runtime"], runtime)


def _digest(place: Path) -> str:
    """Of a file that no description tells of; "" where there is none, which is nothing's digest."""
    return hashlib.sha256(place.read_bytes()).hexdigest() if place.is_file() else ""


def _own_context(plan: Plan, base: Mapping[str, Any]) -> tuple[BinaryIO, str]:
    """The build context of the user's own Dockerfile as it was when it was compiled, and the Dockerfile's name there.

    One that lies elsewhere is put in, and named in `.dockerignore`, as the `docker` command does it: then the daemon
    takes it out again before anything is copied.
    """
    dockerfile, folder = plan.context / base["dockerfile"], plan.context / (base["context"] or ".")
    items = {item.name: item for item in packing.tree(folder, base["files"])}
    inside = os.path.relpath(dockerfile, folder)
    if inside in items:
        return _packed(items.values(), {}), inside
    text = _checked(packing.Item(base["dockerfile"], dockerfile, base["dockerfile_digest"]))
    ignore = items.pop(_IGNORE, None)
    lines = _IGNORE if ignore is None else _checked(ignore)
    return _packed(items.values(), {_DOCKERFILE: text, _IGNORE: f"{lines}\n{_DOCKERFILE}\n"}), _DOCKERFILE


def _checked(item: packing.Item) -> str:
    try:
        return packing.check(item).decode()
    except packing.Changed as error:
        raise ChangedSince(f"{error}; compile again") from error


def _packed(items: Iterable[packing.Item], texts: Mapping[str, str]) -> BinaryIO:
    try:
        return packing.pack(items, texts)
    except packing.Changed as error:
        raise ChangedSince(f"{error}; compile again") from error


def classic(dockerfile: str) -> str:
    """The Dockerfile for the classic builder: no cache mounts, and the owner of copied files set by an instruction.

    Its `--chown=nobody` asks for a group of that name, where BuildKit takes the user's own.
    """
    text = _MOUNT.sub("", dockerfile)
    owner = _OWNER.search(text)
    if owner is None:
        return text
    return re.sub(r"^USER ", f"RUN chown -R {owner[1]} /app\nUSER ", _OWNER.sub("COPY ", text), count=1, flags=re.M)


def _with_buildkit(plan: Plan, network: str | None) -> Iterator[str]:
    docker = shutil.which("docker")
    if docker is None:
        raise BuildError(f"{plan.reference} needs secrets to be built, and the command `docker` is not on the PATH")
    words = [docker, "build", "--file", _DOCKERFILE, "--tag", plan.reference, *plan.described.get("flags", ())]
    words += ["--network", network] if network else []
    words += ["--label", f"{CONTENT}={plan.content}"] if plan.moving else []
    for name in plan.secrets:
        if name not in os.environ:
            raise BuildError(f"{plan.reference} needs the variable {name} to be built, and it is not set")
        words += ["--secret", f"id={name},env={name}"]
    with _context(plan, plan.dockerfile.read_text("utf-8")) as context:
        run = subprocess.run(
            [*words, "-"], stdin=context, env=os.environ | {"DOCKER_BUILDKIT": "1"}, capture_output=True, text=True
        )
    yield run.stdout
    if run.returncode:
        raise BuildError(run.stderr.strip() or f"`docker build` ended with exit code {run.returncode}")
