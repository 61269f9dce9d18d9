"""What a dynamic body computes, where it stands: nothing runs that wouldn't run if it raises."""

from __future__ import annotations

from typing import Any

import pytest

HEAD = """
@step
def word(s: str) -> str:
    return s

@step
def numbers(n: int = 3) -> list[int]:
    return [n]

@step
def table() -> dict[str, int]:
    return {}

@step
def use(v: Any) -> int:
    return 1

@step
def yes() -> None: ...

@pipeline(dynamic=True)
def p():
    a = load(5).load()
    w = word("abc").load()
    l = numbers().load()
    d = table().load()
"""
RAISE = ["int(w)", "l[5]", "d['k']", "1 / a", "a ** 3", "w + a", "w.index('x')", "a < w", "l[a:].index(1)", "f'{w:d}'"]
NEVER = ["a + 1", "a * 0.5 - a", "a / 2", "-a", "not w", "a == w", "a < 3 and a > 1", "w + 'x'", "f'{a} {w}'", "str(l)"]
NEVER += ["len(l)", "a in l", "w.upper()", "float(a)", "d.get('k')", "'b' in w", "(a + 1) / 2", "isinstance(w, str)"]


def body(*lines: str) -> str:
    return HEAD + "".join(f"    {line}\n" for line in lines)


@pytest.mark.parametrize("text", RAISE)
def test_a_step_that_would_run_beside_what_raises(compile_text: Any, text: str) -> None:
    for lines in (
        [f"v = {text}", "yes()"],
        [f"v = {text}", "yes()", "use(v)"],
        [text],
        [f"use({text} if a else 1)", text],
    ):
        assert compile_text(body(*lines), name="p").errors == ["ZC0231"], lines


@pytest.mark.parametrize("text", RAISE[::3])
def test_a_step_that_is_given_it_and_what_waits_for_that(compile_text: Any, text: str) -> None:
    for lines in (
        [f"v = {text}", "use(v)", "yes()"],
        [f"v = [{text}, 1]", "use(v)", "yes()"],
        [f"v = a > 1 and {text}", "use(v)", "yes()"],
        [f"f = use.submit({text})", "f.wait()", "yes()"],
        [f"if {text}:", "    yes()", "yes()"],
        ["if a > 1:", f"    v = {text}", "else:", "    v = 4", "use(v)", "yes()"],
    ):
        assert not compile_text(body(*lines), name="p").errors, lines


@pytest.mark.parametrize(
    "lines",
    [
        ["use.submit(int(w))", "yes()"],
        ["if a > 1:", "    v = int(w)", "yes()"],
        ["v = int(w)", "if a > 1:", "    use(v)", "else:", "    yes()"],
        ["if a > 1:", "    v = int(w)", "    yes()", "    use(v)"],
        ["if int(w) > 1:", "    pass", "yes()"],
    ],
)
def test_branches_and_submitted_steps_that_do_not_wait(compile_text: Any, lines: list[str]) -> None:
    assert compile_text(body(*lines), name="p").errors == ["ZC0231"]


@pytest.mark.parametrize("text", NEVER)
def test_what_can_not_raise_is_computed_wherever_it_is_needed(compile_text: Any, text: str) -> None:
    assert not compile_text(body(f"v = {text}", "yes()", "use(v)", text), name="p").errors
