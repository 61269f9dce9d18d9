"""`log_metadata` and its relatives: facts about steps, artifacts and models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zencompile_runtime import catalogue, context, told
from zencompile_runtime.artifacts import plain
from zencompile_runtime.names.missing import NotAvailable
from zencompile_runtime.store import layout


class Uri(str):
    """A URI."""


class Path(str):
    """A path."""


class DType(str):
    """A type of array elements."""


class StorageSize(int):
    """A number of bytes."""


MetadataType = Any


def clean(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Metadata as JSON; TypeError for what is no dictionary, and for a value that is no data."""
    if not isinstance(metadata, Mapping):
        raise TypeError(f"metadata is a dictionary, and this is a {type(metadata).__name__}")
    for key, value in metadata.items():
        if isinstance(value, complex) or type(value) is object:
            raise TypeError(f"the metadata {key!r} is a {type(value).__name__}, which is no data")
    return {str(key): plain(value) for key, value in metadata.items()}


def merge(known: dict[str, Any], facts: Mapping[str, Any]) -> None:
    """Add facts to those that are known: dictionaries key by key, as ZenML does."""
    for name, value in facts.items():
        before = known.get(name)
        if isinstance(before, dict) and isinstance(value, dict):
            known[name] = before = dict(before)
            merge(before, value)
        else:
            known[name] = value


def log_metadata(
    metadata: Mapping[str, Any],
    step_id: Any = None,
    step_name: str | None = None,
    run_id_name_or_prefix: Any = None,
    artifact_version_id: Any = None,
    artifact_name: str | None = None,
    artifact_version: Any = None,
    infer_artifact: bool = False,
    model_version_id: Any = None,
    model_name: str | None = None,
    model_version: Any = None,
    infer_model: bool = False,
) -> None:
    """Keep facts with what the arguments name; inside a step and without any, with the step's run.

    ValueError for arguments that ZenML can't follow: a step without its run, an artifact or a model without a version.
    """
    running = context.current()
    if running is None:
        raise ValueError("log_metadata() works while a step runs")
    facts = _named(metadata)
    if step_id is not None:
        _of_own_step(running, step_id, facts)
    elif step_name is not None and run_id_name_or_prefix is not None:
        _of_step(running, step_name, run_id_name_or_prefix, facts)
    elif run_id_name_or_prefix is not None:
        _of_run(running, run_id_name_or_prefix, facts)
    elif infer_model or (model_name is not None and model_version is not None):
        log_model_metadata(metadata, model_name, model_version)
    elif model_version_id is not None:
        raise NotAvailable("log_metadata() here names models by their names, not by an id")
    elif artifact_version_id is not None or (artifact_name is not None and artifact_version is not None):
        _of_artifact(running, facts, artifact_version_id, artifact_name, artifact_version)
    elif infer_artifact:
        _output(running, artifact_name).metadata.update(facts)
    elif any(one is not None for one in (step_name, model_name, model_version, artifact_name, artifact_version)):
        raise ValueError(
            "log_metadata() takes a step with its run, an artifact or a model with its version, or infer_artifact=True"
            " for an output of the running step"
        )
    else:
        merge(running.metadata, facts)


