"""Whether the code here is the code that a step was compiled from, asked before any of it is imported.

The caller (a DAG, a pipeline of Kubeflow, a plan) says which code it means, `StepSpec.code`. The facts of code beside
the runtime say which code was put here, and the files themselves what has become of it since.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from zencompile_runtime import deployed, facts
from zencompile_runtime.errors import ConfigurationFault
from zencompile_runtime.importing import BUILT_IN, modules_in, project
from zencompile_runtime.spec import StepSpec

REVIEW = "review"
"""What stands for the code in files that are for reading alone."""

WARN = "warn"
NOT_RELIED_UPON = frozenset({"test", "this"})
"""Modules of the standard library that nothing of it imports: a project's own is what is meant."""

_parts: dict[tuple[str, str], dict[str, str]] = {}


def check(spec: StepSpec, known: dict[str, Any]) -> list[str]:
    """Raise ConfigurationFault if other code than the caller's would run; if the caller wants to be warned only, what
    there is to be said.
    """
    if not spec.code:
        return []
    found = _told(spec, known)
    if found is None:
        return []
    message, help = found
    if spec.drift == WARN and spec.code != REVIEW:
        return [f"{message}; {help}"]
    raise ConfigurationFault(message, help=help)


def _told(spec: StepSpec, known: dict[str, Any]) -> tuple[str, str] | None:
    """What is wrong with the code here, and what to do about it."""
    if spec.code == REVIEW:
        return (
            "this was compiled for reading: it names neither an environment nor code",
            "compile the pipeline with content names, and deploy what that gives",
        )
    here = known.get("deployed")
    if not here or not known.get("importable"):
        return (
            f"nothing is known here of the code of `{spec.entrypoint}`",
            "build the image, or prepare this worker, from the same compilation",
        )
    if not meant(spec, known):
        return (
            f"the code here ({here[: len(spec.code)]}) is not the code that this step was compiled from ({spec.code})",
            "build the image, or prepare this worker, again; or compile the pipeline again",
        )
    changed = different(spec, known)
    if known["deployed"].startswith(spec.code):
        changed += _data(known)
    if changed:
        shown = ", ".join(changed[:3]) + (" …" if len(changed) > 3 else "")
        return f"{shown} changed since the pipeline was compiled", "compile the pipeline again"
    return None


def meant(spec: StepSpec, known: dict[str, Any]) -> bool:
    """Whether the code that was put here is the one that the caller means: with its data where they travel together,
    without where the step runs in the project itself.
    """
    return any(known.get(one, "").startswith(spec.code) for one in ("deployed", "importable"))


def different(spec: StepSpec, known: dict[str, Any]) -> list[str]:
    """The files of a step's code that mean something else than when the pipeline was compiled: not those of which a
    comment changed, or a part that the step has nothing to do with.
    """
    document = facts.of_pipeline(spec.pipeline)
    changed = facts.changed_files(spec, known)
    if changed and not known.get("verbatim"):
        modules = document.get("modules", {})
        changed = [path for path in changed if not _means_the_same(path, known, modules.get(path))]
    return [*changed, *_hiding(facts.sources(known), document.get("files", {}))]


def _hiding(sources: list[str], compiled: dict[str, Any]) -> Iterator[str]:
    """The files that stand before what the step was compiled from, and were not there then: a package beside a module
    of its name, and what is called like a module of the standard library.
    """
    root = project()
    for path in sources:
        package = f"{path.removesuffix('.py')}/__init__.py"
        if package not in compiled and os.path.isfile(f"{root}/{package}"):  # noqa: PTH113 (once a file of every step)
            yield package
    for name in modules_in(root) if sources else ():
        if name in sys.stdlib_module_names and not name.startswith("_") and name not in NOT_RELIED_UPON | BUILT_IN:
            found = [path for path in (f"{name}.py", f"{name}/__init__.py") if os.path.isfile(f"{root}/{path}")]  # noqa: PTH113
            yield from (path for path in found if path not in compiled)


def _data(known: dict[str, Any]) -> Iterator[str]:
    """The data that travelled with the code and is not what it was; what an image holds stays as it is."""
    document = facts.placed()
    if document is None:
        return
    root = project()
    for path, value in known.get("data", {}).items():
        try:
            touched = os.stat(f"{root}/{path}").st_ctime_ns  # noqa: PTH116 (once a file of every step)
        except OSError:
            yield path
            continue
        if value.startswith("->") or touched <= document:
            continue
        if facts.file_digest(f"{root}/{path}") != value.removesuffix("+x"):
            yield path


def _means_the_same(path: str, known: dict[str, Any], module: Any) -> bool:
    full = f"{project()}/{path}"
    digest = facts.file_digest(full)
    if not isinstance(module, dict) or digest is None or facts.imported_otherwise(full, digest):
        return False
    separate = module.get("separate", ())
    key = (f"{digest} {full}", " ".join(separate))
    if key not in _parts:
        try:
            _parts[key] = deployed.digests_of(Path(full).read_bytes(), separate)
        except (OSError, SyntaxError, ValueError, RecursionError):
            return False
    found, was = _parts[key], module.get("parts", {})
    own = (part.rpartition("#")[2] for part in known.get("parts", ()) if part.rpartition("#")[0] == path)
    return all(found.get(part) == was.get(part) for part in (deployed.REST, *own))
