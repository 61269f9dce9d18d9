"""The framework's small classes as data: settings, schedules, retries, models, tags.

A record holds exactly the fields that were written, each with its place: settings merge by explicitly set field.
"""

from __future__ import annotations

from typing import Any

from zencompile.diagnostics import Report
from zencompile.frontend.framework.problems import Aside
from zencompile.frontend.values import MISSING, Class, Context, NativeFunction, NativeObject, Unknown, Value
from zencompile.source import Span


class Record(NativeObject):
    """An object of a `RecordClass`."""

    __slots__ = ("class_", "fields", "span", "spans")

    def __init__(self, class_: RecordClass, fields: dict[str, Value], spans: dict[str, Span], span: Span) -> None:
        self.class_ = class_
        self.fields = fields
        self.spans = spans
        self.span = span

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
            return self.class_.defaults[name]
        method = _METHODS.get(name)
        if method is not None:
            return NativeFunction(name, lambda a, k, c: method(self, a, k, c))
        if self.class_.open or self.kind == "model":
            return context.unknown(f"`{self.class_.name}.{name}` is known only to a server or when running")
        raise context.raise_(AttributeError(f"'{self.class_.name}' object has no attribute '{name}'"))

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
    """A class of records.

    `kind` says what the framework does with its objects; `defaults` are the fields that it has; an *open* class takes
    any (an integration's, which is not read). `positional` are fields that old code passed by position.
    """

    type_name = "class"
    __slots__ = ("defaults", "kind", "name", "open", "path", "positional", "renamed")

    def __init__(
        self,
        path: str,
        kind: str,
        defaults: dict[str, Value],
        open: bool = False,
        positional: tuple[str, ...] = (),
        renamed: dict[str, str] | None = None,
    ) -> None:
        self.path = path
        self.name = path.rpartition(".")[2]
        self.kind = kind
        self.defaults = defaults
        self.open = open
        self.positional = positional
        self.renamed = renamed or {}

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        if len(arguments) > len(self.positional) and not self.open:
            message = f"{self.name} takes keyword arguments only ({len(arguments)} positional given)"
            raise context.raise_(TypeError(message))
        fields: dict[str, Value] = dict(zip(self.positional, arguments, strict=False))
        spans = {name: context.argument_span(index) for index, name in enumerate(fields)}
        for name, value in keywords.items():
            known = self.renamed.get(name, name)
            if known not in self.defaults and not self.open:
                self.unknown_field(name, context.keyword_span(name), context.report)
                continue
            fields[known] = value
            spans[known] = context.argument_span(name)
            if known in _BY_LINE:
                spans.update((f"{known}[{i}]", span) for i, span in enumerate(context.element_spans(name)))
        return Record(self, fields, spans, context.span)

    def _near(self, name: str) -> list[str]:
        from difflib import get_close_matches

        near = get_close_matches(name, self.defaults, 1)
        return near or [known for known in self.defaults if known.startswith(name)][:1]

    def unknown_field(self, name: str, span: Span | None, report: Report | Aside) -> None:
        """Report a field that this class does not have."""
        report.warning(
            "ZC0304",
            f"`{self.name}` has no field `{name}`",
            span,
            label="has no effect",
            helps=[f"did you mean `{match}`?" for match in self._near(name)],
        )

    def get_attribute(self, name: str, context: Context) -> Value:
        if name in ("__name__", "__qualname__"):
            return self.name
        if name in ("model_validate", "parse_obj", "from_dict"):
            return NativeFunction(name, lambda a, k, c: self.call([], dict(c.force(a[0])), c))
        if self.open:
            return context.unknown(f"`{self.path}` is not read")
        raise context.raise_(AttributeError(f"type object '{self.name}' has no attribute '{name}'"))

    def subclass(self, class_: Class, context: Context) -> Value:
        """A subclass is taken for the class itself: what it adds is for the running program."""
        return RecordClass(self.path, self.kind, self.defaults, open=True)


def _none(names: str) -> dict[str, Value]:
    return dict.fromkeys(names.split())


