"""Rules of Vertex AI, as a table: each with where it is written, and what breaks it.

They are about what the service refuses or reads in another way though its SDK takes it. That references resolve and
types agree is the business of `zencompile_kubeflow.check`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from zencompile.ir.cron import CronError
from zencompile_kubeflow.vertex import cron, machines

Json = Any

_API = "google.cloud.aiplatform_v1.types"
_SDK = "google.cloud.aiplatform"
_MACHINES = "https://cloud.google.com/vertex-ai/docs/pipelines/machine-types"

_JOB_NAME = re.compile(r"[a-z][-a-z0-9]{0,112}")  # 128 with the time behind it
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BUCKET = re.compile(r"gs://[a-z0-9][a-z0-9._-]+(/.*)?", re.DOTALL)
_CPU = re.compile(r"[0-9]+m?")
_MEMORY = re.compile(r"[0-9]+[KMG]?")
_PARENT = re.compile(r"projects/[^/]+/locations/[^/]+")
_ZONE = re.compile(r"(?:CRON_)?TZ=\S+ ")
_POLICIES = ("PIPELINE_FAILURE_POLICY_FAIL_SLOW", "PIPELINE_FAILURE_POLICY_FAIL_FAST")


class Rule(NamedTuple):
    """A rule: its name, where it is written, and a function that says of a document what breaks it."""

    name: str
    source: str
    broken: Callable[[Json], Iterator[str]]


def problems(rules: tuple[Rule, ...], document: Json) -> Iterator[str]:
    """What breaks rules in a document, each with the rule's source."""
    for rule in rules:
        for problem in rule.broken(document):
            yield f"{problem} ({rule.source})"


# -- the pipeline ------------------------------------------------------------------------------------------------------


def _containers(spec: Json) -> Iterator[tuple[str, Json]]:
    for name, executor in spec.get("deploymentSpec", {}).get("executors", {}).items():
        if "container" in executor:
            yield name, executor["container"]


def _name(spec: Json) -> Iterator[str]:
    name = spec["pipelineInfo"]["name"]
    if not _JOB_NAME.fullmatch(name):
        yield f"`{name}` with a time behind it is no id of a job"


def _schema(spec: Json) -> Iterator[str]:
    version = str(spec.get("schemaVersion", ""))
    if version != "2.1.0":
        yield f"the schema version is `{version}`: values of parameters are read of 2.1.0"


def _root(spec: Json) -> Iterator[str]:
    root = spec.get("defaultPipelineRoot")
    if root is not None and not _BUCKET.fullmatch(root):
        yield f"`{root}` is no folder of a bucket"


def _variables(spec: Json) -> Iterator[str]:
    for name, container in _containers(spec):
        given = container.get("env", [])
        if len(given) > 100:
            yield f"the executor `{name}` has {len(given)} variables of 100"
        for variable in given:
            if not _IDENTIFIER.fullmatch(variable["name"]):
                yield f"the variable `{variable['name']}` of `{name}` is no identifier of C"
            if not variable.get("value"):
                yield f"the variable `{variable['name']}` of `{name}` is empty"
            elif "$(" in variable["value"] or "$$" in variable["value"]:
                yield f"the variable `{variable['name']}` of `{name}` holds `$(` or `$$`, which is replaced"


def _sizes(spec: Json) -> Iterator[str]:
    for name, container in _containers(spec):
        resources = container.get("resources", {})
        for key, form in (("resourceCpuLimit", _CPU), ("resourceMemoryLimit", _MEMORY)):
            if key in resources and not form.fullmatch(str(resources[key])):
                yield f"the executor `{name}` asks for `{resources[key]}`, which is no {key.removeprefix('resource')}"
        if resources.get("cpuLimit", 0) > machines.MOST_CPUS:
            yield f"the executor `{name}` asks for more than {machines.MOST_CPUS} CPUs"
        if resources.get("memoryLimit", 0) * 10**9 > machines.MOST_MEMORY:
            yield f"the executor `{name}` asks for more than {machines.MOST_MEMORY // 10**9} GB of memory"


