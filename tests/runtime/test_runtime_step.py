"""A step's run: what it gets, what it may return, what happens around it, and whose fault it was."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from runtime_project import ROOT, Project

from zencompile_runtime import artifacts
from zencompile_runtime.step import StepResult
from zencompile_runtime.store import layout


def value(project: Project, result: StepResult, output: str = "output") -> Any:
    """What a step returned, loaded from the store."""
    assert result.ok, result.failure
    return artifacts.load(project.store, result.outputs[output]["value"])


BASIC = """
    from typing import Annotated, Any, Dict, List, Optional, Tuple, Union
    import enum
    from dataclasses import dataclass
    from pydantic import BaseModel, Field
    from zenml import step, ArtifactConfig, get_step_context, log_metadata

    class Config(BaseModel):
        depth: int = 3
        names: List[str] = []

    class Color(enum.Enum):
        RED = "red"

    @step
    def load(n: int = 3) -> Tuple[Annotated[List[int], "train"], Annotated[int, "n"]]:
        return list(range(n)), n

    @step
    def total(data: List[float], factor: float = 2.0) -> float:
        assert all(type(one) is float for one in data), data
        return sum(data) * factor

    @step
    def show(x: Any) -> str:
        return f"{type(x).__name__} {x!r}"

    @step
    def configured(config: Config, color: Color, positive: Annotated[int, Field(gt=0)] = 1) -> Dict[str, Any]:
        return {"depth": config.depth, "names": config.names, "color": color.name, "positive": positive}

    @step
    def optional(n: int = None) -> str:
        return repr(n)

    @step
    def text(x: str) -> str:
        return x
"""


def test_values_travel_through_the_store(project: Project) -> None:
    """Two outputs, one taken as a list of floats; defaults, coercion."""
    project.write(BASIC)
    made = project.run("load", params={"n": "4"})
    assert list(made.outputs) == ["train", "n"]
    assert value(project, made, "n") == 4
    assert value(project, project.run("total", inputs={"data": ["load", "train"]})) == 12.0
    assert value(project, project.run("total", inputs={"data": ["load", "train"]}, params={"factor": 1})) == 6.0


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        (["load", "n"], "int 3"),
        (["load", "train", 1], "int 1"),
        ([["load", "n"], ["load", "n"]], "list [3, 3]"),
        ({"value": {"$": "tuple", "items": [1]}}, "tuple (1,)"),
        ({"list": [["load", "n"], {"value": "x"}]}, "list [3, 'x']"),
        ({"mapping": {"a": ["load", "n"]}}, "dict {'a': 3}"),
        ({"uri": "runs/acme/digits/r1/load/n.json"}, "int 3"),
    ],
)
def test_every_kind_of_reference(project: Project, reference: Any, expected: str) -> None:
    """An input without annotation gets what was stored."""
    project.write(BASIC)
    assert project.run("load").ok
    assert value(project, project.run("show", inputs={"x": reference})) == expected


def test_a_manifest_is_found_by_its_url(project: Project) -> None:
    """So that another store's artifact can be an input."""
    project.write(BASIC)
    assert project.run("load").ok
    uri = f"{project.store_url}/runs/acme/digits/r1/load/n.json"
    assert value(project, project.run("show", inputs={"x": {"uri": uri}})) == "int 3"


def test_maps_gather_and_zip_and_multiply(project: Project) -> None:
    """An element a step; all values together, in order; products with the last input fastest."""
    project.write(
        BASIC
        + """
    @step
    def double(x: int) -> int:
        return 2 * x

    @step
    def pair(a: int, b: int) -> str:
        return f"{a}{b}"
    """
    )
    assert project.run("load", params={"n": 12}).ok
    for index in range(12):
        assert project.run("double", inputs={"x": {"over": ["load", "train"]}}, map_index=index).ok
    gathered = project.run("show", inputs={"x": {"gather": ["double", "output"]}})
    assert value(project, gathered) == f"list {[2 * n for n in range(12)]}"
    again = project.run("show", "again", inputs={"x": {"each": ["double", "output"]}}, map_index=11)
    assert value(project, again) == "int 22"
    assert project.run("load", "two", params={"n": 2}).ok
    inputs = {"a": {"over": ["two", "train"]}, "b": {"over": {"value": [7, 8, 9]}}}
    found = [value(project, project.run("pair", inputs=inputs, map_index=i, product=True)) for i in range(6)]
    assert found == ["07", "08", "09", "17", "18", "19"]
    counted = project.command("count", *project.spec("pair", inputs=inputs, product=True).to_argv())
    assert json.loads(counted.stdout) == [0, 1, 2, 3, 4, 5]
    unequal = project.command("count", *project.spec("pair", inputs=inputs).to_argv())
    assert unequal.returncode == 2 and "differ in length" in unequal.stderr


