"""What a cache key is made of travels along, and policies name what exists."""

from pass_samples import FILES, at, codes, pipeline, run, step

from zencompile.diagnostics import Severity
from zencompile.ir import CachePolicy, Input, Invocation, Type


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
