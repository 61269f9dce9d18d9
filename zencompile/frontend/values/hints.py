"""Types of the program as annotations that the runtime's coercion knows, and values coerced to them.

The rules are the runtime's (`zencompile_runtime.values`), the same that coerce where a step runs. Here stand the types
that aren't classes of this process: those of the project, and those of libraries that are not read.
"""

from __future__ import annotations

import collections
import collections.abc
import datetime
import decimal
import enum
import fractions
import pathlib
import re
import uuid
from collections.abc import Callable
from typing import Any

from zencompile.frontend.values.base import MISSING, Context, Lazy, Object, Raised, Unknown, Value
from zencompile.frontend.values.classes import Class, Instance
from zencompile.frontend.values.deferred import Opaque
from zencompile.frontend.values.enums import EnumMember, real_enum
from zencompile.frontend.values.placed import Placed, ProjectPath
from zencompile.frontend.values.placed import shown as without_place
from zencompile.frontend.values.plain import CONTAINERS, PLAIN
from zencompile.frontend.values.records import FieldSpec
from zencompile.frontend.values.symbols import UNION, Generic, Symbol
from zencompile.frontend.values.validators import config_of, validators_of
from zencompile_runtime.values.coerce import Coercer, coercer_of, enumeration
from zencompile_runtime.values.constraints import CONSTRAINTS, Constraint
from zencompile_runtime.values.hints import AnyOf, Limited, Of, OneOf
from zencompile_runtime.values.mismatch import EXACT, LAX, STRICT, Match, Mismatch, Undecided

_TYPING = frozenset({"typing", "typing_extensions", "collections.abc", "collections"})
_NAMED: dict[str, Any] = {
    "Any": Any, "List": list, "Dict": dict, "Tuple": tuple, "Set": set, "FrozenSet": frozenset, "Text": str,
    "Type": type, "Pattern": re.Pattern, "Deque": collections.deque, "deque": collections.deque,
    "DefaultDict": collections.defaultdict, "defaultdict": collections.defaultdict,
    "OrderedDict": collections.OrderedDict, "Counter": collections.Counter,
    "AnyStr": AnyOf((bytes, str)), "AbstractSet": collections.abc.Set, "Hashable": collections.abc.Hashable,
    "Callable": collections.abc.Callable,
    **{
        name: getattr(collections.abc, name)
        for name in ("Sequence", "MutableSequence", "Collection", "Mapping", "MutableMapping", "MutableSet")
    },
}  # fmt: skip
_WITH_ITEMS_LATER = frozenset({"Iterable", "Iterator", "Generator"})
_LATER_HOSTS = (collections.abc.Iterable, collections.abc.Iterator, collections.abc.Generator)
_TRANSPARENT = frozenset({"Final", "Required", "NotRequired", "ClassVar"})
_STANDARD: dict[str, type] = {
    "re.Pattern": re.Pattern,
    "fractions.Fraction": fractions.Fraction,
    "decimal.Decimal": decimal.Decimal,
    "uuid.UUID": uuid.UUID,
    "datetime.datetime": datetime.datetime,
    "datetime.date": datetime.date,
    "datetime.time": datetime.time,
    "datetime.timedelta": datetime.timedelta,
    **{f"pathlib.{name}": pathlib.PurePosixPath for name in ("Path", "PosixPath", "PurePath", "PurePosixPath")},
}
_LIMITED: dict[str, tuple[type, Constraint]] = {
    f"{sign}{name}": (kind, Constraint(relation, 0))
    for name, kind in (("Int", int), ("Float", float))
    for sign, relation in (("Positive", "gt"), ("NonNegative", "ge"), ("Negative", "lt"), ("NonPositive", "le"))
}
"""Types of pydantic that are a plain type with a limit."""
_CONSTRAINED = {"conint": int, "confloat": float, "constr": str, "conbytes": bytes}
_DEEPEST = 20


def coerced(value: Value, hint: Any) -> tuple[Value, bool]:
    """A value as an annotation makes it, and whether that is known. Raises Mismatch.

    What is known of a value that is not is that it may fit: it is given back as it is.
    """
    match = Match()
    try:
        made = coercer_of(hint)(value, match)
    except Undecided:
        return value, False
    return (made, True) if not match.is_undecided and _is_of_the_program(made) else (value, False)


def is_all_known(value: Value, depth: int = 0) -> bool:
    """Whether a value is plain data, all the way down."""
    kind = type(value)
    if kind in CONTAINERS and depth < _DEEPEST:
        inside = (*value, *value.values()) if kind is dict else value
        return all(is_all_known(one, depth + 1) for one in inside)
    return kind in PLAIN


