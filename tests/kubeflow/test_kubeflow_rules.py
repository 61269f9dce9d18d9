"""Each rule of the server finds what it is for; where the stand-in plays that part of the server, it refuses it, too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import stand_in
from stand_in_cel import CelError, Condition
from test_stand_in import LOAD, LOOP, RETRY, pipeline, steps

from zencompile_kubeflow import rules
from zencompile_kubeflow.rules import cel, schedules

Json = Any

DOUBLE = "double: {componentRef: {name: comp-double}, inputs: {parameters: {x: {runtimeValue: {constant: %s}}}}}\n"
CONDITION = """maybe:
  componentRef: {name: comp-after}
  dependentTasks: [load]
  inputs: {parameters: {word: {taskOutputParameter: {producerTask: load, outputParameterKey: word}}}}
  triggerPolicy: {condition: "%s"}
"""
SAME = "maybe: {componentRef: {name: comp-after}, triggerPolicy: {condition: '1 == 1'}}\n"
EXIT = """last:
  componentRef: {name: comp-after}
  dependentTasks: [%s]
  inputs: {parameters: {status: {taskFinalStatus: {producerTask: load}}}}
  triggerPolicy: {strategy: ALL_UPSTREAM_TASKS_COMPLETED}
"""
TWICE = (
    (DOUBLE % 3)
    + """both:
  componentRef: {name: comp-after}
  dependentTasks: [double]
  inputs: {artifacts: {a: &data {taskOutputArtifact: {producerTask: double, outputArtifactKey: data}}, b: *data}}
