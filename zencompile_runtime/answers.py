"""What a step would be told if it asked again: the answers to questions that `observing.asking` has recorded.

["artifact", PLACE, ASPECT]     of an artifact, as `ArtifactVersion.aspect` has it; PLACE is
                                ["catalogue", NAME, VERSION], ["input", NAME, INDEX], ["run", STEP, OUTPUT] or
                                ["model", NAME, VERSION, ARTIFACT]
["versions", NAME]              which versions of an artifact there are, but for those of the step itself
["model", NAME, VERSION, WORD]  "number" or "metadata" of a version of a model; no name: the step's own
["steps"], ["step", NAME, WORD] the steps of the run that have ended; a field of one
["of_run"]                      what the steps that have ended told of the run: tags and metadata
["context"], ["element"]        what of the configuration the step may see; which element of a map it is
["variables"]                   those of the environment that the pipeline sets
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from zencompile_runtime import catalogue, configured, context, runs
from zencompile_runtime.context import Running
from zencompile_runtime.errors import Fault
from zencompile_runtime.names.missing import NotAvailable
from zencompile_runtime.observing import asking
from zencompile_runtime.own import json
from zencompile_runtime.store import layout


def difference(recorded: Mapping[str, Any], running: Running) -> str | None:
    """The first question that has another answer for the step that is about to run, in words."""
    context.enter(running)
    try:
        for text, before in recorded.items():
            question = json.loads(text)
            if asking.digest(answer(question, running)) != before:
                return f"it was told {_words(question)}, which is not what it would be told now"
    finally:
        context.leave()
    return None


def answer(question: list[Any], running: Running) -> Any:
    """What a step is told now; None if there is no such thing."""
    kind, *rest = question
    try:
        return _ANSWERS[kind](running, *rest)
    except (Fault, NotAvailable, LookupError, RuntimeError):
        return None


def others(running: Running, name: str) -> list[str]:
    """The versions of an artifact but for those that the step itself has made."""
    assert running.store is not None
    found = catalogue.versions(running.store, name)
    return [f"{catalogue.origin(one)}={one.get('version')}" for one in found if not catalogue.is_own(running, one)]


def _artifact(running: Running, place: list[Any], aspect: str) -> Any:
    from zencompile_runtime.names.artifact import ArtifactVersion

    manifest = _PLACES[place[0]](running, *place[1:])
    return None if manifest is None else ArtifactVersion(running.store, manifest).aspect(aspect)


def _of_catalogue(running: Running, name: str, version: Any) -> Any:
    assert running.store is not None
    return catalogue.find(running.store, name, version)


def _of_inputs(running: Running, name: str, index: int) -> Any:
    found = running.inputs[name]
    return found[index] if isinstance(found, list) else found


def _of_run(running: Running, step: str, output: str) -> Any:
    assert running.store is not None
    record, spec = _record(running, step), running.spec
    key = layout.manifest_key(spec.pipeline, spec.run, record["invocation"], output, record.get("map_index"))
    return running.store.read_document(key)


def _of_model(running: Running, name: str | None, version: Any, artifact: str) -> Any:
    found = _model(running, name, version).get_artifact(artifact)
    return None if found is None else found._manifest


def _model(running: Running, name: str | None, version: Any) -> Any:
    from zencompile_runtime.names.models import Model
    from zencompile_runtime.names.step_context import StepContext

    return StepContext(running).model if name is None else Model(name=name, version=version)


def _facts_of_model(running: Running, name: str | None, version: Any, word: str) -> Any:
    found = _model(running, name, version)
    return found.number if word == "number" else found.run_metadata


def _steps(running: Running) -> Any:
    assert running.store is not None
    return sorted(runs.records(running.store, running.spec))


def _step(running: Running, name: str, word: str) -> Any:
    from zencompile_runtime.names.step_views import EndedStep

    return EndedStep(running, _record(running, name)).field(word)


def _record(running: Running, name: str) -> dict[str, Any]:
    assert running.store is not None
    return runs.records(running.store, running.spec)[name]


def _of_this_run(running: Running) -> Any:
    from zencompile_runtime.names.run_views import of_run

    return of_run(running)


def _configured(running: Running) -> Any:
    assert running.store is not None
    return configured.counted(running.spec, running.store)


def _variables(running: Running) -> Any:
    from zencompile_runtime.names.run_views import RunConfiguration

    return RunConfiguration(running).environment


_PLACES: dict[str, Callable[..., Any]] = {
    "catalogue": _of_catalogue,
    "input": _of_inputs,
    "run": _of_run,
    "model": _of_model,
}
_ANSWERS: dict[str, Callable[..., Any]] = {
    "artifact": _artifact,
    "versions": others,
    "model": _facts_of_model,
    "steps": _steps,
    "step": _step,
    "of_run": _of_this_run,
    "context": _configured,
    "element": lambda running: running.spec.map_index,
    "variables": _variables,
}


def _words(question: list[Any]) -> str:
    kind, *rest = question
    if kind == "artifact":
        (place, *names), aspect = rest
        what = {"there": "whether there is", "value": "the value of"}.get(aspect, f"the {aspect} of")
        named = names[0] if place in ("catalogue", "input") else "/".join(str(one) for one in names if one is not None)
        return f"{what} {'the input' if place == 'input' else 'the artifact'} `{named}`"
    if kind == "versions":
        return f"the versions of the artifact `{rest[0]}`"
    if kind == "model":
        return f"the {rest[2]} of {'its model' if rest[0] is None else f'the model `{rest[0]}`'}"
    if kind == "step":
        return f"the {rest[1]} of the step `{rest[0]}`"
    words = {
        "steps": "which steps had ended",
        "of_run": "the tags and metadata of its run",
        "context": "its configuration",
        "element": "which element of a map it is",
        "variables": "the variables that the pipeline sets",
    }
    return words[kind]
