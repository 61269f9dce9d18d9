"""What the keyword arguments of `@step`, `@pipeline`, `configure` and `with_options` say, as options."""

from __future__ import annotations

from typing import Any

from zencompile.diagnostics import did_you_mean
from zencompile.frontend.framework.opaque import Call
from zencompile.frontend.framework.options import FLAGS, HOOKS, Options, Path, as_flag, fields_of, merge_dicts
from zencompile.frontend.framework.problems import Aside
from zencompile.frontend.framework.records import Record
from zencompile.frontend.framework.settings import check_fields, check_settings_key
from zencompile.frontend.values import Context, Instance, Opaque, Symbol, Unknown, Value
from zencompile.source import Span

_COMMON = frozenset(
    {"name", "environment", "secrets", "settings", "extra", "model", "retry", "substitutions", "cache_policy"}
    | {*FLAGS, *HOOKS}
)
STEP_ARGUMENTS = _COMMON | {
    "step_type", "experiment_tracker", "step_operator", "output_materializers", "runtime",
    "heartbeat_healthy_threshold", "group",
}  # fmt: skip
PIPELINE_ARGUMENTS = _COMMON | {
    "dynamic", "depends_on", "enable_heartbeat", "enable_pipeline_logs", "tags", "on_pause", "on_resume", "on_init",
    "on_init_kwargs", "on_cleanup", "execution_mode",
}  # fmt: skip
RUN_ARGUMENTS = frozenset(
    ["run_name", "schedule", "build", "step_configurations", "steps", "config_path", "unlisted", "prevent_build_reuse"]
)
LEGACY_STEP_ARGUMENTS = {
    "custom_step_operator": "step_operator",
    "model_version": "model",
    "model_config": "model",
    "resource_configuration": "resources",
    "required_integrations": None,
    "output_types": None,
}
LEGACY_PIPELINE_ARGUMENTS = {
    "required_integrations": "required_integrations",
    "requirements": "requirements",
    "requirements_file": "requirements",
    "dockerignore_file": "dockerignore",
    "docker_configuration": None,
    "model_version": "model",
    "model_config": "model",
    "version": None,
}


class Reader:
    """Reads the keyword arguments of a decorator, `configure` or `with_options` into `Options`."""

    def __init__(self, owner: str, context: Context) -> None:
        self.owner = owner  # "step" or "pipeline"
        self.context = context
        self.values: dict[str, Any] = {}
        self.spans: dict[Path, Span] = {}
        self.aside = Aside(context.report)

    def read(self, keywords: dict[str, Value], extra: frozenset[str] = frozenset()) -> Options:
        """`extra` are further names that this call takes (`parameters`, `merge`, …), kept as they are."""
        known = (STEP_ARGUMENTS if self.owner == "step" else PIPELINE_ARGUMENTS) | extra
        for name, value in keywords.items():
            if name in known:
                self._set(name, value, self.context.argument_span(name))
            elif not self._legacy(name, value):
                self._unknown(name, known)
        return Options(self.values, self.spans, tuple(self.aside.problems))

    def _unknown(self, name: str, known: frozenset[str]) -> None:
        self.aside.error(
            "ZC0201",
            f"`@{self.owner}` has no argument `{name}`",
            self.context.keyword_span(name),
            label="not an argument",
            helps=[f"give it to `with_options({name}=…)`"]
            if self.owner == "pipeline" and name in RUN_ARGUMENTS
            else did_you_mean(name, known),
        )

    def _legacy(self, name: str, value: Value) -> bool:
        """Arguments of older releases, put where they belong now."""
        table = LEGACY_STEP_ARGUMENTS if self.owner == "step" else LEGACY_PIPELINE_ARGUMENTS
        if name not in table:
            return False
        target = table[name]
        span = self.context.argument_span(name)
        if target == "model":
            self._set("model", value, span)
        elif target == "resources":
            self._set("settings", {"resources": value}, span)
        elif self.owner == "step":
            if target is not None:
                self._set(target, value, span)
        elif target is not None:
            docker = self.values.setdefault("settings", {}).setdefault("docker", {})
            docker[target] = value
            self.spans["settings", "docker", target] = span
        elif isinstance(value, Record) and value.kind == "docker":
            self._settings({"docker": value}, span)
        return True

    def _set(self, name: str, value: Value, span: Span) -> None:
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
        if name in FLAGS:
            flag = as_flag(value)
            if flag is None:
                self._bad(name, "True or False", span)
            else:
                self.values[name] = flag
        elif reader is not None:
            reader(value, span)
        else:
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
                    names = [str(self.context.force(name)) for name in one]
                    check_fields(key, {n: self.context.key_span("settings", key) for n in names}, self.aside)
                fields, spans = fields_of(one, self.context)
                settings[key] = merge_dicts(settings.get(key, {}), fields)
                self.spans["settings", key] = span
                self.spans.update({("settings", key, name): where for name, where in spans.items()})

    def _bad(self, name: str, wanted: str, span: Span) -> None:
        self.aside.error("ZC0306", f"`{name}=` takes {wanted}", span)

    def _dictionary(self, name: str, value: Value, span: Span) -> None:
        if isinstance(value, Record):
            self.spans.update({(name, key): where for key, where in value.spans.items()})
            value = value.fields
        elif isinstance(value, dict):
            self.spans.update({(name, key): self.context.key_span(name, key) for key in value if isinstance(key, str)})
        if isinstance(value, dict):
            self.values[name] = {self.context.force(k): v for k, v in value.items()}
        else:
            self._bad(name, "a dictionary", span)

    def _environment(self, value: Value, span: Span) -> None:
        self._dictionary("environment", value, span)

    def _extra(self, value: Value, span: Span) -> None:
        self._dictionary("extra", value, span)

    def _substitutions(self, value: Value, span: Span) -> None:
        self._dictionary("substitutions", value, span)

    def _parameters(self, value: Value, span: Span) -> None:
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
            text = tag_name(item)
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


def as_list(value: Value, context: Context) -> list[Value]:
    """A list from one thing or several."""
    value = context.force(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return [context.force(item) for item in value]
    return [] if value is None else [value]


def tag_name(tag: Value) -> str:
    """The name of a tag, given as text or as a `Tag`."""
    if isinstance(tag, Record):
        tag = tag.fields.get("name")
    return tag if isinstance(tag, str) else ""