def _is_of_the_program(value: Value, depth: int = 0) -> bool:
    """Whether a value is one that a program is evaluated with."""
    kind = type(value)
    if kind in CONTAINERS and depth < _DEEPEST:
        inside = (*value, *value.values()) if kind is dict else value
        if kind in (set, frozenset) and any(isinstance(one, Instance) for one in value):
            return False  # whether it has a hash is for its class to say
        return all(_is_of_the_program(one, depth + 1) for one in inside)
    return kind in PLAIN or isinstance(value, (Object, type))


# -- annotations -------------------------------------------------------------------------------------------------------


def hint_of(value: Value, context: Context | None = None, depth: int = 0) -> Any:
    """A type of the program as an annotation. With a context, objects of the project's classes are made."""
    if value is MISSING or depth > _DEEPEST:
        return Any
    if value is None or value is type(None):
        return type(None)
    if isinstance(value, Generic):
        return _generic(value, context, depth)
    if isinstance(value, Symbol):
        return _symbol(value.path)
    if isinstance(value, Class):
        return ProjectType(value, context)
    if isinstance(value, Opaque):
        return _called(value)
    if isinstance(value, type):
        return _host(value)
    supertype = getattr(value, "supertype", MISSING)  # of `NewType`
    if supertype is not MISSING:
        return hint_of(supertype, context, depth + 1)
    host = getattr(value, "host", None)
    if isinstance(host, type):
        return host
    return Any if isinstance(value, str) else UnreadType(_name(value))


def _host(kind: type) -> Any:
    """A type of Python's own: for the ones whose objects the program has, too."""
    if kind in _LATER_HOSTS:
        return LaterItems(Any)
    if issubclass(kind, enum.Enum):
        return UnreadType(kind.__name__)
    return pathlib.PurePosixPath if issubclass(kind, pathlib.PurePath) else kind


def _name(value: Value) -> str:
    return str(getattr(value, "path", None) or getattr(value, "name", ""))


def _symbol(path: str) -> Any:
    module, _, name = path.rpartition(".")
    if path in _STANDARD:
        return _STANDARD[path]
    if module in _TYPING:
        return LaterItems(Any) if name in _WITH_ITEMS_LATER else _NAMED.get(name, Any)
    if path.startswith("pydantic.") and name in _LIMITED:
        kind, limit = _LIMITED[name]
        return Limited(kind, (limit,))
    return UnreadType(path)


def _called(value: Opaque) -> Any:
    """What a call of a library's function is as an annotation: pydantic's `conint(gt=0)`."""
    name = value.path.rpartition(".")[2]
    limits = limits_of(value.named)
    if value.path.startswith("pydantic.") and name in _CONSTRAINED and not value.arguments and limits is not None:
        return Limited(_CONSTRAINED[name], limits)
    return UnreadType(value.path)


def limits_of(keywords: dict[str, Value]) -> tuple[Constraint, ...] | None:
    """Keywords of a `Field` as limits; None if one of them is no limit that is known."""
    limits = []
    for name, bound in keywords.items():
        known = "pattern" if name == "regex" else name
        if known not in CONSTRAINTS or type(bound) not in (int, float, str, decimal.Decimal):
            return None
        limits.append(Constraint(known, bound))
    return tuple(limits)


def _generic(value: Generic, context: Context | None, depth: int) -> Any:
    origin, arguments = value.origin, value.arguments
    name = _last(origin)
    if name == "Annotated" and arguments:
        return _annotated(arguments, context, depth)
    if name == "Literal":
        return Choice(arguments)
    if name in _TRANSPARENT and arguments:
        return hint_of(arguments[0], context, depth + 1)
    if name == "Callable":
        return collections.abc.Callable
    if origin == UNION or name in ("Union", "Optional"):
        members = [hint_of(one, context, depth + 1) for one in arguments]
        return AnyOf((*members, *([type(None)] if name == "Optional" else [])))
    parts = tuple(one if one is ... or one == () else hint_of(one, context, depth + 1) for one in arguments)
    if name in _WITH_ITEMS_LATER or origin in _LATER_HOSTS:
        return LaterItems(parts[0] if parts else Any)
    kind = hint_of(origin, context, depth + 1)
    if kind is tuple:
        return Of(tuple, parts or ((),))
    return Of(kind, _arguments(kind, parts)) if isinstance(kind, type) else kind


def _arguments(kind: type, parts: tuple[Any, ...]) -> tuple[Any, ...]:
    return () if issubclass(kind, dict) and len(parts) != (1 if kind is collections.Counter else 2) else parts


