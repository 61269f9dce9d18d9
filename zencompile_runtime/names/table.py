"""Which names there are: module below `zenml` (or `zencompile`) → name → "module of this package:attribute"."""

from __future__ import annotations

_CONFIG = {
    name: f"config:{name}"
    for name in (
        "DockerSettings",
        "DockerBuildConfig",
        "DockerBuildOptions",
        "PythonPackageInstaller",
        "PythonEnvironmentExportMethod",
        "ResourceSettings",
        "DeploymentSettings",
        "Schedule",
        "StepRetryConfig",
        "CachePolicy",
        "CacheFunction",
        "GroupInfo",
        "StepConfigurationUpdate",
        "PipelineRunConfiguration",
        "BaseSettings",
    )
}
_MATERIALIZERS = {
    name: f"materializer_classes:{name}"
    for name in (
        "BaseMaterializer",
        "BuiltInMaterializer",
        "BuiltInContainerMaterializer",
        "BytesMaterializer",
        "CloudpickleMaterializer",
        "DataclassMaterializer",
        "PathMaterializer",
        "PydanticMaterializer",
        "StructuredStringMaterializer",
        "UUIDMaterializer",
        "NumpyMaterializer",
        "PandasMaterializer",
        "materializer_registry",
    )
}
_METADATA = {
    name: f"metadata:{name}"
    for name in (
        "log_metadata",
        "bulk_log_metadata",
        "log_artifact_metadata",
        "log_step_metadata",
        "log_model_metadata",
    )
}
_CATALOGUE = {
    name: f"catalogue:{name}"
    for name in ("save_artifact", "load_artifact", "register_artifact", "link_artifact_to_model")
}
_TAGS = {"Tag": "config:Tag", "add_tags": "catalogue:add_tags", "remove_tags": "catalogue:remove_tags"}
_STEPS = {
    name: f"steps:{name}"
    for name in ("step", "BaseStep", "CommandStep", "StepContext", "Output", "BaseParameters", "BaseStepConfig")
} | {"get_step_context": "step_context:get_step_context", "StepEnvironment": "step_context:StepEnvironment"}
_PIPELINES = {
    name: f"pipelines:{name}" for name in ("pipeline", "PipelineContext", "get_pipeline_context", "BasePipeline")
} | {"Schedule": "config:Schedule"}
_METADATA_TYPES = {name: f"metadata:{name}" for name in ("Uri", "Path", "DType", "StorageSize", "MetadataType")}
_ENUMS = {
    name: f"enums:{name}"
    for name in (
        "ArtifactType",
        "ColorVariants",
        "ExecutionMode",
        "ExecutionStatus",
        "ModelStages",
        "StackComponentType",
        "StepRuntime",
        "StepType",
        "VisualizationType",
    )
}
_FILEIO = {
    name: f"fileio:{name}"
    for name in (
        "open",
        "exists",
        "isdir",
        "listdir",
        "makedirs",
        "mkdir",
        "remove",
        "rmtree",
        "copy",
        "rename",
        "size",
        "stat",
        "glob",
        "walk",
        "convert_to_str",
    )
}
_EXCEPTIONS = {
    name: f"exceptions:{name}"
    for name in (
        "ZenMLBaseException",
        "StepContextError",
        "StepInterfaceError",
        "EntityExistsError",
        "HookValidationException",
    )
}

