"""What `get_step_context()` gives, field by field: one table for the running step and for the compiler.

A class of ZenML 0.98 → its fields that are there → the class of what a field holds, or an empty text for plain data and
methods; lists and dictionaries are seen through. What is not there has the reason why. All other names no release has.
The table of `docs/runtime.md` is made of this one.
"""

from __future__ import annotations


def _plain(names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), "")


GIVEN: dict[str, dict[str, str]] = {
    "StepContext": {
        "pipeline": "PipelineResponse",
        "pipeline_run": "PipelineRunResponse",
        "step_run": "StepRunResponse",
        "inputs": "StepRunInputResponse",
        "model": "Model",
        **_plain("step_name pipeline_state get is_active get_output_artifact_uri get_output_materializer"),
        **_plain("add_output_metadata get_output_metadata add_output_tags get_output_tags remove_output_tags"),
    },
    "PipelineResponse": _plain("id name"),
    "PipelineRunResponse": {
        "pipeline": "PipelineResponse",
        "config": "PipelineConfiguration",
        "steps": "StepRunResponse of a step that has ended",
        "tags": "TagResponse",
        **_plain(
            "id name status start_time end_time in_progress run_metadata pipeline_id parent_run exception_info schedule"
        ),
    },
    "PipelineConfiguration": {
        "retry": "StepRetryConfig",
        "model": "Model",
        **_plain("name parameters extra tags substitutions environment secrets execution_mode init_hook_kwargs"),
        **_plain("enable_cache enable_step_logs enable_artifact_metadata enable_artifact_visualization"),
        **_plain("start_hook_source end_hook_source success_hook_source failure_hook_source"),
        **_plain("init_hook_source cleanup_hook_source"),
    },
    "StepRunResponse": {
        "config": "StepConfiguration",
        "spec": "StepSpec",
        "inputs": "StepRunInputResponse",
        "regular_inputs": "StepRunInputResponse",
        "input": "StepRunInputResponse",
        **_plain("id name status start_time end_time duration version is_retriable run_metadata pipeline_run_id"),
        **_plain(
            "outputs regular_outputs output docstring source_code substitutions exception_info original_step_run_id"
        ),
    },
    "StepRunResponse of a step that has ended": {
        "output": "ArtifactVersionResponse",
        "outputs": "ArtifactVersionResponse",
        "regular_outputs": "ArtifactVersionResponse",
        **_plain("id name status start_time end_time duration version run_metadata pipeline_run_id"),
    },
    "StepConfiguration": {
        "retry": "StepRetryConfig",
        "model": "Model",
        "outputs": "ArtifactConfiguration",
        "resource_settings": "ResourceSettings",
        **_plain("name parameters extra substitutions environment secrets step_operator experiment_tracker"),
        **_plain("enable_cache enable_step_logs enable_artifact_metadata enable_artifact_visualization"),
        **_plain("start_hook_source end_hook_source success_hook_source failure_hook_source"),
    },
    "StepSpec": _plain("invocation_id upstream_steps source"),
    "ArtifactConfiguration": _plain("artifact_config materializer_source"),
    "ArtifactVersionResponse": {
        "tags": "TagResponse",
        "artifact": "ArtifactResponse",
        **_plain("id name version uri type data_type materializer run_metadata metadata content_hash"),
        **_plain("load read download_files class_of_value of"),
    },
    "ArtifactResponse": _plain("id name"),
    "TagResponse": _plain("id name exclusive"),
    "ResourceSettings": _plain("cpu_count gpu_count memory"),
    "StepRetryConfig": _plain("max_retries delay backoff"),
}
GIVEN["StepRunInputResponse"] = {
    **GIVEN["ArtifactVersionResponse"],
    **_plain("input_type index chunk_index chunk_size"),
}
del GIVEN["StepRunInputResponse"]["read"]

_SERVER = "only a ZenML server keeps it"
_STACK = "it belongs to a ZenML stack, which a step process does not have"
_PYDANTIC = "the objects here are no pydantic models: read its fields one by one"
_TARGET = "it is the target's matter, and is no part of what travels with the code"
_KEY = "ZenML's cache key and hashes are other than the ones here"
_OTHER = "it is not kept for steps to read"

_RESPONSE = f"{_SERVER}: project project_id user user_id created updated permission_denied body metadata resources"
_RESPONSE += " hydrate get_body get_metadata get_resources get_hydrated_version ANALYTICS_FIELDS get_analytics_metadata"
_OF_PYDANTIC = f"{_PYDANTIC}: model_dump model_dump_json model_copy model_fields model_fields_set model_extra dict json"
_OF_PYDANTIC += " copy yaml from_yaml model_validate model_construct"

