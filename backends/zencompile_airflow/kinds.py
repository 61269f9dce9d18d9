"""Values of settings, fitted to what an argument takes: as expressions of a DAG file.

A value is JSON with the tags of `zencompile.ir.literals`; a kind is an annotation as Python writes it. What is fitted
arrives in Airflow as what was written, with its type; anything else is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from zencompile.diagnostics import did_you_mean
from zencompile.ir import decode
from zencompile_airflow import signatures
from zencompile_airflow.annotations import Kind, alternatives
from zencompile_airflow.expressions import Imported, ImportedCall, length
from zencompile_airflow.templating import DELIMITER
from zencompile_templates.python import Call, Code

Json = Any

# Enumerations of Airflow, whose values are the names of their members in lower case.
_TEXT_ENUMS = frozenset({"OnFinishAction", "OnKillAction", "TriggerRule", "WeightRule"})
_LISTS = frozenset({"list", "Iterable", "Sequence", "Collection", "Container", "set", "tuple"})
_MAPPINGS = frozenset({"dict", "Mapping", "MutableMapping"})
# Modules whose objects a file may make when it is parsed: Airflow's own, of both generations.
_OURS_TO_IMPORT = ("airflow.providers.", "airflow.timetables.")
_NOTHING_OF_PROJECT = "Airflow parses a DAG file again and again: no code of the project may run there"


class Refused(Exception):
    """A value that no file can carry: why, and below which keys of its argument."""

    def __init__(self, code: str, message: str, *, notes: str = "", helps: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.code, self.message, self.notes, self.helps = code, message, notes, helps
        self.path: tuple[str, ...] = ()

    def below(self, *keys: str) -> Refused:
        """The same, seen from what holds the value under these keys."""
        self.path = (*keys, *self.path)
        return self


def fit(value: Json, annotation: str) -> object:
    """The expression of `value` as what the annotation takes. Raises `Refused`."""
    return _fit_one_of(value, alternatives(annotation))


def _fit_one_of(value: Json, kinds: tuple[Kind, ...]) -> object:
    problems = []
    for kind in kinds:
        try:
            return _fit(value, kind)
        except _NoLength:
            raise
        except Refused as problem:
            problems.append(problem)
    # What says most: the reason why a value fits nowhere, or what is wrong deepest inside of it.
    worst = max(problems, key=lambda problem: (problem.code != "ZC0556", len(problem.path)))
    if not worst.path and worst.code == "ZC0556" and not (worst.helps or worst.notes):
        raise _none_of(worst, value, kinds)
    raise worst


def _none_of(worst: Refused, value: Json, kinds: tuple[Kind, ...]) -> Refused:
    if any(kind.name in _FORMS or kind.name in _LEAST for kind in kinds):
        return worst
    return wrong(value, " or ".join(dict.fromkeys(kind.text for kind in kinds)))


def wrong(value: Json, wanted: str) -> Refused:
    """What says that a value is of another kind."""
    return Refused("ZC0556", f"takes `{wanted.replace('k8s.', '')}`, not {shown(value)}")


def shown(value: Json) -> str:
    """A value in a message."""
    if isinstance(value, dict) and "$" in value:
        tag = value["$"]
        return f"an object of `{value['class'].partition(':')[2]}`" if tag == "model" else f"a {tag}"
    if isinstance(value, (dict, list)):
        return "a dictionary" if isinstance(value, dict) else "a list"
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _fit(value: Json, kind: Kind) -> object:
    if kind.name == "Any":
        return anything(value)
    if kind.name in _SCALARS:
        return _SCALARS[kind.name](value, kind)
    if kind.name in _TEXT_ENUMS:
        return _member(value, kind.name)
    _see_that_it_is_known(value)
    if kind.name == "Literal":
        return _one_of(value, kind)
    if kind.name in _LISTS:
        return _list(value, kind)
    if kind.name in _MAPPINGS:
        return _mapping(value, kind)
    if signatures.model(kind.name) is not None:
        return made(value, kind.name)
    if _tag(value) in ("model", "symbol"):
        return _object(value)
    raise wrong(value, kind.text)


def _one_of(value: Json, kind: Kind) -> object:
    if any(value == one and type(value) is type(one) for one in kind.values):
        return value
    *some, last = (f'"{one}"' if isinstance(one, str) else repr(one) for one in kind.values)
    raise Refused("ZC0556", f"takes {', '.join(some)}{' or ' * bool(some)}{last}, not {shown(value)}")


# -- scalars -----------------------------------------------------------------------------------------------------------


def _none(value: Json, kind: Kind) -> object:
    if value is None:
        return None
    raise wrong(value, "None")


def _plain(value: Json, kind: Kind) -> object:
    """Text, a whole number, a truth value: no other type will do."""
    if type(value).__name__ == kind.name:
        return value
    _see_that_it_is_known(value)
    raise wrong(value, kind.text)


def _float(value: Json, kind: Kind) -> object:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    _see_that_it_is_known(value)
    raise wrong(value, kind.text)


def _timedelta(value: Json, kind: Kind) -> object:
    """A length of time. A number is one of seconds, as Airflow itself reads it where it takes both."""
    if _tag(value) == "timedelta":
        return _length(timedelta(value["days"], value["seconds"], value["microseconds"]))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        exact = _of_seconds(value)
        if exact.total_seconds() == value:
            return _length(exact)
    if _tag(value) == "model" and value["class"] == "pendulum:duration":
        return _object(value)
    _see_that_it_is_known(value)
    raise wrong(value, kind.text)


class _NoLength(Refused):
    """A length of time that there is not, whatever else the argument takes."""


def _of_seconds(value: float) -> timedelta:
    try:
        return timedelta(seconds=value)
    except (OverflowError, ValueError):
        raise _NoLength("ZC0556", f"is no length of time: {value:g} seconds") from None


def _length(time: timedelta) -> Call:
    if time < timedelta():
        raise _NoLength("ZC0556", "is a length of time below zero")
    return length(time)


def _datetime(value: Json, kind: Kind) -> object:
    if _tag(value) == "datetime":
        return moment(datetime.fromisoformat(value["iso"]))
    if _tag(value) == "model" and value["class"] == "pendulum:datetime":
        return _object(value)
    _see_that_it_is_known(value)
    raise wrong(value, kind.text)


def moment(time: datetime) -> Call:
    """A point in time with the offset that it was written with, or none."""
    numbers = [time.year, time.month, time.day, time.hour, time.minute, time.second, time.microsecond]
    while len(numbers) > 3 and numbers[-1] == 0:
        numbers.pop()
    offset = time.utcoffset()
    if offset is None:
        return Call("datetime", numbers)
    zone: object = Code("timezone.utc") if not offset else Call("timezone", (length(offset),))
    return Call("datetime", numbers, {"tzinfo": zone})


def _quantity(value: Json, kind: Kind) -> object:
    """An amount of a resource: text, as which the models of Kubernetes keep numbers too."""
    return str(_float(value, kind)) if not isinstance(value, str) else value


def _text_like(value: Json, kind: Kind) -> object:
    """Text of a form without which Airflow refuses the file."""
    pattern, form = _FORMS[kind.name]
    if not isinstance(value, str):
        _see_that_it_is_known(value)
        raise wrong(value, "str")
    if not pattern.fullmatch(value) and not DELIMITER.search(value):
        raise Refused("ZC0556", f'takes {form}, not "{value}"')
    return value


_FORMS = {
    "Key": (re.compile(r"[\w.-]{1,220}"), "a name of letters, digits, `-`, `.` and `_`"),
    "Link": (
        re.compile(r"mailto:.+|[a-z][a-z0-9+.-]*://.+", re.IGNORECASE),
        "a link, such as `https://…` or `mailto:…`",
    ),
}


_LEAST = {"Count": (0, "a number that is not negative"), "Positive": (1, "a positive number")}


def _bounded(value: Json, kind: Kind) -> object:
    least, what = _LEAST[kind.name]
    if _plain(value, Kind("int", text="int")) in range(least, 2**63):
        return value
    raise Refused("ZC0556", f"takes {what}, not {value}")


def _member(value: Json, name: str) -> object:
    if _tag(value) == "symbol" and f".{name}." in value["path"]:
        value = value["path"].rpartition(".")[2].lower()
    members = signatures.members(name)
    if isinstance(value, str) and value in members:
        return value
    _see_that_it_is_known(value)
    problem = wrong(value, name)
    problem.notes = f"both Airflow 2 and 3 have {', '.join(members)}"
    problem.helps = did_you_mean(str(value), members)
    raise problem


_SCALARS = {
    "Count": _bounded,
    "Key": _text_like,
    "Link": _text_like,
    "Positive": _bounded,
    "Quantity": _quantity,
    "None": _none,
    "bool": _plain,
    "datetime": _datetime,
    "float": _float,
    "int": _plain,
    "str": _plain,
    "timedelta": _timedelta,
}

# -- containers and objects --------------------------------------------------------------------------------------------


def _tag(value: Json) -> str | None:
    return value.get("$") if isinstance(value, dict) else None


def _list(value: Json, kind: Kind) -> object:
    if _tag(value) == "symbol":
        return _object(value)
    if not isinstance(value, list):
        raise wrong(value, kind.text)
    found = []
    for index, item in enumerate(value):
        try:
            found.append(_fit_one_of(item, kind.arguments[0]) if kind.arguments else anything(item))
        except Refused as problem:
            raise problem.below(str(index)) from None
    return found


def _mapping(value: Json, kind: Kind) -> object:
    if not isinstance(value, dict) or _tag(value) not in (None, "dict"):
        raise wrong(value, kind.text)
    pairs = value["items"] if "$" in value else value.items()
    found: dict[Any, object] = {}
    for key, item in pairs:
        try:
            name = _fit_one_of(key, kind.arguments[0]) if kind.arguments else key
            found[name] = _fit_one_of(item, kind.arguments[1]) if len(kind.arguments) > 1 else anything(item)
        except Refused as problem:
            raise problem.below(str(key)) from None
    return found


def made(value: Json, name: str) -> Call:
    """An object of a model: of a dictionary with the names of JSON or of Python, or of the call that was written."""
    model = signatures.model(name)
    assert model is not None
    given = _given(value, name, model)
    fields: dict[str, object] = {}
    for key, item in given.items():
        field = key if key in model.kinds else model.names.get(key)
        if field is None:
            raise Refused("ZC0555", f"`{name}` has no field `{key}`", helps=_near(key, model)).below(key)
        if item is None:
            continue
        if field in fields:
            raise Refused("ZC0557", f"`{field}` of `{name}` is given twice").below(key)
        try:
            fields[field] = fit(item, model.kinds[field])
        except Refused as problem:
            raise problem.below(key) from None
    missing = next((field for field in model.required if field not in fields), None)
    if missing is not None and not (name == "Mount" and missing == "source" and fields.get("type") == "tmpfs"):
        raise Refused("ZC0556", f"needs `{missing}`: a `{name}` can't be without it")
    if name == "Mount":
        fields.setdefault("source", None)
        fields = {field: fields[field] for field in ("source", "target", *fields)}
    return Call(model.call, (), fields)


def _given(value: Json, name: str, model: signatures.Model) -> Mapping[str, Json]:
    if _tag(value) is None and isinstance(value, dict):
        return value
    class_ = value["class"].partition(":")[2] if _tag(value) == "model" else ""
    if class_.rpartition(".")[2] != name or not value["class"].startswith(("kubernetes.", "docker.", "airflow.")):
        raise wrong(value, model.call)
    positional = value.get("arguments", [])
    if len(positional) > len(model.order):
        raise Refused("ZC0556", f"takes the fields of `{name}` by their names", helps=(f"write `{name}(FIELD=…)`",))
    return {**dict(zip(model.order, positional, strict=False)), **value["keywords"]}


def _near(key: str, model: signatures.Model) -> tuple[str, ...]:
    return did_you_mean(key, [*model.names, *model.kinds])


def anything(value: Json) -> object:
    """An expression of whatever a file can carry, with its type."""
    tag = _tag(value)
    if isinstance(value, list):
        return _list(value, Kind("list"))
    if tag in ("timedelta", "datetime"):
        return _timedelta(value, Kind(tag)) if tag == "timedelta" else _datetime(value, Kind(tag))
    if tag in (None, "dict") and isinstance(value, dict):
        return _mapping(value, Kind("dict"))
    if tag == "bytes":
        return decode(value)
    if tag is None:
        return value
    _see_that_it_is_known(value)
    if tag in ("model", "symbol"):
        return _object(value)
    raise Refused("ZC0556", f"a {tag} has no form in a DAG file", helps=("write it as text or a number",))


def _see_that_it_is_known(value: Json) -> None:
    if _tag(value) == "unknown":
        raise Refused("ZC0305", "is not known when compiling", notes=str(value["text"]))
    if _tag(value) == "symbol" and ":" in value["path"]:
        name = value["path"].replace(":", ".")
        raise Refused("ZC0558", f"is code of the project, `{name}`", notes=_NOTHING_OF_PROJECT, helps=_INSTEAD)


_INSTEAD = (
    "use a hook of the step or pipeline (`on_failure`, `on_success`), which runs in the step's own environment",
    "or a notifier of an Airflow provider, such as `airflow.providers.slack.notifications.slack.SlackNotifier`",
)


def _object(value: Json) -> object:
    """An object of Airflow's own, or the call that makes it, with what it is imported from."""
    path = value["path"] if value["$"] == "symbol" else value["class"].replace(":", ".")
    module, _, name = path.rpartition(".")
    if value["$"] == "symbol" and name.isupper() and module.rpartition(".")[2] in _TEXT_ENUMS:
        return name.lower()
    if value["$"] == "model":
        known = signatures.model(name)
        if known is not None and module.startswith(("kubernetes.", "docker.", "airflow.providers.cncf")):
            return made(value, name)
    elif not path.startswith(_OURS_TO_IMPORT):
        raise _foreign(path)
    if module != "pendulum" and not path.startswith(_OURS_TO_IMPORT):
        raise _foreign(path)
    if value["$"] == "symbol":
        return Imported(name, module)
    positional = [anything(item) for item in value.get("arguments", [])]
    keywords = {key: anything(item) for key, item in value["keywords"].items()}
    if module == "pendulum":
        return Call(path, positional, keywords)
    return ImportedCall(name, positional, keywords, module)


def _foreign(path: str) -> Refused:
    return Refused(
        "ZC0558",
        f"is code that runs when Airflow parses the file, `{path}`",
        notes="a DAG file makes objects of Airflow's providers and timetables alone, which both Airflow 2 and 3 have",
        helps=_INSTEAD,
    )
