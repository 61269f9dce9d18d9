"""The one coercion: what an annotation makes of a value, by pydantic's lax rules, with and without pydantic installed.

An annotation is what Python makes of one: a class, `Optional[int]`, `Annotated[…]`. What stands for one where classes
can't be imported has a method `__coercer__`, and a value that isn't there yet has a method `__coerced__`: the compiler
checks values with the same rules.

Pydantic itself is asked where the annotation is made of it: a model, or `Annotated[…]` with its constraints. A class
that neither knows is checked with isinstance.
"""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Callable
from typing import Any

from zencompile_runtime.errors import ParameterFault
from zencompile_runtime.values.mismatch import EXACT, LAX, STRICT, Match, Mismatch, Undecided
from zencompile_runtime.values.scalars import SCALARS, is_a, to_path, to_pattern

Coercer = Callable[[Any, Match], Any]
"""Makes the value that an annotation wants; raises Mismatch, or Undecided."""

_made: dict[Any, Coercer] = {}


def coerce(value: Any, annotation: Any, name: str) -> Any:
    """`value` as `annotation` wants it; ParameterFault that names the input `name` if it can't be."""
    try:
        return fit(value, annotation)
    except Mismatch as error:
        wrong = error.value if error.has_value else value
        shown = repr(wrong)
        shown = shown if len(shown) <= 120 else f"{shown[:117]}…"
        raise ParameterFault(f"input `{name}`{error.path} {error}, got {shown} ({type(wrong).__name__})") from None


def fit(value: Any, annotation: Any) -> Any:
    """`value` as `annotation` wants it. Raises Mismatch if it can't be, Undecided if only running tells."""
    coercer = coercer_of(annotation)
    return value if coercer is as_is else coercer(value, Match())


def from_text(text: str, annotation: Any = Any) -> Any:
    """What a text stands for that is given for a value: JSON if it is some, unless only the text itself fits.

    Where neither fits it is the JSON value, for the message.
    """
    try:
        value = json.loads(text)
    except ValueError:
        return text
    if isinstance(value, str) or _fits(value, annotation) or not _fits(text, annotation):
        return value
    return text


def _fits(value: Any, annotation: Any) -> bool:
    try:
        fit(value, annotation)
    except Mismatch:
        return False
    except Undecided:
        return True
    return True


def coercer_of(annotation: Any) -> Coercer:
    """The function that coerces to an annotation."""
    if hasattr(annotation, "__coercer__"):
        return annotation.__coercer__()  # type: ignore[no-any-return]
    # equal annotations may differ in order: Union[int, str] == Union[str, int]
    key = annotation if type(annotation) is type else (type(annotation), annotation, repr(annotation))
    try:
        found = _made.get(key)
    except TypeError:
        return _make(annotation)
    if found is None:
        found = _made[key] = _make(annotation)
    return found


def as_is(value: Any, match: Match) -> Any:
    """Whatever it is."""
    match.floor(STRICT)
    return value


def _make(annotation: Any) -> Coercer:
    if annotation is None:
        annotation = type(None)
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return _annotated(annotation)
    if isinstance(annotation, typing.TypeVar):
        return _type_variable(annotation)
    if annotation is Any or annotation is object or isinstance(annotation, (str, typing.ForwardRef)):
        return as_is
    if origin is typing.Union or origin is types.UnionType:
        return _of_union(annotation)
    supertype: Any = getattr(annotation, "__supertype__", None)  # NewType
    if supertype is not None:
        return coercer_of(supertype)
    if type(annotation).__name__ == "TypeAliasType":
        return coercer_of(annotation.__value__)
    return known_later(annotation, _single(annotation, origin))


def _single(annotation: Any, origin: Any) -> Coercer:
    if origin is typing.Literal:
        return literal(typing.get_args(annotation))
    if origin in (typing.Final, typing.ClassVar):
        return coercer_of(typing.get_args(annotation)[0])
    kind = origin or annotation
    return class_coercer(kind, typing.get_args(annotation), annotation) if isinstance(kind, type) else as_is


def known_later(annotation: Any, coercer: Coercer) -> Coercer:
    """A coercer that lets a value answer for itself which isn't there yet."""
    if coercer is as_is:
        return as_is

    def coerce_or_ask(value: Any, match: Match) -> Any:
        own = getattr(type(value), "__coerced__", None)
        return coercer(value, match) if own is None else own(value, annotation, coercer, match)

    return coerce_or_ask


