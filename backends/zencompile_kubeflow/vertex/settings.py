"""Settings written for ZenML's Vertex AI orchestrator, read into what a PipelineSpec and a PipelineJob can say.

What neither has a place for is told at its own line (ZC0610): nothing is dropped in silence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from zencompile.diagnostics import Report
from zencompile.ir import Invocation, Pipeline
from zencompile.ir.settings import NoData, plain
from zencompile.source import Span
from zencompile_kubeflow.vertex import machines
from zencompile_kubeflow.vertex.options import Options

Json = Any

KEYS = ("orchestrator", "orchestrator.vertex")
ACCELERATOR_LABEL = "cloud.google.com/gke-accelerator"
_DEFAULT_MACHINE = "n1-standard-4"  # of VertexCustomJobParameters
_DEFAULTS = {"boot_disk_size_gb": 100, "boot_disk_type": "pd-ssd", "accelerator_count": 0}
_NOTHING: tuple[Json, ...] = (None, [], {}, "", False)
_LABEL = re.compile(r"[\w-]{0,63}")
_RESERVED_LABEL = "vertex-ai-pipelines-run-billing-id"


class Given(NamedTuple):
    """A setting, where it was set, and its path below the key of the orchestrator."""

    value: Json
    span: Span | None
    path: str


@dataclass
class StepSettings:
    """What the settings of a step say: what it needs of a machine, and variables.

    `as_custom_job` says that they ask for a machine of their own, whatever else the step asks for.
    """

    cpu: float | None = None
    memory: int | None = None
    accelerator: str | None = None
    accelerator_span: Span | None = None
    accelerator_count: int = 0
    as_custom_job: bool = False
    variables: dict[str, str] = field(default_factory=dict)


def of_step(pipeline: Pipeline, invocation: Invocation, options: Options, report: Report) -> StepSettings:
    """The settings of one invocation."""
    reader = _Reader(pipeline, invocation, options, report)
    given = _given(invocation.settings, invocation.spans, invocation.span, report)
    for name in sorted(given, key=lambda name: _ORDER.get(name, 0)):
        reader.read(_READERS, name, given[name])
    if reader.machine is not None:
        reader.take_machine(reader.machine)
    return reader.found


def labels(pipeline: Pipeline, options: Options, report: Report) -> dict[str, str]:
    """The labels of a run: those of the pipeline's settings, then those of the options."""
    settings = _given(pipeline.settings, pipeline.spans, pipeline.span, report)
    given = settings.get("labels")
    found: dict[str, str] = {}
    if given is not None and isinstance(given.value, dict):
        for name, value in given.value.items():
            span = _place(pipeline.spans, f"{given.path}/{name}", given.span)
            _check_label(name, str(value), span, report)
            found[name] = str(value)
    for name, value in options.labels.items():
        _check_label(name, value, None, report)
        found[name] = value
    return found


def _check_label(name: str, value: str, span: Span | None, report: Report) -> None:
    """`PipelineJob.labels` of the Vertex AI API v1, and https://cloud.google.com/vertex-ai/docs/general/labels."""
    why = ""
    if not name or not name[0].isalpha() or not _LABEL.fullmatch(name) or name != name.lower():
        why = f"`{name}` can't be the key of a label"
    elif not _LABEL.fullmatch(value) or value != value.lower():
        why = f"`{value}` can't be the value of a label"
    elif name == _RESERVED_LABEL:
        why = f"the label `{name}` is Vertex AI's own"
    if why:
        report.error(
            "ZC0617",
            f"{why} on Vertex AI",
            span,
            notes="a label has up to 63 lower-case letters, digits, `_` and `-`; its key begins with a letter",
        )


