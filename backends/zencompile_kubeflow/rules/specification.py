"""A pipeline specification as the rules see it: its DAGs and tasks, with what each of them refers to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

Json = Any

EXIT_STRATEGY = "ALL_UPSTREAM_TASKS_COMPLETED"
NUMBERS = ("NUMBER_INTEGER", "NUMBER_DOUBLE")
PLACEHOLDER = re.compile(r"\{\{\$\.inputs\.parameters\['([^']*)'\]\}\}")


@dataclass(frozen=True)
class Place:
    """Where in a specification something is: a task of the DAG of a component, a component, or an executor."""

    component: str = ""
    task: str = ""
    executor: str = ""

    def __str__(self) -> str:
        if self.task:
            return f"task `{self.task}` of {_component(self.component)}"
        if self.executor:
            return f"executor `{self.executor}`"
        return _component(self.component) if self.component else "the pipeline"


def _component(name: str) -> str:
    return "the root" if name == "root" else f"component `{name}`"


@dataclass
class Dag:
    """The DAG of a component, or of the root."""

    name: str
    component: Json
    tasks: dict[str, Task] = field(default_factory=dict)


@dataclass
class Task:
    """A task of a DAG. `component` is that which it runs, empty if there is none of the name.

    `exits` if it runs after others have ended, however they did; `loops` if it runs once for each item of a list.
    """

    key: str
    data: Json
    dag: Dag
    reference: str
    component: Json
    executor: Json

    def __post_init__(self) -> None:
        trigger = self.data.get("triggerPolicy") or {}
        self.condition: str = trigger.get("condition", "")
        self.exits = trigger.get("strategy") == EXIT_STRATEGY
        self.loops = "parameterIterator" in self.data
        self.imports = "importer" in self.executor
        self.inputs: Json = self.data.get("inputs") or {}
        self.size = -1  # bytes, once someone has counted them

    @property
    def place(self) -> Place:
        """Where it is."""
        return Place(self.dag.name, self.key)

    def given(self, kind: str) -> dict[str, Json]:
        """The sources of its `parameters` or `artifacts`."""
        found: dict[str, Json] = self.inputs.get(kind) or {}
        return found

    def wanted(self, kind: str) -> dict[str, Json]:
        """The inputs of its component."""
        return definitions(self.component, "inputDefinitions", kind)

    @cached_property
    def waits(self) -> dict[str, None]:
        """The tasks that it depends on, by name or by an input."""
        found = dict.fromkeys(self.data.get("dependentTasks", ()))
        for kind in ("parameters", "artifacts"):
            for source in self.given(kind).values():
                output = upstream(source)
                if output:
                    found[output["producerTask"]] = None
        return found


def upstream(source: Json) -> Json:
    """The reference of an input to an output of another task, or None."""
    return source.get("taskOutputParameter") or source.get("taskOutputArtifact")


def definitions(component: Json, side: str, kind: str) -> dict[str, Json]:
    """The declared inputs or outputs of a component."""
    found: dict[str, Json] = component.get(side, {}).get(kind, {})
    return found


class Specification:
    """The documents of a file: a PipelineSpec, perhaps with a PlatformSpec."""

    def __init__(self, documents: list[Json]) -> None:
        platforms: list[Json] = [one["platforms"].get("kubernetes") for one in documents if one and "platforms" in one]
        self.data: Json = {}
        for one in documents:
            self.data = self.data or (one if one and "platforms" not in one else {})
        self.platform: Json = (platforms and platforms[0]) or {}
        self.name: str = self.data["pipelineInfo"]["name"]
        self.components: dict[str, Json] = self.data.get("components", {})
        self.executors: dict[str, Json] = self.data.get("deploymentSpec", {}).get("executors", {})
        self.pods: dict[str, Json] = self.platform.get("deploymentSpec", {}).get("executors", {})
        self.everything: dict[str, Json] = {"root": self.data["root"], **self.components}
        self.dags = {name: self._dag(name, one) for name, one in self.everything.items() if "dag" in one}

    def _dag(self, name: str, component: Json) -> Dag:
        dag = Dag(name, component)
        for key, task in component["dag"].get("tasks", {}).items():
            reference = task["componentRef"]["name"]
            runs = self.components.get(reference, {})
            executor = self.executors.get(runs.get("executorLabel", ""), {})
            dag.tasks[key] = Task(key, task, dag, reference, runs, executor)
        return dag

    @cached_property
    def tasks(self) -> list[Task]:
        """All tasks of all DAGs."""
        return [task for dag in self.dags.values() for task in dag.tasks.values()]

    @cached_property
    def conditional(self) -> list[Task]:
        """The tasks with conditions."""
        return [task for task in self.tasks if task.condition]

    @cached_property
    def looping(self) -> list[Task]:
        """The tasks that are loops."""
        return [task for task in self.tasks if task.loops]

    @cached_property
    def nesting(self) -> list[Task]:
        """The tasks that run DAGs: nested pipelines, arms and loops."""
        return [task for task in self.tasks if task.loops or "dag" in task.component]

    @cached_property
    def importing(self) -> list[Task]:
        """The tasks that are importers."""
        return [task for task in self.tasks if task.imports]

    @cached_property
    def retrying(self) -> list[tuple[Task, Json]]:
        """The tasks with retry policies, and these."""
        return [(task, task.data["retryPolicy"]) for task in self.tasks if task.data.get("retryPolicy")]

    @cached_property
    def exiting(self) -> list[Task]:
        """The tasks that run after the end of others."""
        return [task for task in self.tasks if task.exits]

    @cached_property
    def texts(self) -> list[tuple[Place, str, str]]:
        """Every text among constants and defaults that a layer might read, with the input that it is for."""
        found: list[tuple[Place, str, str]] = []
        for task in self.tasks:
            for name, source in task.given("parameters").items():
                if "runtimeValue" in source:
                    constant = source["runtimeValue"].get("constant")
                    found += ((task.place, name, text) for text in _leaves(constant) if _read(text))
        for place, component in self.everything.items():
            for name, what in definitions(component, "inputDefinitions", "parameters").items():
                default = what.get("defaultValue")
                found += ((Place(place), name, text) for text in _leaves(default) if _read(text))
        return found

    def containers(self) -> Iterator[tuple[Place, Json]]:
        """The containers of executors."""
        for name, executor in self.executors.items():
            if "container" in executor:
                yield Place(executor=name), executor["container"]


def _read(text: str) -> bool:
    return "$" in text or "/kfp-workspace" in text


def _leaves(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
