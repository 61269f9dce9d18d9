"""The signatures of the ready-made steps of integrations, by the release that they are of.

A paragraph of the table is a name: what it is, the module below `zenml` that defines it, and its name. Each
line below is what it was from a release on:

    0.20  deploy_decision, model, *params: MLFlowDeployerParameters
          inputs by position (`?`: it has a default), the group of parameters, `*context` for a `StepContext`
    0.36  make EvidentlyReportStep | EvidentlySingleDatasetReportStep: step_name, params, single_dataset
          a function that makes a step of this class (the second one where its last argument is true)
    0.40  gone

Outputs stand behind `->`: names, or `none`; without them there is one, called `output`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

Release = tuple[int, int]
_CONTINUED = " " * 8
_TABLE = """
step integrations.mlflow.steps.mlflow_deployer mlflow_model_deployer_step
  0.7   deploy_decision, model, *config: MLFlowDeployerConfig
  0.20  deploy_decision, model, *params: MLFlowDeployerParameters
  0.40  model, deploy_decision?, experiment_name?, run_name?, model_name?, workers?, mlserver?, timeout?
step integrations.mlflow.steps.mlflow_deployer mlflow_model_deployer
  0.6   deploy_decision, *config: MLFlowDeployerConfig, *context
  0.7   gone
step integrations.mlflow.steps.mlflow_deployer mlflow_deployer_step
  0.6   clone mlflow_model_deployer: name, enable_cache
  0.7   clone mlflow_model_deployer_step: enable_cache, name
  0.40  gone
step integrations.mlflow.steps.mlflow_deployer mlflow_model_registry_deployer_step
  0.36  *params: MLFlowDeployerParameters
  0.40  registry_model_name, registry_model_version?, registry_model_stage?, replace_existing?, model_name?, workers?,
        mlserver?, timeout?
step integrations.mlflow.steps.mlflow_registry mlflow_register_model_step
  0.36  model, *params: MLFlowRegistryParameters -> none
  0.40  model, name, version?, trained_model_name?, model_source_uri?, experiment_name?, run_name?, run_id?,
        description?, metadata? -> none
step integrations.seldon.steps.seldon_deployer seldon_model_deployer_step
  0.7   deploy_decision, *config: SeldonDeployerStepConfig, *context, model
  0.20  deploy_decision, *params: SeldonDeployerStepParameters, *context, model
  0.40  model, service_config, deploy_decision?, timeout?
step integrations.seldon.steps.seldon_deployer seldon_custom_model_deployer_step
  0.13  deploy_decision, *config: SeldonDeployerStepConfig, *context, model
  0.20  deploy_decision, *params: SeldonDeployerStepParameters, *context, model
  0.40  model, predict_function, service_config, deploy_decision?, timeout?
step integrations.seldon.steps.seldon_deployer seldon_mlflow_registry_deployer_step
  0.36  *params: SeldonDeployerStepParameters
  0.40  service_config, registry_model_name?, registry_model_version?, registry_model_stage?, replace_existing?,
        timeout?
step integrations.kserve.steps.kserve_deployer kserve_model_deployer_step
  0.12  deploy_decision, *config: KServeDeployerStepConfig, *context, model
  0.20  deploy_decision, *params: KServeDeployerStepParameters, *context, model
  0.56  gone
step integrations.kserve.steps.kserve_deployer kserve_custom_model_deployer_step
  0.13  deploy_decision, *config: KServeDeployerStepConfig, *context, model
  0.20  deploy_decision, *params: KServeDeployerStepParameters, *context, model
  0.56  gone
step integrations.bentoml.steps.bento_builder bento_builder_step
  0.22  model, *params: BentoMLBuilderParameters, *context
  0.40  model, model_name, model_type, service, version?, labels?, description?, include?, exclude?, python?, docker?,
        working_dir?
