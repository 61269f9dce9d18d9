"""From a planned environment to the image that steps run in: its name, its tag, and all that goes in."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping

from zencompile.ir import Environment, Image, Pipeline
from zencompile.ir.literals import canonical
from zencompile.ir.schema import as_json
from zencompile.passes.context import PassContext
from zencompile.passes.ignore import ignored
from zencompile.passes.sharing import Plan

# The version of the Dockerfile's recipe. It counts up whenever the same `Image` would give another Dockerfile, so that
# images of the old recipe are not taken for ones of the new.
RECIPE = 1


def default_base(python: str) -> str:
    """The image that everything is built on where the user names none."""
    return f"python:{python}-slim-bookworm"


def image(plan: Plan, siblings: tuple[Pipeline, ...], files: Mapping[str, str], context: PassContext) -> Image:
    """The image for `plan`, which the pipelines `siblings` may all use. `files` is the project's code manifest."""
    environment = plan.environment
    repository = environment.repository or context.repository or repository_name(siblings)
    names = tuple(sorted(p.name for p in siblings))
    shared = environment.model_dump(
        include={
            *("python", "apt_packages", "requirements", "installer", "installer_arguments", "build_variables"),
            *("variables", "user", "dockerfile", "build_context", "build_options", "dockerignore"),
            *("project_install", "include_code"),
        }
    )
    made = Image(
        key="",
        environment=plan.keys[0],
        repository=repository,
        tag="",
        reference="",
        recipe=RECIPE,
        runtime=context.runtime,
        base=_base(plan, repository, files, context),
        layers=plan.layers,
        pipelines=names,
        code=code_digest(siblings),
        files=_copied(environment, files, siblings, context) if environment.include_code else {},
        **shared,
    )
    if environment.skip_build:
        return _existing(made, environment.parent_image or made.base)
    return _named(made, environment.tag, context.registry)


def _copied(
    environment: Environment, files: Mapping[str, str], siblings: tuple[Pipeline, ...], context: PassContext
) -> dict[str, str]:
    """The files of the project that go in: all but those that a `.dockerignore` keeps out and no step reaches."""
    text = context.read(environment.dockerignore or ".dockerignore") if files else None
    out = ignored(text or "")
    reached = {path for p in siblings for step in p.steps.values() for path in step.closure.files}
    return {path: digest for path, digest in sorted(files.items()) if path in reached or not out(path)}


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
    return made.model_copy(update=changes | {"code": "", "pipelines": (), "recipe": 0, "runtime": ""})


def _named(made: Image, tag: str | None, registry: str | None) -> Image:
    """Name an image by what it holds: the key by what its environment says, the tag by that and the code."""
    held = as_json(made)
    for field in ("key", "environment", "repository", "tag", "reference", "digest"):
        held.pop(field, None)
    digest = _sha256(canonical(held))
    for field in ("recipe", "runtime", "code", "files"):
        held.pop(field, None)
    # A project's files are the same for all that is compiled from it; those of closures are not.
    key = f"{_slug(made.repository.rpartition('/')[2])}-{_sha256(canonical(held))[:8]}"
    chosen = tag or digest[:16]
    prefix = f"{registry.rstrip('/')}/" if registry else ""
    reference = f"{prefix}{made.repository}:{chosen}"
    return made.model_copy(update={"key": key, "tag": chosen, "reference": reference, "digest": digest})


def repository_name(pipelines: Iterable[Pipeline]) -> str:
    """The default repository: named after the project, or after the first pipeline of a project without a name."""
    first = next(iter(pipelines))
    return _slug(first.namespace if first.namespace != "default" else first.name)


def code_digest(pipelines: Iterable[Pipeline]) -> str:
    """SHA-256 over the facts of code that go into the image with the runtime (`runtime/code/`)."""
    facts = {
        pipeline.name: {
            "namespace": pipeline.namespace,
            "files": dict(sorted(pipeline.files.items())),
            "steps": sorted(canonical(_facts(as_json(step))) for step in pipeline.steps.values()),
        }
        for pipeline in pipelines
    }
    return _sha256(canonical(facts))


def _facts(step: dict[str, object]) -> dict[str, object]:
    """A step without its places and its docstring, which the runtime does not see."""
    held = {key: value for key, value in step.items() if key not in ("span", "docstring", "name")}
    for key in ("inputs", "outputs"):
        items = held.get(key, [])
        assert isinstance(items, list)
        held[key] = [{k: v for k, v in item.items() if k != "span"} for item in items]
    return held


def split_reference(reference: str) -> tuple[str, str]:
    """Repository and tag; a digest stays with the repository's name, and the tag is then empty."""
    name, _, digest = reference.partition("@")
    if digest:
        return reference, ""
    repository, colon, tag = name.rpartition(":")
    return (repository, tag) if colon and "/" not in tag else (name, "latest")


def _slug(name: str) -> str:
    """A name as a repository's: lower case, digits and letters joined by single dashes."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "pipeline"


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
