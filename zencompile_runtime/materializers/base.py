"""`BaseMaterializer`: what users subclass to store a type of theirs, and the registry that finds it."""

from __future__ import annotations

import os
from typing import Any, ClassVar

from zencompile_runtime.materializers.folder import Folder
from zencompile_runtime.names.enums import ArtifactType

OURS = "zencompile_runtime."
_HUGE = 64 << 20  # bytes of files that aren't loaded to see whether they can be


class Registry:
    """Types and the materializers of user code for them. The first registration of a type holds."""

    def __init__(self) -> None:
        self.materializer_types: dict[type, type[BaseMaterializer]] = {}
        self.overwritten: set[type] = set()
        self.chosen: dict[type, type[BaseMaterializer]] = {}  # what was found out for a type, until more is registered

    def register_materializer_type(self, key: type, type_: type[BaseMaterializer]) -> None:
        """Let `type_` store values of `key`, unless something does already."""
        self.materializer_types.setdefault(key, type_)
        self.chosen.clear()

    def register_and_overwrite_type(self, key: type, type_: type[BaseMaterializer]) -> None:
        """Let `type_` store values of `key`, whatever did before; the runtime's own included."""
        self.materializer_types[key] = type_
        self.overwritten.add(key)
        self.chosen.clear()

    def __getitem__(self, key: type) -> type[BaseMaterializer]:
        from zencompile_runtime.materializers.select import for_type

        return for_type(key)

    def __contains__(self, key: type) -> bool:
        return any(one in self.materializer_types for one in key.__mro__)

    def is_registered(self, key: type) -> bool:
        """Whether user code registered a materializer for this type or a base of it."""
        return key in self


materializer_registry = Registry()


class BaseMaterializer:
    """Stores values of `ASSOCIATED_TYPES` as files in the folder `uri`.

    A subclass defines `save` and `load`; it is registered when it is defined.
    """

    ASSOCIATED_ARTIFACT_TYPE: ClassVar[Any] = ArtifactType.BASE
    ASSOCIATED_TYPES: ClassVar[tuple[type[Any], ...]] = ()
    SKIP_REGISTRATION: ClassVar[bool] = False
    _DOCS_BUILDING_MODE: ClassVar[bool] = False

    folder: Folder

    def __init__(self, uri: Any, artifact_store: Any = None) -> None:
        self.folder = Folder(os.fspath(uri)) if isinstance(uri, (str, os.PathLike)) else uri
        self._artifact_store = artifact_store

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if cls.__module__.startswith(OURS) or cls.__dict__.get("SKIP_REGISTRATION"):
            return
        ours = [base for base in cls.__mro__[1:] if base.__module__.startswith(OURS)]
        for kind in cls.ASSOCIATED_TYPES:
            # what a base of ours stores was the base's first
            if isinstance(kind, type) and not any(kind in getattr(base, "ASSOCIATED_TYPES", ()) for base in ours):
                materializer_registry.register_materializer_type(kind, cls)

    @property
    def uri(self) -> str:
        """The folder's path."""
        return str(self.folder.uri)

    @uri.setter
    def uri(self, value: str) -> None:
        self.folder = Folder(value)

    @property
    def artifact_store(self) -> Any:
        """Something with the file operations of an artifact store."""
        if self._artifact_store is None:
            from zencompile_runtime.names.fileio import FileStore

            self._artifact_store = FileStore()
        return self._artifact_store

    # -- what subclasses define ----------------------------------------------------------------------------------------

    def load(self, data_type: type[Any]) -> Any:
        """The value whose files lie in the folder. Subclasses may call it first, to no effect."""
        if type(self).handle_input is not BaseMaterializer.handle_input:
            return self.handle_input(data_type)
        if type(self).load is BaseMaterializer.load:
            raise NotImplementedError(f"{type(self).__name__} does not define load()")
        return None

    def save(self, data: Any) -> None:
        """Write the value's files into the folder. Subclasses may call it first, to no effect."""
        if type(self).handle_return is not BaseMaterializer.handle_return:
            self.handle_return(data)
        elif type(self).save is BaseMaterializer.save:
            raise NotImplementedError(f"{type(self).__name__} does not define save()")

    def handle_input(self, data_type: type[Any]) -> Any:
        """What `load` was called in releases before 0.30."""

    def handle_return(self, data: Any) -> None:
        """What `save` was called in releases before 0.30."""

    @property
    def artifact(self) -> BaseMaterializer:
        """What knew the folder in releases before 0.30: `self.artifact.uri`."""
        return self

    def save_visualizations(self, data: Any) -> dict[str, Any]:
        """Write files that show the value, and return {path: VisualizationType}."""
        return {}

    def extract_metadata(self, data: Any) -> dict[str, Any]:
        """Facts about the value."""
        return {}

    def compute_content_hash(self, data: Any) -> str | None:
        """A text that is equal for equal values, where the files are not."""
        return None

    def get_item_count(self, data: Any) -> int | None:
        """How many elements a value has over which steps can be mapped."""
        try:
            return len(data)
        except TypeError:
            return None

    def load_item(self, data_type: type[Any], index: int) -> Any:
        """One element."""
        return self.load(data_type)[index]

    def comes_back(self, data: Any) -> bool:
        """Whether what `save` wrote is loaded as what was saved, in structure. Asked of the runtime's own alone."""
        from zencompile_runtime.values.exact import same

        return same(self.load(type(data)), data)

    def _is_loaded(self, data: Any) -> bool:
        """Whether something of the value's class is loaded, where a library answers for the format; huge ones are."""
        return self.folder.size() > _HUGE or type(self.load(type(data))) is type(data)

    # -- what the framework gives --------------------------------------------------------------------------------------

    def validate_save_type_compatibility(self, data_type: type[Any]) -> None:
        """TypeError if this materializer can't store the type."""
        if not self.can_save_type(data_type):
            raise TypeError(f"{type(self).__name__} can't store a {data_type.__name__}")

    def validate_load_type_compatibility(self, data_type: type[Any]) -> None:
        """TypeError if this materializer can't load a value as the type."""
        if not self.can_load_type(data_type):
            names = ", ".join(kind.__name__ for kind in self.ASSOCIATED_TYPES)
            raise TypeError(f"{type(self).__name__} can't load a {data_type.__name__}, only {names}")

    @classmethod
    def can_save_type(cls, data_type: type[Any]) -> bool:
        """Whether it stores values of this type."""
        return any(issubclass(data_type, kind) for kind in cls.ASSOCIATED_TYPES)

    can_handle_type = can_save_type

    @classmethod
    def can_load_type(cls, data_type: type[Any]) -> bool:
        """Whether values of its types may be loaded as this type, which is above or below one of them."""
        return any(issubclass(kind, data_type) or issubclass(data_type, kind) for kind in cls.ASSOCIATED_TYPES)

    def extract_full_metadata(self, data: Any) -> dict[str, Any]:
        """`extract_metadata` and the size in bytes."""
        return {"storage_size": self.folder.size(), **(self.extract_metadata(data) or {})}

    def get_temporary_directory(self, delete_at_exit: bool = True, delete_after_step_execution: bool = True) -> str:
        """A new folder of the local machine."""
        import tempfile

        if delete_at_exit or delete_after_step_execution:
            from zencompile_runtime import temporary

            return str(temporary.folder())
        path = tempfile.mkdtemp(prefix="zencompile-")
        return path
