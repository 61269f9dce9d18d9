"""Code written for older releases."""

from __future__ import annotations

from typing import Any

import pytest

OLD = """
from zenml.pipelines import pipeline
from zenml.steps import BaseParameters, Output, StepContext, step

class Config(BaseParameters):
    lr: float = 0.1
    epochs: int = 1

@step
def importer() -> Output(train=int, test=int):
    return 1, 2

@step
def trainer(params: Config, context: StepContext, data: int) -> int:
    return data

@pipeline(enable_cache=False, required_integrations=["sklearn"])
def training(load, train):
    a, b = load()
    train(data=a)

if __name__ == "__main__":
    training(load=importer(), train=trainer(Config(lr=0.5))).run(run_name="x")
"""


def test_steps_as_arguments(compile_text: Any) -> None:
    """A pipeline that is given its steps: an invocation is named after the parameter."""
    compiled = compile_text(OLD, header=False)
    assert compiled.ids == ["load", "train"]
    assert compiled.outputs("load") == ["train", "test"]
    assert compiled.input("train", "data") == "load.train"
    assert compiled.input("train", "params") == {"$": "model", "class": "run:Config", "keywords": {"lr": 0.5}}
    assert not compiled["load"].cache.enabled
    assert compiled.pipeline.environments["default"].requirements == ("scikit-learn",)
    assert compiled.pipeline.run_name == "x"


def test_named_without_its_steps(compile_text: Any) -> None:
    """Named alone, the steps are those that the project's script gives it."""
    assert compile_text(OLD, header=False, name="training").ids == ["load", "train"]


def test_named_though_its_script_fails(compile_text: Any) -> None:
    """What is wrong with the script that was to give the steps is shown beside the pipeline."""
    broken = OLD.replace("    training(load=importer()", "    first = importer(RATE)\n    training(load=first")
    compiled = compile_text(broken, header=False, name="training")
    (error,) = compiled.report.errors
    assert error.code == "ZC0228"
    assert [label.text for label in error.labels] == ["the program raises NameError: name 'RATE' is not defined"]


def test_parameters_by_configuration(compile_text: Any) -> None:
    """A field of the group of parameters is given by its own name."""
    compiled = compile_text(OLD, header=False, config="steps: {train: {parameters: {epochs: 3}}}")
    assert compiled.input("train", "params")["keywords"] == {"lr": 0.5, "epochs": 3}


def test_class_based(compile_text: Any) -> None:
    """A class-based pipeline of class-based steps."""
    text = """
    from zenml.pipelines import BasePipeline
    from zenml.steps import BaseStep

    class Load(BaseStep):
        def entrypoint(self, n: int = 1) -> int:
            return n

    class Show(BaseStep):
        def entrypoint(self, x: int) -> None:
            print(x)

    class Flow(BasePipeline):
        def connect(self, load, show):
            show(load())

    Flow(load=Load(), show=Show()).run()
    """
    compiled = compile_text(text, header=False, name=None)
    assert compiled.ids == ["load", "show"]
    assert compiled.input("show", "x") == "load.output"


def test_external_artifact_by_name(compile_text: Any) -> None:
    """An artifact of the catalogue by its name is a look-up."""
    compiled = compile_text("@pipeline\ndef p():\n    add(ExternalArtifact(name='x', version='2'))\n", name="p")
    assert compiled["add"].inputs["a"].chain == ({"name": "get_artifact_version"}, {"call": [["x"], {"version": "2"}]})


def test_ready_made_step(compile_text: Any) -> None:
    """A ready-made step of an integration has a signature."""
    text = (
        "from zenml.integrations.evidently.steps import evidently_report_step\n"
        "@pipeline\ndef p():\n    report, _ = evidently_report_step(load())\n    add(report)\n"
    )
    compiled = compile_text(text, name="p")
    assert compiled.input("evidently_report_step", "reference_dataset") == "load.output"
    assert compiled.input("add", "a") == "evidently_report_step.output_0"
    step = compiled.pipeline.steps[compiled["evidently_report_step"].step]
    assert step.entrypoint == "zenml.integrations.evidently.steps.evidently_report:evidently_report_step"


