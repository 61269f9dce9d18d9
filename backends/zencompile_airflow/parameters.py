"""Parameters of a pipeline as Airflow's params, which the trigger form shows and checks."""

from __future__ import annotations

from typing import Any

from zencompile.ir import Parameter, Pipeline, Type
from zencompile.ir.literals import shown_text
from zencompile_templates.python import Call

Json = Any

_SCHEMAS: dict[str, str] = {
    "bool": "boolean",
    "bytes": "",
    "dict": "object",
    "float": "number",
    "int": "integer",
    "list": "array",
    "none": "null",
    "set": "array",
    "str": "string",
    "tuple": "array",
}
# Classes that a form shows as text, and the runtime makes of that text by the step's annotation.
_AS_TEXT: dict[str, str] = {
    "datetime.date": "date",
    "datetime.datetime": "date-time",
    "datetime.time": "time",
    "decimal.Decimal": "",
    "pathlib.Path": "",
    "pathlib.PurePath": "",
    "uuid.UUID": "",
}
_TEXT_TAGS = {"date": "iso", "datetime": "iso", "decimal": "text", "path": "text", "time": "iso", "uuid": "text"}


def parameters(pipeline: Pipeline) -> dict[str, Call]:
    """A `Param` for each parameter. One fixed when compiling is `const`: another value fails at the trigger."""
    return {p.name: _bound(p) if p.bound == "compile" else _runtime(p) for p in pipeline.parameters}


def without_default(pipeline: Pipeline) -> list[Parameter]:
    """The parameters that must be given when a run starts."""
    return [p for p in pipeline.parameters if p.bound == "runtime" and p.default is None]


def _bound(parameter: Parameter) -> Call:
    value = shown(parameter.value.value) if parameter.value is not None else None
    return Call("Param", (value,), {"const": value})


def _runtime(parameter: Parameter) -> Call:
    schema = schema_of(parameter.type)
    if parameter.default is None:
        return Call("Param", (), schema)
    if (_needs_tag(parameter.default.value) and not schema) or _of_project(parameter.default.value):
        # Without an annotation nothing tells a step what a text was: the value keeps its type's tag. So does what says
        # where the project lies, which the form can't.
        return Call("Param", (parameter.default.value,), {})
    return Call("Param", (shown(parameter.default.value),), schema)


def schema_of(type_: Type) -> dict[str, Json]:
    """JSON Schema keywords of an annotation; none where any value may come."""
    if type_.name == "literal" or (type_.what == "enum" and type_.values):
        return {"enum": [shown(value) for value in type_.values]}
    if type_.name == "union":
        return _union([schema_of(argument) for argument in type_.arguments])
    if type_.what in ("model", "dataclass"):
        return {"type": "object"}
    if type_.name in _AS_TEXT:
        form = _AS_TEXT[type_.name]
        return {"type": "string", **({"format": form} if form else {})}
    named = _SCHEMAS.get(type_.name)
    return {"type": named} if named else {}


def _union(members: list[dict[str, Json]]) -> dict[str, Json]:
    """The schema that takes what any member takes, in the short form if there is one."""
    if not all(members):
        return {}
    if all(list(member) == ["type"] for member in members):
        names = list(dict.fromkeys(member["type"] for member in members))
        # "null" first, as in Airflow's own examples; the form shows a field of the other type.
        names.sort(key=lambda name: name != "null")
        return {"type": names if len(names) > 1 else names[0]}
    rest = [member for member in members if member != {"type": "null"}]
    if len(rest) == 1 and len(rest) < len(members):
        member = rest[0]
        if "enum" in member:
            return {"enum": [*member["enum"], None]}
        if isinstance(member.get("type"), str):
            return {**member, "type": ["null", member["type"]]}
    return {"anyOf": members}


def shown(value: Json) -> Json:
    """A literal as a person would type it into the form: text for a path, a list for a tuple."""
    if isinstance(value, list):
        return [shown(item) for item in value]
    if not isinstance(value, dict):
        return value
    tag = value.get("$")
    if tag is None:
        return {key: shown(item) for key, item in value.items()}
    if tag == "project":
        return shown_text(value["text"])
    if tag in _TEXT_TAGS:
        return shown(value[_TEXT_TAGS[tag]])
    if tag in ("tuple", "set", "frozenset"):
        return [shown(item) for item in value["items"]]
    if tag == "enum":
        return shown(value["value"])
    if tag == "model":
        return {key: shown(item) for key, item in value["keywords"].items()}
    return value


def _of_project(value: Json) -> bool:
    """Whether a part of a value says where the project lies."""
    if isinstance(value, list):
        return any(map(_of_project, value))
    return isinstance(value, dict) and (value.get("$") == "project" or any(map(_of_project, value.values())))


def _needs_tag(value: Json) -> bool:
    """Whether `shown` loses something of the value."""
    return bool(shown(value) != value)
