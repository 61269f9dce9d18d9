"""The model as a PipelineSpec and a PlatformSpec: protobuf messages, which check it, then JSON in reading order."""

from __future__ import annotations

from typing import Any

from zencompile_kubeflow.model import (
    Artifact,
    Component,
    Constant,
    ContainerResources,
    Dag,
    Executor,
    FinalStatus,
    Given,
    Importer,
    OneOf,
    ParameterInput,
    PipelineModel,
    Task,
    Upstream,
)

Json = Any

SCHEMA_VERSION = "2.1.0"
SDK_VERSION = "zencompile"  # without a number: a new compiler alone changes no file
_ARTIFACT_VERSION = "0.0.1"
_RESOURCES = ("cpu_limit", "memory_limit", "cpu_request", "memory_request")


def documents(model: PipelineModel) -> list[dict[str, Json]]:
    """The documents of the file: the PipelineSpec and, where anything is in it, the PlatformSpec."""
    found = [_pipeline(model)]
    platform = {e.name: e.kubernetes for e in model.executors if e.kubernetes}
    if platform:
        found.append(_platform(platform))
    return found


def _pipeline(model: PipelineModel) -> dict[str, Json]:
    from google.protobuf.json_format import MessageToDict
    from kfp.pipeline_spec import pipeline_spec_pb2 as pb

    message = pb.PipelineSpec(schema_version=SCHEMA_VERSION, sdk_version=SDK_VERSION)
    message.pipeline_info.name = model.name
    if model.title != model.name:
        message.pipeline_info.display_name = model.title
    message.pipeline_info.description = model.description
    message.default_pipeline_root = model.pipeline_root
    builder = _Builder(pb)
    builder.component(message.root, model.root)
    for component in model.components:
        builder.component(message.components[component.name], component)
    config = pb.PipelineDeploymentConfig()
    for executor in model.executors:
        builder.executor(config.executors[executor.name].container, executor)
    data = MessageToDict(message)
    for importer in model.importers:
        builder.importer(config.executors[importer.name].importer, importer)
    executors = MessageToDict(config)["executors"] if model.executors else {}
    ordered = {
        "pipelineInfo": data["pipelineInfo"],
        "schemaVersion": data["schemaVersion"],
        "sdkVersion": data["sdkVersion"],
    }
    if model.pipeline_root:
        ordered["defaultPipelineRoot"] = data["defaultPipelineRoot"]
    ordered["root"] = _component(data["root"], model.root)
    ordered["components"] = {c.name: _component(data["components"][c.name], c) for c in model.components}
    containers = {one.name: _executor(executors[one.name]) for one in model.executors}
    importers = {one.name: executors[one.name] for one in model.importers}
    ordered["deploymentSpec"] = {"executors": containers | importers}
    return ordered


def _platform(executors: dict[str, Json]) -> dict[str, Json]:
    from google.protobuf.json_format import ParseDict
    from kfp.pipeline_spec import pipeline_spec_pb2 as pb

    document = {"platforms": {"kubernetes": {"deploymentSpec": {"executors": executors}}}}
    ParseDict(document, pb.PlatformSpec())
    return document


class _Builder:
    """Fills messages; `pb` is the module of their classes."""

    def __init__(self, pb: Any) -> None:
        self.pb = pb
        self.types = pb.ParameterType.ParameterTypeEnum

    def component(self, message: Any, component: Component) -> None:
        """A ComponentSpec."""
        for parameter in component.parameters:
            self._parameter(message.input_definitions.parameters[parameter.name], parameter)
        for artifact in component.artifacts:
            self._artifact(message.input_definitions.artifacts[artifact.name], artifact)
        for output in component.output_parameters:
            message.output_definitions.parameters[output.name].parameter_type = self.types.Value(output.type)
        for artifact in component.output_artifacts:
            self._artifact(message.output_definitions.artifacts[artifact.name], artifact)
        if component.dag is not None:
            self._dag(message.dag, component.dag)
        else:
            message.executor_label = component.executor

    def _parameter(self, message: Any, parameter: ParameterInput) -> None:
        message.parameter_type = self.types.Value(parameter.type)
        message.is_optional = parameter.optional
        message.description = parameter.description
        if parameter.default is not None:
            _set(message.default_value, parameter.default)

    def _artifact(self, message: Any, artifact: Artifact) -> None:
        message.artifact_type.schema_title = artifact.type
        message.artifact_type.schema_version = _ARTIFACT_VERSION
        message.is_artifact_list = artifact.many

    def _dag(self, message: Any, dag: Dag) -> None:
        for task in dag.tasks:
            self._task(message.tasks[task.name], task)
        for name, source in dag.outputs.items():
            for one in source.upstream if isinstance(source, OneOf) else (source,):
                selector = message.outputs.artifacts[name].artifact_selectors.add()
                selector.producer_subtask, selector.output_artifact_key = one.task, one.output
        for name, source in dag.parameters.items():
            output = message.outputs.parameters[name].value_from_parameter
            output.producer_subtask, output.output_parameter_key = source.task, source.output

    def _task(self, message: Any, task: Task) -> None:
        message.task_info.name = task.title
        message.component_ref.name = task.component
        for name, source in task.parameters.items():
            self._input(message.inputs.parameters[name], source)
        for name, source in task.artifacts.items():
            entry = message.inputs.artifacts[name]
            if isinstance(source, Upstream):
                entry.task_output_artifact.producer_task = source.task
                entry.task_output_artifact.output_artifact_key = source.output
            elif not isinstance(source, Constant):
                entry.component_input_artifact = source.name
        message.dependent_tasks.extend(task.after)
        if task.cache is not None:
            message.caching_options.enable_cache = task.cache
        if task.condition:
            message.trigger_policy.condition = task.condition
        if task.last:
            message.trigger_policy.strategy = message.TriggerPolicy.ALL_UPSTREAM_TASKS_COMPLETED
        if task.iteration is not None:
            message.parameter_iterator.item_input = task.iteration.item
            if task.iteration.raw is not None:
                message.parameter_iterator.items.raw = task.iteration.raw
            else:
                message.parameter_iterator.items.input_parameter = task.iteration.items
        if task.retry is not None:
            message.retry_policy.max_retry_count = task.retry.count
            message.retry_policy.backoff_duration.seconds = task.retry.delay
            message.retry_policy.backoff_max_duration.seconds = task.retry.longest
            message.retry_policy.backoff_factor = task.retry.factor

    def _input(self, message: Any, source: Given) -> None:
        if isinstance(source, Constant):
            _set(message.runtime_value.constant, source.value)
        elif isinstance(source, Upstream):
            message.task_output_parameter.producer_task = source.task
            message.task_output_parameter.output_parameter_key = source.output
        elif isinstance(source, FinalStatus):
            message.task_final_status.producer_task = source.task
        else:
            message.component_input_parameter = source.name

    def importer(self, message: Any, importer: Importer) -> None:
        """An ImporterSpec."""
        message.artifact_uri.constant.string_value = importer.uri
        message.type_schema.schema_title = importer.type
        message.type_schema.schema_version = _ARTIFACT_VERSION

    def executor(self, message: Any, executor: Executor) -> None:
        """A PipelineContainerSpec."""
        message.image = executor.image
        message.command.extend(executor.command)
        message.args.extend(executor.arguments)
        for name, value in executor.variables.items():
            message.env.add(name=name, value=value)
        _fill_resources(message, executor.resources)