def _named(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Metadata as JSON; ValueError for a key that is no text."""
    found = clean(metadata)
    other = next((key for key in metadata if not isinstance(key, str)), None)
    if other is not None:
        raise ValueError(f"names of metadata are texts, and {other!r} is a {type(other).__name__}")
    return found


def _of_own_step(running: context.Running, id: Any, facts: dict[str, Any]) -> None:
    from zencompile_runtime.names.step_context import StepContext

    if str(id) != str(StepContext(running).step_run.id):
        raise NotAvailable("log_metadata() here names other steps by their names, not by an id")
    merge(running.metadata, facts)


def _of_artifact(running: context.Running, facts: dict[str, Any], id: Any, name: str | None, version: Any) -> None:
    """Keep facts with an artifact that was made before."""
    from zencompile_runtime.names.catalogue import made_before

    assert running.store is not None
    told.tell(running.store, made_before(running, id, name, version), facts)


def _of_run(running: context.Running, run: Any, facts: dict[str, Any]) -> None:
    from zencompile_runtime.names.catalogue import is_own_run

    if not is_own_run(running, run):
        raise NotAvailable(f"log_metadata() here reaches the run of the running step, not the run {run}")
    running.of_run["metadata"] = {**running.of_run.get("metadata", {}), **facts}


def bulk_log_metadata(
    metadata: Mapping[str, Any],
    pipeline_runs: Any = None,
    step_runs: Any = None,
    artifact_versions: Any = None,
    model_versions: Any = None,
    infer_artifacts: bool = False,
    infer_models: bool = False,
) -> None:
    """Keep facts with several things at once; of these, all outputs and the model of the step."""
    running = context.current()
    if running is None:
        raise ValueError("bulk_log_metadata() works while a step runs")
    if pipeline_runs or step_runs or artifact_versions or model_versions:
        raise NotAvailable("bulk_log_metadata() here reaches the outputs and the model of the running step")
    if infer_artifacts:
        for output in running.outputs.values():
            output.metadata.update(clean(metadata))
    if infer_models:
        log_model_metadata(metadata)


def log_artifact_metadata(
    metadata: Mapping[str, Any], artifact_name: str | None = None, artifact_version: Any = None
) -> None:
    """Keep facts with an output of the running step."""
    log_metadata(metadata, artifact_name=artifact_name, artifact_version=artifact_version, infer_artifact=True)


def log_step_metadata(
    metadata: Mapping[str, Any],
    step_name: str | None = None,
    pipeline_name_id_or_prefix: Any = None,
    run_id: Any = None,
) -> None:
    """Keep facts with the run of a step."""
    running = context.current()
    if running is None:
        raise ValueError("log_step_metadata() works while a step runs")
    if step_name is None or step_name == running.spec.id:
        merge(running.metadata, _named(metadata))
    else:
        _of_step(running, step_name, run_id, _named(metadata))


def log_model_metadata(metadata: Mapping[str, Any], model_name: str | None = None, model_version: Any = None) -> None:
    """Keep facts with a version of a model."""
    running = context.current()
    if running is None or running.store is None:
        raise ValueError("log_model_metadata() works while a step runs")
    model = running.spec.model or {}
    if model_name is None and not model:
        raise ValueError(f"step `{running.spec.id}` has no model: name one")
    if model_name is None or model_name == model.get("name"):
        prefix = catalogue.model_prefix(running)
    else:
        prefix = catalogue.model_version(running.store, model_name, model_version)
    catalogue.add_model_metadata(running.store, prefix, clean(metadata))


def _own(running: context.Running, name: str) -> bool:
    return any(name in (one.name, one.artifact) for one in running.outputs.values())


def _output(running: context.Running, name: str | None) -> context.Output:
    outputs = running.outputs
    if name is None and len(outputs) == 1:
        return next(iter(outputs.values()))
    for one in outputs.values():
        if name is not None and name in (one.name, one.artifact):
            return one
    if name is None and outputs:
        several = f"step `{running.spec.id}` has {len(outputs)} outputs"
        raise ValueError(f"{several}: name one with artifact_name=… ({', '.join(outputs)})")
    raise ValueError(f"step `{running.spec.id}` has no output {name!r}; it has {', '.join(outputs) or 'none'}")


def _of_step(running: context.Running, step: str, run: Any, facts: dict[str, Any]) -> None:
    spec, store = running.spec, running.store
    from zencompile_runtime.names.catalogue import is_own_run

    if step == spec.id and is_own_run(running, run):
        merge(running.metadata, facts)
        return
    if store is None:
        raise NotAvailable("metadata of other steps needs an artifact store")
    key = layout.record_key(spec.pipeline, spec.run if is_own_run(running, run) else str(run), step)
    record = store.read_document(key)
    if record is None:
        raise KeyError(f"there is no step {step!r} in this run")
    merge(record.setdefault("metadata", {}), facts)
    store.write_document(key, record)