def test_parameters_are_coerced_as_annotated(project: Project) -> None:
    """A model from a dictionary or as written, an enum by value, a constraint enforced."""
    project.write(BASIC)
    model = {"$": "model", "class": "steps_under_test:Config", "keywords": {"depth": "5"}}
    result = project.run("configured", params={"config": model, "color": "red"})
    assert value(project, result) == {"depth": 5, "names": [], "color": "RED", "positive": 1}
    result = project.run("configured", params={"config": {"names": ["a"]}, "color": "red"})
    assert value(project, result)["names"] == ["a"]
    failure = project.run("configured", params={"config": {}, "color": "red", "positive": 0}).failure
    assert failure is not None and (failure.kind, failure.exit_code) == ("configuration", 2)
    assert "`positive`" in failure.message and "greater than 0" in failure.message


def test_none_may_be_given_where_it_is_the_default(project: Project) -> None:
    """`n: int = None` took None in older releases, handed on by the pipeline; `n: int = 3` doesn't."""
    project.write(BASIC)
    assert value(project, project.run("optional", params={"n": None})) == "None"
    assert not project.run("load", params={"n": None}).ok


def test_a_default_of_none_is_left_alone(project: Project) -> None:
    """`n: int = None` means what its author meant."""
    project.write(BASIC)
    assert value(project, project.run("optional")) == "None"


def test_an_artifact_of_the_wrong_type_is_refused(project: Project) -> None:
    """An int is no str; the message names input, step and line."""
    project.write(BASIC)
    assert project.run("load").ok
    failure = project.run("text", inputs={"x": ["load", "n"]}).failure
    assert failure is not None and "`x`" in failure.message and "should be a string" in failure.message
    assert failure.location.startswith("steps_under_test.py:")


# -- outputs -----------------------------------------------------------------------------------------------------------

RETURNS = """
    from typing import *
    from zenml import step

    @step
    def nothing() -> None:
        return 1
    @step
    def text_for_int() -> int:
        return "x"
    @step
    def int_for_float() -> float:
        return 1
    @step
    def one_of_two() -> Tuple[Annotated[int, "a"], Annotated[int, "b"]]:
        if True:
            return 1
        return 1, 2
    @step
    def three_of_two() -> Tuple[int, int]:
        if True:
            return 1, 2, 3
        return 1, 2
    @step
    def wrong_in_union() -> Union[int, List[str]]:
        return "x"
    @step
    def bool_for_int() -> int:
        return True
    @step
    def generic() -> Dict[str, int]:
        return {"a": "not checked inside"}
    @step
    def listed() -> Tuple[int, str]:
        if False:
            return 1, "a"
        return [1, "a"]
    @step
    def mixed() -> Tuple[int, Annotated[int, "a"], str]:
        return 1, 2, "c"
    @step
    def whole() -> Tuple[int, str]:
        t = (1, "a")
        return t
    @step
    def bare():
        return
    @step
    def untyped():
        return 5
"""


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("nothing", "declares that it returns nothing"),
        ("text_for_int", "is a str, declared as int"),
        ("int_for_float", "is a int, declared as float"),
        ("one_of_two", "declares 2 outputs: a, b"),
        ("three_of_two", "returned 3 values"),
        ("wrong_in_union", "is a str"),
    ],
)
def test_a_wrong_return_value_names_step_output_and_line(project: Project, step: str, words: str) -> None:
    """It is the user's fault: exit code 1."""
    project.write(RETURNS)
    result = project.run(step)
    failure = result.failure
    assert failure is not None and (failure.kind, result.exit_code) == ("user", 1)
    assert words in failure.message and f"`{step}`" in failure.message
    line = 1 + (project.folder / "steps_under_test.py").read_text().split("\n").index(
        f"def {step}() -> " + _hint(project, step)
    )
    assert failure.location == f"steps_under_test.py:{line - 1}"
    assert project.store.manifest("acme/digits", "r1", step, "output") is None


