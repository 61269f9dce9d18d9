"""Plays compiled graphs, DAG files of Airflow and pipeline specifications of Kubeflow, with the reference's values.

A task runs when all that it depends on succeeded. A task of a user's step is matched with a call of the reference of
the same function, by its arguments if they are known, and gives that call's outputs, or fails as it did. Then: the same
calls ran; each call comes after those that the program knew to have ended; the run fails exactly if the program raises;
nothing that the pipeline's body did itself is lost. `Wrong` says what differs, `NotSimulated` what can't be played.
"""

from __future__ import annotations

import ast
import builtins
import json
import math
import operator
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

import yaml
from dynamic_programs import Program
from dynamic_reference import Happened


class NotSimulated(Exception):
    """The graph has something that isn't played here."""


class Wrong(Exception):
    """The graph does something else than the program."""


class Unknown:
    """A value that isn't known here."""


UNKNOWN = Unknown()
RUNTIME = "zencompile_runtime"
Values = dict[str, Any]


# ---- the reference's calls, met by a graph's tasks -------------------------------------------------------------------


class Play:
    """What ran so far, matched with the calls of the reference."""

    def __init__(self, program: Program, happened: Happened) -> None:
        self.program, self.happened = program, happened
        self.left = list(happened.calls)
        self.ran: dict[int, Any] = {}
        self.failed = False

    def step(self, entrypoint: str, inputs: Values, place: Any) -> Values | None:
        """Play a user's step: the matching call's outputs, None if it failed there. `place` is for the order."""
        function = entrypoint.split(":")[-1]
        candidates = [call for call in self.left if call["step"] == function]
        if not candidates:
            raise Wrong(f"runs `{function}`, which the program doesn't (or more often)")
        fitting = [call for call in candidates if self._fits(call["inputs"], inputs)]
        if not fitting:
            raise Wrong(f"`{function}` gets {_shown(inputs)}, not {_shown(candidates[0]['inputs'])}")
        found = fitting[0]
        self.left.remove(found)
        self.ran[found["call"]] = place
        self.failed = self.failed or found["failed"]
        outputs: Values = found["outputs"]
        return None if found["failed"] else outputs

    def _fits(self, wanted: Values, given: Values) -> bool:
        if self.program.varies:
            return True
        found = ((given.get(name, UNKNOWN), value) for name, value in wanted.items())
        return all(one is UNKNOWN or _same(one, value) for one, value in found)

    def judge(self, comes_before: Callable[[Any, Any], bool]) -> None:
        """Raise Wrong unless what ran, its order and its end are the program's."""
        if self.left:
            raise Wrong("doesn't run " + ", ".join(sorted({call["step"] for call in self.left})))
        ids = {call["call"]: call["id"] for call in self.happened.calls}
        for call in self.happened.calls:
            for earlier in call["after"]:
                if earlier in self.ran and not comes_before(self.ran[earlier], self.ran[call["call"]]):
                    raise Wrong(f"nothing keeps {ids[earlier]} before {call['id']}")
        if self.failed and not self.happened.raised:
            raise Wrong("the run fails, the program doesn't")
        if self.happened.raised and not self.failed:
            raise Wrong("the run completes, the program raises")
        if self.happened.body_worked:
            raise Wrong("what the body does itself is lost")


def _same(given: Any, wanted: Any) -> bool:
    given_text, wanted_text = (json.dumps(value, default=repr, sort_keys=True) for value in (given, wanted))
    return given_text == wanted_text or (isinstance(given, (int, float)) and bool(given == wanted))


def _shown(values: Values) -> Values:
    return {name: "?" if value is UNKNOWN else value for name, value in values.items() if name != "zencompile-id"}


# ---- values: what tasks compute and are given ------------------------------------------------------------------------

_NAMES = """
    abs all any bool dict float format int isinstance len list max min range repr round set sorted str sum tuple
"""
CALLABLE = {name: getattr(builtins, name) for name in _NAMES.split()}


def known(value: Any) -> Any:
    """The value itself: whatever is decided by it."""
    if value is UNKNOWN:
        raise NotSimulated("a decision on a value that isn't known here")
    return value


