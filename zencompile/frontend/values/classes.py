"""Classes of the project and their objects.

What a class makes of its body, its calls and its objects depends on its *kind* (plain, dataclass, enum, …): `ClassKind`
is a plain class's account, and the files of the other kinds enter theirs in `KINDS`.
"""

from __future__ import annotations

import abc
import ast
import collections.abc
import sys
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from zencompile.frontend.values.base import (
    MISSING,
    BoundMethod,
    Context,
    Modelled,
    NativeObject,
    Object,
    Raised,
    Unknown,
    Value,
)
from zencompile.frontend.values.functions import Descriptor, Function, NativeFunction
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
    delete_item,
    get_attribute,
    get_item,
    in_place,
    instance_of,
    iterate,
    length,
    set_item,
    truth,
    type_of,
    unary,
)
from zencompile.frontend.values.plain import PLAIN, unwrap
from zencompile.frontend.values.symbols import Generic, Symbol, is_type, union
from zencompile.frontend.values.text import checked, formatted, joined, representation, text
from zencompile.source import Span
from zencompile_runtime.values.mismatch import STRICT, refused

_NATIVE = (dict, list, set, str, int, float, tuple, frozenset, bytes)
_MUTABLE = (dict, list, set)


class Field:
    """A field of a dataclass, named tuple or pydantic model. `default` or `factory` may be `MISSING`."""

    __slots__ = ("annotation", "default", "factory", "init", "name", "span")

    def __init__(
        self,
        name: str,
        annotation: ast.expr | None,
        default: Value = MISSING,
        factory: Value = MISSING,
        init: bool = True,
        span: Span | None = None,
    ) -> None:
        self.name = name
        self.annotation = annotation  # `evaluator.field_type(class_, field)` evaluates it
        self.default = default
        self.factory = factory
        self.init = init
        self.span = span

    @property
    def required(self) -> bool:
        return self.default is MISSING and self.factory is MISSING


CLOSED_BASES = frozenset(
    {"pydantic.BaseModel", "pydantic_settings.BaseSettings", "typing.NamedTuple", "typing.TypedDict", "typing.Protocol",
     "typing.Generic", "abc.ABC"}
)  # fmt: skip
"""Bases that are not read but whose attributes are known."""


_INTERCEPTORS = ("__getattribute__", "__setattr__")


