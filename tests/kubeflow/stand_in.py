"""Runs a compiled pipeline as a KFP 2.17 server, Argo and Kubernetes would: a stand-in, since no cluster is here.

    run = stand_in.run(documents, tmp_path / "outputs", stand_in.processes(folder, build / "runtime"), n=3)
    run["loop/1/square"].outputs

Compiling is `stand_in_compiler`'s, finding inputs `stand_in_metadata`'s, pods `stand_in_pods`'s, conditions
`stand_in_cel`'s; here are drivers (backend/src/v2/driver: `resolveInputs`, `DAG`, `Container`), Argo's `depends`,
`when`, sequences, exit hooks and retries, and the importer (component/importer_launcher.go). Tasks run one after the
other, in an order that Argo could take too; those that depend on nothing that failed go on.

With a `cache`, a dictionary that several runs share, tasks that have it enabled are taken from it: no launcher runs,
and so no one enters the end of the DAG that holds them.

`Refused`: no run was started. `RunFailed`: it was, and failed; `reasons` says where and why, `run` what there was.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from stand_in_cel import CelError, Condition
from stand_in_compiler import (
    EXPRESSION_WORDS,
    Refused,
    Workflow,
    compiled,
    condition_of,
    is_exit,
    literal,
    order,
    run_parameters,
    templated,
    waits,
)
from stand_in_metadata import Artifact, DriverFault, Execution, Upstream, recorded, selectors, update_states
from stand_in_pods import Box, Pod, PodFault, Worker, fits, json_text, plain_text, processes, protobuf, read_json

__all__ = ["Artifact", "Execution", "Pod", "Refused", "Run", "RunFailed", "Worker", "processes", "read", "run"]

Json = Any
Value = Any
SUCCEEDED, FAILED, SKIPPED, OMITTED = "Succeeded", "Failed", "Skipped", "Omitted"
_PYTHON = {"BOOLEAN": bool, "LIST": list, "NUMBER_INTEGER": float, "NUMBER_DOUBLE": float}
ATTEMPT_SECONDS = 1.0  # how long one attempt is thought to take, when Argo adds up the time of retries


def read(*paths: Path | str) -> list[Json]:
    """The documents of compiled files."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return [one for path in paths for one in yaml.load_all(Path(path).read_text("utf-8"), loader) if one]


class RunFailed(Exception):
    """A run ended as failed."""

    def __init__(self, run: Run) -> None:
        super().__init__("; ".join(run.reasons))
        self.run = run
        self.reasons = run.reasons


@dataclass
class Run:
    """What happened: the state of each task by its path, its execution, and why it failed."""

    root: Execution
    states: dict[str, str] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    pods: list[Pod] = field(default_factory=list)

    def __getitem__(self, path: str) -> Execution:
        return next(one for one in self.root.within() if one.path == path)

    def ran(self) -> list[str]:
        """The paths of the tasks whose container succeeded, in order."""
        return [pod.path for pod in self.pods if self.states.get(pod.path) == SUCCEEDED]

    def outputs(self) -> dict[str, Any]:
        """The outputs of the pipeline: values of parameters, and lists of artifacts."""
        found: dict[str, Any] = {}
        for kind, sent in self.root.sends.items():
            for name, output in sent.items():
                task, key = selectors(output)[0]
                found[name] = Upstream(self.root, artifact=kind == "artifacts").find(task, key)
        return found


Cache = dict[str, tuple[dict[str, Value], dict[str, Artifact]]]
_ids = itertools.count(2)


def run(documents: list[Json], root: Path, worker: Worker, cache: Cache | None = None, **parameters: Json) -> Run:
    """Run a pipeline with these parameters; its outputs come to lie below `root`, an empty folder of each run."""
    workflow = compiled(documents)
    values = run_parameters(workflow.spec["root"], parameters)
    dag = workflow.spec["root"]["dag"]
    made = Run(Execution(1, "dag", "", inputs=values, sends=dag.get("outputs", {})))
    state = _Server(workflow, root, worker, made, cache).dag(dag, made.root)
    if state == FAILED:
        raise RunFailed(made)
    return made