MODULES: dict[str, dict[str, str]] = {
    "": {
        **{name: _STEPS[name] for name in ("step", "CommandStep", "get_step_context")},
        **{name: _PIPELINES[name] for name in ("pipeline", "get_pipeline_context", "Schedule")},
        **_METADATA,
        **_CATALOGUE,
        **_TAGS,
        **{name: _CONFIG[name] for name in ("DockerSettings", "ResourceSettings", "StepRetryConfig", "CachePolicy")},
        "ArtifactConfig": "config:ArtifactConfig",
        "ExternalArtifact": "config:ExternalArtifact",
        "Model": "models:Model",
        "BaseMaterializer": "materializer_classes:BaseMaterializer",
        "Client": "client:Client",
        "unmapped": "pipelines:unmapped",
        "wait": "pipelines:wait",
        "run_hook": "hooks:run_hook",
        "show": "pipelines:show",
        "get_logger": "logger:get_logger",
        "fileio": "fileio:",
        "compile": "pipelines:compile",
        "__version__": "pipelines:VERSION",
    },
    "steps": {**_STEPS, "ResourceSettings": "config:ResourceSettings"},
    "steps.step_context": {"StepContext": "steps:StepContext", "get_step_context": "step_context:get_step_context"},
    "steps.base_step": {"BaseStep": "steps:BaseStep"},
    "steps.utils": {"log_step_metadata": "metadata:log_step_metadata"},
    "steps.step_decorator": {"step": "steps:step"},
    "pipelines": _PIPELINES,
    "pipelines.pipeline_context": {name: _PIPELINES[name] for name in ("PipelineContext", "get_pipeline_context")},
    "pipelines.pipeline_decorator": {"pipeline": "pipelines:pipeline"},
    "config": _CONFIG,
    "config.docker_settings": _CONFIG,
    "config.resource_settings": _CONFIG,
    "config.retry_config": _CONFIG,
    "config.schedule": _CONFIG,
    "config.cache_policy": _CONFIG,
    "config.step_configurations": _CONFIG,
    "config.deployment_settings": _CONFIG,
    "config.base_settings": _CONFIG,
    "enums": _ENUMS,
    "exceptions": _EXCEPTIONS,
    "types": {name: f"types:{name}" for name in ("HTMLString", "MarkdownString", "CSVString", "JSONString")},
    "metadata": {},
    "metadata.metadata_types": _METADATA_TYPES,
    "logger": {"get_logger": "logger:get_logger"},
    "io": {"fileio": "fileio:"},
    "io.fileio": _FILEIO,
    "client": {"Client": "client:Client"},
    "hooks": {
        name: f"hooks:{name}"
        for name in ("alerter_failure_hook", "alerter_success_hook", "resolve_and_validate_hook", "run_hook")
    },
    "materializers": _MATERIALIZERS,
    "materializers.base_materializer": _MATERIALIZERS,
    "materializers.built_in_materializer": _MATERIALIZERS,
    "materializers.cloudpickle_materializer": _MATERIALIZERS,
    "materializers.dataclass_materializer": _MATERIALIZERS,
    "materializers.materializer_registry": _MATERIALIZERS,
    "materializers.numpy_materializer": _MATERIALIZERS,
    "materializers.pandas_materializer": _MATERIALIZERS,
    "materializers.path_materializer": _MATERIALIZERS,
    "materializers.pydantic_materializer": _MATERIALIZERS,
    "materializers.structured_string_materializer": _MATERIALIZERS,
    "materializers.uuid_materializer": _MATERIALIZERS,
    "artifacts": {},
    "artifacts.artifact_config": {"ArtifactConfig": "config:ArtifactConfig"},
    "artifacts.external_artifact": {"ExternalArtifact": "config:ExternalArtifact"},
    "artifacts.unmaterialized_artifact": {"UnmaterializedArtifact": "artifact:UnmaterializedArtifact"},
    "artifacts.utils": {**_CATALOGUE, "log_artifact_metadata": "metadata:log_artifact_metadata"},
    "model": {},
    "model.model": {"Model": "models:Model"},
    "model.utils": {
        "log_model_metadata": "metadata:log_model_metadata",
        "link_artifact_to_model": "catalogue:link_artifact_to_model",
    },
    "utils": {},
    "utils.metadata_utils": {name: _METADATA[name] for name in ("log_metadata", "bulk_log_metadata")},
    "utils.tag_utils": _TAGS,
    "utils.io_utils": {
        name: f"io_utils:{name}"
        for name in (
            "read_file_contents_as_string",
            "write_file_contents_as_string",
            "create_dir_if_not_exists",
            "create_dir_recursive_if_not_exists",
            "create_file_if_not_exists",
            "copy_dir",
            "get_global_config_directory",
            "find_files",
            "is_root",
            "is_remote",
            "resolve_relative_path",
            "move",
        )
    },
    "utils.cuda_utils": {"cleanup_gpu_memory": "io_utils:cleanup_gpu_memory"},
    "integrations": {},
    "integrations.constants": {},
    "integrations.numpy.materializers.numpy_materializer": _MATERIALIZERS,
    "integrations.pandas.materializers.pandas_materializer": _MATERIALIZERS,
}
