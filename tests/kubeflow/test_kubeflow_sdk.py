"""The KFP SDK loads what is emitted, resolves it as meant, and runs its loops and conditions."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import kfp_step
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kubeflow_samples import Compiled, call, kind, optional, parameter, pipeline, step

from zencompile import vendor
from zencompile.ir import (
    Condition,
    Expression,
    ListValue,
    Literal,
    Map,
    Output,
    OutputRef,
    ParameterRef,
    Pipeline,
    Resources,
    Retry,
    SecretReference,
    Value,
)

pytestmark = pytest.mark.kfp

HERE = Path(__file__).parent
ANY, INT, STR = kind("any"), kind("int"), kind("str")
INTS = kind("list", INT)


def sdk(python: Path, what: str, *arguments: str, **environment: str) -> Any:
    """The answer of the SDK in its own environment."""
    clean = {"PATH": "/usr/bin:/bin", "PYTHONWARNINGS": "ignore", "HOME": str(Path.home()), **environment}
    command = [str(python), str(HERE / "kfp_local.py"), what, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=clean, check=False)
    assert done.stdout, done.stderr[-3000:]
    answer = json.loads(done.stdout.splitlines()[-1])
    if not answer["ok"]:
        raise RuntimeError(answer["error"] + "\n" + done.stderr[-3000:])
    return answer["answer"]


def test_the_sdk_loads_it_and_knows_every_platform_setting(kfp_python: Path, tmp_path: Path) -> None:
    pod = {
        "node_selectors": {"pool": "gpu"},
        "tolerations": [{"key": "gpu", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 5}],
        "labels": {"team": "ml"},
        "image_pull_secrets": ["registry"],
        "affinity": {
            "nodeAffinity": {
                "preferredDuringSchedulingIgnoredDuringExecution": [
                    {"weight": 1, "preference": {"matchExpressions": [{"key": "z", "operator": "Exists"}]}}
                ]
            },
        },
        "volume_mounts": [{"name": n, "mountPath": f"/{n}"} for n in ("shm", "data", "conf", "keys")],
        "volumes": [
            {"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": "1Gi"}},
            {"name": "data", "persistentVolumeClaim": {"claimName": "data"}},
            {"name": "conf", "configMap": {"name": "conf"}},
            {"name": "keys", "secret": {"secretName": "keys"}},
        ],
        "env": [
            {"name": "C", "valueFrom": {"configMapKeyRef": {"name": "conf", "key": "k"}}},
            {"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
        ],
        "container_security_context": {"runAsUser": 1000, "runAsNonRoot": True},
    }
    made = Compiled(
        pipeline(
            [step("s", {"x": ANY}, {"data {date}": ANY})],
            [
                call(
                    "s",
                    inputs={"x": ParameterRef(name="p")},
                    timeout=60,
                    secrets=("whole",),
                    variables={"T": SecretReference(name="one", key="k")},
                    resources=Resources(cpu=1, gpu=1),
                    settings={"orchestrator.kubernetes": {"pod_settings": pod}},
                )
            ],
            parameters=(parameter("p", INT, 3), parameter("q", optional(STR), None)),
            outputs=(OutputRef(invocation="s", output="data {date}"),),
        ),
        server="2.17",
    )
    assert made.codes == []
    path = tmp_path / "digits.yaml"
    path.write_text(made.text)
    seen = sdk(kfp_python, "load", str(path))
    assert seen["name"] == "digits"
    assert seen["inputs"] == {"p": ["Integer", 3, True], "q": ["String", "null", True]}
    assert seen["outputs"] == ["data-date"]
    (platform,) = seen["platform"].values()
    assert platform["activeDeadlineSeconds"] == "60"
    assert len(platform["secretAsVolume"]) == 2
    assert set(platform) == {
        "activeDeadlineSeconds", "configMapAsEnv", "configMapAsVolume", "emptyDirMounts", "fieldPathAsEnv",
        "imagePullSecret", "nodeAffinity", "nodeSelector", "podMetadata", "pvcMount", "secretAsEnv",
        "secretAsVolume", "securityContext", "tolerations",
    }  # fmt: skip


# -- values ------------------------------------------------------------------------------------------------------------

TEXT = st.text(max_size=12) | st.sampled_from(
    (
        "{{$}}",
        "{{$.inputs.parameters['x']}}",
        "{{$.pipeline_job_name}}",
        "{{workflow.name}}",
        "null",
        "1",
        "it's",
        "ü😀",
        "{{$.workspace_path}}",
        "/kfp-workspace/a",
        "a\nb",
        "\x00",
        "\ud800",
        "",
        '{"Concat": ["a"]}',
        '{"IfPresent": {}}',
    )
)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from((2**53, 2**60, -0.0, 1.0))
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT.filter(lambda t: t != "$"), inner, max_size=3),
    max_leaves=8,
)


def exact(value: Any) -> str:
    """Text in which values of other types, other signs and other order of keys differ."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{exact(k)}:{exact(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(exact, value)) + "]"
    return f"{type(value).__name__} {value!r}"


