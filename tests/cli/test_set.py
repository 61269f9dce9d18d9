"""`--set`: what was typed for an option that takes text is its value, whatever else it might be taken for."""

from __future__ import annotations

import types
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest

from zencompile import targets
from zencompile.cli.options import typed
from zencompile.configuration import QUOTED, load
from zencompile.diagnostics import Report

TEXTS = ["2.16", "2.20", "1e3", "007", "true", "False", "[a]", "[1]", "{}", "12", "plain", "-0", "NaN"]


def _takes_text(annotation: Any) -> bool:
    if get_origin(annotation) in (Union, types.UnionType):
        return any(map(_takes_text, get_args(annotation)))
    return annotation is str or (get_origin(annotation) is Annotated and get_args(annotation)[0] is str)


def test_every_option_that_takes_text_takes_what_was_typed() -> None:
    """Of every installed target."""
    fields = [
        field
        for name in targets.installed()
        for field in targets.load(name).options.model_fields.values()
        if _takes_text(field.annotation)
    ]
    assert len(fields) > 20
    for field in fields:
        assert [typed(field, text) for text in TEXTS] == TEXTS
        assert typed(field, '"2.20"') == "2.20"


@pytest.mark.parametrize(
    ("annotation", "text", "value"),
    [
        (int, "2", 2),
        (bool, "true", True),
        (tuple[str, ...], '["a"]', ["a"]),
        (dict[str, str], '{"a": "1"}', {"a": "1"}),
        (Literal["a", "b"], "a", "a"),
        (str | None, "null", None),
        (str, "null", "null"),
        (int | None, "null", None),
    ],
)
def test_other_options_take_json(annotation: Any, text: str, value: Any) -> None:
    """Numbers, lists and tables; null for the default."""
    assert typed(types.SimpleNamespace(annotation=annotation), text) == value


def test_a_number_in_the_configuration_that_is_a_text_asks_for_quotes(tmp_path: Path) -> None:
    """TOML has no way to tell 2.20 from 2.2."""
    (tmp_path / "pyproject.toml").write_text("[tool.zencompile]\npython = 3.12\n")
    report = Report()
    load(tmp_path, None, report)
    assert [one.helps for one in report] == [(QUOTED,)]
