"""Ways in which programs use the framework's objects."""

from __future__ import annotations

from typing import Any

import pytest

WRAPS = """
import functools
from elsewhere import traced

def logged(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)
    return wrapper

@step
@traced
def a(x: int) -> int:
    return x

@traced(level=1)
@step(enable_cache=False)
def b(x: int) -> int:
    return x

@step
@logged
def c(x: int) -> int:
    return x

@logged
@step
def d(x: int) -> int:
    return x

@pipeline
@logged
def p(n: int = 1):
    d(c(b(a(n))))
"""


def test_decorators_around_steps(compile_text: Any) -> None:
    """Decorators that are not read are passed over; those that are keep the name and signature below them."""
    compiled = compile_text(WRAPS, name="p")
    assert compiled.ids == ["a", "b", "c", "d"]
    assert compiled.input("a", "x") == "$n"
    assert compiled.input("d", "x") == "c.output"
    assert not compiled["b"].cache.enabled
    assert {s.entrypoint for s in compiled.pipeline.steps.values()} == {"run:a", "run:b", "run:c", "run:d"}


def test_a_module_read_in_an_undecided_branch(compile_text: Any) -> None:
    """What a branch that may not happen makes be evaluated of a module stays known after it."""
    text = (
        "VALUE = 3\ndef show():\n    print(VALUE)\n"
        "@pipeline\ndef p():\n    if Client().get_model('m'):\n        show()\n    load(VALUE)\n"
    )
    assert compile_text(text, name="p").input("load", "n") == 3


def test_undecided_call(compile_text: Any) -> None:
    """Whether a step is called may not depend on what only running tells."""
    compiled = compile_text(
        "@pipeline\ndef p():\n    if Client().get_model('m'):\n        load()\n    two()\n", name="p"
    )
    assert compiled.errors == ["ZC0212"]


def test_parameter_without_value(compile_text: Any) -> None:
    """A parameter without a value may be handed on, but may decide nothing."""
    text = "@pipeline\ndef p(n: int, m: int):\n    print(f'{n}')\n    load(n)\n%s"
    compiled = compile_text(text % "", name="p")
    assert compiled.input("load", "n") == "$n"
    assert compiled.pipeline.parameters[0].default is None
    assert compile_text(text % "    if m > 3:\n        print(m)\n", name="p").errors == ["ZC0232"]


def test_values_that_are_not_known(compile_text: Any) -> None:
    """The DAG is known where a value is not; compiling it is refused, with the value's place."""
    compiled = compile_text("import sys\n@pipeline\ndef p():\n    load(hash('a text'))\n", name="p")
    assert not compiled.report.errors
    (pipeline,) = compiled.pipelines
    assert [i.id for i in pipeline.invocations] == ["load"]
    assert [p.code for p in pipeline.problems] == ["ZC0208"]
    assert pipeline.invocations[0].inputs["n"].value == {"$": "unknown", "text": "hash('a text')"}


def test_names_of_modules_that_are_not_read(compile_text: Any) -> None:
    """What such a module calls so is imported where the step runs; a class's object is made there."""
    text = (
        "import torch\n@step\ndef s(a, b, c) -> None: ...\n"
        "@pipeline\ndef p():\n    s(torch.float32, torch.Size(n=1), [torch.int8])\n"
    )
    compiled = compile_text(text, name="p")
    assert compiled.input("s", "a") == {"$": "symbol", "path": "torch.float32"}
    assert compiled.input("s", "b") == {"$": "model", "class": "torch:Size", "keywords": {"n": 1}}
    assert compiled.input("s", "c") == [{"$": "symbol", "path": "torch.int8"}]


def test_undefined_name_in_an_annotation(compile_text: Any) -> None:
    """Importing the module would fail."""
    compiled = compile_text("@step\ndef s() -> pd.DataFrame: ...\n@pipeline\ndef p():\n    s()\n", name="p")
    assert compiled.errors == ["ZC0102"]


