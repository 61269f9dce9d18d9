"""Chains, groups and inline steps as text: what joins and what doesn't, names, order, and values that stay the same."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from typing import Any

import hypothesis
import hypothesis.strategies as some
import pytest

from zencompile.ir import (
    Group,
    Hook,
    Hooks,
    InlineText,
    Input,
    Literal,
    Output,
    OutputRef,
    Resources,
    Retry,
    Text,
    Type,
)
from zencompile_airflow import TARGET
from zencompile_airflow.inline_values import NotExact, check_type, fitted
from zencompile_airflow.options import Options
from zencompile_runtime.values.coerce import coerce

INT = Type(name="int")


# -- chains ------------------------------------------------------------------------------------------------------------


def row(hand: Any, *, middle: dict[str, Any] | None = None, **more: Any) -> Any:
    """`a`, `b`, `c` one after the other."""
    return hand.pipeline(
        hand.invocation("a"),
        hand.invocation("b", inputs={"x": OutputRef(invocation="a", output="o")}, **(middle or {})),
        hand.invocation("c", after=("b",)),
        **more,
    )


def chains(text: str) -> list[list[str]]:
    """The ids of the steps of each task that has several."""
    calls = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "chain"]
    return [[e.elts[1].value.removeprefix("--id=") for e in call.args[1:]] for call in calls]  # type: ignore[attr-defined]


def test_steps_in_a_row_are_one_task_with_all_their_retries(hand: Any) -> None:
    retry = {"retry": Retry(max_retries=2, delay=5)}
    given = hand.pipeline(
        hand.invocation("a", **retry),
        hand.invocation("b", inputs={"x": OutputRef(invocation="a", output="o")}, **retry),
    )
    emitted = hand.emit(given, fuse="chains")
    assert chains(emitted.text) == [["a", "b"]]
    assert "retries=4" in emitted.text and emitted.text.count('"--attempts=3"') == 2
    assert ">>" not in emitted.text
    assert TARGET.codes(emitted.text) == {"run:a": "0123456789ab", "run:b": "0123456789ab"}
    ((path, names),) = ((p, t) for p, t in emitted.files.build.items() if "+" in p)
    assert path == "images/main/steps/digits+a_to_b.json"
    (name,) = set(json.loads(names)["steps"].values())
    code = emitted.text.rpartition('code="')[2].partition('"')[0]
    assert name == f"{hand.image().reference}-{code}"


APART = {
    "another image": {"image": "other"},
    "another group": {"group": Group(id="g", name="g")},
    "resources": {"resources": Resources(cpu=2)},
    "a variable": {"variables": {"K": Text(value="v")}},
    "a secret": {"secrets": ("api",)},
    "a timeout": {"timeout": 60},
    "retries": {"retry": Retry(max_retries=1)},
    "a hook that the engine may have to call": {"hooks": Hooks(on_failure=Hook(entrypoint="run:alert"))},
    "a pool": {"settings": {"orchestrator.airflow": {"operator_args": {"pool": "gpu"}}}},
    "a trigger rule": {"settings": {"orchestrator.airflow": {"operator_args": {"trigger_rule": "all_done"}}}},
    "outlets": {"settings": {"orchestrator.airflow": {"outlets": ["s3://a/b"]}}},
    "another operator": {"settings": {"orchestrator.airflow": {"operator": "kubernetes"}}},
}


@pytest.mark.parametrize("middle", APART.values(), ids=APART)
def test_what_is_set_for_one_step_keeps_it_apart_and_that_is_said(hand: Any, middle: dict[str, Any]) -> None:
    images = {"main": hand.image(), "other": hand.image("other", environment="e2")}
    given = row(hand, middle=middle, images=images)
    emitted = hand.emit(given, fuse="chains")
    assert chains(emitted.text) == []
    assert emitted.codes.count("ZC0565") == 2


def test_what_all_steps_have_keeps_none_apart_but_what_is_a_task_s(hand: Any) -> None:
    """The same on both sides joins where it is a container's, and doesn't where each task would have it."""
    apart = {"a hook that the engine may have to call", "a trigger rule", "a timeout", "outlets"}
    for name, more in APART.items():
        given = hand.pipeline(
            hand.invocation("a", **more),
            hand.invocation("b", after=("a",), **more),
            images={"main": hand.image(), "other": hand.image("other", environment="e2")},
        )
        emitted = hand.emit(given, fuse="chains", store="s3://x/y")
        joined = "def chain(" in emitted.text
        assert joined == (name not in apart), name


def of_dag(**defaults: object) -> dict[str, Any]:
    return {"orchestrator.airflow": {"dag_args": {"default_args": defaults}}}


@pytest.mark.parametrize("where", ["the step", "the pipeline"])
def test_a_chain_has_the_retries_of_its_steps_whoever_gave_them(hand: Any, where: str) -> None:
    own = {"orchestrator.airflow": {"operator_args": {"retries": 2}}} if where == "the step" else {}
    steps = [hand.invocation("a", settings=own), hand.invocation("b", after=("a",), settings=own)]
    given = hand.pipeline(*steps, settings={} if own else of_dag(retries=2))
    text = hand.emit(given, fuse="chains").text
    assert "retries=4," in text and text.count('"--attempts=3"') == 2


@pytest.mark.parametrize("name", ["execution_timeout", "retry_exponential_backoff"])
def test_defaults_that_are_for_one_step_at_a_time_keep_steps_apart(hand: Any, name: str) -> None:
    value = True if name == "retry_exponential_backoff" else 60
    emitted = hand.emit(row(hand, settings=of_dag(**{name: value})), fuse="chains")
    assert chains(emitted.text) == []
    assert emitted.codes.count("ZC0565") == 2


def test_a_chain_is_no_longer_than_a_command_may_be(hand: Any) -> None:
    """However many steps follow each other, and whatever they are given."""
    steps = [hand.invocation("s0")]
    for number in range(1, 300):
        text = {"t": Literal(value="x" * 300)}
        steps.append(hand.invocation(f"s{number}", inputs=text, after=(f"s{number - 1}",)))
    emitted = hand.emit(hand.pipeline(*steps), fuse="chains", operator="bash")
    calls = [n for n in ast.walk(ast.parse(emitted.text)) if getattr(getattr(n, "func", None), "id", "") == "chain"]
    assert len(calls) == emitted.codes.count("ZC0565") + 1 > 1
    assert max(len(ast.unparse(call)) for call in calls) < 64_000
    assert [one for chain in chains(emitted.text) for one in chain] == [step.id for step in steps]


@pytest.mark.parametrize("mode", ["stop_on_failure", "continue_on_failure"])
def test_where_a_failure_elsewhere_holds_steps_back_airflow_starts_each(hand: Any, mode: str) -> None:
    emitted = hand.emit(row(hand, execution_mode=mode), fuse="chains")
    assert bool(chains(emitted.text)) == (mode == "continue_on_failure")


# -- groups and inline steps, generated --------------------------------------------------------------------------------


@some.composite
def graphs(draw: Any) -> list[tuple[tuple[int, ...], str, bool]]:
    """For each step the earlier ones that it takes, the path of its groups, and whether it is inline."""
    number = draw(some.integers(1, 9))
    steps = []
    inline = [draw(some.booleans()) for _ in range(number)]
    for index in range(number):
        above = [one for one in range(index) if inline[one] or not inline[index]]
        taken = draw(some.lists(some.sampled_from(above), unique=True, max_size=3)) if above else []
        steps.append((tuple(sorted(taken)), draw(some.sampled_from(["", "g", "h", "g.i", "g.j"])), inline[index]))
    return steps


def built(hand: Any, steps: list[tuple[tuple[int, ...], str, bool]]) -> Any:
    invocations, kinds = [], {}
    for number, (taken, path, inline) in enumerate(steps):
        id = f"s{number}"
        names = [f"x{one}" for one in taken]
        kinds[id] = hand.step(
            id,
            inputs=tuple(Input(name=name, type=INT) for name in names),
            outputs=(Output(name="o", type=INT),),
            inline=InlineText(function=id, parameters=tuple(names), body=("return 1",)) if inline else None,
        )
        group = None
        for part in path.split(".") if path else ():
            group = Group(id=f"{group.id}.{part}" if group else part, name=part, parent=group)
        settings = {"orchestrator.airflow": {"operator": "inline"}} if inline else {}
        inputs = {f"x{one}": OutputRef(invocation=f"s{one}", output="o") for one in taken}
        invocations.append(hand.invocation(id, inputs=inputs, group=group, settings=settings))
    return hand.pipeline(*invocations, steps=kinds)


def tasks_of(body: list[ast.stmt], path: tuple[str, ...], known: dict[str, str]) -> Iterator[tuple[str, str, set[str]]]:
    """Variables with the innermost group around them, and the names that their calls read, in the file's order."""
    for node in body:
        if isinstance(node, ast.With):
            (item,) = node.items
            opened = item.context_expr
            name = opened.args[0].value if isinstance(opened, ast.Call) else known[opened.id]  # type: ignore[attr-defined]
            if isinstance(item.optional_vars, ast.Name):
                known[item.optional_vars.id] = name
            yield from tasks_of(node.body, (*path, name), known)
        elif isinstance(node, ast.Assign):
            names = {n.id for n in ast.walk(node.value) if isinstance(n, ast.Name)}
            yield node.targets[0].id, path[-1] if path else "", names  # type: ignore[attr-defined]