def _fill_resources(message: Any, resources: ContainerResources) -> None:
    for name in _RESOURCES:
        if getattr(resources, name):
            setattr(message.resources, name, getattr(resources, f"{name}_number"))
            setattr(message.resources, f"resource_{name}", getattr(resources, name))
    if resources.accelerator:
        accelerator, count = message.resources.accelerator, resources.accelerator_count
        accelerator.type = accelerator.resource_type = resources.accelerator
        accelerator.count, accelerator.resource_count = count, str(count)


def _set(message: Any, value: Json) -> None:
    """Fill a protobuf Value."""
    if isinstance(value, bool):
        message.bool_value = value
    elif isinstance(value, str):
        message.string_value = value
    elif isinstance(value, (int, float)):
        message.number_value = value
    else:
        from google.protobuf.json_format import ParseDict

        ParseDict(value, message)


# -- reading order -----------------------------------------------------------------------------------------------------
# A protobuf map has no order; the model has one. Numbers stand as they were written: 3, not 3.0.


def _component(data: Json, component: Component) -> dict[str, Json]:
    ordered: dict[str, Json] = {}
    if "inputDefinitions" in data:
        ordered["inputDefinitions"] = _definitions(data["inputDefinitions"], component.parameters, component.artifacts)
    if "outputDefinitions" in data:
        outputs = component.output_parameters, component.output_artifacts
        ordered["outputDefinitions"] = _definitions(data["outputDefinitions"], *outputs)
    if component.dag is None:
        return ordered | {"executorLabel": data["executorLabel"]}
    dag, model = data.get("dag", {}), component.dag
    tasks = dag.get("tasks", {})
    ordered["dag"] = {"tasks": {task.name: _task(tasks[task.name], task) for task in model.tasks}}
    leaving: dict[str, Json] = {}
    for key, names in (("parameters", model.parameters), ("artifacts", model.outputs)):
        if names:
            leaving[key] = {name: dag["outputs"][key][name] for name in names}
    if leaving:
        ordered["dag"]["outputs"] = leaving
    return ordered


def _definitions(data: Json, parameters: Any, artifacts: tuple[Artifact, ...]) -> dict[str, Json]:
    ordered: dict[str, Json] = {}
    if parameters:
        ordered["parameters"] = {p.name: data["parameters"][p.name] for p in parameters}
        for parameter in parameters:
            if getattr(parameter, "default", None) is not None:
                ordered["parameters"][parameter.name]["defaultValue"] = parameter.default
    if artifacts:
        ordered["artifacts"] = {a.name: data["artifacts"][a.name] for a in artifacts}
    return ordered


def _task(data: Json, task: Task) -> dict[str, Json]:
    ordered: dict[str, Json] = {"taskInfo": data["taskInfo"], "componentRef": data["componentRef"]}
    inputs: dict[str, Json] = {}
    if task.parameters:
        inputs["parameters"] = {name: data["inputs"]["parameters"][name] for name in task.parameters}
        for name, source in task.parameters.items():
            if isinstance(source, Constant):
                inputs["parameters"][name] = {"runtimeValue": {"constant": source.value}}
    if task.artifacts:
        inputs["artifacts"] = {name: data["inputs"]["artifacts"][name] for name in task.artifacts}
    if inputs:
        ordered["inputs"] = inputs
    ordered |= {key: data[key] for key in _TASK_KEYS if key in data}
    if task.cache is not None:
        ordered["cachingOptions"] = {"enableCache": task.cache}
    return ordered


_TASK_KEYS = ("dependentTasks", "triggerPolicy", "parameterIterator", "retryPolicy", "cachingOptions")


def _executor(data: Json) -> dict[str, Json]:
    container = data["container"]
    return {
        "container": {
            key: container[key] for key in ("image", "command", "args", "env", "resources") if key in container
        }
    }
