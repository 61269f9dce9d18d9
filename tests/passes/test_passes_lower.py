"""What a target can't express is rewritten into what it can, or reported, and means the same."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pass_samples import at

import zencompile_airflow
import zencompile_kubeflow
import zencompile_local
from zencompile.diagnostics import Report, Severity
from zencompile.ir import (
    Condition,
    Expression,
    Input,
    Invocation,
    ListValue,
    Literal,
    Lookup,
    Map,
    Mapping,
    Merge,
    Moment,
    Output,
    OutputRef,
    Parameter,
    ParameterRef,
    Pipeline,
    Resources,
    Retry,
    Schedule,
    Source,
    Step,
    Type,
    Value,
    encode,
    leaves,
)
from zencompile.ir.capabilities import Capability
from zencompile.ir.expressions import Source as Writing
from zencompile.ir.order import layers, upstream
from zencompile.ir.verify import verify
from zencompile.passes.features import branches, features
from zencompile.passes.lower import Engine, lower
from zencompile_runtime import computing
from zencompile_runtime.values.expressions import evaluate
from zencompile_runtime.values.literals import decode

TARGETS = {one.TARGET.name: one.TARGET for one in (zencompile_airflow, zencompile_kubeflow, zencompile_local)}
ENGINES = [Engine(name, target.capabilities) for name, target in sorted(TARGETS.items())]
AIRFLOW, KUBEFLOW, LOCAL = ENGINES
ALL = frozenset(Capability)
COMPUTED = frozenset({Capability.COMPUTED_INPUT, Capability.EXPRESSION, Capability.MAP_CHECK, Capability.MOMENT})
RUNTIME = "zencompile_runtime.computing:"


def out(invocation: str, output: str = "output", item: int | None = None) -> OutputRef:
    return OutputRef(invocation=invocation, output=output, item=item)


def lit(value: Any) -> Literal:
    return Literal(value=encode(value))


def computed(operator: str, *operands: Value, **more: Any) -> Expression:
    return Expression(operator=operator, operands=operands, span=at(50), **more)


def calling(path: str, *arguments: Value) -> Expression:
    return computed("call", Literal(value={"$": "symbol", "path": path}), *arguments)


CLOCK = Source(value=calling("datetime.datetime.now"), why="the present time", span=at(3))
DRAWN = Source(value=calling("random.random"), why="a random number", span=at(4))


def step(name: str, *inputs: str, type: str = "any") -> Step:
    return Step(
        name=name,
        entrypoint=f"run:{name}",
        inputs=tuple(Input(name=one, type=Type(name="any")) for one in inputs),
        outputs=(Output(name="output", type=Type(name=type)),),
    )


def call(id: str, step: str | None = None, inputs: dict[str, Value] | None = None, **more: Any) -> Invocation:
    return Invocation(id=id, step=step or id, inputs=inputs or {}, span=at(10), **more)


SIDE = step("side").model_copy(
    update={"outputs": (Output(name="output", type=Type(name="literal", values=("heads", "tails"))),)}
)
STEPS = {
    "side": SIDE,
    "take": step("take", "x", "y"),
    "count": step("count", type="int"),
    "score": step("score", type="float"),
    "name": step("name", type="str"),
    "flag": step("flag", type="bool"),
    "parts": step("parts", type="list"),
    "vague": step("vague"),
}


def pipeline(*invocations: Invocation, **more: Any) -> Pipeline:
    """A sound pipeline of these invocations."""
    known = {one.id: one for one in invocations}
    graph = upstream(invocations, more.get("controls", ()))
    fields: dict[str, Any] = {
        "name": "p",
        "function": "p",
        "entrypoint": "run:p",
        "source": "run.py",
        "steps": {**{one.step: step(one.step, "x", "y") for one in invocations}, **STEPS},
        "invocations": tuple(known[id_] for layer in layers(graph) for id_ in layer),
        "span": at(1),
    }
    made = Pipeline(**fields | more)
    assert verify(made) == []
    return made


def lowered(given: Pipeline, engine: Engine) -> tuple[Pipeline, Report]:
    report = Report()
    made = lower(given, engine, report)
    assert verify(made) == []
    return made, report


def clean(given: Pipeline, engine: Engine) -> Pipeline:
    """A pipeline that is lowered without a word."""
    made, report = lowered(given, engine)
    assert list(report) == []
    return made


def by_id(given: Pipeline) -> dict[str, Invocation]:
    return {one.id: one for one in given.invocations}


def entrypoints(given: Pipeline) -> dict[str, str]:
    """The steps of the runtime that a pipeline calls."""
    found = {one.id: given.steps[one.step].entrypoint for one in given.invocations}
    return {id_: name.removeprefix(RUNTIME) for id_, name in found.items() if name.startswith(RUNTIME)}


def without(*capabilities: Capability) -> Engine:
    return Engine("other", ALL - set(capabilities))


# -- what is computed --------------------------------------------------------------------------------------------------


def test_what_a_target_can_express_stays_as_it_is() -> None:
    """Nothing is made anew where nothing is to be done."""
    given = pipeline(
        call("vague"),
        call("take", inputs={"x": computed("+", out("vague"), Moment(index=0))}),
        call("more", "take", {"x": out("vague")}),
        controls=(Condition(id="if", test=computed("<", out("vague"), lit(3)), then=("take",)),),
        moments=(CLOCK,),
    )
    assert clean(given, Engine("all", ALL)) is given
    plain = pipeline(call("vague"), call("take", inputs={"x": ListValue(items=(out("vague"), lit(1)))}))
    for engine in ENGINES:
        assert clean(plain, engine) is plain


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
def test_a_computed_input_becomes_a_step(engine: Engine) -> None:
    """It takes the outputs that it is computed of, is not cached, and runs as the step does that it is for."""
    value = computed("*", computed("+", out("count"), out("vague")), ParameterRef(name="rate"))
    taking = call(
        "take",
        inputs={"x": value, "y": lit(1)},
        after=("name",),
        settings={"orchestrator.airflow": {"operator": "bash"}},
        secrets=("key",),
        retry=Retry(max_retries=3),
    )
    parameters = (Parameter(name="rate", type=Type(name="float"), default=lit(0.5)),)
    made = clean(pipeline(call("count"), call("vague"), call("name"), taking, parameters=parameters), engine)
    added = by_id(made)["take_x"]
    assert entrypoints(made) == {"take_x": "compute"}
    assert added.inputs["program"] == lit("(count + vague) * rate")
    assert added.inputs["values"] == Mapping(
        items={"count": out("count"), "vague": out("vague"), "rate": ParameterRef(name="rate")}
    )
    assert not added.cache.enabled
    assert (added.settings, added.secrets, added.after) == (taking.settings, taking.secrets, taking.after)
    assert added.retry is None
    assert by_id(made)["take"] == taking.model_copy(
        update={"inputs": {"x": out("take_x").model_copy(update={"span": at(50)}), "y": lit(1)}}
    )


@pytest.mark.parametrize(
    "value",
    [
        ListValue(items=(computed("negative", out("vague")), lit(1))),
        Mapping(items={"k": ListValue(items=(computed("negative", out("vague")),), is_tuple=True)}),
        computed("value", ListValue(items=(out("vague"), lit(1)))),
    ],
)
def test_a_list_that_holds_something_computed_is_computed_whole(value: Value) -> None:
    made = clean(pipeline(call("vague"), call("take", inputs={"x": value})), LOCAL)
    assert isinstance(by_id(made)["take"].inputs["x"], OutputRef)
    assert meaning(made, "take", "x", {("vague", "output"): 4}) == plain(value, {("vague", "output"): 4}, [])


def test_what_computes_stands_in_the_branch_of_its_step() -> None:
    """Where the branch isn't taken, nothing is computed."""
    value = computed("+", out("vague"), lit(1))
    controls = (
        Condition(id="if", test=out("flag"), then=("if_2",), otherwise=("c",)),
        Condition(id="if_2", test=out("flag"), then=("a", "map"), otherwise=("b",)),
        Map(id="map", over={"x": out("parts")}, body=("each",)),
    )
    calls = [call(id_, "take", {"x": value}) for id_ in "abcd"]
    each = call("each", "take", {"x": out("parts"), "y": value})
    given = pipeline(call("vague"), call("flag"), call("parts"), *calls, each, controls=controls)
    made = clean(given, LOCAL)
    around = branches(made)
    for id_ in "abcd":
        assert around[f"{id_}_x"] == around[id_] == branches(given)[id_]
    assert around["each_y"] == around["each"] == (("if", True), ("if_2", True))
    assert next(one for one in made.controls if one.id == "map").body == ("each",), "it is the same for each element"


