"""What a specification means, whoever wrote it: its tasks by what they do, wherever they stand, and what they get.

Tasks are called by their functions; each input by where its value is made, through all DAGs on its way. Loops over
values that the specification holds are unrolled, for Python does so in our pipelines; conditions are the answers that
they give. What the runtime adds for itself is left out: its steps that compute, the artifacts beside parameters.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from stand_in_cel import Condition

from zencompile_runtime.values.expressions import evaluate

Json = Any

OWN = "zencompile"
ADDED = ("check", "compute", "decide", "make")
_LEAVES = ("from", "parameter", "json", "gather", "value", "text", "string")
SAMPLES = {
    "STRING": ["heads", "tails", ""],
    "BOOLEAN": [True, False],
    "NUMBER_INTEGER": [0.0, 1.0, 5.0],
    "NUMBER_DOUBLE": [0.0, 0.5, 0.7, 0.9, 1.0],
}
_READ = re.compile(r"inputs\.parameter_values\['([^']*)'\]")


@dataclass(eq=False)
class Node:
    """A task: a step, or a DAG with tasks of its own. `item` is what an iteration that was unrolled has."""

    key: str
    task: Json
    component: Json
    parent: Node | None
    function: str = ""
    item: Json = None
    label: str = ""
    children: dict[str, list[Node]] = field(default_factory=dict)

    @property
    def is_dag(self) -> bool:
        return "dag" in self.component

    @property
    def condition(self) -> str:
        found: str = self.task.get("triggerPolicy", {}).get("condition", "")
        return found

    @property
    def loops(self) -> bool:
        return "parameterIterator" in self.task and self.item is None

    @property
    def is_added(self) -> bool:
        """Whether the compiler made the step."""
        return self.function in ADDED

    @property
    def is_transparent(self) -> bool:
        """Whether a DAG is nothing but its tasks: an iteration, a branch of one arm, or an `else: if`."""
        if not self.is_dag or self.parent is None:
            return False
        arms = [one for many in self.children.values() for one in many if one.condition]
        lone = len(arms) == len(self.children) == 1 and not self.condition
        return self.item is not None or lone or self.is_elif or self.parent.is_elif

    @property
    def is_elif(self) -> bool:
        """Whether an arm of a branch has nothing but a branch in it."""
        content = [one for many in self.children.values() for one in many if not one.is_added]
        return bool(self.condition) and len(content) == 1 and content[0].is_dag and content[0].kind == "branch"

    @property
    def kind(self) -> str:
        if not self.is_dag:
            return self.function
        if self.condition:
            return "arm"
        if self.loops:
            return "loop"
        if self.key.startswith("exit-handler"):
            return "handler"
        return "branch" if all(one[0].condition for one in self.children.values()) else "pipeline"

    @property
    def path(self) -> str:
        """The labels from the root to this task."""
        if self.parent is None:
            return ""
        return self.parent.path if self.is_transparent else f"{self.parent.path}/{self.label}"

    def shown(self) -> Iterator[Node]:
        """The tasks of a DAG, those of transparent ones in their place."""
        for many in self.children.values():
            for one in many:
                if one.is_transparent:
                    yield from one.shown()
                elif not one.is_added:
                    yield one


def normal(documents: list[Json]) -> Json:
    """The meaning of a specification."""
    return _Reading(documents).all()


class _Reading:
    def __init__(self, documents: list[Json]) -> None:
        self.spec = documents[0]
        platforms = documents[1]["platforms"]["kubernetes"] if len(documents) > 1 else {}
        self.platform: Json = platforms.get("deploymentSpec", {}).get("executors", {})
        self.root = Node("", {}, self.spec["root"], None)
        self.types: dict[str, dict[str, str]] = {}  # of the outputs of each step
        self._grow(self.root)
        self._label(self.root)

    def all(self) -> Json:
        """Tasks, inputs and outputs of the run."""
        parameters = self.spec["root"].get("inputDefinitions", {}).get("parameters", {})
        outputs = self.spec["root"]["dag"].get("outputs", {})
        names = {name for kind in ("parameters", "artifacts") for name in outputs.get(kind, {})}
        return {
            "inputs": {name: _declared(one) for name, one in parameters.items()},
            "outputs": {
                name.lower(): self._leaving(self.root, name)
                for name in sorted(names)
                if name.removesuffix("-artifact") == name or name.removesuffix("-artifact") not in names
            },
            "tasks": self._tasks(self.root),
        }

    # -- the tree ------------------------------------------------------------------------------------------------------

    def _grow(self, node: Node) -> None:
        tasks = node.component["dag"]["tasks"]
        for key in sorted(tasks, key=lambda one: (self._steps(tasks[one]), _natural(one))):
            task = tasks[key]
            component = self.spec["components"][task["componentRef"]["name"]]
            items = [None]
            if "raw" in task.get("parameterIterator", {}).get("items", {}):
                items = json.loads(task["parameterIterator"]["items"]["raw"])
            for item in items:
                child = Node(key, task, component, node, self._function(component), item)
                node.children.setdefault(key, []).append(child)
                if child.is_dag:
                    self._grow(child)

    def _steps(self, task: Json) -> list[str]:
        """The functions of all steps in a task, by which tasks are put in order."""
        component = self.spec["components"][task["componentRef"]["name"]]
        if "dag" not in component:
            return [self._function(component)] if self._function(component) not in ADDED else []
        return sorted(name for inner in component["dag"]["tasks"].values() for name in self._steps(inner))

    def _label(self, node: Node) -> None:
        seen: dict[str, int] = {}
        for child in sorted(node.shown(), key=lambda one: self._steps(one.task)):
            seen[child.kind] = seen.get(child.kind, 0) + 1
            child.label = f"{child.kind}#{seen[child.kind]}" if seen[child.kind] > 1 else child.kind
            if child.is_dag:
                self._label(child)
            else:
                self.types[child.path] = _outputs(child.component)

    def _executor(self, component: Json) -> Json:
        return self.spec["deploymentSpec"]["executors"][component["executorLabel"]]

    def _arguments(self, component: Json) -> list[str]:
        found: list[str] = self._executor(component).get("container", {}).get("args", [])
        return found

    def _function(self, component: Json) -> str:
        if "dag" in component:
            return ""
        if "importer" in self._executor(component):
            return "importer"
        arguments = self._arguments(component)
        if "--function_to_execute" in arguments:
            return arguments[arguments.index("--function_to_execute") + 1]
        return "clean" if arguments[1] == "zencompile_runtime.ending:end" else arguments[1].rpartition(":")[2]

    # -- tasks ---------------------------------------------------------------------------------------------------------

    def _tasks(self, node: Node) -> Json:
        waits = {child.label: self._waits(child) for child in node.shown()}
        return {child.label: {"waits": _reduced(child.label, waits), **self._task(child)} for child in node.shown()}

    def _task(self, node: Node) -> Json:
        found: Json = {}
        if node.condition:
            found["condition"] = self._condition(node)
        if node.task.get("triggerPolicy", {}).get("strategy"):
            found["strategy"] = node.task["triggerPolicy"]["strategy"]
        if node.is_dag:
            return {**found, "tasks": self._tasks(node)}
        executor = self._executor(node.component)
        if "importer" in executor:
            importer = executor["importer"]
            place = importer["artifactUri"]["constant"]
            return {
                **found,
                "importer": [place, importer["typeSchema"]["schemaTitle"], importer.get("reimport", False)],
            }
        return {
            **found,
            "inputs": self._inputs(node),
            "outputs": _outputs(node.component),
            "retry": _retry(node.task.get("retryPolicy")),
            "cache": node.task.get("cachingOptions", {}).get("enableCache", False),
            "container": _container(executor.get("container", {})),
            "platform": _platform(self.platform.get(node.component["executorLabel"], {})),
        }

    def _waits(self, node: Node) -> set[str]:
        """The labels of the tasks that one waits for, through those that the compiler added."""
        found: set[str] = set()
        assert node.parent is not None
        for key in node.task.get("dependentTasks", ()):
            for other in node.parent.children[key]:
                if other.is_added:
                    found |= self._waits(other)
                else:
                    found |= {one.label for one in ([other] if not other.is_transparent else other.shown())}
        return found | self._waits(node.parent) if node.parent.is_transparent else found

    def _condition(self, node: Node) -> Json:
        """For every choice of values the answer: the values by where they are made.

        Where a step of the runtime decides, its program is asked in its place.
        """
        assert node.parent is not None
        given = node.task["inputs"]["parameters"]
        read = {name: self._source(node.parent, given[name]) for name in sorted(set(_READ.findall(node.condition)))}
        made = {json.dumps(one): one for source in read.values() for one in source.get("of", {"": source}).values()}
        choices = [SAMPLES[self.types[one["from"]][one["output"]]] for one in made.values()]
        answers = {}
        for values in itertools.product(*choices):
            known = dict(zip(made, values, strict=True))
            inputs = {name: _decided(source, known) for name, source in read.items()}
            answers[json.dumps(sorted(known.items()))] = Condition(node.condition).holds(inputs)
        around = node.parent.parent
        if around is not None and around.is_elif:
            outer = self._condition(around)
            answers = {values: answer and outer[values] for values, answer in answers.items()}
        return answers

    # -- values --------------------------------------------------------------------------------------------------------

    def _inputs(self, node: Node) -> Json:
        assert node.parent is not None
        given = {
            **node.task.get("inputs", {}).get("parameters", {}),
            **node.task.get("inputs", {}).get("artifacts", {}),
        }
        found = {name: self._source(node.parent, one) for name, one in given.items() if not name.startswith(OWN)}
        if node.function == "importer":
            return {}
        flags = [one.removeprefix("--input=").partition("=") for one in self._arguments(node.component)]
        references = {name: json.loads(text) for name, _, text in flags if self._is_input(name, text, node)}
        read = {name: self._reference(reference, given, node) for name, reference in references.items()}
        used = {leaf for reference in references.values() for leaf in _leaves(reference)}
        plain = {name: one for name, one in found.items() if name not in used or name in references}
        return {name: one for name, one in {**plain, **read}.items() if name != "on_cleanup"}

    def _is_input(self, name: str, text: str, node: Node) -> bool:
        return f"--input={name}={text}" in self._arguments(node.component)

    def _reference(self, reference: Json, given: Json, node: Node) -> Json:
        """What `--input=` says, in the words of `_source`."""
        assert node.parent is not None
        if "list" in reference:
            return {"list": [self._reference(one, given, node) for one in reference["list"]]}
        leaves = ("from", "parameter", "json", "gather", "value", "text", "string")
        leaf = next(one for one in leaves if one in reference)
        if leaf == "value":
            return {"constant": reference["value"]}
        found = self._source(node.parent, given[reference[leaf]])
        if leaf == "json" and "constant" in found:
            found = {"constant": _number(json.loads(found["constant"]))}
        return {"each": found} if "item" in reference else found

    def _source(self, frame: Node, source: Json) -> Json:
        """Where a task of `frame` has a value from."""
        if "runtimeValue" in source:
            return {"constant": _number(source["runtimeValue"]["constant"])}
        if "taskFinalStatus" in source:
            return {"state of": frame.children[source["taskFinalStatus"]["producerTask"]][0].label}
        entering = source.get("componentInputParameter") or source.get("componentInputArtifact")
        if entering:
            return self._entering(frame, entering)
        output = source.get("taskOutputParameter") or source["taskOutputArtifact"]
        key = output.get("outputParameterKey") or output.get("outputArtifactKey")
        made = [self._made(one, key) for one in frame.children[output["producerTask"]]]
        return made[0] if len(made) == 1 else {"list": made}

    def _entering(self, frame: Node, name: str) -> Json:
        if frame.parent is None:
            return {"of the run": name}
        iterator = frame.task.get("parameterIterator", {})
        if name == iterator.get("itemInput"):
            if frame.item is not None:
                return {"constant": _number(frame.item)}
            name = iterator["items"]["inputParameter"]
            given = {**frame.task["inputs"]["parameters"]}
            return {"each": self._source(frame.parent, given[name])}
        inputs = frame.task["inputs"]
        return self._source(frame.parent, {**inputs.get("parameters", {}), **inputs.get("artifacts", {})}[name])

    def _made(self, node: Node, key: str) -> Json:
        if node.function in ("compute", "decide"):
            found = self._program(node)
            return found["of"].get(found["program"], found)  # it may be a value itself, which is handed on
        if not node.is_dag:
            beside = key.removesuffix("-artifact")
            known = node.component.get("outputDefinitions", {}).get("parameters", {})
            return {"from": node.path, "output": (beside if beside in known else key).lower()}
        inner = self._leaving(node, key)
        return {"all of": inner} if node.loops else inner

    def _program(self, node: Node) -> Json:
        """What a step of the runtime makes of which values."""
        assert node.parent is not None
        given = {**node.task["inputs"]["parameters"], **node.task["inputs"]["artifacts"]}
        (mapping,) = (
            json.loads(one.removeprefix("--input=values="))["mapping"]
            for one in self._arguments(node.component)
            if one.startswith("--input=values=")
        )
        values = {name: self._source(node.parent, given[one["from"]]) for name, one in mapping.items()}
        return {"program": given["program"]["runtimeValue"]["constant"], "of": values}

    def _leaving(self, node: Node, name: str) -> Json:
        outputs = node.component["dag"]["outputs"]
        output = {**outputs.get("artifacts", {}), **outputs.get("parameters", {})}[name]
        selectors = output.get("artifactSelectors") or output.get("valueFromOneof", {}).get("parameterSelectors")
        pairs = selectors or [output["valueFromParameter"]]
        made = [
            self._made(
                node.children[one["producerSubtask"]][0], one.get("outputArtifactKey") or one["outputParameterKey"]
            )
            for one in pairs
        ]
        return made[0] if len(made) == 1 else {"one of": sorted(made, key=json.dumps)}


def _reduced(label: str, waits: dict[str, set[str]]) -> list[str]:
    """What a task waits for, without what that waits for itself."""

    def before(one: str) -> set[str]:
        return waits[one].union(*map(before, waits[one]))

    return sorted(waits[label].difference(*map(before, waits[label])))


def _decided(source: Json, values: dict[str, Any]) -> Any:
    """What a condition reads, where these values are made."""
    if "program" not in source:
        return values[json.dumps(source)]
    return evaluate(source["program"], {name: values[json.dumps(one)] for name, one in source["of"].items()})


def _natural(key: str) -> list[Any]:
    """Keys in the order of their numbers, and an `else` after its `if`."""
    key = re.sub("^else-", "if-~", key)
    return [(1, int(part), "") if part.isdigit() else (0, 0, part) for part in re.split(r"(\d+)", key)]


def _leaves(reference: Json) -> Iterator[str]:
    if "list" in reference:
        for one in reference["list"]:
            yield from _leaves(one)
    else:
        yield from (value for key, value in reference.items() if key != "item" and isinstance(value, str))


def _number(value: Json) -> Json:
    """A value as protobuf has it: all numbers are doubles."""
    if isinstance(value, dict):
        return {key: _number(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_number(one) for one in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _declared(parameter: Json) -> Json:
    """A parameter of a run. A dictionary is its JSON text with us, for a STRUCT has no order of keys."""
    kind, default = parameter["parameterType"], parameter.get("defaultValue")
    if kind == "STRUCT":
        kind, default = "STRING", json.dumps(default, separators=(",", ":"))
    return [kind, _number(default), parameter.get("isOptional", False)]


def _outputs(component: Json) -> dict[str, str]:
    """The outputs of a step and their types; lists and dictionaries are artifacts of ours."""
    made = component.get("outputDefinitions", {})
    parameters = {name: one["parameterType"] for name, one in made.get("parameters", {}).items()}
    found = {
        name.lower(): "system.Artifact" if kind in ("LIST", "STRUCT") else kind for name, kind in parameters.items()
    }
    for name, one in made.get("artifacts", {}).items():
        if name.removesuffix("-artifact") == name or name.removesuffix("-artifact") not in parameters:
            found[name.lower()] = one["artifactType"]["schemaTitle"]
    return found


def _retry(policy: Json) -> Json:
    if not policy:
        return None
    factor = policy.get("backoffFactor", 2.0)
    return [int(policy["maxRetryCount"]), policy.get("backoffDuration"), float(factor)]


def _container(container: Json) -> Json:
    resources = container.get("resources", {})
    kept = {key: value for key, value in resources.items() if key.startswith("resource")}
    for key in ("resourceCpuRequest", "resourceMemoryRequest"):
        if kept.get(key) == kept.get(key.replace("Request", "Limit")):
            kept.pop(key, None)  # where there is a limit alone, Kubernetes requests as much
    accelerator = resources.get("accelerator", {})
    variables = {one["name"]: one["value"] for one in container.get("env", ())}
    return {
        "resources": kept,
        "accelerator": [accelerator.get("resourceType"), accelerator.get("resourceCount")],
        "variables": {name: value for name, value in variables.items() if not name.startswith("ZENCOMPILE")},
    }


def _platform(config: Json) -> Json:
    """Settings of Kubernetes: names are given as constants, too, in fields that newer servers read."""
    if isinstance(config, list):
        return sorted((_platform(one) for one in config), key=json.dumps)
    if not isinstance(config, dict):
        return config
    found = {}
    for key, value in config.items():
        short = key.removesuffix("Parameter")
        if short != key and isinstance(value, dict) and "runtimeValue" in value:
            found[short] = value["runtimeValue"]["constant"]
        elif not (value is False and key == "optional"):
            found.setdefault(key, _platform(value))
    return found