@hypothesis.settings(max_examples=80)
@hypothesis.given(steps=graphs())
def test_every_task_stands_in_its_group_behind_what_it_is_given(hand: Any, steps: Any) -> None:
    """Whatever the order of steps and groups: each once, in its group, and no variable is read before it is set."""
    text = hand.emit(built(hand, steps)).text
    dag = next(node for node in ast.parse(text).body if isinstance(node, ast.With))
    found = list(tasks_of(dag.body, (), {}))
    assert {name: group for name, group, _ in found} == {
        f"s{number}": path.replace(".", "_") for number, (_, path, _) in enumerate(steps)
    }
    seen: set[str] = set()
    for name, _, read in found:
        assert {one for one in read if one.startswith("s") and one[1:].isdigit()} <= seen
        seen.add(name)


# -- values of inline steps --------------------------------------------------------------------------------------------

SCALARS = {"int": int, "float": float, "str": str, "bool": bool, "none": type(None)}


@some.composite
def types(draw: Any, depth: int = 2) -> tuple[Type, Any]:
    """An annotation as the IR has it, and as Python does."""
    kind = draw(some.sampled_from([*SCALARS, "list", "dict", "union"] if depth else [*SCALARS]))
    if kind in SCALARS:
        return Type(name=kind), SCALARS[kind]
    if kind == "union":
        several = [draw(types(depth=0)) for _ in range(2)]
        return Type(name="union", arguments=tuple(t for t, _ in several)), several[0][1] | several[1][1]
    inner, python = draw(types(depth=depth - 1))
    if kind == "list":
        return Type(name="list", arguments=(inner,)), list[python]  # type: ignore[valid-type]
    return Type(name="dict", arguments=(Type(name="str"), inner)), dict[str, python]  # type: ignore[valid-type]