@pytest.mark.parametrize("reading", ["test", "input"])
def test_what_is_computed_of_an_element_is_computed_for_each(reading: str) -> None:
    """Inside a map an output is that of one element, so what computes with it stands in the map."""
    value = computed("+", out("each"), lit(1))
    last = call("last", "take", {"y": value} if reading == "input" else {})
    controls: tuple[Any, ...] = (Map(id="map", over={"x": out("parts")}, body=("each", "last")),)
    if reading == "test":
        controls = (
            Map(id="map", over={"x": out("parts")}, body=("each", "if")),
            Condition(id="if", test=computed(">", value, lit(3)), then=("last",)),
        )
    given = pipeline(call("parts"), call("each", "take", {"x": out("parts")}), last, controls=controls)
    made, _ = lowered(given, KUBEFLOW)
    (added,) = (id_ for id_, name in entrypoints(made).items() if name in ("compute", "decide"))
    assert added in next(one for one in made.controls if one.id == "map").body


# -- conditions --------------------------------------------------------------------------------------------------------

COMPARISONS = {
    "int": computed(">", out("count"), lit(3)),
    "int with a float": computed("<=", out("count"), lit(0.5)),
    "a float beside an int": computed("!=", out("count"), lit(1.5)),
    "the other way round": computed("<", lit(-2.5), out("count")),
    "one of known texts": computed("==", out("side"), lit("heads")),
    "truth of an int": out("count"),
    "a bool": computed("==", out("flag"), lit(True)),
    "truth": out("flag"),
    "truth, said": computed("truth", out("flag")),
    "several": computed(
        "and", out("flag"), computed("or", computed("not", out("flag")), computed("==", out("side"), lit("tails")))
    ),
}
OTHERS = {
    "no type": computed(">", out("vague"), lit(3)),
    "a float, which may be NaN": computed(">", out("score"), lit(1)),
    "truth of a float": out("score"),
    "any text": computed("==", out("name"), lit("x")),
    "a text that is no known one": computed("==", out("side"), lit("it's")),
    "truth of a text": computed("not", out("name")),
    "two outputs": computed(">", out("count"), out("score")),
    "a parameter": computed(">", out("count"), ParameterRef(name="n")),
    "another type": computed("==", out("count"), lit("3")),
    "a bool of a number": computed("==", out("count"), lit(True)),
    "a number of a bool": computed("==", out("flag"), lit(1)),
    "an order of texts": computed("<", out("name"), lit("x")),
    "a text of several lines": computed("==", out("name"), lit("a\nb")),
    "a big number": computed(">", out("count"), lit(2**60)),
    "None": computed("==", out("name"), lit(None)),
    "identity": computed("is", out("name"), lit(None)),
    "a list": computed("==", out("parts"), lit([1])),
    "membership": computed("in", out("name"), lit(["a", 1])),
    "an element": computed("==", out("parts", item=1), lit(3)),
    "arithmetic": computed(">", computed("*", out("count"), lit(2)), lit(3)),
    "a length": computed(">", calling("builtins.len", out("parts")), lit(1)),
    "a choice": computed("if", out("flag"), out("flag"), out("flag")),
    "one of several": computed("and", out("flag"), computed(">", out("vague"), lit(1))),
    "nothing of the run": lit(1),
    "what a map made": out("each"),
    "what a map made, compared": computed("==", out("each"), lit(True)),
}


