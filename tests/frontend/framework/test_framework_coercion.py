"""What pipelines and steps do with coerced values: defaults, messages, what only running knows."""

from __future__ import annotations

from typing import Any

import pytest

STEPS = "@step\ndef show(v: object) -> None: ...\n"


@pytest.mark.parametrize(
    ("parameter", "given", "wanted"),
    [
        ("rate: float = 1", "", "run-1"),
        ("rate: float = 1", "1", "run-1.0"),
        ("n: int = 1", "'7'", "run-7"),
        ("n: int = '07'", "", "run-07"),
        ("on: bool = 1", "", "run-1"),
        ("on: bool = 1", "'yes'", "run-True"),
        ("items: tuple = [1]", "", "run-[1]"),
        ("items: tuple = [1]", "[1]", "run-(1,)"),
    ],
)
def test_a_default_is_taken_as_it_is_and_a_value_is_coerced(
    parameter: str, given: str, wanted: str, compile_text: Any
) -> None:
    """As the framework validates what it is given, and no default."""
    name = parameter.partition(":")[0]
    body = f"@pipeline\ndef p({parameter}):\n    show(f'run-{{{name}}}')\n"
    text = f"{STEPS}{body}if __name__ == '__main__':\n    p({given})\n"
    assert compile_text(text).input("show", "v") == wanted


@pytest.mark.parametrize(
    ("annotation", "value", "wanted"),
    [
        ("int", "{'of': [numpy.load('x')]}", "expected an integer, got {'of': […]}"),
        ("int", "(numpy.load('x'),)", "expected an integer, got (…,)"),
        ("int", "Path('a')", "expected an integer, got Path('a')"),
        ("int", "Kind.A", "expected an integer, got Kind.A"),
        ("List[int]", "[1, 'x']", "expected an integer at `[1]`, got 'x'"),
        ("Dict[str, int]", "{'a': None}", "expected an integer at `['a']`, got None"),
        ("bool", "'maybe'", "expected a boolean, got 'maybe'"),
        ("Kind", "'b'", "expected 'a', got 'b'"),
        ("Optional[int]", "'x'", "expected an integer or None, got 'x'"),
    ],
)
def test_messages_show_values_as_they_are_written(annotation: str, value: str, wanted: str, compile_text: Any) -> None:
    """Never an object of the compiler's own; what isn't known is `…`."""
    text = (
        "import enum, numpy\nfrom pathlib import Path\nclass Kind(enum.Enum):\n    A = 'a'\n"
        f"@step\ndef use(v: {annotation}) -> None: ...\n@pipeline\ndef p():\n    use({value})\n"
    )
    (problem,) = compile_text(text, name="p").pipelines[0].problems
    assert (problem.code, problem.message) == ("ZC0218", f"`v` of step `use`: {wanted}")


@pytest.mark.parametrize("annotation", ["re.Pattern", "SecretStr", "collections.OrderedDict"])
def test_what_a_class_makes_of_a_value_is_unknown_to_the_body(annotation: str, compile_text: Any) -> None:
    """The value may be handed on, not computed with."""
    head = f"import collections, re\nfrom pydantic import SecretStr\n{STEPS}"
    value = "{}" if annotation.startswith("collections") else "'x'"
    run = f"if __name__ == '__main__':\n    p({value})\n"
    handed = compile_text(f"{head}@pipeline\ndef p(x: {annotation}):\n    show(x)\n{run}")
    assert handed.input("show", "v") == "$x"
    assert compile_text(f"{head}@pipeline\ndef p(x: {annotation}):\n    show(f'{{x}}')\n{run}").errors