def _last(origin: Value) -> str:
    """The name of what `typing` calls so; "" for anything else."""
    if isinstance(origin, Symbol):
        module, _, name = origin.path.rpartition(".")
        return name if module in _TYPING else ""
    return "Callable" if origin is collections.abc.Callable else ""


def _annotated(arguments: tuple[Value, ...], context: Context | None, depth: int) -> Any:
    """`Annotated[type, …]`: what stands beside the type may limit or change the value."""
    hint = hint_of(arguments[0], context, depth + 1)
    for beside in arguments[1:]:
        limits = _beside(beside)
        if limits is None:
            return UnreadType("pydantic")
        hint = Limited(hint, limits) if limits else hint
    return hint


def _beside(value: Value) -> tuple[Constraint, ...] | None:
    """The limits that metadata of a type stand for; None if what they do with values isn't known."""
    if isinstance(value, FieldSpec):
        return limits_of(value.limits)
    path = getattr(value, "path", "")
    if not isinstance(path, str) or not path.startswith(("pydantic", "annotated_types")):
        return ()
    name = path.rpartition(".")[2].lower()
    if isinstance(value, Opaque) and path.startswith("annotated_types.") and len(value.arguments) == 1:
        return limits_of({_UNWRITTEN.get(name, name): value.arguments[0]})
    return None


_UNWRITTEN = {"multipleof": "multiple_of", "minlen": "min_length", "maxlen": "max_length"}


class UnreadType:
    """A class of a library that is not read: whether a value is one isn't known."""

    def __init__(self, path: str) -> None:
        self.__name__ = path.rpartition(".")[2]

    def __coercer__(self) -> Coercer:
        def coercer(value: Value, match: Match) -> Value:
            match.is_undecided = True
            return value

        return coercer


class LaterItems:
    """`Iterable[…]`: pydantic coerces each item as it is asked for."""

    __name__ = "Iterable"

    def __init__(self, item: Any) -> None:
        self.item = item

    def __coercer__(self) -> Coercer:
        item = coercer_of(self.item)

        def coercer(value: Value, match: Match) -> Value:
            match.floor(LAX)
            if isinstance(value, Object):
                match.is_undecided = True
            elif not hasattr(value, "__iter__"):
                raise Mismatch("should be iterable", value=value)
            else:
                match.is_undecided = not all(_is_taken(one, item) for one in value)
            return value

        return coercer


def _is_taken(value: Value, coercer: Coercer) -> bool:
    """Whether a coercer leaves a value as it is."""
    match = Match()
    try:
        coercer(value, match)
    except (Mismatch, Undecided):
        return False
    return match.exactness == EXACT and not match.is_undecided


class Choice:
    """`Literal[…]`, also of members of the project's enums."""

    def __init__(self, choices: tuple[Value, ...]) -> None:
        self.choices = choices
        self.__name__ = ", ".join(map(source_text, choices))

    def __coercer__(self) -> Coercer:
        plain = coercer_of(OneOf(tuple(one for one in self.choices if not isinstance(one, Object))))
        members = [one for one in self.choices if isinstance(one, EnumMember)]

        def coercer(value: Value, match: Match) -> Value:
            for member in members:
                if value is member or (isinstance(value, EnumMember) and value.described() == member.described()):
                    return value
            if isinstance(value, Object) and not isinstance(value, EnumMember):
                match.is_undecided = True
                return value
            inner = value.unwrap() if isinstance(value, EnumMember) else value
            for member in members:
                if member.mixin is not None and type(inner) is type(member.value) and inner == member.value:
                    return member
            try:
                return plain(inner, match)
            except Mismatch:
                several = "one of " if len(self.choices) > 1 else ""
                raise Mismatch(f"should be {several}{self.__name__}", value=value) from None

        return coercer


# -- classes of the project --------------------------------------------------------------------------------------------


