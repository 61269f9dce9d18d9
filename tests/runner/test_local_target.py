"""The local target: scripts that read well, mean what the IR says, and run on the vendored runtime alone."""

from __future__ import annotations

import ast
import datetime
import json
import os
import pathlib
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zencompile.diagnostics import Report
from zencompile.ir import (
    CachePolicy,
    Condition,
    EnvironmentReference,
    Expression,
    External,
    Hook,
    Hooks,
    Invocation,
    ListValue,
    Literal,
    Lookup,
    Map,
    Mapping,
    Output,
    OutputRef,
    Parameter,
    ParameterRef,
    Pipeline,
    Resources,
    Retry,
    Schedule,
    SecretReference,
    Step,
    Text,
    Type,
    encode,
)
from zencompile.ir.verify import verify
from zencompile.passes.lower import Engine, lower
from zencompile.source import Span
from zencompile.targets import Files, Layout
from zencompile_local import TARGET, Options
from zencompile_runtime.runner import plan as plans
from zencompile_runtime.runner.graph import Graph
from zencompile_runtime.runner.scheduler import Task
from zencompile_runtime.runner.specs import Settings, Specs

ROOT = Path(__file__).resolve().parents[2]
OURS = shutil.ignore_patterns("build", "__pycache__", ".zencompile")  # left by a run of the example
SPAN = Span("run.py", 7, 5, 7, 9)


def pipeline(*invocations, **fields):
    steps = {one.step: Step(name=one.step, entrypoint=f"run:{one.step}", outputs=(OUT,)) for one in invocations}
    fields = {"name": "p", "function": "p", "entrypoint": "run:p", "source": "run.py", "namespace": "ns", **fields}
    return Pipeline(steps=steps, invocations=invocations, **fields)


OUT = Output(name="output", type=Type(name="any"))


def call(id, /, step="work", **fields):
    return Invocation(id=id, step=step, span=SPAN, **fields)


def emit(pipeline, options=None, **layout):
    """What the target writes of the lowered pipeline; nothing if lowering refuses it."""
    report = Report()
    lowered = lower(pipeline, Engine(TARGET.name, TARGET.capabilities), report)
    if report.errors:
        return Files(), report
    assert lowered is pipeline or not verify(lowered)
    files = TARGET.emit(lowered, options or Options(), Layout(**layout), report)
    return files, report


def text_of(pipeline, **options):
    files, report = emit(pipeline, Options(**options))
    assert not report.errors, report.errors
    [text] = files.deployed.values()
    return text


def plan_of(text, tmp_path) -> plans.Pipeline:
    """The plan that the script makes."""
    path = tmp_path / "script.py"
    path.write_text(text)
    before = list(sys.path)
    try:
        return runpy.run_path(str(path), run_name="script")["PIPELINE"]
    finally:
        sys.path[:] = before


def spec_of(text, tmp_path, id="a", given=None):
    plan = plan_of(text, tmp_path)
    return Specs(plan, Graph(plan), Settings("r", "/s", given or {})).of(Task(id))


plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
keys = st.text() | st.integers() | st.booleans() | st.tuples(st.integers(), st.text())
special = (
    st.binary()
    | st.dates()
    | st.datetimes(timezones=st.sampled_from([None, datetime.timezone.utc]))
    | st.times()
    | st.timedeltas()
    | st.uuids()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.builds(pathlib.PurePosixPath, st.text("abc/.", min_size=1, max_size=6))
    | st.frozensets(st.integers() | st.text(), max_size=3)
    | st.sets(st.tuples(st.integers()), max_size=3)
)
values = st.recursive(
    plain | special,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(), inner, max_size=3)
        | st.dictionaries(keys, inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=values)
def test_every_literal_comes_through_the_script_as_it_is(tmp_path, value):
    literal = encode(value)
    text = text_of(pipeline(call("a", inputs={"x": Literal(value=literal)})))
    assert spec_of(text, tmp_path).params == {"x": literal}


@pytest.mark.parametrize("field", ["extra", "model"])
def test_what_a_step_is_told_is_plain_data(tmp_path, field):
    """A key `$` is one like others."""
    held = {"$": "x", "items": [{"$": "set", "items": [1]}], "n": {"$": "dict", "items": [["a", 1]]}, "": None}
    text = text_of(pipeline(call("a", **{field: held})))
    assert getattr(spec_of(text, tmp_path), field) == held


