"""Run inside the KFP SDK's environment: pipelines of its DSL, compiled into a folder. No rule of the server is to find
anything in them.

python sdk_pipelines.py FOLDER
"""

import sys
from typing import List, NamedTuple  # noqa: UP035

from kfp import compiler, dsl, kubernetes
from kfp.dsl import Artifact, Dataset, Input, Model, Output


@dsl.component
def numbers(count: int = 3) -> List[int]:  # noqa: UP006
    return list(range(count))


@dsl.component
def double(x: int) -> int:
    return 2 * x


@dsl.component
def total(xs: List[int]) -> int:  # noqa: UP006
    return sum(xs)


@dsl.component
def flip(word: str = "heads") -> str:
    return word


@dsl.component
def make(data: Output[Dataset], text: str = "$(A) costs $5") -> None:
    with open(data.path, "w") as file:  # noqa: PTH123
        file.write(text)


@dsl.component
def train(data: Input[Dataset], model: Output[Model], rate: float = 0.1) -> NamedTuple("Scores", [("score", float)]):
    return (rate,)


@dsl.component
def note(status: dsl.PipelineTaskFinalStatus) -> None:
    print(status.state)


@dsl.component
def join(parts: Input[List[Dataset]]) -> int:  # noqa: UP006
    return len(parts)


@dsl.component
def look(thing: Input[Artifact], label: str = "none", flag: bool = False, options: dict = {}) -> None:  # noqa: B006
    print(thing.uri, label, flag, options)


@dsl.pipeline
def chain(rate: float = 0.5, words: List[str] = ["a"]) -> float:  # noqa: B006, UP006
    made = make(text="{{not a placeholder}}")
    trained = train(data=made.outputs["data"], rate=rate).set_retry(3, "5s", 2.0).set_caching_options(False)
    trained.set_cpu_limit("1").set_memory_limit("1Gi").set_accelerator_type("nvidia.com/gpu").set_accelerator_limit(1)
    look(thing=trained.outputs["model"], label="x", flag=True, options={"a": [1, "b"]}).after(made)
    return trained.outputs["score"]


@dsl.pipeline
def branches(limit: int = 3, word: str = "tails") -> str:
    flipped = flip(word=word)
    with dsl.If(flipped.output == "heads"):
        one = flip(word="one")
    with dsl.Elif(limit > 2):
        two = flip(word="two")
    with dsl.Else():
        three = flip(word="three")
    chosen = dsl.OneOf(one.output, two.output, three.output)
    last = flip(word=chosen)
    return last.output


@dsl.pipeline
def loops(count: int = 3) -> int:
    made = numbers(count=count)
    with dsl.ParallelFor(items=made.output, parallelism=2) as item:
        doubled = double(x=item)
        with dsl.If(doubled.output > 2):
            double(x=doubled.output)
        with dsl.ParallelFor(items=[{"a": 1, "b": 2}, {"a": 3, "b": 4}]) as inner:
            double(x=inner.a)
        data = make().set_caching_options(False)  # or one artifact would be twice in the list (MLMD: AlreadyExists)
    join(parts=dsl.Collected(data.outputs["data"]))
    return total(xs=dsl.Collected(doubled.output)).output


@dsl.pipeline
def inner_steps(x: int, data: Input[Dataset]) -> int:
    look(thing=data)
    return double(x=x).output


@dsl.pipeline
def nested(x: int = 2) -> int:
    made = make()
    return double(x=inner_steps(x=x, data=made.outputs["data"]).output).output


@dsl.pipeline
def ending(uri: str = "gs://bucket/data") -> None:
    last = note()
    with dsl.ExitHandler(last, name="the steps"):
        imported = dsl.importer(artifact_uri=uri, artifact_class=Dataset, reimport=True)
        train(data=imported.output)


@dsl.pipeline
def settled() -> None:
    task = flip()
    kubernetes.use_secret_as_env(task, "keys", {"key": "API_KEY"})
    kubernetes.mount_pvc(task, "data", "/data")
    kubernetes.add_node_selector(task, "disk", "ssd")
    kubernetes.add_toleration(task, key="gpu", operator="Exists", effect="NoSchedule")
    kubernetes.add_pod_label(task, "team", "a")
    kubernetes.set_timeout(task, 60)
    kubernetes.set_image_pull_policy(task, "Always")
    task.set_env_variable("MODE", "$(HOME)")


if __name__ == "__main__":
    for pipeline in (chain, branches, loops, nested, ending, settled):
        compiler.Compiler().compile(pipeline, f"{sys.argv[1]}/{pipeline.name}.yaml")
