"""What of the framework means something here, in one table: settings, the fields below them, and names.

Whoever reads an argument of a decorator, of `configure` or `with_options`, or a key of a run configuration, asks this
table what there is, what of it reaches the IR, and what has no effect and why. So does whoever tells a misspelt name,
and the page `docs/surface.md` is made of it. A new setting, field, class of data, text enum or function without a value
is one row here; only a name that *does* something of its own while a pipeline is evaluated needs code besides.

Rows without `until` are held against ZenML 0.98 by running it. Rows with `until` belong to older releases; what they
say comes from those releases' documentation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Any, Literal, NamedTuple


class Place(Enum):
    """Where a setting can be written."""

    STEP = "@step"
    STEP_CONFIGURE = "step.configure"
    STEP_OPTIONS = "step.with_options"
    STEP_YAML = "steps.<id>"
    PIPELINE = "@pipeline"
    PIPELINE_CONFIGURE = "pipeline.configure"
    PIPELINE_OPTIONS = "pipeline.with_options"
    YAML = "run configuration"


Form = Literal["value", "flag", "mapping", "texts", "hook"]
"""What a setting takes, as far as reading it is concerned: "texts" is a list of them."""


class Field(NamedTuple):
    """A field of the framework's data, or a setting.

    `into` says where in the IR it goes, `dropped` why it has no effect; a row has one of them. `below` names the table
    of the fields that its value has. `now` is what says the same since `until`, the last release that had it. `noted`
    is what a user may count on, so that a note says that it has no effect. `takes` annotates the values that it takes;
    those of fields whose values are looked at where they are used are not told here.
    """

    name: str
    into: str = ""
    dropped: str = ""
    default: Any = None
    below: str = ""
    until: str = ""
    now: str = ""
    noted: bool = False
    takes: Any = Any


class Setting(NamedTuple):
    """A setting of a step, a pipeline or a run: a field, and where it is written.

    `yaml` are its names in a run configuration, where those differ. One that `merges` is joined with what another place
    says: mappings key by key, lists one after the other. `of_run` is of one call of the pipeline, not of the pipeline.
    """

    name: str
    into: str = ""
    dropped: str = ""
    below: str = ""
    until: str = ""
    now: str = ""
    noted: bool = False
    form: Form = "value"
    on: frozenset[Place] = frozenset()
    yaml: tuple[str, ...] = ()
    merges: bool = False
    of_run: bool = False


class Table(NamedTuple):
    """The fields of a class of the framework, or of a mapping that stands for one.

    `kind` says what is done with its objects; an *open* one keeps fields that it doesn't know. `positional` are fields
    that are passed by position, `renamed` other spellings of fields. `besides` are fields of an open one
    that its class doesn't name, and that have an effect.
    """

    kind: str
    path: str
    fields: tuple[Field, ...]
    open: bool = False
    positional: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    besides: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The class's name."""
        return self.path.rpartition(".")[2]

    def field(self, name: str) -> Field | None:
        """The row of this name."""
        return next((field for field in self.fields if field.name == name), None)


Kind = Literal["model", "data", "enum", "effect", "inert", "named", "gone"]
"""How a name is evaluated: by code of its own, as data, as texts, as a function that gives None, as one that gives an
object of which nothing matters when compiling, as a name that is known by its path alone, or not at all, as no release
that is read has it any more."""


class Name(NamedTuple):
    """A name of the framework. `table` are the fields of data, `members` those of an enum with their texts."""

    name: str
    kind: Kind
    into: str = ""
    table: str = ""
    members: tuple[tuple[str, str], ...] = ()
    until: str = ""


def _dropped(why: str, names: str, takes: Any = Any) -> Iterator[Field]:
    for name in names.split():
        yield Field(name, dropped=why, takes=takes)


def _old(until: str, why: str, names: str) -> Iterator[Field]:
    for name in names.split():
        yield Field(name, dropped=why, until=until)


# settings -------------------------------------------------------------------------------------------------------------

_STEP = frozenset({Place.STEP, Place.STEP_CONFIGURE, Place.STEP_OPTIONS, Place.STEP_YAML})
_STEP_CALLS = _STEP - {Place.STEP_YAML}
_PIPELINE = frozenset({Place.PIPELINE, Place.PIPELINE_CONFIGURE, Place.PIPELINE_OPTIONS, Place.YAML})
_PIPELINE_CALLS = _PIPELINE - {Place.YAML}
_BOTH = _STEP | _PIPELINE
_RUN = frozenset({Place.PIPELINE_OPTIONS, Place.YAML})
_CALL_OF_RUN = frozenset({Place.PIPELINE_OPTIONS})
_DECORATORS = frozenset({Place.STEP, Place.PIPELINE})
_STACK = "belong to a stack, which a compiled pipeline does not have"
_NO_COUNTERPART = "has no counterpart in the targets"
_SERVER = "is for a server"