def class_coercer(kind: type, arguments: tuple[Any, ...], annotation: Any) -> Coercer:
    """The coercer of a class with arguments; `annotation` is that of it as a whole."""
    key = (kind.__module__, kind.__qualname__)
    if key in SCALARS:
        return scalar(SCALARS[key])
    if kind.__module__ == "datetime":
        from zencompile_runtime.values.times import TIMES

        if kind.__name__ in TIMES:
            return scalar(TIMES[kind.__name__])
    if any(one.__module__ in ("pathlib", "pathlib._local") and one.__name__ == "PurePath" for one in kind.__mro__):
        return scalar(to_path(kind))
    if key == ("re", "Pattern"):
        return scalar(to_pattern(*(arguments or (str, bytes))))
    if is_of_pydantic(kind):
        return _pydantic(annotation)
    from zencompile_runtime.values import containers

    container = containers.CONTAINERS.get(kind)
    if container is not None:
        is_empty = kind is tuple and not arguments and annotation not in (tuple, typing.Tuple)  # noqa: UP006
        made: Coercer = container(kind, ((),) if is_empty else arguments)
        return made
    if is_typed_dict(kind):
        return containers.typed_dict(kind)
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):
        return containers.named_tuple(kind)
    if any(one.__module__ == "enum" and one.__name__ == "Enum" for one in kind.__mro__):
        return enumeration(kind)
    if hasattr(kind, "__dataclass_fields__"):
        return containers.dataclass(kind)
    return _subclass(arguments) if kind is type else _instance(kind)


def is_typed_dict(kind: Any) -> bool:
    """Whether it is a TypedDict, of `typing` or of `typing_extensions`."""
    return isinstance(kind, type) and issubclass(kind, dict) and hasattr(kind, "__required_keys__")


def is_of_pydantic(kind: Any) -> bool:
    """Whether a class says itself how pydantic validates it."""
    return hasattr(kind, "__pydantic_core_schema__") or hasattr(kind, "__get_pydantic_core_schema__")


# -- single values -----------------------------------------------------------------------------------------------------


def scalar(convert: Callable[[Any, Match], Any]) -> Coercer:
    """The coercer that a function is which raises ValueError."""

    def coercer(value: Any, match: Match) -> Any:
        try:
            return convert(value, match)
        except Mismatch:
            raise
        except (ValueError, TypeError, OverflowError) as error:
            raise Mismatch(str(error), value=value) from None

    return coercer


def _type_variable(annotation: Any) -> Coercer:
    if annotation.__constraints__:
        return coercer_of(typing.Union[annotation.__constraints__])  # noqa: UP007
    return as_is if annotation.__bound__ is None else coercer_of(annotation.__bound__)


def literal(choices: tuple[Any, ...]) -> Coercer:
    """One of some values, or what equals it."""
    booleans = [choice for choice in choices if isinstance(choice, bool)]
    integers = [choice for choice in choices if isinstance(choice, int) and not isinstance(choice, bool)]

    def coercer(value: Any, match: Match) -> Any:
        of_its_class = [choice for choice in choices if type(choice) is type(value)]
        first = booleans if isinstance(value, float) else integers
        if type(value).__hash__ is not None:
            for choice in (*of_its_class, *first, *choices):
                if choice == value:
                    return choice
        raise Mismatch(f"should be {_alternatives(choices)}", value=value)

    return coercer


def _alternatives(choices: Any) -> str:
    """Values among which one is to be chosen."""
    return f"{'one of ' if len(choices) > 1 else ''}{', '.join(map(repr, choices))}"


def enumeration(kind: Any) -> Coercer:
    """A member, or its value."""
    mixin = next((SCALARS["builtins", one.__name__] for one in (int, float, str) if issubclass(kind, one)), None)

    def coercer(value: Any, match: Match) -> Any:
        if isinstance(value, kind):
            return value
        match.floor(LAX)
        inner = [value]
        if is_a("enum", "Enum", value):
            inner.append(value.value)
        for one in inner:
            try:
                return kind(one)
            except (ValueError, TypeError):
                pass
        if mixin is not None:
            try:
                return kind(mixin(value, Match()))
            except (ValueError, TypeError):
                pass
        raise Mismatch(f"should be {_alternatives([one.value for one in kind])}", value=value)

    return coercer


