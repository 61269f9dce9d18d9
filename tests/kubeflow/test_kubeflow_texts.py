"""Texts that some layer between a file and a step would take for its own: none is left in it raw, and all arrive."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kubeflow_samples import Compiled, call, kind, parameter, pipeline, step

from zencompile.ir import (
    External,
    Group,
    Hook,
    Hooks,
    ListValue,
    Literal,
    Mapping,
    OutputRef,
    ParameterRef,
    SecretReference,
    Text,
)
from zencompile.ir.verify import verify
from zencompile_kubeflow import texts
from zencompile_kubeflow.pods import together
from zencompile_runtime.spec import StepSpec

OURS = re.compile(r"\{\{\$(\.inputs\.parameters\['[\w-]+'\])?\}\}")
SYNTAX = re.compile(r"\{\{|\$\(|\$\$|\[\[(?:RunUUID|ScheduledTime|CurrentTime|Index)|/kfp-workspace")
NASTY = (
    "$(KFP_POD_NAME)", "a$$b", "$$$(x)", "{{$}}", "{{workflow.name}}", "{{{", "[[Index]]", "[[[CurrentTime.2006]]",
    "{{$.inputs.parameters['x']}}", "/kfp-workspace/data", '"quoted"', '"', "a=b", "5$", "$", "{", "]]}}", "null", "",
)  # fmt: skip
TEXT = st.text(max_size=6) | st.sampled_from(NASTY) | st.lists(st.sampled_from(NASTY), max_size=3).map("".join)


def strings(value: Any) -> Iterator[str]:
    """Every string in some documents, and every key."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def raw(made: Compiled) -> list[str]:
    """The strings of a specification with something that a layer would take for its own.

    The names and descriptions under `pipelineInfo` go no further than the page that shows them.
    """
    documents = [{key: value for key, value in one.items() if key != "pipelineInfo"} for one in made.documents]
    return [text for text in strings(documents) if SYNTAX.search(OURS.sub("", text))]


def read_back(made: Compiled, task: str) -> StepSpec:
    """The step that its arguments describe, the placeholders replaced as by the launcher."""
    constants = {
        name: source["runtimeValue"]["constant"]
        for name, source in made.task(task).get("inputs", {}).get("parameters", {}).items()
        if "runtimeValue" in source
    }
    given = json.dumps({"inputs": {"parameterValues": constants}, "outputs": {}})
    words = [word.replace("{{$}}", given) for word in made.arguments(task)[1:]]
    for name, value in constants.items():
        words = [word.replace(f"{{{{$.inputs.parameters['{name}']}}}}", str(value)) for word in words]
    return StepSpec.from_argv(words)


@settings(max_examples=150, deadline=None)
@given(text=TEXT)
def test_a_text_is_left_alone_or_written_as_json(text: str) -> None:
    for written in (texts.word(text), texts.key(text)):
        assert not SYNTAX.search(written)
        assert (json.loads(written) if written.startswith('"') else written) == text
    assert "=" not in texts.key(text)
    for value in (text, [[text]], {text: [text, [[1]]]}):
        assert json.loads(texts.json_text(value)) == value
        assert not SYNTAX.search(texts.json_text(value))
    if texts.is_plain(text):
        assert texts.json_text(text) == json.dumps(text, ensure_ascii=False)


