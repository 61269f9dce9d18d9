"""Classes made of fields: dataclasses, named tuples, typed dictionaries, and what they share with models."""

from __future__ import annotations

import ast
import dataclasses
from typing import Any

from zencompile.frontend.values.base import MISSING, Context, NativeObject, Object, Unknown, Value
from zencompile.frontend.values.classes import (
    KINDS,
    Class,
    ClassKind,
    Field,
    Instance,
    Recipe,
    is_code,
)
from zencompile.frontend.values.copying import copy_value, picture
from zencompile.frontend.values.functions import NativeFunction
from zencompile.frontend.values.operations import all_items, compare, get_attribute, key, truth
from zencompile.frontend.values.text import representation


class FieldSpec(NativeObject):
    """What `dataclasses.field(...)` and `pydantic.Field(...)` give in a class body."""

    type_name = "Field"

    def __init__(self, default: Value = MISSING, factory: Value = MISSING, init: bool = True, alias: str = "") -> None:
        self.default = default
        self.factory = factory
        self.init = init
        self.alias = alias
        self.shown = True  # in the text
        self.compared = True
        self.keyword_only = False
        self.metadata: Value = None
        self.limits: dict[str, Value] = {}  # of the values that a pydantic model takes, by their keywords

    def get_attribute(self, name: str, context: Context) -> Value:
        if name == "default" and self.default is not MISSING:
            return self.default
        return context.unknown(f"`{name}` of a field")


def make_fields(class_: Class, context: Context) -> None:
    """Collect the annotated names of a dataclass, named tuple, typed dict or pydantic model."""
    fields: dict[str, Field] = {}
    for base in reversed(class_.mro[1:]):
        if type(base) is Class:
            fields.update(base.fields)
            for option in ("unshown", "uncompared", "keyword-only"):
                class_.options[option] = {*class_.options.get(option, ()), *base.options.get(option, ())}
            for option in ("limits", "aliases"):
                if option in base.options:
                    class_.options[option] = {**class_.options.get(option, {}), **base.options[option]}
    keywords_follow = class_.options.get("kw_only") is True
    for statement in class_.node.body if class_.node else ():
        if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
            continue
        name = statement.target.id
        if is_marked(statement.annotation, "ClassVar") or (class_.kind == "pydantic" and name.startswith("_")):
            continue
        if class_.kind == "pydantic" and name == "model_config":
            continue
        if class_.kind == "dataclass" and is_marked(statement.annotation, "KW_ONLY"):
            keywords_follow = True
            continue
        default = class_.namespace.get(name, MISSING)
        field = Field(
            name, statement.annotation, default, span=context.evaluator.span(statement.target, context.module)
        )
        if isinstance(default, FieldSpec):
            _specify(class_, field, default)
        elif class_.kind == "dataclass" and type(default) in (list, dict, set):
            text = f"mutable default {type(default)} for field {name} is not allowed: use default_factory"
            raise context.raise_(ValueError(text))
        if keywords_follow:
            class_.options.setdefault("keyword-only", set()).add(name)
        fields[name] = field
    if class_.kind == "pydantic":
        for name, value in class_.namespace.items():
            if name in fields and fields[name].required and not is_code(value):
                fields[name] = Field(name, fields[name].annotation, value, span=fields[name].span)
    class_.fields = fields


def _specify(class_: Class, field: Field, spec: FieldSpec) -> None:
    field.default, field.factory, field.init = spec.default, spec.factory, spec.init
    class_.namespace.pop(field.name, None)
    if spec.default is not MISSING:
        class_.namespace[field.name] = spec.default
    if spec.alias:
        class_.options.setdefault("aliases", {})[spec.alias] = field.name
    if spec.limits:
        class_.options.setdefault("limits", {})[field.name] = spec.limits
    if not spec.shown:
        class_.options.setdefault("unshown", set()).add(field.name)
    if spec.keyword_only:
        class_.options.setdefault("keyword-only", set()).add(field.name)
    if spec.metadata is not None:
        class_.options.setdefault("metadata", {})[field.name] = spec.metadata
    if not spec.compared:
        class_.options.setdefault("uncompared", set()).add(field.name)