def _hook(event: str, into: str = "Invocation.hooks", on: frozenset[Place] = _BOTH) -> Setting:
    return Setting(f"on_{event}", into, form="hook", on=on, yaml=(f"{event}_hook_source",))


SETTINGS = (
    Setting("name", "Step.name, Pipeline.name", on=_DECORATORS),
    Setting("dynamic", "Pipeline.dynamic", on=frozenset({Place.PIPELINE})),
    Setting("enable_cache", "Invocation.cache.enabled", form="flag", on=_BOTH),
    Setting("enable_artifact_metadata", "Invocation.artifact_metadata", form="flag", on=_BOTH),
    Setting(
        "enable_artifact_visualization",
        "Invocation.artifact_visualization",
        form="flag",
        on=_BOTH - {Place.PIPELINE},
    ),
    Setting("enable_step_logs", dropped=_NO_COUNTERPART, form="flag", on=_BOTH),
    Setting("enable_pipeline_logs", dropped=_NO_COUNTERPART, on=_PIPELINE),
    Setting("enable_heartbeat", dropped=_NO_COUNTERPART, on=_PIPELINE),
    Setting("heartbeat_healthy_threshold", dropped=_NO_COUNTERPART, on=_STEP),
    Setting("step_type", dropped=_NO_COUNTERPART, on=frozenset({Place.STEP})),
    Setting("runtime", dropped=_NO_COUNTERPART, on=_STEP),
    Setting("experiment_tracker", dropped=f"experiment trackers {_STACK}", noted=True, on=_STEP),
    Setting("step_operator", dropped=f"step operators {_STACK}", noted=True, on=_STEP),
    Setting("parameters", "Invocation.inputs, Pipeline.parameters", form="mapping", merges=True,
            on=_BOTH - _DECORATORS),
    Setting("output_materializers", "Invocation.materializers", form="mapping", merges=True, on=_STEP_CALLS),
    Setting("outputs", "Invocation.materializers", form="mapping", below="outputs.*",
            on=frozenset({Place.STEP_YAML})),
    Setting("environment", "Invocation.variables", form="mapping", merges=True, on=_BOTH),
    Setting("secrets", "Invocation.secrets", form="texts", merges=True, on=_BOTH),
    Setting("settings", "Invocation.settings, Environment, Resources", form="mapping", merges=True, below="settings.*",
            on=_BOTH),
    Setting("extra", "Invocation.extra", form="mapping", merges=True, on=_BOTH),
    Setting("tags", "Pipeline.tags", form="texts", merges=True, on=_PIPELINE),
    Setting("model", "Invocation.model", form="mapping", merges=True, below="model", on=_BOTH),
    Setting("retry", "Invocation.retry", form="mapping", below="retry", on=_BOTH),
    Setting("substitutions", "Invocation.substitutions", form="mapping", merges=True, on=_BOTH),
    Setting("cache_policy", "Invocation.cache", below="cache_policy", on=_BOTH),
    Setting("group", "Invocation.group", below="group", on=_STEP),
    Setting("execution_mode", "Pipeline.execution_mode", on=_PIPELINE),
    Setting("depends_on", dropped="images are made for the steps that a pipeline calls",
            on=frozenset({Place.PIPELINE})),
    _hook("start"),
    _hook("end"),
    _hook("success"),
    _hook("failure"),
    _hook("init", "Pipeline.hooks", _PIPELINE),
    Setting("on_init_kwargs", "Pipeline.hooks", on=_PIPELINE, yaml=("init_hook_kwargs",)),
    _hook("cleanup", "Pipeline.hooks", _PIPELINE),
    Setting("on_pause", dropped="a compiled pipeline doesn't pause", on=_PIPELINE, yaml=("pause_hook_source",)),
    Setting("on_resume", dropped="a compiled pipeline doesn't pause", on=_PIPELINE, yaml=("resume_hook_source",)),
    Setting("merge", "(how to read the others)",
            on=frozenset({Place.STEP_CONFIGURE, Place.STEP_OPTIONS, Place.PIPELINE_CONFIGURE, Place.PIPELINE_OPTIONS})),
    # of one run
    Setting("run_name", "Pipeline.run_name", on=_RUN, of_run=True),
    Setting("schedule", "Pipeline.schedule", form="mapping", below="schedule", on=_RUN, of_run=True),
    Setting("steps", "Invocation", form="mapping", below="steps.*", on=_RUN, of_run=True),
    Setting("step_configurations", "Invocation", form="mapping", below="steps.*", on=_CALL_OF_RUN, of_run=True),
    Setting("config_path", "(the run configuration)", on=_CALL_OF_RUN, of_run=True),
    Setting("build", dropped="builds belong to a server; `zencompile build` makes the images", on=_RUN, of_run=True),
    Setting("unlisted", dropped=_SERVER, on=_CALL_OF_RUN, of_run=True),
    Setting("prevent_build_reuse", dropped="images are named by what is in them", on=_CALL_OF_RUN, of_run=True),
    # of older releases
    Setting("custom_step_operator", dropped=f"step operators {_STACK}", until="0.20", now="step_operator",
            on=frozenset({Place.STEP})),
    Setting("model_version", "Invocation.model", until="0.55", now="model", on=_DECORATORS),
    Setting("model_config", "Invocation.model", until="0.45", now="model", on=_DECORATORS),
    Setting("resource_configuration", "Invocation.resources", until="0.13", now="settings.resources",
            on=frozenset({Place.STEP})),
    Setting("output_types", dropped="annotations tell", until="0.13", on=frozenset({Place.STEP})),
    Setting("required_integrations", "Environment.requirements", until="0.39",
            now="settings.docker.required_integrations", on=_DECORATORS),
    Setting("requirements", "Environment.requirements", until="0.39", now="settings.docker.requirements",
            on=frozenset({Place.PIPELINE})),
    Setting("requirements_file", "Environment.requirements", until="0.13", now="settings.docker.requirements",
            on=frozenset({Place.PIPELINE})),
    Setting("dockerignore_file", "Environment.dockerignore", until="0.20", now="settings.docker.dockerignore",
            on=frozenset({Place.PIPELINE})),
    Setting("docker_configuration", "Environment", until="0.20", now="settings.docker", on=frozenset({Place.PIPELINE})),
    Setting("version", dropped=_SERVER, until="0.60", on=frozenset({Place.PIPELINE})),
    Setting("materializers", "Invocation.materializers", form="mapping", until="0.39", now="outputs",
            on=frozenset({Place.STEP_YAML})),
)  # fmt: skip