def everywhere(text: str) -> Compiled:
    """A pipeline that says a text wherever a user can write one: names, ids, values, keys, settings, defaults."""
    any_, texts_ = kind("any"), kind("list", kind("str"))
    given = OutputRef(invocation=f"first {text}", output=f"out {text}")
    parts = Mapping(items={text: given, "b": Literal(value=[text])})
    first = {"x": text, "y": [text], "z": {text: text}}
    second = {"x": External(value=text), "y": ListValue(items=(Literal(value=text), given)), "z": text}
    more: dict[str, Any] = {
        "variables": {"V": Text(value=text)},
        "extra": {text: text},
        "model": {"name": text},
        "substitutions": {"a": text, text: "b"},
        "materializers": {f"out {text}": (f"m:{text}",)},
        "hooks": Hooks(on_failure=Hook(entrypoint=f"h:{text}")),
    }
    return Compiled(
        pipeline(
            [
                step("s", {"x": any_, "y": any_, "z": any_}, {f"out {text}": any_}),
                step("t", {"x": any_, "p": kind("str"), "q": texts_}, {f"out {text}": any_}),
            ],
            [
                call(f"first {text}", "s", first, group=Group(id="g", name=text)),
                call(f"second {text}", "s", second),
                call(f"third {text}", "t", {"x": parts, **{p: ParameterRef(name=p) for p in "pq"}}, **more),
            ],
            name=f"name {text}",
            namespace=f"space{text}",
            tags=(text, "b"),
            hooks=Hooks(on_init=Hook(entrypoint="h:init", keywords={text: text})),
            parameters=(parameter("p", kind("str"), text), parameter("q", texts_, [text])),
        )
    )


@pytest.mark.parametrize(("name", "text"), [("", "x"), ("a=b", "x"), ("A", "x\0"), ("A\0", "x")])
def test_a_variable_that_no_process_can_have_is_an_error(name: str, text: str) -> None:
    made = Compiled(pipeline([step("s")], [call("s", variables={name: Text(value=text)})]))
    assert made.codes == ["ZC0541"]


def test_a_variable_that_kubernetes_may_not_take_is_set_by_the_runtime() -> None:
    made = Compiled(pipeline([step("s")], [call("s", variables={"MY VAR": Text(value="x"), "B": Text(value="y")})]))
    assert made.container("s")["env"] == [{"name": "B", "value": "y"}]
    assert read_back(made, "s").variables == {"MY VAR": "x", "B": "y"}


@pytest.mark.parametrize("name", sorted(together.OWN_VARIABLES | together.READ_BY_LAUNCHER))
def test_a_variable_that_says_something_to_the_server_is_the_steps_alone(name: str) -> None:
    made = Compiled(pipeline([step("s")], [call("s", variables={name: Text(value="x")})]))
    assert "env" not in made.container("s")
    assert read_back(made, "s").variables == {name: "x"}
    secret = SecretReference(name="s", key="k")
    assert Compiled(pipeline([step("s")], [call("s", variables={name: secret})])).codes == ["ZC0589"]
    env = {"orchestrator": {"pod_settings": {"env": [{"name": name, "value": "x"}]}}}
    assert len(Compiled(pipeline([step("s")], [call("s", settings=env)])).report.errors) == 1


@pytest.mark.parametrize("field", ["extra", "model", "settings"])
def test_what_a_step_is_told_is_plain_data(field: str) -> None:
    """A key `$` is one like others."""
    held = {"$": "x", "n": {"$": "set", "items": [1]}}
    one = pipeline([step("s")], [call("s", **{field: held})])
    assert list(verify(one)) == []
    if field != "settings":
        assert getattr(read_back(Compiled(one), "s"), field) == held


@pytest.mark.parametrize("text", [*NASTY, "$$(A) {{$}} [[Index]] /kfp-workspace"])
def test_every_text_of_a_pipeline_arrives_and_none_is_raw(text: str) -> None:
    made = everywhere(text)
    assert made.codes == []
    assert raw(made) == []
    steps = [name for name in made.tasks() if "executorLabel" in made.component(name)]
    found = {spec.id: spec for spec in (read_back(made, name) for name in steps)}
    assert set(found) == {f"{number} {text}" for number in ("first", "second", "third")}
    third = found[f"third {text}"]
    assert third.pipeline == f"space{text}/name {text}"
    assert third.variables == {"V": text}
    assert third.extra == {text: text}
    assert third.model == {"name": text}
    assert third.substitutions == {"a": text, text: "b"}
    assert third.materializers == {f"out {text}": (f"m:{text}",)}
    assert third.hooks == {"on_failure": f"h:{text}", "on_init": "h:init"}
    assert third.on_init_keywords == {text: text}
    assert third.tags == (text, "b")
    assert third.inputs["x"]["mapping"] == {text: {"from": "x-0"}, "b": {"value": [text]}}
    assert found[f"second {text}"].externals == {"x": text}