step integrations.bentoml.steps.bentoml_deployer bentoml_model_deployer_step
  0.22  deploy_decision, bento, *params: BentoMLDeployerParameters
  0.40  bento, model_name, port, deploy_decision?, workers?, backlog?, production?, working_dir?, host?,
        ssl_certfile?, ssl_keyfile?, ssl_keyfile_password?, ssl_version?, ssl_cert_reqs?, ssl_ca_certs?, ssl_ciphers?,
        timeout?
  0.68  bento, model_name, port, deployment_type?, deploy_decision?, workers?, backlog?, production?, working_dir?,
        host?, image?, image_tag?, platform?, ssl_certfile?, ssl_keyfile?, ssl_keyfile_password?, ssl_version?,
        ssl_cert_reqs?, ssl_ca_certs?, ssl_ciphers?, timeout?
step integrations.label_studio.steps.label_studio_standard_steps get_or_create_dataset
  0.12  *config: LabelStudioDatasetRegistrationConfig, *context
  0.20  *params: LabelStudioDatasetRegistrationParameters, *context
  0.40  *params: LabelStudioDatasetRegistrationParameters
  0.50  label_config, dataset_name
step integrations.label_studio.steps.label_studio_standard_steps get_labeled_data
  0.12  dataset_name, *context
  0.40  dataset_name
step integrations.label_studio.steps.label_studio_standard_steps sync_new_data_to_label_studio
  0.12  uri, dataset_name, predictions, *config: LabelStudioDatasetSyncConfig, *context -> none
  0.20  uri, dataset_name, predictions, *params: LabelStudioDatasetSyncParameters, *context -> none
  0.40  uri, dataset_name, predictions, *params: LabelStudioDatasetSyncParameters -> none
  0.50  uri, dataset_name, predictions, params -> none
step integrations.slack.steps.slack_alerter_ask_step slack_alerter_ask_step
  0.10  *config: SlackAlerterConfig, *context, message
  0.20  *params: SlackAlerterParameters, *context, message
  0.40  message, params?
step integrations.slack.steps.slack_alerter_post_step slack_alerter_post_step
  0.10  *config: SlackAlerterConfig, *context, message
  0.20  *params: SlackAlerterParameters, *context, message
  0.40  message, params?
  0.55  message?, params?
step integrations.discord.steps.discord_alerter_ask_step discord_alerter_ask_step
  0.45  message, params?
step integrations.discord.steps.discord_alerter_post_step discord_alerter_post_step
  0.45  message, params?
class integrations.deepchecks.steps.deepchecks_data_drift DeepchecksDataDriftCheckStep
  0.12  reference_dataset, target_dataset, *config: DeepchecksDataDriftCheckStepConfig
  0.20  reference_dataset, target_dataset, *params: DeepchecksDataDriftCheckStepParameters
  0.40  gone
step integrations.deepchecks.steps.deepchecks_data_drift deepchecks_data_drift_check_step
  0.12  make DeepchecksDataDriftCheckStep: step_name, config
  0.20  make DeepchecksDataDriftCheckStep: step_name, params
  0.40  reference_dataset, target_dataset, check_list?, dataset_kwargs?, check_kwargs?, run_kwargs?
class integrations.deepchecks.steps.deepchecks_data_integrity DeepchecksDataIntegrityCheckStep
  0.12  dataset, *config: DeepchecksDataIntegrityCheckStepConfig
  0.20  dataset, *params: DeepchecksDataIntegrityCheckStepParameters
  0.40  gone
step integrations.deepchecks.steps.deepchecks_data_integrity deepchecks_data_integrity_check_step
  0.12  make DeepchecksDataIntegrityCheckStep: step_name, config
  0.20  make DeepchecksDataIntegrityCheckStep: step_name, params
  0.40  dataset, check_list?, dataset_kwargs?, check_kwargs?, run_kwargs?
