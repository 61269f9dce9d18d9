"""What a pipeline becomes on Kubeflow, read back from the YAML."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from kubeflow_samples import IMAGE, Compiled, call, constants, kind, optional, parameter, pipeline, step, value_of

from zencompile.diagnostics import Severity
from zencompile.ir import (
    CachePolicy,
    Condition,
    Environment,
    EnvironmentReference,
    Expression,
    External,
    Hook,
    Hooks,
    Input,
    ListValue,
    Literal,
    Lookup,
    Mapping,
    Output,
    OutputRef,
    Parameter,
    ParameterRef,
    Resources,
    Retry,
    SecretReference,
    Text,
)

FLOAT, INT, STR, ANY = kind("float"), kind("int"), kind("str"), kind("any")
LOAD = step("load", outputs={"data": kind("pandas.DataFrame"), "score": FLOAT})
TRAIN = step(
    "train", {"data": kind("pandas.DataFrame"), "gamma": FLOAT}, {"output": kind("sklearn.base.ClassifierMixin")}
)


def one(inputs: dict[str, Any] | None = None, types: dict[str, Any] | None = None, **more: Any) -> Compiled:
    """A pipeline of one step with these inputs."""
    return Compiled(pipeline([step("s", types)], [call("s", inputs=inputs, **more)]))


# -- structure ---------------------------------------------------------------------------------------------------------


def test_a_step_stands_once_for_all_its_invocations() -> None:
    """They share a component and an executor; the id is an input, and so is every literal that differs."""
    calls = [
        call("load"),
        *(call(i, "train", {"data": ("load", "data"), "gamma": g}) for i, g in (("a", 1), ("b", 0.5))),
    ]
    made = Compiled(pipeline([LOAD, TRAIN], calls))
    assert list(made.spec["components"]) == ["comp-load", "comp-train"]
    assert list(made.spec["deploymentSpec"]["executors"]) == ["exec-load", "exec-train"]
    assert constants(made.task("a")) == {"zencompile-id": "a", "gamma": 1.0}
    assert constants(made.task("b")) == {"zencompile-id": "b", "gamma": 0.5}
    assert "--id={{$.inputs.parameters['zencompile-id']}}" in made.arguments("a")
    assert "--id=load" in made.arguments("load")


@pytest.mark.parametrize(
    "difference",
    [
        {"resources": Resources(cpu=2)},
        {"timeout": 9},
        {"variables": {"A": Text(value="1")}},
        {"image": "other"},
        {"hooks": Hooks(on_failure=Hook(entrypoint="run:alert"))},
    ],
    ids=lambda d: next(iter(d)),
)
def test_what_an_executor_says_divides_the_invocations_of_a_step(difference: dict[str, Any]) -> None:
    calls = [call("a", "s"), call("b", "s"), call("c", "s").model_copy(update=difference)]
    images = {"main": IMAGE, "other": IMAGE.model_copy(update={"reference": "other:1"})}
    made = Compiled(pipeline([step("s")], calls, images=images))
    a, b, c = (made.task(n)["componentRef"]["name"] for n in "abc")
    assert a == b != c
    assert len(made.spec["deploymentSpec"]["executors"]) == 2


def test_retries_and_caching_belong_to_tasks_and_divide_nothing() -> None:
    calls = [call("a", "s", retry=Retry(max_retries=2, delay=10)), call("b", "s", cache=CachePolicy(enabled=False))]
    made = Compiled(pipeline([step("s")], calls))
    assert len(made.spec["components"]) == 1
    assert made.task("a")["retryPolicy"] == {
        "maxRetryCount": 2,
        "backoffDuration": "10s",
        "backoffFactor": 1.0,
        "backoffMaxDuration": "315360000s",
    }
    assert made.task("a")["cachingOptions"] == {"enableCache": True}
    assert made.task("b")["cachingOptions"] == {"enableCache": False}


def test_artifacts_are_native_and_typed() -> None:
    made = Compiled(
        pipeline(
            [LOAD, TRAIN, step("report", outputs={"page": kind("str")})],
            [call("load"), call("train", inputs={"data": ("load", "data"), "gamma": 1}), call("report")],
            outputs=(OutputRef(invocation="train", output="output"),),
        )
    )
    titles = {
        name: output["artifactType"]["schemaTitle"]
        for task in ("load", "train", "report")
        for name, output in made.component(task)["outputDefinitions"]["artifacts"].items()
    }
    assert titles == {
        "data": "system.Dataset",
        "score-artifact": "system.Artifact",
        "output": "system.Model",
        "page-artifact": "system.Artifact",
    }
    assert made.component("report")["outputDefinitions"]["parameters"] == {"page": {"parameterType": "STRING"}}
    assert made.task("train")["inputs"]["artifacts"]["data"] == {
        "taskOutputArtifact": {"producerTask": "load", "outputArtifactKey": "data"}
    }
    assert made.task("train")["dependentTasks"] == ["load"]
    assert made.spec["root"]["dag"]["outputs"]["artifacts"]["output"]["artifactSelectors"] == [
        {"producerSubtask": "train", "outputArtifactKey": "output"}
    ]


def test_the_users_artifact_type_wins() -> None:
    output = Output(name="m", type=kind("pandas.DataFrame"), artifact_type="ModelArtifact")
    made = Compiled(pipeline([step("s").model_copy(update={"outputs": (output,)})], [call("s")]))
    assert made.component("s")["outputDefinitions"]["artifacts"]["m"]["artifactType"]["schemaTitle"] == "system.Model"


def test_order_without_data_is_a_dependency() -> None:
    made = Compiled(pipeline([step("a"), step("b")], [call("a"), call("b", after=("a",))]))
    assert made.task("b")["dependentTasks"] == ["a"]


def test_names_are_valid_and_unique_and_ids_stay() -> None:
    calls = [call("load_2", "s"), call("load-2", "s"), call("Load 2", "s"), call("überprüfe", "s"), call("x" * 80, "s")]
    made = Compiled(pipeline([step("s")], calls, name="Digits!"))
    assert list(made.spec["root"]["dag"]["tasks"]) == [
        "load-2",
        "load-2-2",
        "load-2-3",
        "uberprufe",
        f"{'x' * 49}-d929cd",
    ]
    assert [constants(t)["zencompile-id"] for t in made.spec["root"]["dag"]["tasks"].values()] == [c.id for c in calls]
    assert made.spec["pipelineInfo"] == {"name": "digits", "displayName": "Digits!"}
    assert "--pipeline=default/Digits!" in made.arguments("load-2")


def test_a_step_may_be_called_like_the_pipeline() -> None:
    """The SDK would take a component of the pipeline's name for the pipeline."""
    made = Compiled(pipeline([step("digits")], [call("digits")]))
    assert list(made.spec["components"]) == ["comp-digits-2"]


