"""Groups of steps, and pipelines that are called in another one, as DAGs of their own."""

from __future__ import annotations

import random
from typing import Any

import pytest
from kubeflow_samples import Compiled, call, kind, pipeline, step

from zencompile.ir import Condition, Expression, Group, Invocation, Literal, Map, OutputRef, Pipeline
from zencompile.ir.order import layers, upstream

INNER = Group(id="inner", name="inner")
STEPS = [
    step("load", {}, {"output": kind("list", kind("int"))}),
    step("work", {"one": kind("any"), "two": kind("any")}, {"output": kind("int")}),
]


def work(id: str, *above: str, group: Group | None = None, after: tuple[str, ...] = ()) -> Invocation:
    inputs = {name: (one, "output") for name, one in zip(("one", "two"), above, strict=False)}
    return call(id, "work", inputs, after=after, group=group)


def tasks(component: dict[str, Any]) -> dict[str, list[str]]:
    """The tasks of a DAG, and what each waits for."""
    return {name: sorted(task.get("dependentTasks", [])) for name, task in component["dag"]["tasks"].items()}


def test_a_nested_pipeline_is_a_dag_of_its_own() -> None:
    made = Compiled(
        pipeline(
            STEPS,
            [
                call("load"),
                work("clean", "load", group=INNER),
                work("fit", "clean", "load", group=INNER),
                work("report", "fit"),
            ],
            outputs=(OutputRef(invocation="fit", output="output"),),
        )
    )
    assert tasks(made.spec["root"]) == {"load": [], "inner": ["load"], "report": ["inner"]}
    inner = made.component("inner")
    assert tasks(inner) == {"clean": [], "fit": ["clean"]}
    assert list(inner["inputDefinitions"]["artifacts"]) == ["pipelinechannel--load--output"]
    assert list(inner["inputDefinitions"]["parameters"]) == ["zencompile-id"]  # the SDK's runner wants one
    assert list(inner["outputDefinitions"]["artifacts"]) == ["fit--output-artifact"]
    assert inner["outputDefinitions"]["parameters"] == {"fit--output": {"parameterType": "NUMBER_INTEGER"}}
    assert made.spec["root"]["dag"]["outputs"]["artifacts"]["output-artifact"]["artifactSelectors"] == [
        {"producerSubtask": "inner", "outputArtifactKey": "fit--output-artifact"}
    ]


def test_what_a_group_would_delay_keeps_it_flat() -> None:
    """`fit` needs nothing of `load`, so a failure of `load` leaves it alone; `report` needs nothing of `fit`."""
    early = [call("load"), work("clean", "load", group=INNER), work("fit", group=INNER)]
    late = [work("clean", group=INNER), work("fit", "clean", group=INNER), work("report", "clean")]
    assert list(Compiled(pipeline(STEPS, early)).spec["root"]["dag"]["tasks"]) == ["load", "clean", "fit"]
    assert list(Compiled(pipeline(STEPS[1:], late)).spec["root"]["dag"]["tasks"]) == ["clean", "fit", "report"]


def test_an_inner_group_is_nested_where_the_outer_one_is_not() -> None:
    deep = Group(id="inner.deep", name="deep", parent=INNER)
    invocations = [work("a", group=deep), work("b", "a", group=deep), work("c", group=INNER), work("d", "b")]
    made = Compiled(pipeline(STEPS[1:], invocations))
    assert tasks(made.spec["root"]) == {"inner-deep": [], "c": [], "d": ["inner-deep"]}


def test_a_loop_in_a_group_and_a_group_in_a_loop() -> None:
    over = {"one": OutputRef(invocation="load", output="output")}
    for members in (("load", "work", "sum"), ("work", "again")):
        group = dict.fromkeys(members, INNER)
        invocations = [
            call("load", group=group.get("load")),
            work("work", group=group.get("work")),
            work("again", "work", group=group.get("again")),
            work("sum", "again", group=group.get("sum")),
        ]
        if "load" in members:
            invocations[2] = work("again", "work", group=INNER)
        made = Compiled(pipeline(STEPS, invocations, controls=(Map(id="m", over=over, body=("work", "again")),)))
        assert not made.codes
        if "load" in members:
            assert list(made.spec["root"]["dag"]["tasks"]) == ["inner"]
            assert "for-m" in made.component("inner")["dag"]["tasks"]
        else:
            assert list(made.component("for-m")["dag"]["tasks"])[-1] == "inner"


def test_a_list_that_a_loop_made_enters_no_group() -> None:
    """Of a list that a DAG is given it finds one artifact; a group with the loop in it has the list inside."""
    over = {"one": OutputRef(invocation="load", output="output")}
    for members, nested in ((("sum", "last"), False), (("work", "sum", "last"), True)):
        group = dict.fromkeys(members, INNER)
        invocations = [
            call("load"),
            work("work", group=group.get("work")),
            work("sum", "work", group=group.get("sum")),
            work("last", "sum", group=group.get("last")),
        ]
        made = Compiled(pipeline(STEPS, invocations, controls=(Map(id="m", over=over, body=("work",)),)))
        assert not made.codes
        assert ("inner" in made.tasks()) == nested