def _accelerators(spec: Json) -> Iterator[str]:
    for name, container in _containers(spec):
        accelerator = container.get("resources", {}).get("accelerator")
        if accelerator is None:
            continue
        kind = accelerator.get("resourceType") or accelerator.get("type")
        if kind not in machines.ACCELERATORS:
            yield f"the executor `{name}` asks for the accelerator `{kind}`, which does not exist"
        if not int(accelerator.get("resourceCount") or accelerator.get("count") or 0):
            yield f"the executor `{name}` asks for an accelerator, and for none of it"


OF_SPEC = (
    Rule("name of a job", f"{_SDK}.constants.pipeline._VALID_NAME_PATTERN", _name),
    Rule("schema version", f"{_SDK}.utils.pipeline_utils.PipelineRuntimeConfigBuilder.build", _schema),
    Rule("bucket of artifacts", f"{_API}.PipelineJob.RuntimeConfig.gcs_output_directory", _root),
    Rule("variables", f"{_API}.EnvVar and ContainerSpec.env", _variables),
    Rule("CPUs and memory", _MACHINES, _sizes),
    Rule("accelerators", f"{_API}.AcceleratorType", _accelerators),
)

# -- the job -----------------------------------------------------------------------------------------------------------


def _display_name(document: Json) -> Iterator[str]:
    if not 0 < len(document.get("displayName", "")) <= 128:
        yield f"`{document.get('displayName')}` is no display name: it has 1 to 128 characters"


def _labels(job: Json) -> Iterator[str]:
    for name, value in job.get("labels", {}).items():
        for text in (name, value):
            if not isinstance(text, str) or not re.fullmatch(r"[\w-]{0,63}", text) or text != text.lower():
                yield f"`{text}` can't stand in a label"
        if not name[:1].isalpha():
            yield f"the key of the label `{name}` does not begin with a letter"


def _runtime(job: Json) -> Iterator[str]:
    config = job.get("runtimeConfig", {})
    if not _BUCKET.fullmatch(config.get("gcsOutputDirectory", "")):
        yield "`gcsOutputDirectory` is no folder of a bucket"
    if config.get("failurePolicy", _POLICIES[0]) not in _POLICIES:
        yield f"`{config['failurePolicy']}` is no failure policy"


OF_JOB = (
    Rule("display name", f"{_API}.PipelineJob.display_name", _display_name),
    Rule("labels", f"{_API}.PipelineJob.labels, https://cloud.google.com/vertex-ai/docs/general/labels", _labels),
    Rule("runtime configuration", f"{_API}.PipelineJob.RuntimeConfig", _runtime),
)

# -- the schedule ------------------------------------------------------------------------------------------------------


def _cron(schedule: Json) -> Iterator[str]:
    expression = _ZONE.sub("", schedule.get("cron", ""), count=1)
    try:
        plain = cron.plain(expression)
    except CronError as problem:
        yield str(problem)
        return
    if plain != expression:
        yield f"`{expression}` is not plain: `{plain}` means the same"


def _runs(schedule: Json) -> Iterator[str]:
    if int(schedule.get("maxConcurrentRunCount", 0)) < 1:
        yield "`maxConcurrentRunCount` is missing"


def _request(schedule: Json) -> Iterator[str]:
    parent = schedule.get("createPipelineJobRequest", {}).get("parent", "")
    if not _PARENT.fullmatch(parent):
        yield f"`{parent}` is no location of a project"


OF_SCHEDULE = (
    Rule("display name", f"{_API}.Schedule.display_name", _display_name),
    Rule("cron expression", f"{_API}.Schedule.cron, https://en.wikipedia.org/wiki/Cron", _cron),
    Rule("runs at a time", f"{_API}.Schedule.max_concurrent_run_count", _runs),
    Rule("location", f"{_API}.CreatePipelineJobRequest.parent", _request),
)