def _unless_unknown(function: Callable[..., Any], *arguments: Any) -> Any:
    return UNKNOWN if any(one is UNKNOWN for one in arguments) else function(*arguments)


def resolve(spec: Any, named: Values, output: Callable[[str, str], Any] | None) -> Any:
    """What an `--input` gives, of what the task has by name and of the outputs of tasks."""
    if isinstance(spec, list) and len(spec) == 2 and all(isinstance(part, str) for part in spec):
        assert output is not None
        return output(*spec)
    if not isinstance(spec, dict):
        return UNKNOWN
    if "list" in spec:
        items = [resolve(part, named, output) for part in spec["list"]]
        if "item" not in spec:
            return items
        return _unless_unknown(operator.getitem, items, resolve(spec["item"], named, output))
    if "mapping" in spec:
        return {name: resolve(part, named, output) for name, part in spec["mapping"].items()}
    source = next((source for source in ("from", "parameter", "json", "gather") if source in spec), None)
    return UNKNOWN if source is None else _by_name(source, spec, named, output)


def _by_name(source: str, spec: Values, named: Values, output: Callable[[str, str], Any] | None) -> Any:
    """What the task has under a name: as it is, as JSON, or of all rounds of a loop."""
    where = spec[source]
    value = resolve(where, named, output) if isinstance(where, (list, dict)) else named.get(where, UNKNOWN)
    if value is UNKNOWN:
        return UNKNOWN
    if source == "json":
        return json.loads(value) if isinstance(value, str) else value
    if "item" in spec:
        return _unless_unknown(operator.getitem, value, resolve(spec["item"], named, output))
    return UNKNOWN if set(spec) - {source, "item", "as"} else value


def given_by(specs: Values, named: Values, output: Callable[[str, str], Any] | None) -> Values | None:
    """What `--input`s give, None where the task fails over them."""
    try:
        return {name: resolve(spec, named, output) for name, spec in specs.items()}
    except (LookupError, TypeError, ValueError):
        return None


# ---- tasks -----------------------------------------------------------------------------------------------------------


def play_task(play: Play, entrypoint: str, inputs: Values | None, place: Any) -> Values | None:
    """The outputs of a task, None if it fails."""
    if inputs is None:
        play.failed = True
        return None
    module, _, function = entrypoint.partition(":")
    if module == f"{RUNTIME}.computing":
        return _computed(play, function, inputs)
    if module.partition(".")[0] == RUNTIME:
        raise NotSimulated(f"a task runs {entrypoint}")
    return play.step(entrypoint, inputs, place)


def _computed(play: Play, function: str, inputs: Values) -> Values | None:
    """The outputs of a task that the compiler adds. Nobody knows before what `make` finds: clocks and the like."""
    if function == "make":
        return {}
    if function not in ("check", "compute", "decide"):
        raise NotSimulated(f"a task runs {function} of the runtime")
    try:
        if function == "check":
            return {"Output": check(inputs["lists"], inputs["product"])}
        made = compute(inputs["program"], inputs.get("values", {}))
        return {"output": bool(made) if function == "decide" else made}
    except NotSimulated:
        if function != "compute":
            raise
        return {}
    except Exception:  # as the task fails
        play.failed = True
        return None


def compute(program: Any, values: Values) -> Any:
    """The value of an expression of Python, evaluated by Python."""
    if not isinstance(program, str):
        raise NotSimulated(f"computes {json.dumps(program)[:60]}")
    if any(value is UNKNOWN for value in values.values()):
        raise NotSimulated(f"computes {program[:60]!r} of values that aren't known here")
    try:
        return eval(program, {"__builtins__": CALLABLE, **values})
    except (NameError, SyntaxError):
        raise NotSimulated(f"computes {program[:60]!r}") from None


def check(lists: Mapping[str, Any], product: bool) -> list[int]:
    """The positions of a map over these lists, unless there are none; what is no list goes whole to each step."""
    lengths = [len(one) for one in map(known, lists.values()) if isinstance(one, (list, tuple))]
    if not lengths or not all(lengths):
        raise ValueError("a list is empty, or there is none")
    if not known(product) and len(set(lengths)) > 1:
        raise ValueError("the lists differ in length")
    return list(range(math.prod(lengths) if known(product) else lengths[0]))


