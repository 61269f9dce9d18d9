"""The framework's small classes as data: settings, schedules, retries, models, tags.

A record holds exactly the fields that were written, each with its place: settings merge by explicitly set field.
"""

from __future__ import annotations

from copy import copy
from typing import Any

from zencompile.diagnostics import did_you_mean
from zencompile.frontend import surface
from zencompile.frontend.framework.attribute_names import attributes, may_have
from zencompile.frontend.framework.attributes import without_model
from zencompile.frontend.framework.settings import check_fields, check_value, renamed, unknown_field
from zencompile.frontend.values import MISSING, Class, Context, NativeFunction, NativeObject, Unknown, Value
from zencompile.source import Span


class Record(NativeObject):
    """An object of a `RecordClass`."""

    __slots__ = ("_defaults", "class_", "fields", "span", "spans")

    def __init__(self, class_: RecordClass, fields: dict[str, Value], spans: dict[str, Span], span: Span) -> None:
        self.class_ = class_
        self.fields = fields
        self.spans = spans
        self.span = span
        self._defaults: dict[str, Value] = {}  # of fields that were not written: each object has its own

    @property
    def kind(self) -> str:
        return self.class_.kind

    @property
    def type_name(self) -> str:  # type: ignore[override]
        return self.class_.name

    def get_attribute(self, name: str, context: Context) -> Value:
        if name in self.fields:
            return self.fields[name]
        if name in self.class_.defaults:
            return self._defaults.setdefault(name, copy(self.class_.defaults[name]))
        method = _METHODS.get(name)
        if method is not None:
            return NativeFunction(name, lambda a, k, c: method(self, a, k, c))
        if self.class_.open:
            return context.unknown(f"`{self.class_.name}.{name}` is known only to a server or when running")
        return without_model(self.class_.name, self.class_.name, name, context)

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        self.fields[name] = value
        self.spans[name] = context.span

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        if operator not in ("==", "!=") or not isinstance(other, Record):
            return MISSING
        return (self.class_ is other.class_ and self.fields == other.fields) is (operator == "==")

    def is_instance_of(self, class_: Value) -> bool | None:
        return class_ is self.class_ if isinstance(class_, RecordClass) else None

    def text(self, context: Context) -> str | Unknown:
        return f"{self.class_.name}({', '.join(f'{k}={v!r}' for k, v in self.fields.items())})"


def _copy(record: Record, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
    update = context.force(keywords.get("update", {}))
    fields = {**record.fields, **(update if isinstance(update, dict) else {})}
    return Record(record.class_, fields, dict(record.spans), context.span)


def _dump(record: Record, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
    if keywords.get("exclude_unset") is True or keywords.get("exclude_none") is True:
        return dict(record.fields)
    return {**record.class_.defaults, **record.fields}


_METHODS: dict[str, Any] = {
    "model_copy": _copy,
    "copy": _copy,
    "__copy__": _copy,
    "__deepcopy__": _copy,
    "dict": _dump,
    "model_dump": _dump,
}


_BY_LINE = ("requirements",)  # fields whose elements have places of their own, as `NAME[INDEX]`


class RecordClass(NativeObject):
    """A class of records: a row of the surface.

    An *open* class keeps fields that it doesn't know. `path` and `open` may differ from the row's.
    """

    type_name = "class"
    __slots__ = ("defaults", "open", "path", "table")

    def __init__(self, table: surface.Table, path: str = "", open: bool = False) -> None:
        self.table = table
        self.path = path or table.path
        self.open = open or table.open
        self.defaults: dict[str, Value] = {field.name: field.default for field in table.fields}

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]

    @property
    def kind(self) -> str:
        return self.table.kind

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        if len(arguments) > len(self.table.positional) and not self.open:
            message = f"{self.name} takes keyword arguments only ({len(arguments)} positional given)"
            raise context.raise_(TypeError(message))
        fields: dict[str, Value] = dict(zip(self.table.positional, arguments, strict=False))
        spans = {name: context.argument_span(index) for index, name in enumerate(fields)}
        for name, value in keywords.items():
            known = renamed(self.table, name)
            field = self.table.field(known)
            if field is None and self.table.fields:
                unknown_field([self.table], name, context.keyword_span(name), context.report)
            if field is None and not self.open:
                continue
            fields[known] = value
            spans[known] = context.argument_span(name)
            if field is not None:
                check_value(self.table, field, context.force(value), spans[known], context.report)
            if field is not None and field.below:
                self._check_below(field, name, value, context)
            if known in _BY_LINE:
                spans.update((f"{known}[{i}]", span) for i, span in enumerate(context.element_spans(name)))
        return Record(self, fields, spans, context.span)

    def _check_below(self, field: surface.Field, name: str, value: Value, context: Context) -> None:
        value = context.force(value)
        if isinstance(value, dict):
            table = surface.TABLES[field.below]
            check_fields([table], value, lambda *keys: context.key_span(name, *keys), context.report)

    def get_attribute(self, name: str, context: Context) -> Value:
        if name in ("__name__", "__qualname__"):
            return self.name
        if name in ("model_validate", "parse_obj", "from_dict"):
            return NativeFunction(name, lambda a, k, c: self.call([], dict(c.force(a[0])), c))
        if self.open:
            return context.unknown(f"`{self.path}` is not read")
        if may_have(self.name, name):
            return context.unknown(f"`{self.name}.{name}` is not modelled")
        helps = did_you_mean(name, attributes(self.name))
        raise context.raise_(AttributeError(f"type object '{self.name}' has no attribute '{name}'"), helps)

    def subclass(self, class_: Class, context: Context) -> Value:
        """A subclass is taken for the class itself: what it adds is for the running program."""
        return RecordClass(self.table, self.path, open=True)


def component_settings(path: str) -> RecordClass:
    """A settings class of an integration: any keyword is a field."""
    return RecordClass(surface.TABLES["component"], path)