class integrations.deepchecks.steps.deepchecks_model_drift DeepchecksModelDriftCheckStep
  0.12  reference_dataset, target_dataset, model, *config: DeepchecksModelDriftCheckStepConfig
  0.20  reference_dataset, target_dataset, model, *params: DeepchecksModelDriftCheckStepParameters
  0.40  gone
step integrations.deepchecks.steps.deepchecks_model_drift deepchecks_model_drift_check_step
  0.12  make DeepchecksModelDriftCheckStep: step_name, config
  0.20  make DeepchecksModelDriftCheckStep: step_name, params
  0.40  reference_dataset, target_dataset, model, check_list?, dataset_kwargs?, check_kwargs?, run_kwargs?
class integrations.deepchecks.steps.deepchecks_model_validation DeepchecksModelValidationCheckStep
  0.12  dataset, model, *config: DeepchecksModelValidationCheckStepConfig
  0.20  dataset, model, *params: DeepchecksModelValidationCheckStepParameters
  0.40  gone
step integrations.deepchecks.steps.deepchecks_model_validation deepchecks_model_validation_check_step
  0.12  make DeepchecksModelValidationCheckStep: step_name, config
  0.20  make DeepchecksModelValidationCheckStep: step_name, params
  0.40  dataset, model, check_list?, dataset_kwargs?, check_kwargs?, run_kwargs?
class integrations.evidently.steps.evidently_profile EvidentlyProfileStep
  0.5   reference_dataset, comparison_dataset, *config: EvidentlyProfileConfig, *context -> profile, dashboard
  0.6   reference_dataset, comparison_dataset, *config: EvidentlyProfileConfig -> profile, dashboard
  0.20  reference_dataset, comparison_dataset, *params: EvidentlyProfileParameters -> profile, dashboard
  0.40  gone
step integrations.evidently.steps.evidently_profile evidently_profile_step
  0.12  make EvidentlyProfileStep: step_name, config
  0.20  make EvidentlyProfileStep: step_name, params
  0.40  reference_dataset, comparison_dataset, column_mapping?, ignored_cols?, profile_sections?, verbose_level?,
        profile_options?, dashboard_options? -> profile, dashboard
  0.43  gone
class integrations.evidently.steps.evidently_report EvidentlyReportStep
  0.36  reference_dataset, comparison_dataset, *params: EvidentlyReportParameters -> report_json, report_html
  0.40  gone
class integrations.evidently.steps.evidently_report EvidentlySingleDatasetReportStep
  0.36  dataset, *params: EvidentlyReportParameters -> report_json, report_html
  0.40  gone
step integrations.evidently.steps.evidently_report evidently_report_step
  0.36  make EvidentlyReportStep | EvidentlySingleDatasetReportStep: step_name, params, single_dataset
  0.40  reference_dataset, comparison_dataset?, column_mapping?, ignored_cols?, metrics?, report_options?,
        download_nltk_data? -> report_json, report_html
class integrations.evidently.steps.evidently_test EvidentlyTestStep
  0.36  reference_dataset, comparison_dataset, *params: EvidentlyTestParameters -> test_json, test_html
  0.40  gone
class integrations.evidently.steps.evidently_test EvidentlySingleDatasetTestStep
  0.36  dataset, *params: EvidentlyTestParameters -> test_json, test_html
  0.40  gone
step integrations.evidently.steps.evidently_test evidently_test_step
  0.36  make EvidentlyTestStep | EvidentlySingleDatasetTestStep: step_name, params, single_dataset
  0.40  reference_dataset, comparison_dataset, column_mapping?, ignored_cols?, tests?, test_options?,
        download_nltk_data? -> test_json, test_html
step integrations.facets.steps.facets_visualization_steps facets_visualization_step
  0.39  reference, comparison
step integrations.facets.steps.facets_visualization_steps facets_list_visualization_step
  0.39  dataframes
step integrations.facets.steps.facets_visualization_steps facets_dict_visualization_step
  0.39  dataframes