def _hint(project: Project, step: str) -> str:
    text = (project.folder / "steps_under_test.py").read_text()
    return text.partition(f"def {step}() -> ")[2].partition("\n")[0]


@pytest.mark.parametrize(
    ("step", "outputs"),
    [
        ("bool_for_int", ["output"]),
        ("generic", ["output"]),
        ("listed", ["output_0", "output_1"]),
        ("mixed", ["output_0", "a", "output_2"]),
        ("whole", ["output"]),
        ("bare", []),
        ("untyped", ["output"]),
    ],
)
def test_outputs_are_named_and_counted_by_the_annotation(project: Project, step: str, outputs: list[str]) -> None:
    """As ZenML does it, without the compiler's facts too."""
    project.write(RETURNS)
    result = project.run(step)
    assert result.ok, result.failure
    assert list(result.outputs) == outputs


def test_the_compilers_facts_name_the_outputs(project: Project) -> None:
    """Catalogue name, tags and metadata come with them."""
    project.write(RETURNS)
    output = {
        "name": "output",
        "artifact": "numbers",
        "tags": ["t"],
        "metadata": {"k": 1},
        "artifact_type": "ModelArtifact",
    }
    project.compiled(untyped={"outputs": [output]})
    manifest = project.run("untyped").outputs["output"]
    assert (manifest["artifact"], manifest["tags"]) == ("numbers", ["t"])
    assert (manifest["value"]["metadata"]["k"], manifest["value"]["kind"]) == (1, "ModelArtifact")


# -- kinds of steps ----------------------------------------------------------------------------------------------------


def test_every_kind_of_step_runs(project: Project) -> None:
    """Async, class-based, wrapped, plain, of another name; calling a step in a step is a plain call."""
    project.write(
        """
        import asyncio
        from zenml import step, pipeline
        from zenml.steps import BaseStep, BaseParameters, Output, StepContext

        @step
        async def later() -> int:
            await asyncio.sleep(0)
            return 1

        class Classy(BaseStep):
            def entrypoint(self, x: int) -> int:
                return x + 1

        def raw(x: int) -> int:
            return x + 2
        wrapped = step(raw)

        @step(name="other", enable_cache=False, settings={"docker": object()})
        def named() -> int:
            return 4

        @step
        def caller() -> int:
            return raw(1) + wrapped(1) + named() + later()

        @pipeline
        def inner():
            named()

        @step
        def calls_pipeline() -> str:
            return repr(inner())

        class Params(BaseParameters):
            lr: float = 0.1
            steps: int = 3

        @step
        def old(params: Params, context: StepContext, x: int = 1) -> Output(a=int, b=str):
            return params.steps + x, context.step_name
        """
    )
    assert value(project, project.run("later")) == 1
    assert value(project, project.run("Classy", params={"x": 1})) == 2
    assert value(project, project.run("raw", params={"x": 1})) == 3
    assert value(project, project.run("wrapped", params={"x": 1})) == 3
    assert value(project, project.run("named")) == 4
    assert value(project, project.run("caller")) == 3 + 3 + 4 + 1
    assert value(project, project.run("calls_pipeline")) == "None"
    old = project.run("old", params={"steps": 5})
    assert (value(project, old, "a"), value(project, old, "b")) == (6, "old")


# -- what happens around it --------------------------------------------------------------------------------------------

HOOKS = """
    from zenml import step, get_step_context
    order = []

    def start(): order.append("start")
    def end(error=None): order.append(f"end {type(error).__name__}")
    def success(): order.append("success")
    def failure(error): order.append(f"failure {error}")
    def init(a=0): order.append("init"); return {"a": a}
    def cleanup(): order.append("cleanup")
    def broken(): raise RuntimeError("hook")

    @step
    def good() -> int:
        order.append("run")
        return get_step_context().pipeline_state["a"]

    @step
    def bad() -> int:
        order.append("run")
        raise ValueError("no")

    @step
    def wrong() -> int:
        return "x"
"""
ALL = {
    f"on_{event}": f"steps_under_test:{event}" for event in ("start", "end", "success", "failure", "init", "cleanup")
}


