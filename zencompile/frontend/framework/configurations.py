"""What `step.configuration` and `pipeline.configuration` answer: what decorators and `configure` said."""

from __future__ import annotations

from typing import Any

from zencompile.frontend import surface
from zencompile.frontend.framework.attributes import without_model
from zencompile.frontend.framework.options import Options
from zencompile.frontend.framework.records import Record, RecordClass, component_settings
from zencompile.frontend.values import Context, EnumMember, NativeObject, Symbol, Unknown, Value

_RECORDS = {name: RecordClass(surface.TABLES[name]) for name in ("model", "retry", "cache_policy")}
_SETTINGS = component_settings("zenml.config.base_settings.BaseSettings")
_EMPTY: dict[str, type] = {
    "settings": dict,
    "environment": dict,
    "extra": dict,
    "substitutions": dict,
    "secrets": list,
    "tags": list,
}
_FLAGS = ("enable_cache", "enable_artifact_metadata", "enable_artifact_visualization", "enable_step_logs")
_OF_STEPS: dict[str, Value] = {
    **dict.fromkeys((*_FLAGS, "step_operator", "experiment_tracker", "runtime", "group", "step_type", "template")),
    "heartbeat_healthy_threshold": 30,
}
_OF_PIPELINES: dict[str, Value] = dict.fromkeys(
    (*_FLAGS, "enable_heartbeat", "enable_pipeline_logs", "init_hook_kwargs")
)
_AS_WRITTEN = frozenset({*_FLAGS, "enable_heartbeat", "enable_pipeline_logs", "step_operator", "experiment_tracker"})
"""Of these the framework keeps the very value that was written."""


class Configuration(NativeObject):
    """The configuration of a step or pipeline, as it is now. It can't be changed by itself."""

    __slots__ = ("class_name", "name", "options", "parameters", "plain")

    def __init__(self, options: Options, name: str, parameters: Value, of_step: bool) -> None:
        self.options = options
        self.name = name
        self.parameters = parameters
        self.class_name = "PartialStepConfiguration" if of_step else "PipelineConfiguration"
        self.plain = _OF_STEPS if of_step else _OF_PIPELINES

    @property
    def type_name(self) -> str:  # type: ignore[override]
        return self.class_name

    def get_attribute(self, name: str, context: Context) -> Value:
        if name == "name":
            return self.name
        if name == "parameters":
            return self.parameters
        if name in _RECORDS:
            return self._record(name, context)
        if name == "tags" and self.class_name == "PipelineConfiguration":
            return [str(one) for one in self.options.values.get(name) or ()] or None
        if name in _EMPTY and name != "tags":
            return self._container(name, context)
        if name.endswith("_hook_source"):
            return self._hook(name, context)
        if name in self.plain:
            return self._plain(name, context)
        return without_model(self.class_name, self.class_name, name, context)

    def _plain(self, name: str, context: Context) -> Value:
        if name not in self.options.values:
            return self.plain[name]
        value = self.options.values[name]
        if name in _AS_WRITTEN or isinstance(value, EnumMember):
            return value
        return context.unknown(f"what the framework makes of `{name}={value!r}`")

    def _record(self, name: str, context: Context) -> Value:
        fields = self.options.values.get(name)
        if fields is None:
            of_step = self.class_name == "PartialStepConfiguration"
            return (
                Record(_RECORDS["cache_policy"], {}, {}, context.span) if of_step and name == "cache_policy" else None
            )
        if not isinstance(fields, dict):
            return context.unknown(f"what the framework makes of `{name}=`")
        return Record(_RECORDS[name], dict(fields), {}, context.span)

    def _container(self, name: str, context: Context) -> Value:
        value = self.options.values.get(name)
        if name != "settings":
            return _EMPTY[name](value or ())
        sections: dict[str, Any] = value or {}
        return {key: Record(_SETTINGS, dict(one), {}, context.span) for key, one in sections.items()}

    def _hook(self, name: str, context: Context) -> Value:
        event = f"on_{name.removesuffix('_hook_source')}"
        if event in (*surface.HOOKS, *surface.RUN_HOOKS) and event not in self.options.values:
            return None
        return without_model(self.class_name, self.class_name, name, context)

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        error = ValueError(f"1 validation error for {self.class_name}: `{name}`: instance is frozen")
        raise context.raise_(error, ["use `configure(…)` or `with_options(…)`"])

    def text(self, context: Context) -> str | Unknown:
        return context.unknown(f"the text of a `{self.class_name}`")

    def is_instance_of(self, class_: Value) -> bool | None:
        path = class_.path if isinstance(class_, Symbol) else ""
        return True if path.rpartition(".")[2] == self.class_name else None