def test_an_output_whose_name_kfp_does_not_take_is_renamed_for_the_runtime() -> None:
    made = Compiled(pipeline([step("s", outputs={"data {date}": ANY, "data-date": ANY})], [call("s")]))
    assert list(made.component("s")["outputDefinitions"]["artifacts"]) == ["data-date", "data-date-2"]
    assert made.flag("s", "--result=data-date") == {"of": "data {date}"}
    assert made.flag("s", "--result=data-date-2") == {"of": "data-date"}


def test_names_of_parameters_and_of_artifacts_beside_them_are_never_those_of_other_outputs() -> None:
    made = Compiled(
        pipeline([step("s", outputs={"x": kind("int"), "x-artifact": ANY, "y y": kind("str")})], [call("s")])
    )
    assert list(made.component("s")["outputDefinitions"]["parameters"]) == ["x", "y-y"]
    assert list(made.component("s")["outputDefinitions"]["artifacts"]) == [
        "x-artifact",
        "x-artifact-2",
        "y-y-artifact",
    ]
    assert made.flag("s", "--result=x-artifact") == {"of": "x"}
    assert made.flag("s", "--result=x-artifact-2") == {"of": "x-artifact"}
    assert made.flag("s", "--result=y-y") == made.flag("s", "--result=y-y-artifact") == {"of": "y y"}