def deciding(test: Value) -> Pipeline:
    return pipeline(
        *(call(name) for name in ("count", "score", "name", "side", "flag", "vague", "parts")),
        call("each", "flag"),
        call("a", "take"),
        call("b", "take"),
        controls=(
            Condition(id="c", test=test, then=("a",), otherwise=("b",), text="…", span=at(9)),
            Map(id="map", over={"x": out("parts")}, body=("each",)),
        ),
        parameters=(Parameter(name="n", type=Type(name="int"), default=lit(1)),),
        steps={**STEPS, "flag": step("flag", "x", type="bool")},
    )


def deciding_value(given: Pipeline) -> Value:
    return next(one.test for one in given.controls if isinstance(one, Condition))


@pytest.mark.parametrize("name", COMPARISONS)
def test_a_comparison_of_annotated_outputs_with_literals_stays(name: str) -> None:
    given = deciding(COMPARISONS[name])
    made = clean(given, KUBEFLOW)
    assert deciding_value(made) == COMPARISONS[name]
    assert "decide" not in entrypoints(made).values()


@pytest.mark.parametrize("name", OTHERS)
def test_any_other_condition_is_decided_by_a_step(name: str) -> None:
    given = deciding(OTHERS[name])
    made = clean(given, KUBEFLOW)
    assert deciding_value(made) == out("decide_c").model_copy(update={"span": at(9)})
    added = by_id(made)["decide_c"]
    assert made.steps[added.step].outputs == (Output(name="output", type=Type(name="bool")),)
    assert branches(made)["decide_c"] == ()
    known = {(name, "output"): value for name, value in VALUES.items()}
    assert meaning_of(made, deciding_value(made), known) is bool(plain(OTHERS[name], known, []))
    assert clean(given, LOCAL) is given, "the runner decides by any expression"


VALUES = {
    "count": 3,
    "score": 0.75,
    "name": "a",
    "flag": True,
    "side": "heads",
    "vague": 2,
    "parts": [1, 2],
    "each": [True, False],
    "n": 1,
}