def test_models_and_enums_stay_what_the_user_wrote(tmp_path):
    literal = [
        {
            "$": "model",
            "class": "steps.models:Config",
            "keywords": {"alpha": 0.1, "day": {"$": "date", "iso": "2026-01-02"}},
        },
        {"$": "enum", "class": "steps:Metric", "name": "F1", "value": "f1"},
        {"$": "model", "class": "calendar:isleap", "keywords": {}, "arguments": [2024]},
        {"$": "symbol", "path": "numpy.pi"},
    ]
    text = text_of(pipeline(call("a", inputs={"x": Literal(value=literal)})))
    assert 'Model("steps.models:Config", {"alpha": 0.1, "day": datetime.date(2026, 1, 2)})' in text
    assert 'Member("steps:Metric", "F1", "f1")' in text
    assert 'Model("calendar:isleap", {}, (2024,))' in text
    assert 'Symbol("numpy.pi")' in text
    assert spec_of(text, tmp_path).params == {"x": literal}


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("{project}/data/in.csv", "data/in.csv"),
        ("{project}", "."),
        ("{project/..}/libs", "../libs"),
        ("{project}/../libs", "{project}/../libs"),
        ("file://{project}/{{x}}", "file://{project}/{{x}}"),
    ],
)
def test_paths_of_the_project_are_written_as_they_are_from_there(tmp_path, text, written):
    literal = {"$": "project", "text": text}
    path = {"$": "path", "text": literal}
    script = text_of(pipeline(call("a", inputs={"x": Literal(value=literal), "y": Literal(value=[path])})))
    assert f'"x": Project("{written}")' in script
    assert f'[ProjectPath("{written}")]' in script
    assert spec_of(script, tmp_path).params == {"x": literal, "y": [path]}


def test_inputs_become_references(tmp_path):
    out = OutputRef(invocation="b", output="output")
    text = text_of(
        pipeline(
            call("b"),
            call(
                "a",
                inputs={
                    "one": out,
                    "item": OutputRef(invocation="b", output="output", item=3),
                    "many": ListValue(items=(out, out)),
                    "mixed": ListValue(items=(out, Literal(value=[1]), ParameterRef(name="n"))),
                    "table": Mapping(items={"k": out, "n": Literal(value=1)}),
                    "values": ListValue(items=(ParameterRef(name="n"), Literal(value=2))),
                    "outside": External(value={"$": "tuple", "items": [1]}, materializer="m:M"),
                    "plain": External(value={"$": "tuple", "items": [1]}),
                    "looked": Lookup(source="client", chain=({"name": "get"}, {"call": [["x"], {}]}), text="get('x')"),
                },
            ),
            parameters=(Parameter(name="n", type=Type(name="int"), default=Literal(value=4)),),
        )
    )
    spec = spec_of(text, tmp_path, given={"n": 9})
    pair = ["b", "output"]
    assert spec.inputs == {
        "one": pair,
        "item": ["b", "output", 3],
        "many": [pair, pair],
        "mixed": {"list": [pair, {"value": [1]}, {"value": 9}]},
        "table": {"mapping": {"k": pair, "n": {"value": 1}}},
    }
    assert spec.params == {"values": [9, 2]}
    inner = {"$": "tuple", "items": [1]}
    assert spec.externals == {"outside": {"$": "external", "materializer": "m:M", "value": inner}, "plain": inner}
    assert spec.lookups == {"looked": {"source": "client", "chain": [{"name": "get"}, {"call": [["x"], {}]}]}}
    assert spec.materializers == {}