class _Server:
    def __init__(self, workflow: Workflow, root: Path, worker: Worker, run: Run, cache: Cache | None) -> None:
        self.workflow, self.folder, self.worker, self.run = workflow, root.resolve(), worker, run
        self.cache: Cache = {} if cache is None else cache
        self.ids = _ids

    # -- Argo ----------------------------------------------------------------------------------------------------------

    def dag(self, dag: Json, execution: Execution) -> str:
        """Run a DAG's tasks, each when all that it depends on has succeeded."""
        tasks = {key: task for key, task in dag.get("tasks", {}).items() if not is_exit(task)}
        hooks = {dep: key for key, task in dag["tasks"].items() if is_exit(task) for dep in task["dependentTasks"]}
        states: dict[str, str] = {}
        for key in order(tasks):
            states[key] = OMITTED
            if all(states[other] == SUCCEEDED for other in waits(tasks[key])):
                states[key] = self.begin(key, tasks[key], execution)
            path = f"{execution.path}/{key}".lstrip("/")
            self.run.states[path] = states[key]
            ended = "parameterIterator" not in tasks[key] and states[key] in (SUCCEEDED, FAILED)
            if key in hooks and ended and any(child.task == key for child in execution.children):
                states[hooks[key]] = self.begin(hooks[key], dag["tasks"][hooks[key]], execution)
                self.run.states[f"{execution.path}/{hooks[key]}".lstrip("/")] = states[hooks[key]]
        return FAILED if FAILED in states.values() else SUCCEEDED

    def begin(self, key: str, task: Json, parent: Execution) -> str:
        """Run one task, or all iterations of it."""
        path = f"{parent.path}/{key}".lstrip("/")
        if words := sorted(waits(task) & EXPRESSION_WORDS if not is_exit(task) else ()):
            self.run.reasons.append(f"{path}: unable to evaluate expression: {words[0]}.Succeeded")
            return FAILED
        if "parameterIterator" not in task:
            return self._told(path, lambda: self.task(key, task, parent, None))
        return self._told(path, lambda: self.loop(key, task, parent))

    def _told(self, path: str, work: Callable[[], str]) -> str:
        try:
            return work()
        except (DriverFault, PodFault, CelError, Refused) as fault:
            self.run.reasons.append(f"{path}: {fault}")
            return FAILED

    def loop(self, key: str, task: Json, parent: Execution) -> str:
        """The driver of a loop, then one iteration for each item."""
        component = self.workflow.components[task["componentRef"]["name"]]
        execution = self._execution("dag", key, parent, component)
        triggered = self._driver(execution, task, component)
        items = self._items(task["parameterIterator"], execution) if triggered else []
        if not triggered:
            execution.state = "CANCELED"
            return SKIPPED
        execution.count = len(items)
        parent.children.append(execution)
        states = [
            self._told(f"{execution.path}/{index}", lambda index=index: self.task(key, task, execution, index))
            for index in range(len(items))
        ]
        return FAILED if FAILED in states else SUCCEEDED

    def task(self, key: str, task: Json, parent: Execution, index: int | None) -> str:
        """A task with its driver; `index` of an iteration."""
        reference = task["componentRef"]["name"]
        executor, component = self.workflow.container(reference), self.workflow.components[reference]
        if executor and "importer" in executor:
            return self.importer(task, component, executor["importer"], parent)
        execution = self._execution("container" if executor else "dag", key, parent, component)
        execution.index = index
        messages = [task, component, *([executor["container"]] if executor else [])]
        fits([json_text(protobuf(one)) for one in messages], {})
        triggered = self._driver(execution, task, component)
        parent.children.append(execution)
        if not triggered:
            execution.state = "CANCELED"
            return SKIPPED
        if executor:
            return self.container(execution, task, component, executor["container"])
        return self.dag(self.workflow.spec["components"][reference]["dag"], execution)

    def _execution(self, kind: Any, key: str, parent: Execution, component: Json) -> Execution:
        dag = component.get("dag", {})
        return Execution(
            next(self.ids), kind, key, parent, total=len(dag.get("tasks", {})), sends=dag.get("outputs", {})
        )

    def _driver(self, execution: Execution, task: Json, component: Json) -> bool:
        """Resolve the inputs, into the execution; whether the task's condition holds."""
        _Inputs(execution, templated(task), templated(component), self.run.root).resolve()
        condition = condition_of(task)
        return not condition or Condition(condition).holds(execution.inputs)

    def _items(self, iterator: Json, execution: Execution) -> list[Value]:
        if "raw" in iterator["items"]:
            execution.inputs[iterator["itemInput"]] = protobuf(json.loads(iterator["items"]["raw"]))
            return items(execution.inputs[iterator["itemInput"]])
        name = iterator["items"]["inputParameter"]
        if name not in execution.inputs:
            raise DriverFault(f"iterating on item input {iterator['itemInput']!r} failed: cannot find input parameter")
        return items(execution.inputs[name])

    # -- what tasks do -------------------------------------------------------------------------------------------------

    def container(self, execution: Execution, task: Json, component: Json, container: Json) -> str:
        """The pod of a step, again as often and as long as its retry policy lets Argo."""
        shown = {
            "parameterValues": dict(sorted(execution.inputs.items())),
            "artifacts": {},
        }
        for name, artifact in execution.received:
            shown["artifacts"].setdefault(name, {"artifacts": []})["artifacts"].append(artifact.runtime())
        outputs = component.get("outputDefinitions", {})
        words = [container.get(part) for part in ("image", "command", "args")]
        fingerprint = json.dumps([shown, words, outputs], sort_keys=True)
        if fingerprint in self.cache and task.get("cachingOptions", {}).get("enableCache"):
            execution.outputs, execution.made = self.cache[fingerprint]
            execution.state = "CACHED"
            return SUCCEEDED
        box = Box(execution.path, component, templated(container), shown, self.folder / execution.path)
        for number in itertools.count():
            try:
                parameters, artifacts = box.attempt(self._worker, number)
            except PodFault as fault:
                execution.state = "FAILED"
                update_states(execution.parent)
                if not again(self.workflow.retries.get(id(task)), number):
                    raise PodFault(str(fault)) from None
                continue
            execution.outputs = parameters
            execution.made = {
                name: Artifact(next(self.ids), one["uri"], json.dumps(one["type"]), one["metadata"])
                for name, one in artifacts.items()
            }
            execution.state = "COMPLETE"
            self.cache[fingerprint] = execution.outputs, execution.made
            update_states(execution.parent)
            return SUCCEEDED
        raise AssertionError

    def _worker(self, pod: Pod) -> int:
        self.run.pods.append(pod)
        return self.worker(pod)

    def importer(self, task: Json, component: Json, importer: Json, parent: Execution) -> str:
        """An artifact that lies somewhere. Its execution is called by the task's title, not by its key."""
        execution = self._execution("importer", task["taskInfo"]["name"], parent, component)
        uri = importer["artifactUri"].get("constant")
        if uri is None:
            source = task["inputs"]["parameters"].get(importer["artifactUri"].get("runtimeParameter"), {})
            uri = parent.inputs.get(source.get("componentInputParameter"))
        outputs = component.get("outputDefinitions", {}).get("artifacts", {})
        if not isinstance(uri, str) or not uri or len(outputs) != 1:
            raise PodFault("no artifact URI, or not one output")
        metadata = {key: protobuf(value) for key, value in importer.get("metadata", {}).items()}
        made = Artifact(next(self.ids), uri, json.dumps(importer["typeSchema"]), metadata)
        made.in_workspace = bool(importer.get("downloadToWorkspace"))
        execution.made, execution.state = {next(iter(outputs)): made}, "COMPLETE"
        parent.children.append(execution)
        return SUCCEEDED


