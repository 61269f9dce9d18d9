"""Dynamic pipelines: what has a static shape becomes control nodes."""

from __future__ import annotations

from typing import Any

from zencompile.ir.verify import verify

LISTS = """
@step
def numbers() -> List[int]:
    return [1, 2]

@step
def pair(x: int, y: int = 0) -> Tuple[Annotated[int, "s"], Annotated[int, "d"]]:
    return x + y, x - y
"""


def body(*lines: str) -> str:
    return LISTS + "@pipeline(dynamic=True)\ndef p():\n" + "".join(f"    {line}\n" for line in lines)


def sound(compiled: Any) -> Any:
    assert not verify(compiled.pipeline)
    return compiled


def test_map_and_fan_in(compile_text: Any) -> None:
    """S98: a map over a list, and its results given whole."""
    compiled = sound(compile_text(body("r = load.map(n=numbers())", "total(r)"), name="p"))
    (control,) = compiled.pipeline.controls
    assert (control.kind, control.id, control.body, control.product) == ("map", "map:load", ("load",), False)
    assert control.over["n"].invocation == "numbers"
    assert compiled.input("total", "items") == "load.output"
    assert compiled.ids == ["numbers", "load", "total"]


def test_product_unmapped_unpack(compile_text: Any) -> None:
    """S98: every combination, a value given whole, and outputs taken apart."""
    lines = (
        "from zenml import unmapped",
        "xs = numbers()",
        "s, d = pair.product(x=xs, y=unmapped(load())).unpack()",
        "total(d)",
    )
    compiled = sound(compile_text(body(*lines), name="p"))
    (control,) = compiled.pipeline.controls
    assert control.product
    assert list(control.over) == ["x"]
    assert compiled.input("pair", "y") == "load.output"
    assert compiled.input("total", "items") == "pair.d"


def test_futures(compile_text: Any) -> None:
    """A future stands for its outputs; fan-in of several is a list."""
    compiled = sound(compile_text(body("a = load.submit(1)", "b = load.submit(2)", "total([a, b.result()])"), name="p"))
    assert compiled.input("total", "items") == ["load.output", "load_2.output"]


def test_condition(compile_text: Any) -> None:
    """A comparison with a loaded value decides between two branches."""
    compiled = sound(
        compile_text(body("x = load()", "if x.load() > 3:", "    two()", "else:", "    nothing()"), name="p")
    )
    (control,) = compiled.pipeline.controls
    assert (control.kind, control.then, control.otherwise) == ("condition", ("two",), ("nothing",))
    assert control.text == "x.load() > 3"
    assert control.test.operator == ">"
    left, right = control.test.operands
    assert (left.invocation, left.output) == ("load", "output")
    assert right.value == 3


def test_negated_and_nested(compile_text: Any) -> None:
    """`not`, and a map inside a condition."""
    lines = ("x = load()", "if not x.load():", "    if x.load() == 1:", "        load.map(numbers())")
    compiled = sound(compile_text(body(*lines), name="p"))
    outer, inner = [c for c in compiled.pipeline.controls if c.kind == "condition"]
    if outer.test.operator != "not":
        outer, inner = inner, outer
    assert outer.test.operator == "not"
    assert inner.test.operator == "=="
    assert inner.id in outer.then
    assert "map:load_2" in inner.then
    assert "numbers" in inner.then


def test_loop_over_a_value_of_the_run(compile_text: Any) -> None:
    """A loop over a value of the run has no static shape."""
    compiled = compile_text(body("for x in numbers().load():", "    load(x)"), name="p")
    assert compiled.errors == ["ZC0231"]


def test_condition_in_a_static_pipeline(compile_text: Any) -> None:
    """S18: in a static pipeline there is no value to condition on."""
    compiled = compile_text("@pipeline\ndef p():\n    if load().load() > 3:\n        two()\n", name="p")
    assert compiled.errors[0] == "ZC0210"


def test_dynamic_in_static(compile_text: Any) -> None:
    """S101: a dynamic pipeline can't be called in a static one."""
    text = "@pipeline(dynamic=True)\ndef inner():\n    load()\n@pipeline\ndef p():\n    two()\n    inner()\n"
    assert compile_text(text, name="p").errors == ["ZC0221"]
