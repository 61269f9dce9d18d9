"""Which materializer stores a value: by its class's names, so that no library is imported to find out."""

from __future__ import annotations

from typing import Any, cast

from zencompile_runtime.importing import load, load_class
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

_chosen: dict[type, type[BaseMaterializer]] = {}


def for_type(kind: type) -> type[BaseMaterializer]:
    """The materializer for values of exactly this class."""
    found = _chosen.get(kind)
    if found is None or materializer_registry.overwritten:
        found = _chosen[kind] = _choose(kind)
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
        return explicit[0]
    found = for_type(type(value))
    if type(value) not in _PLAIN and found.__module__ == _BUILTINS and not _restored(value):
        return _ours(LAST_RESORT)
    if found.__module__ == _MODELS:
        from zencompile_runtime.materializers.models import storable

        return found if storable(value) else _ours(LAST_RESORT)
    return found


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


def _ours(name: str) -> type[BaseMaterializer]:
    return cast("type[BaseMaterializer]", load_class(f"{OURS}materializers.{name}"))


def _choose(kind: type) -> type[BaseMaterializer]:
    registered = materializer_registry.materializer_types
    for ancestor in kind.__mro__[:-1]:
        if ancestor in materializer_registry.overwritten:
            return registered[ancestor]
        module = ancestor.__module__.partition(".")[0]
        name = TABLE.get((module, ancestor.__name__))
        if name is not None:
            if module in _PICKLED_SUBCLASSES and ancestor is not kind and kind.__name__ != "memmap":
                return _ours(LAST_RESORT)
            return _ours(name)
        if ancestor in registered:
            return registered[ancestor]
    if hasattr(kind, "__dataclass_fields__"):
        return _ours("models:DataclassMaterializer")
    return _ours(LAST_RESORT)