def is_marked(annotation: ast.expr, mark: str) -> bool:
    """Whether a field's annotation is `ClassVar[…]`, `InitVar[…]` (`mark`), quoted or not."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return mark in annotation.value
    head = annotation.value if isinstance(annotation, ast.Subscript) else annotation
    return (isinstance(head, ast.Name) and head.id == mark) or (isinstance(head, ast.Attribute) and head.attr == mark)


def make_dataclass(class_: Class, options: dict[str, Value], context: Context) -> Class:
    """`@dataclass(…)`."""
    class_.kind = "dataclass"
    for option in ("eq", "frozen", "order", "unsafe_hash", "repr", "init"):
        class_.options.pop(option, None)
    class_.options.update(options)
    make_fields(class_, context)
    return class_


class FieldsKind(ClassKind):
    """A class whose objects are given the values of its fields."""

    hooks: tuple[str, ...] = ("__init__", "__new__", "__setattr__")
    """Methods by which the class has a say in how its objects are made."""

    def finish(self, class_: Class, context: Context) -> None:
        make_fields(class_, context)

    def runs_code(self, class_: Class) -> bool:
        """Whether code of the class runs while an object of it is made."""
        return any(class_.lookup(hook) is not MISSING for hook in self.hooks)

    def create(self, class_: Class, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        if not self.runs_code(class_):
            return super().create(class_, arguments, keywords, context)
        memo: dict[int, Value] = {}
        recipe = Recipe(copy_value(arguments, True, memo), copy_value(keywords, True, memo))
        instance = super().create(class_, arguments, keywords, context)
        if isinstance(instance, Instance) and instance.class_ is class_ and instance.recipe is None:
            recipe.left = picture(instance.attributes)
            instance.recipe = recipe
        return instance

    def initialize(
        self, instance: Instance, arguments: list[Value], keywords: dict[str, Value], context: Context
    ) -> None:
        class_ = instance.class_
        keywords = self.by_field(class_, keywords, context)
        given = self.given(class_, arguments, keywords, context)
        passed, missing = self._fill(instance, given, keywords.get("**"), context)
        if missing:
            self.report_missing(instance, missing, context)
        for name, value in given.items():
            if name not in class_.fields:
                instance.attributes[name] = value
                instance.keywords[name] = value
        self.after(instance, passed, context)

    def by_field(self, class_: Class, keywords: dict[str, Value], context: Context) -> dict[str, Value]:
        """Keywords by the names of the fields, where they may be given by another name."""
        aliases = class_.options.get("aliases", {})
        return {aliases.get(name, name): value for name, value in keywords.items()}

    def _fill(
        self, instance: Instance, given: dict[str, Value], unknown: Value, context: Context
    ) -> tuple[list[Value], list[str]]:
        """Set the fields; the values that only `__post_init__` gets, and the names of the fields that have none."""
        missing: list[str] = []
        passed: list[Value] = []
        for name, field in instance.class_.fields.items():
            if name in given:
                value = self.coerced(instance.class_, field, given[name], context)
                instance.keywords[name] = given[name] if isinstance(value, Unknown) else value
            elif unknown is not None:
                value = unknown.forgotten() if isinstance(unknown, Unknown) else unknown
            elif field.factory is not MISSING:
                value = context.call(field.factory)
            elif field.default is not MISSING:
                value = self.default(instance.class_, field, context)
            else:
                if field.init:
                    missing.append(name)
                continue
            if field.annotation is not None and is_marked(field.annotation, "InitVar"):
                passed.append(value)
            else:
                instance.attributes[name] = value
        return passed, missing

    def coerced(self, class_: Class, field: Field, value: Value, context: Context) -> Value:
        """A given value as the field holds it."""
        return value

    def default(self, class_: Class, field: Field, context: Context) -> Value:
        return field.default

    def after(self, instance: Instance, passed: list[Value], context: Context) -> None:
        """All fields are set."""

    def given(
        self, class_: Class, arguments: list[Value], keywords: dict[str, Value], context: Context
    ) -> dict[str, Value]:
        """The values by field. Raises the TypeError of a call that doesn't fit."""
        names = [name for name, field in class_.fields.items() if field.init]
        keyword_only = class_.options.get("keyword-only", ())
        positional = [name for name in names if name not in keyword_only]
        if len(arguments) > len(positional):
            most, got = len(positional) + 1, len(arguments) + 1
            least = 1 + sum(class_.fields[name].required for name in positional)
            takes = str(most) if least == most else f"from {least} to {most}"
            text = f"{class_.name}.__init__() takes {takes} positional arguments but {got} were given"
            raise context.raise_(TypeError(text))
        given = dict(zip(positional, arguments, strict=False))
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

    def report_missing(self, instance: Instance, missing: list[str], context: Context) -> None:
        quoted = ", ".join(f"'{name}'" for name in missing)
        plural = "" if len(missing) == 1 else "s"
        class_ = instance.class_
        text = f"{class_.name}.__init__() missing {len(missing)} required positional argument{plural}: {quoted}"
        raise context.raise_(TypeError(text))

    def class_attribute(self, class_: Class, name: str, context: Context) -> Value:
        if name == "__dataclass_fields__":
            return {f.name: FieldSpec(f.default, f.factory) for f in class_.fields.values()}
        if name == "__match_args__":
            hidden = class_.options.get("keyword-only", ())
            return tuple(name for name, field in class_.fields.items() if field.init and name not in hidden)
        return MISSING

    def instance_attribute(self, instance: Instance, name: str, context: Context) -> Value:
        if name in ("__dataclass_fields__", "__match_args__"):
            return self.class_attribute(instance.class_, name, context)
        return MISSING

    def compared(self, instance: Instance) -> tuple[Value, ...]:
        """The fields that say whether two objects are equal."""
        hidden = instance.class_.options.get("uncompared", ())
        return tuple(instance.attributes.get(name, MISSING) for name in instance.class_.fields if name not in hidden)

    def equal(self, instance: Instance, operator: str, other: Value, context: Context) -> Any:
        if operator not in ("==", "!=") or not isinstance(other, Instance) or other.class_ is not instance.class_:
            return MISSING
        return compare(operator, self.compared(instance), self.compared(other), context)

    def compare(self, instance: Instance, operator: str, other: Value, context: Context) -> Any:
        return self.equal(instance, operator, other, context)

    def representation(self, instance: Instance, context: Context) -> Any:
        inner = fields_text(instance, ", ", context)
        return inner.forgotten() if isinstance(inner, Unknown) else f"{instance.class_.qualname}({inner})"


