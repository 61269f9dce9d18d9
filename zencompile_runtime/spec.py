"""Everything that the `step` command takes, as one value, with both ways to and from its arguments.

JSON behind a flag is always text of canonical literals (`values.literals`). Defaults are never written.

A **reference**, behind `--input=NAME=`, is one of:

    ["invocation", "output"]           the artifact of this run; inside a map, a fan-in sees {"gather": …} instead
    ["invocation", "output", 3]        its fourth element, of a list artifact
    [[…], […]]                         a list of artifacts
    {"gather": ["invocation", "out"]}  the list of all values that a mapped invocation made, in order
    {"each": ["invocation", "out"]}    the value that a mapped invocation made for this step's own map index
    {"over": REFERENCE}                the element that belongs to this step's map index (zipped, or with --product)
    {"uri": "…"}                       a manifest by its URL or its key in the store, or a file or folder by its URL
    {"value": LITERAL}                 a value
    {"list": [REFERENCE, …]}           a list with references in it
    {"mapping": {"k": REFERENCE, …}}   a dictionary with references in it
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from zencompile_runtime.errors import ConfigurationFault
from zencompile_runtime.store.layout import split

Json = Any

HOOKS = ("on_start", "on_end", "on_success", "on_failure", "on_init", "on_cleanup")


@dataclass(frozen=True)
class StepSpec:
    """One step to run.

    `id` is the invocation's id in the IR, whatever the target calls its task. `cache_policy` holds the fields of the
    IR's CachePolicy that differ from the default. `timeout` is in seconds. `hooks` is event → "module:function".
    `variables` are the declared environment variables: text that is set for the step, or None to take what the process
    has. `attempt` counts from 1: the failure hook runs in the last of `attempts` only. `owe` writes down
    which hooks are still to be called, for the command `hooks`: see `owed`. `code` is the digest of
    the deployed code that the caller expects; `drift` says whether to "fail" or to "warn" where other code is.
    `results` and `executor_input` are Kubeflow's: see `kubeflow`.
    """

    entrypoint: str
    id: str
    pipeline: str = ""  # "namespace/name"
    run: str = ""
    store: str = ""
    params: Mapping[str, Json] = field(default_factory=dict)
    inputs: Mapping[str, Json] = field(default_factory=dict)
    externals: Mapping[str, Json] = field(default_factory=dict)
    lookups: Mapping[str, Json] = field(default_factory=dict)
    map_index: int | None = None
    map_count: int | None = None  # how many elements there are, where whoever starts the step knows it
    product: bool = False
    cache: bool = True
    cache_policy: Mapping[str, Json] = field(default_factory=dict)
    timeout: float | None = None
    hooks: Mapping[str, str] = field(default_factory=dict)
    on_init_keywords: Mapping[str, Json] = field(default_factory=dict)
    materializers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    variables: Mapping[str, str | None] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    extra: Mapping[str, Json] = field(default_factory=dict)
    model: Mapping[str, Json] | None = None
    tags: tuple[str, ...] = ()
    substitutions: Mapping[str, str] = field(default_factory=dict)
    metadata: bool = True
    visualization: bool = True
    attempt: int = 1
    attempts: int = 1
    owe: bool = False
    code: str = ""
    drift: str = "fail"
    results: Mapping[str, Json] = field(default_factory=dict)
    executor_input: Json = None

    @property
    def namespace(self) -> str:
        """The part of `pipeline` before its first slash."""
        return split(self.pipeline)[0]

    @property
    def pipeline_name(self) -> str:
        """The part of `pipeline` after its first slash."""
        return split(self.pipeline)[1]

    def to_argv(self) -> list[str]:
        """The arguments after `python -m zencompile_runtime step`, without defaults, in one fixed order."""
        argv = [self.entrypoint, f"--id={self.id}"]
        for flag in _FLAGS:
            value = getattr(self, flag.field)
            if value != _DEFAULTS[flag.field]:
                argv += flag.write(f"--{flag.name}", value)
        return argv

    @classmethod
    def from_argv(cls, argv: Sequence[str]) -> StepSpec:
        """The step that the arguments describe; ConfigurationFault on anything unknown or malformed."""
        values: dict[str, Any] = {}
        entrypoint = ""
        pending = list(argv)
        while pending:
            word = pending.pop(0)
            if not word.startswith("--"):
                if entrypoint:
                    raise ConfigurationFault(f"unexpected argument {word!r}", help="values follow their flag after `=`")
                entrypoint = word
                continue
            name, equals, text = word[2:].partition("=")
            if name == "id":
                values["id"] = text if equals else _following(pending, word)
                continue
            flag = _BY_NAME.get(name)
            if flag is None:
                raise ConfigurationFault(f"unknown flag --{name}")
            if not equals and not flag.bare:
                text = _following(pending, word)
            flag.read(values, text)
        for name, value in (("MODULE:FUNCTION", entrypoint), ("--id", values.get("id"))):
            if not value:
                raise ConfigurationFault(f"{name} is missing")
        if values.get("executor_input") is not None:
            return cls(**_unquoted({"entrypoint": entrypoint, **values}))
        return cls(entrypoint=entrypoint, **values)


def _unquoted(values: dict[str, Any]) -> dict[str, Any]:
    """What stands behind flags that are no JSON: Kubeflow's compiler writes a text as a JSON string where something on
    the way would take a part of it for its own.
    """
    found = {name: _unquoted_text(value) for name, value in values.items()}
    found["hooks"] = {event: _unquoted_text(source) for event, source in values.get("hooks", {}).items()}
    found["materializers"] = {
        _unquoted_text(output): tuple(map(_unquoted_text, sources))
        for output, sources in values.get("materializers", {}).items()
    }
    found["secrets"] = tuple(map(_unquoted_text, values.get("secrets", ())))
    return found


def _unquoted_text(text: Any) -> Any:
    return loads(text, "a flag") if isinstance(text, str) and text.startswith('"') else text


def _following(pending: list[str], word: str) -> str:
    if not pending:
        raise ConfigurationFault(f"{word} needs a value")
    return pending.pop(0)


def dumps(value: Json) -> str:
    """JSON text as flags carry it: keys in the order given, no spaces, all characters literal."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def loads(text: str, flag: str) -> Json:
    """The JSON value behind a flag; ConfigurationFault if it is none."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise ConfigurationFault(f"{flag} is not JSON: {text[:200]!r} ({error})") from None


# -- flags -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Flag:
    """A flag: its name, the field it fills, how it is read into and written from it. `bare` ones take no value."""

    name: str
    field: str
    read: Callable[[dict[str, Any], str], None]
    write: Callable[[str, Any], list[str]]
    bare: bool = False


def _text(name: str, field: str = "", parse: Callable[[str], Any] = str) -> _Flag:
    field = field or name.replace("-", "_")

    def read(values: dict[str, Any], text: str) -> None:
        try:
            values[field] = parse(text)
        except ValueError:
            raise ConfigurationFault(f"--{name}={text!r} is not a number") from None

    return _Flag(
        name, field, read, lambda flag, value: [f"{flag}={value:g}" if value.__class__ is float else f"{flag}={value}"]
    )


def _json(name: str, field: str = "") -> _Flag:
    field = field or name.replace("-", "_")

    def read(values: dict[str, Any], text: str) -> None:
        value = loads(text, f"--{name}")
        values[field] = tuple(value) if field == "tags" else value

    return _Flag(name, field, read, lambda flag, value: [f"{flag}={dumps(value)}"])


def _switch(name: str, field: str, value: bool) -> _Flag:
    return _Flag(name, field, lambda values, _: values.__setitem__(field, value), lambda flag, _: [flag], bare=True)


def _keyed(name: str, field: str, parse: Callable[[str, str], Json] = loads) -> _Flag:
    def read(values: dict[str, Any], text: str) -> None:
        key, equals, rest = text.partition("=")
        if not equals:
            raise ConfigurationFault(f"--{name}={text!r} should read --{name}=NAME=VALUE")
        values.setdefault(field, {})[key] = parse(rest, f"--{name}={key}")

    def write(flag: str, value: Mapping[str, Any]) -> list[str]:
        return [f"{flag}={key}={item if parse is not loads else dumps(item)}" for key, item in value.items()]

    return _Flag(name, field, read, write)


def _materializer() -> _Flag:
    def read(values: dict[str, Any], text: str) -> None:
        output, equals, source = text.partition("=")
        if not equals:
            raise ConfigurationFault(f"--materializer={text!r} should read --materializer=OUTPUT=MODULE:CLASS")
        table = values.setdefault("materializers", {})
        table[output] = (*table.get(output, ()), source)

    def write(flag: str, value: Mapping[str, Sequence[str]]) -> list[str]:
        return [f"{flag}={output}={source}" for output, sources in value.items() for source in sources]

    return _Flag("materializer", "materializers", read, write)


def _secret() -> _Flag:
    def read(values: dict[str, Any], text: str) -> None:
        values["secrets"] = (*values.get("secrets", ()), text)

    return _Flag("secret", "secrets", read, lambda flag, value: [f"{flag}={name}" for name in value])


def _hook(event: str) -> _Flag:
    name = event.replace("_", "-")

    def read(values: dict[str, Any], text: str) -> None:
        values.setdefault("hooks", {})[event] = text

    def write(flag: str, value: Mapping[str, str]) -> list[str]:
        return [f"{flag}={value[event]}"] if event in value else []

    return _Flag(name, "hooks", read, write)


def _executor_input() -> _Flag:
    def read(values: dict[str, Any], text: str) -> None:
        # Go writes the negative zero of a double as "-0", which is no integer here
        try:
            found = json.loads(text, parse_int=lambda digits: -0.0 if digits == "-0" else int(digits))
        except ValueError:
            raise ConfigurationFault(f"--executor-input is not JSON: {text[:200]!r}") from None
        values["executor_input"] = found

    return replace(_json("executor-input"), read=read)


_FLAGS = (
    _text("pipeline"),
    _text("run"),
    _text("store"),
    _keyed("param", "params"),
    _keyed("input", "inputs"),
    _keyed("external", "externals"),
    _keyed("lookup", "lookups"),
    _text("map-index", parse=int),
    _switch("product", "product", True),
    _switch("no-cache", "cache", False),
    _json("cache", "cache_policy"),
    _text("timeout", parse=float),
    *(_hook(event) for event in HOOKS),
    _json("on-init-keywords"),
    _materializer(),
    _keyed("variable", "variables"),
    _secret(),
    _json("extra"),
    _json("model"),
    _json("tags"),
    _json("substitutions"),
    _switch("no-metadata", "metadata", False),
    _switch("no-visualization", "visualization", False),
    _text("attempt", parse=int),
    _text("attempts", parse=int),
    _switch("owe", "owe", True),
    _text("code"),
    _text("drift"),
    _keyed("result", "results"),
    _executor_input(),
)
_BY_NAME = {flag.name: flag for flag in _FLAGS}


def _default(name: str) -> Any:
    one = StepSpec.__dataclass_fields__[name]
    return one.default_factory() if callable(one.default_factory) else one.default


_DEFAULTS = {one.name: _default(one.name) for one in fields(StepSpec)}
