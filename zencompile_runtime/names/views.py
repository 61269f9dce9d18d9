"""Objects of ZenML's of which some fields are there: `fields` says which, and why others aren't."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from zencompile_runtime.names import fields
from zencompile_runtime.names.missing import NotAvailable


class View:
    """An object of a class of ZenML. A field that is not there raises with its name and the reason."""

    kind = ""

    def __getattr__(self, name: str) -> NoReturn:
        refuse(self.kind, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("_"):
            raise AttributeError(f"a {_class(self.kind)} can't be changed by a step: `{name}`")
        super().__setattr__(name, value)

    def __repr__(self) -> str:
        return f"<{_class(self.kind)} {getattr(self, 'name', '')}>".replace(" >", ">")


def refuse(kind: str, name: str) -> NoReturn:
    """Raise for a field that is not there: NotAvailable where ZenML has it, so that no default hides that."""
    why = fields.reason(kind, name)
    if why is not None:
        raise NotAvailable(f"`{name}` of a {_class(kind)} is not available in a step: {why}")
    raise AttributeError(f"'{_class(kind)}' object has no attribute {name!r}")


def _class(kind: str) -> str:
    return kind.partition(" ")[0]


class Plain(View):
    """A view whose fields are all known when it is made."""

    def __init__(self, kind: str, **known: Any) -> None:
        self.__dict__.update(known, kind=kind)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Plain) and vars(other) == vars(self)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        inner = ", ".join(f"{name}={value!r}" for name, value in vars(self).items() if name != "kind")
        return f"{_class(self.kind)}({inner})"


_NOT_OF_SOURCES = frozenset({"type", "is_module_source", "model_dump", "model_dump_json", "model_copy"})
"""What ZenML's sources have besides."""


class Source(str):
    """The dotted path of a class or a function, as text and in its parts."""

    @property
    def import_path(self) -> str:
        """The whole path."""
        return str(self)

    @property
    def module(self) -> str:
        """All but the last part."""
        return self.rpartition(".")[0]

    @property
    def attribute(self) -> str:
        """The last part."""
        return self.rpartition(".")[2]

    @property
    def is_internal(self) -> bool:
        """Whether it is ZenML's own."""
        return self.startswith("zenml.")

    def __getattr__(self, name: str) -> NoReturn:
        if name in _NOT_OF_SOURCES:
            raise NotAvailable(f"`{name}` of a source is not available here")
        raise AttributeError(f"'Source' object has no attribute {name!r}")


_MATERIALIZERS = {
    "BuiltInMaterializer": "materializers.built_in_materializer",
    "BuiltInContainerMaterializer": "materializers.built_in_materializer",
    "BytesMaterializer": "materializers.built_in_materializer",
    "CloudpickleMaterializer": "materializers.cloudpickle_materializer",
    "PathMaterializer": "materializers.path_materializer",
    "PydanticMaterializer": "materializers.pydantic_materializer",
    "StructuredStringMaterializer": "materializers.structured_string_materializer",
    "UUIDMaterializer": "materializers.uuid_materializer",
    "NumpyMaterializer": "integrations.numpy.materializers.numpy_materializer",
    "PandasMaterializer": "integrations.pandas.materializers.pandas_materializer",
}


def materializer(path: str) -> Source:
    """Of "module:name" of a materializer; those that stand for one of ZenML's are called as that one is."""
    module, _, name = path.partition(":")
    if module.startswith("zencompile_runtime.materializers.") and name in _MATERIALIZERS:
        return Source(f"zenml.{_MATERIALIZERS[name]}.{name}")
    return Source(f"{module}.{name}")


def source(path: str | None) -> Source | None:
    """Of "module:name"."""
    return None if path is None else Source(path.replace(":", "."))


class Tag(Plain):
    """A tag of a run or of an artifact: an object with a name, as ZenML gives it."""

    def __init__(self, name: str, exclusive: bool = False) -> None:
        from zencompile_runtime.names.step_context import identifier

        super().__init__("TagResponse", name=name, exclusive=exclusive, id=identifier("tag", name))

    def __str__(self) -> str:
        return str(self.name)


def tags(names: Any, exclusive: Any = ()) -> list[Tag]:
    """Tags by their names, each once."""
    return [Tag(name, name in exclusive) for name in sorted(dict.fromkeys(names))]


class Lazy(Mapping[str, Any]):
    """A dictionary whose values are made when they are asked for."""

    def __init__(self, made: Mapping[str, Any]) -> None:
        self._made = made

    def __getitem__(self, name: str) -> Any:
        return self._made[name]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)

    def __repr__(self) -> str:
        return repr(dict(self))