def fields_text(instance: Instance, between: str, context: Context) -> str | Unknown:
    """`a=1, b=2`."""
    hidden = instance.class_.options.get("unshown", ())
    parts = []
    for name in instance.class_.fields:
        if name in hidden or name not in instance.attributes:
            continue
        part = representation(instance.attributes[name], context)
        if isinstance(part, Unknown):
            return part.forgotten()
        parts.append(f"{name}={part}")
    return between.join(parts)


class DataclassKind(FieldsKind):
    """`@dataclass`, and the classes of `attrs`."""

    hooks = (*FieldsKind.hooks, "__post_init__", "__attrs_pre_init__", "__attrs_post_init__")

    def runs_code(self, class_: Class) -> bool:
        return "coerce" in class_.options or super().runs_code(class_)

    def coerced(self, class_: Class, field: Field, value: Value, context: Context) -> Value:
        coerce = class_.options.get("coerce")  # of pydantic's dataclasses
        return value if coerce is None else coerce(class_, field, value, context)

    def after(self, instance: Instance, passed: list[Value], context: Context) -> None:
        hook = instance.class_.lookup("__post_init__")
        if hook is not MISSING:
            context.call(hook, [instance, *passed])

    def check_settable(self, instance: Instance, name: str, context: Context, deletes: bool = False) -> None:
        if instance.class_.options.get("frozen") is True:
            verb = "delete" if deletes else "assign to"
            raise context.raise_(dataclasses.FrozenInstanceError(f"cannot {verb} field '{name}'"))

    def compare(self, instance: Instance, operator: str, other: Value, context: Context) -> Any:
        class_ = instance.class_
        if not isinstance(other, Instance) or other.class_ is not class_ or class_.options.get("eq") is False:
            return MISSING
        if operator not in ("==", "!=") and truth(class_.options.get("order", False), context) is not True:
            return MISSING
        return compare(operator, self.compared(instance), self.compared(other), context)

    def key(self, instance: Instance, class_: Class, context: Context) -> Value:
        if class_.options.get("eq") is False:
            return MISSING
        if not self._hashed(class_):
            raise context.raise_(TypeError(f"unhashable type: '{instance.class_.name}'"))
        found = key(self.compared(instance), context)
        return found.forgotten() if isinstance(found, Unknown) else instance

    def _hashed(self, class_: Class) -> bool:
        return class_.options.get("frozen") is True or class_.options.get("unsafe_hash") is True

    def value_key(self, instance: Instance) -> Any:
        class_ = instance.class_
        if class_.options.get("eq") is False or not self._hashed(class_) or class_.lookup("__eq__") is not MISSING:
            return None
        return (id(class_), *self.compared(instance))

    def representation(self, instance: Instance, context: Context) -> Any:
        if instance.class_.options.get("repr") is False:
            return MISSING
        return super().representation(instance, context)


