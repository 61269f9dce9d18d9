"""The step command's arguments and StepSpec say the same."""

from __future__ import annotations

import pytest

from zencompile_runtime.errors import ConfigurationFault
from zencompile_runtime.spec import StepSpec

FULL = StepSpec(
    "steps.train:train",
    "train_2",
    pipeline="acme/digits",
    run="manual__2026-01-01T00:00:00+00:00",
    store="s3://bucket/prefix",
    params={"gamma": 0.001, "text": "{{ x }} = 'a'\n", "none": None, "t": {"$": "tuple", "items": [1]}},
    inputs={"data": ["load", "train"], "all": {"gather": ["score", "output"]}},
    externals={"e": [1]},
    lookups={"l": {"source": "client", "chain": []}},
    map_index=3,
    product=True,
    cache=False,
    cache_policy={"ignored_inputs": ["x"]},
    timeout=90.5,
    hooks={"on_failure": "hooks:alert", "on_init": "hooks:begin"},
    on_init_keywords={"a": 1},
    materializers={"model": ("m:A", "m:B")},
    variables={"REGION": "eu", "TOKEN": {"kind": "secret", "name": "api", "key": "token"}, "HOME": None},
    secrets=("api", "db"),
    extra={"owner": "growth"},
    model={"name": "churn", "version": None},
    tags=("weekly", "prod"),
    substitutions={"region": "eu"},
    metadata=False,
    visualization=False,
    attempt=2,
    attempts=3,
    code="abc",
    results={"n": {"of": "n"}},
    executor_input={"inputs": {}},
)


def test_everything_goes_through_arguments_and_back() -> None:
    """Nothing is lost, whatever characters it has."""
    assert StepSpec.from_argv(FULL.to_argv()) == FULL


def test_defaults_are_not_written() -> None:
    """A plain step has a short command."""
    assert StepSpec("m:f", "f").to_argv() == ["m:f", "--id=f"]


def test_a_value_may_follow_its_flag() -> None:
    """`--run R` and `--run=R` are the same."""
    assert StepSpec.from_argv(["m:f", "--id", "f", "--run", "r"]).run == "r"


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["m:f"],
        ["--id=x"],
        ["m:f", "--id=x", "--nonsense=1"],
        ["m:f", "--id=x", "--param=a"],
        ["m:f", "--id=x", "--param=a={"],
        ["m:f", "--id=x", "--map-index=one"],
        ["m:f", "--id=x", "--run"],
        ["m:f", "more", "--id=x"],
    ],
)
def test_a_wrong_command_is_a_configuration_fault(argv: list[str]) -> None:
    """It says what is wrong; the process ends with 2."""
    with pytest.raises(ConfigurationFault):
        StepSpec.from_argv(argv)