# ---- order -----------------------------------------------------------------------------------------------------------

Edges = Mapping[str, set[str]]


def closure(name: str, edges: Edges) -> set[str]:
    """All that comes before a task."""
    found: set[str] = set()
    stack = [name]
    while stack:
        new = edges.get(stack.pop(), set()) - found
        found |= new
        stack += new
    return found


def in_order(above: Mapping[str, set[str]]) -> list[str]:
    """Tasks, each behind all that comes before it."""
    return sorted(above, key=lambda name: len(above[name]))


# ---- airflow ---------------------------------------------------------------------------------------------------------


def airflow(program: Program, happened: Happened, files: list[str]) -> None:
    """Play the one DAG file that a program compiles to."""
    if len(files) != 1:
        raise NotSimulated(f"{len(files)} DAG files")
    tasks, edges = _read_dag(ast.parse(files[0]))
    above = {name: closure(name, edges) for name in tasks}
    variables = {task["id"]: name for name, task in tasks.items()}
    play = Play(program, happened)
    outputs: dict[str, Values | None] = {}
    for name in in_order(above):
        if any(outputs[earlier] is None for earlier in above[name]):
            outputs[name] = None
            continue

        def output(producer: str, key: str, here: str = name) -> Any:
            variable = variables.get(producer)
            found = outputs[variable] if variable in above[here] else None
            if found is None:
                raise Wrong(f"{here} reads {producer}, which may not have run")
            return found.get(key, UNKNOWN)

        task = tasks[name]
        given = given_by(task["inputs"], {}, output)
        inputs = None if given is None else {**task["parameters"], **given}
        outputs[name] = play_task(play, task["entrypoint"], inputs, name)
    play.judge(lambda one, other: one in above[other])


def _read_dag(tree: ast.Module) -> tuple[dict[str, Values], Edges]:
    """Tasks by variable and what is above each, of a DAG that has nothing but `step(…)` and `>>`."""
    tasks: dict[str, Values] = {}
    edges: dict[str, set[str]] = defaultdict(set)
    dags = [node for node in ast.walk(tree) if isinstance(node, ast.With)]
    if len(dags) != 1:
        raise NotSimulated("no single `with DAG`")
    for node in dags[0].body:
        value = getattr(node, "value", None)
        if isinstance(value, ast.Call) and getattr(value.func, "id", "") == "step":
            task = _read_task(value)
            target = node.targets[0] if isinstance(node, ast.Assign) else None
            tasks[target.id if isinstance(target, ast.Name) else task["id"]] = task
        elif isinstance(value, ast.BinOp) and isinstance(value.op, ast.RShift):
            _read_edges(value, edges)
        else:
            raise NotSimulated("the DAG has " + ast.unparse(node)[:50])
    return tasks, edges


def _read_task(value: ast.Call) -> Values:
    try:
        task_id, entrypoint, *rest = [ast.literal_eval(argument) for argument in value.args]
    except ValueError:
        raise NotSimulated("a task with " + ast.unparse(value)[:50]) from None
    if value.keywords:
        raise NotSimulated("a task with " + ", ".join(keyword.arg or "**" for keyword in value.keywords))
    task: Values = {"id": task_id, "entrypoint": entrypoint, "parameters": {}, "inputs": {}}
    places = {"--param": "parameters", "--input": "inputs"}
    for argument in rest:
        kind, _, setting = argument.partition("=")
        name, _, text = setting.partition("=")
        if kind in places:
            try:
                task[places[kind]][name] = json.loads(text)
            except ValueError:  # a template of Airflow's
                task["parameters"][name] = UNKNOWN
    return task


def _read_edges(value: ast.expr, edges: dict[str, set[str]]) -> list[str]:
    """The last tasks of a chain `a >> [b, c] >> d`."""
    if isinstance(value, ast.BinOp):
        left, right = _read_edges(value.left, edges), _read_edges(value.right, edges)
        for below in right:
            edges[below].update(left)
        return right
    return [ast.unparse(one) for one in (value.elts if isinstance(value, (ast.List, ast.Tuple)) else [value])]


