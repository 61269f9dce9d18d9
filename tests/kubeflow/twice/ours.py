"""The pipelines of `theirs.py`, for this compiler."""

# ruff: noqa: B006 (what users write)

from typing import Annotated

import pandas as pd
from sklearn.base import ClassifierMixin
from zenml import pipeline, step
from zenml.client import Client
from zenml.config import ResourceSettings
from zenml.config.retry_config import StepRetryConfig
from zenml.types import HTMLString, MarkdownString


@step
def load(rows: int) -> pd.DataFrame:
    return pd.DataFrame()


@step
def train(data: pd.DataFrame, rate: float = 0.1) -> ClassifierMixin:
    return ClassifierMixin()


@step
def evaluate(model: ClassifierMixin) -> float:
    return 1.0


@step
def best(one: ClassifierMixin, two: ClassifierMixin, three: ClassifierMixin) -> str:
    return ""


@step
def show(text: str) -> None:
    pass


@step
def describe(count: int, rate: float, name: str, fast: bool, sizes: list[int], extra: dict[str, float]) -> None:
    pass


@step
def toss() -> str:
    return "heads"


@step
def say(text: str) -> str:
    return text


@step
def deploy() -> None:
    pass


@step
def review() -> None:
    pass


@step
def alarm() -> None:
    pass


@step
def double(n: int) -> int:
    return 2 * n


@step
def add(a: int, b: int) -> int:
    return a + b


@step
def numbers() -> list[int]:
    return [1]


@step
def total(values: list) -> int:
    return 0


@step
def split(rows: int) -> tuple[Annotated[int, "head"], Annotated[int, "tail"]]:
    return rows, rows


@step
def pages() -> tuple[
    Annotated[HTMLString, "html"], Annotated[MarkdownString, "markdown"], Annotated[dict[str, float], "scores"]
]:
    return HTMLString(""), MarkdownString(""), {}


@step
def choose(limit: int | None = None, word: str = "all") -> None:
    pass


def clean() -> None:
    pass


@pipeline
def chain(rows: int = 10):
    data = load(rows)
    model = train(data, rate=0.5)
    return evaluate(model)


@pipeline
def fan():
    data = load(100)
    best(*[train(data, rate=rate) for rate in (0.1, 0.2, 0.3)])


@pipeline
def parameters(
    count: int = 3,
    rate: float = 0.5,
    name: str = "a b",
    fast: bool = True,
    sizes: list[int] = [1, 2],
    extra: dict[str, float] = {"a": 1.5},
):
    describe(count, rate, name, fast, sizes, extra)


@pipeline
def required(count: int, name: str):
    describe(count, 1.5, name, False, [], {})


@pipeline(dynamic=True, execution_mode="continue_on_failure")
def conditions():
    score = evaluate(train(load(5))).load()
    if score > 0.9:
        deploy()
    elif score > 0.5:
        review()
    else:
        alarm()


@pipeline(dynamic=True, execution_mode="continue_on_failure")
def condition():
    if toss().load() == "heads":
        deploy()


@pipeline(dynamic=True, execution_mode="continue_on_failure")
def one_of():
    if toss().load() == "heads":
        found = say("it is heads")
    else:
        found = say("it is tails")
    show(found)


@pipeline
def loop():
    for n in (1, 2, 3):
        double(n)


@pipeline(dynamic=True, execution_mode="continue_on_failure")
def loop_over_output():
    double.map(numbers())


@pipeline
def nested_loops():
    for a in (1, 2):
        for b in (10, 20):
            add(a, b)


@pipeline(dynamic=True, execution_mode="continue_on_failure")
def collected():
    total(double.map(numbers()))


@pipeline
def training(rows: int):
    return train(load(rows))


@pipeline
def nested(rows: int = 7):
    first = training(rows)
    second = training(100)
    evaluate(first)
    evaluate(second)


@pipeline(on_cleanup=clean)
def exit_handler(rows: int = 7):
    train(load(rows))


@pipeline
def importer():
    train(Client().get_artifact_version("iris"))


@pipeline
def retries():
    deploy.with_options(retry=StepRetryConfig(max_retries=3, delay=10, backoff=2))()


@pipeline
def resources():
    deploy.with_options(settings={"resources": ResourceSettings(cpu_count=2, memory="4GB", gpu_count=1)})()


@pipeline
def uncached():
    deploy.with_options(enable_cache=False)()
    review()


@pipeline
def variables():
    deploy.with_options(environment={"MODE": "fast", "LEVEL": "2"})()


@pipeline
def platform():
    pod = {
        "node_selectors": {"pool": "gpu"},
        "tolerations": [{"key": "gpu", "operator": "Exists", "effect": "NoSchedule"}],
        "labels": {"team": "ml"},
        "annotations": {"note": "one"},
        "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}],
        "volume_mounts": [{"name": "data", "mountPath": "/data"}],
    }
    deploy.with_options(
        environment={"API_KEY": "{{api.key}}"},
        settings={"orchestrator.kubeflow": {"pod_settings": pod}},
    )()


@pipeline
def documents():
    pages()


@pipeline
def optional(word: str = "some"):
    choose(word=word)
    choose(limit=3)


@pipeline
def order():
    deploy(id="deploy")
    review(after="deploy")
    alarm(after=["deploy", "review"])


@pipeline
def parts():
    head, tail = split(10)
    add(head, tail)