def test_a_condition_outside_reads_what_a_group_makes() -> None:
    test = Expression(operator=">", operands=(OutputRef(invocation="fit", output="output"), Literal(value=3)))
    made = Compiled(
        pipeline(
            STEPS[1:],
            [work("clean", group=INNER), work("fit", "clean", group=INNER), work("report")],
            controls=(Condition(id="c", test=test, then=("report",)),),
        )
    )
    assert not made.codes
    assert list(made.component("inner")["outputDefinitions"]["parameters"])
    selected = made.component("inner")["dag"]["outputs"]["parameters"]
    assert [one["valueFromParameter"]["producerSubtask"] for one in selected.values()] == ["fit"]


def test_a_branch_in_a_group_and_a_group_in_a_branch() -> None:
    test = Expression(operator=">", operands=(OutputRef(invocation="fit", output="output"), Literal(value=3)))
    control = Condition(id="c", test=test, then=("yes",), otherwise=("no",))
    other = Group(id="other", name="other")
    for yes, no in ((INNER, INNER), (INNER, other), (INNER, None)):
        invocations = [work("fit"), work("yes", group=yes), work("no", group=no)]
        made = Compiled(pipeline(STEPS[1:], invocations, controls=(control,)))
        assert not made.codes
        nested = list(made.tasks())
        outside = nested.index("inner") < nested.index("if-c")
        assert outside == (yes is no)
        assert ("other" in nested) == (no is other)


def test_a_group_that_is_called_like_the_pipeline_or_a_step() -> None:
    for name in ("digits", "work"):
        group = Group(id=name, name=name)
        made = Compiled(pipeline(STEPS[1:], [work("first", group=group), work("second", "first", group=group)]))
        (task,) = made.spec["root"]["dag"]["tasks"].values()
        assert "dag" in made.spec["components"][task["componentRef"]["name"]]
        assert task["componentRef"]["name"] != "comp-digits"


def test_a_step_is_the_same_component_inside_and_outside_of_a_group() -> None:
    def build(group: Group | None) -> Compiled:
        return Compiled(pipeline(STEPS[1:], [work("first", group=group), work("second", "first", group=group)]))

    flat, nested = build(None), build(INNER)
    for task in ("first", "second"):
        assert flat.component(task) == nested.component(task)
        assert flat.container(task) == nested.container(task)


# ---- generated -------------------------------------------------------------------------------------------------------


def sample(draw: random.Random) -> Pipeline:
    """A graph of steps, the most of them in groups, some of those inside others."""
    groups: list[Group] = []
    for number in range(draw.randint(1, 4)):
        parent = draw.choice([None, *groups])
        groups.append(Group(id=f"g{number}", name="g", parent=parent))
    invocations: list[Invocation] = []
    for number in range(draw.randint(2, 9)):
        above = draw.sample([one.id for one in invocations], min(len(invocations), draw.choice((0, 1, 1, 2))))
        after = () if above or not invocations or draw.random() < 0.7 else (draw.choice(invocations).id,)
        invocations.append(work(f"s{number}", *above, group=draw.choice([None, *groups]), after=after))
    graph = upstream(invocations)
    known = {one.id: one for one in invocations}
    return pipeline(STEPS[1:], [known[id_] for layer in layers(graph) for id_ in layer])


def ran(spec: dict[str, Any], failing: set[str]) -> set[str]:
    """The steps that start: a task does when all that it waits for have succeeded, a DAG if all its tasks do."""
    started: set[str] = set()

    def play(component: dict[str, Any]) -> bool:
        succeeded: dict[str, bool] = {}
        left = dict(component["dag"]["tasks"])
        while left:
            name = next(n for n, t in left.items() if all(u in succeeded for u in t.get("dependentTasks", ())))
            task = left.pop(name)
            inner = spec["components"][task["componentRef"]["name"]]
            if not all(succeeded[u] for u in task.get("dependentTasks", ())):
                succeeded[name] = False
            elif "dag" in inner:
                succeeded[name] = play(inner)
            else:
                started.add(name)
                succeeded[name] = name not in failing
        return all(succeeded.values())

    play(spec["root"])
    return started


@pytest.mark.parametrize("seed", range(8))
def test_what_runs_after_a_failure_is_what_runs_without_groups(seed: int) -> None:
    draw, nested = random.Random(seed), 0
    for _ in range(12):
        source = sample(draw)
        made = Compiled(source)
        nested += sum("dag" in one for one in made.spec["components"].values())
        graph = upstream(source.invocations)
        for _ in range(6):
            failing = {one for one in graph if draw.random() < 0.3}
            wanted: set[str] = set()
            for layer in layers(graph):
                wanted |= {one for one in layer if all(u in wanted and u not in failing for u in graph[one])}
            assert ran(made.spec, failing) == wanted, made.text
    assert nested
