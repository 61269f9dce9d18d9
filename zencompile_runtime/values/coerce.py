"""What an annotation makes of a value: pydantic's lax rules, with and without pydantic installed.

Pydantic itself is asked where the annotation is made of it: a model, or `Annotated[…]` with its constraints. A class
that neither knows is checked with isinstance.
"""

from __future__ import annotations

import collections
import collections.abc
import sys
import types
import typing
from collections.abc import Callable, Iterable
from typing import Any

from zencompile_runtime.errors import ParameterFault
from zencompile_runtime.values.scalars import SCALARS

Coercer = Callable[[Any], Any]

_made: dict[Any, Coercer] = {}


class Mismatch(ValueError):
    """A value does not fit; `path` leads to the part that does not."""

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(message)
        self.path = path

    def within(self, part: str) -> Mismatch:
        """The same problem, seen from one level further out."""
        return Mismatch(str(self), part + self.path)


def coerce(value: Any, annotation: Any, name: str) -> Any:
    """`value` as `annotation` wants it; ParameterFault that names the input `name` if it can't be."""
    coercer = coercer_of(annotation)
    if coercer is _as_is:
        return value
    try:
        return coercer(value)
    except Mismatch as error:
        shown = repr(value)
        shown = shown if len(shown) <= 120 else f"{shown[:117]}…"
        raise ParameterFault(f"input `{name}`{error.path} {error}, got {shown} ({type(value).__name__})") from None


def coercer_of(annotation: Any) -> Coercer:
    """The function that coerces to an annotation; it raises Mismatch."""
    try:
        found = _made.get((type(annotation), annotation))
    except TypeError:
        return _make(annotation)
    if found is None:
        found = _made[type(annotation), annotation] = _make(annotation)
    return found


def _as_is(value: Any) -> Any:
    return value


def _make(annotation: Any) -> Coercer:
    if annotation is None:
        annotation = type(None)
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return _annotated(annotation)
    if annotation is Any or annotation is object or isinstance(annotation, (str, typing.TypeVar, typing.ForwardRef)):
        return _as_is
    if origin is typing.Union or origin is types.UnionType:
        return _union(typing.get_args(annotation))
    if origin is typing.Literal:
        return _literal(typing.get_args(annotation))
    supertype = getattr(annotation, "__supertype__", None)  # NewType
    if supertype is not None:
        return coercer_of(supertype)
    if type(annotation).__name__ == "TypeAliasType":
        return coercer_of(annotation.__value__)
    kind = origin or annotation
    if not isinstance(kind, type):
        return _as_is
    return _class(kind, typing.get_args(annotation), annotation)


def _class(kind: type, arguments: tuple[Any, ...], annotation: Any) -> Coercer:
    key = (kind.__module__, kind.__qualname__)
    if key in SCALARS:
        return _scalar(SCALARS[key])
    if kind.__module__ == "datetime":
        from zencompile_runtime.values.times import TIMES

        if kind.__name__ in TIMES:
            return _scalar(TIMES[kind.__name__])
    if hasattr(kind, "__pydantic_core_schema__") or hasattr(kind, "__get_pydantic_core_schema__"):
        return _pydantic(annotation)
    container = _CONTAINERS.get(kind)
    if container is not None:
        return container(kind, arguments)
    if typing.is_typeddict(kind):
        return _typed_dict(kind)
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):
        return _named_tuple(kind)
    if any(one.__module__ == "enum" and one.__name__ == "Enum" for one in kind.__mro__):
        return _enum(kind)
    if hasattr(kind, "__dataclass_fields__"):
        return _dataclass(kind)
    return _instance(kind)


# -- single values -----------------------------------------------------------------------------------------------------


def _scalar(convert: Callable[[Any], Any]) -> Coercer:
    def coercer(value: Any) -> Any:
        try:
            return convert(value)
        except Mismatch:
            raise
        except (ValueError, TypeError, OverflowError) as error:
            raise Mismatch(str(error)) from None

    return coercer


def _literal(choices: tuple[Any, ...]) -> Coercer:
    def coercer(value: Any) -> Any:
        for choice in choices:
            if type(choice) is type(value) and choice == value:
                return choice
        for choice in choices:
            if choice == value and not isinstance(value, bool) and not isinstance(choice, bool):
                return choice
        raise Mismatch(f"should be one of {', '.join(map(repr, choices))}")

    return coercer


