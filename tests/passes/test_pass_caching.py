"""What a cache key is made of travels along, and policies name what exists."""

import pytest
from pass_samples import FILES, at, codes, pipeline, run, step

from zencompile.diagnostics import Severity
from zencompile.ir import CachePolicy, Input, Invocation, Literal, Type


def cached(**policy):
    steps = {"train": step("train", inputs=(Input(name="verbose", type=Type(name="bool"), default="True"),))}
    call = Invocation(id="train", step="train", cache=CachePolicy(**policy), span=at(5))
    return pipeline({}, steps=steps, invocations=(call,))


def test_the_files_of_closures_are_filled_in():
    """The runtime can compare each of them before it trusts the cache."""
    assert run(cached())[0].files == {"run.py": FILES["run.py"]}


def test_an_ignored_input_must_exist():
    """A typing error would make the key cover what it should not."""
    _, report = run(cached(ignored_inputs=("verbos",)))
    assert [(d.code, d.helps) for d in report] == [("ZC0406", ("did you mean `verbose`?",))]


def test_a_file_dependency_should_travel():
    """A file that stays behind can't be part of a key."""
    _, report = run(cached(file_dependencies=("data/gone.csv", "data/big.csv", "data/", "steps")))
    assert [d.severity for d in report] == [Severity.WARNING]
    assert "data/gone.csv" in next(iter(report)).message


def test_a_sound_policy_is_quiet():
    """Nothing is said about what is right."""
    assert codes(run(cached(ignored_inputs=("verbose",), expires_after=60))[1]) == []


def call(text: str) -> dict[str, str]:
    return {"$": "expression", "text": text}


def model(class_: str) -> dict[str, object]:
    return {"$": "model", "class": class_, "keywords": {}}


SAME = [
    3,
    [{"a": [1]}],
    {"$": "symbol", "path": "torch.float32"},
    call("numpy.array([1, 2]) + 1"),
    call("torch.device('cpu')"),
    call("acme.SIZE + 1"),
    call("os.path.join('a', 'b')"),
    call("pathlib.Path('a').with_suffix('.csv')"),
    call("datetime.datetime(2020, 1, 1)"),
    call("len('a')"),
    model("run:Scale"),
    model("sklearn.svm:SVC"),
    model("pandas:Timestamp"),
    model("numpy:array"),
    {**model("pandas:Timestamp"), "arguments": ["2024-01-01"]},
    call("numpy.datetime64('2024-01-01') + 1"),
]
DIFFERENT = [
    call("os.path.expanduser('~') + '/data'"),
    call("socket.gethostname()"),
    call("[1, acme.get()][0]"),
    call("acme.SIZE.bit_length()"),
    call("numpy.random.rand(3)"),
    call("numpy.load('a.npy')"),
    call("datetime.datetime.now().year"),
    call("pathlib.Path('a').exists()"),
    call("pathlib.Path.home() / 'a'"),
    call("uuid.uuid4().hex"),
    {**model("pandas:Timestamp"), "arguments": ["now"]},
    {**model("numpy:datetime64"), "arguments": ["today"]},
    call("numpy.datetime64('now') + 1"),
    model("pandas:ExcelFile"),
    {**model("run:Scale"), "anew": True},
    {"deep": [call("acme.get()")]},
    model("torch.nn:Linear"),
    model("elsewhere:Scale"),
    {"$": "model", "class": "run:Scale", "keywords": {"by": call("acme.get()")}},
]


def given(value, **policy):
    steps = {"train": step("train", inputs=(Input(name="data", type=Type(name="any")),))}
    inputs = {"data": Literal(value=value, span=at(5))}
    invocation = Invocation(id="train", step="train", inputs=inputs, cache=CachePolicy(**policy), span=at(5))
    return pipeline({}, steps=steps, invocations=(invocation,))


@pytest.mark.parametrize("value", SAME, ids=str)
def test_what_only_computes_is_cached(value):
    """The key holds all that such an argument is made of."""
    made, report = run(given(value))
    assert made.invocations[0].cache.enabled
    assert codes(report) == []


@pytest.mark.parametrize("value", DIFFERENT, ids=str)
def test_what_may_come_to_something_else_is_not_cached(value):
    """The key would hold the call's text alone; who leaves the input out of the key has it cached."""
    made, report = run(given(value))
    assert not made.invocations[0].cache.enabled
    assert codes(report) == ["ZC0414"]
    for policy in ({"ignored_inputs": ("data",)}, {"include_step_parameters": False}):
        made, report = run(given(value, **policy))
        assert made.invocations[0].cache.enabled
        assert codes(report) == []