def _instance(kind: type) -> Coercer:
    if getattr(kind, "_is_protocol", False) and not getattr(kind, "_is_runtime_protocol", False):
        return as_is

    def coercer(value: Any, match: Match) -> Any:
        if isinstance(value, kind):
            match.floor(EXACT if type(value) is kind else STRICT)
            return value
        raise Mismatch(f"should be an instance of {kind.__name__}", value=value)

    return coercer


def _subclass(arguments: tuple[Any, ...]) -> Coercer:
    base = next((one for one in arguments if isinstance(one, type)), object)

    def coercer(value: Any, match: Match) -> Any:
        if isinstance(value, type) and issubclass(value, base):
            return value
        raise Mismatch(
            "should be a type" if base is object else f"should be a subclass of {base.__name__}", value=value
        )

    return coercer


# -- several types -----------------------------------------------------------------------------------------------------


def _of_union(annotation: Any) -> Coercer:
    members = typing.get_args(annotation)
    return _pydantic(annotation) if any(needs_pydantic(member) for member in members) else union(members)


def union(members: tuple[Any, ...]) -> Coercer:
    """Pydantic's smart mode: an exact match, else the first of the best ones. A model is the better the more of its
    fields are given.
    """
    coercers = [coercer_of(member) for member in members]
    names = " or ".join(dict.fromkeys(_name(member) for member in members))

    def coercer(value: Any, match: Match) -> Any:
        best: tuple[Any, Match] | None = None
        undecided = []
        for one in coercers:
            tried = Match()
            try:
                made = one(value, tried)
            except Mismatch:
                continue
            if tried.is_undecided:
                undecided.append(made)
            elif tried.exactness == EXACT and tried.fields is None:
                best = made, tried
                break
            elif best is None or tried.is_better_than(best[1]):
                best = made, tried
        if undecided:
            match.is_undecided = True
            return _agreed([*undecided, *([best[0]] if best else [])])
        if best is None:
            raise Mismatch(f"should be {names}", value=value)
        match.floor(best[1].exactness)
        match.given(best[1].fields)
        return best[0]

    return coercer


def _agreed(results: list[Any]) -> Any:
    """What all members of a union make of a value; Undecided if they differ."""
    first = results[0]
    if all(one is first or (type(one) is type(first) and repr(one) == repr(first)) for one in results[1:]):
        return first
    raise Undecided


_NAMES = {"NoneType": "None", "bool": "a boolean", "int": "an integer", "float": "a number", "str": "a string",
          "bytes": "bytes", "list": "a list", "tuple": "a tuple", "dict": "a dictionary", "set": "a set"}  # fmt: skip


def _name(member: Any) -> str:
    kind = typing.get_origin(member) or member
    if kind is typing.Literal:
        return ", ".join(map(repr, typing.get_args(member)))
    name = getattr(kind, "__name__", str(kind))
    return _NAMES.get(name, name)


def needs_pydantic(annotation: Any) -> bool:
    """Whether a part of an annotation is made of pydantic."""
    if typing.get_origin(annotation) is typing.Annotated:
        inner, *extras = typing.get_args(annotation)
        return any(_is_constraint(extra) for extra in extras) or needs_pydantic(inner)
    if isinstance(annotation, type) and is_of_pydantic(annotation):
        return True
    return any(needs_pydantic(one) for one in typing.get_args(annotation))


def _is_constraint(extra: Any) -> bool:
    return type(extra).__module__.partition(".")[0] in ("pydantic", "annotated_types")


def _annotated(annotation: Any) -> Coercer:
    inner, *extras = typing.get_args(annotation)
    if any(_is_constraint(extra) for extra in extras):
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

    def coercer(value: Any, match: Match) -> Any:
        if kind is not None and type(value) is kind:
            return value
        match.floor(LAX)
        try:
            return validate(value)
        except pydantic.ValidationError as error:
            problem = error.errors(include_url=False)[0]
            path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in problem["loc"])
            raise Mismatch(problem["msg"][0].lower() + problem["msg"][1:], path, value) from None

    return coercer