def as_the_back_end_writes(data: Any) -> Any:
    """Go's protojson writes an integral double without a point."""
    if isinstance(data, dict):
        return {k: as_the_back_end_writes(v) for k, v in data.items()}
    if isinstance(data, list):
        return [as_the_back_end_writes(v) for v in data]
    return int(data) if isinstance(data, float) and data.is_integer() else data


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(values=st.lists(VALUES, min_size=40, max_size=60))
def test_every_literal_arrives_as_it_was_written(
    kfp_python: Path, tmp_path_factory: pytest.TempPathFactory, values: list[Any]
) -> None:
    """Through the SDK's own loading and resolution of placeholders, and through numbers as the back end writes them."""
    values = [
        *values,
        True,
        0,
        2**60,
        -0.0,
        1.0,
        0.1,
        None,
        "{{$.inputs.parameters['x']}}",
        [1, 2.0, None],
        {"b": 1, "a": 2},
    ]
    calls = [call(f"t{n}", f"s{n}", {"x": value}) for n, value in enumerate(values)]
    made = Compiled(pipeline([step(f"s{n}", {"x": ANY}) for n in range(len(values))], calls))
    path = tmp_path_factory.mktemp("values") / "digits.yaml"
    path.write_text(made.text)
    commands = sdk(kfp_python, "resolve", str(path))
    for n, value in enumerate(values):
        argv = commands[f"t{n}"][3:]
        read = kfp_step.Inputs(argv)
        assert exact(read.values(["x"])["x"]) == exact(value)
        read.parameters = as_the_back_end_writes(read.parameters)
        assert exact(read.values(["x"])["x"]) == exact(value)


def test_annotated_floats_and_shared_components_keep_their_values(kfp_python: Path, tmp_path: Path) -> None:
    """A component that several invocations share, each with another kind of value."""
    values = [1, "1", None, 2**60, [1], {"a": None}]
    made = Compiled(pipeline([step("s", {"x": ANY})], [call(f"t{n}", "s", {"x": v}) for n, v in enumerate(values)]))
    assert len(made.spec["components"]) == 3  # numbers, texts, and all else as JSON
    (tmp_path / "p.yaml").write_text(made.text)
    commands = sdk(kfp_python, "resolve", str(tmp_path / "p.yaml"))
    for n, value in enumerate(values):
        read = kfp_step.Inputs(commands[f"t{n}"][3:])
        assert exact(read.values(["x"])["x"]) == exact(value)
        assert read.flag("id") == f"t{n}"


