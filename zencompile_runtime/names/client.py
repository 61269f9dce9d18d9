"""`Client`: artifacts and models of the store, secrets of the environment; the rest needs a ZenML server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, TypeVar

from zencompile_runtime import answers, catalogue, context, secrets
from zencompile_runtime.errors import ConfigurationFault
from zencompile_runtime.names.missing import NotAvailable
from zencompile_runtime.observing import asking

Found = TypeVar("Found")


class Inert:
    """A part of a stack. It has a name, and any attribute; module-level code that looks at it goes on."""

    def __init__(self, name: str) -> None:
        self.__dict__["name"] = name.rpartition(".")[2]
        self.__dict__["_path"] = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Inert(f"{self._path}.{name}")

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        raise NotAvailable(f"{self._path}() needs a ZenML stack, which a step process does not have")

    def __str__(self) -> str:
        return str(self._path)


class Client:
    """What step code asks ZenML's client."""

    @property
    def active_stack(self) -> Any:
        """Something with the attributes of a stack, that does nothing."""
        return Inert("Client().active_stack")

    def get_artifact_version(self, name_id_or_prefix: Any, version: Any = None, **_: Any) -> Any:
        """An artifact of the catalogue."""
        from zencompile_runtime.names.catalogue import found

        return found(_running(), str(name_id_or_prefix), version)

    def list_artifact_versions(self, name: str | None = None, artifact: str | None = None, **_: Any) -> Any:
        """All versions of an artifact, newest first."""
        from zencompile_runtime.names.artifact import ArtifactVersion

        running, name = _running(), str(name or artifact)
        asking.told(["versions", name], answers.others(running, name))
        found = [(["catalogue", name, str(one["version"])], one) for one in catalogue.versions(_store(), name)]
        items = [ArtifactVersion(running.store, one, place) for place, one in reversed(found)]
        return SimpleNamespace(items=items, total=len(items))

    def get_model_version(self, model_name_or_id: Any, model_version_name_or_number_or_id: Any = None, **_: Any) -> Any:
        """A version of a model."""
        from zencompile_runtime.names.models import Model

        return Model(name=str(model_name_or_id), version=model_version_name_or_number_or_id)

    def get_model(self, model_name_or_id: Any, **_: Any) -> Any:
        """The newest version of a model."""
        return self.get_model_version(model_name_or_id, "latest")

    def get_secret(self, name_id_or_prefix: Any, *args: Any, **_: Any) -> Any:
        """A secret by reference: see `zencompile_runtime.secrets`."""
        name = str(name_id_or_prefix)
        if context.current() is not None:
            _found(lambda: secrets.values(name))
        return SimpleNamespace(name=name, secret_values=SecretValues(name), values=SecretValues(name))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)

        def refuse(*args: Any, **keywords: Any) -> Any:
            raise NotAvailable(f"Client().{name}() needs a ZenML server, which a step process does not have")

        return refuse


class SecretValues(Mapping[str, str]):
    """The keys and values of a secret, looked for when they are asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getitem__(self, key: str) -> str:
        return _found(lambda: secrets.value(self._name, key))

    def __iter__(self) -> Any:
        return iter(secrets.values(self._name))

    def __len__(self) -> int:
        return len(secrets.values(self._name))


def _found(look: Callable[[], Found]) -> Found:
    """What is found of a secret; KeyError, which user code expects, if there is nothing."""
    try:
        return look()
    except ConfigurationFault as error:
        raise KeyError(f"{error.message}; {error.help}" if error.help else error.message) from None


def _store() -> Any:
    return _running().store


def _running() -> context.Running:
    running = context.current()
    if running is None or running.store is None:
        raise NotAvailable("Client() reaches artifacts while a step runs that has an artifact store")
    return running
