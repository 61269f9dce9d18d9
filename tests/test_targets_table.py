"""What targets declare is true, cell by cell, and what the documentation says."""

from __future__ import annotations

from pathlib import Path

import pytest
import targets_table

from zencompile import compiler, targets
from zencompile.diagnostics import CompilationFailed, Report
from zencompile.frontend import Request, read
from zencompile.ir import Pipeline
from zencompile.ir.capabilities import Capability
from zencompile.passes import PassContext

HEAD = """
import random
from zenml import pipeline, step
from zenml.client import Client
from zenml.config import ResourceSettings
from zenml.config.retry_config import StepRetryConfig
from zenml.config.schedule import Schedule

@step
def number() -> int:
    return 3

@step
def numbers() -> list[int]:
    return [1, 2]

@step{options}
def take(x: object = 1) -> int:
    return 1

@step
def pair(x: int, y: int) -> int:
    return 1

@pipeline({dynamic})
def main({parameters}):
{body}

if __name__ == "__main__":
    {run}
"""

PROBES: dict[Capability, dict[str, str]] = {
    Capability.CONDITION: {"body": "if number().load() > 3:\n    take(5)", "dynamic": "dynamic=True"},
    Capability.COMPARISON: {"body": "if number().load() > 3:\n    take(5)", "dynamic": "dynamic=True"},
    Capability.EXPRESSION: {"body": "if number().load() % 2:\n    take(5)", "dynamic": "dynamic=True"},
    Capability.COMPUTED_INPUT: {"body": "take(number().load() + 1)", "dynamic": "dynamic=True"},
    Capability.MOMENT: {"body": "take(random.random())"},
    Capability.AFTER_BRANCH: {
        "body": "if number().load() > 3:\n    take(5)\npair(1, 2)",
        "dynamic": "dynamic=True",
    },
    Capability.MERGE: {
        "body": "x = numbers()\nif number().load() > 3:\n    x = numbers()\nelse:\n    x = numbers()\ntake(x)",
        "dynamic": "dynamic=True",
    },
    Capability.MERGE_OF_ANY: {
        "body": "x = 1\nif number().load() > 3:\n    x = number()\ntake(x)",
        "dynamic": "dynamic=True",
    },
    Capability.MAP: {"body": "take.map(numbers())", "dynamic": "dynamic=True"},
    Capability.MAP_CHECK: {"body": "take.map(numbers())", "dynamic": "dynamic=True"},
    Capability.PRODUCT: {"body": "pair.product(x=numbers(), y=numbers())", "dynamic": "dynamic=True"},
    Capability.SCHEDULE: {"run": "main.with_options(schedule=Schedule(cron_expression='0 3 * * *'))()"},
    Capability.RUNTIME_PARAMETERS: {"parameters": "n: int = 7", "body": "take(n)"},
    Capability.RETRY: {"options": "(retry=StepRetryConfig(max_retries=4, delay=9))"},
    Capability.BACKOFF: {"options": "(retry=StepRetryConfig(max_retries=4, delay=9, backoff=2))"},
    Capability.RESOURCES: {"options": "(settings={'resources': ResourceSettings(cpu_count=3, memory='5GB')})"},
    Capability.GPU: {"options": "(settings={'resources': ResourceSettings(gpu_count=1)})"},
    Capability.SECRETS: {"options": "(secrets=['a-secret'])"},
    Capability.LOOKUP: {"body": "take(Client().get_artifact_version('model'))"},
    Capability.LOOKUP_INSIDE: {"body": "take([Client().get_artifact_version('model'), 1])"},
    Capability.FAIL_FAST: {"dynamic": "execution_mode='fail_fast'"},
    Capability.STOP_ON_FAILURE: {"dynamic": "execution_mode='stop_on_failure'"},
    Capability.RUN_NAME: {"run": "main.with_options(run_name='nightly')()"},
}
OPTIONS = {
    "local": {"executor": "docker"},
    "kubeflow": {"artifacts": {"model": "gs://bucket/model"}},
    "vertex": {
        "pipeline_root": "gs://bucket/runs",
        "accelerator": "NVIDIA_TESLA_T4",
        "artifacts": {"model": "gs://bucket/model"},
    },
}
"""What a target is told besides, so that it has what a probe asks for."""
PLAIN = {"options": "", "dynamic": "", "parameters": "", "body": "take()", "run": "main()"}


def _pipeline(folder: Path, capability: Capability | None) -> Pipeline:
    """The probe of a capability; None: the program without any."""
    parts = {**PLAIN, **PROBES.get(capability, {})} if capability is not None else PLAIN
    body = "\n".join(f"    {line}" for line in parts["body"].splitlines())
    text = HEAD
    for name, part in {**parts, "body": body}.items():
        text = text.replace("{" + name + "}", part)
    (folder / "run.py").write_text(text, "utf-8")
    report = Report()
    (found,) = read(Request(folder / "run.py", working_directory=folder), report)
    assert not report.errors, list(report.errors)
    if capability is Capability.TIMEOUT:
        invocations = tuple(one.model_copy(update={"timeout": 77}) for one in found.invocations)
        found = found.model_copy(update={"invocations": invocations})
    return compiler.rewrite(found, PassContext(), Report())


def _emitted(pipeline: Pipeline, name: str, report: Report) -> dict[str, str]:
    target = targets.load(name)
    lowered = compiler.lower(pipeline, target, report)
    chosen = target.options(**OPTIONS.get(name, {}))
    return compiler.emit(lowered, target, chosen, targets.Layout(store="file:///store"), report).deployed


@pytest.mark.parametrize("capability", Capability, ids=lambda one: one.name.lower())
@pytest.mark.parametrize("name", targets_table.TARGETS)
def test_what_a_target_declares_is_true(name: str, capability: Capability, tmp_path: Path) -> None:
    """What it has shows in its files; what it has not is said, and compiled where the table says so."""
    report = Report()
    files: dict[str, str] = {}
    refused = False
    try:
        files = _emitted(_pipeline(tmp_path, capability), name, report)
    except CompilationFailed:
        refused = True
    told = "\n".join("\n".join([one.message, *one.notes]) for one in report if one.code in ("ZC0501", "ZC0502"))
    word = targets_table.word(name, capability)
    assert refused is (word == "no") or _needs_more(name, capability), told
    assert (capability.value in told) is (word in ("no", "in another way")) or _needs_more(name, capability)
    if word == "yes" and not refused:
        plain = _emitted(_pipeline(tmp_path, None), name, Report())
        assert files != plain
    if word == "by steps" and not refused:
        assert "zencompile_runtime.computing:" in "".join(files.values())


def _needs_more(name: str, capability: Capability) -> bool:
    """Whether the probe asks for something besides, which the target has not."""
    asked = {
        Capability.MAP_CHECK: Capability.MAP,
        Capability.COMPARISON: Capability.CONDITION,
        Capability.MERGE_OF_ANY: Capability.MERGE,
    }.get(capability)
    return asked is not None and asked not in targets.load(name).capabilities


def test_the_page_says_what_targets_declare() -> None:
    assert targets_table.PAGE.read_text("utf-8") == targets_table.page(), "python tests/targets_table.py"
