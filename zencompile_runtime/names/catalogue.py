"""`save_artifact`, `load_artifact` and tags, on the catalogue of the store."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from zencompile_runtime import artifacts, catalogue, context
from zencompile_runtime.materializers.select import by_name
from zencompile_runtime.names.artifact import ArtifactVersion
from zencompile_runtime.names.missing import NotAvailable


def _running(what: str) -> context.Running:
    running = context.current()
    if running is None or running.store is None:
        raise RuntimeError(f"{what}() works while a step runs that has an artifact store")
    return running


def save_artifact(
    data: Any,
    name: str,
    version: Any = None,
    artifact_type: Any = None,
    tags: Any = None,
    extract_metadata: bool = True,
    include_visualizations: bool = True,
    user_metadata: Any = None,
    materializer: Any = None,
    **_: Any,
) -> ArtifactVersion:
    """Store a value under a name of the catalogue."""
    running = _running("save_artifact")
    spec = running.spec
    explicit = (
        () if materializer is None else (by_name(materializer) if isinstance(materializer, str) else materializer,)
    )
    assert running.store is not None
    value = artifacts.save(
        running.store,
        data,
        explicit,
        metadata=extract_metadata,
        visualization=include_visualizations,
        notes=running.notes,
    )
    if artifact_type is not None:
        value["kind"] = str(getattr(artifact_type, "value", artifact_type))
    value["metadata"] = {**value["metadata"], **artifacts.plain(user_metadata or {})}
    manifest: Any = {
        "schema": 1,
        "artifact": name,
        "version": version,
        "tags": [str(one) for one in tags or ()],
        "output": name,
        "invocation": spec.id,
        "map_index": spec.map_index,
        "run": spec.run,
        "pipeline": f"{spec.namespace}/{spec.pipeline_name}",
        "created": datetime.datetime.now(datetime.timezone.utc).isoformat(),
        "key": None,
        "source": None,
        "value": value,
    }
    catalogue.enter(running.store, manifest)
    return ArtifactVersion(running.store, manifest)


def load_artifact(name_or_id: Any, version: Any = None) -> Any:
    """The value of an artifact of the catalogue, of its newest version if none is named."""
    running = _running("load_artifact")
    assert running.store is not None
    return artifacts.load(running.store, catalogue.find(running.store, str(name_or_id), version)["value"])


def register_artifact(folder_or_file_uri: str, name: str, version: Any = None, **options: Any) -> ArtifactVersion:
    """Store a local file or folder under a name of the catalogue."""
    return save_artifact(Path(folder_or_file_uri), name, version, tags=options.get("tags"))


def link_artifact_to_model(artifact_version: Any, model: Any = None) -> None:
    """Outputs belong to their step's model by themselves; anything else needs a server."""
    raise NotAvailable("link_artifact_to_model() is not available here: a step's outputs belong to its model already")


def add_tags(tags: Any, infer_artifact: bool = False, artifact_name: str | None = None, **target: Any) -> None:
    """Tag an output of the running step."""
    running = _running("add_tags")
    if any(value for value in target.values()):
        raise NotAvailable("add_tags() here reaches the outputs of the running step only")
    from zencompile_runtime.names.step_context import StepContext

    if infer_artifact or artifact_name:
        StepContext(running).add_output_tags(_texts(tags), artifact_name)
    else:
        running.tags += [one for one in _texts(tags) if one not in running.tags]


def remove_tags(tags: Any, infer_artifact: bool = False, artifact_name: str | None = None, **target: Any) -> None:
    """Take tags off an output of the running step."""
    running = _running("remove_tags")
    if any(value for value in target.values()):
        raise NotAvailable("remove_tags() here reaches the outputs of the running step only")
    from zencompile_runtime.names.step_context import StepContext

    if infer_artifact or artifact_name:
        StepContext(running).remove_output_tags(_texts(tags), artifact_name)
    else:
        running.tags = [one for one in running.tags if one not in _texts(tags)]


def _texts(tags: Any) -> list[str]:
    return [str(one) for one in ([tags] if isinstance(tags, str) or not hasattr(tags, "__iter__") else tags)]