# ---- kubeflow --------------------------------------------------------------------------------------------------------

KINDS = ("parameters", "artifacts")
PLAYED = {
    "cachingOptions",
    "componentRef",
    "dependentTasks",
    "inputs",
    "iteratorPolicy",
    "parameterIterator",
    "retryPolicy",
    "taskInfo",
    "triggerPolicy",
}
AFTER_SUCCESS = "ALL_UPSTREAM_TASKS_SUCCEEDED"
FAILED, SKIPPED = "failed", "skipped"
States = dict[str, Any]  # the outputs of a task, FAILED or SKIPPED


def kubeflow(program: Program, happened: Happened, files: list[str]) -> None:
    """Play the one pipeline specification that a program compiles to."""
    if len(files) != 1:
        raise NotSimulated(f"{len(files)} YAML files")
    spec = next(one for one in yaml.safe_load_all(files[0]) if one and "root" in one)
    defined = spec["root"].get("inputDefinitions", {}).get("parameters", {})
    values = {name: program.values.get(name, one.get("defaultValue", UNKNOWN)) for name, one in defined.items()}
    played = Specification(spec, Play(program, happened))
    played.dag(spec["root"]["dag"], values, ())
    played.play.judge(played.comes_before)


class Specification:
    """A pipeline specification, played. A place is a chain of (DAG, task); DAGs are numbered as they are entered."""

    def __init__(self, spec: Values, play: Play) -> None:
        self.spec, self.play = spec, play
        self.above: list[dict[str, set[str]]] = []

    def comes_before(self, one: Any, other: Any) -> bool:
        for (dag, earlier), (same_dag, later) in zip(one, other, strict=False):
            if dag != same_dag:
                return False  # two rounds of a loop
            if earlier != later:
                return earlier in self.above[dag][later]
        return False

    def dag(self, dag: Values, values: Values, place: Any) -> Values | None:
        """Play a DAG; its outputs, None if a task of it failed."""
        tasks, number = dag["tasks"], len(self.above)
        edges = {name: _needs(task) for name, task in tasks.items()}
        self.above.append({name: closure(name, edges) for name in tasks})
        states: States = {}
        for name in in_order(self.above[number]):
            states[name] = self._task(tasks[name], edges[name], values, states, (*place, (number, name)))
        return None if FAILED in [one for one in states.values() if isinstance(one, str)] else _outputs(dag, states)

    def _task(self, task: Values, needed: set[str], values: Values, states: States, place: Any) -> Any:
        if unknown := set(task) - PLAYED:
            raise NotSimulated(f"a task with {sorted(unknown)}")
        policy = task.get("triggerPolicy", {})
        waits_for_success = policy.get("strategy", AFTER_SUCCESS) == AFTER_SUCCESS
        if waits_for_success and any(isinstance(states[earlier], str) for earlier in needed):
            return SKIPPED
        inputs = _inputs(task, values, states)
        if "condition" in policy and not holds(policy["condition"], inputs):
            return SKIPPED
        component = self.spec["components"][task["componentRef"]["name"]]
        if "parameterIterator" in task:
            return self._loop(task["parameterIterator"], component, inputs, place)
        outputs = self._component(component, inputs, place)
        return FAILED if outputs is None else outputs

    def _loop(self, iterator: Values, component: Values, inputs: Values, place: Any) -> Any:
        items = iterator["items"]
        items = known(json.loads(items["raw"]) if "raw" in items else inputs[items["inputParameter"]])
        rounds = [self._component(component, {**inputs, iterator["itemInput"]: item}, place) for item in items]
        done = [outputs for outputs in rounds if outputs is not None]
        if len(done) < len(rounds):
            return FAILED
        return {name: [outputs[name] for outputs in done] for name in (done[0] if done else ())}

    def _component(self, component: Values, inputs: Values, place: Any) -> Values | None:
        if "dag" in component:
            return self.dag(component["dag"], inputs, place)
        arguments = self.spec["deploymentSpec"]["executors"][component["executorLabel"]]["container"]["args"]
        if arguments[0] != "step":
            raise NotSimulated(f"a container with {arguments[:2]}")
        if "--product" in arguments:
            raise NotSimulated("a step takes elements in every combination")
        given = given_by(_settings("--input", arguments), inputs, None)
        outputs = play_task(self.play, arguments[1], None if given is None else inputs | given, place)
        if outputs is None:
            return None
        results = _settings("--result", arguments)
        beside = {f"{name}-artifact": value for name, value in outputs.items()}
        return beside | outputs | {name: outputs.get(spec["of"], UNKNOWN) for name, spec in results.items()}


