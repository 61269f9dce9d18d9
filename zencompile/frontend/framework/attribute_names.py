"""Which attributes the objects of the framework's classes have, in release 0.98.0.

Written by `scripts/framework_attributes.py`; names that begin with an underscore are left out.
"""

from __future__ import annotations

from functools import cache

_TABLE = """
ArtifactConfig: artifact_type construct copy dict from_orm json model_computed_fields model_config model_construct
    model_copy model_dump model_dump_json model_extra model_fields model_fields_set model_json_schema
    model_parametrized_name model_post_init model_rebuild model_validate model_validate_json model_validate_strings
    name parse_file parse_obj parse_raw run_metadata schema schema_json tags update_forward_refs validate version
BaseStep: caching_parameters call_entrypoint configuration configure copy docstring enable_cache entrypoint
    load_from_source map name product replay resolve source_code source_code_cache_value source_object submit
    with_options
CachePolicy: cache_func construct copy default dict expires_after file_dependencies from_orm from_string
    ignored_inputs include_artifact_ids include_artifact_values include_step_code include_step_parameters json
    model_computed_fields model_config model_construct model_copy model_dump model_dump_json model_extra
    model_fields model_fields_set model_json_schema model_parametrized_name model_post_init model_rebuild
    model_validate model_validate_json model_validate_strings parse_file parse_obj parse_raw schema schema_json
    source_dependencies update_forward_refs validate
Client: activate_root activate_stack active_project active_stack active_stack_model active_user attach_tag
    attach_trigger_to_snapshot backup_secrets clear_trigger_dispatch_error config_directory create_api_key
    create_code_repository create_curated_visualization create_flavor create_model create_model_version
    create_platform_event_trigger create_project create_run_metadata create_run_template create_schedule_trigger
    create_secret create_service create_service_account create_service_connector create_stack create_stack_component
    create_tag create_user create_webhook create_webhook_trigger deactivate_user
    delete_all_model_version_artifact_links delete_api_key delete_artifact delete_artifact_version
    delete_authorized_device delete_build delete_code_repository delete_curated_visualization delete_deployment
    delete_flavor delete_hook_invocation delete_model delete_model_version delete_model_version_artifact_link
    delete_pipeline delete_pipeline_run delete_project delete_run_template delete_schedule delete_secret
    delete_service delete_service_account delete_service_connector delete_snapshot delete_stack
    delete_stack_component delete_tag delete_trigger delete_user delete_webhook deprovision_deployment detach_tag
    detach_trigger_from_snapshot find_repository get_api_key get_artifact get_artifact_version get_authorized_device
    get_build get_code_repository get_deployment get_deployment_logs get_flavor get_flavor_by_name_and_type
    get_flavors_by_type get_hook_invocation get_instance get_model get_model_version get_pipeline get_pipeline_run
    get_platform_event_trigger get_project get_raw_webhook_event get_resource_request get_run_step get_run_template
    get_schedule get_schedule_trigger get_secret get_secret_by_name_and_private_status get_service
    get_service_account get_service_connector get_service_connector_client get_service_connector_type get_settings
    get_snapshot get_stack get_stack_component get_tag get_user get_webhook get_webhook_trigger initialize
    is_inside_repository is_repository_directory list_api_keys list_artifact_versions list_artifacts
    list_authorized_devices list_builds list_code_repositories list_deployments list_flavors list_hook_invocations
    list_model_version_artifact_links list_model_version_pipeline_run_links list_model_versions list_models
    list_pipeline_runs list_pipelines list_platform_event_triggers list_projects list_resource_requests
    list_run_steps list_run_templates list_run_wait_conditions list_schedule_triggers list_schedules list_secrets
    list_secrets_by_private_status list_service_accounts list_service_connector_resources
    list_service_connector_types list_service_connectors list_services list_snapshot_triggers list_snapshots
    list_stack_components list_stacks list_tags list_users list_webhook_triggers list_webhooks
    login_service_connector provision_deployment prune_artifacts prune_snapshots refresh_deployment
    replay_pipeline_run resolve_run_wait_condition restore_secrets root rotate_api_key rotate_webhook_secret
    set_active_project set_api_key trigger_pipeline update_api_key update_artifact update_artifact_version
    update_authorized_device update_code_repository update_curated_visualization update_model update_model_version
    update_platform_event_trigger update_project update_run_template update_schedule update_schedule_trigger
    update_secret update_server_settings update_service update_service_account update_service_connector
    update_snapshot update_stack update_stack_component update_step_run update_tag update_user update_webhook
    update_webhook_trigger uses_local_configuration verify_service_connector zen_store
DeploymentSettings: LEVEL api_url_path app_description app_extensions app_kwargs app_title app_version
    async_execution_thread_pool_size construct copy cors custom_endpoints custom_middlewares dashboard_files_path
    deployment_app_runner_flavor deployment_app_runner_kwargs deployment_service_class deployment_service_kwargs
    dict docs_url_path endpoint_enabled from_orm health_url_path include_default_endpoints
    include_default_middleware info_url_path invoke_url_path json load_sources log_level metrics_url_path
    middleware_enabled model_computed_fields model_config model_construct model_copy model_dump model_dump_json
    model_extra model_fields model_fields_set model_json_schema model_parametrized_name model_post_init
    model_rebuild model_validate model_validate_json model_validate_strings parse_file parse_obj parse_raw
    redoc_url_path required_secrets root_url_path schema schema_json secure_headers shutdown_hook
    shutdown_hook_kwargs startup_hook startup_hook_kwargs submit_url_path thread_pool_size update_forward_refs
    uvicorn_host uvicorn_kwargs uvicorn_port uvicorn_reload uvicorn_workers validate
DockerBuildConfig: build_options construct copy dict dockerignore from_orm json model_computed_fields model_config
    model_construct model_copy model_dump model_dump_json model_extra model_fields model_fields_set
    model_json_schema model_parametrized_name model_post_init model_rebuild model_validate model_validate_json
    model_validate_strings parse_file parse_obj parse_raw schema schema_json update_forward_refs validate
DockerBuildOptions: build_args cache_from construct copy dict from_orm json labels model_computed_fields
    model_config model_construct model_copy model_dump model_dump_json model_extra model_fields model_fields_set
    model_json_schema model_parametrized_name model_post_init model_rebuild model_validate model_validate_json
    model_validate_strings no_cache parse_file parse_obj parse_raw pull rm schema schema_json shm_size
    to_docker_cli_options to_docker_python_sdk_options update_forward_refs validate
DockerSettings: LEVEL allow_download_from_artifact_store allow_download_from_code_repository
    allow_including_files_in_images apt_packages build_config build_context_root build_options construct copy
    copy_files copy_global_config dict disable_automatic_requirements_detection dockerfile dockerignore environment
    from_orm image_tag install_deployment_requirements install_stack_requirements json local_project_install_command
    model_computed_fields model_config model_construct model_copy model_dump model_dump_json model_extra
    model_fields model_fields_set model_json_schema model_parametrized_name model_post_init model_rebuild
    model_validate model_validate_json model_validate_strings parent_image parent_image_build_config parse_file
    parse_obj parse_raw prevent_build_reuse pyproject_export_command pyproject_path python_package_installer
    python_package_installer_args python_package_installer_cache_mount replicate_local_python_environment
    required_hub_plugins required_integrations required_secrets requirements runtime_environment schema schema_json
    skip_build source_files target_repository update_forward_refs user validate
ExternalArtifact: config construct copy dict external_artifact_validator from_orm get_artifact_version_id id json
    materializer model_computed_fields model_config model_construct model_copy model_dump model_dump_json
    model_extra model_fields model_fields_set model_json_schema model_parametrized_name model_post_init
    model_rebuild model_validate model_validate_json model_validate_strings parse_file parse_obj parse_raw schema
    schema_json store_artifact_metadata store_artifact_visualizations update_forward_refs upload_by_value validate
    value
GroupInfo: construct copy dict from_orm id json model_computed_fields model_config model_construct model_copy
    model_dump model_dump_json model_extra model_fields model_fields_set model_json_schema model_parametrized_name
    model_post_init model_rebuild model_validate model_validate_json model_validate_strings name parse_file
    parse_obj parse_raw schema schema_json type update_forward_refs validate
Model: audience construct copy delete_all_artifacts delete_artifact description dict ethics from_orm get_artifact
    get_data_artifact get_deployment_artifact get_model_artifact id json license limitations load_artifact
    log_metadata model_computed_fields model_config model_construct model_copy model_dump model_dump_json
    model_extra model_fields model_fields_set model_id model_json_schema model_parametrized_name model_post_init
    model_rebuild model_validate model_validate_json model_validate_strings model_version_id name number parse_file
    parse_obj parse_raw run_metadata save_models_to_registry schema schema_json set_stage stage
    suppress_class_validation_warnings tags trade_offs update_forward_refs use_cases validate version
PartialStepConfiguration: cache_policy caching_parameters client_lazy_loaders command construct copy dict
    enable_artifact_metadata enable_artifact_visualization enable_cache enable_step_logs end_hook_source environment
    experiment_tracker external_input_artifacts extra failure_hook_source from_orm group heartbeat_healthy_threshold
    json model model_artifacts_or_metadata model_computed_fields model_config model_construct model_copy model_dump
    model_dump_json model_extra model_fields model_fields_set model_json_schema model_parametrized_name
    model_post_init model_rebuild model_validate model_validate_json model_validate_strings name outputs parameters
    parse_file parse_obj parse_raw retry runtime schema schema_json secrets settings start_hook_source step_operator
    step_type substitutions success_hook_source template update_forward_refs uses_experiment_tracker
    uses_step_operator validate
Pipeline: add_step_invocation build configuration configure copy create_run_template create_snapshot deploy
    enable_cache enable_heartbeat invocations is_dynamic is_prepared log_pipeline_snapshot_metadata
    missing_parameters model name prepare register replay required_parameters resolve source_code source_object
    with_options write_run_configuration_template
PipelineConfiguration: cache_policy cleanup_hook_source construct copy deployment_settings dict docker_settings
    enable_artifact_metadata enable_artifact_visualization enable_cache enable_heartbeat enable_pipeline_logs
    enable_step_logs end_hook_source environment execution_mode extra failure_hook_source finalize_substitutions
    from_orm get_invocation_input_overrides init_hook_kwargs init_hook_source json model model_computed_fields
    model_config model_construct model_copy model_dump model_dump_json model_extra model_fields model_fields_set
    model_json_schema model_parametrized_name model_post_init model_rebuild model_validate model_validate_json
    model_validate_strings name parameters parse_file parse_obj parse_raw pause_hook_source resource_settings
    resume_hook_source retry schema schema_json secrets settings skip_successful_steps start_hook_source
    step_default_input_overrides step_input_overrides steps_to_skip substitutions success_hook_source tags
    update_forward_refs validate
PipelineContext: enable_artifact_metadata enable_artifact_visualization enable_cache enable_pipeline_logs
    enable_step_logs extra model name settings
PipelineRunResponse: ANALYTICS_FIELDS active_wait_condition artifact_versions body build child_key
    client_environment code_path code_reference config construct copy created dict enable_heartbeat end_time
    exception_info from_orm from_yaml get_analytics_metadata get_body get_hydrated_version get_metadata
    get_resources hydrate id in_progress index is_templatable json log_collection metadata model_computed_fields
    model_config model_construct model_copy model_dump model_dump_json model_extra model_fields model_fields_set
    model_json_schema model_parametrized_name model_post_init model_rebuild model_validate model_validate_json
    model_validate_strings model_version name orchestrator_environment orchestrator_run_id original_run outputs
    parent_run parse_file parse_obj parse_raw permission_denied pipeline pipeline_id produced_artifact_versions
    project project_id resources root_run_id run_metadata schedule schema schema_json snapshot source_snapshot stack
    start_time status steps tags template_id trigger trigger_execution_info trigger_info triggered_by_deployment
    update_forward_refs updated user user_id validate yaml
ResourceSettings: LEVEL allocation_wait_timeout_seconds autoscaling_metric autoscaling_target construct copy
    cpu_count dict effective_reclaim_tolerance empty from_orm get_memory gpu_class gpu_count
    has_basic_resource_demands initialization_lease_seconds json max_concurrency max_replicas memory
    memory_quantity_and_unit merged_resource_demands min_replicas model_computed_fields model_config model_construct
    model_copy model_dump model_dump_json model_extra model_fields model_fields_set model_json_schema
    model_parametrized_name model_post_init model_rebuild model_validate model_validate_json model_validate_strings
    normalize_input normalized_resources parse_file parse_obj parse_raw reclaim_tolerance
    reclaim_tolerance_explicitly_set required_secrets resources schema schema_json update_forward_refs validate
    validate_replicas
Schedule: catchup construct copy cron_expression dict end_time from_orm interval_second json model_computed_fields
    model_config model_construct model_copy model_dump model_dump_json model_extra model_fields model_fields_set
    model_json_schema model_parametrized_name model_post_init model_rebuild model_validate model_validate_json
    model_validate_strings name parse_file parse_obj parse_raw run_once_start_time schema schema_json start_time
    update_forward_refs validate
StepContext: add_output_metadata add_output_tags get get_output_artifact_uri get_output_materializer
    get_output_metadata get_output_tags inputs is_active model pipeline pipeline_state remove_output_tags
StepRetryConfig: backoff construct copy delay dict from_orm json max_retries model_computed_fields model_config
    model_construct model_copy model_dump model_dump_json model_extra model_fields model_fields_set
    model_json_schema model_parametrized_name model_post_init model_rebuild model_validate model_validate_json
    model_validate_strings parse_file parse_obj parse_raw schema schema_json update_forward_refs validate
Tag: cascade color construct copy dict exclusive from_orm json model_computed_fields model_config model_construct
    model_copy model_dump model_dump_json model_extra model_fields model_fields_set model_json_schema
    model_parametrized_name model_post_init model_rebuild model_validate model_validate_json model_validate_strings
    name parse_file parse_obj parse_raw schema schema_json to_request update_forward_refs validate
"""


@cache
def _classes() -> dict[str, frozenset[str]]:
    lines = _TABLE.replace("\n    ", " ").strip().splitlines()
    parted = [line.partition(": ") for line in lines]
    return {class_: frozenset(names.split()) for class_, _, names in parted}


def attributes(class_: str) -> frozenset[str]:
    """The public attributes of a class's objects; none of a class that is not in the table."""
    return _classes().get(class_, frozenset())


def may_have(class_: str, name: str) -> bool:
    """Whether objects of a class have an attribute, or may have it: one that isn't public, or of an unknown class."""
    known = attributes(class_)
    return not known or name.startswith("_") or name in known
