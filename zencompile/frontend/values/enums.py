"""Enums of the project and their members."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Any

from zencompile.frontend.values.base import MISSING, Context, Modelled, NativeObject, Object, Unknown, Value
from zencompile.frontend.values.classes import KIND_OF_BASE, KINDS, Class, ClassKind, Instance, is_code
from zencompile.frontend.values.functions import Descriptor, Function
from zencompile.frontend.values.operations import (
    ARITHMETIC,
    COMPARISON,
    UNARY,
    as_object,
    binary,
    bind,
    call,
    compare,
    contains,
    described,
    equal,
    get_attribute,
    get_item,
    iterate,
    length,
    truth,
    unary,
)
from zencompile.frontend.values.plain import PLAIN, identical, unwrap
from zencompile.frontend.values.symbols import Symbol
from zencompile.frontend.values.text import checked, formatted, representation
from zencompile_runtime.values.mismatch import Mismatch


class Auto(NativeObject):
    """`enum.auto()`."""

    type_name = "auto"


class MemberSpec(NativeObject):
    """`enum.member(value)`."""

    type_name = "member"

    def __init__(self, value: Value) -> None:
        self.value = value


class NonMember(MemberSpec):
    """`enum.nonmember(value)`."""


class EnumMember(Modelled):
    """A member of an enum. `mixin` is the data type that members also are (`str`, `int`), or None; `attributes` are
    what the enum's `__init__` set on it."""

    __slots__ = ("attributes", "class_", "mixin", "name", "value")

    def __init__(self, class_: Class, name: str, value: Value, mixin: type | None = None) -> None:
        self.class_ = class_
        self.name = name
        self.value = value
        self.mixin = mixin
        self.attributes: dict[str, Value] = {}

    @property
    def type_name(self) -> str:  # type: ignore[override]
        return self.class_.name

    @property
    def is_flag(self) -> bool:
        return self.class_.is_subtype(enum.Flag)

    def described(self) -> str:
        return f"`{self.class_.name}.{self.name}`"

    def unwrap(self) -> Value:
        return self if self.mixin is None else self.value

    def __coerced__(self, annotation: Any, coercer: Any, match: Any) -> Value:
        real = real_enum(self.class_)
        if real is None:
            match.is_undecided = True
            return self
        try:
            made = coercer(real[self.name], match)
        except Mismatch as problem:
            raise Mismatch(str(problem), value=self) from None
        return self if made is real[self.name] else made

    def _special(self, name: str, arguments: list[Value], context: Context) -> Value:
        method = self.class_.lookup(name)
        if method is MISSING:
            return MISSING
        result = call(bind(method, self, self.class_, context), arguments, {}, context)
        return MISSING if result is NotImplemented else result

    # operators

    def precedes(self, other: Object) -> bool:
        return self.mixin is not None and type(getattr(other, "value", None)) is self.mixin

    def binary(self, operator: str, other: Value, reflected: bool, context: Context) -> Value:
        name = ARITHMETIC[operator][0]
        result = self._special(f"__r{name}__" if reflected else f"__{name}__", [other], context)
        if result is not MISSING:
            return result
        if self.is_flag and operator in ("|", "&", "^"):
            if isinstance(other, EnumMember) and other.class_ is self.class_:
                return self._combined(ARITHMETIC[operator][1](self.value, other.value))
            if self.mixin is not None and type(unwrap(other)) is int:
                return self._combined(ARITHMETIC[operator][1](self.value, unwrap(other)))
        if self.mixin is None or reflected:
            return MISSING
        return binary(operator, self.value, other, context)

    def _combined(self, value: int) -> EnumMember:
        return flags(self.class_, value, self.mixin)

    def unary(self, operator: str, context: Context) -> Value:
        result = self._special(UNARY[operator][0], [], context)
        if result is not MISSING:
            return result
        if self.is_flag and operator == "~":
            known = [member.value for member in canonical(self.class_)]
            if self.value not in [sum(known) & self.value]:
                return context.unknown("the complement of a flag with bits that no member has")
            return self._combined(sum(known) & ~self.value)
        return super().unary(operator, context) if self.mixin is None else unary(operator, self.value, context)

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        if self.class_.lookup(COMPARISON[operator][0]) is not MISSING:
            return self._special(COMPARISON[operator][0], [other], context)
        if operator == "!=" and self.class_.lookup("__eq__") is not MISSING:
            same = self._special("__eq__", [other], context)
            holds = same if same is MISSING else truth(same, context)
            return holds if holds is MISSING or isinstance(holds, Unknown) else not holds
        return MISSING if self.mixin is None else compare(operator, self.value, unwrap(other), context)

    def truth(self, context: Context) -> bool | Unknown:
        result = self._special("__bool__", [], context)
        if result is not MISSING:
            return truth(result, context)
        return bool(self.value) if self.mixin is not None or self.is_flag else True

    def key(self, context: Context) -> Value:
        if self.class_.lookup("__hash__") is not MISSING:
            return context.unknown(f"the hash of a `{self.class_.name}`, which its class computes")
        if self.class_.lookup("__eq__") is not MISSING:
            raise context.raise_(TypeError(f"unhashable type: '{self.class_.name}'"))
        return self

    # items, attributes and calls

    def length(self, context: Context) -> int | Unknown:
        if self.class_.lookup("__len__") is not MISSING:
            return self._special("__len__", [], context)  # type: ignore[no-any-return]
        return super().length(context) if self.mixin is None else length(self.value, context)

    def contains(self, item: Value, context: Context) -> Any:
        result = self._special("__contains__", [item], context)
        if result is not MISSING:
            return truth(result, context)
        if self.is_flag and isinstance(item, EnumMember):
            return item.value & self.value == item.value
        return MISSING if self.mixin is None else contains(self.value, item, context)

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        if self.class_.lookup("__iter__") is not MISSING:
            return iterate(self._special("__iter__", [], context), context)
        if self.is_flag:
            return iter([member for member in canonical(self.class_) if member.value & self.value])
        return super().iterate(context) if self.mixin is None else iterate(self.value, context)

    def get_item(self, key: Value, context: Context) -> Value:
        if self.class_.lookup("__getitem__") is not MISSING:
            return self._special("__getitem__", [key], context)
        return super().get_item(key, context) if self.mixin is None else get_item(self.value, key, context)

    def get_attribute(self, name: str, context: Context) -> Value:
        if name in self.attributes:
            return self.attributes[name]
        found = self.class_.lookup(name)
        if found is not MISSING and not (name in ("name", "value") and not isinstance(found, Descriptor)):
            return bind(found, self, self.class_, context)
        if name in ("value", "_value_"):
            return self.value
        if name in ("name", "_name_"):
            return self.name
        if name == "__class__":
            return self.class_
        if name in self.class_.members:
            return self.class_.members[name]
        if self.mixin is not None:
            return get_attribute(self.value, name, context)
        if name in _TEXTS:
            return _TEXTS[name](self)
        raise context.raise_(AttributeError(f"'{self.class_.name}' object has no attribute '{name}'"))

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        if name in ("name", "value"):
            raise context.raise_(AttributeError(f"<enum '{self.class_.name}'> cannot set attribute '{name}'"))
        context.touch(self.attributes)
        self.attributes[name] = value

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        method = self.class_.lookup("__call__")
        if method is MISSING:
            return super().call(arguments, keywords, context)
        return call(bind(method, self, self.class_, context), arguments, keywords, context)

    def is_callable(self) -> bool | None:
        return self.class_.lookup("__call__") is not MISSING

    # text: an enum shows as its class and name but where it was made to be taken for its value

    def text(self, context: Context) -> Any:
        if self.class_.lookup("__str__") is not MISSING:
            return checked(self._special("__str__", [], context), context)
        if self.class_.options.get("text is value"):
            return str(self.value)
        if self.name is None:
            return f"{self.class_.name}({self.value!r})"
        return f"{self.class_.name}.{self.name}"

    def representation(self, context: Context) -> Any:
        if self.class_.lookup("__repr__") is not MISSING:
            return checked(self._special("__repr__", [], context), context, "__repr__")
        inner = representation(self.value, context)
        if self.name is None:
            return inner.forgotten() if isinstance(inner, Unknown) else f"<{self.class_.name}: {inner}>"
        return inner.forgotten() if isinstance(inner, Unknown) else f"<{self.class_.name}.{self.name}: {inner}>"

    def formatted(self, spec: str, context: Context) -> Any:
        if self.class_.lookup("__format__") is not MISSING:
            return checked(self._special("__format__", [spec], context), context, "__format__")
        if self.class_.options.get("text is value"):
            return formatted(self.value, spec, context)
        shown = self.text(context)
        return shown.forgotten() if isinstance(shown, Unknown) else formatted(shown, spec, context)

    # types

    def type_of(self, context: Context) -> Value:
        return self.class_

    def is_instance_of(self, class_: Value) -> bool | None:
        if isinstance(class_, type):
            if self.mixin is not None and issubclass(self.mixin, class_):
                return True
            return class_ is object or class_ is enum.Enum or self.class_.is_subtype(class_)
        if self.class_.is_subclass(class_):
            return True
        if isinstance(class_, Symbol):
            if self.mixin is not None:
                return as_object(self.value).is_instance_of(class_)
            return None if any(isinstance(base, (Symbol, Unknown)) for base in self.class_.mro) else False
        return False

    def __eq__(self, other: object) -> bool:
        if type(other) is EnumMember:
            return other is self or (
                self.mixin is not None and other.mixin is not None and bool(self.value == other.value)
            )
        return self.mixin is not None and bool(self.value == other)

    def __hash__(self) -> int:
        return hash(self.value) if self.mixin is not None else hash(self.name)

    def __repr__(self) -> str:
        return f"EnumMember({self.class_.name}.{self.name})"


