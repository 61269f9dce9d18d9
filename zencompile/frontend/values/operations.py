"""Operations of Python on any values: what a program does with them goes through here.

Each forces what is Lazy, and asks the values: of two operands the left one first, or the right one where its type is a
subclass of the left one's, as Python does. Known data answer by Python's own operations, at once where both are
scalars.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from zencompile.frontend.values.base import MISSING, Context, Lazy, Object, Raised, Unended, Unknown, Value
from zencompile.frontend.values.plain import SCALARS

ARITHMETIC: dict[str, tuple[str, Callable[[Any, Any], Any]]] = {
    "+": ("add", operator.add),
    "-": ("sub", operator.sub),
    "*": ("mul", operator.mul),
    "/": ("truediv", operator.truediv),
    "//": ("floordiv", operator.floordiv),
    "%": ("mod", operator.mod),
    "**": ("pow", operator.pow),
    "<<": ("lshift", operator.lshift),
    ">>": ("rshift", operator.rshift),
    "|": ("or", operator.or_),
    "^": ("xor", operator.xor),
    "&": ("and", operator.and_),
    "@": ("matmul", operator.matmul),
}
"""Binary operators: the name in the special methods' names, and Python's own function."""

UNARY: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "+": ("__pos__", operator.pos),
    "-": ("__neg__", operator.neg),
    "~": ("__invert__", operator.invert),
}
COMPARISON: dict[str, tuple[str, Callable[[Any, Any], Any]]] = {
    "==": ("__eq__", operator.eq),
    "!=": ("__ne__", operator.ne),
    "<": ("__lt__", operator.lt),
    "<=": ("__le__", operator.le),
    ">": ("__gt__", operator.gt),
    ">=": ("__ge__", operator.ge),
}
SWAPPED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

HOSTS: dict[type, Callable[[Value], Object]] = {}
"""For each type of plain Python objects, the class that has the protocol of values for them. A type that is not here is
represented by the nearest of its bases that is."""


def represents(*types: type) -> Callable[[Any], Any]:
    """A class decorator: the class has the protocol for plain objects of these types."""

    def enter(class_: Any) -> Any:
        HOSTS.update(dict.fromkeys(types, class_))
        return class_

    return enter


def as_object(value: Value) -> Object:
    """A value as something that can be asked."""
    if isinstance(value, Object):
        return value
    host = HOSTS.get(value.__class__)
    if host is None:
        kind = type(value)
        host = HOSTS[kind] = next(HOSTS[base] for base in kind.__mro__ if base in HOSTS)
    return host(value)


def type_name(value: Value) -> str:
    """The name of a value's type, as messages and Python's own exceptions show it."""
    return as_object(value).type_name


def described(value: Value) -> str:
    """A few words for messages: what kind of thing this is."""
    if isinstance(value, Lazy):
        value = value.peek()
        return "a value that is given later" if value is MISSING else described(value)
    return as_object(value).described()


# operators


def binary(sign: str, left: Value, right: Value, context: Context) -> Value:
    """`left <sign> right`."""
    if left.__class__ in SCALARS and right.__class__ in SCALARS:  # nothing to force, and no side to choose
        result = as_object(left).binary(sign, right, False, context)
        if result is not MISSING:
            return result
    left, right = context.force(left), context.force(right)
    if isinstance(left, Unknown):
        return left.binary(sign, right, False, context)
    if isinstance(right, Unknown):
        return right.binary(sign, left, True, context)
    if sign == "%" and left.__class__ is str and context.evaluator.run_values:
        inner = next((one for one in _parts(right) if isinstance(one, Object) and one.is_later), None)
        if inner is not None:
            return inner.formatting(left, right, context)
    mine, theirs = as_object(left), as_object(right)
    if theirs.precedes(mine):
        result = theirs.binary(sign, left, True, context)
        if result is MISSING:
            result = mine.binary(sign, right, False, context)
    else:
        result = mine.binary(sign, right, False, context)
        if result is MISSING:
            result = theirs.binary(sign, left, True, context)
    if result is not MISSING:
        return result
    text = f"unsupported operand type(s) for {sign}: '{mine.type_name}' and '{theirs.type_name}'"
    raise context.raise_(TypeError(text))


def _parts(value: Value) -> Sequence[Value]:
    """What a text is formatted with."""
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, tuple) else ()


def in_place(sign: str, left: Value, right: Value, context: Context) -> Value:
    """`left <sign>= right`: the value to bind."""
    left = context.force(left)
    result = as_object(left).in_place(sign, right, context)
    return binary(sign, left, right, context) if result is MISSING else result


def unary(sign: str, value: Value, context: Context) -> Value:
    """`<sign>value`."""
    return as_object(context.force(value)).unary(sign, context)


def truth(value: Value, context: Context) -> bool | Unknown:
    """Whether a value holds as a condition."""
    if value.__class__ in SCALARS:
        return bool(value)
    return as_object(context.force(value)).truth(context)


def compare(sign: str, left: Value, right: Value, context: Context) -> Any:
    """`left <sign> right`: what the program would get (a bool, an Unknown, or what a special method returns)."""
    if left.__class__ in SCALARS and right.__class__ in SCALARS:
        try:
            return COMPARISON[sign][1](left, right)
        except TypeError as error:
            raise context.raise_(error) from None
    left, right = context.force(left), context.force(right)
    if isinstance(left, Unknown):
        return left.compare(sign, right, context)
    if isinstance(right, Unknown):
        return right.compare(SWAPPED[sign], left, context)
    mine, theirs = as_object(left), as_object(right)
    if theirs.precedes(mine):
        result = theirs.compare(SWAPPED[sign], left, context)
        if result is MISSING:
            result = mine.compare(sign, right, context)
    else:
        result = mine.compare(sign, right, context)
        if result is MISSING:
            result = theirs.compare(SWAPPED[sign], left, context)
    if result is not MISSING:
        return result
    if sign in ("==", "!="):
        same = is_same(left, right, context)
        return same.forgotten() if isinstance(same, Unknown) else same is (sign == "==")
    text = f"'{sign}' not supported between instances of '{mine.type_name}' and '{theirs.type_name}'"
    raise context.raise_(TypeError(text))


def equal(left: Value, right: Value, context: Context) -> bool | Unknown:
    """Whether containers take two values for the same: one object, or equal."""
    if left is right:
        return left.forgotten() if isinstance(left, Unknown) else True
    if left.__class__ in SCALARS and right.__class__ in SCALARS:
        return bool(left == right)
    same = truth(compare("==", left, right, context), context)
    return same.partial(context) if isinstance(same, Unknown) else same


def is_same(left: Value, right: Value, context: Context) -> bool | Unknown:
    """`left is right`."""
    if left is right and not isinstance(left, Object):
        return True
    left, right = context.force(left), context.force(right)
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Object) and (one is not other or isinstance(one, Unknown)):
            same = one.is_same(other, context)
            if same is not MISSING:
                return same  # type: ignore[no-any-return]
    if left is right:
        return True
    same = as_object(left).is_same(right, context)
    return False if same is MISSING else same


def contains(container: Value, item: Value, context: Context) -> bool | Unknown:
    """`item in container`."""
    container = context.force(container)
    if isinstance(container, Unknown):
        return container.forgotten()
    if isinstance(item, Object):
        own = item.contained(container, context)
        if own is not MISSING:
            return own  # type: ignore[no-any-return]
    found = as_object(container).contains(item, context)
    if found is not MISSING:
        return found  # type: ignore[no-any-return]
    items = iterate(container, context)
    return items.forgotten() if isinstance(items, Unknown) else among(item, items, context)


def among(item: Value, items: Iterator[Value], context: Context) -> bool | Unknown:
    """Whether a value is one of those, by identity or equality."""
    unknown: Unknown | None = None
    item = context.force(item)
    around = context.evaluator.uncertain
    depth = len(around)
    try:
        for one in items:
            context.evaluator.steps += 1
            same = equal(one, item, context)
            if same is True:
                return True
            if isinstance(same, Unknown):
                unknown = unknown or same.forgotten()
                around.append(same)  # whether a further item is asked for
    finally:
        del around[depth:]
    context.tick(1)
    return unknown or False


# items and iteration


def key(value: Value, context: Context) -> Value:
    """A value as a key of a dictionary or an element of a set, or Unknown where its hash and equality can't be known.
    Raises the program's TypeError where it has none."""
    if value.__class__ in SCALARS:
        return value
    return as_object(context.force(value)).key(context)


