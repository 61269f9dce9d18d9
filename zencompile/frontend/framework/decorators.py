"""What the keyword arguments of `@step`, `@pipeline`, `configure` and `with_options` say, as options."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

from zencompile.diagnostics import Report, did_you_mean
from zencompile.frontend import surface
from zencompile.frontend.framework.opaque import Call
from zencompile.frontend.framework.options import Options, Path, as_flag, fields_of, merge_dicts
from zencompile.frontend.framework.places import places
from zencompile.frontend.framework.problems import Aside
from zencompile.frontend.framework.records import Record
from zencompile.frontend.framework.settings import check_fields, check_settings_key
from zencompile.frontend.surface import Place
from zencompile.frontend.values import Context, EnumMember, Instance, Opaque, Symbol, Unknown, Value
from zencompile.source import Span

_OF_PIPELINES = frozenset({Place.PIPELINE, Place.PIPELINE_CONFIGURE, Place.PIPELINE_OPTIONS})


class Reader:
    """Reads the keyword arguments of a decorator, `configure` or `with_options` into `Options`."""

    def __init__(self, place: Place, context: Context) -> None:
        self.place = place
        self.owner = "pipeline" if place in _OF_PIPELINES else "step"
        self.context = context
        self.values: dict[str, Any] = {}
        self.spans: dict[Path, Span] = {}
        self.aside = Aside(context.report)

    def read(self, keywords: dict[str, Value]) -> Options:
        """What keywords say. `merge`, and what concerns a run, are read by whoever calls."""
        known = {setting.name: setting for setting in surface.settings(self.place)}
        for name, value in keywords.items():
            setting = known.get(name)
            if setting is None:
                self._unknown(name, known)
            elif setting.until:
                self._old(setting, value)
            else:
                self._set(name, value, self.context.argument_span(name))
        return Options(self.values, self.spans, tuple(self.aside.problems))

    def _unknown(self, name: str, known: Collection[str]) -> None:
        self.aside.error(
            "ZC0201",
            f"`{self.place.value}` has no argument `{name}`",
            self.context.keyword_span(name),
            label="not an argument",
            helps=self._elsewhere(name) or did_you_mean(name, known),
        )

    def _elsewhere(self, name: str) -> list[str]:
        """Where an argument belongs that is one of another call."""
        places = (
            (Place.PIPELINE, Place.PIPELINE_CONFIGURE, Place.PIPELINE_OPTIONS)
            if self.owner == "pipeline"
            else (Place.STEP, Place.STEP_OPTIONS)
        )
        found = [place.value.rpartition(".")[2] for place in places if name in surface.at(place, old=False)]
        return [f"give it to `{found[0]}({name}=…)`"] if found else []

    def _old(self, setting: surface.Setting, value: Value) -> None:
        """An argument of older releases, put where it belongs now."""
        span = self.context.argument_span(setting.name)
        path = setting.now.split(".")
        if setting.dropped and not setting.now:
            self.context.force(value)
        elif path[0] != "settings":
            self._set(setting.now, value, span)
        elif path[1] == "docker":
            self._old_docker(path[2:], value, span)
        else:
            self._set("settings", {path[1]: value}, span)

    def _old_docker(self, field: list[str], value: Value, span: Span) -> None:
        if not field:
            self._settings({"docker": value}, span)
            return
        docker = self.values.setdefault("settings", {}).setdefault("docker", {})
        docker[field[0]] = value
        self.spans["settings", "docker", field[0]] = span

    def _set(self, name: str, value: Value, span: Span) -> None:
        if self.context.evaluator.work is not None:
            self.context.evaluator.work.is_used(value)
        value = self.context.force(value)
        if value is None:
            return
        if isinstance(value, Symbol):
            value = Unknown(span, f"`{value.path}` is not read")
        if isinstance(value, Unknown):
            self._not_known(name, value, span)
            return
        self.spans[(name,)] = span
        reader = getattr(self, f"_{name}", None)
        if name in surface.FLAGS:
            flag = as_flag(value)
            if flag is None:
                self._bad(name, "True or False", span)
            else:
                self.values[name] = flag
        elif reader is not None:
            reader(value, span)
        else:
            check_below(name, value, self.context, self.aside)
            self.values[name] = value

    def _not_known(self, name: str, value: Unknown, span: Span) -> None:
        """An argument that can't be known: an error where the structure depends on it, else a warning."""
        if value.reported:
            return
        say = self.context.report.error if name == "dynamic" else self.context.report.warning
        say(
            "ZC0305",
            f"`{name}=` of this {self.owner} is not known when compiling",
            span,
            label="" if name == "dynamic" else "ignored",
            notes=value.reason,
            helps="write True or False" if name == "dynamic" else (),
        )

    # the arguments that need more than being kept

    def _settings(self, value: Value, span: Span) -> None:
        settings = self.values.setdefault("settings", {})
        given = {"docker": value} if isinstance(value, Record) and value.kind == "docker" else value
        if not isinstance(given, dict):
            self._bad("settings", "a dictionary of settings by their key", span)
            return
        for key, one in given.items():
            key = self.context.force(key)
            if isinstance(key, str) and check_settings_key(key, self.context.key_span("settings", key), self.aside):
                one = self.context.force(one)
                if isinstance(one, Symbol):
                    one = Unknown(span, f"`{one.path}` is not read")
                if isinstance(one, Unknown):
                    self._not_known("settings", one, self.context.key_span("settings", key))
                    continue
                if not isinstance(one, (dict, Record, Call, Instance, Opaque)):
                    self._bad(f"settings[{key!r}]", "a settings object or a dictionary", span)
                    continue
                if isinstance(one, dict):
                    tables = surface.tables_of_settings(key)
                    check_fields(tables, one, partial(self.context.key_span, "settings", key), self.aside)
                fields, spans = fields_of(one, self.context)
                settings[key] = merge_dicts(settings.get(key, {}), fields)
                self.spans["settings", key] = self.context.key_span("settings", key)
                self.spans.update({("settings", key, name): where for name, where in spans.items()})
                if key != "docker":  # whose places are those of its fields and of their lines
                    found = places(one, partial(self.context.key_span, "settings", key), self.context)
                    self.spans.update({("settings", key, *path): where for path, where in found})

    def _bad(self, name: str, wanted: str, span: Span) -> None:
        self.aside.error("ZC0306", f"`{name}=` takes {wanted}", span)

    def _dictionary(self, name: str, value: Value, span: Span) -> None:
        if isinstance(value, Record):
            self.spans.update({(name, key): where for key, where in value.spans.items()})
            value = value.fields
        elif isinstance(value, dict):
            self.spans.update({(name, key): self.context.key_span(name, key) for key in value if isinstance(key, str)})
        if not isinstance(value, dict):
            self._bad(name, "a dictionary", span)
            return
        check_below(name, value, self.context, self.aside)
        self.values[name] = {self.context.force(k): v for k, v in value.items()}

    def _environment(self, value: Value, span: Span) -> None:
        self._dictionary("environment", value, span)

    def _extra(self, value: Value, span: Span) -> None:
        self._dictionary("extra", value, span)

    def _substitutions(self, value: Value, span: Span) -> None:
        self._dictionary("substitutions", value, span)

    def _parameters(self, value: Value, span: Span) -> None:
        if isinstance(value, Instance) and value.class_.kind == "pydantic":  # of old code: a group of parameters
            value = {name: value.attributes[name] for name in value.class_.fields if name in value.attributes}
        self._dictionary("parameters", value, span)

    def _secrets(self, value: Value, span: Span) -> None:
        self.values["secrets"] = self._texts("secrets", value, "names of secrets", span)

    def _tags(self, value: Value, span: Span) -> None:
        self.values["tags"] = self._texts("tags", value, "texts or `Tag`s", span)

    def _texts(self, name: str, value: Value, wanted: str, span: Span) -> list[str]:
        """A list of texts; what is none is reported, and what is not known is left out with a warning."""
        found = []
        for item in as_list(value, self.context):
            if isinstance(item, Symbol):
                item = Unknown(span, f"`{item.path}` is not read")
            text = Tag.of(item) if name == "tags" else tag_name(item)
            if isinstance(item, Unknown):
                self._not_known(name, item, span)
            elif text:
                found.append(text)
            else:
                self._bad(name, f"a list of {wanted}", span)
                break
        return found

    def _retry(self, value: Value, span: Span) -> None:
        self._dictionary("retry", value, span)

    def _model(self, value: Value, span: Span) -> None:
        if isinstance(value, Record):
            self.values["model"] = dict(value.fields)
            self.spans.update({("model", name): where for name, where in value.spans.items()})
        elif isinstance(value, dict):
            check_below("model", value, self.context, self.aside)
            self.values["model"] = dict(value)
        elif isinstance(value, (Call, Instance)):
            self.values["model"] = dict(getattr(value, "keywords", {}))
        else:
            self._bad("model", "a `Model`", span)

    def _cache_policy(self, value: Value, span: Span) -> None:
        if value == "default":
            self.values["cache_policy"] = {}
        elif isinstance(value, (Record, dict)):
            self._dictionary("cache_policy", value, span)
        else:
            self._bad("cache_policy", 'a `CachePolicy` or "default"', span)

    def _output_materializers(self, value: Value, span: Span) -> None:
        if isinstance(value, dict):
            self.values["output_materializers"] = {
                self.context.force(k): as_list(v, self.context) for k, v in value.items()
            }
            for key in value:
                if isinstance(key, str):
                    self.spans["output_materializers", key] = self.context.key_span("output_materializers", key)
        else:
            self.values["output_materializers"] = {None: as_list(value, self.context)}