def _text_method(name: str) -> Any:
    from zencompile.frontend.values.functions import NativeFunction

    def make(member: EnumMember) -> Value:
        asked = {"__str__": member.text, "__repr__": member.representation}[name]
        return NativeFunction(name, lambda a, k, c: asked(c))

    return make


_TEXTS = {name: _text_method(name) for name in ("__str__", "__repr__")}


def flags(class_: Class, value: int, mixin: type | None) -> EnumMember:
    """The member of a flag, or the combination of members, that has these bits."""
    for member in class_.members.values():
        if member.value == value:
            return member  # type: ignore[no-any-return]
    known = class_.options.setdefault("combinations", {})
    if value not in known:
        parts = [member.name for member in canonical(class_) if member.value & value]
        known[value] = EnumMember(class_, "|".join(parts) if value else None, value, mixin)  # type: ignore[arg-type]
    return known[value]  # type: ignore[no-any-return]


def canonical(class_: Class) -> list[EnumMember]:
    """The members without aliases; of flags, those of one bit."""
    found = [member for name, member in class_.members.items() if member.name == name]
    if class_.is_subtype(enum.Flag):
        found = [m for m in found if isinstance(m.value, int) and m.value > 0 and not m.value & (m.value - 1)]
    return found


class EnumBody(dict[str, Value]):
    """The names in the body of an enum: `auto()` becomes a value when it is bound."""

    def __init__(self, class_: Class, context: Context) -> None:
        super().__init__()
        self.class_ = class_
        self.context = context
        self.last: list[Value] = []

    def __setitem__(self, name: str, value: Value) -> None:
        if not name.startswith("_") and not is_code(value):
            if isinstance(value, Auto):
                value = self._next(name)
            elif type(value) is tuple and any(isinstance(part, Auto) for part in value):
                value = tuple(self._next(name) if isinstance(part, Auto) else part for part in value)
            if not isinstance(value, NonMember):
                self.last.append(value.value if isinstance(value, MemberSpec) else value)
        super().__setitem__(name, value)

    def _next(self, name: str) -> Value:
        hook = self.get("_generate_next_value_", MISSING)
        if hook is MISSING:
            hook = self.class_.lookup("_generate_next_value_")
        if hook is MISSING:
            return _next_value(self.class_, name, self.last)
        function = hook.function if isinstance(hook, Descriptor) else hook
        return self.context.call(function, [name, 1, len(self.last), list(self.last)])