def test_files_that_only_mention_the_name(compile_text: Any) -> None:
    """The script is found, however many files mention the pipeline's name, wait, or can't be parsed."""
    definition, script = OLD.split("if __name__")
    files = {f"a_{i}.py": "def training(x):\n    while True:\n        x += 1\ntraining(0)\n" for i in range(60)}
    files |= {
        "b_broken.py": "from run import training\nprint 'x'\n",
        "z/main.py": f"from run import *\nif __name__{script}",
    }
    compiled = compile_text(definition, header=False, name="training", files=files)
    assert compiled.ids == ["load", "train"]
    assert not compiled.report.diagnostics


def test_a_quoted_annotation_that_names_nothing(compile_text: Any) -> None:
    """The input takes anything, and a warning says so; Python itself never evaluates what is in quotes."""
    text = "@step\ndef show(data: 'pd.DataFrame') -> None:\n    print(data)\n@pipeline\ndef p():\n    show(load())\n"
    compiled = compile_text(text, name="p")
    assert compiled.input("show", "data") == "load.output"
    assert [d.code for d in compiled.report.diagnostics] == ["ZC0235"]


CACHED = """
from zenml.pipelines import pipeline
from zenml.steps import StepContext, step

@step
def load(context: StepContext) -> int:
    return 1

@step(enable_cache=True)
def keep(context: StepContext, x: int) -> int:
    return x

@step
def plain(x: int) -> int:
    return x

@pipeline{options}
def flow(load, keep, plain, made):
    made(plain(keep(load())))

instance = flow(load(), keep(), plain(), made=plain(name="other", enable_cache=False))
{run}
"""


@pytest.mark.parametrize(
    ("options", "run", "cached"),
    [
        ("", "instance.run()", [False, True, True, False]),
        ("(enable_cache=True)", "instance.run()", [False, True, True, False]),
        ("(enable_cache=False)", "instance.run()", [False, True, False, False]),
        ("", "instance.run(enable_cache=True)", [True, True, True, True]),
        ("", "instance.run(enable_cache=False)", [False, False, False, False]),
        ("", "instance.configure(enable_cache=False)\ninstance.run()", [False, True, False, False]),
    ],
)
def test_cache(compile_text: Any, options: str, run: str, cached: list[bool]) -> None:
    """A step with a context isn't cached unless it says so; what `run()` is given counts most."""
    compiled = compile_text(CACHED.format(options=options, run=run), header=False, name="flow")
    assert [compiled[id_].cache.enabled for id_ in ("load", "keep", "plain", "made")] == cached


def test_run_options(compile_text: Any) -> None:
    """`run(extra=…, settings=…)` adds to what the pipeline says; what was for orchestrators has no effect."""
    changed = OLD.replace('.run(run_name="x")', '.run(extra={"a": 1}, settings={"docker": {"user": "me"}}, pod=2)')
    compiled = compile_text(changed, header=False)
    assert compiled.pipeline.extra == {"a": 1}
    assert compiled.pipeline.environments["default"].user == "me"
    assert [one.code for one in compiled.report.diagnostics] == ["ZC0201"]


def test_runs_of_one_pipeline(compile_text: Any) -> None:
    """Each instance that is run is a run of its own; one that is only made is none."""
    script = """
    train_it = lambda rate: training(load=importer(), train=trainer(Config(lr=rate)))
    unused, second, third = train_it(1.0), train_it(2.0), train_it(3.0)
    third.run(run_name="third")
    second.run(run_name="second")
    """
    definitions, _, _ = OLD.partition("    training(load=")
    compiled = compile_text(definitions + script, header=False, name="training")
    assert compiled.pipeline.run_name == "third"
    assert compiled.input("train", "params")["keywords"] == {"lr": 3.0}


def test_configured_with_a_file(compile_text: Any) -> None:
    """`with_config` gives way to what a step was made with, unless it is told to overwrite that."""
    files = {"conf.yaml": "steps: {train: {parameters: {lr: 0.9, epochs: 3, enable_cache: true}}}"}
    changed = OLD.replace('.run(run_name="x")', '.with_config("conf.yaml", overwrite_step_parameters=True).run()')
    compiled = compile_text(changed, header=False, files=files)
    assert compiled.input("train", "params")["keywords"] == {"lr": 0.9, "epochs": 3}
    assert compiled["train"].cache.enabled
    refused = compile_text(changed.replace(", overwrite_step_parameters=True", ""), header=False, files=files)
    assert [error.code for error in refused.report.errors] == ["ZC0309", "ZC0309"]
