"""What a step receives of a stored value, where it asks for another class than the value has.

ZenML loads an artifact *as* the class that the annotation names, and only then validates it. Its materializers refuse
classes that have nothing to do with theirs, and convert between their own: a Series becomes a frame, the keys of a
dictionary a tuple, a model another model. It is done here on the value itself, however it is stored.
"""

from __future__ import annotations

import collections
import importlib
import sys
import types
import typing
from collections.abc import Callable
from typing import Any

Convert = Callable[[Any, Any], Any]

_PLAIN = (bool, int, float, str, type(None))
_CONTAINERS = (dict, list, set, tuple)


class NotLoadable(TypeError):
    """No value of the stored class is loaded as the class that is asked for."""


def asked_for(hint: Any) -> Any:
    """What an annotation asks an artifact to be loaded as: a class, or `Union`, or None.

    `Union` stands for one of several classes, None for any: under both it is loaded as what it is.
    """
    if typing.get_origin(hint) is typing.Annotated:
        return asked_for(typing.get_args(hint)[0])
    found = typing.get_origin(hint) or hint
    if found is Any:
        return None
    return typing.Union if found is types.UnionType else found


def of_items(hint: Any) -> tuple[Any, Any]:
    """What outputs that are handed on together are loaded as: the class around them, and each one's annotation."""
    kind = asked_for(hint)
    if not isinstance(kind, type) or not issubclass(kind, (list, tuple)):
        return None, None
    if typing.get_origin(hint) is typing.Annotated:
        hint = typing.get_args(hint)[0]
    arguments = typing.get_args(hint)
    return kind, arguments[0] if arguments else None


def received(value: Any, asked: Any, as_is: bool = False) -> Any:
    """`value` as the class that a step asks for, where its materializer makes one of it; else the value.

    `as_is` says that it has none, and is loaded as what it is. NotLoadable if a materializer refuses. Whether what
    comes out is valid is for the annotation to say.
    """
    stored = type(value)
    if asked is None or asked is stored:
        return value
    if asked is typing.Union:
        return value if as_is else _plain(value)
    _related((object,), asked, value)
    if as_is:
        return value
    for ancestor in stored.__mro__:
        convert = _FAMILIES.get((ancestor.__module__.partition(".")[0], ancestor.__name__))
        if convert is not None:
            return convert(value, asked)
    return _from_dataclass(value, asked) if _is_plain_dataclass(stored) else value


def item_as(item: Any, asked: Any) -> Any:
    """One element of a list as the class that a step asks for, where that can be called with it."""
    if not isinstance(asked, type) or isinstance(item, asked):
        return item
    try:
        return asked(item)
    except Exception:  # then it is for the annotation to refuse it
        return item


def _related(associated: tuple[type, ...], asked: Any, value: Any) -> None:
    """Raise NotLoadable unless the class asked for is above or below one of the materializer's."""
    try:
        if any(issubclass(one, asked) or issubclass(asked, one) for one in associated):
            return
    except TypeError as error:  # no class at all, or one that answers no such question: `Literal`, a TypedDict
        raise NotLoadable(f"`{_named(asked)}` is no class that an output can be loaded as ({error})") from None
    raise NotLoadable(f"a {type(value).__name__} is never loaded as `{_named(asked)}`")


def _named(asked: Any) -> str:
    return asked.__name__ if isinstance(asked, type) else str(asked).replace("typing.", "")


def _from_bytes(value: Any, asked: Any) -> Any:
    _related((bytes,), asked, value)
    return value


