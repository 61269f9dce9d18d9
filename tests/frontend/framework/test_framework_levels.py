"""Settings of one orchestrator under different keys, on different levels: the step's win, as in ZenML."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zencompile.frontend.framework.options import Options
from zencompile.frontend.lowering.levels import merged
from zencompile.source import Span

FLAVOURS = ("airflow", "kubeflow", "vertex")
_LEAVES = st.sampled_from([None, 1, "x", [1], [], {}])
_FIELDS = st.recursive(_LEAVES, lambda below: st.dictionaries(st.sampled_from("ab"), below, max_size=2), max_leaves=5)
_LEVELS = st.dictionaries(
    st.sampled_from(["orchestrator", "orchestrator:prod", *(f"orchestrator.{name}" for name in FLAVOURS)]),
    st.dictionaries(st.sampled_from("abc"), _FIELDS, max_size=3),
    max_size=2,
)


def _updated(base: dict[str, Any], update: dict[str, Any]) -> dict[str, Any]:
    """What `dict_utils.recursive_update` of ZenML means, where None of the update says nothing."""
    for key, value in update.items():
        if isinstance(value, dict) and isinstance(base.get(key) or {}, dict):
            base[key] = _updated(base.get(key) or {}, value)
        elif value is not None:
            base[key] = value
    return base


def _said(value: Any) -> Any:
    """A value without what says nothing."""
    if not isinstance(value, dict):
        return value
    return {key: said for key, one in value.items() if (said := _said(one)) not in (None, {})}


def _of_zenml(levels: list[dict[str, Any]], flavour: str) -> dict[str, Any] | None:
    """The settings on a stack with the orchestrator `prod` of a flavour; None where ZenML refuses them."""
    found: dict[str, Any] = {}
    for level in levels:
        meant = [key for key in level if key in ("orchestrator", "orchestrator:prod", f"orchestrator.{flavour}")]
        if len(meant) > 1:
            return None
        for key in meant:
            _updated(found, copy.deepcopy(level[key]))
    return found


@given(pipeline=_LEVELS, step=_LEVELS)
def test_every_flavour_reads_what_zenml_would(pipeline: dict[str, Any], step: dict[str, Any]) -> None:
    """Whatever keys the levels have; two for one orchestrator on one level exclude each other."""
    found = merged([Options({"settings": pipeline}), Options({"settings": step})])
    refused = {clash.flavour for clash in found.clashes}
    for flavour in FLAVOURS:
        expected = _of_zenml([pipeline, step], flavour)
        assert (expected is None) == bool(refused & {flavour, "orchestrator"})
        key = f"orchestrator.{flavour}"
        read = found.settings[key] if key in found.settings else found.settings.get("orchestrator", {})
        assert expected is None or _said(read) == _said(expected)


def test_a_part_is_where_the_level_that_wins_has_it() -> None:
    """Under the key that is read, whichever it was written under."""
    levels = []
    for line, key in ((1, "orchestrator.kubeflow"), (2, "orchestrator")):
        spans = {("settings", key, "a"): Span("run.py", line, 1, line, 2)}
        levels.append(Options({"settings": {key: {"a": line}}}, spans))
    found = merged(levels)
    assert found.settings["orchestrator.kubeflow"] == {"a": 2}
    assert found.spans["orchestrator.kubeflow", "a"].line == 2


GENERIC, SPECIAL = "settings={'orchestrator': {'a': {'x': 1}}}", "settings={'orchestrator.kubeflow': {'a': {'y': 2}}}"
STEP = "@step({0})\ndef s() -> int:\n    return 1\n"
BOTH = {"a": {"x": 1, "y": 2}}


@pytest.mark.parametrize(
    ("source", "config"),
    [
        (STEP.format(GENERIC) + f"@pipeline({SPECIAL})\ndef p():\n    s()\n", ""),
        (STEP.format("") + f"@pipeline({SPECIAL})\ndef p():\n    s.with_options({GENERIC})()\n", ""),
        (STEP.format("") + f"@pipeline\ndef p():\n    s()\np.configure({SPECIAL})\ns.configure({GENERIC})\n", ""),
        (
            STEP.format("") + f"@pipeline({SPECIAL})\ndef p():\n    s()\n",
            "steps: {s: {settings: {orchestrator: {a: {x: 1}}}}}",
        ),
        (STEP.format(GENERIC) + "@pipeline\ndef p():\n    s()\n", "settings: {orchestrator.kubeflow: {a: {y: 2}}}"),
        (STEP.format(SPECIAL) + "@pipeline\ndef p():\n    s()\n", "settings: {'orchestrator:prod': {a: {x: 1}}}"),
    ],
)
def test_wherever_they_are_said(compile_text: Any, source: str, config: str) -> None:
    """By decorators, `configure`, `with_options` and a run configuration."""
    done = compile_text(source, config=config or None)
    assert done["s"].settings["orchestrator.kubeflow"] == BOTH
    assert not done.errors and not done.pipeline.clashes


@pytest.mark.parametrize(
    ("source", "config"),
    [
        (STEP.format(GENERIC) + f"@pipeline\ndef p():\n    s.with_options({SPECIAL})()\n", ""),
        (
            STEP.format(GENERIC) + "@pipeline\ndef p():\n    s()\n",
            "steps: {s: {settings: {orchestrator.kubeflow: {}}}}",
        ),
        (
            STEP.format("") + f"@pipeline({SPECIAL})\ndef p():\n    s()\n",
            "settings: {'orchestrator:prod': {a: 1}}",
        ),
    ],
)
def test_two_keys_on_one_level_exclude_each_other(compile_text: Any, source: str, config: str) -> None:
    """A level is what a step or a pipeline says anywhere, as in ZenML."""
    done = compile_text(source, config=config or None)
    (clash,) = done.pipeline.clashes
    assert (clash.flavour, clash.problem.code) == ("kubeflow", "ZC0309")
    assert clash.problem.span is not None


@pytest.mark.parametrize("key", ["orchestrator.", "orchestrator:", "step_operator.", "orchestrator.a:b", "resources.x"])
def test_a_key_that_zenml_refuses_is_an_error(compile_text: Any, key: str) -> None:
    """A component needs a flavour behind its dot, and a name behind its colon."""
    done = compile_text(STEP.format(f"settings={{{key!r}: {{}}}}") + "@pipeline\ndef p():\n    s()\n")
    assert done.errors == ["ZC0307"]


@pytest.mark.parametrize(
    ("key", "read", "code"),
    [
        ("orchestrator:prod", "orchestrator", "ZC0307"),
        ("orchestrator:kubeflow", "orchestrator.kubeflow", None),
        ("orchestrator:default", "orchestrator.local", None),
        ("step_operator:prod", None, "ZC0313"),
        ("step_operator.vertex", None, "ZC0313"),
    ],
)
def test_a_name_is_told_of(compile_text: Any, key: str, read: str | None, code: str | None) -> None:
    """It says no flavour: nothing is dropped in silence."""
    done = compile_text(STEP.format(f"settings={{{key!r}: {{'a': 1}}}}") + "@pipeline\ndef p():\n    s()\n")
    assert done["s"].settings == ({read: {"a": 1}} if read else {})
    assert done.notes == ([code] if code else [])


@pytest.mark.parametrize("base", ["{'memory': '1PIB'}", "ResourceSettings(memory='1PIB')", "dict(memory='1PIB')"])
def test_what_was_said_before_keeps_its_place(compile_text: Any, base: str) -> None:
    """Though another part of the same dictionary is said later."""
    done = compile_text(
        "from zenml.config import ResourceSettings\n"
        + STEP.format(f"settings={{'resources': {base}}}")
        + "@pipeline(settings={'resources': {'gpu_count': 1}})\ndef p():\n"
        + "    s.with_options(settings={'resources': {'cpu_count': 1}})()\n"
    )
    (problem,) = done.pipelines[0].problems
    assert problem.span is not None
    assert "1PIB" in done.report.sources["run.py"].lines[problem.span.line - 1]
