"""The behaviours of the original that show in the graph and in parameters: one row each, by their numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

PIPE = "@pipeline\ndef p():\n"


def body(*lines: str) -> str:
    return PIPE + "".join(f"    {line}\n" for line in lines)


ROWS: list[tuple[str, str, Callable[[Any], bool]]] = [
    ("S01 the same step twice counts up", body("load()", "load()"), lambda c: c.ids == ["load", "load_2"]),
    ("S02 an id is taken as it is", body('load(id="foo")'), lambda c: c.ids == ["foo"]),
    ("S02 a duplicate id is an error", body('load(id="x")', 'load(id="x")'), lambda c: c.errors == ["ZC0207"]),
    (
        "S03 counting goes around custom ids",
        body('load(id="load")', "load()", 'load(id="load_3")', "load()"),
        lambda c: c.ids == ["load", "load_2", "load_3", "load_4"],
    ),
    (
        "S04 a step's name counts",
        '@step(name="my_name")\ndef s() -> int:\n    return 1\n' + body("s()", "s()"),
        lambda c: c.ids == ["my_name", "my_name_2"],
    ),
    (
        "S05 with_options shares the counter",
        body("load()", "load.with_options(enable_cache=False)()"),
        lambda c: c.ids == ["load", "load_2"] and not c["load_2"].cache.enabled and c["load"].cache.enabled,
    ),
    ("S06 data edges", body("x = load()", "add(x)"), lambda c: c.input("add", "a") == "load.output"),
    (
        "S07 after takes ids, outputs, lists and whole results",
        body("x = load()", "r = two()", 'add(1, after=["load", x])', "add(2, after=r)", 'add(3, after="two")'),
        lambda c: (c["add"].after, c["add_2"].after, c["add_3"].after) == (("load",), ("two",), ("two",)),
    ),
    (
        "S08 after may name a later step",
        body('load(after="two")', "two()"),
        lambda c: c.ids == ["two", "load"],
    ),
    ("S09 an unknown upstream is an error", body('load(after="nope")'), lambda c: c.errors == ["ZC0216"]),
    (
        "S10 a cycle is an error",
        body('load(after="two")', 'two(after="load")'),
        lambda c: c.errors == ["ZC0227"],
    ),
    ("S11 a pipeline without steps is an error", body("pass"), lambda c: c.errors == ["ZC0228"]),
    (
        "S12 after a step without outputs adds no edge, with a warning",
        body("r = nothing()", "load(after=r)"),
        lambda c: c["load"].after == () and c.warnings == ["ZC0214"],
    ),
    (
        "S13 topological layers sorted by id",
        body('x = load(id="m")', 'load(id="z")', 'add(x, id="b")', 'load(id="a")'),
        lambda c: c.ids == ["a", "m", "z", "b"],
    ),
    (
        "S14 a result of several outputs is a list",
        body("r = two()", "x, y = r", "add(r[0], y)", "total(r)"),
        lambda c: (
            (c.input("add", "a"), c.input("add", "b")) == ("two.a", "two.b")
            and c.input("total", "items") == ["two.a", "two.b"]
        ),
    ),
    ("S15 one output can't be unpacked", body("x, y = load()"), lambda c: c.errors == ["ZC0211"]),
    (
        "S16 a list of outputs is a list input",
        body("total([load(), load()])"),
        lambda c: c.input("total", "items") == ["load.output", "load_2.output"],
    ),
    ("S17 outputs and values don't mix in a list", body("total([load(), 3])"), lambda c: c.errors == ["ZC0220"]),
    (
        "S17 outputs can't stand in a dictionary",
        "@step\ndef s(d: dict) -> None: ...\n" + body('s({"k": load()})'),
        lambda c: c.errors == ["ZC0220"],
    ),
    ("S18 a condition on an output is an error", body("if load():", "    two()"), lambda c: "ZC0210" in c.errors),
    ("S18 a comparison with an output is an error", body("x = load() == 1", "two()"), lambda c: c.errors == ["ZC0210"]),
    ("S18 arithmetic on an output is an error", body("add(load() + 1)"), lambda c: c.errors == ["ZC0210"]),
    ("S18 the length of an output is an error", body("add(len(load()))"), lambda c: c.errors == ["ZC0210"]),
    (
        "S20 a pipeline in a pipeline is inlined, without its configuration",
        "@pipeline(enable_cache=False, tags=['inner'])\ndef inner(x):\n    return add(load(x))\n"
        "@pipeline\ndef p():\n    load()\n    y = inner(3)\n    add(y)\n    inner(4)\n",
        lambda c: (
            sorted(c.ids) == ["add", "add_2", "add_3", "load", "load_2", "load_3"]
            and c["load_2"].cache.enabled
            and c.pipeline.tags == ()
            and c.input("add_2", "a") == "add.output"
        ),
    ),
    (
        "S21 an inlined pipeline may take after and forward it",
        "@pipeline\ndef inner(after=None):\n    two(after=after)\n@pipeline\ndef p():\n    load()\n"
        "    inner(after='load')\n",
        lambda c: c["two"].after == ("load",),
    ),
    (
        "S22 a tuple of outputs is returned",
        body("x, y = two()", "return x, y"),
        lambda c: [o.output for o in c.pipeline.outputs] == ["a", "b"],
    ),
    ("S22 a list returns nothing", body("x = load()", "return [x]"), lambda c: c.pipeline.outputs == ()),
    ("S23 prints and loops run when compiling", body("for i in range(3):", "    load(i)"), lambda c: len(c.ids) == 3),
    ("S41 a default stays a default", body("load()"), lambda c: c["load"].inputs == {}),
    ("S42 a missing input is an error", body("add()"), lambda c: c.errors == ["ZC0226"]),
    ("S43 an unknown keyword is an error", body("load(m=1)"), lambda c: c.errors == ["ZC0217"]),
    ("S44 text for an int is stored as it is", body('load("7")'), lambda c: c.input("load", "n") == "7"),
    ("S45 text that is no int", body('load("x")'), lambda c: c.errors == ["ZC0218"]),
    ("S45 a float that is no int", body("load(1.5)"), lambda c: c.errors == ["ZC0218"]),
    ("S45 None for an int", body("load(None)"), lambda c: c.errors == ["ZC0218"]),
    (
        "S46 `int = None` is accepted, as in old releases",
        "@step\ndef s(a: int = None) -> None: ...\n" + body("s()"),
        lambda c: c.ids == ["s"],
    ),
    (
        "S47 constraints of a field hold",
        "from pydantic import Field\n@step\ndef s(a: Annotated[int, Field(gt=0)]) -> None: ...\n" + body("s(0)"),
        lambda c: c.errors == ["ZC0218"],
    ),
    (
        "S48 a model is stored as the keywords written",
        "from pydantic import BaseModel\nclass C(BaseModel):\n    lr: float = 0.1\n    n: int = 2\n"
        "@step\ndef s(c: C) -> None: ...\n" + body("s(C(lr=0.5))"),
        lambda c: c.input("s", "c") == {"$": "model", "class": "run:C", "keywords": {"lr": 0.5}},
    ),
    (
        "S48 a dictionary for a model is accepted",
        "from pydantic import BaseModel\nclass C(BaseModel):\n    lr: float = 0.1\n"
        "@step\ndef s(c: C) -> None: ...\n" + body("s({'lr': 0.5})"),
        lambda c: c.input("s", "c") == {"lr": 0.5},
    ),
    (
        "S49 an object that is no data is an error",
        "class O:\n    pass\n@step\ndef s(o) -> None: ...\n" + body("s(O())"),
        lambda c: c.errors == ["ZC0220"],
    ),
    (
        "S51 a tuple stays a tuple",
        "@step\ndef s(o) -> None: ...\n" + body("s((1, 2))"),
        lambda c: c.input("s", "o") == {"$": "tuple", "items": [1, 2]},
    ),
    ("S52 *args are refused", "@step\ndef s(*a) -> None: ...\n" + body("s()"), lambda c: c.errors == ["ZC0203"]),
    ("S52 after is reserved", "@step\ndef s(after) -> None: ...\n" + body("s()"), lambda c: c.errors == ["ZC0203"]),
    (
        "S52 a pipeline may take *args and **kwargs",
        "@pipeline\ndef p(*a, **k):\n    load()\n",
        lambda c: c.ids == ["load"],
    ),
    (
        "S55 an unmaterialized input takes no value",
        "from zenml.artifacts.unmaterialized_artifact import UnmaterializedArtifact\n"
        "@step\ndef s(u: UnmaterializedArtifact) -> None: ...\n" + body("s(1)"),
        lambda c: c.errors == ["ZC0219"],
    ),
    (
        "S56 an external artifact",
        body("add(ExternalArtifact(value=5))"),
        lambda c: c["add"].inputs["a"].kind == "external" and c["add"].inputs["a"].value == 5,
    ),
    (
        "S57 a look-up through the client",
        body('add(Client().get_artifact_version("nm").run_metadata["k"])'),
        lambda c: (
            c["add"].inputs["a"].chain
            == ({"name": "get_artifact_version"}, {"call": [["nm"], {}]}, {"attribute": "run_metadata"}, {"item": "k"})
        ),
    ),
    (
        "S58 a look-up through the model",
        "@pipeline(model=Model(name='m', version='latest'))\ndef p():\n"
        "    add(get_pipeline_context().model.get_artifact('mi'))\n",
        lambda c: (
            c["add"].inputs["a"].source == "model"
            and c["add"].inputs["a"].chain == ({"attribute": "get_artifact"}, {"call": [["mi"], {}]})
            and c.pipeline.model == {"name": "m", "version": "latest"}
        ),
    ),
    (
        "S94 a class-based step",
        "from zenml.steps import BaseStep\nclass MyStep(BaseStep):\n"
        "    def entrypoint(self, x: int) -> int:\n        return x\n"
        + body('MyStep(name="zz")(x=5)', "MyStep()(x=6)"),
        lambda c: c.ids == ["MyStep", "zz"] and c.pipeline.steps[c["zz"].step].entrypoint == "run:MyStep",
    ),
    (
        "S94 step(func)",
        "def raw(x: int) -> int:\n    return x\nwrapped = step(raw)\n" + body("wrapped(1)"),
        lambda c: c.ids == ["raw"],
    ),
    (
        "S94 an async step",
        "@step\nasync def s() -> int:\n    return 1\n" + body("s()"),
        lambda c: c.outputs("s") == ["output"],
    ),
    ("S94 a lambda is no step", body("step(lambda: 1)()"), lambda c: c.errors == ["ZC0206"]),
    (
        "S94 a local function is no step",
        body("@step", "def inner() -> int:", "    return 1", "inner()"),
        lambda c: c.errors == ["ZC0206"],
    ),
    (
        "S94 a command step needs a step operator",
        "from zenml import CommandStep\n" + body('CommandStep(command=["ls"], name="c")()'),
        lambda c: c.errors == ["ZC0222"],
    ),
    ("S101 map needs a dynamic pipeline", body("load.map(two())"), lambda c: c.errors[0] == "ZC0213"),
    ("S107 start_after needs a dynamic pipeline", body("load(start_after='x')"), lambda c: c.errors == ["ZC0213"]),
]


@pytest.mark.parametrize(("text", "holds"), [pytest.param(t, h, id=n) for n, t, h in ROWS])
def test_graph(compile_text: Any, text: str, holds: Callable[[Any], bool]) -> None:
    """The row's sentence is true."""
    compiled = compile_text(text, name="p")
    assert holds(compiled), compiled.report.diagnostics