def check_below(name: str, value: Value, context: Context, report: Aside | Report) -> None:
    """Report what a dictionary that stands for a record has and the record has not."""
    setting = next((one for one in surface.SETTINGS if one.name == name and one.below in surface.TABLES), None)
    if setting is not None and isinstance(value, dict):
        check_fields([surface.TABLES[setting.below]], value, partial(context.key_span, name), report)


def as_list(value: Value, context: Context) -> list[Value]:
    """A list from one thing or several."""
    value = context.force(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return [context.force(item) for item in value]
    return [] if value is None else [value]


class Tag(str):
    """The name of a tag, and what else a `Tag` says that means something here."""

    cascade: bool
    exclusive: bool
    given: dict[str, Any] | None  # the fields of a `Tag`

    @classmethod
    def of(cls, value: Value) -> Tag:
        """A tag, given as text or as a `Tag`; an empty text of anything else."""
        tag = cls(tag_name(value))
        fields = value.fields if isinstance(value, Record) else {}
        tag.cascade = fields.get("cascade") is True
        tag.exclusive = fields.get("exclusive") is True
        tag.given = _given(fields) if isinstance(value, Record) else None
        return tag


def _given(fields: Mapping[str, Value]) -> dict[str, Any]:
    """What a `Tag` says besides its name, as JSON."""
    color = fields.get("color")
    color = color.value if isinstance(color, EnumMember) else color
    flags = {name: fields[name] for name in ("exclusive", "cascade") if isinstance(fields.get(name), bool)}
    return {**({"color": color} if isinstance(color, str) else {}), **flags}


def tag_name(tag: Value) -> str:
    """The name of a tag, given as text or as a `Tag`."""
    if isinstance(tag, Record):
        tag = tag.fields.get("name")
    return tag if isinstance(tag, str) else ""
