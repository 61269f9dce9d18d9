"""The runner's way into the runtime: run a step, take it from the cache without a process, run a pipeline's hook."""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from zencompile_runtime import facts, hooks, importing, loading
from zencompile_runtime.context import Running
from zencompile_runtime.dependencies import code
from zencompile_runtime.environment import Environment
from zencompile_runtime.errors import Failure, Fault
from zencompile_runtime.execution import Course
from zencompile_runtime.failures import describe
from zencompile_runtime.inputs import Known, Resolver, count_of, load, mapped_lengths
from zencompile_runtime.spec import StepSpec
from zencompile_runtime.step import StepResult
from zencompile_runtime.store import open as open_store


def run_step(spec: StepSpec, known: Known, state: Any = None, alone: bool = False) -> StepResult:
    """Run the step. Whatever its code raises is a failure of the step, `sys.exit` too; so is KeyboardInterrupt in a
    process that is the step's `alone`.
    """
    course = Course(spec, known, state)
    course.alone = alone
    try:
        course.run()
    except KeyboardInterrupt as error:
        course.failed(error)
        if not alone:
            raise
    except BaseException as error:
        course.failed(error)
    return course.result


def look_up(spec: StepSpec, known: Known) -> StepResult | None:
    """The step's result if the cache has it; then its manifests and its record are written. Imports no user code.

    None too where only the step's own process can tell: what is wrong with the step is said there.
    """
    found = _ask(spec, known)
    if found is None or found[1] is None:
        return None
    course, entry = found
    course._take(entry)
    return course.result


def key_of(spec: StepSpec, known: Known) -> str | None:
    """The step's cache key as it is now; None if it has none, or only its own process can tell."""
    found = _ask(spec, known)
    return None if found is None else found[0].result.key


def stands(spec: StepSpec, known: Known, before: Mapping[str, Any]) -> bool:
    """Whether what a recorded run of the step made is what it would make now."""
    found = _ask(spec, known)
    if found is None or found[0].result.key != before["key"]:
        return False
    recall = found[0].recall
    return recall is not None and recall.is_unchanged(before)


def _ask(spec: StepSpec, known: Known) -> tuple[Course, Any] | None:
    policy = spec.cache_policy
    sources = [one for one in policy.get("source_dependencies", ()) if not one.endswith(".py")]
    if not spec.cache or spec.lookups or sources or policy.get("cache_function"):
        return None
    course = Course(spec, known, None)
    try:
        course.store = course.running.store = store = open_store(spec.store)
        recall = course.remember(facts.of_step(spec))
        with Environment(_without_secrets(spec)):
            course.resolved = Resolver(spec, store, known).all()
            entry = recall.ask(store, course.resolved)
            course.result.key = recall.key
            return course, entry
    except Fault:
        return None


def _without_secrets(spec: StepSpec) -> StepSpec:
    if not spec.secrets and all(isinstance(one, str) for one in spec.variables.values()):
        return spec
    from dataclasses import replace

    return replace(
        spec, secrets=(), variables={name: one for name, one in spec.variables.items() if isinstance(one, str)}
    )


def code_of(spec: StepSpec) -> str | None:
    """The code digest of a step, if it is known."""
    return facts.of_step(spec).get("code")


def imports_of(spec: StepSpec) -> tuple[str, ...]:
    """The third-party modules that a step's files import: what they name at their left margin, whether this pipeline's
    steps use it or not, and what the steps that share one of them use.
    """
    document = facts.of_pipeline(spec.pipeline)
    found: dict[str, None] = {}
    for file in document.get("steps", {}).get(spec.entrypoint, {}).get("files", ()):
        found.update(_imports(document)[file])
    return tuple(found)


def _imports(document: dict[str, Any]) -> dict[str, dict[str, None]]:
    """Of each file of a pipeline, what the steps that use it import; made once for a document."""
    if not _by_file or _by_file[0] is not document:
        table: dict[str, dict[str, None]] = {}
        for step in document.get("steps", {}).values():
            imports = dict.fromkeys(step.get("imports", ()))
            for file in step.get("files", ()):
                if file not in table:
                    table[file] = dict.fromkeys(_named(file))
                table[file].update(imports)
        _by_file[:] = [document, table]
    return cast("dict[str, dict[str, None]]", _by_file[1])


def _named(file: str) -> list[str]:
    """The top-level modules that a file of the project names in its imports at the left margin."""
    try:
        text = Path(importing.project(), file).read_text("utf-8", "replace")
    except OSError:
        return []
    lines = re.findall(r"^(?:from[ \t]+(\w+)|import[ \t]+([\w. \t,]+))", text, re.MULTILINE)
    several = [part.strip() for one, many in lines for part in (one or many).split(",")]
    return [re.split(r"\W", part)[0] for part in several if part]


_by_file: list[Any] = []


def count(spec: StepSpec, known: Known) -> int:
    """How many elements the mapped inputs of a step have; raises Fault."""
    return count_of(mapped_lengths(Resolver(spec, open_store(spec.store), known)), spec.product)


def value_of(spec: StepSpec, known: Known, reference: Any) -> Any:
    """The value behind a reference, as the step would see it; raises Fault."""
    store = open_store(spec.store)
    return load(Resolver(spec, store, known).resolve(reference, "test"), store)


# What nearly every step imports, of the standard library and of this package.
_USUAL = (
    "platform",
    "uuid",
    "zenml",
    "zencompile",
    "zencompile_runtime.catalogue",
    "zencompile_runtime.materializers.builtin",
    "zencompile_runtime.materializers.pickled",
    "zencompile_runtime.names.logger",
    "zencompile_runtime.names.missing",
    "zencompile_runtime.names.pipelines",
    "zencompile_runtime.names.step_context",
    "zencompile_runtime.names.steps",
    "zencompile_runtime.signals",
    "zencompile_runtime.timeouts",
)


def warm_up() -> None:
    """Do what every step of this process would do first, short of importing user code."""
    importing.prepare()
    facts.version_of("")
    for name in _USUAL:
        importlib.import_module(name)


_FEW = 40  # files of a closure up to which all are worth compiling ahead


def acquaint(pipeline: str, entrypoint: str) -> None:
    """Find out what each process of such a step would: what is known of its code, and the code. Runs none of it."""
    module = f"{entrypoint.partition(':')[0].replace('.', '/')}"
    try:
        known = facts.of_pipeline(pipeline).get("steps", {}).get(entrypoint, {})
    except Fault:  # the step's own process will say so
        return
    root, files = importing.project(), known.get("files", ())
    for path in files:
        full = f"{root}/{path}"
        facts.file_digest(full)
        importing.relative(full)
        if len(files) <= _FEW or path.startswith(module):
            loading.compile_ahead(full)
            if known.get("widened"):  # what runs beyond what code names is digested when the step has ended
                code.source(full)


def run_hook(
    kind: str, source: str, keywords: Mapping[str, Any], variables: Mapping[str, Any]
) -> tuple[Failure | None, Any]:
    """Run `on_init` ("init") or `on_cleanup` ("cleanup") with the pipeline's variables: what went wrong, and the
    pipeline's state.
    """
    found = {f"on_{kind}": source}
    spec = StepSpec("", f"on_{kind}", hooks=found, on_init_keywords=dict(keywords), variables=dict(variables))
    running = Running(spec, None)
    try:
        with Environment(spec):
            if kind == "init":
                hooks.initialize(running)
            else:
                hooks.call(source)
    except (Exception, SystemExit) as error:
        return describe(error, spec), None
    return None, running.state
