"""What a step on Kubeflow leaves behind: KFP's artifacts, its output parameters, and the ExecutorOutput about them.

An output of KFP is the step's output of its name, or of its name without `-artifact`, if it is an artifact beside a
parameter; `--result=NAME={"of": OUTPUT}` says it otherwise.

A `system.Metrics` that is none of the step's outputs gets the numbers that the step logs.

An artifact is a folder: the files that the materializer wrote, under their own names, and beside them the manifest as
`_manifest.json`; or, for HTML and Markdown, the file alone (`kubeflow_pages`). Where KFP's place for one is taken,
another invocation wrote it (the SDK's local runner names folders by component, and invocations of a step share one): it
is left beside it under a new name, which its `uri` tells.

A parameter stands in the ExecutorOutput, which is all that the server reads then (`collectOutputParameters` of
`component/launcher_v2.go`), and in its `outputFile`, which the local runner prefers
(`merge_dsl_output_file_parameters_to_executor_output`).
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from zencompile_runtime import kubeflow_facts as facts
from zencompile_runtime import kubeflow_pages as pages
from zencompile_runtime.context import Running
from zencompile_runtime.errors import ConfigurationFault, InfrastructureFault
from zencompile_runtime.manifest import Manifest
from zencompile_runtime.spec import StepSpec
from zencompile_runtime.store import ArtifactStore

MANIFEST = "_manifest.json"
METRICS, CLASSIFICATION = "system.Metrics", "system.ClassificationMetrics"

_BESIDE = "-artifact"
_MOUNTS = {"gs": "/gcs", "minio": "/minio", "s3": "/s3"}  # where KFP's launcher puts what lies at such a URI
_OF_VALUE = ("type", "materializer", "digest", "size")  # of what the metadata of an artifact begins with


def local(uri: str) -> Path:
    """Where KFP's launcher has an artifact on this machine."""
    scheme, separator, rest = uri.partition("://")
    if not separator:
        return Path(uri)
    if scheme == "file":
        return Path(rest)
    if scheme not in _MOUNTS:
        raise ConfigurationFault(f"artifacts at {scheme}:// are not known on Kubeflow: {uri}")
    return Path(_MOUNTS[scheme], rest)


def folders(outputs: Mapping[str, Any]) -> list[Path]:
    """Every folder that KFP wants an output in."""
    files = [one["outputFile"] for one in (*outputs.get("parameters", {}).values(), outputs) if one.get("outputFile")]
    listed = (artifact for one in outputs.get("artifacts", {}).values() for artifact in one.get("artifacts", ()))
    return [*(Path(one).parent for one in files), *(local(one["uri"]).parent for one in listed)]


def told(spec: StepSpec, values: Mapping[str, Any]) -> dict[str, Any]:
    """Of the values of a step those that are to be told as parameters or metadata, by output."""
    wanted = spec.executor_input.get("outputs", {})
    names = [_output(spec, name, values) for name in wanted.get("parameters", {})]
    for name, described in wanted.get("artifacts", {}).items():
        if any(_title(one) in (METRICS, CLASSIFICATION) for one in described.get("artifacts", ())):
            names.append(_output(spec, name, values))
    return {name: values[name] for name in names if name in values}


def _output(spec: StepSpec, name: str, known: Mapping[str, Any]) -> str:
    """The step's output behind one of KFP's."""
    said = spec.results.get(name)
    if said is not None:
        return str(said["of"])
    return name if name in known else name.removesuffix(_BESIDE)


def _title(described: Mapping[str, Any]) -> str:
    return str(described.get("type", {}).get("schemaTitle", ""))


