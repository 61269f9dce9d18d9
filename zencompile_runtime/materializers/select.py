"""Which materializer stores a value: by its class's names, so that no library is imported to find out."""

from __future__ import annotations

import types
import typing
from typing import Any, NamedTuple, cast

from zencompile_runtime.errors import OutputFault
from zencompile_runtime.importing import found_by_name, load, load_class
from zencompile_runtime.materializers.base import OURS, BaseMaterializer, materializer_registry
from zencompile_runtime.materializers.folder import Folder

_BUILTIN = "builtin:BuiltInMaterializer"
_CONTAINER = "builtin:BuiltInContainerMaterializer"
_TEXT = "files:StructuredStringMaterializer"
_MODELS = f"{OURS}materializers.models"
_BUILTINS = f"{OURS}materializers.builtin"
LAST_RESORT = "pickled:CloudpickleMaterializer"

# (top-level module, class) of any ancestor of the value's class → module and class in this package
TABLE = {
    ("builtins", "bool"): _BUILTIN,
    ("builtins", "int"): _BUILTIN,
    ("builtins", "float"): _BUILTIN,
    ("builtins", "str"): _BUILTIN,
    ("builtins", "NoneType"): _BUILTIN,
    ("builtins", "bytes"): "builtin:BytesMaterializer",
    ("builtins", "bytearray"): "builtin:BytesMaterializer",
    ("builtins", "list"): _CONTAINER,
    ("builtins", "dict"): _CONTAINER,
    ("builtins", "tuple"): _CONTAINER,
    ("builtins", "set"): _CONTAINER,
    ("builtins", "frozenset"): _CONTAINER,
    ("uuid", "UUID"): "builtin:UUIDMaterializer",
    ("pathlib", "Path"): "files:PathMaterializer",
    ("pydantic", "BaseModel"): "models:PydanticMaterializer",
    ("zencompile_runtime", "PathText"): "files:PathTextMaterializer",
    ("zencompile_runtime", "HTMLString"): _TEXT,
    ("zencompile_runtime", "MarkdownString"): _TEXT,
    ("zencompile_runtime", "CSVString"): _TEXT,
    ("zencompile_runtime", "JSONString"): _TEXT,
    ("pandas", "DataFrame"): "pandas:PandasMaterializer",
    ("pandas", "Series"): "pandas:PandasMaterializer",
    ("numpy", "ndarray"): "numpy:NumpyMaterializer",
    ("polars", "DataFrame"): "polars:PolarsMaterializer",
    ("polars", "LazyFrame"): "polars:PolarsMaterializer",
    ("polars", "Series"): "polars:PolarsMaterializer",
    ("scipy", "spmatrix"): "scipy:SparseMaterializer",
    ("scipy", "_spbase"): "scipy:SparseMaterializer",  # dok_array is a dictionary before it is a sparray
    ("scipy", "sparray"): "scipy:SparseMaterializer",
    ("sklearn", "BaseEstimator"): "pickled:SklearnMaterializer",
    ("sklearn", "ClassifierMixin"): "pickled:SklearnMaterializer",
    ("sklearn", "RegressorMixin"): "pickled:SklearnMaterializer",
    ("sklearn", "TransformerMixin"): "pickled:SklearnMaterializer",
    ("sklearn", "ClusterMixin"): "pickled:SklearnMaterializer",
    ("sklearn", "OutlierMixin"): "pickled:SklearnMaterializer",
    ("lightning", "LightningModule"): "torch:LightningModuleMaterializer",
    ("pytorch_lightning", "LightningModule"): "torch:LightningModuleMaterializer",
    ("torch", "Module"): "torch:PyTorchModuleMaterializer",
    ("torch", "Dataset"): "torch:PyTorchDataLoaderMaterializer",
    ("torch", "DataLoader"): "torch:PyTorchDataLoaderMaterializer",
    ("torch", "Tensor"): "torch:PyTorchTensorMaterializer",
    ("matplotlib", "Figure"): "plots:FigureMaterializer",
    ("PIL", "Image"): "pillow:PillowImageMaterializer",
    ("xgboost", "Booster"): "boosting:XgboostBoosterMaterializer",
    ("xgboost", "DMatrix"): "boosting:XgboostDatasetMaterializer",
    ("lightgbm", "Booster"): "boosting:LightGBMBoosterMaterializer",
    ("lightgbm", "Dataset"): "boosting:LightGBMDatasetMaterializer",
    ("datasets", "Dataset"): "huggingface:HFDatasetMaterializer",
    ("datasets", "DatasetDict"): "huggingface:HFDatasetMaterializer",
    ("transformers", "PreTrainedModel"): "huggingface:HFPTModelMaterializer",
    ("transformers", "TFPreTrainedModel"): "huggingface:HFTFModelMaterializer",
    ("transformers", "PreTrainedTokenizerBase"): "huggingface:HFTokenizerMaterializer",
    ("keras", "Model"): "huggingface:KerasMaterializer",
}
_PICKLED_SUBCLASSES = {"numpy"}  # a subclass of ndarray (masked, record) holds more than npy keeps