class ProjectType:
    """A class of the project."""

    def __init__(self, class_: Class, context: Context | None) -> None:
        self.class_ = class_
        self.context = context
        self.__name__ = class_.name

    def __coercer__(self) -> Coercer:
        rule = _RULES.get(self.class_.kind, _plain_class)

        def coercer(value: Value, match: Match) -> Value:
            if isinstance(value, (EnumMember, Instance)) and value.class_.is_subclass(self.class_):
                match.floor(EXACT if value.class_ is self.class_ else STRICT)
                return value
            match.floor(_MADE.get(self.class_.kind, LAX))
            if _is_uncertain(self.class_) or _is_known_later(value):
                return _undecided(value, match)
            return rule(self, value, match)

        return coercer

    def wrong(self, value: Value) -> Mismatch:
        """What is raised for a value that it refuses."""
        return Mismatch(f"should be {_article(self.class_.name)} `{self.class_.name}`", value=value)

    def made(self, keywords: dict[str, Value], match: Match) -> Value:
        """An object of the class; undecided where none may be made here."""
        if self.context is None:
            return _undecided(keywords, match)
        try:
            return self.context.call(self.class_, [], keywords)
        except Raised as raised:
            text = str(raised.value) if isinstance(raised.value, Exception) else "an exception"
            raise Mismatch(f"should be {_article(self.class_.name)} `{self.class_.name}` ({text})") from None

    def with_fields(self, given: dict[str, Value], match: Match) -> dict[str, Value]:
        """The fields' values, coerced; others are left out."""
        assert self.context is not None
        found = {}
        match.given(sum(name in given for name in self.class_.fields))
        for name, field in self.class_.fields.items():
            if name in given:
                hint = hint_of(self.context.evaluator.field_type(self.class_, field), self.context)
                try:
                    found[name] = coercer_of(hint)(given[name], match)
                except Mismatch as problem:
                    raise problem.within(f".{name}") from None
        return found


def _undecided(value: Value, match: Match) -> Value:
    match.is_undecided = True
    return value


def _article(name: str) -> str:
    return "an" if name[:1].lower() in "aeiou" else "a"


_OWN_RULES = (
    *("__get_pydantic_core_schema__", "__get_validators__", "__class_getitem__", "__instancecheck__"),
    *("__subclasshook__", "__pydantic_init_subclass__"),
)


def _is_uncertain(class_: Class) -> bool:
    """Whether the class may take what no rule here knows."""
    return (
        class_.is_unread
        or class_.meta is not None
        or class_.module is None
        or any(class_.lookup(name) is not MISSING for name in _OWN_RULES)
        or any(isinstance(base, Symbol) and base.path.endswith("Protocol") for base in class_.bases)
    )


def _is_known_later(value: Value) -> bool:
    return isinstance(value, Object) and not isinstance(value, (EnumMember, Instance, Placed))


def _plain_class(type_: ProjectType, value: Value, match: Match) -> Value:
    raise type_.wrong(value)


def _model(type_: ProjectType, value: Value, match: Match) -> Value:
    changed = any(one.fields is None and one.mode not in ("after", "serializer") for one in validators_of(type_.class_))
    is_root = any(getattr(base, "path", "").endswith("RootModel") for base in type_.class_.mro)
    if is_root or changed or (config_of(type_.class_).get("from_attributes") and isinstance(value, Instance)):
        return _undecided(value, match)
    if type(value) is not dict:
        raise type_.wrong(value)
    if not all(type(name) is str for name in value):
        return _undecided(value, match)
    made = type_.made(value, match)
    match.given(_given_fields(value, made))
    if not _is_unchanged(value, made):
        match.floor(LAX)
    return made


def _is_unchanged(given: Value, made: Value) -> bool:
    """Whether a model took what it was given, converting nothing."""
    if type(given) in (list, tuple):
        return type(made) is type(given) and all(map(_is_unchanged, given, made))
    if type(given) is not dict:
        return type(made) is type(given)
    if isinstance(made, Instance):
        known = _taken_fields(given, made)
        return all(_is_unchanged(item, made.attributes.get(name)) for name, item in known.items())
    return type(made) is dict and all(_is_unchanged(item, made.get(name)) for name, item in given.items())


def _taken_fields(given: dict[Value, Value], made: Instance) -> dict[str, Value]:
    """What a model takes of a dictionary, by the names of its fields."""
    aliases = made.class_.options.get("aliases", {})
    fields = {aliases.get(name, name): item for name, item in given.items()}
    return {name: item for name, item in fields.items() if name in made.class_.fields}


def _given_fields(given: Value, made: Value) -> int:
    """How many fields of a model that was made of a dictionary it gave, those of the models in it included."""
    if type(given) in (list, tuple) and type(made) in (list, tuple):
        return sum(map(_given_fields, given, made))
    if type(given) is not dict:
        return 0
    if type(made) is dict:
        return sum(_given_fields(item, made.get(name)) for name, item in given.items())
    if not isinstance(made, Instance):
        return 0
    known = _taken_fields(given, made)
    return len(known) + sum(_given_fields(item, made.attributes.get(name)) for name, item in known.items())


def _dataclass(type_: ProjectType, value: Value, match: Match) -> Value:
    if type(value) is not dict:
        raise type_.wrong(value)
    if not all(isinstance(name, str) for name in value):
        raise Mismatch("should have names as keys", value=value)
    return _filled(type_, value, value, match)


