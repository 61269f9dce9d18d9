"""Names of generated files."""

import keyword

from hypothesis import given
from hypothesis import strategies as st

from zencompile_templates.names import Namespace, dashed_name, dotted_name, python_name


@given(st.lists(st.text()))
def test_python_names_are_valid_and_unique(wanted):
    """Whatever is wanted, what comes out can be assigned to, once each."""
    names = Namespace()
    given_names = [names.of(text) for text in wanted]
    assert len(set(given_names)) == len(given_names)
    for name in given_names:
        exec(f"{name} = 1", {})
        assert not keyword.iskeyword(name)


@given(st.text())
def test_cleaning_is_idempotent(text):
    """A name that is clean stays as it is."""
    for clean in (python_name, dashed_name, dotted_name):
        assert clean(clean(text)) == clean(text)


@given(st.lists(st.text(max_size=80), max_size=20))
def test_names_stay_within_their_length(wanted):
    """A collision suffix doesn't make a name too long."""
    names = Namespace(dashed_name, separator="-", longest=63)
    given_names = [names.of(text) for text in wanted]
    assert len(set(given_names)) == len(given_names)
    assert all(0 < len(name) <= 63 for name in given_names)


def test_names_read_like_what_was_wanted():
    """Suffixes count from 2; keywords and builtins get an underscore; a key keeps its name."""
    names = Namespace(reserved=["dag"])
    assert names.of("train model", "a") == "train_model"
    assert names.of("train-model", "b") == "train_model_2"
    assert names.of("something else", "a") == "train_model"
    assert names.of("class") == "class_"
    assert names.of("input") == "input_"
    assert names.of("2nd try!") == "_2nd_try"
    assert names.of("dag") == "dag_2"
    assert names.of("größe") == "größe"


def test_a_suffixed_name_is_never_given_twice():
    """`load_2` may be wanted by itself."""
    names = Namespace()
    assert [names.of("load"), names.of("load_2"), names.of("load"), names.of("load_2")] == [
        "load",
        "load_2",
        "load_3",
        "load_2_2",
    ]