def length(value: Value, context: Context) -> Value:
    """`len(value)`."""
    return as_object(context.force(value)).length(context)


def iterate(value: Value, context: Context) -> Iterator[Value] | Unknown:
    """The items of a value. Consumers count what they take (`tick`), so that nothing runs for ever."""
    kind = value.__class__
    if kind is tuple or kind is range or kind is str or (kind is list and not context.evaluator.uncertain_objects):
        return iter(value)  # type: ignore[no-any-return]
    return as_object(context.force(value)).iterate(context)


def bounded(items: Iterator[Value], context: Context) -> list[Value] | Unknown:
    """All items, counted; Unknown where it is not known how many there are."""
    result = []
    evaluator = context.evaluator
    for item in items:
        if item.__class__ is Unended:
            return item
        result.append(item)
        evaluator.steps += 1
        if evaluator.steps > evaluator.limit:
            context.tick(0)
    return result


def all_items(value: Value, context: Context) -> list[Value] | Unknown:
    """All items of any value, counted; or Unknown."""
    items = iterate(value, context)
    return items.forgotten() if isinstance(items, Unknown) else bounded(items, context)


def next_item(value: Value, context: Context) -> Value:
    """`next(value)`; `MISSING` at the end."""
    return as_object(context.force(value)).next_item(context)