def _order(project: Project) -> list[str]:
    return list(sys.modules["steps_under_test"].order)


def test_hooks_of_a_completed_step(project: Project) -> None:
    """In order; what on_init returns is the pipeline's state."""
    project.write(HOOKS)
    assert value(project, project.run("good", hooks=ALL, on_init_keywords={"a": 7})) == 7
    assert _order(project) == ["init", "start", "run", "end NoneType", "success", "cleanup"]


def test_hooks_of_a_failed_step(project: Project) -> None:
    """The exception reaches on_end and on_failure."""
    project.write(HOOKS)
    assert not project.run("bad", hooks=ALL).ok
    assert _order(project) == ["init", "start", "run", "end ValueError", "failure no", "cleanup"]


def test_the_failure_hook_waits_for_the_last_attempt(project: Project) -> None:
    """Attempts before it fire on_end only."""
    project.write(HOOKS)
    hooks = {"on_end": ALL["on_end"], "on_failure": ALL["on_failure"]}
    for attempt in (1, 2):
        project.run("bad", hooks=hooks, attempt=attempt, attempts=2)
    assert _order(project) == ["run", "end ValueError", "run", "end ValueError", "failure no"]


def test_a_wrong_return_value_is_a_failure_for_hooks_too(project: Project) -> None:
    """Its success hook does not run."""
    project.write(HOOKS)
    project.run("wrong", hooks={"on_success": ALL["on_success"], "on_failure": ALL["on_failure"]})
    assert [one.split()[0] for one in _order(project)] == ["failure"]


def test_a_broken_hook_is_noted_and_harms_nothing(project: Project) -> None:
    """But a broken on_init fails the step, for its state is missing."""
    project.write(HOOKS)
    hooks = {"on_init": ALL["on_init"], "on_success": "steps_under_test:broken"}
    result = project.run("good", hooks=hooks)
    assert result.ok and any("on_success" in note for note in result.notes)
    result = project.run("good", hooks={"on_init": "steps_under_test:broken"})
    assert result.failure is not None and result.failure.message == "hook"


def test_a_timeout_ends_the_step(project: Project) -> None:
    """Exit code 4; the failure hook sees it."""
    project.write(
        """
        import time
        from zenml import step
        seen = []
        def failure(error): seen.append(error)
        @step
        def slow() -> int:
            time.sleep(30)
            return 1
        """
    )
    assert threading.current_thread() is threading.main_thread()
    result = project.run("slow", timeout=0.2, hooks={"on_failure": "steps_under_test:failure"})
    assert (result.status, result.exit_code) == ("failed", 4)
    assert len(sys.modules["steps_under_test"].seen) == 1


def test_a_step_that_catches_its_timeout_is_ended_with_its_process(project: Project) -> None:
    """Nothing outlives its limit for long."""
    project.write(
        """
        import time
        from zenml import step
        from zencompile_runtime import timeouts
        timeouts.GRACE = 0.1
        @step
        def stubborn() -> int:
            end = time.time() + 30
            while time.time() < end:
                try:
                    time.sleep(30)
                except BaseException:
                    pass
            return 1
        """
    )
    # the module is imported before the limit is set, so its shorter grace holds
    finished = project.step(project.spec("stubborn", timeout=0.2))
    assert finished.returncode == 4
    assert "did not stop" in finished.stderr