class Leaving:
    """Leaves what one step made. `told` are values of outputs that are parameters or metadata."""

    def __init__(self, spec: StepSpec, store: ArtifactStore, running: Running, told: Mapping[str, Any]) -> None:
        self.spec, self.store, self.running, self.told = spec, store, running, told

    def leave(self, made: Mapping[str, Manifest]) -> None:
        """Write artifacts, parameters and the ExecutorOutput."""
        wanted = self.spec.executor_input.get("outputs", {})
        try:
            written = {
                "parameterValues": {
                    name: self._parameter(name, Path(one["outputFile"]))
                    for name, one in wanted.get("parameters", {}).items()
                },
                "artifacts": {
                    name: {"artifacts": [found]}
                    for name, described in wanted.get("artifacts", {}).items()
                    for one in described.get("artifacts", ())[:1]
                    if (found := self._any(name, made, one)) is not None
                },
            }
            if wanted.get("outputFile"):
                target = Path(wanted["outputFile"])
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(json.dumps(written))
        except OSError as error:
            raise InfrastructureFault(f"can't write the step's outputs for Kubeflow: {error}") from error

    def _parameter(self, name: str, target: Path) -> Any:
        output = _output(self.spec, name, self.told)
        if output not in self.told:
            raise ConfigurationFault(f"--result: the step has no output {output!r}")
        value = self.told[output]
        found = facts.parameter(value, self.running.outputs[output].annotation)
        text = found if isinstance(facts.scalar(value), str) else json.dumps(found)
        if isinstance(found, str) and text != found:
            self.running.notes.append(
                f"output `{output}` is {found}, as which KFP has no number: no condition can read it"
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        return found

    def _any(self, name: str, made: Mapping[str, Manifest], described: Mapping[str, Any]) -> dict[str, Any] | None:
        if _output(self.spec, name, made) in made:
            return self._artifact(name, made, described)
        return self._logged(described) if _title(described) == METRICS else None

    def _logged(self, described: Mapping[str, Any]) -> dict[str, Any]:
        """The numbers that the step told about itself and its outputs, as a text, too."""
        found: dict[str, Any] = {}
        for metadata in (self.running.metadata, *(one.metadata for one in self.running.outputs.values())):
            found = {**facts.numbers(metadata), **found}
        path, uri = _free(local(described["uri"]), described["uri"], pages.claim)
        shown = facts.properties(found, room=facts.ROOM_OF_METRICS)
        path.write_text(json.dumps(shown, indent=2), encoding="utf-8")
        return {**described, "uri": uri, "metadata": {**described.get("metadata", {}), **shown}}

    def _artifact(self, name: str, made: Mapping[str, Manifest], described: Mapping[str, Any]) -> dict[str, Any]:
        """Write an output; KFP's object for it."""
        output = _output(self.spec, name, made)
        manifest = made[output]
        given = described.get("metadata", {})
        shown = {} if name == output else {"display_name": output}
        place = local(described["uri"])
        if pages.is_page(manifest, described):
            path, uri = _free(place, described["uri"], pages.claim)
            pages.write(path, manifest, self.store)
            metadata = facts.properties(self._facts(manifest), _OF_VALUE) | {pages.KEY: pages.told(manifest)}
        else:
            path, uri = _free(place, described["uri"], _claim)
            self._write(path, manifest)
            metadata = self._metadata(output, manifest, described)
        return {**described, "uri": uri, "metadata": {**given, **metadata, **shown}}

    def _metadata(self, output: str, manifest: Manifest, described: Mapping[str, Any]) -> dict[str, Any]:
        """What KFP's pages show beside the artifact; of metrics they show all as metrics."""
        value, title = self.told.get(output), _title(described)
        if title != METRICS:
            shown = facts.properties(self._facts(manifest), _OF_VALUE)
            return shown | (facts.confusion(value) if title == CLASSIFICATION else {})
        metrics = facts.numbers(value) if isinstance(value, Mapping) else {}
        metrics |= facts.numbers(self.running.outputs[output].metadata)
        return facts.properties(metrics, room=facts.ROOM_OF_METRICS)

    def _facts(self, manifest: Manifest) -> dict[str, Any]:
        value: Mapping[str, Any] = manifest["value"]
        step = {"step": self.running.metadata} if self.running.metadata else {}
        return {**value["metadata"], **{key: value[key] for key in _OF_VALUE}, **step}

    def _write(self, path: Path, manifest: Manifest) -> None:
        """An artifact as a folder."""
        value = manifest["value"]
        for file in value["files"]:
            target = path / file["path"]
            target.parent.mkdir(parents=True, exist_ok=True)
            blob = self.store.path(file)
            if blob is None:
                target.write_bytes(self.store.read(file))
            else:
                _link_or_copy(blob, target)
        for one in value.get("visualizations", ()):
            target = path / one["file"]["path"]
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(self.store.read(one["file"]))
        (path / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")


def _claim(path: Path) -> bool:
    """Take a folder, if it is free: of two invocations at once, only one gets it."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        if os.listdir(path):  # noqa: PTH208
            return False
        (path / MANIFEST).open("x").close()
    except FileExistsError:
        return False
    return True


def _free(path: Path, uri: str, claim: Callable[[Path], bool]) -> tuple[Path, str]:
    """The place that KFP suggests, or one beside it where that is taken."""
    suffix, number = "", 1
    while not claim(Path(f"{path}{suffix}")):
        number += 1
        suffix = f"-{number}"
    return Path(f"{path}{suffix}"), f"{uri}{suffix}"


def _link_or_copy(blob: Path, target: Path) -> None:
    """Give the blob a second name; on another file system, copy it. The temporary store goes away soon."""
    if not blob.is_symlink():
        try:
            os.link(blob, target)
            return
        except OSError:
            pass
    shutil.copyfile(blob, target)