def test_defaults_of_runtime_parameters_arrive(kfp_python: Path, tmp_path: Path) -> None:
    declared = [
        (INT, 3),
        (STR, "a b"),
        (optional(STR), None),
        (optional(INT), None),
        (optional(INT), 5),
        (ANY, 0.25),
        (ANY, [1, 2.0]),
        (kind("dict"), {"b": 1, "a": None}),
        (INT, 2**60),
        (STR, "{{$}}"),
    ]
    made = Compiled(
        pipeline(
            [step(f"s{n}", {"x": t}) for n, (t, _) in enumerate(declared)],
            [call(f"s{n}", inputs={"x": ParameterRef(name=f"p{n}")}) for n in range(len(declared))],
            parameters=tuple(parameter(f"p{n}", t, d) for n, (t, d) in enumerate(declared)),
        )
    )
    (tmp_path / "p.yaml").write_text(made.text)
    commands = sdk(kfp_python, "resolve", str(tmp_path / "p.yaml"))
    for n, (_, default) in enumerate(declared):
        assert exact(kfp_step.Inputs(commands[f"s{n}"][3:]).values(["x"]).get("x")) == exact(default)


# -- runs --------------------------------------------------------------------------------------------------------------

STEPS = """
from zenml import step
from zenml.types import HTMLString

@step
def numbers() -> list[int]: return [3, 1, 2]
@step
def square(x: int, by: int = 1) -> int: return x * x * by
@step
def total(parts: list[int]) -> int: return sum(parts)
@step
def score(value) -> float: return value
@step
def note(text) -> object: return text
@step
def fail() -> object: raise ValueError('on purpose')
@step
def third(path: str) -> int:
    with open(path, 'a') as file: file.write('x')
    attempt = len(open(path).read())
    if attempt < 3: raise ValueError('not yet')
    return attempt
@step
def pair(a, b) -> object: return [a, b]
@step
def large() -> int: return 2**53 + 1
@step
def unknown() -> float: return float("nan")
@step
def long() -> str: return "ab" * 1000
@step
def page() -> HTMLString: return HTMLString("<b>$$ fine</b>")
@step
def seen(large, unknown, long, page) -> object: return repr([large, unknown, len(long), type(page).__name__, page])
"""


RUNTIME = "import runpy; runpy.run_module('zencompile_runtime', run_name='__main__', alter_sys=True)"


@pytest.fixture
def run(kfp_python: Path, tmp_path: Path) -> Any:
    """Runs a pipeline of the steps above by the SDK's orchestrator and our runtime; the values of its outputs."""

    def run(pipeline: Pipeline, **arguments: Any) -> Any:
        made = Compiled(pipeline)
        assert made.codes == [], list(made.report)
        (tmp_path / "digits.yaml").write_text(made.text)
        (tmp_path / "run.py").write_text(STEPS)
        (tmp_path / "runtime.py").write_text(RUNTIME)
        (tmp_path / "code").mkdir(exist_ok=True)
        (tmp_path / "code" / "digits.json").write_text(vendor.code_manifest(pipeline))
        files = [
            str(tmp_path / "digits.yaml"),
            json.dumps(arguments),
            str(tmp_path / "root"),
            str(tmp_path / "runtime.py"),
        ]
        places = {"ZENCOMPILE_PROJECT": tmp_path, "ZENCOMPILE_CODE": tmp_path / "code", "PYTHONPATH": HERE.parents[1]}
        environment = {name: str(place) for name, place in places.items()}
        outputs = sdk(kfp_python, "run", *files, PYTHONHASHSEED="0", **environment)
        beside = {name: told for name, told in outputs.items() if name.endswith("-artifact")}
        return {name.removesuffix("-artifact"): value(told) for name, told in (beside | outputs).items()}

    return run


def value(told: Any) -> Any:
    """The value of a parameter, of the JSON artifact at a path, or of each in a list."""
    if isinstance(told, list):
        return [value(one) for one in told]
    return json.loads(Path(told, "data.json").read_text()) if os.path.isdir(str(told)) else told  # noqa: PTH112


NUMBERS_STEP = step("numbers", outputs={"output": INTS})
SQUARE = step("square", {"x": INT, "by": INT}, {"output": INT})
TOTAL = step("total", {"parts": INTS}, {"output": INT})
SCORE = step("score", {"value": ANY}, {"output": kind("float")})
NOTE = step("note", {"text": ANY}, {"output": STR})
PAIR = step("pair", {"a": ANY, "b": ANY}, {"output": ANY})


