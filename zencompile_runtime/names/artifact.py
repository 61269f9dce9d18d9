"""Artifacts as step code sees them: with a value to load, or without."""

from __future__ import annotations

import os
from typing import Any

from zencompile_runtime import artifacts, catalogue, inputs, told
from zencompile_runtime.importing import load_class
from zencompile_runtime.manifest import Manifest
from zencompile_runtime.materializers.folder import Loading
from zencompile_runtime.names.enums import ArtifactType, StepRunInputArtifactType
from zencompile_runtime.names.step_context import identifier
from zencompile_runtime.names.views import Plain, Source, View, tags


class ArtifactVersion(View):
    """An artifact of a run."""

    kind = "ArtifactVersionResponse"

    def __init__(self, store: Any, manifest: Manifest) -> None:
        self._store = store
        self._manifest = manifest
        self._folder: Loading | None = None

    def load(self) -> Any:
        """The value."""
        return artifacts.load(self._store, self._manifest["value"])

    read = load

    @property
    def id(self) -> Any:
        """A UUID, the same for the same artifact."""
        one = self._manifest
        return identifier(one["pipeline"], one["run"], one["invocation"], one.get("map_index"), one["output"])

    @property
    def name(self) -> str:
        """The catalogue name."""
        return self._manifest["artifact"]

    @property
    def version(self) -> Any:
        """The version in the catalogue, as text."""
        version = self._manifest.get("version")
        if version is None:
            version = catalogue.number(self._store, self._manifest)
        return None if version is None else str(version)

    @property
    def uri(self) -> str:
        """A local folder with the artifact's files, to be read."""
        if self._folder is None:
            self._folder = Loading(self._store, self._manifest["value"]["files"])
            import atexit

            atexit.register(self._folder.close)
        return self._folder.uri

    @property
    def run_metadata(self) -> dict[str, Any]:
        """Facts that were kept with it."""
        return {
            **self._manifest["value"].get("metadata", {}),
            **told.of(self._store, self._manifest).get("metadata", {}),
        }

    metadata = run_metadata

    @property
    def artifact(self) -> Any:
        """What all of its versions are versions of."""
        return Plain("ArtifactResponse", name=self.name, id=identifier("artifact", self.name))

    @property
    def tags(self) -> list[Any]:
        """Its tags, objects with a name."""
        later = told.of(self._store, self._manifest)
        names = [*self._manifest.get("tags", ()), *later.get("tags", ())]
        return tags([one for one in names if one not in later.get("removed", ())])

    @property
    def type(self) -> ArtifactType:
        """DataArtifact, ModelArtifact, …"""
        return typed(self._manifest["value"]["kind"])

    @property
    def materializer(self) -> Source:
        """The class that wrote it."""
        return Source(self._manifest["value"]["materializer"].replace(":", "."))

    @property
    def data_type(self) -> Source:
        """The class of the value."""
        return Source(self._manifest["value"]["type"].replace(":", "."))

    @property
    def content_hash(self) -> str:
        """The digest of the content."""
        return self._manifest["value"].get("content") or self._manifest["value"]["digest"]

    def download_files(self, path: str, overwrite: bool = False) -> None:
        """Write the files into a zip archive."""
        import zipfile

        if os.path.exists(path) and not overwrite:  # noqa: PTH110 (text in)
            raise FileExistsError(f"{path} exists; pass overwrite=True to replace it")
        with zipfile.ZipFile(path, "w") as archive:
            for file in self._manifest["value"]["files"]:
                archive.writestr(file["path"], self._store.read(file))

    def __repr__(self) -> str:
        return f"<artifact {self.name} of {self._manifest['run']}>"


class InputArtifact(ArtifactVersion):
    """An artifact that a step was given."""

    kind = "StepRunInputResponse"
    chunk_index = None
    chunk_size = None

    def __init__(self, store: Any, manifest: Manifest, index: int) -> None:
        super().__init__(store, manifest)
        self.__dict__["index"] = index

    @property
    def input_type(self) -> StepRunInputArtifactType:
        """What made it."""
        return StepRunInputArtifactType.STEP_OUTPUT


def typed(kind: str) -> ArtifactType:
    """The kind of an artifact as a member of the enumeration."""
    return ArtifactType(kind)


class UnmaterializedArtifact(ArtifactVersion):
    """An input that is not loaded: its files, and what they are."""

    @classmethod
    def of(cls, resolved: Any, store: Any) -> Any:
        """One for an artifact, a list of them for a list."""
        if isinstance(resolved, inputs.Artifact):
            return cls(store, resolved.manifest)
        if isinstance(resolved, inputs.Sequence):
            return [cls.of(one, store) for one in resolved.items]
        raise TypeError("an UnmaterializedArtifact stands for an artifact, not for a parameter")

    def class_of_value(self) -> Any:
        """The class of the value, imported."""
        return load_class(self._manifest["value"]["type"])