# -- values ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "type", "kfp", "constant"),
    [
        (3, INT, "NUMBER_INTEGER", 3),
        (3, FLOAT, "NUMBER_DOUBLE", 3.0),
        (0.5, ANY, "NUMBER_DOUBLE", 0.5),
        (True, ANY, "BOOLEAN", True),
        ("a b", STR, "STRING", "a b"),
        (["a", ["b", True]], ANY, "LIST", ["a", ["b", True]]),
        (2**53 - 1, INT, "NUMBER_INTEGER", 2**53 - 1),
    ],
)
def test_a_literal_that_kfp_keeps_goes_as_it_is(value: Any, type: Any, kfp: str, constant: Any) -> None:
    made = one({"x": value}, {"x": type})
    assert made.component("s")["inputDefinitions"]["parameters"] == {"x": {"parameterType": kfp}}
    assert constants(made.task("s")) == {"x": constant}
    assert not [a for a in made.arguments("s") if a.startswith("--input")]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (2**53, "9007199254740992"),
        (2**53 + 1, "9007199254740993"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        ([1, 2], "[1,2]"),
        ({"b": 1, "a": None}, '{"b":1,"a":None}'.replace("None", "null")),
        ("{{$.inputs}}", '"\\u007b{$.inputs}}"'),
        ("{{{", '"\\u007b\\u007b{"'),
        ("/kfp-workspace/x", '"\\u002fkfp-workspace/x"'),
        ("\ud800", '"\\ud800"'),
        ({"$": "tuple", "items": [1]}, '{"$":"tuple","items":[1]}'),
    ],
)
def test_a_literal_that_kfp_would_alter_goes_as_json_text(value: Any, text: str) -> None:
    made = one({"x": value}, {"x": ANY})
    assert made.component("s")["inputDefinitions"]["parameters"] == {"x": {"parameterType": "STRING"}}
    assert constants(made.task("s")) == {"x": text}
    assert made.flag("s", "--input=x") == {"json": "x"}


def test_each_invocation_has_the_interface_that_its_own_inputs_ask_for() -> None:
    calls = [call("s", inputs={"x": 1}), call("b", "s", {"x": "1"}), call("c", "s"), call("d", "s", {"x": "2"})]
    made = Compiled(pipeline([step("s", {"x": ANY})], calls))
    assert [made.task(n)["componentRef"]["name"] for n in "sbcd"] == ["comp-s", "comp-b", "comp-c", "comp-b"]
    assert [constants(made.task(n)) for n in "sbcd"] == [
        {"x": 1},
        {"zencompile-id": "b", "x": "1"},
        {"zencompile-id": "c"},
        {"zencompile-id": "d", "x": "2"},
    ]
    assert "--id=s" in made.arguments("s")
    assert "--id={{$.inputs.parameters['zencompile-id']}}" in made.arguments("c")


def test_a_list_of_artifacts_becomes_numbered_inputs() -> None:
    models = ListValue(items=(value_of(("a", "output")), value_of(("b", "output")), Literal(value=3)))
    steps = [step("s"), step("best", {"models": kind("list")})]
    made = Compiled(pipeline(steps, [call("a", "s"), call("b", "s"), call("best", inputs={"models": models})]))
    assert list(made.task("best")["inputs"]["artifacts"]) == ["models-0", "models-1"]
    assert made.flag("best", "--input=models") == {"list": [{"from": "models-0"}, {"from": "models-1"}, {"value": 3}]}
    assert made.task("best")["dependentTasks"] == ["a", "b"]


def test_a_dictionary_with_references_and_an_element_of_an_artifact() -> None:
    config = Mapping(items={"lr": ParameterRef(name="lr"), "n": Literal(value=3)})
    element = OutputRef(invocation="a", output="output", item=2)
    made = Compiled(
        pipeline(
            [step("a"), step("s", {"config": ANY, "x": ANY})],
            [call("a"), call("s", inputs={"config": config, "x": element})],
            parameters=(parameter("lr", FLOAT, 0.1),),
        )
    )
    parts = {"lr": {"from": "config-0", "as": "float"}, "n": {"value": 3}}
    assert made.flag("s", "--input=config") == {"mapping": parts}
    assert made.task("s")["inputs"]["parameters"]["config-0"] == {"componentInputParameter": "lr"}
    assert made.flag("s", "--input=x") == {"from": "x", "item": 2}


def test_an_external_value_is_an_argument() -> None:
    made = one({"x": External(value={"k": "{{"})}, {"x": ANY})
    assert made.flag("s", "--external=x") == {"k": "{{"}
    stored = one({"x": External(value=1, materializer="m:M")}, {"x": ANY})
    assert stored.flag("s", "--external=x") == {"$": "external", "materializer": "m:M", "value": 1}
    assert "{{" not in next(a for a in made.arguments("s") if a.startswith("--external"))


