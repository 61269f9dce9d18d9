"""The stand-in for the server does what the server does: each test is one of its rules. Steps are functions here."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import stand_in
import yaml
from stand_in_cel import CelError, Condition
from stand_in_pods import from_text, number_text

Json = Any

# Components: a source of a list, a step that doubles, one that fails, one that joins lists, and a DAG of two.
PARTS = """
components:
  comp-load: {executorLabel: load, outputDefinitions: {parameters: {many: {parameterType: LIST}, n: {parameterType: NUMBER_INTEGER}, word: {parameterType: STRING}}}}
  comp-double:
    executorLabel: double
    inputDefinitions: {parameters: {x: {parameterType: NUMBER_INTEGER}}}
    outputDefinitions: {parameters: {n: {parameterType: NUMBER_INTEGER}}, artifacts: {data: {artifactType: {schemaTitle: system.Artifact}}}}
  comp-total:
    executorLabel: total
    inputDefinitions: {parameters: {xs: {parameterType: LIST, isOptional: true}}, artifacts: {parts: {artifactType: {schemaTitle: system.Artifact}, isArtifactList: true, isOptional: true}}}
    outputDefinitions: {parameters: {n: {parameterType: NUMBER_INTEGER}}}
  comp-fail: {executorLabel: fail}
  comp-after: {executorLabel: after, inputDefinitions: {parameters: {status: {parameterType: TASK_FINAL_STATUS, isOptional: true}}}}
  comp-two:
    inputDefinitions: {parameters: {x: {parameterType: NUMBER_INTEGER}}}
    outputDefinitions: {parameters: {n: {parameterType: NUMBER_INTEGER}}, artifacts: {data: {artifactType: {schemaTitle: system.Artifact}}}}
    dag:
      outputs:
        parameters: {n: {valueFromParameter: {producerSubtask: again, outputParameterKey: n}}}
        artifacts: {data: {artifactSelectors: [{producerSubtask: again, outputArtifactKey: data}]}}
      tasks:
        once: {taskInfo: {name: once}, componentRef: {name: comp-double}, inputs: {parameters: {x: {componentInputParameter: x}}}}
        again: {taskInfo: {name: again}, componentRef: {name: comp-double}, dependentTasks: [once], inputs: {parameters: {x: {taskOutputParameter: {producerTask: once, outputParameterKey: n}}}}}
deploymentSpec:
  executors: {load: {container: {image: i, command: [load]}}, double: {container: {image: i, command: [double]}}, total: {container: {image: i, command: [total]}}, fail: {container: {image: i, command: [fail]}}, after: {container: {image: i, command: [after]}}}
"""  # noqa: E501


def pipeline(tasks: str, parameters: str = "{}", outputs: str = "{}") -> list[Json]:
    """A pipeline of these tasks of the root."""
    spec = yaml.safe_load(PARTS)
    for name, task in (dag := yaml.safe_load(tasks)).items():
        task["taskInfo"] = {"name": name}
    root = {"dag": {"tasks": dag, "outputs": yaml.safe_load(outputs)}}
    root["inputDefinitions"] = {"parameters": yaml.safe_load(parameters)}
    return [{"pipelineInfo": {"name": "demo"}, "schemaVersion": "2.1.0", "root": root, **spec}]


def steps(pod: stand_in.Pod) -> int:
    """What the steps do; their outputs as files."""
    inputs, outputs = pod.executor_input["inputs"], pod.executor_input["outputs"]
    given = inputs["parameterValues"]
    name = pod.command[0]
    if name in ("fail", "after"):
        return name == "fail"
    if name == "load":
        made: Json = {"many": [1, 2, 3], "n": 3, "word": "a"}
    elif name == "double":
        made = {"n": int(given["x"]) * 2}
    else:
        made = {"n": int(sum(given.get("xs", ()))) + len(inputs["artifacts"].get("parts", {}).get("artifacts", ()))}
    for key, what in outputs["parameters"].items():
        value = made[key]
        Path(what["outputFile"]).write_text(value if isinstance(value, str) else json.dumps(value))
    return 0


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., stand_in.Run]:
    def start(documents: list[Json], **parameters: Json) -> stand_in.Run:
        return stand_in.run(documents, tmp_path / "outputs", steps, **parameters)

    return start


LOAD = "load: {componentRef: {name: comp-load}}\n"
LOOP = """loop:
  componentRef: {name: comp-two}
  dependentTasks: [load]
  inputs: {parameters: {xs: {taskOutputParameter: {producerTask: load, outputParameterKey: many}}}}
  parameterIterator: {itemInput: x, items: {inputParameter: xs}}
