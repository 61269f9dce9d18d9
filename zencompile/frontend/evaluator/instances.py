"""Objects of the program's classes: what calling a class makes, with its fields filled in."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from zencompile.frontend.evaluator.models import coerce_field, copied
from zencompile.frontend.evaluator.plain import PLAIN, unwrap
from zencompile.frontend.evaluator.scopes import Frame
from zencompile.frontend.values import (
    MISSING,
    Class,
    Context,
    Descriptor,
    EnumMember,
    EnvironmentReference,
    Field,
    Instance,
    NativeObject,
    Symbol,
    Unknown,
    Value,
    type_name,
)

if TYPE_CHECKING:
    from zencompile.frontend.evaluator.core import Evaluator


class Auto(NativeObject):
    """`enum.auto()`."""

    type_name = "auto"


class MemberSpec(NativeObject):
    """`enum.member(value)`."""

    type_name = "member"

    def __init__(self, value: Value) -> None:
        self.value = value


class FieldSpec(NativeObject):
    """What `dataclasses.field(...)` and `pydantic.Field(...)` give in a class body."""

    type_name = "Field"

    def __init__(self, default: Value = MISSING, factory: Value = MISSING, init: bool = True, alias: str = "") -> None:
        self.default = default
        self.factory = factory
        self.init = init
        self.alias = alias

    def get_attribute(self, name: str, context: Context) -> Value:
        return context.unknown(f"`{name}` of a field")


def instantiate(
    ev: Evaluator, class_: Class, arguments: list[Value], keywords: dict[str, Value], node: ast.AST, frame: Frame
) -> Value:
    """`class_(…)`."""
    context = Context(ev, node, frame.module)
    for base in class_.mro:
        if isinstance(base, NativeObject):
            made = base.construct(class_, arguments, keywords, context)
            if made is not MISSING:
                return made
    if class_.kind == "enum":
        return _member_of(ev, class_, arguments, context)
    if class_.kind == "typeddict":
        return dict(*arguments[:1], **keywords)
    maker = class_.lookup("__new__")
    if maker is not MISSING:
        function = maker.function if isinstance(maker, Descriptor) else maker
        made = ev.call_value(function, [class_, *arguments], keywords, context)
        if not isinstance(made, Instance) or made.class_ is not class_:
            return made
        instance = made
    else:
        instance = Instance(class_)
        make_native(ev, instance, arguments, keywords, context)
    initializer = class_.lookup("__init__")
    if initializer is not MISSING and class_.kind != "pydantic":
        if class_.kind == "exception":
            instance.attributes["args"] = tuple(arguments)
        ev.call_value(initializer, [instance, *arguments], keywords, context)
    elif initializer is not MISSING:
        ev.call_value(initializer, [instance, *arguments], keywords, context)
    else:
        base_init(ev, instance, arguments, keywords, context)
    return instance


def make_native(
    ev: Evaluator, instance: Instance, arguments: list[Value], keywords: dict[str, Value], context: Context
) -> None:
    own_init = instance.class_.lookup("__init__") is not MISSING
    for base in instance.class_.mro:
        if isinstance(base, type) and base in (dict, list, set, str, int, float, tuple, frozenset):
            mutable = base in (dict, list, set)
            given = ([], {}) if own_init and mutable else (arguments, keywords)
            instance.native = context.call(base, *given)
            return


def base_init(
    ev: Evaluator, instance: Instance, arguments: list[Value], keywords: dict[str, Value], context: Context
) -> None:
    """What `__init__` does where the class has none of its own."""
    class_ = instance.class_
    if class_.kind in ("dataclass", "namedtuple", "pydantic"):
        _init_fields(ev, instance, arguments, keywords, context)
    elif class_.kind == "exception":
        instance.attributes["args"] = tuple(arguments)
    elif instance.native is not MISSING:
        if isinstance(instance.native, (dict, list, set)) and (arguments or keywords) and not instance.native:
            instance.native = context.call(type(instance.native), arguments, keywords)
    elif class_.is_open:
        instance.attributes.update({k: v for k, v in keywords.items() if k != "**"})
        instance.keywords.update(keywords)
    elif arguments or any(k != "**" for k in keywords):
        raise context.raise_(TypeError(f"{class_.name}() takes no arguments"))


def _init_fields(
    ev: Evaluator, instance: Instance, arguments: list[Value], keywords: dict[str, Value], context: Context
) -> None:
    class_ = instance.class_
    fields = class_.fields
    aliases = class_.options.get("aliases", {})
    keywords = {aliases.get(k, k): v for k, v in keywords.items()}
    given = _given(class_, arguments, keywords, context)
    unknown = keywords.get("**")
    missing: list[str] = []
    passed: list[Value] = []  # to `__post_init__`
    for name, field in fields.items():
        if name in given:
            value = given[name]
            if class_.kind == "pydantic":
                value = coerce_field(ev, class_, field, value, context)
            instance.keywords[name] = value
        elif unknown is not None:
            value = unknown
        elif field.factory is not MISSING:
            value = context.call(field.factory)
        elif field.default is not MISSING:
            value = _default(ev, class_, field, context)
        elif field.init:
            missing.append(name)
            continue
        else:
            continue
        if class_.kind == "dataclass" and field.annotation is not None and is_marked(field.annotation, "InitVar"):
            passed.append(value)
        else:
            instance.attributes[name] = value
    if missing and _is_settings(class_):
        for name in missing:
            instance.attributes[name] = EnvironmentReference(_variable(class_, name), MISSING, context.span)
    elif missing:
        _report_missing(class_, missing, context)
    for name, value in given.items():
        if name not in fields:
            instance.attributes[name] = value
            instance.keywords[name] = value
    after = class_.lookup("__post_init__") if class_.kind == "dataclass" else class_.lookup("model_post_init")
    if after is not MISSING and class_.kind != "namedtuple":
        context.call(after, [instance, *passed] if class_.kind == "dataclass" else [instance, None])


def is_marked(annotation: ast.expr, mark: str) -> bool:
    """Whether a field's annotation is `ClassVar[…]`, `InitVar[…]` (`mark`), quoted or not."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return mark in annotation.value
    head = annotation.value if isinstance(annotation, ast.Subscript) else annotation
    return (isinstance(head, ast.Name) and head.id == mark) or (isinstance(head, ast.Attribute) and head.attr == mark)


