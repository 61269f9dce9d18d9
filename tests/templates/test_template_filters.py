"""Filters write a value so that it means itself in the language of the file."""

import ast
import json
import math
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import UndefinedError

from zencompile_templates import environment, text
from zencompile_templates.python import Call, Code, layout, py

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(
        ["it's", 'say "hi"', "both ' and \"", "\\", "\\'", '\\"', "{{ x }}", "\n", "\u2028", "", "'", '"']
    )
)
JSON = st.recursive(SCALARS, lambda s: st.lists(s) | st.dictionaries(st.text(), s), max_leaves=8)
LITERALS = st.recursive(
    SCALARS | st.binary(),
    lambda s: st.lists(s) | st.tuples(s) | st.tuples(s, s) | st.dictionaries(st.text() | st.integers(), s),
    max_leaves=8,
)


@given(LITERALS)
def test_py_is_read_back_by_python(value):
    """A literal evaluates to the value that it was written for."""
    assert ast.literal_eval(py(value)) == value


@given(LITERALS, st.integers(0, 30).map(lambda n: n * 4))
def test_layout_is_read_back_by_python(value, indent):
    """Breaking a literal over lines doesn't change it."""
    assert ast.literal_eval(layout(value, indent)) == value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", '"plain"'),
        ("it's", '"it\'s"'),
        ('say "hi"', "'say \"hi\"'"),
        ("\"'", '"\\"\'"'),
        ((1,), "(1,)"),
        ((), "()"),
        ({"a": [1, 2.5, None, True]}, '{"a": [1, 2.5, None, True]}'),
        (b"it's", 'b"it\'s"'),
        ("tab\t", '"tab\\t"'),
        (Code("x + 1"), "x + 1"),
        ([Code("x")], "[x]"),
        (Call("f", [1], {"name": "n"}), 'f(1, name="n")'),
    ],
)
def test_py_reads_well(value, expected):
    """Literals look as a formatter leaves them."""
    assert py(value) == expected


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_floats_without_a_literal_are_refused(value):
    """Infinity and NaN have no literal in Python or JSON."""
    for write in (py, text.json, text.yaml):
        with pytest.raises(ValueError):
            write(value)


def test_a_huge_integer_is_written_so_that_python_reads_it():
    """Python limits the decimal digits that it reads, not the hexadecimal ones."""
    assert ast.literal_eval(py(-(10**5000))) == -(10**5000)


def test_a_short_call_stands_in_one_line():
    """What fits is not broken."""
    assert layout(Call("step", ["a"], {"retries": 3}), 8, "a = ", comment="run.py:3") == (
        'a = step("a", retries=3)  # run.py:3'
    )


def test_a_long_call_has_one_argument_a_line():
    """What is wider than the line is opened, with trailing commas, and its comment stays on the first line."""
    call = Call("step", ["a" * 60], {"arguments": ["b" * 60, "c" * 60], "options": {"d": 1}})
    assert layout(call, 4, "a = ", comment="run.py:3").splitlines() == [
        "a = step(  # run.py:3",
        f'        "{"a" * 60}",',
        "        arguments=[",
        f'            "{"b" * 60}",',
        f'            "{"c" * 60}",',
        "        ],",
        '        options={"d": 1},',
        "    )",
    ]


def test_a_formatter_leaves_layouts_as_they_are():
    """Generated calls look as `ruff format` would write them, however deep and wide."""
    ruff = shutil.which("ruff") or str(Path(sys.executable).with_name("ruff"))
    if not Path(ruff).exists():
        pytest.skip("ruff is not installed")
    chance = random.Random(0)
    calls = [Call("step", [_value(chance, 2)], {f"a{i}": _value(chance, 3) for i in range(3)}) for _ in range(150)]
    lines = [f"    {layout(call, 4, f'x{i} = ', comment='run.py:3')}\n" for i, call in enumerate(calls)]
    source = "def f():\n" + "".join(lines)
    command = [ruff, "format", "--isolated", "--line-length=120", "-"]
    assert subprocess.run(command, input=source, capture_output=True, text=True, check=True).stdout == source


def _value(chance, depth):
    kind = chance.randrange(10) if depth else 0
    some = range(chance.randint(0, 4))
    if kind < 5:
        return chance.choice([1, 2.5, None, "x" * chance.randint(1, 70), "it's", 'say "hi"', "a\nb", Code("name")])
    if kind < 7:
        return [_value(chance, depth - 1) for _ in some]
    if kind < 8:
        return {"k" * chance.randint(1, 20) + str(i): _value(chance, depth - 1) for i in some}
    if kind < 9:
        return tuple(_value(chance, depth - 1) for _ in some)
    return Call("fn", [_value(chance, depth - 1)], {f"kw{i}": _value(chance, depth - 1) for i in some})


@settings(max_examples=15, deadline=None)
@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_sh_is_read_back_by_a_shell(value):
    """A shell passes on exactly the word that was quoted."""
    out = subprocess.run(["sh", "-c", f"printf %s {text.sh(value)}"], capture_output=True, check=True).stdout
    assert out.decode() == value


def test_sh_refuses_what_no_shell_can_say():
    """A NUL ends a word whatever the quotes."""
    with pytest.raises(ValueError, match="NUL"):
        text.sh("a\0b")


@given(JSON)
def test_yaml_and_json_are_read_back(value):
    """Both read back as the value, in one line."""
    assert json.loads(text.json(value)) == value
    written = text.yaml(value)
    assert len(written.splitlines()) <= 1
    assert yaml.safe_load(written) == value


@pytest.mark.parametrize(
    "word", ["no", "Null", "1e3", "0x1", "1_000", "2026-01-01", "~", "<<", "=", "a: b", "- a", "12:30"]
)
def test_yaml_words_stay_text(word):
    """A string that YAML would read as something else is quoted."""
    assert yaml.safe_load(text.yaml(word)) == word


@given(st.text())
def test_a_comment_stays_in_its_line(value):
    """Nothing of the text gets out of the comment."""
    source = f"# {text.comment(value)}\nx = 1\n"
    assert len(source.splitlines()) == 2
    assert len(ast.parse(source).body) == 1


@given(st.text())
def test_docstring_means_itself(value):
    """Between triple double quotes the text is the value."""
    assert ast.literal_eval(f'"""{text.docstring(value)}"""') == value


def test_an_undefined_name_in_a_template_is_an_error():
    """A template that asks for what its model lacks fails; it doesn't print nothing."""
    with pytest.raises(UndefinedError):
        environment().from_string("{{ missing }}").render()


def test_the_environment_is_made_once():
    """Its cache of compiled templates is shared."""
    assert environment() is environment()