def test_a_look_up_is_an_error_with_its_line() -> None:
    made = one({"x": Lookup(source="client", chain=(), text="Client().get_artifact_version('m')")}, {"x": ANY})
    assert made.codes == ["ZC0535"]
    assert made.files == {}
    assert made.report.errors[0].span is not None


# -- runtime parameters ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declared", "expected", "reads"),
    [
        (parameter("p", INT, 3), {"parameterType": "NUMBER_INTEGER", "defaultValue": 3, "isOptional": True}, None),
        (parameter("p", INT), {"parameterType": "NUMBER_INTEGER"}, None),
        (parameter("p", FLOAT, 1), {"parameterType": "NUMBER_DOUBLE", "defaultValue": 1.0, "isOptional": True}, None),
        (parameter("p", ANY, "a"), {"parameterType": "STRING", "defaultValue": "a", "isOptional": True}, None),
        (
            parameter("p", ANY, {"$": "path", "text": {"$": "project", "text": "{project}/x"}}),
            {"parameterType": "STRING", "defaultValue": "x", "isOptional": True},
            {
                "from": "x",
                "default": {"$": "path", "text": {"$": "project", "text": "{project}/x"}},
                "given": "x",
            },
        ),
        (parameter("p", ANY, False), {"parameterType": "BOOLEAN", "defaultValue": False, "isOptional": True}, None),
        (
            parameter("p", kind("list", INT), [1, 2]),
            {"parameterType": "LIST", "defaultValue": [1, 2], "isOptional": True},
            None,
        ),
        (parameter("p", kind("c:Config", what="model")), {"parameterType": "STRUCT"}, None),
        (
            parameter("p", optional(STR), None),
            {
                "parameterType": "STRING",
                "defaultValue": "null",
                "isOptional": True,
                "description": "text; null means None",
            },
            {"string": "x"},
        ),
        (
            parameter("p", optional(INT), None),
            {
                "parameterType": "STRING",
                "defaultValue": "null",
                "isOptional": True,
                "description": "JSON, or plain text; null means None",
            },
            {"text": "x", "as": ["union", ["union", "int", "none"], "none"]},
        ),
        *(
            (
                parameter("p", declared, None),
                {
                    "parameterType": "STRING",
                    "defaultValue": "null",
                    "isOptional": True,
                    "description": "JSON, or plain text; null means None",
                },
                {"text": "x"} if said is None else {"text": "x", "as": said},
            )
            for declared, said in (
                (INT, ["union", "int", "none"]),
                (ANY, None),
                (kind("literal", values=(1, "a", None)), ["union", {"literal": [1, "a", None]}, "none"]),
            )
        ),
        (parameter("p", ANY), {"parameterType": "STRING", "description": "JSON, or plain text"}, {"text": "x"}),
        (
            parameter("p", kind("dict"), {"a": 1}),
            {
                "parameterType": "STRING",
                "defaultValue": '{"a":1}',
                "isOptional": True,
                "description": "JSON, or plain text",
            },
            {"text": "x", "as": "dict"},
        ),
        (
            parameter("p", INT, 2**60),
            {
                "parameterType": "STRING",
                "defaultValue": "1152921504606846976",
                "isOptional": True,
                "description": "JSON, or plain text",
            },
            {"text": "x", "as": "int"},
        ),
    ],
    ids=lambda value: value.type.name if isinstance(value, Parameter) else "",
)
def test_a_runtime_parameter_is_an_input_of_the_run(declared: Parameter, expected: dict[str, Any], reads: Any) -> None:
    made = Compiled(
        pipeline([step("s", {"x": ANY})], [call("s", inputs={"x": ParameterRef(name="p")})], parameters=(declared,))
    )
    assert made.spec["root"]["inputDefinitions"]["parameters"] == {"p": expected}
    assert made.task("s")["inputs"]["parameters"] == {"x": {"componentInputParameter": "p"}}
    assert made.component("s")["inputDefinitions"]["parameters"]["x"]["parameterType"] == expected["parameterType"]
    if reads:
        assert made.flag("s", "--input=x") == reads


