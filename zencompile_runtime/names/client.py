"""`Client`: artifacts and models of the store, secrets of the environment; the rest needs a ZenML server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any, TypeVar

from zencompile_runtime import answers, catalogue, context, secrets
from zencompile_runtime.errors import ConfigurationFault
from zencompile_runtime.names.missing import NotAvailable
from zencompile_runtime.observing import asking
from zencompile_runtime.store import layout

Found = TypeVar("Found")
PAGE_SIZE = 20
"""How many things ZenML gives at once, unless it is told otherwise."""


class Inert:
    """A part of a stack. It has a name, and any attribute; module-level code that looks at it goes on."""

    def __init__(self, name: str) -> None:
        self.__dict__["name"] = name.rpartition(".")[2]
        self.__dict__["_path"] = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name == "path" and self._path == "Client().active_stack.artifact_store" and context.current() is not None:
            return _place()
        return Inert(f"{self._path}.{name}")

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        raise NotAvailable(f"{self._path}() needs a ZenML stack, which a step process does not have")

    def __str__(self) -> str:
        return str(self._path)


def _place() -> str:
    """The folder of the store that is for users' own files."""
    path = f"{_store().url.rstrip('/')}/{layout.FILES}"
    asking.told_of_run()
    if "://" not in path:
        import os

        os.makedirs(path, exist_ok=True)  # noqa: PTH103 (text in, text out)
    return path


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

    def get_artifact(self, name_id_or_prefix: Any, **_: Any) -> Any:
        """What all versions of an artifact are versions of."""
        return self.get_artifact_version(name_id_or_prefix).artifact

    def get_pipeline_run(self, name_id_or_prefix: Any, **_: Any) -> Any:
        """The run of the running step; others need a server."""
        from zencompile_runtime.names.catalogue import is_own_run
        from zencompile_runtime.names.run_views import RunView

        running = _running()
        if name_id_or_prefix is None or not is_own_run(running, name_id_or_prefix):
            raise NotAvailable(f"Client().get_pipeline_run() reaches the step's own run here, not {name_id_or_prefix}")
        return RunView(running, told=True)

    def list_artifact_versions(
        self,
        sort_by: str = "created",
        page: int = 1,
        size: int = PAGE_SIZE,
        artifact: str | None = None,
        name: str | None = None,
        version: Any = None,
        tags: Any = None,
        hydrate: bool = False,
        **others: Any,
    ) -> Page:
        """A page of the versions of an artifact, oldest first unless told otherwise."""
        from zencompile_runtime.names.artifact import ArtifactVersion

        del hydrate  # they are whole anyway
        wrong = sorted(other for other, value in others.items() if value and other not in ("project", "version_number"))
        named = name or artifact
        if wrong or named is None:
            what = ", ".join(wrong) or "no name of an artifact"
            raise NotAvailable(f"Client().list_artifact_versions() with {what} needs a ZenML server")
        running, named = _running(), str(named)
        asking.told(["versions", named], answers.others(running, named))
        found = [
            ArtifactVersion(running.store, one, ["catalogue", named, str(one["version"])])
            for one in catalogue.versions(_store(), named)
        ]
        for wanted in (version, others.get("version_number")):
            found = [one for one in found if wanted is None or str(one.version) in _wanted(wanted)]
        found = [one for one in found if tags is None or _wanted(tags) <= {tag.name for tag in one.tags}]
        return Page(_sorted(found, sort_by), page, size)

    def get_model_version(self, model_name_or_id: Any, model_version_name_or_number_or_id: Any = None, **_: Any) -> Any:
        """A version of a model."""
        from zencompile_runtime.names.models import Model, ModelVersion

        return ModelVersion(Model(name=str(model_name_or_id), version=model_version_name_or_number_or_id))

    def get_model(self, model_name_or_id: Any, **_: Any) -> Any:
        """A model, which stands for its newest version."""
        from zencompile_runtime.names.models import Model

        return Model(name=str(model_name_or_id), version="latest")

    def get_secret(self, name_id_or_prefix: Any, *args: Any, **_: Any) -> Any:
        """A secret by reference: see `zencompile_runtime.secrets`."""
        name = str(name_id_or_prefix)
        if context.current() is not None:
            _found(lambda: secrets.values(name))
        return SimpleNamespace(name=name, secret_values=SecretValues(name), values=SecretValues(name))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in _PROPERTIES:
            raise NotAvailable(f"Client().{name} needs a ZenML server, which a step process does not have")

        def refuse(*args: Any, **keywords: Any) -> Any:
            raise NotAvailable(f"Client().{name}() needs a ZenML server, which a step process does not have")

        return refuse


_PROPERTIES_TEXT = """
    active_stack_model active_user active_project root zen_store uses_local_configuration config_directory
"""
_PROPERTIES = frozenset(_PROPERTIES_TEXT.split())


class Page:
    """Some of what was asked for, as ZenML gives it."""

    def __init__(self, found: list[Any], index: int, size: int) -> None:
        self.index = index
        self.max_size = size
        self.total = len(found)
        self.total_pages = -(-len(found) // size) or 1
        self.items = found[(index - 1) * size : index * size]

    @property
    def size(self) -> int:
        """How many are on this page."""
        return len(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> Any:
        return self.items[index]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.items)

    def __contains__(self, item: Any) -> bool:
        return item in self.items


def _wanted(given: Any) -> set[str]:
    """The texts that a filter names: one, or several."""
    return {_plain(one) for one in (given if isinstance(given, (list, tuple, set)) else [given])}


def _plain(wanted: Any) -> str:
    """What a filter compares with; NotAvailable for one that compares otherwise (`"gt:3"`)."""
    text = str(wanted)
    word, colon, rest = text.partition(":")
    if colon and word in _OPERATORS:
        if word != "equals":
            raise NotAvailable(f"a filter {text!r} needs a ZenML server")
        return rest
    return text


_OPERATORS_TEXT = "equals notequals contains startswith endswith oneof gte gt lte lt in notin"
_OPERATORS = frozenset(_OPERATORS_TEXT.split())


def _sorted(found: list[Any], sort_by: str) -> list[Any]:
    """Artifacts, which come in the order in which they were made, in the order that is asked for."""
    order, colon, column = sort_by.partition(":")
    if not colon:
        order, column = "asc", sort_by
    if order not in ("asc", "desc") or column not in ("created", "version_number"):
        raise NotAvailable(f"the order {sort_by!r} needs a ZenML server: `created` and `version_number` are there")
    return found if order == "asc" else found[::-1]


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