def test_what_decides_an_inner_condition_stands_in_the_outer_ones_branch() -> None:
    test = computed(">", out("vague"), lit(1))
    controls = (
        Condition(id="if", test=test, then=("vague_2",), otherwise=("if_2",)),
        Condition(id="if_2", test=computed("not", test), then=("a",)),
    )
    given = pipeline(call("vague"), call("vague_2", "vague"), call("a", "take"), controls=controls)
    made = clean(given, KUBEFLOW)
    assert branches(made)["decide_if"] == ()
    assert branches(made)["decide_if_2"] == (("if", False),)


# -- moments -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
def test_moments_are_made_by_one_step_and_shared(engine: Engine) -> None:
    """Equal expressions of them are one output, wherever they are given."""
    year = computed("attribute", Moment(index=0), name="year")
    again = computed("attribute", Moment(index=0), name="year")
    given = pipeline(
        call("a", "take", {"x": year, "y": Moment(index=1)}),
        call("b", "take", {"x": again, "y": ListValue(items=(Moment(index=1), lit(2)))}),
        call("c", "take", {"x": lit(1)}),
        moments=(CLOCK, DRAWN),
    )
    made = clean(given, engine)
    assert entrypoints(made) == {"at_start": "make"}
    start = by_id(made)["at_start"]
    assert start.inputs == {
        "moments": lit(["datetime.datetime.now()", "random.random()"]),
        "program": lit(["moment_0.year", "moment_1", "[moment_1, 2]"]),
    }
    assert not start.cache.enabled
    assert made.moments == ()
    a, b = by_id(made)["a"].inputs, by_id(made)["b"].inputs
    assert (a["x"].output, a["y"].output, b["x"].output, b["y"].output) == ("x", "y", "x", "y_2")
    assert [one.name for one in made.steps[start.step].outputs] == ["x", "y", "y_2"]
    assert by_id(made)["c"] == by_id(given)["c"]
    assert next(iter(by_id(made))) in ("at_start", "c"), "it waits for nothing"


def test_what_is_computed_of_a_moment_and_an_output_takes_the_moment_as_it_was_made() -> None:
    now = computed("attribute", Moment(index=0), name="year")
    controls = (Condition(id="if", test=out("flag"), then=("take",)),)
    taking = call("take", inputs={"x": computed("+", out("vague"), now), "y": now})
    given = pipeline(call("vague"), call("flag"), taking, controls=controls, moments=(CLOCK,))
    made = clean(given, LOCAL)
    assert entrypoints(made) == {"at_start": "make", "take_x": "compute"}
    values = by_id(made)["take_x"].inputs["values"]
    assert isinstance(values, Mapping)
    assert set(values.items.values()) >= {out("vague")}
    made_once = [one for one in values.items.values() if isinstance(one, OutputRef) and one.invocation == "at_start"]
    assert [one.output for one in made_once] == [by_id(made)["take"].inputs["y"].output]
    assert (branches(made)["at_start"], branches(made)["take_x"]) == ((), (("if", True),))


def test_expressions_of_different_values_are_not_shared() -> None:
    """Dates have no literal in Python, so both are written by a name."""
    days = [datetime.datetime(2020, 1, 1), datetime.datetime(2021, 1, 1)]
    ages = [computed("-", Moment(index=0), lit(day)) for day in days]
    given = pipeline(
        *(call(id_, "take", {"x": age}) for id_, age in zip("ab", ages, strict=True)),
        moments=(CLOCK,),
    )
    made = clean(given, LOCAL)
    first, second = (meaning(made, id_, "x", {}) for id_ in "ab")
    assert abs((first - second) - (days[1] - days[0])) < datetime.timedelta(minutes=1)


def test_a_moment_may_be_made_of_an_earlier_one() -> None:
    sources = (
        Source(value=calling("builtins.int", lit("7")), why="it"),
        Source(value=computed("*", Moment(index=0), lit(6)), why="it"),
        Source(value=computed("-", Moment(index=1), Moment(index=0)), why="it"),
    )
    given = pipeline(call("take", inputs={"x": Moment(index=2), "y": Moment(index=1)}), moments=sources)
    made = clean(given, LOCAL)
    assert (meaning(made, "take", "x", {}), meaning(made, "take", "y", {})) == (35, 42)


def test_a_condition_on_a_moment_is_decided_by_a_step() -> None:
    test = computed(">", Moment(index=1), out("vague"))
    given = pipeline(
        call("vague"), call("take"), controls=(Condition(id="if", test=test, then=("take",)),), moments=MADE
    )
    made = clean(given, KUBEFLOW)
    assert meaning_of(made, deciding_value(made), {("vague", "output"): 13}) is True
    made = clean(given, LOCAL)  # which evaluates any expression itself
    first = OutputRef(invocation="at_start", output="if")
    known = {("vague", "output"): 13, ("at_start", "if"): meaning_of(made, first, {})}
    assert meaning_of(made, deciding_value(made), known) is True


# -- maps --------------------------------------------------------------------------------------------------------------