def _enum(kind: Any) -> Coercer:
    mixin = next(
        (
            convert
            for (_, name), convert in SCALARS.items()
            if name in ("int", "float", "str") and issubclass(kind, {"int": int, "float": float, "str": str}[name])
        ),
        None,
    )

    def coercer(value: Any) -> Any:
        if isinstance(value, kind):
            return value
        for attempt in (lambda: value, lambda: mixin(value) if mixin else value):
            try:
                return kind(attempt())
            except (ValueError, TypeError):
                continue
        raise Mismatch(f"should be one of {', '.join(repr(one.value) for one in kind)}")

    return coercer


def _instance(kind: type) -> Coercer:
    if getattr(kind, "_is_protocol", False) and not getattr(kind, "_is_runtime_protocol", False):
        return _as_is

    def coercer(value: Any) -> Any:
        if isinstance(value, kind):
            return value
        raise Mismatch(f"should be an instance of {kind.__name__}")

    return coercer


def _union(members: tuple[Any, ...]) -> Coercer:
    coercers = [coercer_of(member) for member in members]
    kinds = [typing.get_origin(member) or member for member in members]
    exact = {
        type(None) if kind is None else kind: coercer
        for kind, coercer in reversed(list(zip(kinds, coercers, strict=True)))
        if isinstance(kind, type) or kind is None
    }

    def coercer(value: Any) -> Any:
        first = exact.get(type(value))
        if first is not None:
            try:
                return first(value)
            except Mismatch:
                pass
        instances = [one for kind, one in exact.items() if isinstance(value, kind) and not isinstance(value, bool)]
        if type(value) is int and float in exact:
            instances.append(exact[float])
        for attempt in (*instances, *coercers):
            try:
                return attempt(value)
            except Mismatch:
                continue
        names = " or ".join(_name(member) for member in members)
        raise Mismatch(f"should be {names}")

    return coercer


def _name(member: Any) -> str:
    return "None" if member is type(None) else getattr(member, "__name__", str(member))


def _annotated(annotation: Any) -> Coercer:
    inner, *extras = typing.get_args(annotation)
    if any(type(extra).__module__.partition(".")[0] in ("pydantic", "annotated_types") for extra in extras):
        kept = tuple(extra for extra in extras if not isinstance(extra, str))
        return _pydantic(typing.Annotated[(inner, *kept)])  # type: ignore[valid-type, unused-ignore]
    return coercer_of(inner)


def _pydantic(annotation: Any) -> Coercer:
    pydantic = sys.modules.get("pydantic")
    if pydantic is None:
        import pydantic  # type: ignore[no-redef]
    kind = annotation if isinstance(annotation, type) else None
    validate: Callable[[Any], Any]
    if kind is not None and hasattr(kind, "model_validate"):
        validate = kind.model_validate
    else:
        adapter = None
        try:
            adapter = pydantic.TypeAdapter(annotation, config=pydantic.ConfigDict(arbitrary_types_allowed=True))  # type: ignore[union-attr]
        except pydantic.errors.PydanticUserError:  # type: ignore[union-attr]
            adapter = pydantic.TypeAdapter(annotation)  # type: ignore[union-attr]
        validate = adapter.validate_python

    def coercer(value: Any) -> Any:
        if kind is not None and type(value) is kind:
            return value
        try:
            return validate(value)
        except pydantic.ValidationError as error:  # type: ignore[union-attr]
            problem = error.errors(include_url=False)[0]
            path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in problem["loc"])
            raise Mismatch(problem["msg"][0].lower() + problem["msg"][1:], path) from None

    return coercer


# -- containers --------------------------------------------------------------------------------------------------------

_LISTS = (list, tuple, set, frozenset, collections.deque)


def _items(value: Any, what: str) -> Iterable[Any]:
    if isinstance(value, _LISTS) or type(value).__name__ in (
        "dict_keys",
        "dict_values",
        "dict_items",
        "generator",
        "range",
    ):
        return value  # type: ignore[no-any-return]
    raise Mismatch(f"should be {what}")


def _each(values: Iterable[Any], item: Coercer) -> list[Any]:
    if item is _as_is:
        return list(values)
    found = []
    for index, value in enumerate(values):
        try:
            found.append(item(value))
        except Mismatch as error:
            raise error.within(f"[{index}]") from None
    return found


def _list(kind: Any, arguments: tuple[Any, ...]) -> Coercer:
    item = coercer_of(arguments[0]) if arguments else _as_is
    build = {list: list, set: set, frozenset: frozenset, collections.deque: collections.deque}[kind]

    def coercer(value: Any) -> Any:
        if item is _as_is and type(value) is kind:
            return value
        try:
            return build(_each(_items(value, f"a {kind.__name__}"), item))
        except TypeError as error:  # unhashable
            raise Mismatch(f"should be a {kind.__name__} ({error})") from None

    return coercer