def settings(place: Place) -> tuple[Setting, ...]:
    """What can be written at a place, in the order of the table."""
    return tuple(setting for setting in SETTINGS if place in setting.on)


def at(place: Place, *, old: bool | None = None) -> frozenset[str]:
    """The names of what can be written at a place: all, or only that of older releases, or only that of now."""
    found: set[str] = set()
    for setting in settings(place):
        if old is None or old is bool(setting.until):
            found.add(setting.name)
            if place in (Place.YAML, Place.STEP_YAML):
                found.update(setting.yaml)
    return frozenset(found)


def named(condition: Iterable[Setting]) -> frozenset[str]:
    """The names of settings."""
    return frozenset(setting.name for setting in condition)


FLAGS = tuple(setting.name for setting in SETTINGS if setting.form == "flag")
HOOKS = tuple(setting.name for setting in SETTINGS if setting.form == "hook" and Place.STEP in setting.on)
RUN_HOOKS = tuple(setting.name for setting in SETTINGS if setting.form == "hook" and Place.STEP not in setting.on)
OF_RUN = named(setting for setting in SETTINGS if setting.of_run)
MERGED_MAPPINGS = named(setting for setting in SETTINGS if setting.merges and setting.form == "mapping")
MERGED_TEXTS = named(setting for setting in SETTINGS if setting.merges and setting.form == "texts")
MAPPINGS = named(
    setting for setting in SETTINGS if setting.form == "mapping" and setting.name != "output_materializers"
)
YAML_NAMES = {key: setting.name for setting in SETTINGS for key in setting.yaml}
"""The names of settings in a run configuration that differ from those in Python."""

WITHOUT_EFFECT_IN_YAML = {f"{event}_hook_source": f"on_{event}" for event in ("start", "end", "success", "failure")}
"""At the top of a run configuration: ZenML takes these names and forgets them, and what it reads there."""

# fields ---------------------------------------------------------------------------------------------------------------

_TEXT = str | None
_TEXTS = list[str]
_MAYBE_TEXTS = list[str] | None
_MAPPING = dict[str, Any]
_SOURCE_FILES = Literal["include", "download", "download_or_include", "ignore", None]
_MAYBE_FLAG = bool | None
_AT_RUN_TIME = "code and stores are the image's and the target's"
_POOLS = "pools of resources belong to a server"
_SERVING = "serving belongs to a deployment, which a compiled pipeline is not"
_TEXTS_ABOUT = "tells about a model on a server"
_LOCAL = "is for ZenML's own client"
_CLUSTER = "is for ZenML's own pod, which a compiled pipeline does not have"

