"""What an annotation makes of a value: pydantic's lax rules, with and without pydantic installed.

Pydantic itself is asked where the annotation is made of it: a model, or `Annotated[…]` with its constraints. A class
that neither knows is checked with isinstance.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable
from typing import Any

from zencompile_runtime.errors import ParameterFault
from zencompile_runtime.values.mismatch import Mismatch
from zencompile_runtime.values.scalars import SCALARS

Coercer = Callable[[Any], Any]

_made: dict[Any, Coercer] = {}


def coerce(value: Any, annotation: Any, name: str) -> Any:
    """`value` as `annotation` wants it; ParameterFault that names the input `name` if it can't be."""
    coercer = coercer_of(annotation)
    if coercer is as_is:
        return value
    try:
        return coercer(value)
    except Mismatch as error:
        shown = repr(value)
        shown = shown if len(shown) <= 120 else f"{shown[:117]}…"
        raise ParameterFault(f"input `{name}`{error.path} {error}, got {shown} ({type(value).__name__})") from None


def coercer_of(annotation: Any) -> Coercer:
    """The function that coerces to an annotation; it raises Mismatch."""
    # equal annotations may differ in order: Union[int, str] == Union[str, int]
    key = annotation if type(annotation) is type else (type(annotation), annotation, repr(annotation))
    try:
        found = _made.get(key)
    except TypeError:
        return _make(annotation)
    if found is None:
        found = _made[key] = _make(annotation)
    return found


def as_is(value: Any) -> Any:
    """Whatever it is."""
    return value


def _make(annotation: Any) -> Coercer:
    if annotation is None:
        annotation = type(None)
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return _annotated(annotation)
    if annotation is Any or annotation is object or isinstance(annotation, (str, typing.TypeVar, typing.ForwardRef)):
        return as_is
    if origin is typing.Union or origin is types.UnionType:
        return _union(typing.get_args(annotation))
    if origin is typing.Literal:
        return _literal(typing.get_args(annotation))
    supertype: Any = getattr(annotation, "__supertype__", None)  # NewType
    if supertype is not None:
        return coercer_of(supertype)
    if type(annotation).__name__ == "TypeAliasType":
        return coercer_of(annotation.__value__)
    kind = origin or annotation
    if not isinstance(kind, type):
        return as_is
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
    from zencompile_runtime.values import containers

    container = containers.CONTAINERS.get(kind)
    if container is not None:
        return container(kind, arguments)
    if is_typed_dict(kind):
        return containers.typed_dict(kind)
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):
        return containers.named_tuple(kind)
    if any(one.__module__ == "enum" and one.__name__ == "Enum" for one in kind.__mro__):
        return _enum(kind)
    if hasattr(kind, "__dataclass_fields__"):
        return containers.dataclass(kind)
    return _instance(kind)


def is_typed_dict(kind: Any) -> bool:
    """Whether it is a TypedDict, of `typing` or of `typing_extensions`."""
    return isinstance(kind, type) and issubclass(kind, dict) and hasattr(kind, "__required_keys__")


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
            if choice == value and not isinstance(choice, bool):
                return choice
        raise Mismatch(f"should be one of {', '.join(map(repr, choices))}")

    return coercer


def _enum(kind: Any) -> Coercer:
    mixin: Coercer = as_is
    for base in (int, float, str):
        if issubclass(kind, base):
            mixin = SCALARS["builtins", base.__name__]

    def coercer(value: Any) -> Any:
        if isinstance(value, kind):
            return value
        for convert in (as_is, mixin):
            try:
                return kind(convert(value))
            except (ValueError, TypeError):
                continue
        raise Mismatch(f"should be one of {', '.join(repr(one.value) for one in kind)}")

    return coercer


def _instance(kind: type) -> Coercer:
    if getattr(kind, "_is_protocol", False) and not getattr(kind, "_is_runtime_protocol", False):
        return as_is

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
        parameters = (inner, *(extra for extra in extras if not isinstance(extra, str)))
        return _pydantic(typing.Annotated[parameters])
    return coercer_of(inner)


def _pydantic(annotation: Any) -> Coercer:
    import importlib

    pydantic: Any = importlib.import_module("pydantic")
    kind = annotation if isinstance(annotation, type) else None
    validate: Callable[[Any], Any]
    if kind is not None and hasattr(kind, "model_validate"):
        validate = kind.model_validate
    else:
        try:
            adapter = pydantic.TypeAdapter(annotation, config=pydantic.ConfigDict(arbitrary_types_allowed=True))
        except pydantic.errors.PydanticUserError:
            adapter = pydantic.TypeAdapter(annotation)
        validate = adapter.validate_python

    def coercer(value: Any) -> Any:
        if kind is not None and type(value) is kind:
            return value
        try:
            return validate(value)
        except pydantic.ValidationError as error:
            problem = error.errors(include_url=False)[0]
            path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in problem["loc"])
            raise Mismatch(problem["msg"][0].lower() + problem["msg"][1:], path) from None

    return coercer