def test_everything_that_says_how_a_step_runs_arrives(tmp_path):
    text = text_of(
        pipeline(
            call(
                "a",
                after=("b",),
                retry=Retry(max_retries=3, delay=1.5, backoff=2),
                timeout=60,
                cache=CachePolicy(expires_after=5, ignored_inputs=("x",)),
                hooks=Hooks(on_failure=Hook(entrypoint="hooks:alert"), on_start=Hook(entrypoint="hooks:hello")),
                variables={
                    "STAGE": Text(value="dev"),
                    "TOKEN": SecretReference(name="api", key="token"),
                    "PLACE": EnvironmentReference(name="HOST", default="here"),
                },
                secrets=("db",),
                extra={"owner": "me"},
                materializers={"output": ("m:A", "m:B")},
                substitutions={"k": "v"},
                artifact_visualization=False,
            ),
            call("b", variables={"STAGE": Text(value="dev")}, cache=CachePolicy(enabled=False), extra={"owner": "me"}),
            tags=("t",),
            hooks=Hooks(
                on_init=Hook(entrypoint="hooks:init", keywords={"n": 1}), on_cleanup=Hook(entrypoint="hooks:end")
            ),
            execution_mode="fail_fast",
            run_name="n-{date}",
        )
    )
    plan = plan_of(text, tmp_path)
    step = plan.step("a")
    assert (step.retries, step.retry_delay, step.retry_backoff, step.timeout) == (3, 1.5, 2, 60)
    assert (plan.on_init, plan.on_init_keywords, plan.on_cleanup) == ("hooks:init", {"n": 1}, "hooks:end")
    assert (plan.mode, plan.run_name, plan.tags) == ("fail_fast", "n-{date}", ["t"])
    assert plan.variables == {"STAGE": "dev"} and plan.extra == {"owner": "me"}, "what all steps have stands once"
    spec = spec_of(text, tmp_path)
    assert spec.hooks == {"on_start": "hooks:hello", "on_failure": "hooks:alert"}
    assert spec.cache and spec.cache_policy == {"expires_after": 5, "ignored_inputs": ["x"]}
    assert spec.variables == {
        "STAGE": "dev",
        "TOKEN": {"kind": "secret", "name": "api", "key": "token"},
        "PLACE": "here",
    }
    assert spec.secrets == ("db",) and spec.extra == {"owner": "me"} and spec.substitutions == {"k": "v"}
    assert spec.materializers == {"output": ("m:A", "m:B")}
    assert spec.attempts == 4 and not spec.visualization and spec.metadata
    assert not spec_of(text, tmp_path, "b").cache


def test_maps_and_conditions_arrive(tmp_path):
    out = OutputRef(invocation="a", output="output")
    above = Expression(operator=">", operands=(out, Literal(value=0.5)))
    test = Expression(operator="and", operands=(above, Expression(operator="not", operands=(out,))))
    text = text_of(
        pipeline(
            call("a"),
            call("b"),
            call("c", inputs={"x": OutputRef(invocation="b", output="output")}),
            call("d"),
            controls=(
                Map(
                    id="m", over={"x": OutputRef(invocation="a", output="output")}, body=("b",), product=True, span=SPAN
                ),
                Condition(id="if", test=test, then=("d",), text="a.load() > 0.5 and not a.load()"),
            ),
        )
    )
    assert 'Test("a > 0.5 and (not a)", {"a": ("a", "output")})' in text
    [control] = [one for one in plan_of(text, tmp_path).controls if isinstance(one, plans.If)]
    assert (control.test.text, control.test.values) == ("a > 0.5 and (not a)", {"a": ("a", "output")})
    assert (control.then, control.otherwise, control.text) == (["d"], (), "a.load() > 0.5 and not a.load()")
    assert spec_of(text, tmp_path, "b").inputs == {"x": {"over": ["a", "output"]}}
    assert spec_of(text, tmp_path, "c").inputs == {"x": {"gather": ["b", "output"]}}


def test_parameters_keep_their_annotations_and_what_fixed_them(tmp_path):
    union = Type(name="union", arguments=(Type(name="int"), Type(name="none")))
    choice = Type(name="literal", values=("a", "b"))
    text = text_of(
        pipeline(
            call("a", inputs={"x": ParameterRef(name="class")}),
            parameters=(
                Parameter(name="class", type=Type(name="str"), default=Literal(value='it\'s "x"')),
                Parameter(name="maybe", type=union, default=Literal(value=None)),
                Parameter(name="choice", type=choice),
                Parameter(name="xs", type=Type(name="list", arguments=(Type(name="float"),))),
                Parameter(name="model", type=Type(name="steps:Config", what="model")),
                Parameter(
                    name="n",
                    type=Type(name="int"),
                    bound="compile",
                    value=Literal(value=3),
                    reason="`range(n)`",
                    reason_span=SPAN,
                ),
            ),
        )
    )
    found = {one.name: one for one in plan_of(text, tmp_path).parameters}
    assert found["class"].annotation is str and found["class"].default == 'it\'s "x"'
    assert found["maybe"].annotation == (int | None) and found["maybe"].default is None
    assert found["xs"].annotation == list[float] and found["xs"].default is plans.REQUIRED
    assert found["n"].fixed == 3 and found["n"].reason == "`range(n)`"
    assert found["choice"].annotation.__args__ == ("a", "b")
    assert spec_of(text, tmp_path, given={"class": "v"}).params == {"x": "v"}