TABLES = {
    table.kind: table
    for table in (
        Table("docker", "zenml.config.DockerSettings", (
            Field("parent_image", "Environment.parent_image", takes=_TEXT),
            Field("image_tag", "Environment.tag", takes=_TEXT),
            Field("dockerfile", "Environment.dockerfile", takes=_TEXT),
            Field("build_context_root", "Environment.build_context", takes=_TEXT),
            Field("parent_image_build_config", "Environment.build", below="build"),
            Field("skip_build", "Environment.skip_build", default=False, takes=bool),
            Field("prevent_build_reuse", dropped="images are named by what is in them", default=False, noted=True,
                  takes=bool),
            Field("target_repository", "Environment.repository", takes=_TEXT),
            Field("python_package_installer", "Environment.installer", default="uv", takes=Literal["pip", "uv"]),
            Field("python_package_installer_args", "Environment.installer_arguments", default={}, takes=_MAPPING),
            Field("python_package_installer_cache_mount", dropped="the installer's own cache is mounted", noted=True,
                  takes=_TEXT),
            Field("disable_automatic_requirements_detection", "Environment.requirements", default=True, takes=bool),
            Field("replicate_local_python_environment", dropped="the compiling machine's environment is never read"),
            Field("pyproject_path", "Environment.requirements", takes=_TEXT),
            Field("pyproject_export_command", dropped="compiling runs no command", noted=True,
                  takes=_MAYBE_TEXTS),
            Field("requirements", "Environment.requirements", takes=str | list[str] | None),
            Field("required_integrations", "Environment.requirements", default=[], takes=_TEXTS),
            Field("install_stack_requirements", dropped=f"components {_STACK}", default=True, takes=bool),
            Field("install_deployment_requirements", dropped=_SERVING, default=True, takes=bool),
            Field("local_project_install_command", "Environment.project_install", takes=_TEXT),
            Field("apt_packages", "Environment.apt_packages", default=[], takes=_TEXTS),
            Field("environment", "Environment.build_variables", default={}, takes=_MAPPING),
            Field("runtime_environment", "Environment.variables", default={}, takes=_MAPPING),
            Field("user", "Environment.user", takes=_TEXT),
            Field("build_config", "Environment.build", below="build"),
            Field("allow_including_files_in_images", "Environment.include_code", default=True, takes=bool),
            Field("allow_download_from_code_repository", dropped=_AT_RUN_TIME, default=True, takes=bool),
            Field("allow_download_from_artifact_store", dropped=_AT_RUN_TIME, default=True, takes=bool),
            Field("source_files", "Environment.include_code", takes=_SOURCE_FILES),
            Field("build_options", "Environment.build", default={}, below="build_options"),
            Field("dockerignore", "Environment.dockerignore", takes=_TEXT),
            Field("copy_files", dropped=_AT_RUN_TIME, default=True),
            Field("copy_global_config", dropped=_AT_RUN_TIME, default=True),
            Field("required_hub_plugins", dropped=_SERVER, default=[], noted=True),
        )),
        Table("build", "zenml.config.docker_settings.DockerBuildConfig", (
            Field("build_options", "Environment.build", below="build_options"),
            Field("dockerignore", "Environment.dockerignore", takes=_TEXT),
        )),
        Table("build_options", "zenml.config.docker_settings.DockerBuildOptions", (
            *(Field(name, "Environment.build") for name in
              ("pull", "rm", "no_cache", "shm_size", "labels", "build_args", "cache_from")),
        ), open=True, renamed=(("buildargs", "build_args"), ("cachefrom", "cache_from"), ("nocache", "no_cache"),
                               ("shmsize", "shm_size")),
            besides=("container_limits", "extra_hosts", "forcerm", "isolation", "network_mode", "platform", "quiet",
                     "squash", "target", "timeout", "use_config_proxy")),
        Table("resources", "zenml.config.ResourceSettings", (
            Field("cpu_count", "Invocation.resources.cpu"),
            Field("gpu_count", "Invocation.resources.gpu"),
            Field("gpu_class", "Invocation.resources.gpu_class"),
            Field("memory", "Invocation.resources.memory"),
            Field("resources", dropped=_POOLS, default=[]),
            Field("reclaim_tolerance", dropped=_POOLS, default="any"),
            Field("allocation_wait_timeout_seconds", dropped=_POOLS, default=3600),
            Field("initialization_lease_seconds", dropped=_POOLS, default=3600),
            *_old("0.97", _POOLS, "preemptible"),
            *_dropped(_SERVING,
                      "min_replicas max_replicas autoscaling_metric autoscaling_target max_concurrency"),
        )),
        Table("schedule", "zenml.config.schedule.Schedule", (
            Field("name", "Pipeline.schedule.name"),
            Field("cron_expression", "Pipeline.schedule.cron"),
            Field("start_time", "Pipeline.schedule.start"),
            Field("end_time", "Pipeline.schedule.end"),
            Field("interval_second", "Pipeline.schedule.interval"),
            Field("catchup", "Pipeline.schedule.catchup", default=False),
            Field("run_once_start_time", "Pipeline.schedule.run_once"),
            Field("timezone", "Pipeline.schedule.timezone", until="0.60"),
        )),
        Table("retry", "zenml.config.retry_config.StepRetryConfig", (
            Field("max_retries", "Invocation.retry.max_retries", default=1),
            Field("delay", "Invocation.retry.delay", default=0),
            Field("backoff", "Invocation.retry.backoff", default=0),
        )),
        Table("cache_policy", "zenml.config.cache_policy.CachePolicy", (
            *(Field(name, f"Invocation.cache.{name}", default=True, takes=bool) for name in
              ("include_step_code", "include_step_parameters", "include_artifact_values", "include_artifact_ids")),
            Field("ignored_inputs", "Invocation.cache.ignored_inputs", takes=_MAYBE_TEXTS),
            Field("file_dependencies", "Invocation.cache.file_dependencies", takes=_MAYBE_TEXTS),
            Field("source_dependencies", "Invocation.cache.source_dependencies"),
            Field("cache_func", "Invocation.cache.cache_function"),
            Field("expires_after", "Invocation.cache.expires_after", takes=int | None),
        )),
        Table("model", "zenml.model.model.Model", (
            Field("name", "Invocation.model.name", takes=str),
            Field("version", "Invocation.model.version", takes=str | int | None),
            Field("tags", "Invocation.model.tags", takes=_MAYBE_TEXTS),
            *_dropped(_TEXTS_ABOUT, "license description audience use_cases limitations trade_offs ethics", _TEXT),
            Field("save_models_to_registry", dropped=f"model registries {_STACK}", default=True, takes=bool),
            Field("model_version_id", "Invocation.model.version"),
            Field("suppress_class_validation_warnings", dropped=_SERVER, default=True),
            *_old("0.60", _SERVER, "was_created_in_this_run create_new_model_version delete_new_version_on_failure"),
        )),
        Table("artifact_config", "zenml.artifacts.artifact_config.ArtifactConfig", (
            Field("name", "Output.artifact"),
            Field("version", "Output.version"),
            Field("tags", "Output.tags"),
            Field("run_metadata", "Output.metadata"),
            Field("artifact_type", "Output.kind"),
            Field("is_model_artifact", "Output.kind", until="0.67", now="artifact_type"),
            Field("is_deployment_artifact", "Output.kind", until="0.67", now="artifact_type"),
            *_old("0.60", _SERVER, "model_name model_version overwrite"),
        )),
        Table("external", "zenml.artifacts.external_artifact.ExternalArtifact", (
            Field("value", "Invocation.inputs"),
            Field("materializer", "Invocation.inputs"),
            Field("store_artifact_metadata", "Invocation.inputs", default=True),
            Field("store_artifact_visualizations", "Invocation.inputs", default=True),
            Field("id", "Invocation.inputs", until="0.60"),
            *(Field(name, "Invocation.inputs", until="0.60") for name in
              ("name", "version", "model", "model_name", "model_version", "model_artifact_name", "pipeline_name")),
        ), positional=("value",)),
        Table("tag", "zenml.utils.tag_utils.Tag", (
            Field("name", "Pipeline.tags", takes=str),
            Field("color", "Pipeline.declared"),
            Field("exclusive", "Pipeline.declared", takes=_MAYBE_FLAG),
            Field("cascade", "Pipeline.declared", takes=_MAYBE_FLAG),
            Field("hierarchical", dropped=_SERVER, default=False, until="0.74", now="cascade"),
        ), positional=("name",)),
        Table("group", "zenml.config.step_configurations.GroupInfo", (
            Field("id", "Invocation.group.id"),
            Field("name", "Invocation.group.name"),
            Field("type", default="manual", dropped="is told by how the group came about"),
        )),
        Table("outputs.*", "zenml.config.step_configurations.PartialArtifactConfiguration", (
            Field("materializer_source", "Invocation.materializers"),
            Field("default_materializer_source", dropped="the runtime's own stands in for it"),
            Field("artifact_config", dropped="the annotation of the output says it"),
        )),
        Table("deployment", "zenml.config.DeploymentSettings", tuple(_dropped(_SERVING, """
            app_title app_description app_version app_kwargs include_default_endpoints include_default_middleware
            root_url_path api_url_path docs_url_path redoc_url_path invoke_url_path submit_url_path health_url_path
            info_url_path metrics_url_path dashboard_files_path cors secure_headers thread_pool_size
            async_execution_thread_pool_size startup_hook shutdown_hook startup_hook_kwargs shutdown_hook_kwargs
            custom_endpoints custom_middlewares app_extensions uvicorn_host uvicorn_port uvicorn_workers uvicorn_reload
            log_level uvicorn_kwargs deployment_app_runner_flavor deployment_app_runner_kwargs deployment_service_class
            deployment_service_kwargs""")), open=True),
        Table("orchestrator.airflow",
              "zenml.integrations.airflow.flavors.airflow_orchestrator_flavor.AirflowOrchestratorSettings", (
            *(Field(name, "Invocation.settings") for name in
              ("dag_id", "dag_tags", "dag_args", "operator", "operator_args")),
            Field("dag_output_dir", dropped="the output folder is given on the command line"),
            Field("custom_dag_generator", dropped="the DAG file is made by zencompile alone"),
        ), open=True, besides=("assets", "outlets")),
        Table("orchestrator.kubeflow",
              "zenml.integrations.kubeflow.flavors.kubeflow_orchestrator_flavor.KubeflowOrchestratorSettings", (
            Field("pod_settings", "Invocation.settings", below="pod"),
            Field("node_selectors", "Invocation.settings", until="0.60", now="pod_settings"),
            Field("node_affinity", "Invocation.settings", until="0.60", now="pod_settings"),
            *_dropped(_LOCAL, "synchronous timeout client_args client_username client_password user_namespace"),
        ), open=True),
        Table("orchestrator.kubernetes",
              "zenml.integrations.kubernetes.flavors.kubernetes_orchestrator_flavor.KubernetesOrchestratorSettings", (
            Field("pod_settings", "Invocation.settings", below="pod"),
            Field("orchestrator_pod_settings", dropped=_CLUSTER, below="pod"),
            *(Field(name, "Invocation.settings") for name in
              ("service_account_name", "step_pod_service_account_name", "privileged", "max_parallelism",
               "concurrency_policy")),
            *_dropped(_CLUSTER, """
                synchronous job_name_prefix successful_jobs_history_limit failed_jobs_history_limit
                starting_deadline_seconds ttl_seconds_after_finished active_deadline_seconds backoff_limit_margin
                orchestrator_job_backoff_limit fail_on_container_waiting_reasons job_monitoring_interval
                job_monitoring_delay interrupt_check_interval pod_failure_policy prevent_orchestrator_pod_caching
                always_build_pipeline_image pod_stop_grace_period api_request_timeout max_api_retries timeout
                stream_step_logs pod_startup_timeout pod_failure_max_retries pod_failure_retry_delay pod_failure_backoff
                pod_name_prefix"""),
        ), open=True),
        Table("orchestrator.local_docker",
              "zenml.orchestrators.local_docker.local_docker_orchestrator.LocalDockerOrchestratorSettings",
              tuple(_dropped(_LOCAL, "synchronous run_args")), open=True),
        Table("orchestrator.vertex",
              "zenml.integrations.gcp.flavors.vertex_orchestrator_flavor.VertexOrchestratorSettings", (
            Field("labels", "Invocation.settings"),
            Field("pod_settings", "Invocation.settings", below="pod"),
            Field("custom_job_parameters", "Invocation.settings", below="custom_job"),
            Field("node_selector_constraint", "Invocation.settings"),
            *_dropped(_LOCAL, "synchronous"),
        ), open=True),
        Table("custom_job", "zenml.integrations.gcp.vertex_custom_job_parameters.VertexCustomJobParameters", tuple(
            Field(name, "Invocation.settings") for name in (
                "accelerator_type", "accelerator_count", "machine_type", "boot_disk_size_gb", "boot_disk_type",
                "persistent_resource_id", "service_account", "additional_training_job_args")
        )),
        Table("pod", "zenml.integrations.kubernetes.pod_settings.KubernetesPodSettings", tuple(
            Field(name, "Invocation.settings") for name in (
                "node_selectors", "affinity", "tolerations", "resources", "annotations", "volumes", "volume_mounts",
                "host_ipc", "scheduler_name", "image_pull_secrets", "labels", "env", "env_from",
                "container_security_context", "additional_pod_spec_args")
        ), open=True),
        Table("component", "", (), open=True),
    )
}  # fmt: skip
"""The fields of the framework's data, by kind."""