def test_a_parameter_bound_at_compile_time_is_no_input() -> None:
    bound = parameter("p", INT, 3).model_copy(update={"bound": "compile", "value": Literal(value=3)})
    made = Compiled(pipeline([step("s")], [call("s")], parameters=(bound,)))
    assert "inputDefinitions" not in made.spec["root"]


# -- containers --------------------------------------------------------------------------------------------------------


def test_a_container_runs_the_runtime_with_the_whole_command() -> None:
    named = step("s").model_copy(update={"deployed": "73" * 32})
    made = Compiled(pipeline([named], [call("s")]))
    assert made.container("s")["image"] == "localhost:5000/digits:9c1f-737373737373"
    assert made.container("s")["command"] == ["python", "-m", "zencompile_runtime"]
    assert made.arguments("s") == [
        "step",
        "run:s",
        "--id=s",
        "--pipeline=default/digits",
        "--code=737373737373",
        "--executor-input={{$}}",
    ]


def test_the_code_digest_is_in_the_arguments_and_no_cache_key_anywhere() -> None:
    """KFP's cache compares arguments, and ignores every input as soon as there is a key."""
    before, after = one(), Compiled(pipeline([step("s").model_copy(update={"deployed": "f" * 64})], [call("s")]))
    assert before.arguments("s") != after.arguments("s")
    assert "cacheKey" not in before.text


def test_resources_stand_in_both_forms() -> None:
    made = one(resources=Resources(cpu=0.5, memory=4 * 10**9, memory_text="4GB", gpu=2))
    assert made.container("s")["resources"] == {
        "cpuLimit": 0.5,
        "memoryLimit": 4.0,
        "resourceCpuLimit": "0.5",
        "resourceMemoryLimit": "4G",
        "accelerator": {
            "type": "nvidia.com/gpu",
            "count": "2",
            "resourceType": "nvidia.com/gpu",
            "resourceCount": "2",
        },
    }


@pytest.mark.parametrize(
    ("text", "size", "quantity"),
    [("512MiB", 512 * 2**20, "512Mi"), ("1KB", 1000, "1k"), ("2GiB", 2**31, "2Gi"), ("7B", 7, "7"), ("", 5, "5")],
)
def test_memory_is_a_quantity_of_kubernetes(text: str, size: int, quantity: str) -> None:
    made = one(resources=Resources(memory=size, memory_text=text))
    assert made.container("s")["resources"]["resourceMemoryLimit"] == quantity


def test_a_class_of_gpu_without_its_nodes_is_a_warning() -> None:
    assert one(resources=Resources(gpu=1, gpu_class="a100")).codes == ["ZC0522"]
    made = one(resources=Resources(gpu=1, gpu_class="amd.com/gpu"))
    assert made.codes == []
    assert made.container("s")["resources"]["accelerator"]["type"] == "amd.com/gpu"


def test_variables_secrets_and_timeouts() -> None:
    """Text stands in the container and in the arguments, which KFP's cache sees; secrets stay references."""
    made = one(
        variables={"A": Text(value="1"), "T": SecretReference(name="my_secret", key="token"), "B": Text(value="{{$}}")},
        timeout=60,
    )
    assert made.container("s")["env"] == [{"name": "A", "value": "1"}]
    assert made.flag("s", "--variable=A") == "1"
    assert made.flag("s", "--variable=B") == "{{$}}"
    assert made.flag("s", "--variable=T") is None
    assert "--timeout=60" in made.arguments("s")
    platform = made.platform("s")
    assert platform["activeDeadlineSeconds"] == 60
    assert platform["secretAsEnv"][0]["secretName"] == "my-secret"
    assert platform["secretAsEnv"][0]["keyToEnv"] == [{"secretKey": "token", "envVar": "T"}]
    assert made.codes == ["ZC0527"]


def test_a_secret_as_a_whole_is_a_folder() -> None:
    """All its keys become variables, which only the cluster knows: the runtime reads them from the mounted folder."""
    made = one(secrets=("aws_keys",))
    assert made.platform("s")["secretAsVolume"][0]["secretName"] == "aws-keys"
    assert made.platform("s")["secretAsVolume"][0]["mountPath"] == "/etc/zencompile/secrets/aws_keys"
    assert made.container("s")["env"] == [{"name": "ZENCOMPILE_SECRETS", "value": "/etc/zencompile/secrets"}]
    assert "--secret=aws_keys" in made.arguments("s")