def test_a_map_is_checked_by_a_step_where_the_engine_does_not() -> None:
    """It fails where a list is empty, or of another length."""
    each = call("each", "take", {"x": out("parts"), "y": lit([1])}, after=("vague",))
    over = {"x": out("parts"), "y": lit([1])}
    controls = (
        Condition(id="if", test=out("flag"), then=("map",)),
        Map(id="map", over=over, body=("each",), span=at(9)),
    )
    given = pipeline(call("parts"), call("flag"), call("vague"), each, controls=controls)
    made = clean(given, KUBEFLOW)
    assert entrypoints(made) == {"check_each": "check"}
    added = by_id(made)["check_each"]
    assert added.inputs == {"lists": Mapping(items=over), "product": lit(False)}
    assert branches(made)["check_each"] == (("if", True),)
    assert by_id(made)["each"].after == ("vague", "check_each")
    assert clean(given, LOCAL) is given


def test_a_map_over_literals_needs_no_check() -> None:
    controls = (Map(id="map", over={"x": lit([1, 2])}, body=("each",)),)
    given = pipeline(call("each", "take", {"x": lit([1, 2])}), controls=controls)
    assert entrypoints(clean(given, KUBEFLOW)) == {}


# -- names -------------------------------------------------------------------------------------------------------------


def test_ids_and_steps_that_are_added_clash_with_none() -> None:
    """A pipeline may have steps of these names itself."""
    value = computed("+", out("vague"), Moment(index=0))
    names = ("at_start", "take_x", "take_x_2", "decide_if", "check_each", "compute", "make", "decide", "check")
    controls = (
        Condition(id="if", test=computed(">", out("vague"), lit(1)), then=("take",)),
        Map(id="each_x", over={"x": out("parts")}, body=("each",)),
    )
    given = pipeline(
        *(call(name) for name in (*names, "vague", "parts")),
        call("take", inputs={"x": value}),
        call("each", "take", {"x": out("parts"), "y": value}),
        controls=controls,
        moments=(CLOCK,),
    )
    made = clean(given, KUBEFLOW)
    ids = [*(one.id for one in made.invocations), *(one.id for one in made.controls)]
    assert len(set(ids)) == len(ids)
    assert {id_: by_id(made)[id_].inputs for id_ in names} == {id_: {} for id_ in names}
    assert {made.steps[by_id(made)[id_].step].entrypoint for id_ in names} == {f"run:{name}" for name in names}
    assert sorted(entrypoints(made).values()) == ["check", "compute", "compute", "decide", "make"]
    assert [one.id for one in given.invocations if one.id not in ids] == []


# -- reports -----------------------------------------------------------------------------------------------------------


def asking(capability: Capability) -> Pipeline:
    """A pipeline that asks for this one."""
    lookup = Lookup(source="client", chain=({"name": "get"},), text="get")
    if capability in SMALL:
        return pipeline(call("vague", **SMALL[capability]))
    if capability in OF_RUN:
        return pipeline(call("vague"), **OF_RUN[capability])
    if capability is Capability.LOOKUP:
        return pipeline(call("take", inputs={"x": lookup}))
    if capability is Capability.LOOKUP_INSIDE:
        return pipeline(call("take", inputs={"x": Mapping(items={"k": lookup})}))
    if capability is Capability.AFTER_BRANCH:
        return pipeline(
            call("flag"),
            call("vague"),
            call("take", inputs={"x": out("vague")}),
            controls=(Condition(id="if", test=out("flag"), then=("vague",)),),
        )
    if capability in (Capability.MERGE, Capability.MERGE_OF_ANY):
        other = out("name") if capability is Capability.MERGE else lit(1)
        merge = Merge(condition="if", then=out("vague"), otherwise=other, span=at(9))
        return pipeline(
            *(call(name) for name in ("flag", "vague", "name")),
            call("take", inputs={"x": merge}),
            controls=(Condition(id="if", test=out("flag"), then=("vague",), otherwise=("name",)),),
        )
    if capability in (Capability.CONDITION, Capability.COMPARISON):
        return pipeline(
            call("flag"), call("vague"), controls=(Condition(id="if", test=out("flag"), then=("vague",), span=at(9)),)
        )
    over = {"x": out("parts"), "y": out("parts")}
    control = Map(id="map", over=over, body=("take",), product=capability is Capability.PRODUCT, span=at(9))
    return pipeline(call("parts"), call("take", inputs=over), controls=(control,))