SETTINGS_KEYS = ("docker", "resources", "deployment")
COMPONENTS = (
    "orchestrator", "step_operator", "experiment_tracker", "artifact_store", "container_registry", "image_builder",
    "model_deployer", "model_registry", "alerter", "annotator", "data_validator", "feature_store", "log_store",
    "deployer", "sandbox",
)  # fmt: skip
"""What a key of `settings` is, or begins with: `orchestrator`, `orchestrator.airflow`."""


def component_key(key: str) -> str:
    """The key with a flavour that a key of `settings` stands for; `orchestrator` where it is not known.

    A name says no flavour, unless it is one. `default` is ZenML's own local orchestrator (`constants.py:
    DEFAULT_STACK_AND_COMPONENT_NAME`).
    """
    component, colon, name = key.partition(":")
    if component != "orchestrator" or not colon:
        return key
    if name == "default":
        return "orchestrator.local"
    return f"{component}.{name}" if f"{component}.{name}" in TABLES else component


def tables_of_settings(key: str) -> tuple[Table, ...]:
    """The tables of the fields that may stand below a key of `settings`; none where it is not read here."""
    key = component_key(key)
    if key in TABLES:
        return (TABLES[key],)
    if key == "orchestrator":
        return tuple(table for kind, table in TABLES.items() if kind.startswith("orchestrator."))
    return ()


