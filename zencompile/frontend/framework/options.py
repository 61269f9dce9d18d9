"""What decorators, `configure`, `with_options` and run configurations set, in one normal form, and how it merges.

settings                  {key: {field: value}}
environment, extra,       dictionaries
substitutions, parameters
secrets, tags             lists; they concatenate
retry, cache_policy,      {field: value} of explicitly set fields; a retry replaces, a model merges
model
output_materializers      {output: [class, …]}, the key None for all
on_…                      a function, a class, or a dotted path
everything else           the value
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import Any

from zencompile.diagnostics import Report
from zencompile.frontend.framework.opaque import Call
from zencompile.frontend.framework.records import DOCKER, RESOURCES, Record
from zencompile.frontend.values import Context, EnvironmentReference, Instance, Opaque, Symbol, Unknown, Value
from zencompile.source import Span

HOOKS = ("on_start", "on_end", "on_success", "on_failure")
RUN_HOOKS = ("on_init", "on_cleanup")
FLAGS = ("enable_cache", "enable_artifact_metadata", "enable_artifact_visualization", "enable_step_logs")
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
LEGACY_STEP_ARGUMENTS = {"custom_step_operator": "step_operator", "model_version": "model", "output_types": None}
LEGACY_PIPELINE_ARGUMENTS = {
    "required_integrations": "required_integrations",
    "requirements": "requirements",
    "requirements_file": "requirements",
    "dockerignore_file": "dockerignore",
    "docker_configuration": None,
    "model_version": None,
}
_DICTS = frozenset({"settings", "environment", "extra", "substitutions", "parameters", "output_materializers", "model"})
_LISTS = frozenset({"secrets", "tags"})
COMPONENTS = frozenset(
    [
        "orchestrator",
        "step_operator",
        "experiment_tracker",
        "artifact_store",
        "container_registry",
        "image_builder",
        "model_deployer",
        "model_registry",
        "alerter",
        "annotator",
        "data_validator",
        "feature_store",
        "log_store",
        "deployer",
        "sandbox",
    ]
)

Path = tuple[str, ...]


@dataclass
class Options:
    """Configuration as it was written, and where. Never changed once it is shared: merging makes a new one."""

    values: dict[str, Any] = field(default_factory=dict)
    spans: dict[Path, Span] = field(default_factory=dict)

    def get(self, key: str) -> Any:
        return self.values.get(key)

    def span(self, *path: str) -> Span | None:
        while path:
            if path in self.spans:
                return self.spans[path]
            path = path[:-1]
        return None

    def merged(self, over: Options, merge: bool = True) -> Options:
        """These options with `over` on top: dictionaries merge key by key, lists of secrets and tags concatenate."""
        if not over.values:
            return self
        if not self.values:
            return over
        values = dict(self.values)
        for key, value in over.values.items():
            if merge and key in values and key in _DICTS:
                values[key] = merge_dicts(values[key], value)
            elif merge and key in values and key in _LISTS:
                values[key] = [*values[key], *value]
            else:
                values[key] = value
        return Options(values, {**self.spans, **over.spans})


EMPTY = Options()


def merge_dicts(base: Any, over: Any) -> Any:
    """`over` on top of `base`, recursively; anything that is no dictionary is replaced."""
    if not isinstance(base, dict) or not isinstance(over, dict):
        return over
    result = dict(base)
    for key, value in over.items():
        result[key] = merge_dicts(result[key], value) if key in result else value
    return result


class Reader:
    """Reads the keyword arguments of a decorator, `configure` or `with_options` into `Options`."""

    def __init__(self, owner: str, context: Context) -> None:
        self.owner = owner  # "step" or "pipeline"
        self.context = context
        self.values: dict[str, Any] = {}
        self.spans: dict[Path, Span] = {}

    def read(self, keywords: dict[str, Value], extra: frozenset[str] = frozenset()) -> Options:
        """`extra` are further names that this call takes (`parameters`, `merge`, …), kept as they are."""
        known = (STEP_ARGUMENTS if self.owner == "step" else PIPELINE_ARGUMENTS) | extra
        for name, value in keywords.items():
            if name in known:
                self._set(name, value, self.context.argument_span(name))
            elif not self._legacy(name, value):
                self._unknown(name, known)
        return Options(self.values, self.spans)

    def _unknown(self, name: str, known: frozenset[str]) -> None:
        self.context.report.error(
            "ZC0201",
            f"`@{self.owner}` has no argument `{name}`",
            self.context.keyword_span(name),
            label="not an argument",
            helps=[f"give it to `with_options({name}=…)`"]
            if self.owner == "pipeline" and name in RUN_ARGUMENTS
            else [f"did you mean `{match}`?" for match in difflib.get_close_matches(name, known, 1)],
        )

    def _legacy(self, name: str, value: Value) -> bool:
        """Arguments of older releases, put where they belong now."""
        table = LEGACY_STEP_ARGUMENTS if self.owner == "step" else LEGACY_PIPELINE_ARGUMENTS
        if name not in table:
            return False
        target = table[name]
        span = self.context.argument_span(name)
        if name == "model_version":
            self._set("model", value, span)
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
            if isinstance(key, str) and check_settings_key(
                key, self.context.key_span("settings", key), self.context.report
            ):
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
                    check_fields(key, {n: self.context.key_span("settings", key) for n in names}, self.context.report)
                fields, spans = fields_of(one, self.context)
                settings[key] = merge_dicts(settings.get(key, {}), fields)
                self.spans["settings", key] = span
                self.spans.update({("settings", key, name): where for name, where in spans.items()})

    def _bad(self, name: str, wanted: str, span: Span) -> None:
        self.context.report.error("ZC0306", f"`{name}=` takes {wanted}", span)

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


_TRUE, _FALSE = ("1", "on", "t", "true", "y", "yes"), ("0", "off", "f", "false", "n", "no")


def as_flag(value: Value) -> bool | None:
    """A switch, from what the framework takes for one; None for anything else."""
    if isinstance(value, (bool, int)) and value in (0, 1):
        return bool(value)
    text = value.lower() if isinstance(value, str) else ""
    return True if text in _TRUE else False if text in _FALSE else None


def check_fields(key: str, places: dict[str, Span | None], report: Report) -> None:
    """Report fields that Docker's or resources' settings, given as a mapping, do not have."""
    class_ = {"docker": DOCKER, "resources": RESOURCES}.get(key)
    for name, span in places.items() if class_ is not None else ():
        if class_ is not None and name not in class_.defaults:
            class_.unknown_field(name, span, report)


def check_settings_key(key: str, span: Span | None, report: Report) -> bool:
    """Whether a key of `settings=` can be meant; reports it otherwise."""
    if is_settings_key(key):
        return True
    known = ["docker", "resources", "deployment", *sorted(COMPONENTS)]
    head, separator, rest = key.replace(":", ".").partition(".")
    report.error(
        "ZC0307",
        f"`{key}` is no settings key",
        span,
        notes="keys are `docker`, `resources`, or a stack component such as `orchestrator` or `orchestrator.airflow`",
        helps=[f"did you mean `{match}{separator}{rest}`?" for match in difflib.get_close_matches(head, known, 1)],
    )
    return False


def is_settings_key(key: str) -> bool:
    """`docker`, `resources`, `deployment`, a stack component, or a component with a flavour or a name."""
    head = key.replace(":", ".").partition(".")[0]
    return key in ("docker", "resources", "deployment") or head in COMPONENTS


def fields_of(value: Value, context: Context) -> tuple[dict[str, Value], dict[str, Span]]:
    """The explicitly set fields of a settings object or dictionary, with their places where they are known."""
    value = context.force(value)
    if isinstance(value, Record):
        return {k: _nested(v) for k, v in value.fields.items()}, dict(value.spans)
    if isinstance(value, Call):
        return {k: _nested(v) for k, v in value.keywords.items()}, {}
    if isinstance(value, Instance):
        return {k: _nested(v) for k, v in (value.keywords or value.attributes).items()}, {}
    if isinstance(value, dict):
        return {str(context.force(k)): _nested(v) for k, v in value.items()}, {}
    return {}, {}


def _nested(value: Value) -> Value:
    """Records inside settings (pod settings, build options) as dictionaries."""
    if isinstance(value, Record):
        return {k: _nested(v) for k, v in value.fields.items()}
    if isinstance(value, Call):
        return {k: _nested(v) for k, v in value.keywords.items()}
    if isinstance(value, dict):
        return {k: _nested(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_nested(v) for v in value]
    return value


def from_run_configuration(values: dict[str, Any], spans: dict[Path, Span], prefix: Path, owner: str) -> Options:
    """A section of a run configuration (all of it, or one step's) as options."""
    result: dict[str, Any] = {}
    places: dict[Path, Span] = {}
    for key, value in values.items():
        name = _YAML_NAMES[owner].get(key, key)
        if value is None or name is None:
            continue
        for path, span in spans.items():
            if path[: len(prefix) + 1] == (*prefix, key):
                place = (name, *path[len(prefix) + 1 :])
                places[place] = span
        if key == "outputs" and isinstance(value, dict):
            result["output_materializers"] = _yaml_materializers(value)
        elif name == "output_materializers":
            listed = value if isinstance(value, dict) else {None: value}
            result[name] = {k: v if isinstance(v, list) else [v] for k, v in listed.items()}
        elif name in ("secrets", "tags"):
            result[name] = [str(v) for v in (value if isinstance(value, list) else [value])]
        elif name == "settings" and isinstance(value, dict):
            result[name] = {str(k): dict(v) for k, v in value.items() if isinstance(v, dict)}
        elif name in _DICTS and not isinstance(value, dict):
            continue
        elif name in FLAGS:
            result[name] = as_flag(value)
        else:
            result[name] = value
    return Options(result, places)


def _yaml_materializers(outputs: dict[str, Any]) -> dict[str, list[Any]]:
    found = {}
    for output, config in outputs.items():
        source = config.get("materializer_source") if isinstance(config, dict) else None
        if source:
            found[output] = source if isinstance(source, list) else [source]
    return found


_STEP_YAML: dict[str, str | None] = {f"{event}_hook_source": f"on_{event}" for event in
                                     ("failure", "success", "start", "end")}  # fmt: skip
_STEP_YAML["materializers"] = "output_materializers"
_PIPELINE_YAML: dict[str, str | None] = {
    **{f"{event}_hook_source": None for event in ("failure", "success", "start", "end", "pause", "resume")},
    "init_hook_source": "on_init",
    "init_hook_kwargs": "on_init_kwargs",
    "cleanup_hook_source": "on_cleanup",
    "steps": None,
    "name": None,
}
_YAML_NAMES = {"step": {**_STEP_YAML, "name": None}, "pipeline": _PIPELINE_YAML}


def mentions_environment(value: Value) -> bool:
    """Whether a value is a reference to the environment."""
    return isinstance(value, EnvironmentReference)
