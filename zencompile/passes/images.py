"""From a planned environment to the image that steps run in: its name, its tag, and all that goes in."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from zencompile.ir import Environment, Image, Pipeline
from zencompile.ir.environments import DIGITS
from zencompile.ir.literals import canonical
from zencompile.ir.schema import as_json
from zencompile.passes.context import PassContext
from zencompile.passes.ignore import ignored
from zencompile.passes.sharing import Plan

# The version of the Dockerfile's recipe. It counts up whenever the same `Image` would give another Dockerfile, so that
# images of the old recipe are not taken for ones of the new.
RECIPE = 2

_SHARED = (
    *("python", "apt_packages", "requirements", "installer", "installer_arguments", "build_variables", "variables"),
    *("user", "dockerfile", "build_context", "build_options", "dockerignore", "project_install", "include_code"),
)
"""What an image says in the words of its environment."""


def default_base(python: str) -> str:
    """The image that everything is built on where the user names none."""
    return f"python:{python}-slim-bookworm"


REVIEW = "review"
"""The tag of images that no task is to run in: the files are for reading."""


class Code(NamedTuple):
    """What all images of a compilation have in common.

    `pipelines` are those that may use an image, `files` the project's code manifest, and `reached` those of them that
    hold code of steps.
    """

    pipelines: tuple[Pipeline, ...]
    files: Mapping[str, str]
    reached: frozenset[str]


def code(pipelines: tuple[Pipeline, ...], context: PassContext) -> Code:
    """The code of these pipelines."""
    if pipelines is context.siblings:
        return context.once("code", lambda: _code(pipelines, context))
    return _code(pipelines, context)


def _code(pipelines: tuple[Pipeline, ...], context: PassContext) -> Code:
    reached = frozenset(path for p in pipelines for step in p.steps.values() for path in step.closure.sources)
    return Code(pipelines, context.files(sorted(reached)), reached)


def image(plan: Plan, code: Code, context: PassContext) -> Image:
    """The image for `plan`."""
    environment = plan.environment
    repository = environment.repository or context.repository or repository_name(code.pipelines)
    shared = {name: getattr(environment, name) for name in _SHARED}
    made = Image.model_construct(
        key="",
        environment=plan.keys[0],
        repository=repository,
        tag="",
        reference="",
        recipe=RECIPE,
        runtime=context.runtime,
        base=_base(plan, repository, code.files, context),
        layers=plan.layers,
        files=_copied(environment, code, context) if environment.include_code else {},
        **shared,
    )
    if environment.skip_build:
        return _existing(made, environment.parent_image or made.base)
    return _named(made, plan.label, environment.tag or _common_tag(context, plan.label), context.registry)


def _common_tag(context: PassContext, label: str) -> str | None:
    """The tag that the configuration gives to all images; those that are not the project's only one add their word."""
    return f"{context.tag}-{_slug(label)}" if context.tag and label and context.tag != REVIEW else context.tag


def _copied(environment: Environment, code: Code, context: PassContext) -> dict[str, str]:
    """The files of the project that go in: all but those that a `.dockerignore` keeps out and no step reaches."""
    text = context.read(environment.dockerignore or ".dockerignore") if code.files else None
    out = ignored(text or "")
    return {path: digest for path, digest in sorted(code.files.items()) if path in code.reached or not out(path)}


def _base(plan: Plan, repository: str, files: Mapping[str, str], context: PassContext) -> str:
    environment = plan.environment
    if environment.dockerfile is not None:
        content = canonical([environment.dockerfile, files.get(environment.dockerfile), environment.build_context])
        return f"{repository}:base-{_sha256(content)[:16]}"
    return environment.parent_image or context.base or default_base(environment.python)


def _existing(made: Image, reference: str) -> Image:
    """An image that is there already."""
    repository, tag = split_reference(reference)
    key = f"{_slug(repository.rpartition('/')[2])}-{_sha256(reference)[:8]}"
    changes = {"key": key, "repository": repository, "tag": tag, "reference": reference, "build": False, "files": {}}
    return made.model_copy(update=changes | {"recipe": 0, "runtime": ""})


def _named(made: Image, label: str, tag: str | None, registry: str | None) -> Image:
    """Name an image by what its environment says, or as the user wants it; its steps' code comes behind that."""
    held = as_json(made)
    for field in ("key", "environment", "repository", "tag", "reference", "digest", "files"):
        held.pop(field, None)
    digest = _sha256(canonical(held))
    for field in ("recipe", "runtime"):
        held.pop(field, None)
    words = (made.repository.rpartition("/")[2], *([label] if label else []), _sha256(canonical(held))[:8])
    key = "-".join(map(_slug, words))
    chosen = tag or digest[:DIGITS]
    prefix = f"{registry.rstrip('/')}/" if registry else ""
    reference = f"{prefix}{made.repository}:{chosen}"
    named = {"key": key, "tag": chosen, "reference": reference, "digest": digest, "moving": tag is not None}
    return made.model_copy(update=named)


def repository_name(pipelines: Iterable[Pipeline]) -> str:
    """The default repository: named after the project, or after the first pipeline of a project without a name."""
    first = next(iter(pipelines))
    return _slug(first.namespace if first.namespace != "default" else first.name)


def split_reference(reference: str) -> tuple[str, str]:
    """Repository and tag; a digest stays with the repository's name, and the tag is then empty."""
    name, _, digest = reference.partition("@")
    if digest:
        return reference, ""
    repository, colon, tag = name.rpartition(":")
    return (repository, tag) if colon and "/" not in tag else (name, "latest")


def _slug(name: str) -> str:
    """A name as a repository's: lower case, digits and letters joined by single dashes, letters without their marks."""
    if not name.isascii():
        import unicodedata

        name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "pipeline"


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