def test_a_reference_to_the_environment_is_a_warning_and_its_default_is_used() -> None:
    made = one(
        variables={"R": EnvironmentReference(name="REGION", default="eu"), "K": EnvironmentReference(name="KEY")}
    )
    assert made.codes == ["ZC0525", "ZC0525"]
    assert made.container("s")["env"] == [{"name": "R", "value": "eu"}]


def test_secrets_of_the_image_reach_its_steps() -> None:
    """They can't be written into an image."""
    environment = Environment(variables={"T": SecretReference(name="s", key="k"), "A": Text(value="in the image")})
    made = Compiled(pipeline([step("s")], [call("s")], environments={"main": environment}))
    assert made.platform("s")["secretAsEnv"][0]["keyToEnv"] == [{"secretKey": "k", "envVar": "T"}]
    assert "env" not in made.container("s")


def test_hooks_and_the_rest_are_flags() -> None:
    made = Compiled(
        pipeline(
            [step("s")],
            [
                call(
                    "s",
                    hooks=Hooks(on_failure=Hook(entrypoint="run:alert")),
                    materializers={"output": ("run:Mine",)},
                    extra={"owner": "{{me}}"},
                    substitutions={"a": "b"},
                )
            ],
            hooks=Hooks(on_init=Hook(entrypoint="run:init", keywords={"n": 1})),
            tags=("x",),
        )
    )
    assert set(made.arguments("s")) >= {
        "--on-failure=run:alert",
        "--on-init=run:init",
        '--on-init-keywords={"n":1}',
        "--materializer=output=run:Mine",
        '--extra={"owner":"\\u007b{me}}"}',
        '--tags=["x"]',
        '--substitutions={"a":"b"}',
    }


@pytest.mark.parametrize("field", ["file_dependencies", "source_dependencies", "cache_function", "expires_after"])
def test_a_policy_that_kfp_can_not_honour_turns_its_cache_off(field: str) -> None:
    value: Any = {"cache_function": "run:f", "expires_after": 5}.get(field, ("f",))
    made = one(cache=CachePolicy(**{field: value}))
    assert made.task("s")["cachingOptions"] == {"enableCache": False}
    assert made.codes == ["ZC0526"]


def test_a_step_without_an_image_is_an_error() -> None:
    made = Compiled(pipeline([step("s")], [call("s")], images={}))
    assert made.codes == ["ZC0528"]


# -- settings of pods --------------------------------------------------------------------------------------------------


def pod(settings: dict[str, Any], key: str = "orchestrator.kubernetes") -> Compiled:
    return one(settings={key: {"pod_settings": settings}})