def _sequence(kind: Any, arguments: tuple[Any, ...]) -> Coercer:
    item = coercer_of(arguments[0]) if arguments else _as_is

    def coercer(value: Any) -> Any:
        if not isinstance(value, kind) or isinstance(value, (str, bytes)):
            raise Mismatch("should be a sequence")
        if item is _as_is:
            return value
        found = _each(value, item)
        return found if type(value) not in (tuple, set, frozenset, collections.deque) else type(value)(found)

    return coercer


def _tuple(kind: Any, arguments: tuple[Any, ...]) -> Coercer:
    if not arguments or (len(arguments) == 2 and arguments[1] is Ellipsis):
        item = coercer_of(arguments[0]) if arguments else _as_is
        return lambda value: tuple(_each(_items(value, "a tuple"), item))
    coercers = [coercer_of(argument) for argument in arguments if argument != ()]

    def coercer(value: Any) -> Any:
        values = list(_items(value, "a tuple"))
        if len(values) != len(coercers):
            raise Mismatch(f"should be a tuple of {len(coercers)}")
        return tuple(_each([one], item)[0] for one, item in zip(values, coercers, strict=True))

    return coercer


def _dict(kind: Any, arguments: tuple[Any, ...]) -> Coercer:
    key, item = (coercer_of(arguments[0]), coercer_of(arguments[1])) if len(arguments) == 2 else (_as_is, _as_is)

    def coercer(value: Any) -> Any:
        if not isinstance(value, collections.abc.Mapping):
            raise Mismatch("should be a dictionary")
        if key is _as_is and item is _as_is:
            return value if isinstance(value, dict) else dict(value)
        found = {}
        for one, inner in value.items():
            try:
                found[key(one)] = item(inner)
            except Mismatch as error:
                raise error.within(f"[{one!r}]") from None
        return found

    return coercer


_CONTAINERS: dict[Any, Callable[[Any, tuple[Any, ...]], Coercer]] = {
    list: _list,
    set: _list,
    frozenset: _list,
    collections.deque: _list,
    tuple: _tuple,
    dict: _dict,
    collections.abc.Mapping: _dict,
    collections.abc.MutableMapping: _dict,
    collections.abc.Sequence: _sequence,
    collections.abc.Collection: _sequence,
}


def _fields(kind: Any, names: Iterable[str]) -> dict[str, Coercer]:
    hints = typing.get_type_hints(kind, include_extras=True)
    return {name: coercer_of(hints.get(name, Any)) for name in names}


def _filled(kind: Any, coercers: dict[str, Coercer], value: Any) -> dict[str, Any]:
    found = {}
    for name, inner in value.items():
        if name not in coercers:
            raise Mismatch(f"has no field {name!r} in {kind.__name__}")
        try:
            found[name] = coercers[name](inner)
        except Mismatch as error:
            raise error.within(f".{name}") from None
    return found


def _dataclass(kind: Any) -> Coercer:
    def coercer(value: Any) -> Any:
        if isinstance(value, kind):
            return value
        if not isinstance(value, dict):
            raise Mismatch(f"should be a dictionary or an instance of {kind.__name__}")
        names = [name for name, one in kind.__dataclass_fields__.items() if one.init]
        try:
            return kind(**_filled(kind, _fields(kind, names), value))
        except TypeError as error:
            raise Mismatch(f"does not fit {kind.__name__} ({error})") from None

    return coercer


def _named_tuple(kind: Any) -> Coercer:
    def coercer(value: Any) -> Any:
        if not isinstance(value, dict):
            value = dict(zip(kind._fields, _items(value, f"a {kind.__name__}"), strict=False))
        try:
            return kind(**_filled(kind, _fields(kind, kind._fields), value))
        except TypeError as error:
            raise Mismatch(f"does not fit {kind.__name__} ({error})") from None

    return coercer


def _typed_dict(kind: Any) -> Coercer:
    def coercer(value: Any) -> Any:
        if not isinstance(value, collections.abc.Mapping):
            raise Mismatch("should be a dictionary")
        coercers = _fields(kind, kind.__annotations__)
        missing = sorted(kind.__required_keys__ - set(value))
        if missing:
            raise Mismatch(f"lacks {', '.join(missing)}")
        return _filled(kind, coercers, {name: item for name, item in value.items() if name in coercers})

    return coercer