def _selected(value: Value, selector: str) -> Value:
    """The element of a struct, as the SDK's loops over structs ask for it."""
    found = re.fullmatch(r"parseJson\(string_value\)\[(.*)\]", selector)
    if found is None:
        raise NotImplementedError(selector)
    return protobuf(json.loads(plain_text(value))[json.loads(found[1])])


def items(value: Value) -> list[Value]:
    """`getItems`: of a list, or of the JSON of one."""
    if isinstance(value, str):
        try:
            value = read_json(value)
        except ValueError as error:
            raise DriverFault(f"failed to unmarshal the items: {error}") from None
        return value if isinstance(value, list) else []
    if not isinstance(value, list):
        raise DriverFault(f"value of type {type(value).__name__} cannot be iterated")
    return value


def again(policy: Json | None, failed: int) -> bool:
    """Argo's `processNodeRetries`, after `failed` + 1 attempts: in time for the next one, counted from the first?"""
    if policy is None or failed >= int(policy.get("maxRetryCount", 0)):
        return False
    seconds = [float(str(policy.get(key, "0s")).rstrip("s")) // 1 for key in ("backoffDuration", "backoffMaxDuration")]
    factor = float(policy.get("backoffFactor", 0))
    if factor != int(factor):
        raise Refused(f"strconv: {factor} is no integer")
    waits_so_far = [seconds[0] * (factor**n if factor > 0 else 1) for n in range(failed + 1)]
    return ATTEMPT_SECONDS * (failed + 1) + sum(waits_so_far) <= seconds[1]


class _Inputs:
    """`resolveInputs`: what the driver finds for a task, written into its execution."""

    def __init__(self, execution: Execution, task: Json, component: Json, root: Execution) -> None:
        assert execution.parent is not None
        self.execution, self.task, self.root, self.around = execution, task, root, execution.parent
        self.wanted: Mapping[str, Json] = component.get("inputDefinitions", {}).get("parameters", {})
        self.nulls: set[str] = set()

    def resolve(self) -> None:
        """Fill in parameters and artifacts."""
        if self.execution.index is not None:
            self._iteration()
        else:
            self._defaults()
            for name, source in sorted(self.task.get("inputs", {}).get("parameters", {}).items()):
                self._parameter(name, source)
            for name, source in sorted(self.task.get("inputs", {}).get("artifacts", {}).items()):
                self.execution.received += [(name, one) for one in self._artifact(name, source)]
        self._types()
        recorded(self.execution.received)

    def _iteration(self) -> None:
        iterator = self.task["parameterIterator"]
        name = iterator["items"].get("inputParameter") or iterator["itemInput"]
        values = dict(self.around.inputs)
        item = items(values.pop(name))[self.execution.index or 0]
        self.execution.inputs = values | {iterator["itemInput"]: item}
        self.execution.received = [(key, one) for key, many in self.around.artifacts().items() for one in many]

    def _defaults(self) -> None:
        """Inputs of a DAG that are optional and not given."""
        given = self.task.get("inputs", {}).get("parameters", {})
        for name, what in self.wanted.items() if self.execution.kind == "dag" else ():
            if name not in given and what.get("isOptional"):
                self.execution.inputs[name] = protobuf(what.get("defaultValue"))
                if "defaultValue" not in what:
                    self.nulls.add(name)

    def _parameter(self, name: str, source: Json) -> None:
        what = self.wanted.get(name, {})
        if "componentInputParameter" in source:
            entering = source["componentInputParameter"]
            if entering not in self.around.inputs:
                raise DriverFault(f"parent DAG does not have input parameter {entering}")
            value = self.around.inputs[entering]
            if value is None and what.get("isOptional"):
                return
            if value is None:
                raise DriverFault(f"the resolved input parameter is null: {entering}")
        elif "taskOutputParameter" in source:
            output = source["taskOutputParameter"]
            value = Upstream(self.around, artifact=False).find(output["producerTask"], output["outputParameterKey"])
        elif "taskFinalStatus" in source:
            value = self._final_status()
        else:
            value = self._constant(source["runtimeValue"]["constant"])
        literal(name, value, what)
        if "parameterExpressionSelector" in source:
            value = _selected(value, source["parameterExpressionSelector"])
        self.execution.inputs[name] = value

    def _constant(self, value: Json) -> Value:
        known = {"pipeline_job_name": "demo", "pipeline_job_resource_name": "demo-x1", "pipeline_job_uuid": "0f3a-run"}
        known |= {"pipeline_task_name": self.execution.task, "pipeline_task_uuid": str(self.around.id)}
        if isinstance(value, str):
            value = value.replace("{{$.workspace_path}}", "/kfp-workspace")
            if value.startswith("{{$.") and value[4:-2] in known:
                return known[value[4:-2]]
        return protobuf(value)

    def _final_status(self) -> Value:
        producer = self.task["dependentTasks"][0]
        found = next((one for one in self.around.children if one.task == producer), None)
        if found is None:
            raise DriverFault(f"producer task, {producer}, not in tasks")
        status = {"state": found.state, "pipelineTaskName": found.task, "pipelineJobResourceName": "demo-x1"}
        return {**status, "error": {}}

    def _artifact(self, name: str, source: Json) -> list[Artifact]:
        if "componentInputArtifact" in source:
            entering = source["componentInputArtifact"]
            if entering not in (known := self.around.artifacts()):
                raise DriverFault(f"failed to resolve {name}: parent DAG does not have input artifact {entering}")
            return known[entering]
        output = source["taskOutputArtifact"]
        found: list[Artifact] = Upstream(self.around, artifact=True).find(
            output["producerTask"], output["outputArtifactKey"]
        )
        return found

    def _types(self) -> None:
        """`handleParamTypeValidationAndConversion`."""
        iterator, values = self.task.get("parameterIterator", {}), self.execution.inputs
        loops = iterator.get("items", {}).get("inputParameter") if self.execution.index is not None else None
        skipped = loops if self.execution.index is not None else iterator.get("itemInput")
        for name, what in self.wanted.items():
            if name == skipped or (name not in values and what.get("isOptional")):
                continue
            if name not in values and "defaultValue" not in what:
                raise DriverFault(f"neither value nor default value provided for non-optional parameter {name!r}")
            kind, value = what["parameterType"], values.get(name)
            if kind == "STRING":
                if not isinstance(value, str) and name not in self.nulls:
                    values[name] = plain_text(value)
            elif not (value is None and name in self.nulls) and not isinstance(value, _PYTHON.get(kind, dict)):
                raise DriverFault(f"input parameter {name!r} type mismatch: expect {kind}, got {value!r}")