def out(*ids: str) -> tuple[OutputRef, ...]:
    return tuple(OutputRef(invocation=i, output="output") for i in ids)


@pytest.mark.parametrize("retries", [1, 2])
def test_a_step_is_tried_as_often_as_was_asked_for(run: Any, tmp_path: Path, retries: int) -> None:
    third = call("third", inputs={"path": str(tmp_path / "attempts")}, retry=Retry(max_retries=retries, delay=1))
    made = pipeline([step("third", {"path": STR}, {"output": INT})], [third], outputs=out("third"))
    if retries < 2:
        with pytest.raises(RuntimeError):
            run(made)
        assert (tmp_path / "attempts").read_text() == "xx"
    else:
        assert run(made) == {"output": 3}


def test_invocations_of_one_step_keep_their_own_artifacts(run: Any) -> None:
    """The local runner gives tasks of one component one folder."""
    calls = [call(f"s{n}", "square", {"x": n}) for n in (2, 3)]
    both = ListValue(items=out("s2", "s3"))
    outputs = run(
        pipeline([SQUARE, TOTAL], [*calls, call("total", inputs={"parts": both})], outputs=out("s2", "s3", "total"))
    )
    assert outputs == {"s2-output": 4, "s3-output": 9, "total-output": 13}


def test_values_that_no_parameter_holds(run: Any) -> None:
    """They are texts there, and the next step gets them as they were."""
    kinds = {"large": INT, "unknown": kind("float"), "long": STR, "page": kind("zenml.types.HTMLString")}
    steps = [step(name, outputs={"output": one}) for name, one in kinds.items()]
    seen = step("seen", dict.fromkeys(kinds, ANY), {"output": ANY})
    calls = [*map(call, kinds), call("seen", inputs={name: (name, "output") for name in kinds})]
    found = run(pipeline([*steps, seen], calls, outputs=out("large", "unknown", "long", "seen")))
    assert found == {
        "large-output": 2**53 + 1,
        "unknown-output": "nan",
        "long-output": "ab" * 500 + "\u2026 [2000 characters]",
        "seen-output": "[9007199254740993, nan, 2000, 'HTMLString', '<b>$$ fine</b>']",
    }


def test_a_loop_over_an_output(run: Any) -> None:
    """Elements stay artifacts; their results come back in order, as one list."""
    calls = [
        call("numbers"),
        call("square", inputs={"x": ("numbers", "output"), "by": ParameterRef(name="by")}),
        call("again", "square", {"x": ("square", "output")}),
        call("total", inputs={"parts": ("again", "output")}),
        call("note", inputs={"text": ("again", "output")}),
    ]
    loop = Map(id="m", over={"x": OutputRef(invocation="numbers", output="output")}, body=("square", "again"))
    made = pipeline(
        [NUMBERS_STEP, SQUARE, TOTAL, NOTE],
        calls,
        controls=(loop,),
        outputs=out("again", "total", "note"),
        parameters=(parameter("by", INT, 1),),
    )
    squares = [(v * v * 2) ** 2 for v in (3, 1, 2)]
    shown = str(squares)  # what `note` returns is no str, as which it is annotated
    assert run(made, by=2) == {"again-output": squares, "total-output": sum(squares), "note-output": shown}


def test_a_loop_over_what_a_loop_made(run: Any) -> None:
    """Of a list that enters the second loop's DAG the server would leave one element: it enters as one artifact."""
    calls = [
        call("numbers"),
        call("square", inputs={"x": ("numbers", "output")}),
        call("again", "square", {"x": ("square", "output")}),
    ]
    loops = (
        Map(id="a", over={"x": OutputRef(invocation="numbers", output="output")}, body=("square",)),
        Map(id="b", over={"x": OutputRef(invocation="square", output="output")}, body=("again",)),
    )
    made = pipeline([NUMBERS_STEP, SQUARE], calls, controls=loops, outputs=out("again"))
    assert run(made) == {"output": [81, 1, 16]}


