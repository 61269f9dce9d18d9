"""Generated programs of the compile-time subset mean what they mean in Python."""

from __future__ import annotations

import tempfile
from pathlib import Path

from evaluating import check
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

NAMES = st.sampled_from(["a", "b", "c", "d"])
NUMBERS = st.integers(-20, 20).map(str)
TEXTS = st.sampled_from(["''", "'ab'", "'x-y'", "'Q'", "'é'"])
FLOATS = st.sampled_from(["0.5", "-1.25", "3.0"])
LEAVES = st.one_of(NUMBERS, TEXTS, FLOATS, NAMES, st.sampled_from(["True", "None", "[]", "{}", "()"]))
OPERATORS = st.sampled_from(["+", "-", "*", "//", "%", "/", "&", "|", "<<"])
COMPARISONS = st.sampled_from(["<", "==", "!=", ">=", "in", "not in"])
METHODS = st.sampled_from(
    [".upper()", ".split('-')", ".strip()", ".title()", ".count('a')", ".copy()", ".items()", ".get('k', 3)", "[0]", "[-1]",
     "[1:]", "[::-1]", "['k']", ".index(2)", ".keys()"]
)  # fmt: skip
FUNCTIONS = st.sampled_from(
    [
        "len",
        "str",
        "repr",
        "int",
        "bool",
        "list",
        "sorted",
        "abs",
        "sum",
        "tuple",
        "set",
        "type",
        "min",
        "float",
        "round",
        "any",
    ]
)


def _compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("({} {} {})".format, inner, OPERATORS, inner),
        st.builds("({} {} {})".format, inner, COMPARISONS, inner),
        st.builds("({} and {} or {})".format, inner, inner, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds("({}, {})".format, inner, inner),
        st.builds("{{'k': {}, {}: 1}}".format, inner, inner),
        st.builds("[{} for e in {} if {}]".format, inner, inner, inner),
        st.builds("{}{}".format, NAMES, METHODS),
        st.builds("{}({})".format, FUNCTIONS, inner),
        st.builds('f"<{{{}}}|{{{}!r:>6}}>"'.format, NAMES, NAMES),
        st.builds("(lambda e, f={}: {})({})".format, inner, inner, inner),
        st.builds("dict(k={}, **{{'z': {}}})".format, inner, inner),
    )


EXPRESSIONS = st.recursive(LEAVES, _compound, max_leaves=6)


def _indented(block: list[str]) -> str:
    return "\n".join("    " + line for statement in block for line in statement.split("\n"))


def _statements(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    block = st.lists(inner, min_size=1, max_size=3).map(_indented)
    return st.one_of(
        st.builds("if {}:\n{}\nelse:\n{}".format, EXPRESSIONS, block, block),
        st.builds("for e in {}:\n{}".format, EXPRESSIONS, block),
        st.builds("for e in range(3):\n{}\n    if {}: break".format, block, EXPRESSIONS),
        st.builds(
            "try:\n{}\nexcept (TypeError, KeyError) as x:\n    a = type(x).__name__\nfinally:\n{}".format, block, block
        ),
        st.builds(
            "def g(e, f=1, *r, **k):\n    global a, b\n{}\n    return {}\nc = g({}, 2, 3, q=4)".format,
            block,
            EXPRESSIONS,
            EXPRESSIONS,
        ),
        st.builds("while len(str(b)) < 6:\n{}\n    b = str(b) + 'x'".format, block),
    )


SIMPLE = st.one_of(
    st.builds("{} = {}".format, NAMES, EXPRESSIONS),
    st.builds("{} += {}".format, NAMES, EXPRESSIONS),
    st.builds("{}, {} = {}, {}".format, NAMES, NAMES, EXPRESSIONS, EXPRESSIONS),
    st.builds("{}, *{} = {}".format, NAMES, NAMES, EXPRESSIONS),
    st.builds("{}['k'] = {}".format, NAMES, EXPRESSIONS),
    st.builds("{}.append({})".format, NAMES, EXPRESSIONS),
    st.builds("assert {}, {}".format, EXPRESSIONS, TEXTS),
)
STATEMENTS = st.recursive(SIMPLE, _statements, max_leaves=6)

# What is the same in the end but not in text: a set's order, the name of an exception's class.
START = "a = 1\nb = 'ab'\nc = [1, 2]\nd = {'k': 2}\n"


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.lists(STATEMENTS, min_size=1, max_size=6))
def test_generated_programs_mean_what_they_mean_in_python(statements: list[str]) -> None:
    """Each statement's outcome, an exception's type included, and every value afterwards are Python's."""
    parts = [START]
    for index, statement in enumerate(statements):
        parts.append(
            f"try:\n{_indented([statement])}\nexcept Exception as x{index}:\n    r{index} = type(x{index}).__name__"
        )
    source = "\n".join(parts)
    with tempfile.TemporaryDirectory() as folder:
        check(Path(folder), source)
