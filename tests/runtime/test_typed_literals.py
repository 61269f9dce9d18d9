"""Arguments that say their type, and those that lie in a file."""

from __future__ import annotations

import datetime
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from zencompile_runtime.errors import ConfigurationFault
from zencompile_runtime.values.literals import decode


@pytest.mark.parametrize(
    ("form", "given", "expected"),
    [
        ("float", 1, 1.0),
        (["list", "float"], [1, 2.5], [1.0, 2.5]),
        (["union", "float", "none"], None, None),
        (["tuple", "int", "..."], [1, 2], (1, 2)),
        (["dict", "int", "str"], {"1": "a"}, {1: "a"}),
        ("datetime.date", "2026-01-02", datetime.date(2026, 1, 2)),
        ({"literal": [1, "a"]}, "a", "a"),
    ],
)
def test_an_argument_is_of_the_type_that_it_says(form: Any, given: Any, expected: Any) -> None:
    found = decode({"$": "typed", "as": form, "value": given})
    assert repr(found) == repr(expected)


@pytest.mark.parametrize("default", [{"$": "bytes", "base64": "YQ=="}, {"$": "nonsense"}, {"x": 1}])
def test_what_a_run_is_given_is_plain_data_but_for_its_default(default: Any) -> None:
    popen = {"$": "model", "class": "subprocess:Popen", "keywords": {"args": "false"}}
    for told in (popen, [popen], {"a": popen}, {"$": 1}, {"$": "given", "value": popen}):
        assert decode({"$": "given", "value": told}) == told
        assert decode({"$": "given", "value": told, "default": default}) == told
        assert decode({"$": "typed", "as": "any", "value": {"$": "given", "value": told}}) == told
    assert decode({"$": "given", "value": default}) == default
    shown = {"$": "bytes", "base64": "YQ=="}
    assert decode({"$": "given", "value": shown, "default": shown}) == b"a"


@pytest.mark.parametrize(("form", "given"), [("float", "x"), ("os.PathLike", "x"), (["list", "int"], ["a"])])
def test_what_is_not_of_the_type_is_a_fault(form: Any, given: Any) -> None:
    with pytest.raises(ConfigurationFault):
        decode({"$": "typed", "as": form, "value": given})


def test_a_file_beside_the_facts_of_code_is_read_and_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZENCOMPILE_CODE", str(tmp_path))
    text = json.dumps([1, {"$": "tuple", "items": [2]}])
    digest = hashlib.sha256(text.encode()).hexdigest()
    literal = {"$": "file", "sha256": digest}
    with pytest.raises(ConfigurationFault, match="can't be read"):
        decode(literal)
    (tmp_path / "values").mkdir()
    place = tmp_path / f"values/{digest}.json"
    place.write_text(text)
    assert decode(literal) == [1, (2,)]
    place.write_text(text + " ")
    with pytest.raises(ConfigurationFault, match="not what was compiled"):
        decode(literal)