@pytest.mark.parametrize(
    ("over", "product", "expected"),
    [
        ({"a": [1, 2], "b": ["x", None]}, False, [[1, "x"], [2, None]]),
        ({"a": [1, 2], "b": ["x", "y"]}, True, [[1, "x"], [1, "y"], [2, "x"], [2, "y"]]),
    ],
)
def test_loops_over_literal_lists(run: Any, over: Any, product: bool, expected: Any) -> None:
    lists = {name: Literal(value=value) for name, value in over.items()}
    loop = Map(id="m", over=lists, body=("pair",), product=product)
    assert run(pipeline([PAIR], [call("pair", inputs=over)], controls=(loop,), outputs=out("pair"))) == {
        "output": expected
    }


def test_a_loop_over_a_parameter(run: Any) -> None:
    loop = Map(id="m", over={"x": ParameterRef(name="xs")}, body=("square",))
    made = pipeline(
        [SQUARE],
        [call("square", inputs={"x": ParameterRef(name="xs")})],
        controls=(loop,),
        parameters=(parameter("xs", INTS, [1, 2]),),
        outputs=out("square"),
    )
    assert run(made) == {"output": [1, 4]}
    assert run(made, xs=[5]) == {"output": [25]}


def compare(left: Value, operator: str, right: Value) -> Expression:
    return computed(operator, left, right)


def computed(operator: str, *operands: Value, **more: Any) -> Expression:
    return Expression(operator=operator, operands=operands, **more)


SCORED = OutputRef(invocation="score", output="output")


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        (compare(SCORED, ">", Literal(value=0.5)), True),
        (compare(SCORED, "<=", Literal(value=0.5)), False),
        (compare(SCORED, ">", ParameterRef(name="limit")), False),
        (computed("not", compare(SCORED, "==", Literal(value=0.75))), False),
        (computed("and", compare(SCORED, ">", Literal(value=0)), compare(Literal(value=1), ">", SCORED)), True),
        (computed("and", compare(SCORED, ">", Literal(value=0)), SCORED), True),
        (compare(computed("*", SCORED, Literal(value=4)), "==", Literal(value=3)), True),
        (compare(ParameterRef(name="mode"), "in", Literal(value=["fast", "full"])), True),
        (ParameterRef(name="flag"), False),
    ],
)
def test_conditions(run: Any, tmp_path: Path, test: Any, expected: bool) -> None:
    """One branch runs, the other does not."""
    steps = [SCORE, NOTE, step("fail")]
    calls = [
        call("score", inputs={"value": 0.75}),
        call("note", inputs={"text": ("score", "output")}) if expected else call("note", "fail"),
        call("other", "fail") if expected else call("other", "note", {"text": ("score", "output")}),
    ]
    made = pipeline(
        steps,
        calls,
        controls=(Condition(id="c", test=test, then=("note",), otherwise=("other",)),),
        parameters=(
            parameter("limit", INT, 1),
            parameter("mode", STR, "fast"),
            parameter("flag", kind("bool"), False),
        ),
    )
    run(made)
    ran = {p.parent.name for p in tmp_path.glob("root/*/*/executor_output.json")}
    assert {"score", "note"} <= ran
    assert "fail" not in ran


def test_a_condition_inside_a_loop(run: Any, tmp_path: Path) -> None:
    calls = [
        call("numbers"),
        call("square", inputs={"x": ("numbers", "output")}),
        call("note", inputs={"text": ("square", "output")}),
    ]
    test = compare(OutputRef(invocation="square", output="output"), ">", Literal(value=3))
    controls = (
        Map(id="m", over={"x": OutputRef(invocation="numbers", output="output")}, body=("square", "c")),
        Condition(id="c", test=test, then=("note",)),
    )
    run(pipeline([NUMBERS_STEP, SQUARE, NOTE], calls, controls=controls))
    notes = sorted(value(p) for p in tmp_path.glob("root/*/*/note/output-artifact"))
    assert notes == [4, 9]


