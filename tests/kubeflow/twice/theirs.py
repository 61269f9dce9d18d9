"""Pipelines in the DSL of the KFP SDK, those of `ours.py`. Run in its environment: prints their specs as JSON."""

# ruff: noqa: B006, B905, PTH118, PTH123, UP006, UP035, UP045 (the SDK reads what stands here)

import json
import logging
import os
import sys
import tempfile
from typing import Dict, List, NamedTuple, Optional

import yaml
from kfp import compiler, dsl, kubernetes
from kfp.dsl import HTML, Dataset, Input, Markdown, Metrics, Model, Output

component = dsl.component(base_image="python:3.11")


@component
def load(rows: int, output: Output[Dataset]):
    pass


@component
def train(data: Input[Dataset], output: Output[Model], rate: float = 0.1):
    pass


@component
def evaluate(model: Input[Model]) -> float:
    return 1.0


@component
def best(one: Input[Model], two: Input[Model], three: Input[Model]) -> str:
    return ""


@component
def show(text: str):
    pass


@component
def describe(count: int, rate: float, name: str, fast: bool, sizes: list, extra: dict):
    pass


@component
def toss() -> str:
    return "heads"


@component
def say(text: str) -> str:
    return text


@component
def deploy():
    pass


@component
def review():
    pass


@component
def alarm():
    pass


@component
def double(n: int) -> int:
    return 2 * n


@component
def add(a: int, b: int) -> int:
    return a + b


@component
def numbers() -> list:
    return [1]


@component
def total(values: list) -> int:
    return 0


@component
def split(rows: int) -> NamedTuple("Parts", [("head", int), ("tail", int)]):
    return rows, rows


@component
def clean(status: dsl.PipelineTaskFinalStatus):
    pass


@component
def pages(html: Output[HTML], markdown: Output[Markdown], scores: Output[Metrics]):
    pass


@component
def choose(limit: Optional[int] = None, word: str = "all"):
    pass


@dsl.pipeline
def chain(rows: int = 10) -> float:
    data = load(rows=rows)
    model = train(data=data.outputs["output"], rate=0.5)
    return evaluate(model=model.outputs["output"]).output


@dsl.pipeline
def fan():
    data = load(rows=100)
    models = [train(data=data.outputs["output"], rate=rate) for rate in (0.1, 0.2, 0.3)]
    best(**{name: one.outputs["output"] for name, one in zip(("one", "two", "three"), models)})


@dsl.pipeline
def parameters(
    count: int = 3,
    rate: float = 0.5,
    name: str = "a b",
    fast: bool = True,
    sizes: List[int] = [1, 2],
    extra: Dict[str, float] = {"a": 1.5},
):
    describe(count=count, rate=rate, name=name, fast=fast, sizes=sizes, extra=extra)


@dsl.pipeline
def required(count: int, name: str):
    describe(count=count, rate=1.5, name=name, fast=False, sizes=[], extra={})


@dsl.pipeline
def conditions():
    data = load(rows=5)
    model = train(data=data.outputs["output"])
    score = evaluate(model=model.outputs["output"])
    with dsl.If(score.output > 0.9):
        deploy()
    with dsl.Elif(score.output > 0.5):
        review()
    with dsl.Else():
        alarm()


@dsl.pipeline
def condition():
    with dsl.If(toss().output == "heads"):
        deploy()


@dsl.pipeline
def one_of():
    with dsl.If(toss().output == "heads"):
        one = say(text="it is heads")
    with dsl.Else():
        other = say(text="it is tails")
    found = dsl.OneOf(one.output, other.output)
    show(text=found)


@dsl.pipeline
def loop():
    with dsl.ParallelFor([1, 2, 3]) as n:
        double(n=n)


@dsl.pipeline
def loop_over_output():
    with dsl.ParallelFor(numbers().output) as n:
        double(n=n)


@dsl.pipeline
def nested_loops():
    with dsl.ParallelFor([1, 2]) as a, dsl.ParallelFor([10, 20]) as b:
        add(a=a, b=b)


@dsl.pipeline
def collected():
    with dsl.ParallelFor(numbers().output) as n:
        twice = double(n=n)
    total(values=dsl.Collected(twice.output))


@dsl.pipeline
def training(rows: int) -> Model:
    data = load(rows=rows)
    return train(data=data.outputs["output"]).outputs["output"]


@dsl.pipeline
def nested(rows: int = 7):
    first = training(rows=rows)
    second = training(rows=100)
    evaluate(model=first.output)
    evaluate(model=second.output)


@dsl.pipeline
def exit_handler(rows: int = 7):
    with dsl.ExitHandler(clean().set_caching_options(False)):
        data = load(rows=rows)
        train(data=data.outputs["output"])


@dsl.pipeline
def importer():
    data = dsl.importer(artifact_uri="gs://bucket/iris.csv", artifact_class=Dataset)
    train(data=data.output)


@dsl.pipeline
def retries():
    deploy().set_retry(num_retries=3, backoff_duration="10s", backoff_factor=2, backoff_max_duration="3600s")


@dsl.pipeline
def resources():
    task = deploy().set_cpu_request("2").set_cpu_limit("2").set_memory_request("4G").set_memory_limit("4G")
    task.set_accelerator_type("nvidia.com/gpu").set_accelerator_limit(1)


@dsl.pipeline
def uncached():
    deploy().set_caching_options(False)
    review()


@dsl.pipeline
def variables():
    deploy().set_env_variable("MODE", "fast").set_env_variable("LEVEL", "2")


@dsl.pipeline
def platform():
    task = deploy()
    kubernetes.use_secret_as_env(task, "api", {"key": "API_KEY"})
    kubernetes.mount_pvc(task, pvc_name="data", mount_path="/data")
    kubernetes.add_node_selector(task, "pool", "gpu")
    kubernetes.add_toleration(task, key="gpu", operator="Exists", effect="NoSchedule")
    kubernetes.add_pod_label(task, "team", "ml")
    kubernetes.add_pod_annotation(task, "note", "one")


@dsl.pipeline
def documents():
    pages()


@dsl.pipeline
def optional(word: str = "some"):
    choose(word=word)
    choose(limit=3)


@dsl.pipeline
def order():
    first = deploy()
    second = review().after(first)
    alarm().after(first, second)


@dsl.pipeline
def parts():
    made = split(rows=10)
    add(a=made.outputs["head"], b=made.outputs["tail"])


def specs() -> dict:
    """The documents of each pipeline, by its name."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, value in list(globals().items()):
            if type(value).__name__ == "GraphComponent" and name != "training":
                path = os.path.join(folder, f"{name}.yaml")
                compiler.Compiler().compile(value, path)
                with open(path) as file:
                    found[name] = list(yaml.load_all(file, getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    return found


if __name__ == "__main__":
    logging.disable()
    out, sys.stdout = sys.stdout, sys.stderr
    json.dump(specs(), out)