def _given(
    settings: Mapping[str, Json], spans: Mapping[str, Span], otherwise: Span | None, report: Report
) -> dict[str, Given]:
    """The settings by name; those for Vertex AI win over those for any orchestrator, entry by entry."""
    found: dict[str, Given] = {}
    for key in KEYS:
        for name, raw in (settings.get(key) or {}).items():
            span = _place(spans, name, otherwise)
            try:
                value = plain(raw)
                if isinstance(value, dict) and name in found and isinstance(found[name].value, dict):
                    value = found[name].value | value
                found[name] = Given(value, span, name)
            except NoData as problem:
                report.warning(
                    "ZC0305",
                    f"the setting `{name}` is not known when compiling",
                    span,
                    label="ignored",
                    notes=str(problem),
                )
    return found


def _place(spans: Mapping[str, Span], path: str, otherwise: Span | None) -> Span | None:
    """Where the setting at a path below any key was set; of two places, that of the one that wins."""
    return next((spans[f"{key}/{path}"] for key in reversed(KEYS) if f"{key}/{path}" in spans), otherwise)


class _Reader:
    """Reads settings of one step, and tells what has no place."""

    def __init__(self, pipeline: Pipeline, invocation: Invocation, options: Options, report: Report) -> None:
        self.pipeline, self.invocation, self.options, self.report = pipeline, invocation, options, report
        self.found = StepSettings()
        self.machine: Given | None = None

    def read(self, readers: Mapping[str, Callable[[_Reader, Given], None]], name: str, given: Given) -> None:
        """Let the reader of a setting have it, unless it says nothing."""
        if given.value in _NOTHING or given.value == _DEFAULTS.get(name, _NOTHING):
            return
        reader = readers.get(name)
        kind = _KINDS.get(name)
        if reader is None:
            self.left_out(f"the setting `{name}`", given.span)
        elif kind is not None and not isinstance(given.value, kind):
            self.left_out(f"`{given.value!r}` for `{name}`", given.span, f"it is a {_WORDS[kind]}")
        else:
            reader(self, given)

    def parts(self, given: Given) -> Iterator[tuple[str, Given]]:
        """The entries of a setting that is a mapping, each with its own place."""
        for name, value in given.value.items():
            path = f"{given.path}/{name}"
            yield name, Given(value, _place(self.invocation.spans, path, given.span), path)

    def left_out(self, what: str, span: Span | None, help: str = "") -> None:
        """Tell that something has no place."""
        self.report.warning(
            "ZC0610",
            f"{what} has no place in a pipeline on Vertex AI and is left out",
            span,
            helps=(help,) if help else (),
        )

    def take_machine(self, given: Given) -> None:
        """CPUs and memory of a machine type."""
        self.found.as_custom_job = True
        size = machines.machine(given.value, self.options.machine_types)
        if size is None:
            self.report.error(
                "ZC0618",
                f"what a machine of the type `{given.value}` has is not known",
                given.span,
                notes="a pipeline on Vertex AI names no types of machines, but CPUs and memory",
                helps=(
                    f'say it: `[tool.zencompile.vertex.machine_types."{given.value}"]` with `cpu` and `memory`',
                    "or ask with `ResourceSettings`",
                ),
            )
            return
        self.found.cpu, self.found.memory = float(size.cpu), size.memory
        self.report.warning(
            "ZC0618",
            f"Vertex AI chooses a machine like `{given.value}` by its CPUs and memory, perhaps one of another type",
            given.span,
            notes="a PipelineSpec names no types of machines",
        )
        if self.invocation.resources is not None:
            self.left_out(
                f"what `{self.invocation.id}` asks for with `ResourceSettings`",
                given.span,
                "drop `custom_job_parameters`, which win over it as they do in ZenML",
            )


# -- one reader a setting ----------------------------------------------------------------------------------------------


def _labels(reader: _Reader, given: Given) -> None:
    of_run: dict[str, Json] = {}
    for key in KEYS:
        of_run |= (reader.pipeline.settings.get(key) or {}).get("labels") or {}
    for name, part in reader.parts(given):
        if part.value != of_run.get(name):
            reader.left_out(f"the label `{name}` of one step", part.span, "labels are a run's: give it to the pipeline")


def _of_the_client(reader: _Reader, given: Given) -> None:
    """`synchronous` is for who submits a run."""


