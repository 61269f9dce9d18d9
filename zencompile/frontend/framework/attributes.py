"""Attributes of the framework's objects that have no model: known to exist, or certainly missing."""

from __future__ import annotations

from zencompile.diagnostics import did_you_mean
from zencompile.frontend.framework.attribute_names import attributes, may_have
from zencompile.frontend.values import Context, Unknown

_OLD: dict[str, str] = {
    "BaseStep": """
        CONFIG_CLASS CREATED_BY_FUNCTIONAL_API INPUT_SIGNATURE INPUT_SPEC OUTPUT_SIGNATURE OUTPUT_SPEC PARAM_SPEC
        after custom_step_operator get_materializers pipeline_parameter_name requires_context set_materializers
        upstream_steps with_return_materializers
    """,
    "Pipeline": """
        components config docker_configuration get_run get_runs last_run last_successful_run num_runs pipeline_id
        required_integrations requirements run runs schedule set_name step_outputs steps unlisted validate_stack
        version with_config
    """,
    "PipelineRunResponse": """
        enable_cache get_step get_step_names git_sha pipeline_configuration pipeline_spec runtime_duration
        stack_id steps
    """,
    "Client": """
        active_project_name active_user create_deployment get_pipeline_run get_pipelines get_runs get_stack_components
        list_runs runs set_active_project stacks zen_store
    """,
}
"""Names of releases before, which a program written for them may ask for."""


def is_old(class_: str, name: str) -> bool:
    """Whether objects of a class had an attribute in an earlier release."""
    return name in _OLD.get(class_, "").split()


def without_model(class_: str, type_name: str, name: str, context: Context, instead: str = "") -> Unknown:
    """An attribute of an object of a class that has no model here: not known. Raises the program's AttributeError where
    the framework's class has none of that name; `instead` is what was meant, if that is known."""
    if may_have(class_, name) or is_old(class_, name):
        return context.unknown(f"`{name}` of a `{type_name}` is known only when the pipeline runs")
    helps = [instead] if instead else did_you_mean(name, attributes(class_))
    raise context.raise_(AttributeError(f"'{type_name}' object has no attribute '{name}'"), helps)


def near_miss(class_: str, type_name: str, name: str, context: Context) -> None:
    """Raise the program's AttributeError for what is nearly an attribute of a class and certainly none."""
    if may_have(class_, name) or is_old(class_, name):
        return
    near = did_you_mean(name, attributes(class_))
    if near:
        raise context.raise_(AttributeError(f"'{type_name}' object has no attribute '{name}'"), near)


def near_miss_of_old(name: str, context: Context) -> None:
    """Raise the program's AttributeError for what is nearly an attribute of an old pipeline or of its run."""
    classes = ("Pipeline", "PipelineRunResponse")
    if any(may_have(class_, name) or is_old(class_, name) for class_ in classes):
        return
    known = [one for class_ in classes for one in (*attributes(class_), *_OLD[class_].split())]
    near = did_you_mean(name, known)
    if near:
        raise context.raise_(AttributeError(f"the pipeline has no attribute '{name}'"), near)