SMALL: dict[Capability, dict[str, Any]] = {
    Capability.RETRY: {"retry": Retry(max_retries=1)},
    Capability.BACKOFF: {"retry": Retry(max_retries=1, backoff=3)},
    Capability.TIMEOUT: {"timeout": 9},
    Capability.RESOURCES: {"resources": Resources(cpu=1)},
    Capability.GPU: {"resources": Resources(gpu=1)},
    Capability.SECRETS: {"secrets": ("key",)},
}
OF_RUN: dict[Capability, dict[str, Any]] = {
    Capability.SCHEDULE: {"schedule": Schedule(cron="@daily")},
    Capability.RUN_NAME: {"run_name": "nightly"},
    Capability.FAIL_FAST: {"execution_mode": "fail_fast"},
    Capability.STOP_ON_FAILURE: {"execution_mode": "stop_on_failure"},
    Capability.RUNTIME_PARAMETERS: {"parameters": (Parameter(name="n", type=Type(name="int"), span=at(2)),)},
}
LESS = {
    **dict.fromkeys((Capability.FAIL_FAST, Capability.STOP_ON_FAILURE), Severity.WARNING),
    **dict.fromkeys((Capability.BACKOFF, Capability.SCHEDULE, Capability.RESOURCES), Severity.NOTE),
    **dict.fromkeys((Capability.GPU, Capability.RUN_NAME), Severity.NOTE),
}
REPORTED = sorted(ALL - COMPUTED - {Capability.COMPARISON, Capability.MERGE_OF_ANY}, key=lambda one: one.name)


@pytest.mark.parametrize("capability", REPORTED, ids=lambda one: one.name)
def test_what_is_missing_and_has_no_other_way_is_reported_once(capability: Capability) -> None:
    """An error, or less where the pipeline makes the same artifacts all the same; each with a line."""
    given = asking(capability)
    made, report = lowered(given, without(capability))
    assert made is given
    severity = LESS.get(capability, Severity.ERROR)
    code = "ZC0501" if severity is Severity.ERROR else "ZC0502"
    assert [(one.code, one.severity) for one in report] == [(code, severity)]
    (told,) = report
    assert told.span is not None
    assert capability.value in "\n".join([told.message, *told.notes])
    assert "`other`" in told.message
    assert clean(given, Engine("all", ALL)) is given


def test_what_is_missing_is_told_once_for_each_place() -> None:
    """One control is one error, though several capabilities stand behind it."""
    given = pipeline(
        call("flag"),
        call("a", "take", {"x": out("flag")}, retry=Retry(max_retries=1), timeout=3),
        call("b", "take", retry=Retry(max_retries=1)).model_copy(update={"span": at(11)}),
        controls=(Condition(id="if", test=computed("==", out("flag"), lit(True)), then=("a",), span=at(9)),),
    )
    _, report = lowered(given, without(Capability.RETRY))
    assert sorted((one.code, one.span) for one in report) == [("ZC0501", at(10)), ("ZC0501", at(11))]
    missing = (Capability.CONDITION, Capability.COMPARISON, Capability.EXPRESSION)
    _, report = lowered(given, without(*missing))
    assert [(one.code, one.span) for one in report] == [("ZC0501", at(9))]


# -- merges ------------------------------------------------------------------------------------------------------------


def test_what_no_step_of_a_branch_makes_is_made_by_a_step_in_it() -> None:
    """A literal, what was there before, and what is computed; the same for two readers is made once."""
    sides = {"x": lit(1), "y": out("count"), "z": computed("+", out("count"), lit(2))}
    merged = {name: Merge(condition="if", then=out("vague"), otherwise=one, span=at(9)) for name, one in sides.items()}
    given = pipeline(
        *(call(name) for name in ("flag", "count", "vague")),
        call("take", inputs=dict(list(merged.items())[:2])),
        call("take_2", "take", inputs={"x": merged["z"], "y": merged["y"]}),
        controls=(Condition(id="if", test=out("flag"), then=("vague",)),),
    )
    made = clean(given, without(Capability.MERGE_OF_ANY))
    (control,) = made.controls
    assert isinstance(control, Condition)
    assert control.otherwise == ("value_else", "value_else_2", "value_else_3")
    programs = {id_: by_id(made)[id_].inputs["program"] for id_ in control.otherwise}
    assert sorted(str(one.value) for one in programs.values() if isinstance(one, Literal)) == [
        "1",
        "count",
        "count + 2",
    ]
    assert by_id(made)["take"].inputs["y"] == by_id(made)["take_2"].inputs["y"]


def test_a_merge_of_outputs_of_its_branches_stays() -> None:
    given = asking(Capability.MERGE)
    assert clean(given, without(Capability.MERGE_OF_ANY)) is given


# -- any pipeline ------------------------------------------------------------------------------------------------------

VALUE_OF = {"count": 3, "score": 0.75, "name": "ab", "side": "heads", "flag": False, "vague": [1], "parts": [2, 4]}
PARAMETER = 5
MADE = (
    Source(value=calling("builtins.int", lit("7")), why="it", span=at(3)),
    Source(value=computed("*", Moment(index=0), lit(2)), why="it", span=at(4)),
)
MOMENTS = [7, 14]


