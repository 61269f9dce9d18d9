"""What the cache key of each step will be made of: composed from what the front end found, and checked.

The key itself is the runtime's work (it needs values and installed versions); here it is seen to that all that it is
made of travels along.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from zencompile.diagnostics import Report, did_you_mean
from zencompile.ir import Invocation, Literal, Pipeline, Step, Value, leaves, manifests
from zencompile.passes.answers import may_differ
from zencompile.passes.context import PassContext
from zencompile.passes.images import named


def caching(pipeline: Pipeline, report: Report, context: PassContext) -> Pipeline:
    """Fill `files` with the digests of all files in closures; check that caching policies name what exists; cache no
    step of which an argument may come to something else in another run."""
    invocations = (
        _strict(_certain(call, pipeline.steps[call.step], report), context.strict) for call in pipeline.invocations
    )
    pipeline = pipeline.model_copy(update={"invocations": tuple(invocations)})
    reached = sorted({path for step in pipeline.steps.values() for path in step.closure.files})
    depended = any(i.cache.file_dependencies for i in pipeline.invocations)
    missing = [path for path in reached if path not in pipeline.files]
    manifest = context.files(named(context.siblings or (pipeline,))) if missing or depended else {}
    for invocation in pipeline.invocations:
        _inputs(invocation, pipeline.steps[invocation.step], report)
        _dependencies(invocation, manifest, report)
    if not missing:
        return pipeline
    found = {path: digest for path in missing if (digest := _digest(path, manifest, report)) is not None}
    return pipeline.model_copy(update={"files": dict(sorted({**pipeline.files, **found}.items()))})


def _certain(invocation: Invocation, step: Step, report: Report) -> Invocation:
    """An invocation that is cached only if its arguments come to the same in every run."""
    policy = invocation.cache
    if not policy.enabled or not policy.include_step_parameters:
        return invocation
    counted = {name: value for name, value in invocation.inputs.items() if name not in policy.ignored_inputs}
    differing = [name for name, value in counted.items() if _may_differ(value, step)]
    if not differing:
        return invocation
    report.note(
        "ZC0414",
        f"`{invocation.id}` is run anew in each run",
        counted[differing[0]].span or invocation.span,
        label="may come to something else each time",
        helps="a caching policy that ignores the input caches the step whatever it comes to",
    )
    return invocation.model_copy(update={"cache": policy.model_copy(update={"enabled": False})})


def _strict(invocation: Invocation, strict: bool) -> Invocation:
    """An invocation that takes no result which used what can't be compared, where that is asked for."""
    if not strict or not invocation.cache.enabled:
        return invocation
    return invocation.model_copy(update={"cache": invocation.cache.model_copy(update={"strict": True})})


def _may_differ(value: Value, step: Step) -> bool:
    literals = (leaf.value for leaf in leaves(value) if isinstance(leaf, Literal))
    return any(may_differ(literal, partial(_reaches, step)) for literal in literals)


def _reaches(step: Step, module: str) -> bool:
    """Whether the code of this module of the project is part of the step's cache key."""
    path = module.replace(".", "/")
    ends = (f"/{path}.py", f"/{path}/__init__.py")
    return any(f"/{file}".endswith(ends) for file in step.closure.files)


def _digest(path: str, manifest: Mapping[str, str], report: Report) -> str | None:
    """Of the file's bytes, or of the text that was read where the project's files are not known."""
    found = manifests.content(manifest, path)
    if found is not None:
        return found
    source = report.sources.get(path)
    return source.digest if source is not None else None


def _inputs(invocation: Invocation, step: Step, report: Report) -> None:
    known = [i.name for i in step.inputs]
    for name in invocation.cache.ignored_inputs:
        if name not in known:
            report.error(
                "ZC0406",
                f"the caching policy of `{invocation.id}` ignores the input `{name}`, which `{step.name}` doesn't have",
                invocation.span,
                helps=did_you_mean(name, known) or f"inputs of `{step.name}`: {', '.join(known) or 'none'}",
            )


def _dependencies(invocation: Invocation, manifest: Mapping[str, str], report: Report) -> None:
    for path in invocation.cache.file_dependencies:
        folder = path.rstrip("/") + "/"
        if not manifest or manifests.holds(manifest, path):
            continue
        inside = f"{manifests.resolved(manifest, folder) or folder}".rstrip("/") + "/"
        if not any(held.startswith(inside) for held in manifest):
            report.warning(
                "ZC0406",
                f"the caching policy of `{invocation.id}` depends on `{path}`, which is no file of the project",
                invocation.span,
                helps="name a file of the project, relative to the source root",
            )