"""
)


class Spec:
    """Documents to break."""

    def __init__(self, tasks: str = LOAD, **more: str) -> None:
        self.documents = pipeline(tasks, **more)
        self.data = self.documents[0]
        self.data["sdkVersion"] = "zencompile"
        self.tasks, self.parts = self.data["root"]["dag"]["tasks"], self.data["components"]
        self.executors = self.data["deploymentSpec"]["executors"]

    def component(self, name: str, **more: Json) -> Spec:
        self.parts[f"comp-{name}"].update(more)
        return self

    def container(self, name: str, **more: Json) -> Spec:
        self.executors[name]["container"].update(more)
        return self

    def pod(self, **settings: Json) -> Spec:
        executors = {"load": settings}
        self.documents.append({"platforms": {"kubernetes": {"deploymentSpec": {"executors": executors}}}})
        return self

    def change(self, work: Callable[[Spec], Any]) -> Spec:
        work(self)
        return self


def importing(spec: Spec, **task: Json) -> None:
    """The first task imports something."""
    spec.executors["load"] = {"importer": {"artifactUri": {"constant": "s3://a/b"}, "typeSchema": {"schemaTitle": "x"}}}
    spec.parts["comp-load"]["outputDefinitions"] = {"artifacts": {"artifact": {"artifactType": {"schemaTitle": "x"}}}}
    spec.tasks["load"].update(task)


def twins(spec: Spec) -> None:
    """Two components with one container."""
    spec.executors["total"]["container"]["command"] = ["double"]
    spec.tasks["total"] = {"taskInfo": {"name": "total"}, "componentRef": {"name": "comp-total"}}


def takes_both(spec: Spec) -> None:
    """A step has two artifacts as inputs."""
    what = {"artifactType": {"schemaTitle": "system.Artifact"}}
    spec.parts["comp-after"]["inputDefinitions"]["artifacts"] = {"a": what, "b": what}


def with_one_of(spec: Spec) -> None:
    """The body of a loop gives an output of one of two tasks."""
    way = {"producerSubtask": "once", "outputParameterKey": "n"}
    outputs = spec.parts["comp-two"]["dag"]["outputs"]["parameters"]
    outputs["n"] = {"valueFromOneof": {"parameterSelectors": [way, {**way, "producerSubtask": "again"}]}}


def into_dag(names: str, many: bool) -> Spec:
    """A DAG that gets artifacts of a loop under some names."""
    task = "two: {componentRef: {name: comp-two}, dependentTasks: [loop], inputs: {parameters: {x: {runtimeValue: {constant: 1}}}}}"
    spec = Spec(LOAD + LOOP + task)
    source = {"taskOutputArtifact": {"producerTask": "loop", "outputArtifactKey": "data"}}
    spec.tasks["two"]["inputs"]["artifacts"] = dict.fromkeys(names, source)
    what = {"artifactType": {"schemaTitle": "system.Artifact"}, **({"isArtifactList": True} if many else {})}
    spec.parts["comp-two"]["inputDefinitions"]["artifacts"] = {name: {**what, "isOptional": True} for name in names}
    return spec


LONG = "a" * 140_000
# rule: a specification that breaks it, and whether the stand-in refuses it ("create") or fails in the run ("run").
# fmt: off
BROKEN: dict[str, tuple[Callable[[], Spec], str]] = {
    "pipeline-name": (lambda: Spec().change(lambda s: s.data["pipelineInfo"].update(name="n" * 129)), "create"),
    "task-name": (lambda: Spec(LOAD + LOAD.replace("load:", "load-driver:")), "create"),
    "expression-word": (lambda: Spec(LOAD.replace("load:", "matches:") + "then: {componentRef: {name: comp-load}, dependentTasks: [matches]}"), "run"),
    "template-name": (lambda: Spec(LOAD + LOOP + LOOP.replace("loop:", "more:")), "create"),
    "importer-title": (lambda: Spec().change(lambda s: importing(s, taskInfo={"name": "other"})), ""),
    "task-title": (lambda: Spec().change(lambda s: s.tasks["load"].update(taskInfo={"name": ""})), ""),
    "own-output": (lambda: Spec().component("load", outputDefinitions={"artifacts": {"executor-logs": {}}}), ""),
    "output-name": (lambda: Spec().component("load", outputDefinitions={"artifacts": {"a/b": {}}}), ""),
    "schema-version": (lambda: Spec().change(lambda s: s.data.update(schemaVersion="2.0.0")), "create"),
    "executor-kind": (lambda: Spec().change(lambda s: s.executors.update(load={"customJob": {}})), "create"),
    "artifact-loop": (lambda: Spec().change(lambda s: s.tasks["load"].update(artifactIterator={})), "create"),
    "conditional-importer": (lambda: Spec().change(lambda s: importing(s, triggerPolicy={"condition": "true"})), "create"),
    "empty-dag": (lambda: Spec("{}"), "create"),
    "skipped": (lambda: Spec(LOAD + SAME + "then: {componentRef: {name: comp-load}, dependentTasks: [maybe]}"), ""),
    "exit-task": (lambda: Spec(LOAD + EXIT % "load" + "then: {componentRef: {name: comp-load}, dependentTasks: [last]}"), "create"),
    "same-container": (lambda: Spec(DOUBLE % 3).change(twins), ""),
    "list-into-dag": (lambda: into_dag("a", many=True), ""),
    "one-artifact-twice": (lambda: Spec(TWICE).change(takes_both), "run"),
    "one-of-in-loop": (lambda: Spec(LOAD + LOOP).change(with_one_of), ""),
    "one-of-cached": (lambda: Spec(LOAD + LOOP).change(with_one_of).change(lambda s: s.parts["comp-two"]["dag"]["tasks"]["once"].update(componentRef={"name": "comp-inner"}, inputs={})).change(lambda s: s.parts.update({"comp-inner": {"dag": {"tasks": {"load": {"taskInfo": {"name": "load"}, "componentRef": {"name": "comp-load"}, "cachingOptions": {"enableCache": True}}}}}})), ""),
    "importer-in-loop": (lambda: Spec(LOAD + LOOP).change(lambda s: s.executors.update(double={"importer": {"artifactUri": {"constant": "s3://a"}}})), ""),
    "importer-uri": (lambda: Spec().change(lambda s: importing(s)).component("load", outputDefinitions={}), "run"),
    "constant-type": (lambda: Spec(DOUBLE % '"3"'), "run"),
    "default-type": (lambda: Spec().component("load", inputDefinitions={"parameters": {"n": {"parameterType": "LIST", "defaultValue": 3, "isOptional": True}}}), ""),
    "parameter-type": (lambda: Spec(LOAD + "d: {componentRef: {name: comp-double}, dependentTasks: [load], inputs: {parameters: {x: {taskOutputParameter: {producerTask: load, outputParameterKey: word}}}}}"), "run"),
    "missing-input": (lambda: Spec("double: {componentRef: {name: comp-double}}"), "run"),
    "loop-items": (lambda: Spec(LOAD + LOOP.replace("outputParameterKey: many", "outputParameterKey: n")), "run"),
    "literals": (lambda: Spec(DOUBLE % 3).component("double", inputDefinitions={"parameters": {"x": {"parameterType": "NUMBER_INTEGER", "literals": [1, 2]}}}), "run"),
    "run-parameter": (lambda: Spec(parameters="{s: {parameterType: TASK_FINAL_STATUS, isOptional: true}}"), ""),
    "optional-placeholder": (lambda: Spec().component("load", inputDefinitions={"parameters": {"n": {"parameterType": "STRING", "defaultValue": "a", "isOptional": True}}}).container("load", args=["{{$.inputs.parameters['n']}}"]), "run"),
    "placeholder": (lambda: Spec(DOUBLE % '"{{$.pipeline_job_name}}"'), "run"),
    "workspace": (lambda: Spec(DOUBLE % '"/kfp-workspace/a"'), "run"),
    "dollar": (lambda: Spec().container("load", args=["costs $$5"]), ""),
    "condition": (lambda: Spec(LOAD + CONDITION % "inputs.parameter_values['word'] > 3"), "run"),
    "argument": (lambda: Spec().container("load", args=[LONG]), "run"),
    "dag-size": (lambda: Spec("".join(LOAD.replace("load:", f"load-{n:0200}:") for n in range(600))), "create"),
    "step-command": (lambda: Spec(DOUBLE % f'"{LONG}"'), "run"),
    "retry-window": (lambda: Spec(RETRY % "{maxRetryCount: 2, backoffDuration: 5s, backoffFactor: 2, backoffMaxDuration: 9s}"), "run"),
    "retry-number": (lambda: Spec(RETRY % "{maxRetryCount: 1, backoffDuration: 1.5s, backoffFactor: 1.5, backoffMaxDuration: 90s}"), "run"),
    "quantity": (lambda: Spec().container("load", resources={"resourceMemoryLimit": "1GB"}), ""),
    "variable-name": (lambda: Spec().container("load", env=[{"name": "a b", "value": "c"}]), ""),
    "platform-setting": (lambda: Spec().pod(nodeSelectors={}), ""),
    "volume": (lambda: Spec().pod(secretAsVolume=[{"secretName": "a.b", "mountPath": "/a"}]), ""),
    "mount-path": (lambda: Spec().pod(emptyDirMounts=[{"volumeName": "a", "mountPath": "/a"}, {"volumeName": "b", "mountPath": "/a"}]), ""),
    "volume-size": (lambda: Spec().pod(emptyDirMounts=[{"volumeName": "a", "mountPath": "/a", "sizeLimit": "1GB"}]), ""),
    "label": (lambda: Spec().pod(podMetadata={"labels": {"team": "data science"}}), ""),
    "own-label": (lambda: Spec().pod(podMetadata={"annotations": {"workflows.argoproj.io/node-name": "x"}}), ""),
    "toleration": (lambda: Spec().pod(tolerations=[{"key": "gpu", "operator": "Exists", "value": "yes"}]), ""),
    "node-affinity": (lambda: Spec().pod(nodeAffinity=[{"matchExpressions": [{"key": "gpu", "operator": "Gt", "values": ["many"]}]}]), ""),
    "user": (lambda: Spec().pod(securityContext={"runAsUser": -1}), ""),
    "field-path": (lambda: Spec().pod(fieldPathAsEnv=[{"name": "A", "fieldPath": "spec.image"}]), ""),
    "sub-path": (lambda: Spec().pod(pvcMount=[{"constant": "a", "mountPath": "/a", "subPath": "../b"}]), ""),
    "key": (lambda: Spec().pod(secretAsEnv=[{"secretName": "a", "keyToEnv": [{"secretKey": "a b", "envVar": "A"}]}]), ""),
    "pull-policy": (lambda: Spec().pod(imagePullPolicy="Often"), ""),
    "object-name": (lambda: Spec().pod(imagePullSecret=[{"secretName": "My_Keys"}]), ""),
    "variable-twice": (lambda: Spec().pod(fieldPathAsEnv=[{"name": "A", "fieldPath": "metadata.uid"}] * 2), ""),
    "deadline": (lambda: Spec().pod(activeDeadlineSeconds=0), ""),
    "component": (lambda: Spec().change(lambda s: s.tasks["load"]["componentRef"].update(name="comp-gone")), "create"),
    "unused": (lambda: Spec(), ""),
    "pipeline-component": (lambda: Spec(DOUBLE % 3).change(lambda s: s.data["pipelineInfo"].update(name="double")), ""),
    "producer": (lambda: Spec().change(lambda s: s.tasks["load"].update(dependentTasks=["gone"])), "create"),
    "waits-for-producer": (lambda: Spec(LOAD + LOOP.replace("dependentTasks: [load]", "dependentTasks: []")), ""),
    "cycle": (lambda: Spec(LOAD + LOAD.replace("load:", "b:")).change(lambda s: (s.tasks["load"].update(dependentTasks=["b"]), s.tasks["b"].update(dependentTasks=["load"]))), "create"),
    "input": (lambda: Spec(LOAD + LOOP.replace("outputParameterKey: many", "outputParameterKey: gone")), "run"),
    "surplus-input": (lambda: Spec(LOAD.replace("load}", "load}, inputs: {parameters: {n: {runtimeValue: {constant: 1}}}}")), ""),
    "artifact-type": (lambda: into_dag("a", many=False).component("two", outputDefinitions={"parameters": {"n": {"parameterType": "NUMBER_INTEGER"}}, "artifacts": {"data": {"artifactType": {"schemaTitle": "system.Model"}}}}).change(lambda s: s.parts["comp-two"]["inputDefinitions"]["artifacts"]["a"].update(artifactType={"schemaTitle": "system.Dataset"})), ""),
    "loop-input": (lambda: Spec(LOAD + LOOP.replace("itemInput: x", "itemInput: y")), "run"),
    "final-status": (lambda: Spec(LOAD + EXIT % "load").change(lambda s: s.tasks["last"].update(dependentTasks=[])), ""),
    "dag-output": (lambda: Spec(LOAD + LOOP).change(lambda s: s.parts["comp-two"]["dag"]["outputs"].pop("parameters")), ""),
    "placeholder-input": (lambda: Spec().container("load", args=["{{$.inputs.parameters['gone']}}"]), "run"),
}
# fmt: on


def broken_by(spec: Spec) -> set[str]:
    """The rules that a specification breaks."""
    return {violation.rule.name for violation in rules.of_pipeline(spec.documents)}


def test_every_rule_has_a_specification_that_breaks_it() -> None:
    assert {rule.name for rule in rules.TABLE} == set(BROKEN)


@pytest.mark.parametrize("name", BROKEN)
def test_what_a_rule_is_for_is_found(name: str, tmp_path: Path) -> None:
    make, where = BROKEN[name]
    assert name in broken_by(make())
    if where == "create":
        with pytest.raises(stand_in.Refused):
            stand_in.run(make().documents, tmp_path / "outputs", steps)
    elif where == "run":
        with pytest.raises(stand_in.RunFailed):
            stand_in.run(make().documents, tmp_path / "outputs", steps)


def test_an_artifact_enters_a_dag_under_one_name() -> None:
    assert "one-artifact-twice" in broken_by(into_dag("ab", many=False))


@pytest.mark.parametrize("rule", [*rules.TABLE, *schedules.RULES], ids=lambda rule: rule.name)
def test_every_rule_says_where_it_is_from(rule: rules.Rule) -> None:
    """A file and a function of the server, of Argo or of the SDK; what Kubernetes validates, in words."""
    assert ": " in rule.source
    assert rule.since.count(".") in (1, 2)
    assert (
        rule.ours
        or rule.source.startswith(("Kubernetes", "argo ", "kubernetes_platform/", "sdk/"))
        or ".go" in rule.source
    )


@pytest.mark.parametrize(
    "tasks",
    [LOAD, LOAD + LOOP, LOAD + CONDITION % "inputs.parameter_values['word'] == 'a'", DOUBLE % 3, LOAD + EXIT % "load"],
)
def test_what_runs_breaks_no_rule(tasks: str, tmp_path: Path) -> None:
    spec = Spec(tasks)
    stand_in.run(spec.documents, tmp_path / "outputs", steps)
    assert broken_by(spec) - {"unused", "surplus-input"} == set()


MONTH = {"start_time": "2026-01-01T00:00:00Z", "end_time": "2026-02-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("trigger", "broken"),
    [
        ({"cron_schedule": {"cron": "0 5 * * * ?"}}, []),
        ({"cron_schedule": {"cron": "0 0 5 * * 7"}}, ["cron"]),
        ({"cron_schedule": {"cron": "0 0 5 L * ?"}}, ["cron"]),
        ({"cron_schedule": {"cron": "0 0 5 1-40 * ?"}}, ["cron"]),
        ({"cron_schedule": {"cron": "0 */0 5 * * ?"}}, ["cron"]),
        ({"cron_schedule": {"cron": "5 * *"}}, ["cron"]),
        ({"cron_schedule": {"cron": "0 0 5 * JAN-mar MON-FRI/2"}}, []),
        ({"cron_schedule": {"cron": "@every 1h30m"}}, []),
        ({"cron_schedule": {"cron": "@reboot"}}, ["cron"]),
        ({"cron_schedule": {"cron": "0 0 5 9 1 ?", **MONTH}}, []),
        ({"cron_schedule": {"cron": "0 0 5 9 6 ?", **MONTH}}, ["never-fires"]),
        ({"cron_schedule": {"cron": "0 0 0 29 2 ?", "start_time": "2096-03-01T00:00:00Z"}}, ["never-fires"]),
        ({"cron_schedule": {"cron": "0 0 0 29 2 ?", "start_time": "2096-02-01T00:00:00Z"}}, []),
        ({"cron_schedule": {"cron": "0 0 0 29 2 1", "start_time": "2096-03-01T00:00:00Z"}}, []),
        ({"cron_schedule": {"cron": "0 0 0 29 2 ?"}}, []),
        ({"cron_schedule": {"cron": "0 0 0 30,31 2 *"}}, ["never-fires"]),
        ({"cron_schedule": {"cron": "0 */5 6-9 5 6/2 *", **MONTH}}, ["never-fires"]),
        ({"cron_schedule": {"cron": "0 */5 6-9 * jan,feb mon-fri", **MONTH}}, []),
        ({"cron_schedule": {"cron": "0 0 0 29 2 ?", "start_time": "9998-01-01T00:00:00Z"}}, ["never-fires"]),
        ({"periodic_schedule": {"interval_second": 60}}, []),
        ({"periodic_schedule": {"interval_second": 0}}, ["interval"]),
    ],
)
def test_recurring_runs(trigger: Json, broken: list[str]) -> None:
    found = rules.of_schedule({"max_concurrency": 1, "trigger": trigger})
    assert [violation.rule.name for violation in found] == broken


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("日次-レポート", True),
        ("-nightly", True),
        ("_-x", True),
        ("日次レポート", False),
        ("Nightly-", False),
        ("1-a", False),
    ],
)
def test_the_name_of_a_recurring_run_gives_one_that_kubernetes_takes(name: str, broken: bool) -> None:
    run = {"display_name": name, "trigger": {"periodic_schedule": {"interval_second": 60}}}
    assert [violation.rule.name for violation in rules.of_schedule(run)] == ["run-name"] * broken


def test_a_recurring_run_has_one_to_ten_runs_at_once() -> None:
    for count, broken in ((1, []), (10, []), (11, ["concurrency"]), (0, ["concurrency"])):
        run = {"max_concurrency": count, "trigger": {"periodic_schedule": {"interval_second": 60}}}
        assert [violation.rule.name for violation in rules.of_schedule(run)] == broken


CONDITIONS = (
    # a condition, and the end of what is said of it
    ("inputs.parameter_values['n'] == 1", ""),
    ("inputs.parameter_values['n'] > 1.5 && !(inputs.parameter_values['w'] == 'a\\n')", ""),
    ("int(inputs.parameter_values['n']) >= 2 || inputs.parameter_values['b'] == true", ""),
    ("inputs.parameter_values['w'] in ['a', 'b']", ""),
    ("inputs.parameter_values['w'].startsWith('a') ? true : false", ""),
    ("size(inputs.parameter_values['many']) > 2", ""),
    ("double(string(inputs.parameter_values['n'])) < -1.0", ""),
    ("inputs.parameter_values['n'] == 'a'", "applies `==` to a double and a string"),
    ("inputs.parameter_values['w'] < 3", "applies `<` to a string and a int"),
    ("inputs.parameter_values['many'] < inputs.parameter_values['many']", "applies `<` to a list"),
    ("inputs.parameter_values['gone'] == 'a'", "reads `gone`, which the task does not get"),
    ("inputs.parameter_values['n']", "is a double, no bool"),
    ("int(inputs.parameter_values['b']) == 1", "applies `int` to a bool"),
    ("1 == 1.0", "applies `==` to a int and a double"),
    ("inputs.parameter_values['n'] == 9007199254740993", "which no double is exactly"),
    ("inputs.parameter_values['w'] == 'a\nb'", "can't be read from"),
    ("(inputs.parameter_values['b'] == true", "lacks `)`"),
    ("lower(inputs.parameter_values['w']) == 'a'", "calls `lower`, which CEL doesn't have"),
    ("inputs.parameter_values['b'] && 'a'", "applies `&&` to a string"),
    ("n == 1", "names `n`"),
)


@pytest.mark.parametrize(("text", "problem"), CONDITIONS)
def test_types_of_conditions(text: str, problem: str) -> None:
    """And the evaluation of the stand-in, which was written by itself, agrees."""
    types = {"n": "NUMBER_INTEGER", "w": "STRING", "b": "BOOLEAN", "many": "LIST"}
    values = {"n": 2.0, "w": "a", "b": True, "many": [1.0, 2.0]}
    if not problem:
        cel.check(text, types)
        Condition(text).holds(values)
        return
    with pytest.raises(cel.Untyped) as found:
        cel.check(text, types)
    assert problem in str(found.value)
    if "exactly" not in problem and " `==` to a double and a string" not in problem:  # false, whatever the value
        with pytest.raises(CelError):
            Condition(text).holds(values)
