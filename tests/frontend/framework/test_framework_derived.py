"""What steps, pipelines and the framework give a body: known, or told of where it is called; never dropped."""

from __future__ import annotations

from typing import Any

import pytest

from zencompile.frontend.framework.attribute_names import attributes

HEAD = """
from zenml import pipeline, step
import zenml

@step
def use(v: int) -> int:
    return v

@step
def many() -> list[int]:
    return [1]

@pipeline
def inner(v: int = 1):
    use(v)

"""
KINDS = ("@pipeline", "@pipeline(dynamic=True)")
RUN_THE_FUNCTION = {"entrypoint", "call_entrypoint"}
STEPS = sorted(attributes("BaseStep") - RUN_THE_FUNCTION)
PIPELINES = sorted(attributes("Pipeline"))


def body(kind: str, *lines: str) -> str:
    return HEAD + f"{kind}\ndef p():\n    use(1)\n" + "".join(f"    {line}\n" for line in lines)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("owner", "names"), [("use", STEPS), ("inner", PIPELINES)])
def test_no_call_of_what_a_step_or_pipeline_gives_is_dropped(
    compile_text: Any, kind: str, owner: str, names: list[str]
) -> None:
    """Whatever public attribute it is: a step is called, the program raises, or the call is refused."""
    for name in names:
        compiled = compile_text(body(kind, f"found = {owner}.{name}()", "found(2)"), name="p")
        assert compiled.errors or "ZC0239" in compiled.warnings or len(compiled.ids) == 2, name


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "call", ["(4)", ".with_options(enable_cache=False)(4)", ".configure(enable_cache=False)(4)", ".copy()(4)"]
)
def test_a_copy_is_a_step_of_the_same_name(compile_text: Any, kind: str, call: str) -> None:
    compiled = compile_text(body(kind, f"use.copy(){call}"), name="p")
    assert not compiled.errors
    assert compiled.ids == ["use", "use_2"]


@pytest.mark.parametrize("method", ["submit(4)", "map(v=many())"])
def test_a_copy_is_submitted_and_mapped(compile_text: Any, method: str) -> None:
    compiled = compile_text(body(KINDS[1], f"use.copy().{method}"), name="p")
    assert "use_2" in compiled.ids


def test_configuring_a_copy_leaves_the_step(compile_text: Any) -> None:
    compiled = compile_text(body(KINDS[0], "use.copy().configure(enable_cache=False)", "use(2)"), name="p")
    assert all(one.cache.enabled is not False for one in compiled.pipeline.invocations)


ACTING = ("wait", "run_hook", "save_artifact", "register_artifact", "log_metadata", "add_tags")
ALONE = ("utils.io_utils.write_file_contents_as_string", "utils.tag_utils.anything")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", [*ACTING, *ALONE])
def test_what_the_framework_does_when_a_body_calls_it_is_told(compile_text: Any, kind: str, name: str) -> None:
    compiled = compile_text(body(kind, f"zenml.{name}('a', 'b')"), name="p")
    assert {*compiled.errors, *compiled.warnings} & {"ZC0231", "ZC0239"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["wait", "run_hook", "save_artifact", "register_artifact"])
def test_what_the_framework_gives_a_body_is_no_none(compile_text: Any, kind: str, name: str) -> None:
    compiled = compile_text(body(kind, f"use(zenml.{name}('a', 'b'))"), name="p")
    assert compiled.errors


def test_starting_after_what_runs_is_refused(compile_text: Any) -> None:
    compiled = compile_text(body(KINDS[1], "f = use.submit(1)", "use.submit(2, start_after=f)"), name="p")
    assert compiled.errors == ["ZC0231"]


def test_starting_after_what_has_ended_is_no_more_than_the_order(compile_text: Any) -> None:
    lines = ("f = use.submit(1)", "f.wait()", "use(3)", "use.submit(2, start_after=f)")
    assert not compile_text(body(KINDS[1], *lines), name="p").errors


@pytest.mark.parametrize("line", ["if a: use(3)", "if a == 1: use(3)", "for x in a: use(3)"])
def test_no_dynamic_pipeline_is_told_to_be_one(compile_text: Any, line: str) -> None:
    compiled = compile_text(body(KINDS[1], "a = use(2)", line), name="p")
    assert compiled.errors == ["ZC0210"]
    assert not any("dynamic=True" in help for one in compiled.report.errors for help in one.helps)


def test_a_body_that_sleeps_is_told(compile_text: Any) -> None:
    lines = ("import time", "time.sleep(3)")
    assert compile_text(body(KINDS[1], *lines), name="p").errors == ["ZC0239"]
