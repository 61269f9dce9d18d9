"""Artifacts as step code sees them: with a value to load, or without."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from typing import Any

from zencompile_runtime import answers, artifacts, catalogue, context, inputs, told
from zencompile_runtime.importing import load_class
from zencompile_runtime.manifest import File, Manifest
from zencompile_runtime.materializers.folder import Loading
from zencompile_runtime.materializers.select import by_name
from zencompile_runtime.names.enums import ArtifactType, StepRunInputArtifactType
from zencompile_runtime.names.step_context import identifier
from zencompile_runtime.names.views import Plain, Source, View, materializer, refuse, tags
from zencompile_runtime.observing import asking
from zencompile_runtime.store.artifacts import files_of


class ArtifactVersion(View):
    """An artifact of a run."""

    kind = "ArtifactVersionResponse"

    def __init__(self, store: Any, manifest: Manifest, place: Any = None) -> None:
        """`place` is where the step found it, as `answers` has it; None for what no later run asks for."""
        running = context.current()
        self._store = store
        self._manifest = manifest
        self._place = None if running is None or catalogue.is_own(running, manifest) else place
        self._folder: Loading | None = None

    def aspect(self, name: str) -> Any:
        """What is told of it under a name, as JSON."""
        if name == "there":
            return True
        return getattr(self, f"_{name}")()

    def _tell(self, name: str) -> Any:
        """The same, for the step, which depends on it."""
        answer = self.aspect(name)
        if self._place is not None:
            asking.told(["artifact", self._place, name], answer)
        return answer

    def _value(self) -> Any:
        return artifacts.identity(self._manifest["value"])

    def _files(self) -> list[list[str]]:
        return sorted([file["path"], file["digest"]] for file in self._all_files())

    def _all_files(self) -> list[File]:
        """The files of the value and of its visualisations, which may be the same ones."""
        return list({file["path"]: file for file in reversed(files_of(self._manifest["value"]))}.values())[::-1]

    def _id(self) -> str:
        return catalogue.origin(self._manifest)

    def _name(self) -> str:
        return self._manifest["artifact"]

    def _version(self) -> str | None:
        version = self._manifest.get("version")
        if version is None:
            version = catalogue.number(self._store, self._manifest)
        return None if version is None else str(version)

    def _metadata(self) -> dict[str, Any]:
        own = self._manifest["value"].get("metadata", {})
        return {**own, **told.of(self._store, self._manifest).get("metadata", {})}

    def _tags(self) -> list[str]:
        later = told.of(self._store, self._manifest)
        names = [*self._manifest.get("tags", ()), *later.get("tags", ())]
        return sorted({one for one in names if one not in later.get("removed", ())})

    def _classes(self) -> list[str]:
        value = self._manifest["value"]
        return [value["kind"], materializer(value["materializer"]), value["type"].replace(":", ".")]

    def load(self) -> Any:
        """The value."""
        self._tell("value")
        return artifacts.load(self._store, self._manifest["value"])

    read = load

    @property
    def id(self) -> Any:
        """A UUID, the same for the same artifact."""
        return identifier(self._tell("id"))

    @property
    def name(self) -> str:
        """The catalogue name."""
        return str(self._tell("name"))

    @property
    def version(self) -> Any:
        """The version in the catalogue, as text."""
        running = context.current()
        if running is not None and running.store is not None and catalogue.is_own(running, self._manifest):
            asking.told(["versions", self._name()], answers.others(running, self._name()))
        return self._tell("version")

    @property
    def uri(self) -> str:
        """A local folder with the artifact's files and its visualisations, to be read."""
        self._tell("files")
        if self._folder is None:
            self._folder = Loading(self._store, self._all_files())
            import atexit

            atexit.register(self._folder.close)
        return self._folder.uri

    @property
    def run_metadata(self) -> dict[str, Any]:
        """Facts that were kept with it."""
        return dict(self._tell("metadata"))

    metadata = run_metadata

    @property
    def artifact(self) -> Any:
        """What all of its versions are versions of."""
        return Plain("ArtifactResponse", name=self.name, id=identifier("artifact", self.name))

    @property
    def tags(self) -> list[Any]:
        """Its tags, objects with a name."""
        return tags(self._tell("tags"))

    @property
    def type(self) -> ArtifactType:
        """DataArtifact, ModelArtifact, …"""
        return typed(self._tell("classes")[0])

    @property
    def materializer(self) -> Source:
        """The class that wrote it."""
        return Source(self._tell("classes")[1])

    @property
    def data_type(self) -> Source:
        """The class of the value."""
        return Source(self._tell("classes")[2])

    @property
    def content_hash(self) -> str:
        """The digest of the content."""
        self._tell("value")
        return self._manifest["value"].get("content") or self._manifest["value"]["digest"]

    def download_files(self, path: str, overwrite: bool = False) -> None:
        """Write the files into a zip archive."""
        import zipfile

        self._tell("files")
        if not path.endswith(".zip"):
            raise ValueError("The path should end with `.zip`.")
        if os.path.exists(path) and not overwrite:  # noqa: PTH110 (text in)
            raise FileExistsError(f"{path} exists; pass overwrite=True to replace it")
        with zipfile.ZipFile(path, "w") as archive:
            for file in self._all_files():
                archive.writestr(file["path"], self._store.read(file))

    def __repr__(self) -> str:
        asking.told_of_run()
        return f"<artifact {self.name} of {self._manifest['run']}>"