"""


def test_data_flows_through_nested_dags_and_loops(run: Callable[..., stand_in.Run]) -> None:
    made = run(
        pipeline(
            LOAD
            + LOOP
            + """total:
  componentRef: {name: comp-total}
  dependentTasks: [loop]
  inputs:
    parameters: {xs: {taskOutputParameter: {producerTask: loop, outputParameterKey: n}}}
    artifacts: {parts: {taskOutputArtifact: {producerTask: loop, outputArtifactKey: data}}}
""",
            outputs="{parameters: {all: {valueFromParameter: {producerSubtask: total, outputParameterKey: n}}}}",
        )
    )
    assert made.outputs() == {"all": 4 * 6 + 3}
    assert made["loop/1/again"].outputs == {"n": 8}
    assert made.ran()[-1] == "total"


@pytest.mark.parametrize(("word", "ran"), [("a", ["load", "then"]), ("b", ["load"])], ids=["holds", "does not hold"])
def test_what_waits_for_a_skipped_task_is_left_out(run: Callable[..., stand_in.Run], word: str, ran: list[str]) -> None:
    tasks = f"""maybe:
  componentRef: {{name: comp-after}}
  dependentTasks: [load]
  inputs: {{parameters: {{word: {{taskOutputParameter: {{producerTask: load, outputParameterKey: word}}}}}}}}
  triggerPolicy: {{condition: "inputs.parameter_values['word'] == '{word}'"}}
then: {{componentRef: {{name: comp-load}}, dependentTasks: [maybe]}}
"""
    made = run(pipeline(LOAD + tasks))
    assert [path for path in made.ran() if path != "maybe"] == ran
    assert made.states["then"] == ("Succeeded" if len(ran) > 1 else "Omitted")


def test_a_failed_step_fails_the_run_and_what_depends_on_it(run: Callable[..., stand_in.Run]) -> None:
    tasks = "bad: {componentRef: {name: comp-fail}}\nthen: {componentRef: {name: comp-load}, dependentTasks: [bad]}\n"
    with pytest.raises(stand_in.RunFailed, match="bad: exit code 1") as failed:
        run(pipeline(LOAD + tasks))
    assert failed.value.run.states == {"load": "Succeeded", "bad": "Failed", "then": "Omitted"}


def test_an_exit_task_runs_after_a_failure_and_is_told(run: Callable[..., stand_in.Run]) -> None:
    tasks = """bad: {componentRef: {name: comp-fail}}
last:
  componentRef: {name: comp-after}
  dependentTasks: [bad]
  inputs: {parameters: {status: {taskFinalStatus: {producerTask: bad}}}}
  triggerPolicy: {strategy: ALL_UPSTREAM_TASKS_COMPLETED}