def _is_settings(class_: Class) -> bool:
    """Whether a model takes what it is not given from the environment."""
    return any(isinstance(b, Symbol) and b.path.endswith("BaseSettings") for b in class_.mro)


def _variable(class_: Class, name: str) -> str:
    return f"{class_.options.get('env_prefix', '')}{name}".upper()


def _default(ev: Evaluator, class_: Class, field: Field, context: Context) -> Value:
    value = field.default
    if class_.kind == "pydantic":
        if _is_settings(class_):
            return EnvironmentReference(_variable(class_, field.name), value, context.span)
        return copied(value)
    return value


def _given(class_: Class, arguments: list[Value], keywords: dict[str, Value], context: Context) -> dict[str, Value]:
    names = [name for name, field in class_.fields.items() if field.init]
    if class_.kind == "pydantic":
        if arguments:
            text = f"{class_.name}.__init__() takes 1 positional argument but {len(arguments) + 1} were given"
            raise context.raise_(TypeError(text))
        return {k: v for k, v in keywords.items() if k != "**"}
    if len(arguments) > len(names):
        text = (
            f"{class_.name}.__init__() takes {len(names) + 1} positional arguments but {len(arguments) + 1} were given"
        )
        raise context.raise_(TypeError(text))
    given = dict(zip(names, arguments, strict=False))
    for name, value in keywords.items():
        if name == "**":
            continue
        if name in given:
            raise context.raise_(TypeError(f"{class_.name}.__init__() got multiple values for argument '{name}'"))
        if name not in names:
            text = f"{class_.name}.__init__() got an unexpected keyword argument '{name}'"
            raise context.raise_(TypeError(text))
        given[name] = value
    return given


def _report_missing(class_: Class, missing: list[str], context: Context) -> None:
    quoted = ", ".join(f"'{name}'" for name in missing)
    if class_.kind == "pydantic":
        raise context.raise_(ValueError(f"missing field(s) of {class_.name}: {quoted}"))
    plural = "" if len(missing) == 1 else "s"
    text = f"{class_.name}.__init__() missing {len(missing)} required positional argument{plural}: {quoted}"
    raise context.raise_(TypeError(text))


def _member_of(ev: Evaluator, class_: Class, arguments: list[Value], context: Context) -> Value:
    if len(arguments) > 1 or not class_.members:
        return context.unknown(f"a functional use of the enum `{class_.name}`")
    value = context.force(arguments[0]) if arguments else MISSING
    if isinstance(value, Unknown):
        return value
    if isinstance(value, EnumMember) and value.class_ is class_:
        return value
    for member in class_.members.values():
        if member.value is value or (member.value == value and type(member.value) is type(unwrap(value))):
            return member
    for member in class_.members.values():
        if type(value) in PLAIN and member.value == value:
            return member
    hook = class_.lookup("_missing_")
    if hook is not MISSING:
        function = hook.function if isinstance(hook, Descriptor) else hook
        found = ev.call_value(function, [class_, value], {}, context)
        if found is not None:
            return found
    shown = repr(value) if type(value) in PLAIN else type_name(value)
    raise context.raise_(ValueError(f"{shown} is not a valid {class_.name}"))