class InputArtifact(ArtifactVersion):
    """An artifact that a step was given."""

    kind = "StepRunInputResponse"
    read = property(lambda self: refuse(self.kind, "read"))  # as in ZenML
    chunk_index = None
    chunk_size = None

    def __init__(self, store: Any, manifest: Manifest, name: str, index: int) -> None:
        super().__init__(store, manifest, None if _is_external(manifest) else ["input", name, index])
        self.__dict__["index"] = index

    @property
    def input_type(self) -> StepRunInputArtifactType:
        """What made it."""
        made = not _is_external(self._manifest)
        return StepRunInputArtifactType.STEP_OUTPUT if made else StepRunInputArtifactType.EXTERNAL


EXTERNAL = "external_"
"""What names of artifacts begin with that a pipeline was given as they are."""


def _is_external(manifest: Manifest) -> bool:
    return not manifest["invocation"]


def external(running: context.Running, name: str, literal: Any) -> Manifest:
    """An artifact that the pipeline was given as it is, stored once more. Its value is a part of the cache key."""
    assert running.store is not None
    spec = running.spec
    value = artifacts.save(
        running.store,
        inputs.external(literal, running.store),
        (by_name(literal["materializer"]),) if isinstance(literal, dict) and literal.get("$") == "external" else (),
        notes=running.notes,
    )
    return {
        "schema": 1,
        "artifact": f"{EXTERNAL}{identifier(spec.pipeline, spec.id, name, value['digest'])}",
        "version": "1",
        "tags": [],
        "output": name,
        "invocation": "",
        "map_index": None,
        "run": "",
        "pipeline": spec.pipeline,
        "created": running.began.isoformat(),
        "key": None,
        "source": None,
        "value": value,
    }


def typed(kind: str) -> ArtifactType:
    """The kind of an artifact as a member of the enumeration."""
    return ArtifactType(kind)


class UnmaterializedArtifact(ArtifactVersion):
    """An input that is not loaded: its files, and what they are."""

    @classmethod
    def of(cls, resolved: Any, store: Any, name: str, index: Iterator[int] | None = None) -> Any:
        """One for an artifact, a list of them for a list; `name` is the input's."""
        index = itertools.count() if index is None else index
        if isinstance(resolved, inputs.Artifact):
            return cls(store, resolved.manifest, ["input", name, next(index)])
        if isinstance(resolved, inputs.Sequence):
            return [cls.of(one, store, name, index) for one in resolved.items]
        raise TypeError("an UnmaterializedArtifact stands for an artifact, not for a parameter")

    def class_of_value(self) -> Any:
        """The class of the value, imported."""
        return load_class(self._manifest["value"]["type"])