def test_a_failure_fails_the_run(run: Any) -> None:
    with pytest.raises(RuntimeError, match="Inner task failed"):
        run(pipeline([step("fail")], [call("fail")]))


# -- control flow that can't be said -----------------------------------------------------------------------------------


def refused(made: Pipeline, code: str = "ZC0501") -> list[str]:
    compiled = Compiled(made)
    assert compiled.files == {}
    return [d.message for d in compiled.report.errors if d.code == code]


def test_text_in_a_condition() -> None:
    """In CEL where the annotation says which plain texts there are; any other text is compared by a step."""
    said = {}
    for name, type_ in (("few", kind("literal", values=("a", "b"))), ("any", STR)):
        test = compare(OutputRef(invocation="word", output="output"), "==", Literal(value="a"))
        made = Compiled(
            pipeline(
                [step("word", outputs={"output": type_}), NOTE],
                [call("word"), call("note", inputs={"text": 1})],
                controls=(Condition(id="c", test=test, then=("note",)),),
            )
        )
        said[name] = made.task("if-c")["triggerPolicy"]["condition"]
    assert said == {
        "few": "inputs.parameter_values['pipelinechannel--word--output'] == 'a'",
        "any": "inputs.parameter_values['pipelinechannel--decide-c--output'] == true",
    }


def test_an_output_of_a_branch_is_an_error_outside() -> None:
    made = pipeline(
        [SCORE, NOTE],
        [
            call("score", inputs={"value": 1.5}),
            call("note", inputs={"text": 1}),
            call("after", "note", {"text": ("note", "output")}),
        ],
        controls=(Condition(id="c", test=compare(SCORED, ">", Literal(value=1)), then=("note",)),),
    )
    assert "needs an output of `note`" in refused(made, "ZC0524")[0]


@pytest.mark.parametrize("test", [compare(SCORED, ">", Literal(value=1)), SCORED], ids=["compared", "truth"])
def test_a_condition_on_an_output_of_unknown_type_is_decided_by_a_step(test: Value) -> None:
    """What CEL would compare differently, or not at all, Python compares."""
    vague = SCORE.model_copy(update={"outputs": (Output(name="output", type=ANY),)})
    made = Compiled(
        pipeline(
            [vague, NOTE],
            [call("score", inputs={"value": 1.5}), call("note", inputs={"text": 1})],
            controls=(Condition(id="c", test=test, then=("note",)),),
        )
    )
    assert made.arguments("decide-c")[:2] == ["step", "zencompile_runtime.computing:decide"]
    assert made.task("decide-c")["dependentTasks"] == ["score"]
    assert made.task("condition-branches-c")["dependentTasks"] == ["decide-c"]
    assert made.task("if-c")["triggerPolicy"]["condition"].endswith(" == true")


def test_combinations_of_lists_that_only_the_run_knows_go_over_their_positions() -> None:
    both = {n: OutputRef(invocation="numbers", output="output") for n in "ab"}
    made = Compiled(
        pipeline(
            [NUMBERS_STEP, PAIR],
            [call("numbers"), call("pair", inputs=dict.fromkeys("ab", ("numbers", "output")))],
            controls=(Map(id="m", over=both, body=("pair",), product=True),),
        )
    )
    assert "--product" in made.arguments("pair")
    assert made.task("for-m")["dependentTasks"] == ["check-pair", "numbers"]


def test_a_loop_over_a_parameter_of_unknown_elements_is_an_error() -> None:
    made = pipeline(
        [SQUARE],
        [call("square", inputs={"x": ParameterRef(name="xs")})],
        controls=(Map(id="m", over={"x": ParameterRef(name="xs")}, body=("square",)),),
        parameters=(parameter("xs", kind("list"), [1]),),
    )
    assert "type of its elements" in refused(made, "ZC0524")[0]
