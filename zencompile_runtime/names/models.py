"""`Model`: a name that artifacts and metadata of several runs belong to."""

from __future__ import annotations

from typing import Any

from zencompile_runtime import catalogue, context
from zencompile_runtime.names.config import Settings
from zencompile_runtime.names.enums import ArtifactType
from zencompile_runtime.names.missing import NotAvailable
from zencompile_runtime.observing import asking
from zencompile_runtime.store.layout import name as unquoted

_FIELDS_TEXT = """
    license description audience use_cases limitations trade_offs ethics tags save_models_to_registry
    suppress_class_validation_warnings model_version_id was_created_in_this_run stage
"""
_FIELDS = frozenset(_FIELDS_TEXT.split())


class Model(Settings):
    """A model and, where it is asked for its artifacts, its version in the store."""

    def __init__(self, name: str = "", version: Any = None, **values: Any) -> None:
        super().__init__(name=name, version=version, **values)

    def __getattr__(self, name: str) -> Any:
        if name not in _FIELDS:
            raise AttributeError(f"'Model' object has no attribute {name!r}")
        return True if name == "save_models_to_registry" else None

    @property
    def number(self) -> Any:
        """The version."""
        found = unquoted(self._prefix().rpartition("/")[2])
        self._tell("number", found)
        return found

    @property
    def id(self) -> Any:
        """A UUID, the same for the same version."""
        from zencompile_runtime.names.step_context import identifier

        self._tell("number", unquoted(self._prefix().rpartition("/")[2]))
        return identifier("model", self._prefix())

    @property
    def run_metadata(self) -> dict[str, Any]:
        """Facts that were kept with this version."""
        found = catalogue.model_metadata(_store(), self._prefix())
        self._tell("metadata", found)
        return found

    metadata = run_metadata

    def log_metadata(self, metadata: Any) -> None:
        """Keep facts with this version."""
        from zencompile_runtime.names.metadata import clean

        catalogue.add_model_metadata(_store(), self._prefix(), clean(metadata))

    def get_artifact(self, name: str, version: Any = None) -> Any:
        """An artifact of this version; None if it has none of this name."""
        from zencompile_runtime.names.artifact import ArtifactVersion

        found = catalogue.model_artifact(_store(), self._prefix(), name)
        place = ["model", *self._question(), name]
        if found is None:
            asking.told(["artifact", place, "there"], None)
            return None
        artifact = ArtifactVersion(_store(), found, place)
        if version not in (None, "latest") and str(version) != str(artifact.version):
            raise NotAvailable(
                f"the model {self.name!r} has {name!r} in version {artifact.version} here, the newest that was made for"
                f" it: ask for version {version} by load_artifact({name!r}, {version!r})"
            )
        return artifact

    def get_model_artifact(self, name: str, version: Any = None) -> Any:
        """An artifact of this version that is a model; None if it has none of this name."""
        return self._of_type(ArtifactType.MODEL, name, version)

    def get_data_artifact(self, name: str, version: Any = None) -> Any:
        """An artifact of this version that is data; None if it has none of this name."""
        return self._of_type(ArtifactType.DATA, name, version)

    def get_deployment_artifact(self, name: str, version: Any = None) -> Any:
        """An artifact of this version that is a service; None if it has none of this name."""
        return self._of_type(ArtifactType.SERVICE, name, version)

    def _of_type(self, kind: ArtifactType, name: str, version: Any) -> Any:
        found = self.get_artifact(name, version)
        return found if found is not None and found.type == kind else None

    def load_artifact(self, name: str, version: Any = None) -> Any:
        """The value of an artifact of this version."""
        found = self.get_artifact(name, version)
        if found is None:
            raise ValueError(f"version {self.version} of the model {self.name!r} has no artifact {name!r}")
        return found.load()

    def set_stage(self, stage: Any, force: bool = False) -> None:
        """Stages need a server."""
        raise NotAvailable("Model.set_stage() needs a model registry, which is not available here")

    def _question(self) -> list[Any]:
        """Name and version for a later run to look for; none of the step's own model, whose names may be the run's."""
        running = context.current()
        own = (running.spec.model or {}) if running is not None else {}
        if (
            running is not None
            and own
            and own.get("version") != "latest"
            and self._prefix() == catalogue.model_prefix(running)
        ):
            return [None, None]
        return [self.name, None if self.version is None else str(self.version)]

    def _tell(self, word: str, found: Any) -> None:
        running, question = context.current(), self._question()
        if (
            word == "number"
            and question[0] is None
            and running is not None
            and not (running.spec.model or {}).get("version")
        ):
            asking.told_of_run()  # then the run's id is the version
        else:
            asking.told(["model", *question, word], found)

    def _prefix(self) -> str:
        running = context.current()
        own = (running.spec.model or {}) if running is not None else {}
        if running is not None and own and (self.name, self.version) == catalogue.model_names(running):
            return catalogue.model_prefix(running)
        if running is not None and own.get("name") == self.name and own.get("version") == self.version:
            if self.version in (None, "latest"):
                current = catalogue.model_prefix(running)
                return current if self.version is None else catalogue.model_version(_store(), self.name, "latest")
            return catalogue.model_prefix(running)
        return catalogue.model_version(_store(), self.name, self.version)


def _store() -> Any:
    running = context.current()
    if running is None or running.store is None:
        raise RuntimeError("a model's artifacts and metadata can be reached while a step runs")
    return running.store


class ModelVersion:
    """What the client gives for a version of a model: called like the version, with the model in `model`."""

    def __init__(self, model: Model) -> None:
        self.model = model

    @property
    def name(self) -> str:
        """The version's name, which is its number where it has no other."""
        return str(self.model.number)

    def __getattr__(self, name: str) -> Any:
        if name in _OF_THE_MODEL or name.startswith("__"):
            raise AttributeError(f"'ModelVersion' object has no attribute {name!r}")
        return getattr(self.model, name)


_OF_THE_MODEL = frozenset({"version", "model"})
"""What a model has, and a version of one doesn't."""