class integrations.great_expectations.steps.ge_profiler GreatExpectationsProfilerStep
  0.10  dataset, *config: GreatExpectationsProfilerConfig
  0.20  dataset, *params: GreatExpectationsProfilerParameters
  0.40  gone
step integrations.great_expectations.steps.ge_profiler great_expectations_profiler_step
  0.12  make GreatExpectationsProfilerStep: step_name, config
  0.20  make GreatExpectationsProfilerStep: step_name, params
  0.40  dataset, expectation_suite_name, data_asset_name?, profiler_kwargs?, overwrite_existing_suite?
class integrations.great_expectations.steps.ge_validator GreatExpectationsValidatorStep
  0.10  dataset, condition, *config: GreatExpectationsValidatorConfig
  0.20  dataset, condition, *params: GreatExpectationsValidatorParameters
  0.40  gone
step integrations.great_expectations.steps.ge_validator great_expectations_validator_step
  0.12  make GreatExpectationsValidatorStep: step_name, config
  0.20  make GreatExpectationsValidatorStep: step_name, params
  0.40  dataset, expectation_suite_name, data_asset_name?, action_list?, exit_on_error?
class integrations.whylogs.steps.whylogs_profiler WhylogsProfilerStep
  0.6   dataset, *config: WhylogsProfilerConfig, *context
  0.12  dataset, *config: WhylogsProfilerConfig
  0.20  dataset, *params: WhylogsProfilerParameters
  0.40  gone
step integrations.whylogs.steps.whylogs_profiler whylogs_profiler_step
  0.6   make WhylogsProfilerStep: step_name, enable_cache, dataset_name, dataset_timestamp, tags
  0.12  make WhylogsProfilerStep: step_name, config, dataset_id
  0.20  make WhylogsProfilerStep: step_name, params, dataset_id
  0.36  make WhylogsProfilerStep: step_name, params, dataset_id, enable_whylabs
  0.40  dataset, dataset_timestamp?
step integrations.whylogs.steps.whylogs_profiler get_whylogs_profiler_step
  0.40  make whylogs_profiler_step: dataset_timestamp, dataset_id, enable_whylabs
step integrations.huggingface.steps.huggingface_deployer huggingface_model_deployer_step
  0.56  service_config, deploy_decision?, timeout?
class integrations.sklearn.steps.sklearn_evaluator SklearnEvaluator
  0.5   dataset, model, *config: SklearnEvaluatorConfig
  0.13  gone
class integrations.sklearn.steps.sklearn_splitter SklearnSplitter
  0.5   dataset, *config: SklearnSplitterConfig -> train, test, validation
  0.13  gone
class integrations.sklearn.steps.sklearn_standard_scaler SklearnStandardScaler
  0.5   train_dataset, test_dataset, validation_dataset, statistics, schema, *config: SklearnStandardScalerConfig ->
        train_transformed, test_transformed, validation_transformed
  0.13  gone
class integrations.tensorflow.steps.tensorflow_trainer TensorflowBinaryClassifier
  0.5   train_dataset, validation_dataset, *config: TensorflowBinaryClassifierConfig
  0.13  gone
class steps.builtin_steps.pandas_datasource PandasDatasource
  0.5   *config: PandasDatasourceConfig
  0.13  gone
class steps.builtin_steps.pandas_analyzer PandasAnalyzer
  0.5   dataset, *config: PandasAnalyzerConfig -> statistics, schema
  0.13  gone
step alerter.alerter_step alerter_step
  0.8   *config: BaseAlerterStepConfig, *context, message
  0.10  gone