_PLAIN = {bool, int, float, str, type(None), bytes, bytearray, list, dict, tuple, set, frozenset}

# what the framework's own materializers store; those of integrations are registered later than a program's
_BUILT_IN = {"builtins", "uuid", "pathlib", "pydantic", "zencompile_runtime"}
_WITHOUT = {("builtins", "bytearray"), ("builtins", "frozenset")}  # of these, what has none in ZenML


def for_type(kind: type) -> type[BaseMaterializer]:
    """The materializer for values of exactly this class."""
    found = materializer_registry.chosen.get(kind)
    if found is None:
        found = materializer_registry.chosen[kind] = _choose(kind)
    return found


def for_value(value: Any, explicit: tuple[type[BaseMaterializer], ...] = ()) -> type[BaseMaterializer]:
    """The materializer for a value: of the `explicit` ones the first that names its type or an ancestor."""
    if explicit:
        for ancestor in type(value).__mro__:
            for one in explicit:
                if ancestor in one.ASSOCIATED_TYPES:
                    return one
        for one in explicit:
            if one.can_save_type(type(value)):
                return one
        names = " and ".join(one.__name__ for one in explicit)
        raise OutputFault(
            f"{names} can't store a {type(value).__name__}",
            help="name its class, or one above it, in the materializer's ASSOCIATED_TYPES",
        )
    kind = type(value)
    found = for_type(kind)
    if kind in _PLAIN or found.__module__ not in (_BUILTINS, _MODELS):
        return found
    kept = found_by_name(kind) and (_restored(value) if found.__module__ == _BUILTINS else _storable(value))
    return found if kept else ours(LAST_RESORT)


def _storable(value: Any) -> bool:
    """Whether a model or dataclass comes back as it is from JSON."""
    from zencompile_runtime.materializers.models import storable

    return storable(value)


def for_annotated(value: Any, annotation: Any) -> Annotated:
    """How a step's output is stored: ZenML chooses among the materializers of the annotation's classes, not by value.

    What none of the program's own stores, is stored as well as we can; only how it is loaded follows ZenML then.
    """
    members = _members(annotation)
    if not members:
        return Annotated()
    chosen = _among(type(value), members)
    if not chosen.__module__.startswith(OURS):
        return Annotated((chosen,))
    as_is = chosen is ours(LAST_RESORT)
    by_value = for_type(type(value))
    return Annotated(() if by_value.__module__.startswith(OURS) else (chosen,), as_is)


class Annotated(NamedTuple):
    """The materializers that an output's annotation leaves, none for any, and whether it is loaded as what it is."""

    explicit: tuple[type[BaseMaterializer], ...] = ()
    as_is: bool = False


