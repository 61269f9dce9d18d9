"""`save_artifact`, `load_artifact` and tags, on the catalogue of the store."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from zencompile_runtime import answers, artifacts, catalogue, context, runs, told
from zencompile_runtime.errors import ConfigurationFault, UserFault
from zencompile_runtime.materializers.select import by_name
from zencompile_runtime.names.artifact import ArtifactVersion
from zencompile_runtime.names.exceptions import EntityExistsError
from zencompile_runtime.names.missing import NotAvailable
from zencompile_runtime.names.step_context import StepContext
from zencompile_runtime.observing import asking


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
    uri: str | None = None,
    **_: Any,
) -> ArtifactVersion:
    """Store a value under a name of the catalogue."""
    running = _running("save_artifact")
    if uri is not None:
        raise NotAvailable("save_artifact(uri=…) is not available here: the store says where the bytes of a value lie")
    if not name:
        raise ValueError("save_artifact() needs a name")
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
    manifest["saved"] = "".join(character for character in manifest["created"] if character.isdigit())[:20]
    try:
        catalogue.enter(running.store, manifest, running.began)
    except UserFault as error:
        raise EntityExistsError(error.message) from None
    return ArtifactVersion(running.store, manifest)


def load_artifact(name_or_id: Any, version: Any = None) -> Any:
    """The value of an artifact of the catalogue, of its newest version if none is named."""
    running = _running("load_artifact")
    return found(running, str(name_or_id), version).load()


def found(running: context.Running, name: str, version: Any = None) -> ArtifactVersion:
    """An artifact of the catalogue, which the step is told of."""
    assert running.store is not None
    place = ["catalogue", name, None if version is None else str(version)]
    try:
        manifest = catalogue.find(running.store, name, version)
    except ConfigurationFault as error:
        asking.told(["artifact", place, "there"], None)
        raise KeyError(error.message) from None
    if version not in (None, "latest") and catalogue.is_own(running, manifest):
        asking.told(["versions", name], answers.others(running, name))
    return ArtifactVersion(running.store, manifest, place)


def register_artifact(
    folder_or_file_uri: str,
    name: str,
    version: Any = None,
    artifact_type: Any = None,
    tags: Any = None,
    has_custom_name: bool = True,
    artifact_metadata: Any = None,
) -> ArtifactVersion:
    """Store a local file or folder under a name of the catalogue."""
    del has_custom_name  # it has one
    path = Path(folder_or_file_uri)
    return save_artifact(path, name, version, artifact_type, tags, user_metadata=artifact_metadata)


def link_artifact_to_model(artifact_version: Any, model: Any = None) -> None:
    """Outputs belong to their step's model by themselves; anything else needs a server."""
    raise NotAvailable("link_artifact_to_model() is not available here: a step's outputs belong to its model already")


def add_tags(
    tags: Any,
    infer_artifact: bool = False,
    artifact_name: str | None = None,
    artifact_version_id: Any = None,
    run: Any = None,
    **target: Any,
) -> None:
    """Tag an output of the running step, an artifact that was made before, or, where none is named, the run.

    ValueError for a tag that cascades, which only a pipeline's configuration can have.
    """
    running, names = _tagged("add_tags", tags, target, run)
    _check_output(running, infer_artifact, artifact_name)
    if any(getattr(one, "cascade", None) for one in _each(tags)):
        raise ValueError("Cascading tags can only be used with the pipeline decorator.")
    if infer_artifact or (artifact_name and _own(running, artifact_name)):
        StepContext(running).add_output_tags(names, artifact_name)
    elif artifact_version_id is not None or artifact_name:
        _tell(running, artifact_version_id, artifact_name, target, tags=names)
    else:
        told = running.of_run
        told["tags"] = [*told.get("tags", ()), *(one for one in names if one not in told.get("tags", ()))]


def remove_tags(
    tags: Any,
    infer_artifact: bool = False,
    artifact_name: str | None = None,
    artifact_version_id: Any = None,
    run: Any = None,
    **target: Any,
) -> None:
    """Take tags off an output of the running step, an artifact, or, where none is named, the run."""
    running, names = _tagged("remove_tags", tags, target, run)
    _check_output(running, infer_artifact, artifact_name)
    if infer_artifact or (artifact_name and _own(running, artifact_name)):
        StepContext(running).remove_output_tags(names, artifact_name)
    elif artifact_version_id is not None or artifact_name:
        _tell(running, artifact_version_id, artifact_name, target, removed=names)
    else:
        told = running.of_run
        told["removed"] = [*told.get("removed", ()), *names]
        told["tags"] = [one for one in told.get("tags", ()) if one not in names]


def _tagged(what: str, tags: Any, target: dict[str, Any], run: Any) -> tuple[context.Running, list[str]]:
    """The running step and the names of tags; NotAvailable for what tags can't be put on."""
    running = _running(what)
    others = sorted(name for name, value in target.items() if value and name != "artifact_version")
    if others or not is_own_run(running, run):
        reached = "outputs of the running step, artifacts, and the run"
        raise NotAvailable(f"{what}({', '.join(others) or 'run'}=…) is not available here: it reaches {reached}")
    return running, _texts(tags)


def _check_output(running: context.Running, infer: bool, name: str | None) -> None:
    """ValueError where tags are for an output of the step, and it is not told which, or there is none."""
    if infer and not (_own(running, name) if name else len(running.outputs) == 1):
        outputs = ", ".join(running.outputs) or "none"
        raise ValueError(f"step `{running.spec.id}` has the outputs: {outputs}; name one of them with artifact_name=…")


def is_own_run(running: context.Running, run: Any) -> bool:
    """Whether a run is named, by its id or name, that is the one of the step; no name means it, too."""
    from zencompile_runtime.names.run_views import RunView

    if run is None:
        return True
    own = RunView(running)
    return str(run) in (str(own.id), own.name, running.spec.run)


def _own(running: context.Running, name: str) -> bool:
    return any(name in (one.name, one.artifact) for one in running.outputs.values())


def _tell(running: context.Running, id: Any, name: str | None, target: dict[str, Any], **told_of_it: Any) -> None:
    assert running.store is not None
    told.tell(running.store, made_before(running, id, name, target.get("artifact_version")), **told_of_it)


def made_before(running: context.Running, id: Any, name: str | None, version: Any = None) -> Any:
    """The manifest of an artifact by its id, looked for among the step's inputs and its run first, or by its name."""
    assert running.store is not None
    if id is None:
        return catalogue.find(running.store, str(name), version)
    for manifest in _near(running):
        if str(ArtifactVersion(running.store, manifest).id) == str(id):
            return manifest
    for manifest in catalogue.by_id(running.store, str(id)):
        return manifest
    raise KeyError(f"there is no artifact {str(id)!r} in {running.store.url}")


def _near(running: context.Running) -> Iterator[Any]:
    for found in running.inputs.values():
        yield from found if isinstance(found, list) else [found]
    assert running.store is not None
    for record in runs.records(running.store, running.spec).values():
        for key in (record.get("outputs") or {}).values():
            document = running.store.read_document(key)
            if document is not None:
                yield document


def _each(tags: Any) -> list[Any]:
    return [tags] if isinstance(tags, str) or not hasattr(tags, "__iter__") else list(tags)


def _texts(tags: Any) -> list[str]:
    return [str(one) for one in _each(tags)]