def as_index(value: Value, context: Context) -> Value:
    """A value where Python wants an index: what an object's `__index__` gives, and anything else as the data that it
    also is."""
    value = context.force(value)
    return as_object(value).index(context) if isinstance(value, Object) else value


def get_item(owner: Value, key_: Value, context: Context) -> Value:
    """`owner[key]`."""
    if owner.__class__ is dict and key_.__class__ is str and key_ in owner and not context.evaluator.uncertain_objects:
        return owner[key_]
    asked = _later_bound(key_) if key_.__class__ is slice else key_
    if isinstance(asked, Object):
        own = asked.item_of(owner, key_, context)
        if own is not MISSING:
            return own
        if asked is not key_ and not isinstance(owner, Object):
            return asked.refusal(context)
    return as_object(context.force(owner)).get_item(key_, context)


def _later_bound(key_: slice) -> Object | None:
    """The bound of a slice that only running knows."""
    bounds = (key_.start, key_.stop, key_.step)
    return next((one for one in bounds if isinstance(one, Object) and one.is_later), None)


def set_item(owner: Value, key_: Value, value: Value, context: Context) -> None:
    """`owner[key] = value`."""
    if owner.__class__ is dict and key_.__class__ is str and not context.evaluator.uncertain_objects:
        context.touch(owner)
        owner[key_] = value
        return
    if not _is_changed_later(owner, key_, context):
        as_object(context.force(owner)).set_item(context.force(key_), value, context)


def delete_item(owner: Value, key_: Value, context: Context) -> None:
    """`del owner[key]`."""
    if not _is_changed_later(owner, key_, context):
        as_object(context.force(owner)).delete_item(context.force(key_), context)


def _is_changed_later(owner: Value, key_: Value, context: Context) -> bool:
    """Whether plain data is changed between bounds that only running knows: what it holds isn't known any more."""
    bound = _later_bound(key_) if key_.__class__ is slice and not isinstance(owner, Object) else None
    if bound is not None:
        context.spoil(owner, bound.refusal(context))
    return bound is not None


def mapping(value: Value, context: Context) -> dict[Value, Value] | Unknown:
    """What `**value` spreads."""
    value = context.force(value)
    found = as_object(value).mapping(context)
    if found is MISSING:
        found = _by_keys(value, context)
    if found is MISSING:
        raise context.raise_(TypeError(f"'{type_name(value)}' object is not a mapping"))
    return found  # type: ignore[no-any-return]


def _by_keys(value: Value, context: Context) -> Any:
    try:
        keys = all_items(call(get_attribute(value, "keys", context), [], {}, context), context)
    except Raised as raised:
        if isinstance(raised.value, AttributeError):
            return MISSING
        raise
    return keys.forgotten() if isinstance(keys, Unknown) else {one: get_item(value, one, context) for one in keys}


# attributes and calls