class Class(Modelled):
    """A class of the project.

    `bases` are values: Class, a builtin type, Symbol, Unknown or NativeObject; `namespace` holds what the body bound.
    `kind` is "plain", "dataclass", "enum", "namedtuple", "typeddict", "pydantic" or "exception".
    """

    type_name = "type"
    is_type = True
    intercepted_late: ClassVar[bool] = False  # whether a program gave some class such a method after its body
    __slots__ = (
        *("_interceptors", "abstract", "bases", "fields", "kind", "members", "meta", "module", "mro", "name"),
        *("namespace", "node", "options", "qualname", "registered", "scope", "subclasses", "wrappers"),
    )

    def __init__(
        self, name: str, qualname: str, module: Any, node: ast.ClassDef | None, bases: tuple[Value, ...]
    ) -> None:
        self.name = name
        self.qualname = qualname
        self.module = module
        self.node = node
        self.bases = bases
        self.namespace: dict[str, Value] = {}
        self.mro: tuple[Value, ...] = (self,)
        self.kind = "plain"
        self.fields: dict[str, Field] = {}  # inherited ones first
        self.members: dict[str, Any] = {}  # of an enum, in order, aliases included
        self.options: dict[str, Value] = {}  # keywords of the class statement and of `@dataclass(...)`
        self.wrappers: tuple[Value, ...] = ()
        self.scope: Any = None  # belongs to the evaluator
        self._interceptors: frozenset[str] | None = None
        self.meta: Class | None = None  # its class, where the program has one for it
        self.abstract: frozenset[str] = frozenset()  # methods without which no object of it can be made
        self.subclasses: list[Value] = []
        self.registered: list[Value] = []  # classes that an abstract base was told to be one of

    def lookup(self, name: str) -> Value:
        """The attribute in the first class of the MRO that has it, unbound, or `MISSING`."""
        for base in self.mro:
            if base.__class__ is Class and name in base.namespace:
                return base.namespace[name]
        return MISSING

    def interceptors(self) -> frozenset[str]:
        """Which of the methods that take over the access to attributes it has."""
        known = self._interceptors
        if known is None or Class.intercepted_late:
            known = self._interceptors = frozenset(name for name in _INTERCEPTORS if self.lookup(name) is not MISSING)
        return known

    @property
    def is_abstract_base(self) -> bool:
        """Whether its metaclass is `abc.ABCMeta`, or one below it."""
        for class_ in self.mro:
            if isinstance(class_, Class):
                if class_.options.get("metaclass") is abc.ABCMeta or Symbol("abc.ABC") in class_.bases:
                    return True
                if class_.meta is not None and class_.meta.is_subtype(abc.ABCMeta):
                    return True
        return False

    @property
    def behaviour(self) -> ClassKind:
        return KINDS[self.kind]

    @property
    def is_open(self) -> bool:
        """Whether some base is not read, so that there may be more attributes than are known."""
        return self.is_unread or any(isinstance(base, NativeObject) for base in self.mro)

    @property
    def is_unread(self) -> bool:
        """Whether some base is nothing but a name: what it does can't be known."""
        return any(
            isinstance(base, Unknown) or (type(base) is Symbol and base.path not in CLOSED_BASES) for base in self.mro
        )

    def slots(self) -> set[str] | None:
        """The only attributes that objects can have; None if they can have any."""
        names: set[str] = set()
        for base in self.mro:
            if type(base) is not Class or "__slots__" not in base.namespace:
                return None
            listed = base.namespace["__slots__"]
            if not isinstance(listed, (str, tuple, list, set, dict)):
                return None
            named = [listed] if isinstance(listed, str) else [one for one in listed if isinstance(one, str)]
            class_name = base.name.lstrip("_")
            for one in named:
                is_private = class_name and one.startswith("__") and not one.endswith("__")
                names.add(f"_{class_name}{one}" if is_private else one)
        return None if "__dict__" in names else names

    def is_subclass(self, other: Value) -> bool:
        return other is object or any(base is other or (type(base) is Symbol and base == other) for base in self.mro)

    def is_subtype(self, type_: type) -> bool:
        """Whether a builtin type is the type of one of the bases, or above it."""
        return any(isinstance(base, type) and issubclass(base, type_) for base in self.mro)

    @property
    def path(self) -> str:
        """`module:Qualified.Name`."""
        return f"{self.module.name if self.module else ''}:{self.qualname}"

    def described(self) -> str:
        return f"the class `{self.name}`"

    def by_meta(self, name: str, arguments: list[Value], context: Context) -> Value:
        """What a special method of its metaclass gives; MISSING if there is none, or it gives NotImplemented."""
        found = MISSING if self.meta is None else self.meta.lookup(name)
        if found is MISSING:
            return MISSING
        result = call(bind(found, self, self.meta, context), arguments, {}, context)
        return MISSING if result is NotImplemented else result

    def binary(self, operator: str, other: Value, reflected: bool, context: Context) -> Value:
        name = ARITHMETIC[operator][0]
        result = self.by_meta(f"__r{name}__" if reflected else f"__{name}__", [other], context)
        if result is not MISSING:
            return result
        if operator == "|" and is_type(other):
            return union(other, self) if reflected else union(self, other)
        return MISSING

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        return self.by_meta(COMPARISON[operator][0], [other], context)

    def truth(self, context: Context) -> bool | Unknown:
        for name in ("__bool__", "__len__"):
            result = self.by_meta(name, [], context)
            if result is not MISSING:
                return truth(result, context)
        return True

    def key(self, context: Context) -> Value:
        if self.meta is not None and self.meta.lookup("__eq__") is not MISSING:
            return context.unknown(f"the hash of the class `{self.name}`, which its metaclass computes")
        return self

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        if self.meta is not None and self.meta.lookup("__call__") is not MISSING:
            method = bind(self.meta.lookup("__call__"), self, self.meta, context)
            return call(method, arguments, keywords, context)
        return self.construct(arguments, keywords, context)

    def construct(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        """`type.__call__(self, …)`."""
        if self.is_subtype(type):
            return made_by_metaclass(self, arguments, keywords, context)
        for base in self.mro:
            if isinstance(base, NativeObject):
                made = base.construct(self, arguments, keywords, context)
                if made is not MISSING:
                    return made
        return self.behaviour.create(self, arguments, keywords, context)

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        if self.meta is not None and self.meta.lookup("__iter__") is not MISSING:
            return iterate(self.by_meta("__iter__", [], context), context)
        members = self.behaviour.members(self, context)
        if members is None:
            raise context.raise_(TypeError("'type' object is not iterable"))
        return iter(members)

    def length(self, context: Context) -> int | Unknown:
        result = self.by_meta("__len__", [], context)
        if result is not MISSING:
            return result  # type: ignore[no-any-return]
        members = self.behaviour.members(self, context)
        return super().length(context) if members is None else len(members)

    def contains(self, item: Value, context: Context) -> Any:
        result = self.by_meta("__contains__", [item], context)
        return self.behaviour.has_member(self, item, context) if result is MISSING else truth(result, context)

    def get_item(self, key: Value, context: Context) -> Value:
        result = self.by_meta("__getitem__", [key], context)
        return result if result is not MISSING else self.behaviour.class_item(self, key, context)

    def get_attribute(self, name: str, context: Context) -> Value:
        member = self.members.get(name)
        if member is not None:
            return member
        if self.meta is not None:
            return self._attribute_by_meta(self.meta, name, context)
        found = self.lookup(name)
        if found is not MISSING:
            return bind(found, self, self, context)
        return self._default(name, context)

    def _attribute_by_meta(self, meta: Class, name: str, context: Context) -> Value:
        """As `type.__getattribute__`, where the program has a metaclass."""
        of_meta = MISSING if name in _OF_THE_CLASS else meta.lookup(name)
        found = MISSING if _is_data_descriptor(of_meta) else self.lookup(name)
        if found is not MISSING:
            return bind(found, self, self, context)
        if of_meta is not MISSING:
            return bind(of_meta, self, meta, context)
        hook = meta.lookup("__getattr__")
        if hook is MISSING:
            return self._default(name, context)
        try:
            return self._default(name, context)
        except Raised as raised:
            if not is_a(raised.value, AttributeError):
                raise
            return call(bind(hook, self, meta, context), [name], {}, context)

    def _default(self, name: str, context: Context) -> Value:
        """An attribute that no body of a class binds."""
        found = _CLASS_ATTRIBUTES.get(name)
        if found is not None:
            return found(self, context)
        value = self.behaviour.class_attribute(self, name, context)
        if value is not MISSING:
            return value
        for base in self.mro:
            if isinstance(base, type) and hasattr(base, name) and not name.startswith("__"):
                return get_attribute(base, name, context)
        value = object_method(self, None, name)
        if value is not MISSING:
            return value
        if name == "register" and self.is_abstract_base:
            return _register(self)
        for base in self.mro:
            if isinstance(base, NativeObject):
                return base.get_attribute(name, context)
        if self.is_open:
            return context.unknown(f"`{self.name}.{name}`, whose base is not read")
        raise context.raise_(AttributeError(f"type object '{self.name}' has no attribute '{name}'"))

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        if self.meta is not None:
            if self.meta.lookup("__setattr__") is not MISSING:
                self.by_meta("__setattr__", [name, value], context)
                return
            found = self.meta.lookup(name)
            if isinstance(found, Descriptor) and found.kind == "property":
                if found.setter is None:
                    raise context.raise_(
                        AttributeError(f"property '{name}' of '{self.meta.name}' object has no setter")
                    )
                context.call(found.setter, [self, value])
                return
        self.set_own(name, value, context)

    def set_own(self, name: str, value: Value, context: Context) -> None:
        """`type.__setattr__(self, name, value)`."""
        if name in _INTERCEPTORS:
            Class.intercepted_late = True
        context.touch(self)
        self.namespace[name] = value

    def delete_attribute(self, name: str, context: Context) -> None:
        if name not in self.namespace:
            if self.is_open:
                return
            raise context.raise_(AttributeError(f"type object '{self.name}' has no attribute '{name}'"))
        context.touch(self)
        del self.namespace[name]

    def representation(self, context: Context) -> Any:
        result = self.by_meta("__repr__", [], context)
        if result is not MISSING:
            return checked(result, context, "__repr__")
        return self.behaviour.class_text(self)

    def text(self, context: Context) -> Any:
        result = self.by_meta("__str__", [], context)
        return self.representation(context) if result is MISSING else checked(result, context)

    def type_of(self, context: Context) -> Value:
        return self.behaviour.class_type(self) if self.meta is None else self.meta

    def is_instance_of(self, class_: Value) -> bool | None:
        if isinstance(class_, Symbol):
            return class_.path.rpartition(".")[2] == "Callable" or False
        if isinstance(class_, Class):
            return self.meta is not None and self.meta.is_subclass(class_)
        return class_ is object or class_ is type

    def has_instance(self, value: Value, context: Context) -> Any:
        result = self.by_meta("__instancecheck__", [value], context)
        if result is not MISSING:
            return truth(result, context)
        type_ = type_of(value, context) if self.is_abstract_base else None
        return (
            is_subclass(type_, self, context) if isinstance(type_, Class | type) else instance_of(value, self, context)
        )

    def as_exception(self, context: Context) -> Value:
        made = self.call([], {}, context)
        return made.forgotten() if isinstance(made, Unknown) else as_object(made).as_exception(context)

    def __repr__(self) -> str:
        return f"Class({self.path})"


def is_subclass(class_: Value, other: Value, context: Context) -> bool | Unknown:
    """`issubclass(class_, other)`."""
    class_, other = context.force(class_), context.force(other)
    if isinstance(other, tuple):
        return _is_any([is_subclass(class_, one, context) for one in other])
    if isinstance(other, Class) and isinstance(class_, Class | type):
        told = other.by_meta("__subclasscheck__", [class_], context)
        if told is not MISSING:
            return truth(told, context)
        if other.is_abstract_base:
            return _is_below_abstract(class_, other, context)
    return _inherits(class_, other, context)


def _is_any(answers: list[bool | Unknown]) -> bool | Unknown:
    return True in answers or next((one for one in answers if isinstance(one, Unknown)), False)


def _is_below_abstract(class_: Value, base: Class, context: Context) -> bool | Unknown:
    """As `abc.ABCMeta.__subclasscheck__`: by the base's own hook, by what a class inherits, by what was registered."""
    hook = base.lookup("__subclasshook__")
    if hook is not MISSING:
        said = call(bind(hook, None, base, context), [class_], {}, context)
        if said is not NotImplemented:
            return truth(said, context)
    others = (*base.registered, *base.subclasses)
    return _is_any([_inherits(class_, base, context), *(is_subclass(class_, one, context) for one in others)])


def _inherits(class_: Value, other: Value, context: Context) -> bool | Unknown:
    if isinstance(class_, Class):
        if class_.is_subclass(other):
            return True
        if isinstance(other, type):
            return class_.is_subtype(other)
        return context.unknown("the bases of a class") if class_.is_open and not isinstance(other, Class) else False
    if isinstance(class_, type) and isinstance(other, type):
        return issubclass(class_, other)
    if isinstance(class_, type) and isinstance(other, Class):
        return False
    if isinstance(class_, Object) or (isinstance(class_, type) and isinstance(other, Object)):
        return context.unknown("the bases of a class that is not read")
    raise context.raise_(TypeError("issubclass() arg 1 must be a class"))


def _register(class_: Class) -> Value:
    def register(arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        subclass = context.force(arguments[0] if arguments else keywords.get("subclass"))
        class_.registered.append(subclass)
        return subclass

    return NativeFunction("register", register)


def _annotations(class_: Class, context: Context) -> Value:
    return {field.name: context.evaluator.field_type(class_, field) for field in class_.fields.values()}


def _module_name(class_: Class) -> str:
    """`__module__`: what the program calls the module that defines a class."""
    return "" if class_.module is None else class_.module.imported_as or class_.module.name


def _subclasses(class_: Class, context: Context) -> Value:
    return NativeFunction("__subclasses__", lambda a, k, c: list(class_.subclasses))


_OF_THE_CLASS = frozenset(
    {"__init__", "__new__", "__call__", "__repr__", "__str__", "__len__", "__iter__", "__doc__", "__getitem__",
     "__contains__", "__eq__", "__hash__", "__module__", "__qualname__"}
)  # fmt: skip
"""Names that every class has itself, or that are asked of it: not those of its metaclass."""


_CLASS_ATTRIBUTES: dict[str, Callable[[Class, Context], Value]] = {
    "__name__": lambda class_, context: class_.name,
    "__qualname__": lambda class_, context: class_.qualname,
    "__module__": lambda class_, context: _module_name(class_),
    "__doc__": lambda class_, context: None,
    "__class__": lambda class_, context: class_.type_of(context),
    "__abstractmethods__": lambda class_, context: class_.abstract,
    "__mro__": lambda class_, context: (*class_.mro, object),
    "__bases__": lambda class_, context: class_.bases or (object,),
    "__dict__": lambda class_, context: class_.namespace,
    "__annotations__": _annotations,
    "__subclasses__": _subclasses,
}


class Recipe:
    """The call that made an object whose class runs code of its own then (`__post_init__`, `__init__`): it runs again
    where the object is made anew.

    `arguments` and `keywords` are copies, as they were before; `left` is a picture of the attributes after.
    """

    __slots__ = ("arguments", "keywords", "left")

    def __init__(self, arguments: list[Value], keywords: dict[str, Value]) -> None:
        self.arguments = arguments
        self.keywords = keywords
        self.left: Any = None


_CONVERTING = ("__float__", "__int__", "__index__", "__iter__", "__hash__", "__eq__", "keys")
"""Methods by which an object may count as plain data."""


class Instance(Modelled):
    """An object of a class of the project.

    `keywords` are what the constructor of a dataclass or pydantic model would have to be given to make this object, by
    field name, as written: how a model becomes a literal. `attributes` are its present attributes (defaults included).
    `recipe` is how to make it anew, where its class runs code of its own while it is made.
    """

    __slots__ = ("attributes", "chain", "class_", "hashed", "keywords", "native", "recipe")

    def __init__(self, class_: Class) -> None:
        self.class_ = class_
        self.attributes: dict[str, Value] = {}
        self.keywords: dict[str, Value] = {}
        self.recipe: Recipe | None = None
        self.chain: dict[str, Value] | None = None  # of an exception; see `chain_of`
        self.hashed: tuple[int, Context] | None = None  # what its class computed when it became a key, and where
        self.native: Value = MISSING  # the plain data inside an instance of `class D(dict)`, or a NativeObject's own

    @property
    def type_name(self) -> str:  # type: ignore[override]
        return self.class_.name

    def described(self) -> str:
        return f"a `{self.class_.name}`"

    def unwrap(self) -> Value:
        if self.native is not MISSING and type(self.native) in PLAIN:
            return self.native
        return self.class_.behaviour.data(self)

    def __coerced__(self, annotation: Any, coercer: Any, match: Any) -> Value:
        data = self.unwrap()
        if data is not self and type(data) in PLAIN:
            match.floor(STRICT)
            made = coercer(data, match)
            match.is_undecided |= made is not data and annotation is collections.abc.Sequence
            return self if made is data else made
        own_rules = any(self.class_.lookup(name) is not MISSING for name in _CONVERTING)
        if self.class_.is_open or own_rules or self.class_.kind in ("pydantic", "exception"):
            match.is_undecided = True
            return self
        if annotation in (collections.abc.Hashable, collections.abc.Callable):
            match.is_undecided = True
            return self
        return refused(coercer, self)

    def index(self, context: Context) -> Value:
        data = self.unwrap()
        if data is not self or self.class_.lookup("__index__") is MISSING:
            return data
        number = self._special("__index__", [], context)
        if isinstance(number, (int, Unknown)):
            return number
        raise context.raise_(TypeError(f"__index__ returned non-int (type {as_object(number).type_name})"))

    def _special(self, name: str, arguments: list[Value], context: Context) -> Value:
        """What a special method of the class gives; MISSING if there is none, or it gives NotImplemented."""
        method = self.class_.lookup(name)
        if method is MISSING:
            return MISSING
        if method is None:
            raise context.raise_(TypeError(f"'{self.type_name}' object does not support `{name}`"))
        result = call(bind(method, self, self.class_, context), arguments, {}, context)
        return MISSING if result is NotImplemented else result

    def _unread(self, what: str, context: Context) -> Unknown:
        return context.unknown(f"{what} of a `{self.class_.name}`, whose base is not read")

    # operators

    def precedes(self, other: Object) -> bool:
        if isinstance(other, Instance):
            return other.class_ is not self.class_ and self.class_.is_subclass(other.class_)
        data = self.unwrap()
        return data is not self and type(data) is type(getattr(other, "value", None))

    def binary(self, operator: str, other: Value, reflected: bool, context: Context) -> Value:
        name = ARITHMETIC[operator][0]
        result = self._special(f"__r{name}__" if reflected else f"__{name}__", [other], context)
        if result is not MISSING:
            return result
        data = self.unwrap()
        if data is not self:
            return MISSING if reflected else binary(operator, data, other, context)
        if self.class_.is_open:
            return context.unknown(f"the result of `{operator}` on a value that is not read")
        return MISSING

    def in_place(self, operator: str, other: Value, context: Context) -> Value:
        result = self._special(f"__i{ARITHMETIC[operator][0]}__", [other], context)
        if result is MISSING and isinstance(self.native, _MUTABLE):
            changed = in_place(operator, self.native, other, context)
            return self if changed is self.native else MISSING
        return result

    def unary(self, operator: str, context: Context) -> Value:
        result = self._special(UNARY[operator][0], [], context)
        if result is not MISSING:
            return result
        data = self.unwrap()
        if data is not self:
            return unary(operator, data, context)
        return (
            self._unread(f"the result of `{operator}`", context)
            if self.class_.is_open
            else super().unary(operator, context)
        )

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        if self.class_.lookup(COMPARISON[operator][0]) is not MISSING:
            return self._special(COMPARISON[operator][0], [other], context)
        if operator == "!=" and self.class_.lookup("__eq__") is not MISSING:
            same = self._special("__eq__", [other], context)
            holds = same if same is MISSING else truth(same, context)
            return holds if holds is MISSING or isinstance(holds, Unknown) else not holds
        result = self.class_.behaviour.compare(self, operator, other, context)
        if result is not MISSING:
            return result
        data = self.unwrap()
        if data is not self:
            return compare(operator, data, unwrap(other), context)
        if self.class_.is_unread and self is not other:
            return self._unread("a comparison", context)
        return MISSING

    def truth(self, context: Context) -> bool | Unknown:
        for name in ("__bool__", "__len__"):
            result = self._special(name, [], context)
            if result is not MISSING:
                return truth(result, context)
        if self.native is not MISSING:
            return truth(self.native, context)
        data = self.unwrap()
        if data is not self:
            return truth(data, context)
        return self._unread("the truth", context) if self.class_.is_unread else True

    def key(self, context: Context) -> Value:
        for base in self.class_.mro:
            if type(base) is not Class:
                continue
            if base.namespace.get("__hash__", MISSING) is not MISSING:
                if base.namespace["__hash__"] is None:
                    break
                return self._computed_key(context)
            if "__eq__" in base.namespace:
                break
            found = KINDS[base.kind].key(self, base, context) if base.kind == self.class_.kind else MISSING
            if found is not MISSING:
                return found
        else:
            return self if as_object(self.unwrap()) is self else self._native_key(context)
        raise context.raise_(TypeError(f"unhashable type: '{self.type_name}'"))

    def _computed_key(self, context: Context) -> Value:
        """Itself, with the hash that its class computes. Containers compare by the class's `__eq__` then."""
        evaluator = context.evaluator
        evaluator.hashing += 1
        try:
            number = self._special("__hash__", [], context)
        finally:
            evaluator.hashing -= 1
        if isinstance(number, Unknown):
            return number.forgotten()
        if not isinstance(number, int):
            raise context.raise_(TypeError("__hash__ method should return an integer"))
        self.hashed = hash(number), context
        return self

    def _native_key(self, context: Context) -> Value:
        found = as_object(self.unwrap()).key(context)
        return found.forgotten() if isinstance(found, Unknown) else self

    def value_key(self) -> Any:
        """What stands for it where the host compares and hashes; None: its identity does."""
        if self.native is not MISSING:
            return None if isinstance(self.native, (*_MUTABLE, Object)) else self.native
        return self.class_.behaviour.value_key(self)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if self.hashed is not None:
            return _equal_by_class(self, other, self.hashed[1])
        mine = self.value_key()
        if mine is None:
            return False
        return bool(mine == (other.value_key() if isinstance(other, Instance) else other))

    def __hash__(self) -> int:
        if self.hashed is not None:
            return self.hashed[0]
        mine = self.value_key()
        return object.__hash__(self) if mine is None else hash(mine)

    # items and iteration

    def length(self, context: Context) -> int | Unknown:
        result = self._special("__len__", [], context)
        if result is not MISSING:
            return result  # type: ignore[no-any-return]
        return self._delegated("the length", length, (), context) if self._delegates() else super().length(context)

    def _delegates(self) -> bool:
        return self.native is not MISSING or self.unwrap() is not self or self.class_.is_open

    def _delegated(self, what: str, operation: Callable[..., Any], arguments: tuple[Value, ...], c: Context) -> Any:
        """An operation on the data inside; unknown where a base is not read."""
        data = self.native if self.native is not MISSING else self.unwrap()
        return self._unread(what, c) if data is self else operation(data, *arguments, c)

    def contains(self, item: Value, context: Context) -> Any:
        result = self._special("__contains__", [item], context)
        if result is not MISSING:
            return truth(result, context)
        if self.class_.lookup("__iter__") is not MISSING or self.class_.lookup("__getitem__") is not MISSING:
            return MISSING
        return self._delegated("a member", contains, (item,), context) if self._delegates() else MISSING

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        if self.class_.lookup("__iter__") is not MISSING:
            iterator = context.force(self._special("__iter__", [], context))
            if isinstance(iterator, Instance):
                if iterator.class_.lookup("__next__") is MISSING:
                    text_ = f"iter() returned non-iterator of type '{iterator.type_name}'"
                    raise context.raise_(TypeError(text_))
                return iterator.advance(context)
            return iterate(iterator, context)
        if self.class_.lookup("__getitem__") is not MISSING:
            return self._by_index(context)
        items = self.class_.behaviour.iterate(self, context)
        if items is not MISSING:
            return items  # type: ignore[no-any-return]
        if self._delegates():
            return self._delegated("the items", iterate, (), context)  # type: ignore[no-any-return]
        return super().iterate(context)

    def advance(self, context: Context) -> Iterator[Value]:
        """Its items by its own `__next__`."""
        while True:
            item = self.next_item(context)
            if item is MISSING:
                return
            yield item

    def _by_index(self, context: Context) -> Iterator[Value]:
        index = 0
        while True:
            try:
                yield self._special("__getitem__", [index], context)
            except Raised as raised:
                if is_a(raised.value, IndexError):
                    return
                raise
            index += 1

    def next_item(self, context: Context) -> Value:
        if self.class_.lookup("__next__") is MISSING:
            if self.class_.is_open:
                return self._unread("the next item", context)
            raise context.raise_(TypeError(f"'{self.type_name}' object is not an iterator"))
        try:
            return self._special("__next__", [], context)
        except Raised as raised:
            if is_a(raised.value, StopIteration):
                return MISSING
            raise

    def get_item(self, key: Value, context: Context) -> Value:
        if self.class_.lookup("__getitem__") is not MISSING:
            return self._special("__getitem__", [key], context)
        if isinstance(self.native, dict) and self.class_.lookup("__missing__") is not MISSING:
            there = contains(self.native, key, context)
            if there is not True:
                return there.forgotten() if isinstance(there, Unknown) else self._special("__missing__", [key], context)
        return (
            self._delegated("an item", get_item, (key,), context)
            if self._delegates()
            else super().get_item(key, context)
        )

    def set_item(self, key: Value, value: Value, context: Context) -> None:
        if self.class_.lookup("__setitem__") is not MISSING:
            self._special("__setitem__", [key, value], context)
        elif self.native is not MISSING:
            set_item(self.native, key, value, context)
        elif not self.class_.is_open:
            super().set_item(key, value, context)

    def delete_item(self, key: Value, context: Context) -> None:
        if self.class_.lookup("__delitem__") is not MISSING:
            self._special("__delitem__", [key], context)
        elif self.native is not MISSING:
            delete_item(self.native, key, context)
        elif not self.class_.is_open:
            super().delete_item(key, context)

    def mapping(self, context: Context) -> Any:
        if isinstance(self.native, dict):
            return self.native
        return MISSING

    # attributes and calls

    def get_attribute(self, name: str, context: Context) -> Value:
        known = self.class_._interceptors  # looked at without a call: every attribute of a program comes by
        if known is None or Class.intercepted_late:
            known = self.class_.interceptors()
        if known and "__getattribute__" in known:
            hook = self.class_.lookup("__getattribute__")
            return call(bind(hook, self, self.class_, context), [name], {}, context)
        return self.own_attribute(name, context)

    def own_attribute(self, name: str, context: Context) -> Value:
        """`object.__getattribute__(self, name)`, and the class's `__getattr__` where that finds nothing."""
        class_ = self.class_
        found = class_.lookup(name)
        if found is MISSING or not _is_data_descriptor(found):
            own = self.attributes.get(name, MISSING)
            if own is not MISSING:
                return own
        if found is not MISSING:
            if isinstance(found, Descriptor) and found.kind == "cached_property":
                self.attributes[name] = result = context.call(found.function, [self])
                return result
            return self._got(found, name, context)
        if name == "__class__":
            return class_
        if name == "__dict__":
            return self.attributes
        value = self._implicit(name, context)
        if value is not MISSING:
            return value
        return self.refuse_attribute(name, context)

    def _got(self, found: Value, name: str, context: Context) -> Value:
        """A property may raise AttributeError: then `__getattr__` is asked."""
        hook = self.class_.lookup("__getattr__")
        if hook is MISSING:
            return bind(found, self, self.class_, context)
        try:
            return bind(found, self, self.class_, context)
        except Raised as raised:
            if not is_a(raised.value, AttributeError):
                raise
            return call(bind(hook, self, self.class_, context), [name], {}, context)

    def _implicit(self, name: str, context: Context) -> Value:
        found = object_method(self.class_, self, name)
        return self.class_.behaviour.instance_attribute(self, name, context) if found is MISSING else found

    def refuse_attribute(self, name: str, context: Context) -> Value:
        hook = self.class_.lookup("__getattr__")
        if hook is not MISSING:
            return call(bind(hook, self, self.class_, context), [name], {}, context)
        if self.native is not MISSING:
            return get_attribute(self.native, name, context)
        if self.class_.is_open:
            return self._unread(f"`{name}`", context)
        raise context.raise_(AttributeError(f"'{self.class_.name}' object has no attribute '{name}'"))

    def implicit_attribute(self, name: str, context: Context) -> Value:
        """An attribute that no class of the program defines, as `super()` finds it."""
        value = self._implicit(name, context)
        return self.refuse_attribute(name, context) if value is MISSING else value

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        found = self.class_.lookup(name)
        if isinstance(found, Descriptor) and found.kind == "property":
            if found.setter is None:
                text_ = f"property '{name}' of '{self.class_.qualname}' object has no setter"
                raise context.raise_(AttributeError(text_))
            context.call(found.setter, [self, value])
            return
        if "__setattr__" in self.class_.interceptors() and name != "__dict__":
            hook = self.class_.lookup("__setattr__")
            call(bind(hook, self, self.class_, context), [name, value], {}, context)
            return
        self.class_.behaviour.check_settable(self, name, context)
        self._store(found, name, self.class_.behaviour.assigned(self, name, value, context), context)

    def set_own(self, name: str, value: Value, context: Context) -> None:
        """`object.__setattr__(self, name, value)`."""
        self._store(self.class_.lookup(name), name, value, context)

    def _store(self, found: Value, name: str, value: Value, context: Context) -> None:
        if isinstance(found, Instance) and found.class_.lookup("__set__") is not MISSING:
            found._special("__set__", [self, value], context)
            return
        slots = self.class_.slots()
        if slots is not None and name not in slots:
            raise context.raise_(AttributeError(f"'{self.class_.name}' object has no attribute '{name}'"))
        context.touch(self)
        self.attributes[name] = value
        field = self.class_.fields.get(name)
        if field is not None and field.init:
            self.keywords[name] = value

    def delete_attribute(self, name: str, context: Context) -> None:
        hook = self.class_.lookup("__delattr__")
        if hook is not MISSING:
            call(bind(hook, self, self.class_, context), [name], {}, context)
            return
        self.class_.behaviour.check_settable(self, name, context, deletes=True)
        self.delete_own(name, context)

    def delete_own(self, name: str, context: Context) -> None:
        """`object.__delattr__(self, name)`."""
        found = self.class_.lookup(name)
        if isinstance(found, Descriptor) and found.kind == "property":
            if found.deleter is None:
                text_ = f"property '{name}' of '{self.class_.qualname}' object has no deleter"
                raise context.raise_(AttributeError(text_))
            context.call(found.deleter, [self])
            return
        if isinstance(found, Instance) and found.class_.lookup("__delete__") is not MISSING:
            found._special("__delete__", [self], context)
            return
        if name not in self.attributes:
            if self.class_.is_open:
                return
            raise context.raise_(AttributeError(f"'{self.class_.name}' object has no attribute '{name}'"))
        context.touch(self)
        del self.attributes[name]

    def bind(self, receiver: Value, class_: Value, context: Context) -> Value:
        if self.class_.lookup("__get__") is MISSING:
            return self
        return self._special("__get__", [None if receiver is class_ else receiver, class_], context)

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        method = self.class_.lookup("__call__")
        if method is not MISSING:
            return call(bind(method, self, self.class_, context), arguments, keywords, context)
        if self.class_.is_open:
            return context.unknown(f"the result of calling a `{self.class_.name}`, whose base is not read")
        return super().call(arguments, keywords, context)

    def is_callable(self) -> bool | None:
        if self.class_.lookup("__call__") is not MISSING:
            return True
        return None if self.class_.is_unread else False

    # text

    def text(self, context: Context) -> Any:
        if self.class_.lookup("__str__") is not MISSING:
            return checked(self._special("__str__", [], context), context)
        found = self.class_.behaviour.text(self, context)
        if found is not MISSING:
            return found
        if self.native is not MISSING and self.class_.lookup("__repr__") is MISSING:
            return text(self.native, context)
        return self.representation(context)

    def representation(self, context: Context) -> Any:
        if self.class_.lookup("__repr__") is not MISSING:
            return checked(self._special("__repr__", [], context), context, "__repr__")
        return self.own_representation(context)

    def own_representation(self, context: Context) -> str | Unknown:
        """`repr(self)` without the class's own `__repr__`."""
        found = self.class_.behaviour.representation(self, context)
        if found is not MISSING:
            return found  # type: ignore[no-any-return]
        if self.native is not MISSING:
            return representation(self.native, context)
        return context.unknown(f"the text of a `{self.class_.name}`, which may hold its address")

    def formatted(self, spec: str, context: Context) -> Any:
        if self.class_.lookup("__format__") is not MISSING:
            return checked(self._special("__format__", [spec], context), context, "__format__")
        if spec and type(self.native) in PLAIN:
            return formatted(self.native, spec, context)
        return MISSING

    # types and statements

    def type_of(self, context: Context) -> Value:
        return self.class_

    def is_instance_of(self, class_: Value) -> bool | None:
        if isinstance(class_, type):
            return class_ is object or self.class_.is_subtype(class_) or isinstance(self.unwrap(), class_)
        if self.class_.is_subclass(class_):
            return True
        if isinstance(class_, Symbol):
            return self._is_of_symbol(class_)
        return False

    def _is_of_symbol(self, class_: Symbol) -> bool | None:
        last = class_.path.rpartition(".")[2]
        if class_.path.startswith(("typing.", "collections.")):
            methods = _ABSTRACT_METHODS.get(last)
            if methods is not None and all(self.class_.lookup(name) is not MISSING for name in methods):
                return True
            if self.unwrap() is not self:
                return as_object(self.unwrap()).is_instance_of(class_)
        return None if any(isinstance(base, (Symbol, Unknown)) for base in self.class_.mro) else False

    def enter(self, context: Context) -> Value:
        for name in ("__enter__", "__aenter__"):
            if self.class_.lookup(name) is not MISSING:
                return awaited(self._special(name, [], context), context)
        if self.class_.is_open:
            return context.unknown("what a context manager that is not read gives")
        return super().enter(context)

    def leave(self, raised: Raised | None, context: Context) -> bool:
        for name in ("__exit__", "__aexit__"):
            if self.class_.lookup(name) is not MISSING:
                value = raised.value if raised else None
                kind = as_object(value).type_of(context) if raised else None
                answer = awaited(self._special(name, [kind, value, None], context), context)
                return raised is not None and truth(answer, context) is True
        return False

    def as_exception(self, context: Context) -> Value:
        return self if self.class_.is_subtype(BaseException) or self.class_.is_open else MISSING

    def __repr__(self) -> str:
        return f"Instance({self.class_.name}, {self.attributes})"


_ABSTRACT_METHODS = {
    "Callable": ("__call__",), "Iterable": ("__iter__",), "Sized": ("__len__",), "Container": ("__contains__",),
    "Hashable": (), "Iterator": ("__iter__", "__next__"), "Collection": ("__iter__", "__len__", "__contains__"),
}  # fmt: skip
"""Abstract classes that any class is a subclass of which has these methods."""


def is_a(value: Value, type_: type) -> bool:
    """Whether an exception of the program is one of a builtin type."""
    if isinstance(value, Instance):
        return value.class_.is_subtype(type_)
    return isinstance(value, type_)


def _equal_by_class(left: Instance, right: Any, context: Context) -> bool:
    """Whether a container takes two keys for one, by the `__eq__` of the program."""
    same = truth(compare("==", left, right, context), context)
    if isinstance(same, Unknown):
        raise context.raise_(same)
    return same


def chain_of(exception: Value) -> dict[str, Value]:
    """What an exception of the program knows of others: its `__cause__`, `__context__`, `__suppress_context__`."""
    if isinstance(exception, Instance):
        if exception.chain is None:
            exception.chain = {}
        return exception.chain
    if isinstance(exception, BaseException):
        return exception.__dict__.setdefault("_of_the_program", {})  # type: ignore[no-any-return]
    return {}


def _is_data_descriptor(value: Value) -> bool:
    if value.__class__ is Descriptor:
        return value.kind == "property"
    if not isinstance(value, Instance):
        return False
    return value.class_.lookup("__set__") is not MISSING or value.class_.lookup("__delete__") is not MISSING


def awaited(value: Value, context: Context) -> Value:
    """`await value`."""
    value = context.force(value)
    return value.wait() if isinstance(value, Awaitable) else value


class Awaitable(NativeObject):
    """What can be awaited."""

    def wait(self) -> Value:
        raise NotImplementedError


# what `object` has


def object_method(class_: Class, receiver: Value, name: str) -> Value:
    """A method or attribute that every object has, or MISSING. `receiver` is None where the class itself is asked."""
    make = _OBJECT_METHODS.get(name)
    if make is not None:
        return make(class_, receiver)
    if isinstance(receiver, Instance):
        if name == "__module__":
            return _module_name(class_)
        if name == "__doc__":
            return None
        compared = next((sign for sign, (method, _) in COMPARISON.items() if method == name), None)
        if compared in ("==", "!="):
            return NativeFunction(name, lambda a, k, c: _compared_as_object(receiver, compared, a[-1], c))
    return MISSING


def _compared_as_object(receiver: Instance, sign: str, other: Value, context: Context) -> Value:
    found = receiver.class_.behaviour.compare(receiver, sign, other, context)
    if found is not MISSING:
        return found
    return (sign == "==") if receiver is other else NotImplemented


def _target(receiver: Value, arguments: list[Value]) -> tuple[Value, list[Value]]:
    """The object that a method is called on: the receiver, or the first argument of an unbound call."""
    if isinstance(receiver, Instance):
        return receiver, arguments
    return (arguments[0], arguments[1:]) if arguments else (None, [])


def _init(class_: Class, receiver: Value) -> Value:
    def init(arguments: list[Value], keywords: dict[str, Value], context: Context) -> None:
        target, rest = _target(receiver, arguments)
        if not isinstance(target, Instance):
            return
        if target.class_.is_open and class_.kind == "plain":
            target.keywords.update({name: value for name, value in keywords.items() if name != "**"})
        elif class_.kind != "plain" or target.native is not MISSING:
            class_.behaviour.initialize(target, rest, keywords, context)

    return NativeFunction("__init__", init)


def _new(class_: Class, receiver: Value) -> Value:
    def new(arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        made = allocated(arguments[0] if arguments and isinstance(arguments[0], Class) else class_, context)
        make_native(made, arguments[1:], keywords, context)
        return made

    return NativeFunction("__new__", new)


def _setattr(class_: Class, receiver: Value) -> Value:
    def assign(arguments: list[Value], keywords: dict[str, Value], context: Context) -> None:
        target, rest = _target(receiver, arguments)
        if isinstance(target, Instance):
            target.set_own(rest[0], rest[1], context)

    return NativeFunction("__setattr__", assign)


def _delattr(class_: Class, receiver: Value) -> Value:
    def delete(arguments: list[Value], keywords: dict[str, Value], context: Context) -> None:
        target, rest = _target(receiver, arguments)
        if isinstance(target, Instance):
            target.delete_own(rest[0], context)

    return NativeFunction("__delattr__", delete)


def _getattribute(class_: Class, receiver: Value) -> Value:
    def read(arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        target, rest = _target(receiver, arguments)
        if isinstance(target, Instance):
            return target.own_attribute(rest[0], context)
        return context.unknown("an attribute of a value")

    return NativeFunction("__getattribute__", read)


def _own_text(name: str) -> Callable[[Class, Value], Value]:
    def make(class_: Class, receiver: Value) -> Value:
        def show(arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
            target, _ = _target(receiver, arguments)
            if not isinstance(target, Instance):
                return context.unknown("the text of an object")
            found = target.class_.behaviour.text(target, context) if name == "__str__" else MISSING
            return target.own_representation(context) if found is MISSING else found

        return NativeFunction(name, show)

    return make


_OBJECT_METHODS: dict[str, Callable[[Class, Value], Value]] = {
    "__init__": _init,
    "__new__": _new,
    "__setattr__": _setattr,
    "__delattr__": _delattr,
    "__getattribute__": _getattribute,
    "__str__": _own_text("__str__"),
    "__repr__": _own_text("__repr__"),
    "__init_subclass__": lambda class_, receiver: NativeFunction("__init_subclass__", lambda a, k, c: None),
    "__hash__": lambda class_, receiver: NativeFunction("__hash__", lambda a, k, c: c.unknown("the hash of an object")),
}


def allocated(class_: Class, context: Context) -> Instance:
    """`object.__new__(class_)`: refused where abstract methods are left."""
    if class_.abstract and class_.kind in ("plain", "dataclass") and not any(class_.is_subtype(t) for t in _NATIVE):
        raise context.raise_(TypeError(_abstract_text(class_)))
    return Instance(class_)


def _abstract_text(class_: Class) -> str:
    names = sorted(class_.abstract)
    plural = "" if len(names) == 1 else "s"
    if sys.version_info >= (3, 12):
        quoted = ", ".join(f"'{name}'" for name in names)
        return (
            f"Can't instantiate abstract class {class_.name} without an implementation for abstract method{plural}"
            f" {quoted}"
        )
    return f"Can't instantiate abstract class {class_.name} with abstract method{plural} {', '.join(names)}"


def make_native(instance: Instance, arguments: list[Value], keywords: dict[str, Value], context: Context) -> None:
    """Give an object of `class D(dict)` the data that it also is."""
    own_init = instance.class_.lookup("__init__") is not MISSING
    for base in instance.class_.mro:
        if isinstance(base, type) and base in _NATIVE:
            given = ([], {}) if own_init and base in _MUTABLE else (arguments, keywords)
            instance.native = context.call(base, *given)
            return


class ClassKind:
    """What one kind of class makes of its calls and objects: here, a plain class. `MISSING` as an answer means that the
    kind has nothing of its own to say."""

    def create(self, class_: Class, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        """`class_(…)`."""
        maker = class_.lookup("__new__")
        if maker is MISSING:
            instance = allocated(class_, context)
            make_native(instance, arguments, keywords, context)
        else:
            function = maker.function if isinstance(maker, Descriptor) else maker
            made = context.call(function, [class_, *arguments], keywords)
            if not isinstance(made, Instance) or not made.class_.is_subclass(class_):
                return made
            instance = made
        self.prepare(instance, arguments)
        initializer = class_.lookup("__init__")
        if initializer is MISSING:
            self.initialize(instance, arguments, keywords, context)
        else:
            call(initializer, [instance, *arguments], keywords, context)
        return instance

    def prepare(self, instance: Instance, arguments: list[Value]) -> None:
        """What `__new__` does."""

    def initialize(
        self, instance: Instance, arguments: list[Value], keywords: dict[str, Value], context: Context
    ) -> None:
        """What `__init__` does where the class has none of its own."""
        class_ = instance.class_
        if instance.native is not MISSING:
            if isinstance(instance.native, _MUTABLE) and (arguments or keywords) and not instance.native:
                instance.native = context.call(type(instance.native), arguments, keywords)
        elif class_.is_open:
            instance.attributes.update({name: value for name, value in keywords.items() if name != "**"})
            instance.keywords.update(keywords)
        elif (arguments or any(name != "**" for name in keywords)) and class_.lookup("__new__") is MISSING:
            raise context.raise_(TypeError(f"{class_.name}() takes no arguments"))

    def body(self, class_: Class, context: Context) -> dict[str, Value]:
        """What the names of the class's body are bound in."""
        return {}

    def assigned(self, instance: Instance, name: str, value: Value, context: Context) -> Value:
        """The value that an attribute has once another was assigned to it."""
        return value

    def finish(self, class_: Class, context: Context) -> None:
        """The body of the class has run."""
        inherited = next((base for base in class_.mro[1:] if type(base) is Class and base.fields), None)
        if inherited is not None:
            class_.fields = dict(inherited.fields)

    # the class itself

    def members(self, class_: Class, context: Context) -> list[Value] | None:
        """What iterating over the class gives; None if it can't be."""
        return None

    def has_member(self, class_: Class, item: Value, context: Context) -> Any:
        return MISSING

    def class_item(self, class_: Class, key: Value, context: Context) -> Value:
        """`class_[key]`."""
        hook = class_.lookup("__class_getitem__")
        if hook is MISSING:
            return Generic(class_, key if isinstance(key, tuple) else (key,))
        function = hook.function if isinstance(hook, Descriptor) else hook
        return context.call(function, [class_, key])

    def class_attribute(self, class_: Class, name: str, context: Context) -> Value:
        return MISSING

    def class_text(self, class_: Class) -> str:
        """The text of the class itself."""
        return f"<class '{_module_name(class_)}.{class_.qualname}'>"

    def class_type(self, class_: Class) -> Value:
        """`type(class_)`, where the program has no metaclass."""
        return abc.ABCMeta if class_.is_abstract_base else type

    # its objects

    def instance_attribute(self, instance: Instance, name: str, context: Context) -> Value:
        return MISSING

    def check_settable(self, instance: Instance, name: str, context: Context, deletes: bool = False) -> None:
        """Raises what Python raises where attributes can't be set."""

    def data(self, instance: Instance) -> Value:
        """The plain data that the object also is; the object itself if none."""
        return instance

    def compare(self, instance: Instance, operator: str, other: Value, context: Context) -> Any:
        return MISSING

    def key(self, instance: Instance, class_: Class, context: Context) -> Value:
        """As `Object.key`, where `class_` is the one that says how it is hashed."""
        return MISSING

    def value_key(self, instance: Instance) -> Any:
        """See `Instance.value_key`."""
        return None

    def iterate(self, instance: Instance, context: Context) -> Any:
        return MISSING

    def text(self, instance: Instance, context: Context) -> Any:
        return MISSING

    def representation(self, instance: Instance, context: Context) -> Any:
        return MISSING


def add_note(own: dict[str, Value], note: Value, context: Context) -> None:
    """`exception.add_note(note)`."""
    context.touch(own)
    own["__notes__"] = [*own.get("__notes__", []), note]


class ExceptionKind(ClassKind):
    """Exceptions of the project."""

    def prepare(self, instance: Instance, arguments: list[Value]) -> None:
        instance.attributes["args"] = tuple(arguments)

    def initialize(
        self, instance: Instance, arguments: list[Value], keywords: dict[str, Value], context: Context
    ) -> None:
        if any(name != "**" for name in keywords):
            raise context.raise_(TypeError(f"{instance.class_.name}() takes no keyword arguments"))
        instance.attributes["args"] = tuple(arguments)

    def instance_attribute(self, instance: Instance, name: str, context: Context) -> Value:
        if name == "args":
            return instance.attributes.get("args", ())
        if name in ("__cause__", "__context__"):
            return chain_of(instance).get(name)
        if name in ("__traceback__", "__suppress_context__"):
            return None if name == "__traceback__" else chain_of(instance).get(name, False)
        if name == "with_traceback":
            return NativeFunction(name, lambda a, k, c: instance)
        if name == "add_note":
            return NativeFunction(name, lambda a, k, c: add_note(instance.attributes, a[0], c))
        return MISSING

    def text(self, instance: Instance, context: Context) -> Any:
        arguments = instance.attributes.get("args", ())
        if not arguments:
            return ""
        if len(arguments) > 1:
            return text(arguments, context)
        shown = representation if instance.class_.is_subtype(KeyError) else text
        return shown(arguments[0], context)

    def representation(self, instance: Instance, context: Context) -> Any:
        inner = joined(instance.attributes.get("args", ()), context)
        return inner.forgotten() if isinstance(inner, Unknown) else f"{instance.class_.name}({inner})"


KINDS: dict[str, ClassKind] = {"plain": ClassKind(), "exception": ExceptionKind()}


class Super(NativeObject):
    """`super()`: attributes from the classes after one in the MRO."""

    type_name = "super"

    def __init__(self, after: Class, receiver: Value) -> None:
        self.after = after
        self.receiver = receiver

    def get_attribute(self, name: str, context: Context) -> Value:
        receiver = self.receiver
        class_: Class = receiver if isinstance(receiver, Class) else receiver.class_
        if class_ is receiver and self.after not in class_.mro and class_.meta is not None:
            class_ = class_.meta
        mro = list(class_.mro)
        rest = mro[mro.index(self.after) + 1 :] if self.after in mro else []
        for base in rest:
            if type(base) is Class and name in base.namespace:
                return bind(base.namespace[name], receiver, class_, context)
            if isinstance(base, NativeObject) and name not in ("__init__", "__new__", "__init_subclass__"):
                return context.unknown(f"`super().{name}` of a class that is not read")
        if isinstance(receiver, Instance):
            return receiver.implicit_attribute(name, context)
        found = type_method(receiver, name) if class_.is_subtype(type) else MISSING
        if found is not MISSING:
            return found
        found = object_method(class_, None, name)
        if found is not MISSING:
            return found
        if class_.is_open:
            return context.unknown(f"`{name}` of `{class_.name}`, whose base is not read")
        raise context.raise_(AttributeError(f"'super' object has no attribute '{name}'"))

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        if isinstance(self.receiver, Instance):
            self.receiver.set_own(name, value, context)


# definitions

PYDANTIC = frozenset(
    {"pydantic.BaseModel", "pydantic.main.BaseModel", "pydantic.v1.BaseModel", "pydantic_settings.BaseSettings",
     "pydantic.BaseSettings", "sqlmodel.SQLModel", "pydantic.v1.BaseSettings", "pydantic.generics.GenericModel"}
)  # fmt: skip
_TYPING_BASES = frozenset({"Generic", "Protocol", "ABC", "SupportsInt", "Hashable"})


def set_bases(class_: Class) -> None:
    """Find the MRO and the kind of a class from its bases."""
    own = [base for base in map(_as_base, class_.bases) if base is not None]
    class_.mro = linearize(class_, own)
    class_.kind = _kind(class_)


def _as_base(base: Value) -> Value:
    """A base as it stands in the MRO; None for those that only matter to type checkers."""
    while isinstance(base, Generic):
        base = base.origin
    if base is object:
        return None
    if isinstance(base, Symbol):
        module, _, last = base.path.rpartition(".")
        if module in ("typing", "abc", "typing_extensions", "collections.abc") and last in _TYPING_BASES:
            return None
    return base


def linearize(class_: Class, bases: list[Value]) -> tuple[Value, ...]:
    """C3 where it works, depth first where the program's own order is inconsistent."""
    sequences = [_mro_of(base) for base in bases] + [list(bases)]
    result: list[Value] = [class_]
    while any(sequences):
        head = next(
            (s[0] for s in sequences if s and not any(any(x is s[0] for x in other[1:]) for other in sequences)), None
        )
        if head is None:
            head = next(s[0] for s in sequences if s)
        result.append(head)
        sequences = [[x for x in s if x is not head] for s in sequences]
    return tuple(result)


def _mro_of(base: Value) -> list[Value]:
    if isinstance(base, Class):
        return list(base.mro)
    if isinstance(base, type):
        return [b for b in base.__mro__ if b is not object]
    return [base]


KIND_OF_BASE: list[Callable[[type], str | None]] = [
    lambda base: "exception" if issubclass(base, BaseException) else None
]
"""What a builtin type among the bases makes of a class."""


def _kind(class_: Class) -> str:
    for base in class_.mro[1:]:
        if isinstance(base, Symbol):
            if base.path in PYDANTIC:
                return "pydantic"
            last = base.path.rpartition(".")[2]
            if base.path.startswith("typing") and last in ("NamedTuple", "TypedDict"):
                return last.lower()
        elif isinstance(base, type):
            kind = next((kind for kind in (told(base) for told in KIND_OF_BASE) if kind), None)
            if kind:
                return kind
        elif type(base) is Class and base.kind != "plain":
            return base.kind
    return "plain"


def finish_class(class_: Class, context: Context) -> Value:
    """The body of a class has run: make its members or fields, and tell descriptors and bases. The value to bind."""
    class_.behaviour.finish(class_, context)
    _note_bases(class_, context)
    for name, value in list(class_.namespace.items()):
        if isinstance(value, Instance):
            hook = value.class_.lookup("__set_name__")
            if hook is not MISSING:
                call(bind(hook, value, value.class_, context), [class_, name], {}, context)
    for base in class_.mro[1:]:
        if type(base) is Class and "__init_subclass__" in base.namespace:
            hook = base.namespace["__init_subclass__"]
            function = hook.function if isinstance(hook, Descriptor) else hook
            keywords = {k: v for k, v in class_.options.items() if k not in ("metaclass", "eq", "order")}
            context.call(function, [class_], keywords)
            break
    for base in class_.bases:
        if isinstance(base, NativeObject):
            return base.subclass(class_, context)
        if isinstance(base, Class):
            native = next((b for b in base.mro if isinstance(b, NativeObject)), None)
            if native is not None:
                return native.subclass(class_, context)
    return class_


def _note_bases(class_: Class, context: Context) -> None:
    """Tell the bases of a subclass, and find the abstract methods that it leaves."""
    for base in class_.bases:
        if isinstance(base, Class):
            context.touch(base.subclasses)
            base.subclasses.append(class_)
    if class_.is_abstract_base:
        inherited = {name for base in class_.mro[1:] if isinstance(base, Class) for name in base.abstract}
        names = {*inherited, *class_.namespace}
        class_.abstract = frozenset(name for name in names if is_abstract(class_.lookup(name)))


def is_abstract(value: Value) -> bool:
    """Whether `@abstractmethod` was put above a method, or above what a property calls."""
    if isinstance(value, Descriptor):
        return any(is_abstract(part) for part in (value.function, value.setter, value.deleter))
    return isinstance(value, Function) and (value.attributes or {}).get("__isabstractmethod__") is True


# metaclasses


def metaclass_of(class_: Class) -> Value:
    """The metaclass that a class statement names or inherits; None where it is Python's own."""
    named = class_.options.get("metaclass")
    inherited = [base.meta for base in class_.bases if isinstance(base, Class) and base.meta is not None]
    found = next((one for one in inherited if all(one.is_subclass(other) for other in inherited)), None)
    if named is None or (found is not None and isinstance(named, Class) and found.is_subclass(named)):
        return found
    return found if isinstance(named, type) else named


def prepared(meta: Class, class_: Class, keywords: dict[str, Value], context: Context) -> Value:
    """What the body of a class begins with: the dictionary of the metaclass's `__prepare__`."""
    hook = meta.lookup("__prepare__")
    if hook is MISSING:
        return {}
    return context.call(bind(hook, meta, meta, context), [class_.name, class_.bases], keywords)


def made_by_metaclass(meta: Class, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
    """`meta(name, bases, namespace, **keywords)`: its `__new__`, and its `__init__` on what that made."""
    maker = meta.lookup("__new__")
    if maker is MISSING:
        made = type_new([meta, *arguments], keywords if meta.lookup("__init__") is MISSING else {}, context)
    else:
        function = maker.function if isinstance(maker, Descriptor) else maker
        made = context.call(function, [meta, *arguments], keywords)
    if not isinstance(made, Class) or made.meta is None or not made.meta.is_subclass(meta):
        return made
    initializer = made.meta.lookup("__init__")
    if initializer is not MISSING:
        call(bind(initializer, made, made.meta, context), arguments, keywords, context)
    return made


def type_new(arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
    """`type.__new__(meta, name, bases, namespace, **keywords)`."""
    if len(arguments) != 4:
        raise context.raise_(TypeError("type.__new__() takes exactly 3 arguments"))
    meta, name, bases, namespace = (context.force(one) for one in arguments)
    namespace = unwrap(namespace)
    if not isinstance(name, str) or not isinstance(bases, tuple) or not isinstance(namespace, dict):
        return context.unknown("a class made at run time")
    pending = context.evaluator.pending_classes
    if pending and pending[-1].name == name:
        class_ = pending.pop()
    else:
        class_ = Class(name, name, context.module, None, bases)
    class_.bases = bases
    class_.namespace = {key: value for key, value in namespace.items() if key not in ("__module__", "__qualname__")}
    class_.options = dict(keywords)
    class_.meta = meta if isinstance(meta, Class) else None
    set_bases(class_)
    if class_.meta is None:
        class_.meta = next((b.meta for b in class_.mro[1:] if isinstance(b, Class) and b.meta is not None), None)
    return finish_class(class_, context)


def type_method(class_: Value, name: str) -> Value:
    """A method of `type`, as `super()` in a metaclass finds it; MISSING where it has none of its own."""
    if name == "__new__":
        return NativeFunction(name, lambda a, k, c: type_new(a, k, c))
    if name == "__init__":
        return NativeFunction(name, lambda a, k, c: None)
    if name == "__call__":
        return NativeFunction(name, lambda a, k, c: class_.construct(a, k, c))
    if name == "__prepare__":
        return NativeFunction(name, lambda a, k, c: {})
    if name == "__setattr__":
        return NativeFunction(name, lambda a, k, c: class_.set_own(a[0], a[1], c))
    if name == "__repr__":
        return NativeFunction(name, lambda a, k, c: class_.behaviour.class_text(class_))
    if name == "__instancecheck__":
        return NativeFunction(name, lambda a, k, c: instance_of(a[0], class_, c))
    return MISSING


def is_code(value: Value) -> bool:
    """Whether an attribute of a class is a definition and no data."""
    return isinstance(value, (Function, Descriptor, Class, BoundMethod))
