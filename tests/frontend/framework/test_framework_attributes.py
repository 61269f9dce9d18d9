"""Attributes of the framework's own objects: known, unknown or missing, against what the real framework answers."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import engine_environment
from zencompile.frontend import surface
from zencompile.frontend.framework.attribute_names import attributes

PROGRAM = '''
from typing import Any, Tuple
from typing_extensions import Annotated
from zenml import ArtifactConfig, Model, Tag, get_pipeline_context, get_step_context, pipeline, step
from zenml.client import Client
from zenml.config import CachePolicy, DockerSettings, ResourceSettings
from zenml.config.docker_settings import DockerBuildConfig, DockerBuildOptions
from zenml.config.retry_config import StepRetryConfig
from zenml.config.schedule import Schedule
from zenml.config.step_configurations import GroupInfo


def hook():
    pass


@step
def bare(loaves: int = 2) -> int:
    return loaves


@step(
    name="full name", enable_cache=False, enable_step_logs=True, experiment_tracker="tracker", step_operator="operator",
    settings={"docker": DockerSettings(requirements=["a"]), "resources": ResourceSettings(cpu_count=2)},
    extra={"a": 1}, retry=StepRetryConfig(max_retries=2, delay=5), environment={"A": "b"}, secrets=["s"],
    model=Model(name="m", version="3"), substitutions={"k": "v"}, on_failure=hook,
    cache_policy=CachePolicy(include_step_code=False),
)
def full(loaves: int = 2) -> Tuple[Annotated[int, "a"], str]:
    """Doc."""
    return 1, "a"


@step
def show(v: Any) -> None:
    pass


@pipeline(
    name="named", enable_cache=True, tags=["t"], extra={"z": 1}, model=Model(name="mm", tags=["x"]),
    settings={"docker": DockerSettings(requirements=["b"])}, environment={"E": "1"}, secrets=["q"],
    substitutions={"w": "y"}, retry=StepRetryConfig(max_retries=4),
)
def p(loaves: int = 3):
    bare(loaves)
'''

KNOWN = """
bare.name
bare.enable_cache
bare.docstring
bare.configuration.name
bare.configuration.parameters
bare.configuration.retry
bare.configuration.enable_cache
bare.configuration.enable_artifact_metadata
bare.configuration.enable_artifact_visualization
bare.configuration.enable_step_logs
bare.configuration.step_operator
bare.configuration.experiment_tracker
bare.configuration.settings
bare.configuration.environment
bare.configuration.secrets
bare.configuration.extra
bare.configuration.model
bare.configuration.substitutions
bare.configuration.runtime
bare.configuration.group
bare.configuration.step_type
bare.configuration.template
bare.configuration.heartbeat_healthy_threshold
bare.configuration.failure_hook_source
bare.configuration.success_hook_source
bare.configuration.start_hook_source
bare.configuration.end_hook_source
bare.configuration.cache_policy.include_step_code
bare.configuration.cache_policy.expires_after
bare.with_options(parameters={"loaves": 5}).configuration.parameters
bare.with_options(extra={"k": 1}).configuration.extra
bare.with_options(enable_cache=True).enable_cache
bare.with_options(enable_cache=True).configuration.enable_cache
full.name
full.docstring
full.configuration.name
full.configuration.enable_cache
full.configuration.enable_step_logs
full.configuration.experiment_tracker
full.configuration.step_operator
full.configuration.extra
full.configuration.extra["a"]
full.configuration.secrets
full.configuration.environment
full.configuration.substitutions
full.configuration.retry.max_retries
full.configuration.retry.delay
full.configuration.retry.backoff
full.configuration.model.name
full.configuration.model.version
full.configuration.cache_policy.include_step_code
full.configuration.cache_policy.include_step_parameters
full.configuration.parameters
list(full.configuration.settings)
full.configuration.settings["docker"].requirements
full.configuration.settings["resources"].cpu_count
p.name
p.enable_cache
p.is_dynamic
p.configuration.name
p.configuration.enable_cache
p.configuration.enable_heartbeat
p.configuration.tags
p.configuration.extra
p.configuration.environment
p.configuration.secrets
p.configuration.substitutions
p.configuration.parameters
p.configuration.model.name
p.configuration.retry.max_retries
p.configuration.settings["docker"].requirements
p.configuration.failure_hook_source
p.with_options(enable_cache=False).configuration.enable_cache
get_pipeline_context().name
get_pipeline_context().enable_cache
get_pipeline_context().extra
get_pipeline_context().model.name
DockerSettings().skip_build
DockerSettings(requirements=["x"]).requirements
DockerSettings().install_stack_requirements
DockerSettings().apt_packages
DockerSettings().environment
ResourceSettings().memory
ResourceSettings(memory="4GB").memory
Schedule(cron_expression="0 3 * * *").cron_expression
Schedule(cron_expression="0 3 * * *").catchup
Schedule(cron_expression="0 3 * * *").name
StepRetryConfig().max_retries
StepRetryConfig().backoff
CachePolicy().include_artifact_ids
Model(name="m").name
Model(name="m").version
Model(name="m").license
Model(name="m").save_models_to_registry
ArtifactConfig(name="x").name
ArtifactConfig(name="x").tags
Tag(name="t").name
Tag(name="t").cascade
GroupInfo(id="a", name="b").name
DockerBuildConfig().dockerignore
"""

UNKNOWN = """
bare.source_code
bare.configuration.outputs
bare.configuration.caching_parameters
full.configuration.failure_hook_source
p.source_code
p.required_parameters
p.configuration.execution_mode
p.configuration.cache_policy
Schedule(cron_expression="0 3 * * *").utc_start_time
Model(name="m").model_dump_json()
DockerSettings().model_dump_json()
DockerSettings.model_fields
Schedule.model_json_schema()
"""

MISSING = """
bare.nope
bare.extra
full.retry
full.settings
bare.confguration
bare.configuration.nope
bare.configuration.retries
bare.configuration.tags
full.configuration.setings
p.nope
p.extra
p.settings
p.tags
p.configuraton
p.configuration.nope
p.configuration.step_operator
get_pipeline_context().nope
get_step_context()
get_step_context().model
DockerSettings().requirement
DockerSettings().nope
DockerSettings.nope
ResourceSettings().cpus
Schedule(cron_expression="0 3 * * *").cron
StepRetryConfig().retries
CachePolicy().include
Model(name="m").nam
ArtifactConfig(name="x").nope
Tag(name="t").colour
GroupInfo(id="a", name="b").nope
Client().get_artefact_version
Client().activ_stack
"""

ASKING = """
import json, sys
import run
answers = {}