def test_pod_settings_are_kept() -> None:
    affinity = {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [{"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}]}]
            }
        }
    }
    made = pod(
        {
            "node_selectors": {"pool": "gpu"},
            "tolerations": [{"key": "gpu", "operator": "Exists", "effect": "NoSchedule"}],
            "labels": {"team": "ml"},
            "annotations": {"note": "x"},
            "image_pull_secrets": ["registry"],
            "affinity": affinity,
            "volume_mounts": [{"name": "shm", "mountPath": "/dev/shm"}, {"name": "data", "mountPath": "/data"}],
            "volumes": [
                {"name": "shm", "emptyDir": {"medium": "Memory"}},
                {"name": "data", "persistentVolumeClaim": {"claimName": "data"}},
            ],
            "env": [
                {"name": "A", "value": "1"},
                {"name": "T", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
            ],
            "container_security_context": {"runAsUser": 1000},
            "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"nvidia.com/gpu": 1}},
        }
    )
    assert made.codes == ["ZC0588"]
    platform = made.platform("s")
    assert platform["nodeSelector"] == {"labels": {"pool": "gpu"}}
    assert platform["tolerations"] == [{"key": "gpu", "operator": "Exists", "effect": "NoSchedule"}]
    assert platform["podMetadata"] == {"labels": {"team": "ml"}, "annotations": {"note": "x"}}
    assert platform["imagePullSecret"][0]["secretName"] == "registry"
    assert platform["nodeAffinity"] == [{"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}]}]
    assert platform["emptyDirMounts"] == [{"volumeName": "shm", "mountPath": "/dev/shm", "medium": "Memory"}]
    assert platform["pvcMount"][0]["constant"] == "data"
    assert platform["secretAsEnv"][0]["keyToEnv"] == [{"secretKey": "k", "envVar": "T"}]
    assert platform["securityContext"] == {"runAsUser": 1000}
    assert made.container("s")["env"] == [{"name": "A", "value": "1"}]
    resources = made.container("s")["resources"]
    assert (resources["resourceCpuRequest"], resources["cpuRequest"]) == ("500m", 0.5)
    assert resources["accelerator"]["resourceCount"] == "1"


def test_what_kfp_has_no_place_for_is_a_warning_each() -> None:
    made = one(
        settings={
            "orchestrator.kubernetes": {"max_parallelism": 2, "pod_settings": {"scheduler_name": "volcano"}},
            "orchestrator.kubeflow": {"synchronous": False, "timeout": 3},
            "orchestrator.airflow": {"operator": "docker"},
        }
    )
    assert [d.message.split("`")[1] for d in made.report] == ["max_parallelism", "scheduler_name"]


def test_the_more_special_settings_win() -> None:
    """Kubeflow's over Kubernetes', the step's over the pipeline's."""
    made = Compiled(
        pipeline(
            [step("s")],
            [call("s", settings={"orchestrator.kubeflow": {"node_selectors": {"pool": "b"}}})],
            settings={"orchestrator.kubeflow": {"node_selectors": {"pool": "a"}}},
        ),
        image_pull_secrets=("registry",),
        image_pull_policy="Always",
        pipeline_root="s3://acme/kfp",
    )
    assert made.platform("s")["nodeSelector"] == {"labels": {"pool": "b"}}
    assert made.platform("s")["imagePullPolicy"] == "Always"
    assert made.platform("s")["imagePullSecret"][0]["secretName"] == "registry"
    assert made.spec["defaultPipelineRoot"] == "s3://acme/kfp"


# -- the whole pipeline ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["fail_fast", "stop_on_failure"])
def test_other_execution_modes_are_a_warning(mode: Any) -> None:
    made = Compiled(pipeline([step("s")], [call("s")], execution_mode=mode))
    assert [(d.code, d.severity) for d in made.report] == [("ZC0502", Severity.WARNING)]
    assert made.task("s")


def test_the_name_of_a_run_is_a_note() -> None:
    """KFP takes it where a run is created."""
    made = Compiled(pipeline([step("s")], [call("s")], run_name="nightly-{date}"))
    assert [(d.code, d.severity) for d in made.report] == [("ZC0502", Severity.NOTE)]
    assert "nightly" not in made.text


def test_the_first_line_is_the_head() -> None:
    assert one().text.splitlines()[0] == ("# Generated by zencompile: change the pipeline, not this file.")


def test_a_long_default_of_a_step_is_no_input() -> None:
    """What an invocation does not give is not there: the step's own default holds."""
    given = step("s").model_copy(update={"inputs": (Input(name="x", type=INT, default="3"),)})
    assert "inputDefinitions" not in Compiled(pipeline([given], [call("s")])).component("s")


def test_the_text_is_the_same_under_every_hash_seed() -> None:
    """Protobuf maps have no order of their own."""
    here = Path(__file__).parent
    program = (
        "from kubeflow_samples import *\n"
        "of = lambda names: {name: kind('int') for name in names}\n"
        "steps = [step(f's{n}', of('abcdef'), of('xyz')) for n in range(20)]\n"
        "calls = [call(f's{n}', inputs=dict(zip('abcdef', range(6)))) for n in range(20)]\n"
        "print(Compiled(pipeline(steps, calls)).text)"
    )
    paths = os.pathsep.join([str(here), *(str(here.parents[1] / p) for p in ("", "backends", "templates"))])
    texts = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": paths},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(texts) == 1


@pytest.mark.parametrize("text", ["it's", "{{$}}", "a\\", 'say "hi"', "größe", "", "true"])
def test_every_comparison_that_lowering_leaves_can_be_written(text: str) -> None:
    """What CEL doesn't have is decided by a step."""
    test = Expression(operator="==", operands=(value_of(("word", "output")), Literal(value=text)))
    steps = [step("word", outputs={"output": STR}), step("s")]
    made = Compiled(pipeline(steps, [call("word"), call("s")], controls=(Condition(id="c", test=test, then=("s",)),)))
    assert made.codes == []
    assert made.task("if-c")