def test_what_was_built_on_tfx(compile_text: Any) -> None:
    """Pipelines of the first releases are recognised and refused."""
    text = (
        "from zenml.pipelines import TrainingPipeline\np = TrainingPipeline(name='x')\np.add_datasource(1)\np.run()\n"
    )
    assert compile_text(text, header=False).errors[0] == "ZC0233"


def test_suggestion_for_a_keyword(compile_text: Any) -> None:
    """An unknown keyword is pointed at, with the name that was meant."""
    compiled = compile_text("@pipeline\ndef p():\n    add(aa=1, b=2)\n", name="p")
    first = compiled.report.errors[0]
    assert (first.code, first.label, first.helps) == (
        "ZC0217",
        "not a parameter of `add(a, b)`",
        ("did you mean `a`?",),
    )
    assert first.span.end_column - first.span.column == len("aa")


def test_mutation_after_the_call(compile_text: Any) -> None:
    """What a step was given is what it was at the call."""
    compiled = compile_text(
        "@pipeline\ndef p():\n    xs = [1]\n    total(xs)\n    xs.append(2)\n    total(xs)\n", name="p"
    )
    assert (compiled.input("total", "items"), compiled.input("total_2", "items")) == ([1], [1, 2])


def test_docker_requirements(compile_text: Any) -> None:
    """Requirements come from lists, files, integrations and pyproject.toml."""
    text = (
        "d = DockerSettings(requirements='requirements.txt', required_integrations=['sklearn'],\n"
        "    pyproject_path='pyproject.toml')\n"
        "@pipeline(settings={'docker': d})\ndef p():\n    load()\n"
    )
    files = {
        "requirements.txt": "pandas==2.2  # frames\n-r more.txt\n\n",
        "more.txt": "numpy\n",
        "pyproject.toml": '[project]\nname = "x"\ndependencies = ["click"]\n',
    }
    compiled = compile_text(text, name="p", files=files)
    assert compiled.pipeline.environments["default"].requirements == ("scikit-learn", "click", "pandas==2.2", "numpy")


CHANGED = """
import somebody

CONFIG = {"rates": [1, 2]}
OWN = {"rates": CONFIG["rates"]}
SAFE = [3]
somebody.configure(CONFIG)

@step
def show(value: object) -> None: ...

@pipeline
def p():
    show(SAFE)
    show(%s)
"""


@pytest.mark.parametrize(
    "argument", ["CONFIG", "CONFIG['rates']", "OWN", "[CONFIG]", "len(CONFIG)", "CONFIG['rates'][0]"]
)
def test_what_a_library_may_have_changed_is_told_with_both_lines(compile_text: Any, argument: str) -> None:
    """A step that is given an object which something unknown may have changed is told so, where and since when."""
    compiled = compile_text(CHANGED % argument, name="p")
    (problem,) = compiled.pipelines[0].problems
    assert problem.code == "ZC0208"
    assert "`somebody.configure()`, which is not read, may have changed it" in problem.notes
    ((place, text),) = problem.labels
    assert text == "since this line"
    assert compiled.report.sources[place.file].lines[place.line - 1] == "somebody.configure(CONFIG)"


def test_what_no_library_touches_is_handed_on(compile_text: Any) -> None:
    assert not compile_text(CHANGED % "[4]", name="p").pipelines[0].problems


MODELS = """
import time
from dataclasses import dataclass, field
from pydantic import BaseModel, Field, field_validator
import nowhere

@dataclass
class P:
    x: int
    y: list = field(default_factory=list)
    w: int = 5

@dataclass
class Q:
    a: int
    z: int = field(init=False)
    t: int = 0

    def __post_init__(self):
        self.z = self.a * 100
        self.a *= 2

changed = P(1)
changed.x = 99
changed.y.append(4)
hooked = Q(3)
late = Q(3)
late.t = 4

@dataclass
class R:
    names: list
    made: float = 0.0
    count: int = 0

    def __post_init__(self):
        self.names.append("more")
        self.made = time.time()

class Own(BaseModel):
    a: int

    def __init__(self, b):
        super().__init__(a=b * 2)

class Checked(BaseModel):
    low: int = 0
    high: int = 10

    @field_validator("high")
    @classmethod
    def check(cls, value):
        return min(value, 100)

class Doubled(Checked):
    @field_validator("low")
    @classmethod
    def double(cls, value):
        return value * 2

class Named(BaseModel):
    lr: float = Field(0.1, alias="rate")

moved = Checked(high=300)
moved.low = 5
twice = Doubled(low=1)
twice.high = 5

@step
def show(value: object) -> None: ...

@pipeline
def p():
    show(%s)
"""