class EnumKind(ClassKind):
    """Subclasses of `enum.Enum`."""

    def body(self, class_: Class, context: Context) -> dict[str, Value]:
        return EnumBody(class_, context)

    def class_text(self, class_: Class) -> str:
        return f"<flag '{class_.name}'>" if class_.is_subtype(enum.Flag) else f"<enum '{class_.name}'>"

    def class_type(self, class_: Class) -> Value:
        return enum.EnumMeta

    def create(self, class_: Class, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        """The member of a value."""
        if len(arguments) > 1 or not class_.members:
            return context.unknown(f"a functional use of the enum `{class_.name}`")
        value = context.force(arguments[0] if arguments else keywords.get("value", MISSING))
        if isinstance(value, Unknown):
            return value.forgotten()
        if isinstance(value, EnumMember) and value.class_ is class_:
            return value
        for member in class_.members.values():
            same = equal(member.value, value, context)
            if same is True or isinstance(same, Unknown):
                return member if same is True else same
        if class_.is_subtype(enum.Flag) and type(value) is int and class_.lookup("_missing_") is MISSING:
            every = sum(member.value for member in canonical(class_))
            if 0 <= value == value & every:
                return flags(class_, value, next(iter(class_.members.values())).mixin)
            return context.unknown(f"a combination of flags of `{class_.name}`")
        hook = class_.lookup("_missing_")
        if hook is not MISSING:
            function = hook.function if isinstance(hook, Descriptor) else hook
            found = context.call(function, [class_, value])
            if found is not None:
                return found
        shown = representation(value, context)
        if isinstance(shown, Unknown):
            shown = described(value)
        raise context.raise_(ValueError(f"{shown} is not a valid {class_.qualname}"))

    def finish(self, class_: Class, context: Context) -> None:
        make_enum(class_, context)

    def members(self, class_: Class, context: Context) -> list[Value] | None:
        return list(canonical(class_))

    def has_member(self, class_: Class, item: Value, context: Context) -> Any:
        """Whether an item is a member, or (as newer Pythons have it) the value of one."""
        item = context.force(item)
        if isinstance(item, Unknown):
            return item.forgotten()
        if isinstance(item, EnumMember):
            if item.class_ is class_:
                return True
            if item.mixin is None:
                return False
        for member in class_.members.values():
            same = equal(member.value, item, context)
            if same is not False:
                return same
        return False

    def class_item(self, class_: Class, key: Value, context: Context) -> Value:
        key = unwrap(context.force(key))
        if isinstance(key, Unknown):
            return key.forgotten()
        member = class_.members.get(key) if isinstance(key, str) else None
        if member is None:
            raise context.raise_(KeyError(key if type(key) in PLAIN else described(key)))
        return member

    def class_attribute(self, class_: Class, name: str, context: Context) -> Value:
        if name == "__members__":
            return dict(class_.members)
        return [member.name for member in canonical(class_)] if name == "_member_names_" else MISSING


KINDS["enum"] = EnumKind()
KIND_OF_BASE.append(lambda base: "enum" if issubclass(base, enum.Enum) else None)


def make_enum(class_: Class, context: Context) -> None:
    """Turn what an enum's body bound into members."""
    mixin = next((base for base in class_.mro[1:] if base in (str, int, float, bytes, tuple)), None)
    class_.options["text is value"] = any(
        isinstance(base, type) and (base is enum.IntEnum or base.__name__ in ("StrEnum", "IntFlag"))
        for base in class_.mro
    )
    for base in reversed(class_.mro[1:]):
        if type(base) is Class:
            class_.members.update(base.members)
    for name, value in list(class_.namespace.items()):
        if name.startswith("_") or is_code(value) or (isinstance(value, NativeObject) and not _is_spec(value)):
            continue
        if isinstance(value, NonMember):
            class_.namespace[name] = value.value
            continue
        if isinstance(value, Auto):
            value = context.unknown("an `auto()` that no statement of the body binds")
        elif isinstance(value, MemberSpec):
            value = value.value
        _add_member(class_, name, value, mixin, context)


def _is_spec(value: NativeObject) -> bool:
    return isinstance(value, (Auto, MemberSpec)) or value.is_callable() is not True


def _add_member(class_: Class, name: str, value: Value, mixin: type | None, context: Context) -> None:
    del class_.namespace[name]
    arguments = list(value) if isinstance(value, tuple) else [value]
    if mixin is str and isinstance(value, tuple) and value and isinstance(value[0], str):
        value = value[0]
    elif mixin is str and isinstance(value, int):
        value = str(value)
    member = EnumMember(class_, name, value, mixin)
    if class_.lookup("__new__") is not MISSING:
        _made_member(class_, member, arguments, context)
    initializer = class_.lookup("__init__")
    if isinstance(initializer, Function):
        _init_member(member, arguments, initializer, context)
    for other in class_.members.values():
        if identical(other.value, member.value) or equal(other.value, member.value, context) is True:  # 1 and 1.0, too
            class_.members[name] = other
            return
    class_.members[name] = member


def _made_member(class_: Class, member: EnumMember, arguments: list[Value], context: Context) -> None:
    """An enum with a `__new__` of its own: it runs on a stand-in, whose attributes are the member's."""
    maker = class_.lookup("__new__")
    made = context.call(maker.function if isinstance(maker, Descriptor) else maker, [class_, *arguments])
    if not isinstance(made, Instance):
        member.value = context.unknown("the value of a member that a `__new__` makes")
        return
    own = dict(made.attributes)
    if made.native is not MISSING:
        member.value = made.native
    member.value = own.pop("_value_", member.value)
    member.attributes.update(own)


def _init_member(member: EnumMember, arguments: list[Value], initializer: Function, context: Context) -> None:
    """An enum whose members have attributes of their own: `__init__` runs on a stand-in, whose attributes can be
    read."""
    stand_in = Instance(member.class_)
    stand_in.attributes.update(member.attributes, name=member.name, value=member.value, _value_=member.value)
    context.call(initializer, [stand_in, *arguments])
    own = {k: v for k, v in stand_in.attributes.items() if k not in ("name", "value", "_value_", "_name_")}
    member.value = stand_in.attributes["_value_"]
    member.attributes.update(own)


def _next_value(class_: Class, name: str, last: list[Value]) -> Value:
    """What `auto()` stands for, after the values of the members before."""
    if any(isinstance(base, type) and base.__name__ == "StrEnum" for base in class_.mro):
        return name.lower()
    numbers = [value for value in last if isinstance(value, int)]
    if class_.is_subtype(enum.Flag):
        return 1 << max(numbers).bit_length() if numbers else 1
    return numbers[-1] + 1 if numbers else 1


_OWN_RULES = ("_missing_", "__new__", "__init__", "__eq__", "__hash__", "_generate_next_value_")


def real_enum(class_: Class) -> Any:
    """An enum of Python with the members of one of the project; None where it has rules of its own."""
    members = class_.members
    if not members or class_.is_subtype(enum.Flag) or any(class_.lookup(name) is not MISSING for name in _OWN_RULES):
        return None
    if not all(isinstance(one, EnumMember) and type(one.value) in PLAIN for one in members.values()):
        return None
    mixin = next(iter(members.values())).mixin
    pairs = [(name, one.value) for name, one in members.items()]
    try:
        made: Any = enum.Enum(class_.name, pairs) if mixin is None else enum.Enum(class_.name, pairs, type=mixin)
    except (TypeError, ValueError):
        return None
    return made if all(made[name].value == one.value for name, one in members.items()) else None