"""
    with pytest.raises(stand_in.RunFailed) as failed:
        run(pipeline(tasks))
    assert failed.value.run["last"].inputs["status"]["state"] == "FAILED"


RETRY = "bad: {componentRef: {name: comp-fail}, retryPolicy: %s}\n"


@pytest.mark.parametrize(
    ("policy", "attempts"),
    [
        ("{maxRetryCount: 3, backoffDuration: 2s, backoffFactor: 2}", 1),  # without a longest time it is zero
        ("{maxRetryCount: 3, backoffDuration: 2s, backoffFactor: 2, backoffMaxDuration: 7s}", 2),
        ("{maxRetryCount: 3, backoffDuration: 2s, backoffFactor: 2, backoffMaxDuration: 3600s}", 4),
    ],
)
def test_retries_end_with_the_longest_time(run: Callable[..., stand_in.Run], policy: str, attempts: int) -> None:
    with pytest.raises(stand_in.RunFailed) as failed:
        run(pipeline(RETRY % policy))
    assert len(failed.value.run.pods) == attempts


@pytest.mark.parametrize(
    ("tasks", "why"),
    [
        ("load: {componentRef: {name: comp-load}}\nload-driver: {componentRef: {name: comp-load}}", "load-driver"),
        ("1st: {componentRef: {name: comp-load}}", "not valid"),
        ("a: {componentRef: {name: comp-load}, dependentTasks: [b]}", "no task there"),
        ("load: {componentRef: {name: comp-gone}}", "cannot find component"),
        (LOAD + LOOP + LOOP.replace("loop:", "more:"), "comp-two-iteration"),
        (LOAD + LOOP.replace("loop:", f"{'l' * 112}:"), "-iterator"),
    ],
)
def test_what_the_server_does_not_take(run: Callable[..., stand_in.Run], tasks: str, why: str) -> None:
    with pytest.raises(stand_in.Refused, match=why):
        run(pipeline(tasks))


CONSTANT = "double: {componentRef: {name: comp-double}, inputs: {parameters: {x: {runtimeValue: {constant: %s}}}}}"


@pytest.mark.parametrize(
    ("tasks", "why"),
    [
        (CONSTANT % "null", "type mismatch"),
        (CONSTANT % '"3"', "type mismatch"),
        ("double: {componentRef: {name: comp-double}}", "neither value nor default"),
        (CONSTANT % ("1" * 400), "out of the range"),
    ],
)
def test_what_the_driver_does_not_take(run: Callable[..., stand_in.Run], tasks: str, why: str) -> None:
    with pytest.raises(stand_in.RunFailed, match=why):
        run(pipeline(tasks))


def test_parameters_of_the_run_are_checked_and_have_defaults(run: Callable[..., stand_in.Run]) -> None:
    tasks = "double: {componentRef: {name: comp-double}, inputs: {parameters: {x: {componentInputParameter: n}}}}"
    documents = pipeline(tasks, "{n: {parameterType: NUMBER_INTEGER, defaultValue: 4, isOptional: true}}")
    assert run(documents)["double"].outputs == {"n": 8}
    assert run(documents, n=5)["double"].outputs == {"n": 10}
    for wrong in ({"n": "5"}, {"m": 5}):
        with pytest.raises(stand_in.Refused):
            run(documents, **wrong)


def test_words_are_expanded_and_filled_in_the_order_of_the_layers(run: Callable[..., stand_in.Run]) -> None:
    documents = pipeline(CONSTANT % "3")
    box = documents[0]["deploymentSpec"]["executors"]["double"]["container"]
    box["env"] = [{"name": "A", "value": "x$(NAMESPACE)"}]
    box["args"] = ["$$(A) $(A) $(B)", "{{$.inputs.parameters['x']}}", "{{workflow.name}}", "{{$}}"]
    command = run(documents).pods[0].command
    assert command[1:4] == ["$(A) xteam $(B)", "3", "argo"]
    assert json.loads(command[4])["inputs"]["parameterValues"] == {"x": 3}


def test_an_argument_is_at_most_128_kib(run: Callable[..., stand_in.Run]) -> None:
    documents = pipeline(LOAD)
    box = documents[0]["deploymentSpec"]["executors"]["load"]["container"]
    box["env"] = [{"name": "A", "value": "a" * 130_000}]
    assert run(documents)["load"].state == "COMPLETE"
    box["env"] = [{"name": "A", "value": "a" * 132_000}]
    with pytest.raises(stand_in.RunFailed, match="argument list too long"):
        run(documents)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("inputs.parameter_values['n'] == 1", True),
        ("int(inputs.parameter_values['n']) > 0 && inputs.parameter_values['w'] != 'b'", True),
        ("!(inputs.parameter_values['w'] == 'a')", False),
        ("inputs.parameter_values['gone'] == 'a' && false", False),
        ("inputs.parameter_values['n'] in [2.0, 1.0]", True),
        ("inputs.parameter_values['b'] == 1", False),
    ],
)
def test_conditions(text: str, holds: bool) -> None:
    assert Condition(text).holds({"n": 1.0, "w": "a", "b": True}) is holds


@pytest.mark.parametrize(
    "text",
    [
        "1 == 1.0",
        "1 == 'a'",
        "'a\nb' == 'a'",
        "n == 1",
        "inputs.parameter_values['gone'] == 'a'",
        "inputs.parameter_values['w'] < 1.0",
        "inputs.parameter_values['n']",
        "int(inputs.parameter_values['b']) == 1",
    ],
)
def test_conditions_that_the_server_does_not_evaluate(text: str) -> None:
    with pytest.raises(CelError):
        Condition(text).holds({"n": 1.0, "w": "a", "b": True})


def test_numbers_and_texts_are_those_of_go() -> None:
    texts = {3.0: "3", 1e20: "100000000000000000000", 1e21: "1e+21", 1e-7: "1e-7", 0.1: "0.1", 1.5e-5: "0.000015"}
    assert {number: number_text(number) for number in texts} == texts
    assert [from_text(" 7 \n", "NUMBER_INTEGER"), from_text("T", "BOOLEAN"), from_text("[1]", "LIST")] == [7, True, [1]]