class Making:
    """Draws a pipeline: calls, branches inside of branches, maps."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.invocations: list[Invocation] = []
        self.controls: list[Any] = []
        self.numbers = itertools.count(1)

    def value(self, depth: int = 2, *, moments: bool = True) -> Value:
        """What an input is given, or a condition decided by (the front end has no moments there)."""
        kinds = ["literal", "date", "parameter", *["moment"] * moments, *["output"] * 3]
        kinds += ["list", "mapping", *["expression"] * 4] if depth else []
        kind = self.draw(st.sampled_from(kinds))
        if kind == "output" and self.invocations:
            return out(self.draw(st.sampled_from(self.invocations)).id)
        if kind == "parameter":
            return ParameterRef(name="n")
        if kind == "moment":
            return Moment(index=self.draw(st.integers(0, 1)))
        if kind == "date":
            return lit(self.draw(st.dates(datetime.date(2020, 1, 1), datetime.date(2020, 1, 3))))
        if kind == "list":
            items = tuple(self.value(depth - 1, moments=moments) for _ in range(self.draw(st.integers(0, 2))))
            return ListValue(items=items, is_tuple=self.draw(st.booleans()))
        if kind == "mapping":
            return Mapping(items={"k": self.value(depth - 1, moments=moments)})
        if kind == "expression":
            sign = self.draw(st.sampled_from(("+", "==", "and", "not", ">", "if", "item")))
            many = {"not": 1, "if": 3}.get(sign, 2)
            return computed(sign, *(self.value(depth - 1, moments=moments) for _ in range(many)))
        return lit(self.draw(st.sampled_from((0, 1, 2.5, "ab", True, None, [1]))))

    def call(self, **inputs: Value) -> str:
        name = self.draw(st.sampled_from(sorted(VALUE_OF)))
        id_ = f"{name}_{next(self.numbers)}"
        others = {one: self.value() for one in ("x", "y") if one not in inputs and self.draw(st.booleans())}
        after = (self.draw(st.sampled_from(self.invocations)).id,) if self.invocations and self.draw(BOOL) else ()
        self.invocations.append(call(id_, name, {**others, **inputs}, after=after))
        return id_

    def block(self, depth: int) -> tuple[str, ...]:
        """What stands side by side; the ids of its members."""
        kinds = st.sampled_from(("call", "call", "map", "if") if depth else ("call", "map"))
        return tuple(self.one(self.draw(kinds), depth) for _ in range(self.draw(st.integers(1, 3))))

    def one(self, kind: str, depth: int) -> str:
        if kind == "if":
            test = self.draw(st.sampled_from([self.value(moments=False), self.comparison()]))
            id_ = f"if_{next(self.numbers)}"
            then = self.block(depth - 1)
            otherwise = self.block(depth - 1) if self.draw(BOOL) else ()
            self.controls.append(Condition(id=id_, test=test, then=then, otherwise=otherwise, span=at(20)))
            return id_
        lists = [one for one in self.invocations if one.step == "parts"]
        if kind == "map" and lists:
            over = out(self.draw(st.sampled_from(lists)).id)
            id_ = f"map_{next(self.numbers)}"
            self.controls.append(Map(id=id_, over={"x": over}, body=(self.call(x=over),), span=at(30)))
            return id_
        return self.call()

    def comparison(self) -> Value:
        if not self.invocations:
            return lit(1)
        one = self.draw(st.sampled_from(self.invocations))
        return computed("==", out(one.id), lit(VALUE_OF[one.step]))


BOOL = st.booleans()


@st.composite
def pipelines(draw: Any) -> Pipeline:
    making = Making(draw)
    making.block(2)
    steps = {name: step(name, "x", "y", type=one.outputs[0].type.name) for name, one in STEPS.items()}
    return pipeline(
        *making.invocations,
        controls=tuple(making.controls),
        steps=steps,
        moments=MADE if draw(BOOL) or _asks_for_moments(making) else (),
        parameters=(Parameter(name="n", type=Type(name="int"), default=lit(PARAMETER), span=at(2)),),
    )


def _asks_for_moments(making: Making) -> bool:
    values = [value for one in making.invocations for value in one.inputs.values()]
    return any(isinstance(leaf, Moment) for value in values for leaf in leaves(value))


def known_of(given: Pipeline) -> dict[tuple[str, str], Any]:
    """What each invocation gives."""
    return {(one.id, "output"): VALUE_OF[one.step] for one in given.invocations if one.step in VALUE_OF}


def plain(value: Value, known: dict[tuple[str, str], Any], moments: list[Any]) -> Any:
    """What a value is, by the runtime's own evaluation of it."""

    def leaf(held: Value) -> Any:
        if isinstance(held, Literal):
            return decode(held.value)
        if isinstance(held, Moment):
            return moments[held.index]
        if isinstance(held, ParameterRef):
            return PARAMETER
        assert isinstance(held, OutputRef)
        return known[held.invocation, held.output]

    writing = Writing()
    text = writing.text(value)
    return evaluate(text, {name: leaf(held) for name, held in writing.given.items()})