def _named_tuple(type_: ProjectType, value: Value, match: Match) -> Value:
    if isinstance(value, Instance) and value.class_.kind == "namedtuple":
        return _undecided(value, match)
    given = value
    if type(value) in (list, tuple):
        if len(value) > len(type_.class_.fields):
            raise type_.wrong(value)
        given = dict(zip(type_.class_.fields, value, strict=False))
    if type(given) is not dict or not set(given) <= set(type_.class_.fields):
        raise type_.wrong(value)
    return _filled(type_, given, value, match)


def _filled(type_: ProjectType, given: dict[str, Value], value: Value, match: Match) -> Value:
    if type_.context is None:
        return _undecided(value, match)
    return type_.made(type_.with_fields(given, match), match)


def _typed_dict(type_: ProjectType, value: Value, match: Match) -> Value:
    if type(value) is not dict:
        raise type_.wrong(value)
    required = [] if type_.class_.options.get("total") is False else list(type_.class_.fields)
    missing = [name for name in required if name not in value]
    if missing:
        raise Mismatch(f"lacks {', '.join(missing)}", value=value)
    return value if type_.context is None else type_.with_fields(value, match)


def _enum(type_: ProjectType, value: Value, match: Match) -> Value:
    real = real_enum(type_.class_)
    if real is None:
        found = [one for one in type_.class_.members.values() if one.value is value]
        return found[0] if found else _undecided(value, match)
    inner = value
    if isinstance(value, EnumMember):
        other = real_enum(value.class_)
        if other is None:
            return _undecided(value, match)
        inner = other[value.name]
    elif isinstance(value, Object):
        return _undecided(value, match)
    try:
        return type_.class_.members[enumeration(real)(inner, match).name]
    except Mismatch as problem:
        raise Mismatch(str(problem), value=value) from None


_MADE = {"pydantic": STRICT, "dataclass": STRICT, "typeddict": EXACT}
"""How well a dictionary fits of which an object is made."""

_RULES: dict[str, Callable[[ProjectType, Value, Match], Value]] = {
    "pydantic": _model,
    "dataclass": _dataclass,
    "namedtuple": _named_tuple,
    "typeddict": _typed_dict,
    "enum": _enum,
}


# -- messages ----------------------------------------------------------------------------------------------------------


def expectation(problem: Mismatch, value: Value) -> str:
    """A mismatch as messages say it: "expected an integer, got 'x'"."""
    wrong = problem.value if problem.has_value else value
    text = str(problem)
    if text.startswith("should be "):
        text = f"expected {text.removeprefix('should be ')}"
    where = f" at `{problem.path.lstrip('.')}`" if problem.path else ""
    return f"{text}{where}, got {shown(wrong)}"


def shown(value: Value) -> str:
    """A value as a message shows it: as source text, short, on one line, with `…` for what isn't known."""
    text = source_text(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def source_text(value: Value, depth: int = 0) -> str:
    """What a value would be written as, with `…` for what isn't known."""
    if depth > _DEEPEST:
        return "…"
    if isinstance(value, Object):
        return _object_text(value, depth)
    kind = type(value)
    if kind is dict:
        items = (f"{source_text(k, depth + 1)}: {source_text(item, depth + 1)}" for k, item in value.items())
        return f"{{{', '.join(items)}}}"
    if kind in CONTAINERS and value:
        inside = ", ".join(source_text(item, depth + 1) for item in value)
        return _BRACKETS[kind].format(inside, "," if len(value) == 1 else "")
    if kind is pathlib.PurePosixPath:
        return f"Path({str(value)!r})"
    return value.__name__ if isinstance(value, type) else repr(value)


_BRACKETS: dict[type, str] = {list: "[{}]", tuple: "({}{})", set: "{{{}}}", frozenset: "frozenset({{{}}})"}


def _object_text(value: Object, depth: int) -> str:
    if isinstance(value, EnumMember):
        return f"{value.class_.name}.{value.name}"
    if isinstance(value, Instance):
        given = value.keywords.items() if value.class_.fields else ()
        inside = ", ".join(f"{name}={source_text(item, depth + 1)}" for name, item in given)
        return f"{value.class_.name}({inside or ('' if value.class_.fields else '…')})"
    if isinstance(value, Placed):
        text = repr(without_place(value.inner))
        return f"Path({text})" if isinstance(value, ProjectPath) else text
    if isinstance(value, (Class, Symbol)):
        return value.name if isinstance(value, Class) else value.path
    name = getattr(value, "name", None)
    return name if isinstance(name, str) and not isinstance(value, (Unknown, Lazy)) else "…"
