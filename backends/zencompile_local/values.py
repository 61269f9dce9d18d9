"""Literals and references of the IR as source text of a plan."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from zencompile.ir import External, ListValue, Literal, Lookup, Merge, OutputRef, ParameterRef, Type, Value, decode
from zencompile.ir import Mapping as MappingValue
from zencompile.ir.expressions import Source
from zencompile.ir.literals import shown_text
from zencompile_templates.python import Call, Code

Json = Any

_SIMPLE = {"bool": "bool", "int": "int", "float": "float", "str": "str", "bytes": "bytes", "none": "None"}
_CONTAINERS = {"list": "list", "dict": "dict", "tuple": "tuple", "set": "set"}


class Writer:
    """Writes values, and notes which names the script must import for them.

    `parameters` are the variables of the pipeline's parameters by their names.
    """

    def __init__(self, parameters: Mapping[str, str]) -> None:
        self.parameters = parameters
        self.runner: set[str] = set()
        self.standard: set[str] = set()

    # -- literals ------------------------------------------------------------------------------------------------------

    def literal(self, value: Json) -> object:
        """A canonical literal as something that the filters write."""
        if isinstance(value, list):
            return [self.literal(item) for item in value]
        if not isinstance(value, dict):
            return value
        kind = value.get("$")
        if kind is None:
            return {key: self.literal(item) for key, item in value.items()}
        writer = getattr(self, f"_{kind}", None)
        return self._other(value) if writer is None else writer(value)

    def _tuple(self, value: Json) -> object:
        return tuple(self.literal(item) for item in value["items"])

    def _set(self, value: Json) -> object:
        items = [self.literal(item) for item in value["items"]]
        if items and all(item is None or isinstance(item, (bool, int, float, str, bytes)) for item in items):
            return set(items)
        return Call("set", (items,) if items else ())

    def _frozenset(self, value: Json) -> object:
        return Call("frozenset", (self._set(value),) if value["items"] else ())

    def _dict(self, value: Json) -> object:
        pairs = [(self.literal(key), self.literal(item)) for key, item in value["items"]]
        if all(key is None or isinstance(key, (bool, int, float, str, bytes)) for key, _ in pairs):
            return dict(pairs)
        return Call("dict", (pairs,))

    def _enum(self, value: Json) -> object:
        return self._called("Member", value["class"], value["name"], self.literal(value["value"]))

    def _model(self, value: Json) -> object:
        keywords = {key: self.literal(item) for key, item in value["keywords"].items()}
        positional = tuple(self.literal(item) for item in value.get("arguments", ()))
        if positional:
            return self._called("Model", value["class"], keywords, positional)
        return self._called("Model", value["class"], *([keywords] if keywords else []))

    def _symbol(self, value: Json) -> object:
        return self._called("Symbol", value["path"])

    def _expression(self, value: Json) -> object:
        given = {name: self.literal(one) for name, one in value.get("given", {}).items()}
        return self._called("Computed", value["text"], *([given] if given else []))

    def _uuid(self, value: Json) -> object:
        self.standard.add("from uuid import UUID")
        return Call("UUID", (value["text"],))

    def _decimal(self, value: Json) -> object:
        self.standard.add("from decimal import Decimal")
        return Call("Decimal", (value["text"],))

    def _path(self, value: Json) -> object:
        text = value["text"]
        return Call("Path", (text,)) if isinstance(text, str) else self._called("ProjectPath", shown_text(text["text"]))

    def _project(self, value: Json) -> object:
        return self._called("Project", shown_text(value["text"]))

    def _other(self, value: Json) -> object:
        """Bytes, and the types of `datetime`, whose `repr` is how they are written."""
        found = decode(value)
        if isinstance(found, (datetime.date, datetime.time, datetime.timedelta)):
            self.standard.add("import datetime")
            return Code(repr(found))
        return found

    def _called(self, name: str, *arguments: object) -> Call:
        self.runner.add(name)
        return Call(name, arguments)

    # -- values --------------------------------------------------------------------------------------------------------

    def value(self, value: Value) -> object:
        """A value without outputs in it: literals and parameters."""
        if isinstance(value, Literal):
            return self.literal(value.value)
        if isinstance(value, ParameterRef):
            return Code(self.parameters[value.name])
        if isinstance(value, ListValue):
            items = [self.value(item) for item in value.items]
            return tuple(items) if value.is_tuple else items
        if isinstance(value, MappingValue):
            return {key: self.value(item) for key, item in value.items.items()}
        if isinstance(value, External):
            found = self.literal(value.value)
            return found if value.materializer is None else self._called("Stored", found, value.materializer)
        raise TypeError(f"a {value.kind} is no value")

    def reference(self, value: Value) -> object:
        """A value of `inputs`: a tuple is an output, what could be mistaken for one stands in `Value`."""
        if isinstance(value, OutputRef):
            return (value.invocation, value.output, *(() if value.item is None else (value.item,)))
        if isinstance(value, ListValue):
            return [self.reference(item) for item in value.items]
        if isinstance(value, MappingValue):
            return {key: self.reference(item) for key, item in value.items.items()}
        if isinstance(value, Merge):
            return self._called("Either", self.reference(value.then), self.reference(value.otherwise))
        found = self.value(value)
        return self._called("Value", found) if isinstance(found, (tuple, list, dict)) else found

    def lookup(self, value: Lookup) -> object:
        """What a look-up says, as data."""
        return {"source": value.source, "chain": list(value.chain)}

    def test(self, test: Value) -> object:
        """What decides a condition."""
        written = Source()
        text = written.text(test)
        self.runner.add("Test")
        return Call("Test", (text, {name: self.reference(one) for name, one in written.given.items()}))

    def annotation(self, type_: Type) -> Code | None:
        """An annotation in names that the script knows; None if it takes others, or says nothing."""
        text = self._annotation(type_)
        return None if text is None else Code(text)

    def _annotation(self, type_: Type) -> str | None:
        if type_.what not in ("", "alike"):
            return None
        if type_.name in _SIMPLE:
            return _SIMPLE[type_.name]
        if type_.name == "literal":
            from zencompile_templates.python import py

            self.standard.add("from typing import Literal")
            return f"Literal[{', '.join(py(self.literal(value)) for value in type_.values)}]"
        parts = [self._annotation(argument) for argument in type_.arguments]
        known = [part for part in parts if part is not None]
        if type_.name == "union":
            return " | ".join(known) if len(known) == len(parts) else None
        if type_.name in _CONTAINERS:
            name = _CONTAINERS[type_.name]
            return f"{name}[{', '.join(known)}]" if known and len(known) == len(parts) else name
        return None