def meaning_of(made: Pipeline, value: Value, known: dict[tuple[str, str], Any]) -> Any:
    """What a value of a lowered pipeline is, with the steps of the runtime called as a run calls them."""
    if isinstance(value, Mapping):
        return {key: meaning_of(made, one, known) for key, one in value.items.items()}
    if not isinstance(value, OutputRef) or (value.invocation, value.output) in known:
        return plain(value, known, [])
    one = by_id(made)[value.invocation]
    name = made.steps[one.step].entrypoint.removeprefix(RUNTIME)
    inputs = {key: meaning_of(made, given, known) for key, given in one.inputs.items()}
    found = getattr(computing, name)(**inputs)
    outputs = [output.name for output in made.steps[one.step].outputs]
    return found if len(outputs) == 1 else found[outputs.index(value.output)]


def made_first(made: Pipeline, id_: str) -> Any:
    """All that the step gives that comes first."""
    return computing.make(**{name: meaning_of(made, value, {}) for name, value in by_id(made)[id_].inputs.items()})


def meaning(made: Pipeline, invocation: str, name: str, known: dict[tuple[str, str], Any]) -> Any:
    return meaning_of(made, by_id(made)[invocation].inputs[name], known)


def outcome(act: Any) -> Any:
    """A value with its type, or the type of what is raised."""
    try:
        found = act()
    except Exception as error:
        return type(error)
    return type(found), repr(found)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(pipelines(), st.sampled_from((*ENGINES, without(*COMPUTED), *map(without, sorted(COMPUTED, key=str)))))
def test_nothing_is_left_that_a_target_lacks(given: Pipeline, engine: Engine) -> None:
    """It is rewritten or reported; and where all that is missing can be rewritten, nothing is reported."""
    made, report = lowered(given, engine)
    left = {use.capability for use in features(made)} - engine.capabilities
    told = "\n".join("\n".join([one.message, *one.notes]) for one in report)
    assert not left & (COMPUTED - ({Capability.EXPRESSION} if Capability.CONDITION in left else set()))
    assert [one for one in left if one.value not in told] == []
    if engine.name == "other":
        assert list(report) == []


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(pipelines(), st.sampled_from((KUBEFLOW, LOCAL, without(*COMPUTED))))
def test_what_is_lowered_means_the_same(given: Pipeline, engine: Engine) -> None:
    """Every input has its value, every condition its truth, and every step its branch."""
    made, _ = lowered(given, engine)
    known = known_of(given)
    after = by_id(made)
    if start := [id_ for id_, name in entrypoints(made).items() if name == "make"]:
        # what comes first fails a run where any of it raises, in whichever branch it is used
        assume(not isinstance(outcome(lambda: made_first(made, start[0])), type))
    around, before = branches(made), branches(given)
    for one in given.invocations:
        assert after[one.id].inputs.keys() == one.inputs.keys()
        assert after[one.id].after[: len(one.after)] == one.after
        assert around[one.id] == before[one.id]
        for name, value in one.inputs.items():
            expected = outcome(lambda value=value: plain(value, known, MOMENTS))
            assert outcome(lambda id_=one.id, name=name: meaning(made, id_, name, known)) == expected
    tests = {one.id: one.test for one in made.controls if isinstance(one, Condition)}
    for control in given.controls:
        if isinstance(control, Condition):
            expected = outcome(lambda test=control.test: bool(plain(test, known, MOMENTS)))
            assert outcome(lambda id_=control.id: bool(meaning_of(made, tests[id_], known))) == expected
    for consumer, added in _consumers(made):
        assert around[added] == (() if entrypoints(made)[added] == "make" else around[consumer])


def _consumers(made: Pipeline) -> Iterator[tuple[str, str]]:
    """Who takes what the runtime's steps give: steps and conditions."""
    added = entrypoints(made)
    for one in made.invocations:
        found = [leaf for value in one.inputs.values() for leaf in leaves(value)]
        used = {leaf.invocation for leaf in found if isinstance(leaf, OutputRef)}
        yield from ((one.id, id_) for id_ in used & added.keys())
    for control in made.controls:
        if isinstance(control, Condition):
            used = {leaf.invocation for leaf in leaves(control.test) if isinstance(leaf, OutputRef)}
            yield from ((control.id, id_) for id_ in used & added.keys())


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(pipelines())
def test_a_lowered_pipeline_has_nothing_more_to_lower(given: Pipeline) -> None:
    """The pass does all of its work at once."""
    for engine in (KUBEFLOW, LOCAL, without(*COMPUTED)):
        made, _ = lowered(given, engine)
        assert lowered(made, engine)[0] is made