def _needs(task: Values) -> set[str]:
    """The tasks of the same DAG that a task depends on."""
    needed = set(task.get("dependentTasks", []))
    for kind in KINDS:
        for source in task.get("inputs", {}).get(kind, {}).values():
            needed |= {
                one["producerTask"] for one in source.values() if isinstance(one, dict) and "producerTask" in one
            }
    return needed


def _inputs(task: Values, values: Values, states: States) -> Values:
    found = {}
    for kind in KINDS:
        for name, source in task.get("inputs", {}).get(kind, {}).items():
            (how, what), *more = source.items()
            if more:
                raise NotSimulated(f"an input by {sorted(source)}")
            found[name] = _source(how, what, values, states)
    return found


def _source(how: str, what: Any, values: Values, states: States) -> Any:
    """What an input is connected with."""
    if how == "runtimeValue":
        return what.get("constant", UNKNOWN)
    if how in ("componentInputParameter", "componentInputArtifact"):
        return values.get(what, UNKNOWN)
    if how in ("taskOutputParameter", "taskOutputArtifact"):
        key = "outputParameterKey" if how == "taskOutputParameter" else "outputArtifactKey"
        return states[what["producerTask"]].get(what[key], UNKNOWN)
    raise NotSimulated(f"an input by {how}")


def _settings(kind: str, arguments: list[str]) -> Values:
    """The values of `--input=NAME=JSON` and the like, by name."""
    pairs = (argument.split("=", 2)[1:] for argument in arguments if argument.startswith(f"{kind}="))
    return {name: json.loads(text) for name, text in pairs}


def _outputs(dag: Values, states: States) -> Values:
    """The outputs of a DAG: each that of the first task, of those named, which ran."""
    found = {}
    for kind in KINDS:
        for name, what in dag.get("outputs", {}).get(kind, {}).items():
            selectors = what.get("artifactSelectors") or what.get("valueFromOneof", {}).get("parameterSelectors")
            selectors = selectors or ([what["valueFromParameter"]] if "valueFromParameter" in what else None)
            if not selectors:
                raise NotSimulated(f"an output by {sorted(what)}")
            made = [_selected(one, states) for one in selectors if not isinstance(states[one["producerSubtask"]], str)]
            found[name] = made[0] if made else UNKNOWN
    return found


def _selected(selector: Values, states: States) -> Any:
    key = selector.get("outputArtifactKey", selector.get("outputParameterKey"))
    return states[selector["producerSubtask"]].get(key, UNKNOWN)


CEL = re.compile(
    r"""inputs\.parameter_values\['(?P<name>[^']*)'\]"""
    r"""|(?P<text>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
    r"""|(?P<word>[\w.]+)"""
    r"""|(?P<operator>&&|\|\||[=!<>]=|[!<>()+\-*/%])"""
    r"""|\s+"""
)
PYTHON = {"&&": " and ", "||": " or ", "!": " not ", "true": "True", "false": "False"}


def holds(condition: str, parameters: Values) -> bool:
    """Whether a condition of Kubeflow (CEL) holds; numbers are doubles there."""
    words, position = [], 0
    while position < len(condition):
        found = CEL.match(condition, position)
        if not found or (found["word"] and not re.fullmatch(r"true|false|[\d.]+(e[+-]?\d+)?", found["word"])):
            raise NotSimulated(f"the condition {condition}")
        position = found.end()
        if found["name"] is not None:
            value = known(parameters.get(found["name"], UNKNOWN))
            words.append(repr(float(value) if type(value) is int else value))
        else:
            words.append(PYTHON.get(found[0], found[0]))
    return bool(eval(" ".join(words), {"__builtins__": {}, "nan": float("nan"), "inf": float("inf")}))
