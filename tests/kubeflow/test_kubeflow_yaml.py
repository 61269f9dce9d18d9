"""The YAML writer: what it writes, every loader reads back as it was."""

from __future__ import annotations

import math
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from zencompile_kubeflow import block_yaml

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
# fmt: off
TRICKY = st.sampled_from((
    "", " ", "null", "Yes", "n", "~", "1", "1e5", "0x1f", "1:30", "2026-01-01", "-", "- a", "--id=x", "a: b", "a #b",
    "#", "{{$}}", "'", '"', "it's", '{"a": "b\\n"}', "a\nb", "a\nb\n", "\n", " a\nb", "a \nb", "a\n\nb\n\n", "\t", "é",
    "😀", "a\u2028b", "\x00", "\x7f", "\x85", "\ufeff", "---", "...", "!tag", "&a", "*a", "?", "? a", "|", ">", "%x",
    "@x", "`x", "=", "<<", "a:", ":a", "a:b", "http://x/y?z=1&q=2", "registry:5000/a:b", "1.2.3", "1.2", ".5", "0o7",
    "012", "a,b", "[a]",
))
# fmt: on
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT | TRICKY
DATA = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT | TRICKY, inner, max_size=4),
    max_leaves=20,
)
DOCUMENT = st.dictionaries(TEXT | TRICKY, DATA, min_size=1, max_size=5)


def same(one: Any, other: Any) -> bool:
    """Equal in value and in type, in the order of keys and the sign of zero too."""
    if isinstance(one, dict):
        return isinstance(other, dict) and list(one) == list(other) and all(same(one[k], other[k]) for k in one)
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float):
        return type(other) is float and one == other and math.copysign(1, one) == math.copysign(1, other)
    return type(one) is type(other) and bool(one == other)


@pytest.mark.parametrize("loader", [yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader)])
@given(documents=st.lists(DOCUMENT, min_size=1, max_size=2))
def test_what_is_written_is_read_back(loader: type, documents: list[dict[str, Any]]) -> None:
    text = block_yaml.dump(documents, ["a header"])
    assert same(list(yaml.load_all(text, Loader=loader)), documents)


def test_it_reads_as_people_write_it() -> None:
    """Bare words stay bare, short lists of words stand in a line, text of several lines is a block."""
    document = {
        "image": "localhost:5000/digits:9c1f",
        "command": ["python", "-m", "zencompile_runtime"],
        "args": ["step", '--input=x=["a"]', "--executor-input={{$}}"],
        "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "it's"}],
        "description": "Train.\n\nAnd evaluate.\n",
        "default": 1e-05,
        "empty": {},
    }
    assert block_yaml.dump([document], ["Generated"]) == (
        "# Generated\n"
        "image: localhost:5000/digits:9c1f\n"
        "command: [python, -m, zencompile_runtime]\n"
        "args:\n"
        "- step\n"
        "- '--input=x=[\"a\"]'\n"
        '- "--executor-input={{$}}"\n'
        "env:\n"
        "- name: A\n"
        '  value: "1"\n'
        "- name: B\n"
        '  value: "it\'s"\n'
        "description: |\n"
        "  Train.\n"
        "\n"
        "  And evaluate.\n"
        "default: 1.0e-05\n"
        "empty: {}\n"
    )
