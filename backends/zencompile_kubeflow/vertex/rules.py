"""Rules of Vertex AI, as a table: each with where it is written, and what breaks it.

They are about what the service refuses or reads in another way though its SDK takes it. Of the rules of Kubeflow's
server those hold that are about the form of a specification, which is the same: references, types and conditions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from zencompile.ir.cron import CronError
from zencompile_kubeflow.rules import TABLE, Place
from zencompile_kubeflow.rules.specification import Specification
from zencompile_kubeflow.rules.table import Finding
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
_SHARED = ("ZC0529", "ZC0594")  # references; types and conditions
_EVERYWHERE = Place()


class Rule(NamedTuple):
    """A rule: its name, where it is written, and a function that says where and how a document breaks it."""

    name: str
    source: str
    check: Callable[[Any], Iterator[Finding]]


class Problem(NamedTuple):
    """What breaks a rule, and where."""

    rule: Rule
    place: Place
    message: str

    def __str__(self) -> str:
        where = "" if self.place == _EVERYWHERE else f"{self.place} "
        return f"{where}{self.message} ({self.rule.source})"


def of_spec(document: Json) -> Iterator[Problem]:
    """What breaks a rule in a PipelineSpec. LookupError, TypeError or AttributeError if it is none."""
    return _problems((*_shared(), *OF_SPEC), Specification([document]))


def of_job(document: Json) -> Iterator[Problem]:
    """What breaks a rule in a PipelineJob without its pipeline."""
    return _problems(OF_JOB, document)


def of_schedule(document: Json) -> Iterator[Problem]:
    """What breaks a rule in a Schedule without its job."""
    return _problems(OF_SCHEDULE, document)


def _problems(table: tuple[Rule, ...], document: Any) -> Iterator[Problem]:
    for rule in table:
        for place, message in rule.check(document):
            yield Problem(rule, place, message)


def _shared() -> tuple[Rule, ...]:
    """The rules of Kubeflow's server that are about what Vertex AI has in common with it."""
    return tuple(Rule(one.name, one.source, one.check) for one in TABLE if one.code in _SHARED)


# -- the pipeline ------------------------------------------------------------------------------------------------------


def _name(spec: Specification) -> Iterator[Finding]:
    name = spec.data["pipelineInfo"]["name"]
    if not _JOB_NAME.fullmatch(name):
        yield _EVERYWHERE, f"`{name}` with a time behind it is no id of a job"


def _schema(spec: Specification) -> Iterator[Finding]:
    version = str(spec.data.get("schemaVersion", ""))
    if version != "2.1.0":
        yield _EVERYWHERE, f"the schema version is `{version}`: values of parameters are read of 2.1.0"


def _root(spec: Specification) -> Iterator[Finding]:
    root = spec.data.get("defaultPipelineRoot")
    if root is not None and not _BUCKET.fullmatch(root):
        yield _EVERYWHERE, f"`{root}` is no folder of a bucket"


def _variables(spec: Specification) -> Iterator[Finding]:
    for place, container in spec.containers():
        given = container.get("env", [])
        if len(given) > 100:
            yield place, f"has {len(given)} variables of 100"
        for variable in given:
            if not _IDENTIFIER.fullmatch(variable["name"]):
                yield place, f"has a variable `{variable['name']}`, which is no identifier of C"
            if not variable.get("value"):
                yield place, f"has an empty variable `{variable['name']}`"
            elif "$(" in variable["value"] or "$$" in variable["value"]:
                yield place, f"has a variable `{variable['name']}` with `$(` or `$$`, which is replaced"


def _sizes(spec: Specification) -> Iterator[Finding]:
    for place, container in spec.containers():
        resources = container.get("resources", {})
        for key, form in (("resourceCpuLimit", _CPU), ("resourceMemoryLimit", _MEMORY)):
            if key in resources and not form.fullmatch(str(resources[key])):
                yield place, f"asks for `{resources[key]}`, which is no {key.removeprefix('resource')}"
        if resources.get("cpuLimit", 0) > machines.MOST_CPUS:
            yield place, f"asks for more than {machines.MOST_CPUS} CPUs"
        if resources.get("memoryLimit", 0) * 10**9 > machines.MOST_MEMORY:
            yield place, f"asks for more than {machines.MOST_MEMORY // 10**9} GB of memory"