def _plain(value: Any) -> Any:
    """What JSON makes of a number or text of a class of its own, as a member of an enum; other values as they are."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    return int(value) if isinstance(value, int) else float(value)


def _from_plain(value: Any, asked: Any) -> Any:
    _related(_PLAIN, asked, value)
    return _plain(value)


def _of_the_same_class(value: Any, asked: Any) -> Any:
    """For classes that only their own materializer reads, which asks for nothing but them."""
    _related((type(value),), asked, value)
    return value


# -- containers --------------------------------------------------------------------------------------------------------


def _from_container(value: Any, asked: Any) -> Any:
    """As the file has it, a dictionary or a list, cast to what is asked for."""
    _related(_CONTAINERS, asked, value)
    held = _held(value)
    if issubclass(asked, dict) and not isinstance(held, dict):
        return _zipped(held, asked)
    if issubclass(asked, (tuple, set)):
        try:
            return asked(held)
        except TypeError as error:
            raise NotLoadable(f"no `{_named(asked)}` can be made of a {type(value).__name__} ({error})") from None
    return held


def _held(value: Any) -> Any:
    """What the file holds of a container: a dictionary that is no JSON is a list of its keys and one of its values."""
    if not isinstance(value, dict):
        return list(value)
    return dict(value) if _is_json(value) else [list(value.keys()), list(value.values())]


def _zipped(held: list[Any], asked: Any) -> Any:
    try:
        keys, values = held
        pairs = dict(zip(keys, values, strict=False))
    except (TypeError, ValueError) as error:
        raise NotLoadable(f"a list is loaded as a dictionary if it holds keys and values ({error})") from None
    return pairs if issubclass(asked, collections.defaultdict) else asked(pairs)


def _is_json(value: Any) -> bool:
    if isinstance(value, (list, tuple, set)):
        return all(map(_is_json, value))
    if isinstance(value, dict):
        return all(isinstance(key, str) for key in value) and all(map(_is_json, value.values()))
    return value is None or isinstance(value, _PLAIN)


# -- models and dataclasses --------------------------------------------------------------------------------------------


def _from_model(value: Any, asked: Any) -> Any:
    """Another model is validated from the fields of this one."""
    base = next(one for one in type(value).__mro__ if (one.__module__, one.__name__) == ("pydantic.main", "BaseModel"))
    _related((base,), asked, value)
    if not issubclass(asked, base):
        raise NotLoadable(f"a {type(value).__name__} is never loaded as `{_named(asked)}`, which is no model")
    return asked.model_validate(value.model_dump(mode="json"))


def _is_plain_dataclass(kind: type) -> bool:
    """Whether ZenML stores a dataclass by its fields: pydantic can write all of them as JSON."""
    if not hasattr(kind, "__dataclass_fields__"):
        return False
    try:
        _adapter(kind).json_schema(mode="serialization")
    except Exception:  # pydantic isn't there, or can't
        return False
    return True


def _from_dataclass(value: Any, asked: Any) -> Any:
    """Another dataclass is validated from the fields of this one."""
    if not isinstance(asked, type) or not _is_plain_dataclass(asked):
        raise NotLoadable(f"a {type(value).__name__} is never loaded as `{_named(asked)}`, which is no dataclass")
    return _adapter(asked).validate_python(_adapter(type(value)).dump_python(value, mode="json"))


def _adapter(kind: type) -> Any:
    return importlib.import_module("pydantic").TypeAdapter(kind)


# -- frames ------------------------------------------------------------------------------------------------------------


def _from_pandas(value: Any, asked: Any) -> Any:
    """A Series is a frame with the one column `series`, and a frame with one column is a Series."""
    pandas: Any = sys.modules["pandas"]
    _related((pandas.DataFrame, pandas.Series), asked, value)
    if isinstance(value, pandas.Series):
        return value if issubclass(asked, pandas.Series) else value.to_frame(name="series")
    if not issubclass(asked, pandas.Series):
        return value
    if len(value.columns) != 1:
        raise NotLoadable(f"a frame is loaded as a Series if it has one column, this one has {len(value.columns)}")
    return value[value.columns[0]]


def _from_text(value: Any, asked: Any) -> Any:
    """HTML and its like have a file of their own kind, which only that kind is loaded from."""
    kind = next(one for one in type(value).__mro__ if one.__name__ in _TEXTS)
    if isinstance(asked, type) and issubclass(asked, kind):
        made: Any = asked
        return made(value)
    raise NotLoadable(f"a {type(value).__name__} is never loaded as `{_named(asked)}`")


_TEXTS = ("CSVString", "HTMLString", "JSONString", "MarkdownString")
_FAMILIES: dict[tuple[str, str], Convert] = {
    **{("builtins", kind.__name__): _from_plain for kind in _PLAIN},
    **{("builtins", kind.__name__): _from_container for kind in _CONTAINERS},
    ("builtins", "bytes"): _from_bytes,
    **{("zencompile_runtime", name): _from_text for name in _TEXTS},
    ("uuid", "UUID"): _of_the_same_class,
    ("pathlib", "Path"): _of_the_same_class,
    ("pydantic", "BaseModel"): _from_model,
    ("numpy", "ndarray"): _of_the_same_class,
    ("pandas", "DataFrame"): _from_pandas,
    ("pandas", "Series"): _from_pandas,
}