def test_variables_and_secrets_are_set_for_the_step_and_gone_after_it(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By text, from the process, and by reference to secrets in variables, folders and files."""
    project.write(
        """
        import os
        from zenml import step
        from zenml.client import Client
        @step
        def look() -> dict:
            names = ("REGION", "TOKEN", "password", "user")
            found = {name: os.environ.get(name) for name in names}
            found["client"] = Client().get_secret("db").secret_values["password"]
            return found
        """
    )
    folder = tmp_path / "secrets"
    (folder / "db").mkdir(parents=True)
    (folder / "db" / "password").write_text("p4ss\n")
    (folder / "db" / "user").write_text("me")
    monkeypatch.setenv("ZENCOMPILE_SECRETS", str(folder))
    monkeypatch.setenv("ZENCOMPILE_SECRET_API_TOKEN", "t0ken")
    variables = {"REGION": "eu", "TOKEN": {"kind": "secret", "name": "api", "key": "token"}}
    result = project.run("look", variables=variables, secrets=("db",))
    expected = {"REGION": "eu", "TOKEN": "t0ken", "password": "p4ss", "user": "me", "client": "p4ss"}
    assert value(project, result) == expected
    import os

    assert "REGION" not in os.environ and "password" not in os.environ
    (tmp_path / "secrets.json").write_text(json.dumps({"db": {"password": "from file"}}))
    monkeypatch.setenv("ZENCOMPILE_SECRETS", str(tmp_path / "secrets.json"))
    assert value(project, project.run("look", secrets=("db",)))["password"] == "from file"
    record = project.store.record("acme/digits", "r1", "look")
    assert "p4ss" not in json.dumps(record) and "t0ken" not in json.dumps(record)


def test_a_secret_of_variables_reaches_the_step_in_both_spellings(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A variable's name has lost the case of the key; where another place knows it, that one counts."""
    project.write(
        """
        import os
        from zenml import step
        @step
        def look() -> list:
            return sorted(name for name, text in os.environ.items() if text == "t0ken" and "SECRET" not in name)
        """
    )
    monkeypatch.setenv("ZENCOMPILE_SECRET_API_HF_TOKEN", "t0ken")
    assert value(project, project.run("look", secrets=("api",))) == ["HF_TOKEN", "hf_token"]
    (tmp_path / "secrets.json").write_text(json.dumps({"api": {"Hf_Token": "another"}}))
    monkeypatch.setenv("ZENCOMPILE_SECRETS", str(tmp_path / "secrets.json"))
    assert value(project, project.run("look", secrets=("api",))) == ["Hf_Token"]


def test_a_missing_secret_says_where_it_was_looked_for(project: Project) -> None:
    """And is a matter of configuration."""
    project.write(BASIC)
    result = project.run("load", secrets=("warehouse",))
    assert result.failure is not None and result.exit_code == 2
    assert "warehouse" in result.failure.message and "ZENCOMPILE_SECRET_WAREHOUSE" in result.failure.help
    assert "upper case" in result.failure.help and "keeps the key's case" in result.failure.help


# -- the command -------------------------------------------------------------------------------------------------------


def test_the_command_runs_a_step_and_says_whose_fault_a_failure_was(project: Project) -> None:
    """0 completed, 1 the user's, 2 the configuration's, 3 the store's."""
    project.write(
        """
        import os, sys
        from zenml import step
        def helper():
            raise ValueError("no")
        @step
        def good() -> str:
            return os.environ["PYTHONHASHSEED"]
        @step
        def bad() -> int:
            helper()
        @step
        def leaves() -> int:
            sys.exit(0)
        """
    )
    assert project.step(project.spec("good")).returncode == 0
    manifest = project.store.manifest("acme/digits", "r1", "good", "output")
    assert manifest is not None and artifacts.load(project.store, manifest["value"]) == "0"
    bad = project.step(project.spec("bad"))
    assert bad.returncode == 1
    assert "in helper" in bad.stderr and "zencompile_runtime" not in bad.stderr and "ValueError: no" in bad.stderr
    assert "steps_under_test.py:5" in bad.stderr
    for spec in (
        project.spec("nonsense"),
        project.spec("nowhere:f"),
        project.spec("good", params={"x": 1}),
    ):
        finished = project.step(spec)
        assert finished.returncode == 2, finished.stderr
        assert "Traceback" not in finished.stderr
    assert project.command("step", "m:f").returncode == 2
    assert project.command("nonsense").returncode == 2
    missing = project.step(project.spec("good", inputs={"x": ["absent", "output"]}))
    assert missing.returncode == 3 and "there is no output" in missing.stderr
    key = layout.manifest_key("acme/digits", "r1", "good", "output")
    for text, why in (("{", "no JSON"), ("", "empty"), ("{}", "no `value`")):
        Path(project.store_url, key).write_text(text)
        corrupt = project.step(project.spec("bad", inputs={"x": ["good", "output"]}))
        assert corrupt.returncode == 3 and f"{project.store_url}/{key} is corrupt ({why}" in corrupt.stderr
        assert "steps_under_test.py:" in corrupt.stderr and "help: run step `good` of run 'r1' again" in corrupt.stderr
    (project.folder / "file").write_text("")
    broken = project.step(project.spec("good", store=str(project.folder / "file")))
    assert broken.returncode == 3 and "Traceback" not in broken.stderr
    assert project.step(project.spec("leaves")).returncode == 1


def test_a_failed_run_is_recorded(project: Project) -> None:
    """With the traceback, for whoever looks later."""
    project.write(HOOKS)
    project.run("bad")
    record = project.store.record("acme/digits", "r1", "bad")
    assert record is not None and record["status"] == "failed"
    assert record["failure"] is not None and "ValueError: no" in record["failure"]["traceback"]


def test_the_package_imports_only_the_standard_library() -> None:
    """In an interpreter without site-packages."""
    import subprocess

    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import zencompile_runtime.__main__, zencompile_runtime.step, zencompile_runtime.execution\n"
        "import zencompile_runtime.kubeflow, zencompile_runtime.catalogue, zencompile_runtime.lookups\n"
        "print(sorted({m.partition('.')[0] for m in sys.modules} - set(sys.stdlib_module_names)))"
    )
    run = subprocess.run(
        [sys.executable, "-S", "-E", "-c", code, str(ROOT)], capture_output=True, text=True, check=True, timeout=60
    )
    assert set(json.loads(run.stdout.replace("'", '"'))) <= {"__main__", "zencompile_runtime", "__mp_main__"}