VALUES = some.recursive(
    some.none() | some.booleans() | some.integers(-3, 3) | some.sampled_from([0.5, 1.0, "", "1", "true"]),
    lambda inner: some.lists(inner, max_size=2) | some.dictionaries(some.sampled_from(["a", "b"]), inner, max_size=2),
    max_leaves=4,
)


@hypothesis.settings(max_examples=400)
@hypothesis.given(annotation=types(), value=VALUES)
def test_a_value_that_is_taken_is_what_the_runtime_gives(annotation: tuple[Type, Any], value: Any) -> None:
    """Inline or not, a step gets the same; whatever would be converted otherwise is refused."""
    type_, python = annotation
    check_type(type_)
    try:
        found = fitted(value, type_)
    except NotExact:
        return
    assert repr(found) == repr(coerce(value, python, "x"))


@pytest.mark.parametrize("name", ["tuple", "set", "bytes", "pandas.DataFrame", "datetime.date"])
def test_what_json_does_not_hold_is_refused(name: str) -> None:
    with pytest.raises(NotExact):
        check_type(Type(name="list", arguments=(Type(name=name),)))


def test_names_of_airflow_s_are_no_inputs_and_literals_no_templates(hand: Any) -> None:
    text = InlineText(function="s", parameters=("x",), body=("return 1",))
    inline = {"orchestrator.airflow": {"operator": "inline"}}
    for name, fine in (("ti", False), ("params", False), ("x", True)):
        step = hand.step("s", inputs=(Input(name=name, type=Type(name="str")),), inline=text)
        given = hand.invocation("s", inputs={name: Literal(value="{{ x }}")}, settings=inline)
        emitted = hand.emit(hand.pipeline(given, steps={"s": step}))
        assert ("ZC0566" in emitted.codes) != fine
        if fine:
            assert 'x="{% raw %}{{ x }}{% endraw %}"' in emitted.text


def test_packages_come_from_requirements_or_the_step_is_refused(hand: Any) -> None:
    text = InlineText(function="s", body=("return 1",), before=("import numpy",), imports=("numpy",))
    inline = {"orchestrator.airflow": {"operator": "inline"}}
    given = hand.invocation("s", settings=inline)
    for more, fine in (({"requirements": ("numpy==2.2.6",)}, True), ({"build": False}, False)):
        images = {"main": hand.image(**more)}
        emitted = hand.emit(hand.pipeline(given, steps={"s": hand.step("s", inline=text)}, images=images))
        assert ("ZC0566" in emitted.codes) != fine
        if fine:
            assert 'requirements=["numpy==2.2.6"]' in emitted.text


def test_texts_are_wanted_where_every_step_is_inline() -> None:
    assert Options(operator="inline").texts and not Options().texts
