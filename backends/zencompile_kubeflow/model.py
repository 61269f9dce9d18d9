"""What a KFP pipeline consists of, decided down to the last name: nothing here is left for `spec` to choose.

Names are KFP's (valid, unique); `type` of a parameter is a KFP parameter type such as "NUMBER_INTEGER", of an artifact
a schema title such as "system.Model".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zencompile.source import Span

Json = Any


@dataclass(frozen=True)
class Constant:
    """A value that stands in the specification."""

    value: Json


@dataclass(frozen=True)
class Upstream:
    """An output of another task of the same DAG."""

    task: str
    output: str


@dataclass(frozen=True)
class Enclosing:
    """An input of the component whose DAG holds the task; of the root, a parameter of the run."""

    name: str


@dataclass(frozen=True)
class FinalStatus:
    """How another task of the same DAG has ended; the task itself starts then, however that was."""

    task: str


@dataclass(frozen=True)
class OneOf:
    """Of outputs of other tasks of the same DAG, of which one alone runs, that one's."""

    upstream: tuple[Upstream, ...]


Source = Constant | Upstream | Enclosing
Given = Source | FinalStatus
"""What a task is given for a parameter."""


@dataclass(frozen=True)
class ParameterInput:
    """An input parameter of a component. With a default of None it has none; `optional` ones need not be given."""

    name: str
    type: str
    default: Json = None
    optional: bool = False
    description: str = ""


@dataclass(frozen=True)
class ParameterOutput:
    """An output parameter of a component."""

    name: str
    type: str


@dataclass(frozen=True)
class Artifact:
    """An input or output artifact of a component; `many` is an artifact list, a fan-in from a loop."""

    name: str
    type: str
    many: bool = False


@dataclass(frozen=True)
class Iteration:
    """A loop over the JSON list `raw`, or the LIST in the task's own input `items`; `item` is the body's input."""

    item: str
    raw: str | None = None
    items: str | None = None


@dataclass(frozen=True)
class RetryPolicy:
    """Attempts after the first; `delay` in seconds before the first retry, times `factor` before each further one.

    No attempt starts, and none goes on, when `longest` seconds have passed since the first one started.
    """

    count: int
    delay: int
    factor: int
    longest: int


@dataclass(frozen=True)
class Task:
    """A node of a DAG. `condition` is a CEL expression over its own parameters; `after` holds every upstream task,
    which need not have succeeded if this one is `last`.
    """

    name: str
    title: str
    component: str
    parameters: Mapping[str, Given] = field(default_factory=dict)
    artifacts: dict[str, Source] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    cache: bool | None = None
    retry: RetryPolicy | None = None
    condition: str = ""
    iteration: Iteration | None = None
    last: bool = False


@dataclass(frozen=True)
class Dag:
    """Tasks in order; `outputs` are the artifacts that leave the DAG, `parameters` the parameters, by the names under
    which they leave it.
    """

    tasks: tuple[Task, ...]
    outputs: dict[str, Upstream | OneOf] = field(default_factory=dict)
    parameters: dict[str, Upstream] = field(default_factory=dict)


@dataclass(frozen=True)
class Component:
    """The interface of a step (with the label of its executor) or of a nested DAG."""

    name: str
    parameters: tuple[ParameterInput, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    output_parameters: tuple[ParameterOutput, ...] = ()
    output_artifacts: tuple[Artifact, ...] = ()
    executor: str = ""
    dag: Dag | None = None


@dataclass(frozen=True)
class ContainerResources:
    """Quantities as Kubernetes writes them ("500m", "4Gi"); the numbers are what older back ends read (cores, GB)."""

    cpu_limit: str = ""
    cpu_limit_number: float = 0
    memory_limit: str = ""
    memory_limit_number: float = 0
    cpu_request: str = ""
    cpu_request_number: float = 0
    memory_request: str = ""
    memory_request_number: float = 0
    accelerator: str = ""
    accelerator_count: int = 0


@dataclass(frozen=True)
class Executor:
    """What a component runs. `kubernetes` is its part of the PlatformSpec, a KubernetesExecutorConfig as JSON."""

    name: str
    image: str
    command: tuple[str, ...]
    arguments: tuple[str, ...]
    variables: dict[str, str] = field(default_factory=dict)
    resources: ContainerResources = ContainerResources()
    kubernetes: dict[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class Importer:
    """What a component does that imports an artifact; `type` is the schema title."""

    name: str
    uri: str
    type: str


@dataclass(frozen=True)
class PipelineModel:
    """A whole pipeline. `root` is the component of the run itself."""

    name: str
    title: str
    description: str
    root: Component
    components: tuple[Component, ...]
    executors: tuple[Executor, ...]
    importers: tuple[Importer, ...] = ()
    pipeline_root: str = ""
    spans: dict[str, Span | None] = field(default_factory=dict)  # task → where the source calls its step