"""


@dataclass(frozen=True)
class Signature:
    """What a ready-made step was from a release on.

    `group` is the parameter that takes a group of parameters, and `group_class` that group's class. What only makes
    steps has `makes`: the classes, or the step, of which it makes one.
    """

    since: Release
    inputs: tuple[str, ...] = ()  # by position, without group and context
    optional: frozenset[str] = frozenset()
    group: str = ""
    group_class: str = ""
    context: str = ""
    outputs: tuple[str, ...] = ("output",)
    makes: tuple[str, ...] = ()
    clones: bool = False  # it makes another class of steps, not a step
    gone: bool = False


@dataclass(frozen=True)
class BuiltIn:
    """A ready-made step, a class of such steps, or a function that makes them; `module` defines it."""

    name: str
    module: str
    is_class: bool
    signatures: tuple[Signature, ...]

    @property
    def path(self) -> str:
        return f"{self.module}.{self.name}"

    def of(self, release: Release) -> Signature | None:
        """Its signature in a release; None if it isn't there."""
        found = None
        for signature in self.signatures:
            if signature.since <= release:
                found = signature
        return None if found is None or found.gone else found

    def nearest(self, release: Release) -> Signature:
        """Its signature in a release; if it isn't there, in the nearest one."""
        there = [signature for signature in self.signatures if not signature.gone]
        before = [signature for signature in there if signature.since <= release]
        return before[-1] if before else there[0]


@cache
def built_ins() -> dict[str, BuiltIn]:
    """All ready-made steps that are known, by their names."""
    found: dict[str, BuiltIn] = {}
    heading: list[str] = []
    rows: list[str] = []

    def add() -> None:
        if heading:
            kind, module, name = heading
            found[name] = BuiltIn(name, f"zenml.{module}", kind == "class", tuple(map(_signature, rows)))

    for line in _TABLE.strip().splitlines():
        if not line.startswith(" "):
            add()
            heading, rows = line.split(), []
        elif line.startswith(_CONTINUED):
            rows[-1] += f" {line.strip()}"
        else:
            rows.append(line.strip())
    add()
    return found


_STAYED = frozenset({"SlackAlerterParameters", "LabelStudioDatasetSyncParameters", "BaseAlerterStepConfig"})


@cache
def spans_of_life() -> dict[str, tuple[Release, Release | None]]:
    """From which release on, and until which (without that one), a step or a group of parameters is there."""
    found: dict[str, tuple[Release, Release | None]] = {}
    for built_in in built_ins().values():
        last = built_in.signatures[-1]
        found[built_in.name] = (built_in.signatures[0].since, last.since if last.gone else None)
        following = [signature.since for signature in built_in.signatures[1:]]
        for signature, end in zip(built_in.signatures, [*following, None], strict=True):
            if signature.group_class:
                since, until = found.get(signature.group_class, (signature.since, end))
                later = None if until is None or end is None else max(until, end)
                later = None if signature.group_class in _STAYED else later  # as a plain model
                found[signature.group_class] = (min(since, signature.since), later)
    return found


def _signature(row: str) -> Signature:
    release, _, text = row.partition(" ")
    major, _, minor = release.partition(".")
    since = (int(major), int(minor))
    text = text.strip()
    if text == "gone":
        return Signature(since, gone=True)
    verb, _, rest = text.partition(" ")
    if verb in ("make", "clone"):
        makes, _, parameters = rest.partition(":")
        return Signature(since, _names(parameters), makes=_names(makes, "|"), clones=verb == "clone")
    parameters, _, outputs = text.partition("->")
    given = _names(parameters)
    plain = [name for name in given if not name.startswith("*")]
    group, _, group_class = next((name[1:] for name in given if ":" in name), "").partition(":")
    named = {"": ("output",), "none": ()}.get(outputs.strip())
    return Signature(
        since,
        inputs=tuple(name.rstrip("?") for name in plain),
        optional=frozenset(name.rstrip("?") for name in plain if name.endswith("?")),
        group=group,
        group_class=group_class.strip(),
        context="context" if "*context" in given else "",
        outputs=_names(outputs) if named is None else named,
    )


def _names(text: str, separator: str = ",") -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(separator) if name.strip())