_LACKING: dict[str, tuple[str, ...]] = {
    "StepContext": (f"{_SERVER}: model_version",),
    "PipelineResponse": (
        _RESPONSE,
        f"{_SERVER}: runs get_runs last_run last_successful_run latest_run_id latest_run_status num_runs tags",
        _OF_PYDANTIC,
    ),
    "PipelineRunResponse": (
        _RESPONSE,
        f"{_SERVER}: index template_id trigger trigger_execution_info trigger_info triggered_by_deployment snapshot"
        " source_snapshot original_run root_run_id child_key is_templatable active_wait_condition model_version",
        f"{_STACK}: stack orchestrator_run_id orchestrator_environment client_environment enable_heartbeat",
        f"{_TARGET}: build code_path code_reference",
        f"{_OTHER}: artifact_versions produced_artifact_versions log_collection outputs",
        _OF_PYDANTIC,
    ),
    "PipelineConfiguration": (
        f"{_TARGET}: settings docker_settings resource_settings deployment_settings cache_policy",
        f"{_SERVER}: enable_heartbeat enable_pipeline_logs pause_hook_source resume_hook_source skip_successful_steps"
        " step_default_input_overrides step_input_overrides steps_to_skip get_invocation_input_overrides"
        " finalize_substitutions",
        _OF_PYDANTIC,
    ),
    "StepRunResponse": (
        _RESPONSE,
        f"{_SERVER}: heartbeat_threshold latest_heartbeat parent_step_ids resource_request resource_request_id"
        " snapshot_id model_version model_version_id type",
        f"{_KEY}: cache_key cache_expires_at code_hash",
        f"{_OTHER}: log_collection logs",
        _OF_PYDANTIC,
    ),
    "StepRunResponse of a step that has ended": (
        _RESPONSE,
        f"{_OTHER}: config spec inputs regular_inputs input docstring source_code substitutions exception_info"
        " original_step_run_id is_retriable log_collection logs",
        f"{_KEY}: cache_key cache_expires_at code_hash",
        f"{_SERVER}: heartbeat_threshold latest_heartbeat parent_step_ids resource_request resource_request_id"
        " snapshot_id model_version model_version_id original_step_run_id type",
        _OF_PYDANTIC,
    ),
    "StepConfiguration": (
        f"{_STACK}: uses_step_operator uses_experiment_tracker",
        f"{_TARGET}: settings docker_settings cache_policy runtime group heartbeat_healthy_threshold step_type command",
        f"{_KEY}: caching_parameters",
        f"{_SERVER}: template client_lazy_loaders external_input_artifacts model_artifacts_or_metadata"
        " apply_pipeline_configuration",
        _OF_PYDANTIC,
    ),
    "StepSpec": (
        f"{_OTHER}: inputs normalized_inputs parameter_spec enable_heartbeat is_scalar_input",
        _OF_PYDANTIC,
    ),
    "ArtifactConfiguration": (f"{_OTHER}: default_materializer_source", _OF_PYDANTIC),
    "ArtifactVersionResponse": (
        _RESPONSE,
        f"{_STACK}: artifact_store_id visualize",
        f"{_OTHER}: step run save_type item_count producer_pipeline_run_id producer_step_run_id visualizations",
        _OF_PYDANTIC,
    ),
    "ArtifactResponse": (_RESPONSE, f"{_SERVER}: latest_version_id latest_version_name has_custom_name", _OF_PYDANTIC),
    "TagResponse": (_RESPONSE, f"{_SERVER}: color tagged_count", _OF_PYDANTIC),
    "ResourceSettings": (f"{_TARGET}: gpu_class get_memory empty", _OF_PYDANTIC),
    "StepRetryConfig": (_OF_PYDANTIC,),
}
_LACKING["StepRunInputResponse"] = _LACKING["ArtifactVersionResponse"]


def _reasons(rows: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for row in rows:
        reason, _, names = row.rpartition(": ")
        found.update(dict.fromkeys(names.split(), reason))
    return found


LACKING: dict[str, dict[str, str]] = {kind: _reasons(rows) for kind, rows in _LACKING.items()}
"""A class of ZenML → its fields that are not there → why."""


def reason(kind: str, name: str) -> str | None:
    """Why a field that ZenML has is not there; None of one that is there, or that ZenML has not."""
    return None if name in GIVEN.get(kind, {}) else LACKING.get(kind, {}).get(name)
