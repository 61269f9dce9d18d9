"""One artifact that a task is given several times is one input of it: MLMD records it once."""

from __future__ import annotations

from pathlib import Path

from kubeflow_projects import Compiled, value
from kubeflow_samples import Compiled as Lowered
from kubeflow_samples import call, kind, pipeline, step

from zencompile.ir import ListValue, OutputRef

PROGRAM = """
from zenml import pipeline, step

@step
def num(n: int) -> int:
    return n

@step
def lst(n: int) -> list[int]:
    return list(range(n))

@step
def use(v: int) -> int:
    return v + 1

@step
def total(vs: list[int]) -> int:
    return sum(vs)

@step
def pair(x: int, y: int) -> int:
    return x * 100 + y

@pipeline(dynamic=True, enable_cache=False)
def demo():
    n = num(5)
    before = use(1)
    if n.load() > 3:
        q = use(10, id="ten")
        r = q
    else:
        q = use(20, id="twenty")
        r = before
    pair(q, r, id="left")
    total([q, r, q, n], id="lists")
    l = lst(3)
    total(pair.map(x=l, y=l, id="mapped"), id="of_map")
    total(pair.product(x=l, y=l), id="of_product")
    m = use.map(v=l)
    total(pair.product(x=m, y=m), id="of_lists")
    if n.load() > 4:
        pair(n, n, id="inside")
"""
PAIR = [step("load", {}, {"output": kind("int")}), step("pair", {"x": kind("any"), "y": kind("any")})]
LOADED = OutputRef(invocation="load", output="output")


def test_tasks_get_one_artifact_as_often_as_the_program_says(tmp_path: Path) -> None:
    run = Compiled(tmp_path, {"run.py": PROGRAM}).run()
    found = {path: value(run[path].made["output-artifact"]) for path in ("left", "lists")}
    assert found == {"left": 1111, "lists": 38}
    totals = [value(run[path].made["output-artifact"]) for path in ("of-map", "of-product", "of-lists")]
    assert totals == [303, 909, 1818]


def test_one_input_serves_every_place_that_is_given_it() -> None:
    """Of the first invocation of a step too, which else says nothing of its artifacts."""
    for id_ in ("pair", "other"):
        for x, y, names in (
            (LOADED, LOADED, ["x"]),
            (LOADED, ListValue(items=(LOADED, LOADED)), ["x"]),
            (ListValue(items=(LOADED, LOADED)), LOADED, ["x-0"]),
        ):
            made = Lowered(pipeline(PAIR, [call("load"), call(id_, "pair", {"x": x, "y": y})]))
            assert list(made.task(id_)["inputs"]["artifacts"]) == names
            assert list(made.component(id_)["inputDefinitions"]["artifacts"]) == names
            one = {"from": names[0]}
            assert made.flag(id_, "--input=y") == (one if y is LOADED else {"list": [one, one]})