class NamedTupleKind(FieldsKind):
    """`typing.NamedTuple` and `collections.namedtuple`."""

    def data(self, instance: Instance) -> Value:
        return tuple(instance.attributes.values())

    def value_key(self, instance: Instance) -> Any:
        return tuple(instance.attributes.values())

    def compare(self, instance: Instance, operator: str, other: Value, context: Context) -> Any:
        return MISSING  # as its tuple

    def check_settable(self, instance: Instance, name: str, context: Context, deletes: bool = False) -> None:
        raise context.raise_(AttributeError("can't set attribute"))

    def class_attribute(self, class_: Class, name: str, context: Context) -> Value:
        if name in ("_fields", "__match_args__"):
            return tuple(class_.fields)
        if name == "_make":
            return NativeFunction(name, lambda a, k, c: self._make(class_, a[0], c))
        if name == "_field_defaults":
            return {f.name: f.default for f in class_.fields.values() if f.default is not MISSING}
        return MISSING

    def _make(self, class_: Class, source: Value, context: Context) -> Value:
        items = all_items(source, context)
        return items.forgotten() if isinstance(items, Unknown) else context.call(class_, items)

    def instance_attribute(self, instance: Instance, name: str, context: Context) -> Value:
        if name == "_asdict":
            return NativeFunction(name, lambda a, k, c: dict(instance.attributes))
        if name == "_replace":
            return NativeFunction(name, lambda a, k, c: replaced(instance, k, c))
        if name in ("index", "count", "__len__", "__getitem__", "__iter__", "__contains__", "__add__"):
            return get_attribute(tuple(instance.attributes.values()), name, context)
        return self.class_attribute(instance.class_, name, context)


def replaced(instance: Instance, update: Value, context: Context) -> Value:
    """A copy with some attributes changed."""
    if isinstance(update, Object) or (isinstance(update, dict) and "**" in update):
        return context.unknown("what changes in a copy")
    made = Instance(instance.class_)
    made.attributes.update(instance.attributes)
    made.keywords.update(instance.keywords)
    made.native = instance.native
    made.recipe = instance.recipe
    if isinstance(update, dict):
        made.attributes.update(update)
        made.keywords.update(update)
    return made


class TypedDictKind(FieldsKind):
    """`typing.TypedDict`: its objects are dictionaries."""

    def create(self, class_: Class, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        return context.call(dict, arguments, keywords)


KINDS["dataclass"] = DataclassKind()
KINDS["namedtuple"] = NamedTupleKind()
KINDS["typeddict"] = TypedDictKind()