def _accelerators(spec: Specification) -> Iterator[Finding]:
    for place, container in spec.containers():
        accelerator = container.get("resources", {}).get("accelerator")
        if accelerator is None:
            continue
        kind = accelerator.get("resourceType") or accelerator.get("type")
        if kind not in machines.ACCELERATORS:
            yield place, f"asks for the accelerator `{kind}`, which does not exist"
        if not int(accelerator.get("resourceCount") or accelerator.get("count") or 0):
            yield place, "asks for an accelerator, and for none of it"


def _artifacts(spec: Specification) -> Iterator[Finding]:
    for task in spec.tasks:
        count = len(task.given("artifacts"))
        if count > MOST_ARTIFACTS and "executorLabel" in task.component:
            yield task.place, f"takes {count:,} artifacts of {MOST_ARTIFACTS} at a time"


MOST_ARTIFACTS = 100
"""That a task can take: not documented, but what the service answers to more."""

OF_SPEC = (
    Rule("name of a job", f"{_SDK}.constants.pipeline._VALID_NAME_PATTERN", _name),
    Rule("schema version", f"{_SDK}.utils.pipeline_utils.PipelineRuntimeConfigBuilder.build", _schema),
    Rule("bucket of artifacts", f"{_API}.PipelineJob.RuntimeConfig.gcs_output_directory", _root),
    Rule("variables", f"{_API}.EnvVar and ContainerSpec.env", _variables),
    Rule("CPUs and memory", _MACHINES, _sizes),
    Rule("accelerators", f"{_API}.AcceleratorType", _accelerators),
    Rule("artifacts of a task", "https://github.com/kubeflow/kubeflow/issues/7513", _artifacts),
)

# -- the job -----------------------------------------------------------------------------------------------------------


def _display_name(document: Json) -> Iterator[Finding]:
    if not 0 < len(document.get("displayName", "")) <= 128:
        yield _EVERYWHERE, f"`{document.get('displayName')}` is no display name: it has 1 to 128 characters"


def _labels(job: Json) -> Iterator[Finding]:
    for name, value in job.get("labels", {}).items():
        for text in (name, value):
            if not isinstance(text, str) or not re.fullmatch(r"[\w-]{0,63}", text) or text != text.lower():
                yield _EVERYWHERE, f"`{text}` can't stand in a label"
        if not name[:1].isalpha():
            yield _EVERYWHERE, f"the key of the label `{name}` does not begin with a letter"


def _runtime(job: Json) -> Iterator[Finding]:
    config = job.get("runtimeConfig", {})
    if not _BUCKET.fullmatch(config.get("gcsOutputDirectory", "")):
        yield _EVERYWHERE, "`gcsOutputDirectory` is no folder of a bucket"
    if config.get("failurePolicy", _POLICIES[0]) not in _POLICIES:
        yield _EVERYWHERE, f"`{config['failurePolicy']}` is no failure policy"


OF_JOB = (
    Rule("display name", f"{_API}.PipelineJob.display_name", _display_name),
    Rule("labels", f"{_API}.PipelineJob.labels, https://cloud.google.com/vertex-ai/docs/general/labels", _labels),
    Rule("runtime configuration", f"{_API}.PipelineJob.RuntimeConfig", _runtime),
)

# -- the schedule ------------------------------------------------------------------------------------------------------


def _cron(schedule: Json) -> Iterator[Finding]:
    expression = _ZONE.sub("", schedule.get("cron", ""), count=1)
    try:
        plain = cron.plain(expression)
    except CronError as problem:
        yield _EVERYWHERE, str(problem)
        return
    if plain != expression:
        yield _EVERYWHERE, f"`{expression}` is not plain: `{plain}` means the same"


def _runs(schedule: Json) -> Iterator[Finding]:
    if int(schedule.get("maxConcurrentRunCount", 0)) < 1:
        yield _EVERYWHERE, "`maxConcurrentRunCount` is missing"


def _request(schedule: Json) -> Iterator[Finding]:
    parent = schedule.get("createPipelineJobRequest", {}).get("parent", "")
    if not _PARENT.fullmatch(parent):
        yield _EVERYWHERE, f"`{parent}` is no location of a project"


OF_SCHEDULE = (
    Rule("display name", f"{_API}.Schedule.display_name", _display_name),
    Rule("cron expression", f"{_API}.Schedule.cron, https://en.wikipedia.org/wiki/Cron", _cron),
    Rule("runs at a time", f"{_API}.Schedule.max_concurrent_run_count", _runs),
    Rule("location", f"{_API}.CreatePipelineJobRequest.parent", _request),
)
