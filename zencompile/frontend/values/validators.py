"""What a pydantic model says of its own: validators, serializers, computed fields, its configuration."""

from __future__ import annotations

from zencompile.frontend.values.base import BoundMethod, Context, Value
from zencompile.frontend.values.classes import Class
from zencompile.frontend.values.functions import Descriptor


class Validator(Descriptor):
    """What `@field_validator(…)` and `@model_validator(…)` make of a method of a model.

    `fields` are the names it is for; None for the whole model. `mode` is "before", "after", "plain", "serializer", or
    another word for one that is not run here.
    """

    __slots__ = ("fields", "is_for_defaults", "mode")

    def __init__(self, method: Value, fields: tuple[str, ...] | None, mode: str) -> None:
        inner = method if isinstance(method, Descriptor) else None
        of_object = fields is None and mode == "after"
        super().__init__(
            inner.kind if inner is not None else "method" if of_object else "classmethod",
            inner.function if inner is not None else method,
        )
        self.fields = fields
        self.mode = mode
        self.is_for_defaults = False

    def bind(self, receiver: Value, class_: Value, context: Context) -> Value:
        if self.kind == "method":
            return self.function if receiver is class_ else BoundMethod(self.function, receiver)
        return super().bind(receiver, class_, context)

    def is_for(self, name: str) -> bool:
        return self.fields is not None and (name in self.fields or "*" in self.fields)


class Computed(Descriptor):
    """`@computed_field`: a property that is dumped as a field is."""

    __slots__ = ()


def validators_of(class_: Class) -> list[Validator]:
    """The validators and serializers of a model, those of its bases first; one of the same name takes another's
    place."""
    named: dict[str, Value] = {}
    for base in reversed(class_.mro):
        if type(base) is Class:
            named.update(base.namespace)
    return [value for value in named.values() if isinstance(value, Validator)]


def is_dumped_by_its_own(class_: Class) -> bool:
    """Whether a dump of a model holds something other than its fields as they are."""
    return any(v.mode == "serializer" for v in validators_of(class_)) or has_computed(class_)


def has_computed(class_: Class) -> bool:
    """Whether a model has properties that are dumped and shown as fields are."""
    bases = [base for base in class_.mro if type(base) is Class]
    return any(isinstance(value, Computed) for base in bases for value in base.namespace.values())


def config_of(class_: Class) -> dict[str, Value]:
    """`model_config`, `class Config` and the keywords of the class statement."""
    found: dict[str, Value] = {}
    for base in reversed(class_.mro):
        if type(base) is not Class:
            continue
        config = base.namespace.get("model_config")
        found.update(config if isinstance(config, dict) else {})
        older = base.namespace.get("Config")
        found.update(older.namespace if isinstance(older, Class) else {})
        found.update(base.options)
    return found