DOCKER = RecordClass(
    "zenml.config.DockerSettings",
    "docker",
    {
        **_none(
            """parent_image image_tag dockerfile build_context_root parent_image_build_config build_config
            target_repository python_package_installer_cache_mount replicate_local_python_environment pyproject_path
            pyproject_export_command requirements local_project_install_command user copy_files copy_global_config
            source_files required_hub_plugins build_options dockerignore"""
        ),
        "skip_build": False,
        "prevent_build_reuse": False,
        "python_package_installer": "uv",
        "python_package_installer_args": {},
        "disable_automatic_requirements_detection": True,
        "required_integrations": [],
        "install_stack_requirements": True,
        "install_deployment_requirements": True,
        "apt_packages": [],
        "environment": {},
        "runtime_environment": {},
        "allow_including_files_in_images": True,
        "allow_download_from_code_repository": True,
        "allow_download_from_artifact_store": True,
    },
)
RESOURCES = RecordClass(
    "zenml.config.ResourceSettings",
    "resources",
    _none(
        """cpu_count gpu_count gpu_class memory resources reclaim_tolerance preemptible allocation_wait_timeout_seconds
        initialization_lease_seconds min_replicas max_replicas autoscaling_metric autoscaling_target max_concurrency"""
    ),
)
SCHEDULE = RecordClass(
    "zenml.config.schedule.Schedule",
    "schedule",
    {
        **_none("name cron_expression start_time end_time interval_second run_once_start_time timezone"),
        "catchup": False,
    },
)
RETRY = RecordClass("zenml.config.retry_config.StepRetryConfig", "retry", {"max_retries": 1, "delay": 0, "backoff": 0})
CACHE_POLICY = RecordClass(
    "zenml.config.cache_policy.CachePolicy",
    "cache_policy",
    {
        "include_step_code": True,
        "include_step_parameters": True,
        "include_artifact_values": True,
        "include_artifact_ids": True,
        **_none("ignored_inputs file_dependencies source_dependencies cache_func expires_after"),
    },
)
MODEL = RecordClass(
    "zenml.model.model.Model",
    "model",
    {
        **_none(
            """name version license description audience use_cases limitations trade_offs ethics tags
            suppress_class_validation_warnings was_created_in_this_run model_version_id create_new_model_version
            delete_new_version_on_failure"""
        ),
        "save_models_to_registry": True,
    },
)
ARTIFACT_CONFIG = RecordClass(
    "zenml.artifacts.artifact_config.ArtifactConfig",
    "artifact_config",
    _none(
        """name version tags run_metadata artifact_type is_model_artifact is_deployment_artifact model_name
        model_version overwrite"""
    ),
)
EXTERNAL = RecordClass(
    "zenml.artifacts.external_artifact.ExternalArtifact",
    "external",
    {
        **_none("value id name version model materializer model_name model_version model_artifact_name pipeline_name"),
        "store_artifact_metadata": True,
        "store_artifact_visualizations": True,
    },
    positional=("value",),
)
TAG = RecordClass(
    "zenml.utils.tag_utils.Tag",
    "tag",
    {**_none("name color"), "exclusive": False, "cascade": False, "hierarchical": False},
    positional=("name",),
)
GROUP = RecordClass("zenml.config.step_configurations.GroupInfo", "group", _none("id name type"))
BUILD_CONFIG = RecordClass(
    "zenml.config.docker_settings.DockerBuildConfig", "build", _none("build_options dockerignore")
)
BUILD_OPTIONS = RecordClass(
    "zenml.config.docker_settings.DockerBuildOptions",
    "build_options",
    _none("pull rm no_cache shm_size labels build_args cache_from"),
    open=True,
    renamed={"buildargs": "build_args", "cachefrom": "cache_from", "nocache": "no_cache", "shmsize": "shm_size"},
)
DEPLOYMENT = RecordClass("zenml.config.DeploymentSettings", "deployment", {}, open=True)


def component_settings(path: str) -> RecordClass:
    """A settings class of an integration: any keyword is a field."""
    return RecordClass(path, "component", {}, open=True)