OUTPUTS: list[tuple[str, str, str, list[str] | str]] = [
    ("S24", "int", "return 1", ["output"]),
    ("S25", "Tuple[int, str]", 'return 1, "a"', ["output_0", "output_1"]),
    ("S26", "Tuple[int, str]", "t = (1, 2)\n    return t", ["output"]),
    ("S27 call", "Tuple[int, str]", "return tuple([1, 2])", ["output"]),
    ("S27 list", "Tuple[int, str]", "return [1, 2]", ["output"]),
    ("S27 one", "Tuple[int]", "return (1,)", ["output"]),
    ("S27 nested", "Tuple[int, str]", "def f():\n        return 1, 2\n    return f()", ["output"]),
    ("S28", "Tuple[int, str]", "if True:\n        return 1, 2\n    return tuple()", ["output_0", "output_1"]),
    ("S29", 'Tuple[int, Annotated[int, "a"], str]', "return 1, 2, 3", ["output_0", "a", "output_2"]),
    ("S30 pair", 'Annotated[Tuple[int, int], "pair"]', "return 1, 2", ["pair"]),
    ("S30 named tuple", "NT", "return NT(1)", ["output"]),
    ("S31 literal", "Tuple[int, ...]", "return 1, 2", "ZC0205"),
    ("S31 variable", "Tuple[int, ...]", "x = (1,)\n    return x", ["output"]),
    ("S32 twice", 'Tuple[Annotated[int, "a"], Annotated[int, "a"]]', "return 1, 2", "ZC0205"),
    ("S32 two names", 'Annotated[int, "a", "b"]', "return 1", "ZC0205"),
    ("S32 no text", "Annotated[int, 5]", "return 1", "ZC0205"),
    ("S33 None", "None", "pass", []),
    ("S33 bare", "", "return", []),
    ("S33 something", "", "return 1", ["output"]),
    ("S36 config", 'Annotated[int, ArtifactConfig(name="x", version="7", tags=["t"])]', "return 1", ["x"]),
    ("S38 template", 'Annotated[int, "art_{date}_{k}"]', "return 1", ["art_{date}_{k}"]),
    ("S40 optional", "Optional[Dict[str, int]]", "return {}", ["output"]),
    ("empty name", 'Annotated[int, ""]', "return 1", ["output"]),
    ("builtin tuple", "tuple[int, str]", "return 1, 2", ["output_0", "output_1"]),
    ("text", '"Tuple[int, str]"', "return 1, 2", ["output_0", "output_1"]),
]


@pytest.mark.parametrize(("returned", "code", "expected"), [pytest.param(*row[1:], id=row[0]) for row in OUTPUTS])
def test_outputs(compile_text: Any, returned: str, code: str, expected: list[str] | str) -> None:
    """The outputs of a step follow from its annotation and its return statements."""
    arrow = f" -> {returned}" if returned else ""
    text = f"class NT(NamedTuple):\n    x: int\n@step\ndef s(){arrow}:\n    {code}\n" + body("s()")
    compiled = compile_text(text, name="p")
    if isinstance(expected, str):
        assert compiled.errors == [expected]
    else:
        assert compiled.outputs("s") == expected