def test_log_records_can_be_json(project: Project) -> None:
    """One object a line, with the step that wrote it."""
    project.write(
        """
        from zenml import step
        from zenml.logger import get_logger
        logger = get_logger(__name__)
        @step
        def talk() -> None:
            logger.info("hello %s", "world")
        """
    )
    finished = project.step(project.spec("talk"), ZENCOMPILE_LOG_FORMAT="json")
    lines = [json.loads(line) for line in finished.stderr.splitlines() if line.startswith("{")]
    assert [(one["message"], one["level"], one["step"]) for one in lines] == [("hello world", "info", "talk")]


def test_elements_that_an_earlier_attempt_left_are_not_gathered(project: Project) -> None:
    """The map has become shorter since; one that has not run yet is missed."""
    project.write(
        BASIC
        + """
    @step
    def double(x: int) -> int:
        return 2 * x
    """
    )
    over = {"x": {"over": ["load", "train"]}}
    for count in (4, 2):
        assert project.run("load", params={"n": count}).ok
        for index in range(count):
            assert project.run("double", inputs=over, map_index=index).ok
    assert value(project, project.run("show", inputs={"x": {"gather": ["double", "output"]}})) == "list [0, 2]"
    assert project.run("load", "more", params={"n": 3}).ok
    assert project.run("double", "third", inputs={"x": {"over": ["more", "train"]}}, map_index=1).ok
    missing = project.run("show", inputs={"x": {"gather": ["third", "output"]}})
    assert missing.failure is not None and missing.failure.kind == "infrastructure"


def test_a_disk_that_takes_no_more_is_the_infrastructures_fault(project: Project) -> None:
    """One clear error; what was stored before is intact."""
    project.write(
        """
        import resource
        import numpy as np
        from zenml import step
        @step
        def small() -> int:
            return 1
        @step
        def large() -> np.ndarray:
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
            return np.zeros(1_000_000)
        """
    )
    assert project.step(project.spec("small")).returncode == 0
    finished = project.step(project.spec("large"))
    assert finished.returncode == 3, finished.stderr
    assert "Traceback" not in finished.stderr and "intact" in finished.stderr
    assert project.store.manifest("acme/digits", "r1", "large", "output") is None
    assert project.store.manifest("acme/digits", "r1", "small", "output") is not None