def _constraint(reader: _Reader, given: Given) -> None:
    """ZenML looks at the second part alone, whatever the label is."""
    reader.found.accelerator, reader.found.accelerator_span = str(given.value[-1]), given.span


def _pod(reader: _Reader, given: Given) -> None:
    for name, part in reader.parts(given):
        reader.read(_POD_READERS, name, part)


def _selectors(reader: _Reader, given: Given) -> None:
    for name, part in reader.parts(given):
        if name == ACCELERATOR_LABEL:
            reader.found.accelerator, reader.found.accelerator_span = str(part.value), part.span
        else:
            reader.left_out(f"the node selector `{name}`", part.span, f"Vertex AI knows `{ACCELERATOR_LABEL}` alone")


def _env(reader: _Reader, given: Given) -> None:
    for entry in given.value:
        name = entry.get("name") if isinstance(entry, dict) else None
        if name is not None and not entry.get("valueFrom") and isinstance(entry.get("value", ""), str):
            reader.found.variables[name] = entry.get("value", "")
            continue
        reader.left_out(
            f"where the variable `{name}` is taken from", given.span, "give its text, or read it in the step"
        )


def _pod_resources(reader: _Reader, given: Given) -> None:
    for kind, part in reader.parts(given):
        for name, one in reader.parts(part) if isinstance(part.value, dict) else ():
            if kind != "limits" or not _limit(reader.found, name, str(one.value)):
                reader.left_out(f"`{name}` of `{kind}`", one.span, "ask with `ResourceSettings`")


def _limit(found: StepSettings, name: str, quantity: str) -> bool:
    """Whether a limit of a pod could be taken over."""
    try:
        if name == "cpu":
            found.cpu = float(quantity[:-1]) / 1000 if quantity.endswith("m") else float(quantity)
        elif name == "memory":
            found.memory = machines.size_in_bytes(quantity)
        elif name == "nvidia.com/gpu":
            found.accelerator_count = int(quantity)
        else:
            return False
    except ValueError:
        return False
    return True


def _custom_job(reader: _Reader, given: Given) -> None:
    for name, part in reader.parts(given):
        reader.read(_JOB_READERS, name, part)
    if reader.machine is None:
        reader.machine = Given(_DEFAULT_MACHINE, given.span, given.path)


def _machine_type(reader: _Reader, given: Given) -> None:
    reader.machine = given


def _accelerator_type(reader: _Reader, given: Given) -> None:
    reader.found.accelerator, reader.found.accelerator_span = given.value, given.span


def _accelerator_count(reader: _Reader, given: Given) -> None:
    reader.found.accelerator_count = given.value


def _service_account(reader: _Reader, given: Given) -> None:
    if given.value != reader.options.service_account:
        reader.left_out(
            "a service account of one step",
            given.span,
            "one account runs all steps: `--set vertex.service_account=ACCOUNT`",
        )


_READERS: dict[str, Callable[[_Reader, Given], None]] = {
    "labels": _labels,
    "synchronous": _of_the_client,
    "node_selector_constraint": _constraint,
    "pod_settings": _pod,
    "custom_job_parameters": _custom_job,
}
_POD_READERS: dict[str, Callable[[_Reader, Given], None]] = {
    "node_selectors": _selectors,
    "env": _env,
    "resources": _pod_resources,
}
_JOB_READERS: dict[str, Callable[[_Reader, Given], None]] = {
    "machine_type": _machine_type,
    "accelerator_type": _accelerator_type,
    "accelerator_count": _accelerator_count,
    "service_account": _service_account,
}
_KINDS: dict[str, type] = {
    "labels": dict,
    "pod_settings": dict,
    "custom_job_parameters": dict,
    "node_selectors": dict,
    "resources": dict,
    "env": list,
    "node_selector_constraint": list,
    "machine_type": str,
    "accelerator_type": str,
    "accelerator_count": int,
}
_WORDS: dict[type, str] = {dict: "mapping", list: "list", str: "text", int: "whole number"}
_ORDER = {name: number for number, name in enumerate(_READERS)}  # later ones win over earlier ones, as in ZenML