# names ----------------------------------------------------------------------------------------------------------------


def _members(text: str) -> tuple[tuple[str, str], ...]:
    """Members of an enum: `NAME=value`, or `NAME` for a value that is the name in lower case."""
    found = []
    for one in text.split():
        name, _, value = one.partition("=")
        found.append((name, value or name.lower()))
    return tuple(found)


def _effects(names: str) -> Iterator[Name]:
    for name in names.split():
        yield Name(name, "effect", "(done where the step runs)")


NAMES = {
    name.name: name
    for name in (
        Name("step", "model", "Step"),
        Name("pipeline", "model", "Pipeline"),
        Name("BaseStep", "model", "Step"),
        Name("CommandStep", "model"),
        Name("get_pipeline_context", "model", "Pipeline.model, Pipeline.extra"),
        Name("load_artifact", "model", "Invocation.inputs"),
        Name("Client", "model", "Invocation.inputs"),
        Name("unmapped", "model", "Map"),
        Name("run_with_accelerate", "model"),
        Name("enable_mlflow", "model", until="0.39"),
        Name("enable_wandb", "model", until="0.39"),
        Name("BasePipeline", "model", "Pipeline", until="0.39"),
        Name("BaseParameters", "model", "Invocation.inputs", until="0.39"),
        Name("BaseStepConfig", "model", "Invocation.inputs", until="0.20"),
        *(Name(name, "model", "Invocation.inputs", until="0.39") for name in
          ("BaseAlerterStepConfig", "BaseAlerterStepParameters", "BaseAnalyzerConfig", "BaseAnalyzerParameters",
           "BaseDatasourceConfig", "BaseDatasourceParameters", "BaseDriftDetectionConfig",
           "BaseDriftDetectionParameters", "BaseEvaluatorConfig", "BasePreprocessorConfig", "BaseSplitStepConfig",
           "BaseTrainerConfig")),
        *(Name(f"Base{name}Step", "model", "Step", until="0.39") for name in
          ("Alerter", "Analyzer", "Datasource", "DriftDetection", "Evaluator", "Preprocessor", "Split", "Trainer")),
        Name("clone_step", "model", "Step", until="0.13"),
        *(Name(name, "model", until="0.13") for name in ("enable_whylogs", "enable_whylabs")),
        *(Name(name, "named", until="0.39") for name in ("STEP_ENVIRONMENT_NAME", "builtin_steps", "step_interfaces")),
        Name("Repository", "model", "Invocation.inputs", until="0.39"),
        Name("Output", "named", "Step.outputs", until="0.39"),
        Name("StepContext", "named", "Input.injected"),
        Name("StepEnvironment", "named", until="0.39"),
        *(Name(name, "named", until="0.39") for name in
          ("get_pipeline", "get_pipelines", "get_run", "get_unlisted_runs", "PipelineRunView", "PipelineView",
           "PipelineClassView", "StepView", "ArtifactView", "MetadataType", "docker_utils")),
        *(Name(name, "named", "Output", until="0.60") for name in
          ("ModelArtifactConfig", "DeploymentArtifactConfig", "EndpointArtifactConfig", "DataArtifactConfig")),
        Name("BaseMaterializer", "named", "Invocation.materializers"),
        Name("UnmaterializedArtifact", "named", "Input.type"),
        *(Name(name, "named", "Output.type") for name in
          ("HTMLString", "MarkdownString", "CSVString", "JSONString")),
        *(Name(name, "named") for name in ("alerter_failure_hook", "alerter_success_hook")),
        Name("TrainingPipeline", "gone", until="0.3"),
        Name("NLPPipeline", "gone", until="0.3"),
        Name("get_step_context", "model"),
        Name("get_logger", "inert"),
        Name("DEFAULT_SERVICE_START_STOP_TIMEOUT", "model"),
        # data
        Name("DockerSettings", "data", table="docker"),
        Name("DockerBuildConfig", "data", table="build"),
        Name("DockerBuildOptions", "data", table="build_options"),
        Name("ResourceSettings", "data", table="resources"),
        Name("DeploymentSettings", "data", table="deployment"),
        Name("Schedule", "data", table="schedule"),
        Name("StepRetryConfig", "data", table="retry"),
        Name("CachePolicy", "data", table="cache_policy"),
        Name("Model", "data", table="model"),
        Name("ArtifactConfig", "data", table="artifact_config"),
        Name("ExternalArtifact", "data", table="external"),
        Name("Tag", "data", table="tag"),
        Name("GroupInfo", "data", table="group"),
        Name("AirflowOrchestratorSettings", "data", table="orchestrator.airflow"),
        Name("KubeflowOrchestratorSettings", "data", table="orchestrator.kubeflow"),
        Name("KubernetesOrchestratorSettings", "data", table="orchestrator.kubernetes"),
        Name("VertexOrchestratorSettings", "data", table="orchestrator.vertex"),
        Name("VertexCustomJobParameters", "data", table="custom_job"),
        Name("LocalDockerOrchestratorSettings", "data", table="orchestrator.local_docker"),
        Name("KubernetesPodSettings", "data", table="pod"),
        Name("StepConfigurationUpdate", "data", table="component"),
        Name("PipelineRunConfiguration", "data", table="component"),
        Name("PipelineConfigurationUpdate", "data", table="component", until="0.60"),
        Name("ModelVersion", "data", table="model", until="0.55"),
        Name("ModelConfig", "data", table="model", until="0.45"),
        Name("DockerConfiguration", "data", table="docker", until="0.20"),
        Name("ResourceConfiguration", "data", table="resources", until="0.13"),
        # texts
        Name("ExecutionMode", "enum", members=_members("FAIL_FAST STOP_ON_FAILURE CONTINUE_ON_FAILURE")),
        Name("ExecutionStatus", "enum", members=_members(
            """INITIALIZING PROVISIONING QUEUED RUNNING FAILED COMPLETED CACHED SKIPPED RETRYING RETRIED CANCELLING
            CANCELLED PAUSED RESUMING STOPPED STOPPING""")),
        Name("StackComponentType", "enum", members=_members(" ".join(COMPONENTS).upper())),
        Name("ModelStages", "enum", members=_members("NONE STAGING PRODUCTION ARCHIVED LATEST")),
        Name("ArtifactType", "enum", members=_members(
            """BASE=BaseArtifact DATA=DataArtifact DATA_ANALYSIS=DataAnalysisArtifact MODEL=ModelArtifact
            SCHEMA=SchemaArtifact SERVICE=ServiceArtifact STATISTICS=StatisticsArtifact""")),
        Name("VisualizationType", "enum", members=_members("CSV HTML IMAGE MARKDOWN JSON")),
        Name("StepRuntime", "enum", members=_members("INLINE ISOLATED")),
        Name("PythonPackageInstaller", "enum", members=_members("PIP UV")),
        Name("PythonEnvironmentExportMethod", "enum", members=_members("PIP_FREEZE POETRY_EXPORT UV_FREEZE")),
        Name("SourceFileMode", "enum", members=_members("INCLUDE DOWNLOAD DOWNLOAD_OR_INCLUDE IGNORE"), until="0.60"),
        Name("StepType", "enum", members=_members("TOOL_CALL LLM_CALL MEMORY_CALL")),
        Name("ColorVariants", "enum", members=_members(
            "GREY PURPLE RED GREEN YELLOW ORANGE LIME TEAL TURQUOISE MAGENTA BLUE")),
        # functions without a value
        Name("initialize_integrations", "effect", "(done where the step runs)", until="0.60"),
        Name("set_global_seed", "effect", "(done where the step runs)", until="0.60"),
        *_effects("""
            log_metadata bulk_log_metadata log_artifact_metadata log_model_metadata log_step_metadata save_artifact
            register_artifact link_artifact_to_model add_tags remove_tags run_hook show show_dashboard wait
            cleanup_gpu_memory handle_bool_env_var"""),
    )
}  # fmt: skip
"""The framework's names, whatever module they are asked from: they moved between releases."""

SUBMODULES = frozenset("""
    steps pipelines config client enums types materializers artifacts logger io utils hooks integrations model models
    orchestrators metadata environment post_execution repository new core stack alerter data_validators
    """.split())  # fmt: skip  # noqa: SIM905