def test_a_look_up_in_a_list_is_refused_with_its_line():
    value = ListValue(
        items=(Lookup(source="client", chain=({"name": "get"},), text="get"), Literal(value=1)), span=SPAN
    )
    files, report = emit(pipeline(call("a", inputs={"x": value})))
    assert [(one.code, one.span) for one in report.errors] == [("ZC0501", SPAN)]
    assert not files.deployed


def test_what_has_no_effect_here_is_said():
    limited = call("a", resources=Resources(cpu=2))
    _, report = emit(pipeline(limited, schedule=Schedule(cron="0 3 * * *", span=SPAN)))
    assert [(one.code, one.span, one.severity.value) for one in report] == [
        ("ZC0502", SPAN, "note"),
        ("ZC0532", SPAN, "note"),
    ]
    files, report = emit(pipeline(limited), Options(executor="docker"))
    assert not list(report)
    assert "cpus=2.0" in files.deployed["p.py"]


@pytest.mark.parametrize("name", ["my pipeline!/x", "os", "pathlib", "größe", "a-b", '"""\\'])
def test_any_name_gives_a_script_that_runs(tmp_path, name):
    files, report = emit(pipeline(call("a", cache=CachePolicy(enabled=False)), name=name), build=str(tmp_path))
    assert not report.errors
    [(path, text)] = files.deployed.items()
    assert "/" not in path and path.isascii()
    ast.parse(text)
    (tmp_path / "out").mkdir()
    (tmp_path / "runtime").symlink_to(ROOT)
    script = tmp_path / "out" / path
    script.write_text(text)
    shown = subprocess.run([sys.executable, str(script), "--list"], capture_output=True, text=True, check=True).stdout
    assert "  a  run:work" in shown


def test_a_formatter_and_a_linter_have_nothing_to_say(tmp_path):
    for case, *words in (("quickstart",), ("churn", "--", "--train"), ("churn", "--", "--monitor")):
        shutil.copytree(ROOT / "examples" / case, tmp_path / case, dirs_exist_ok=True, ignore=OURS)
        compile_for_local(tmp_path / case, *words)
    scripts = [str(one) for one in tmp_path.glob("*/build/local/*.py")]
    assert len(scripts) == 3
    ruff = [sys.executable, "-m", "ruff"]
    subprocess.run([*ruff, "format", "--check", "--line-length=120", "--isolated", *scripts], check=True)
    subprocess.run([*ruff, "check", "--select=E,F,W,I", "--line-length=120", "--isolated", *scripts], check=True)


def compile_for_local(folder: Path, *words: str) -> None:
    command = [sys.executable, "-c", "from zencompile.cli import main; main()", "run.py", "--target", "local", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_quickstart_gives_what_its_steps_give_when_called_by_hand(tmp_path):
    folder = tmp_path / "quickstart"
    shutil.copytree(ROOT / "examples" / "quickstart", folder, ignore=OURS)
    compile_for_local(folder)
    script = folder / "build" / "local" / "wines.py"
    command = [sys.executable, str(script), "--trees", "7", "--log-format", "json"]
    environment = {
        name: text for name, text in os.environ.items() if name != "PYTHONPATH"
    }  # the vendored runtime alone
    states = []
    for _ in range(2):
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        end = json.loads(done.stdout.splitlines()[-1])
        states.append(end["states"])
    assert states == [{"completed": 4}, {"cached": 4}]
    manifest = json.loads((Path(end["folder"]) / "summarise" / "output.json").read_text())
    shown = json.loads(manifest["value"]["files"][0]["text"])
    by_hand = """
import sys
sys.path.insert(0, {root!r})
from zencompile_runtime.names.finder import install
install()
import run
f = {{name: getattr(getattr(run, name), "entrypoint", getattr(run, name)) for name in dir(run)}}
train, test = f["load_data"](0.25)
accuracy, confusion = f["evaluate"](f["train_model"](train, 7), test)
print(f["summarise"](accuracy, confusion, "Wine classifier"))
"""
    done = subprocess.run(
        [sys.executable, "-c", by_hand.format(root=str(ROOT))], cwd=folder, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == shown