@pytest.mark.parametrize(
    ("name", "keywords"),
    [
        ("changed", {"x": 99, "y": [4]}),
        ("P(2)", {"x": 2}),
        ("hooked", {"a": 3}),
        ("R(['a'])", {"names": ["a"]}),
        ("Own(4)", {}),
        ("Own(b=4)", {"b": 4}),
        ("Checked(high=300)", {"high": 300}),
        ("moved", {"low": 5, "high": 100}),
        ("Named(rate='2')", {"rate": 2.0}),
        ("Checked(**{'low': 3})", {"low": 3}),
    ],
)
def test_a_model_is_told_as_it_is_when_a_step_is_given_it(
    compile_text: Any, name: str, keywords: dict[str, Any]
) -> None:
    """What was changed after it had been made counts; what `__post_init__` does it does again where the step runs."""
    compiled = compile_text(MODELS % name, name="p")
    assert compiled.input("show", "value")["keywords"] == keywords


@pytest.mark.parametrize(
    ("name", "code"),
    [("late", "ZC0220"), ("twice", "ZC0220"), ("Checked(**nowhere.OPTIONS)", "ZC0208"), ("P(**nowhere.A)", "ZC0208")],
)
def test_a_model_that_can_not_be_made_anew_is_refused(compile_text: Any, name: str, code: str) -> None:
    """Its class would make something else of what it holds, or it is not known what it was given."""
    (problem,) = compile_text(MODELS % name, name="p").pipelines[0].problems
    assert problem.code == code


def test_what_a_model_finds_out_while_it_is_made_is_told(compile_text: Any) -> None:
    """It finds it out again where the step runs."""
    compiled = compile_text(MODELS % "R([])", name="p")
    assert [d.code for d in compiled.report.diagnostics] == ["ZC0230"]


CAUGHT = """
LOG = []

@step
def show(value: object) -> None: ...

@pipeline
def p(n: int = 0):
    show(n)
    if n == 1:
        raise ValueError("no")
    show(list(LOG))

if __name__ == "__main__":
    for i in range(3):
        try:
            p(i)
        except ValueError as error:
            LOG.append(str(error))
"""


def test_a_run_that_raises_and_is_caught_is_no_run(compile_text: Any) -> None:
    compiled = compile_text(CAUGHT, arguments=())
    assert compiled.errors == []
    assert [p.name for p in compiled.pipelines] == ["p", "p_2"]
    assert [p.invocations[1].inputs["value"].value for p in compiled.pipelines] == [[], ["no"]]


def test_classes_that_take_the_name_of_their_base(compile_text: Any) -> None:
    """Each is read once, however many there are."""
    again = "class A(A):\n    def __init__(self):\n        super().__init__()\n"
    text = f"class A: pass\n{again * 12}x = A()\n@step\ndef one() -> int: ...\n@pipeline\ndef p():\n    one()\n"
    assert compile_text(text, name="p").ids == ["one"]


@pytest.mark.parametrize(
    "statement",
    [
        "def f(a, a): ...",
        "return 1",
        "def f():\n    nonlocal x",
        "def f():\n    x = 1\n    global x",
        "[y := 1 for y in range(3)]",
        "*a = [1]",
        "def f():\n    from math import *",
        "f(a=1, a=2)",
        "match 1:\n    case x: ...\n    case 2: ...",
        "break",
    ],
)
def test_what_the_compiler_of_python_refuses_is_a_syntax_error(compile_text: Any, statement: str) -> None:
    compiled = compile_text(f"{statement}\n@step\ndef one() -> int: ...\n@pipeline\ndef p():\n    one()\n", name="p")
    assert compiled.errors == ["ZC0101"]