def asked(loaves=3):
    for expression in json.loads(sys.argv[1]):
        try:
            found = json.dumps(eval(expression, vars(run)), default=lambda one: getattr(one, "value", repr(one)))
            answers[expression] = ["is", json.loads(found)]
        except Exception as error:
            answers[expression] = ["raises", type(error).__name__]
    run.bare(loaves)

run.p.entrypoint = asked
run.p.prepare()
print(json.dumps(answers))
"""


def _rows(text: str) -> list[str]:
    return text.strip().splitlines()


MADE = {
    "docker": "DockerSettings()",
    "resources": "ResourceSettings()",
    "schedule": 'Schedule(cron_expression="0 3 * * *")',
    "retry": "StepRetryConfig()",
    "cache_policy": "CachePolicy()",
    "model": 'Model(name="m")',
    "artifact_config": 'ArtifactConfig(name="x")',
    "tag": 'Tag(name="t")',
    "group": 'GroupInfo(id="a", name="b")',
    "build": "DockerBuildConfig()",
}
DEFAULTS = [
    f"{made}.{field.name}"
    for kind, made in MADE.items()
    for field in surface.TABLES[kind].fields
    if field.name in attributes(surface.TABLES[kind].name)
]
ALL = [*dict.fromkeys([*_rows(KNOWN), *_rows(UNKNOWN), *_rows(MISSING), *DEFAULTS])]


@pytest.fixture(scope="module")
def answers(zenml_python: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """What the real framework answers in a pipeline's body."""
    folder = tmp_path_factory.mktemp("answers")
    (folder / "run.py").write_text(PROGRAM)
    (folder / "ask.py").write_text(ASKING)
    environment = engine_environment(
        ZENML_CONFIG_PATH=str(folder / "zenml"), ZENML_ANALYTICS_OPT_IN="false", ZENML_LOGGING_VERBOSITY="ERROR"
    )
    command = [zenml_python, "ask.py", json.dumps(ALL)]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, list[Any]] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


@pytest.mark.parametrize("expression", ALL)
def test_an_attribute_is_what_the_framework_says_or_not_known(
    expression: str, answers: dict[str, list[Any]], compile_text: Any
) -> None:
    """Never another value, never an exception that the framework doesn't raise, and no exception passed over."""
    compiled = compile_text(PROGRAM + f"    show({expression})\n", name="p", header=False)
    kind, answer = answers[expression]
    raised = [d.message for d in compiled.report.errors if d.code == "ZC0102"]
    assert (kind == "raises") is bool(raised), (answer, compiled.errors)
    if kind == "raises":
        assert raised[0].startswith(f"the program raises {answer}")
    elif not compiled.errors:
        value = compiled.input("show", "v")
        assert (value if not isinstance(value, dict) or "$" not in value else answer) == answer
    if expression in _rows(KNOWN):
        assert compiled.errors == []


@pytest.mark.parametrize(
    ("expression", "help"),
    [
        ("p.configuraton", "did you mean `configuration`?"),
        ("full.retry", "it is `full name.configuration.retry`"),
        ("DockerSettings().requirement", "did you mean `requirements`?"),
        ("Client().get_artefact_version", "did you mean `get_artifact_version`?"),
    ],
)
def test_what_is_misspelt_is_told(expression: str, help: str, compile_text: Any) -> None:
    """With the name that was meant."""
    compiled = compile_text(PROGRAM + f"    show({expression})\n", name="p", header=False)
    assert [d.helps for d in compiled.report.errors if d.code == "ZC0102"] == [(help,)]


def test_the_table_of_attributes_is_the_releases(zenml_python: Path) -> None:
    """`python scripts/framework_attributes.py PYTHON` writes it anew."""
    import importlib.util

    place = Path(__file__).parents[3] / "scripts" / "framework_attributes.py"
    spec = importlib.util.spec_from_file_location("attributes", place)
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    found = script.ask(zenml_python)["classes"]
    assert {class_: frozenset(names) for class_, names in found.items()} == {c: attributes(c) for c in found}
