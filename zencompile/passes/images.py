"""From a planned environment to the image that steps run in: its name, its tag, and all that goes in."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from zencompile.file_names import PACKAGING
from zencompile.ir import Environment, Image, Pipeline, manifests
from zencompile.ir.environments import DIGITS, REVIEW
from zencompile.ir.literals import canonical
from zencompile.ir.schema import as_json
from zencompile.passes.context import PassContext
from zencompile.passes.ignore import ignored
from zencompile.passes.sharing import Plan

# The version of the Dockerfile's recipe. It counts up whenever the same `Image` would give another Dockerfile, so that
# images of the old recipe are not taken for ones of the new.
RECIPE = 4

_STEERING = {"no_cache", "rm", "forcerm", "cache_from", "shm_size", "pull", "quiet", "timeout"}
"""Build options that change how an image is built, and nothing in it."""

_SHARED = (
    *("python", "apt_packages", "requirements", "installer", "installer_arguments", "build_variables", "variables"),
    *("user", "dockerfile", "build_context", "dockerignore", "project_install", "include_code"),
)
"""What an image says in the words of its environment."""


def default_base(python: str) -> str:
    """The image that everything is built on where the user names none."""
    return f"python:{python}-slim-bookworm"


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
    return Code(pipelines, context.files(named(pipelines)), reached)


def named(pipelines: Iterable[Pipeline]) -> tuple[str, ...]:
    """The files that have to be in images: code of steps, what caching policies name, and what installing reads."""
    found: set[str] = set()
    for pipeline in pipelines:
        found |= {path for step in pipeline.steps.values() for path in step.closure.sources}
        found |= {path for call in pipeline.invocations for path in call.cache.file_dependencies}
        if any(environment.project_install for environment in pipeline.environments.values()):
            found.update(PACKAGING)
    return tuple(sorted(found))


def image(plan: Plan, code: Code, context: PassContext) -> Image:
    """The image for `plan`."""
    environment = plan.environment
    repository = environment.repository or context.repository or repository_name(code.pipelines)
    shared: dict[str, Any] = {name: getattr(environment, name) for name in _SHARED}
    options = {"build_options": environment.build_options, "base_options": environment.base_options}
    own = _own_dockerfile(environment, context)
    shared |= own | {name: lasting(given) for name, given in options.items()}
    made = Image.model_construct(
        key="",
        environment=plan.keys[0],
        repository=repository,
        tag="",
        reference="",
        recipe=RECIPE,
        runtime=context.runtime,
        base=_base(environment, repository, own, context),
        layers=plan.layers,
        files=_copied(environment, code, context) if environment.include_code else {},
        **shared,
    )
    if environment.skip_build:
        return _existing(made, environment.parent_image or made.base)
    made = _named(made, plan.label, environment.tag or _common_tag(context, plan.label), context.registry)
    return made.model_copy(update={**options, "runtime_digest": context.runtime_digest})


def _common_tag(context: PassContext, label: str) -> str | None:
    """The tag that the configuration gives to all images; those that are not the project's only one add their word."""
    return f"{context.tag}-{_slug(label)}" if context.tag and label and context.tag != REVIEW else context.tag


def lasting(options: Mapping[str, Any]) -> dict[str, Any]:
    """The build options that change what is in an image."""
    return {name: value for name, value in options.items() if name not in _STEERING}


def _copied(environment: Environment, code: Code, context: PassContext) -> dict[str, str]:
    """The files of the project that go in: all but those that a `.dockerignore` keeps out and no step reaches."""
    text = context.read(environment.dockerignore or ".dockerignore") if code.files else None
    out = ignored(text or "")
    return {path: digest for path, digest in sorted(code.files.items()) if path in code.reached or not out(path)}


def _own_dockerfile(environment: Environment, context: PassContext) -> dict[str, Any]:
    """What the user's own Dockerfile and its build context hold, but for what its `.dockerignore` keeps out."""
    if environment.dockerfile is None:
        return {}
    file = context.tree(environment.dockerfile, lambda _: False).get(".", "")
    digest = manifests.digest(file) or ""
    if environment.build_context is None:
        return {"dockerfile_digest": digest}
    out = ignored(_kept_out(environment, context))
    return {"dockerfile_digest": digest, "context_files": dict(context.tree(environment.build_context, out))}


def _kept_out(environment: Environment, context: PassContext) -> str:
    """The patterns for the user's build context: of the settings, of the Dockerfile, or of the folder."""
    if environment.base_dockerignore is not None:
        return context.read(environment.base_dockerignore) or ""
    own = context.read(f"{environment.dockerfile}.dockerignore")
    return own if own is not None else context.read(f"{environment.build_context}/.dockerignore") or ""


def _base(environment: Environment, repository: str, own: Mapping[str, Any], context: PassContext) -> str:
    if environment.dockerfile is not None:
        content = canonical([own.get("dockerfile_digest"), own.get("context_files"), lasting(environment.base_options)])
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