def _members(annotation: Any) -> tuple[type, ...]:
    """The classes that an annotation names; none if it is `Any`, or names something that is no class."""
    found = typing.get_origin(annotation) or annotation
    if found is typing.Annotated:
        return _members(typing.get_args(annotation)[0])
    if found in (typing.Union, types.UnionType):
        classes = [typing.get_origin(one) or one for one in typing.get_args(annotation)]
    else:
        classes = [found]
    return tuple(classes) if all(isinstance(one, type) and one is not Any for one in classes) else ()


def named_by(annotation: Any) -> list[str]:
    """The paths of the materializers that an annotation leaves."""
    return list(dict.fromkeys(f"{one.__module__}:{one.__qualname__}" for one in map(for_type, _members(annotation))))


def _among(kind: type, members: tuple[type, ...]) -> type[BaseMaterializer]:
    """The materializer of `members` for values of the class `kind`: by the nearest ancestor that one is for."""
    chosen = list(dict.fromkeys(map(for_type, members)))
    for ancestor in kind.__mro__:
        for one in chosen:
            if _names(one, ancestor):
                return one
    return next((one for one in chosen if one.can_save_type(kind)), ours(LAST_RESORT))


def _names(materializer: type[BaseMaterializer], kind: type) -> bool:
    """Whether just this class is one of those that a materializer is for."""
    if not materializer.__module__.startswith(OURS):
        return kind in materializer.ASSOCIATED_TYPES
    return kind is object if materializer is ours(LAST_RESORT) else for_type(kind) is materializer


def by_name(name: str) -> type[BaseMaterializer]:
    """The class "module:Class" of a manifest or a flag."""
    return cast("type[BaseMaterializer]", load_class(name) if name.startswith(OURS) else load(name))


def make(kind: type[BaseMaterializer], folder: Folder) -> BaseMaterializer:
    """A materializer on a folder. Those of users get a path, and an artifact store if they take one."""
    if kind.__module__.startswith(OURS):
        return kind(folder)
    if kind.__init__ is BaseMaterializer.__init__:
        return kind(folder)  # nothing of the user's sees it before `uri` is asked for
    import inspect

    taken = inspect.signature(kind.__init__).parameters
    several = any(one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD) for one in taken.values())
    made = kind(uri=folder.uri) if "artifact_store" not in taken and not several else kind(folder.uri, None)
    if not hasattr(made, "folder"):  # an __init__ that does not call its base's
        made.__dict__.setdefault("_artifact_store", None)
        made.folder = Folder(folder.uri)
    return made


def _restored(value: Any) -> bool:
    """Whether a value of a class that is built on Python's own comes back as it is."""
    kind = type(value)
    if kind.__module__ in ("numpy", "uuid") or hasattr(kind, "__members__"):  # a scalar, a UUID, a member of an enum
        return True
    from zencompile_runtime.materializers.builtin import restorable

    return restorable(value)


def ours(name: str) -> type[BaseMaterializer]:
    """One of this package's own: "module:Class"."""
    return cast("type[BaseMaterializer]", load_class(f"{OURS}materializers.{name}"))


def _choose(kind: type) -> type[BaseMaterializer]:
    registered = materializer_registry.materializer_types
    for ancestor in kind.__mro__[:-1]:
        module = ancestor.__module__.partition(".")[0]
        key = (module, ancestor.__name__)
        first = module in _BUILT_IN and key in TABLE and key not in _WITHOUT
        if ancestor in registered and (not first or ancestor in materializer_registry.overwritten):
            return registered[ancestor]
        name = TABLE.get(key)
        if name is not None:
            if module in _PICKLED_SUBCLASSES and ancestor is not kind and kind.__name__ != "memmap":
                return ours(LAST_RESORT)
            return ours(name)
    if hasattr(kind, "__dataclass_fields__"):
        return ours("models:DataclassMaterializer")
    return ours(LAST_RESORT)