def get_attribute(owner: Value, name: str, context: Context) -> Value:
    """`owner.name`."""
    if isinstance(owner, Object) and not isinstance(owner, Lazy) and not context.evaluator.uncertain_objects:
        return owner.get_attribute(name, context)
    return as_object(context.force(owner)).get_attribute(name, context)


def set_attribute(owner: Value, name: str, value: Value, context: Context) -> None:
    """`owner.name = value`."""
    if isinstance(owner, Object) and not isinstance(owner, Lazy) and not context.evaluator.uncertain_objects:
        owner.set_attribute(name, value, context)
        return
    as_object(context.force(owner)).set_attribute(name, value, context)


def delete_attribute(owner: Value, name: str, context: Context) -> None:
    """`del owner.name`."""
    as_object(context.force(owner)).delete_attribute(name, context)


def bind(value: Value, receiver: Value, class_: Value, context: Context) -> Value:
    """What an attribute of a class is when it is reached through `receiver`."""
    return value.bind(receiver, class_, context) if isinstance(value, Object) else value


def call(callee: Value, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
    """Call any value."""
    if context.evaluator.run_values:
        answer = _applied_to_later(callee, arguments, keywords, context)
        if answer is not MISSING:
            return answer
    if isinstance(callee, Object) and not isinstance(callee, Lazy) and not context.evaluator.uncertain_objects:
        return callee.call(arguments, keywords, context)
    return as_object(context.force(callee)).call(arguments, keywords, context)


def _applied_to_later(callee: Value, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
    for argument in (*arguments, *keywords.values()):
        answer: Value = MISSING
        if isinstance(argument, Object):
            answer = argument.applied(callee, arguments, keywords, context)
        elif isinstance(argument, (list, tuple)):
            inner = next((one for one in argument if isinstance(one, Object) and one.is_later), None)
            answer = MISSING if inner is None else inner.applied_inside(callee, arguments, keywords, context)
        if answer is not MISSING:
            return answer
    return MISSING


def method_of_later(
    owner: Value, name: str, arguments: list[Value], keywords: dict[str, Value], context: Context
) -> Value:
    """What a method of plain data gives, where an argument has a say in that; `MISSING`: none has."""
    listed = [one for one in arguments if isinstance(one, (list, tuple))] if isinstance(owner, str) else []
    for argument in (*arguments, *keywords.values(), *(item for one in listed for item in one)):
        if isinstance(argument, Object):
            answer = argument.given_to(owner, name, arguments, keywords, context)
            if answer is not MISSING:
                return answer
    return MISSING


# types


def type_of(value: Value, context: Context) -> Value:
    """`type(value)`."""
    return as_object(context.force(value)).type_of(context)


def is_instance(value: Value, class_: Value, context: Context) -> bool | Unknown:
    """`isinstance(value, class_)`."""
    value, class_ = context.force(value), context.force(class_)
    if isinstance(class_, tuple):
        return _is_one_of(value, class_, context)
    answer = as_object(class_).has_instance(value, context)
    if answer is MISSING:
        raise context.raise_(TypeError("isinstance() arg 2 must be a type, a tuple of types, or a union"))
    return answer  # type: ignore[no-any-return]


def _is_one_of(value: Value, classes: tuple[Value, ...], context: Context) -> bool | Unknown:
    unknown: Unknown | None = None
    for one in classes:
        answer = is_instance(value, one, context)
        if answer is True:
            return True
        unknown = unknown or (answer if isinstance(answer, Unknown) else None)
    return unknown or False


def instance_of(value: Value, class_: Value, context: Context) -> bool | Unknown:
    """What a value itself says of its being an instance of a class."""
    if isinstance(value, Unknown):
        return value.forgotten()
    known = as_object(value).is_instance_of(class_)
    return context.unknown(f"what {described(value)} is an instance of") if known is None else known


def catches(type_: Value, raised: Raised, context: Context) -> bool:
    """Whether `except type_` takes an exception. One whose class is not read is taken by what takes any."""
    if isinstance(type_, tuple):
        return any(catches(one, raised, context) for one in type_)
    if is_instance(raised.value, type_, context) is True:
        return True
    return type_ in (Exception, BaseException) and is_instance(raised.value, BaseException, context) is not True
