"""Objects of pydantic models and dataclasses hold what they hold in Python, or are unknown."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from prelude_rows import Row, compare, differs

HEAD = """
import pydantic
from typing import Annotated, Any, Literal, Optional, Union
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator, validator
"""

TYPES = [
    *("int", "float", "bool", "str", "bytes", "list", "dict", "set", "tuple", "frozenset", "object", "Any", "Path"),
    *("list[int]", "list[float]", "dict[str, int]", "dict[int, str]", "set[int]", "tuple[int, ...]", "tuple[int, str]"),
    *("Optional[int]", "int | None", "Union[int, str]", "int | float", "str | list[str]", "list[int] | None", "Color"),
    *("Literal['a', 'b']", "Annotated[int, 'a note']", "Annotated[int, Field(gt=0)]", "pydantic.PositiveInt"),
    *("Annotated[str, pydantic.StringConstraints(to_lower=True)]", "pydantic.SecretStr", "pydantic.HttpUrl"),
    *("Annotated[int, pydantic.AfterValidator(lambda value: value * 2)]", "date", "timedelta", "Decimal", "Point"),
    *("list[Path]", "dict[str, list[float]]", "list[Any]", "type", "collections.abc.Sequence[int]"),
]
VALUES = [
    *("1", "0", "-3", "True", "False", "2.0", "2.5", "'7'", "' 7 '", "'2.5'", "'a'", "'Yes'", "'A/b'", "None", "b'x'"),
    *("[]", "[1, 2]", "['1', 2.0]", "(1, 'a')", "(1, 2)", "{1, 2}", "{'a': 1}", "{'1': '2'}", "{1: 'a'}", "{'a': [1]}"),
    *("Color.RED", "1 << 70", "float('inf')", "'2024-02-29'", "date(2024, 2, 29)", "Path('x')", "[[1]]", "1e300"),
    *("'https://a.b'", "Decimal('1.5')", "Point(1, 2)", "frozenset({3})", "bytearray(b'y')", "range(3)"),
]

MODELS = {
    name: text.strip()
    for name, _, text in (
        section.partition("\n")
        for section in Path(__file__).with_name("models.txt").read_text("utf-8").split("\n=== ")[1:]
    )
}
USES = [
    *("(m := M(x=1)).x", "M(x='3').x", "M(x=1).y", "M(x=1, y=2).y", "M(x=1).model_dump()", "M(x=8).model_dump()"),
    *("M(x=1, more=2).model_dump()", "hasattr(M(x=1, more=2), 'more')", "M(x=1, w=' b ').w", "M(x=1, w=Color.RED).w"),
    *("M.model_validate({'x': 2}).x", "M(x=1).model_copy(update={'x': '5'}).x", "M(x=1) == M(x='1')", "M(x=1, v=4).w"),
    *("getattr(M(x=1), 'z', None)", "getattr(M(x=1), 'w', None)", "sorted(M(x=1, y=1).model_fields_set)"),
    *("M(x=1, w=1).w", "M(x=1, w='3').w", "M(x=1, w=9).w", "M(x=1, v='abcd').v", "M(x=1, v='abc').v"),
    *("M(x=1, w={'a': '2'}).w.a", "M(x=1, v=[{'a': 2}]).v[0].a", "M(x=1, v=({'a': 2},)).model_dump()"),
    *("M(x=1).model_dump_json()", "M.model_construct(x='5').x", "M(x=1.5).x", "M(y=1).y", "repr(M(x=1))"),
]
CHANGES = ["m.x = '4'\n    return m.x", "m.y = 7\n    return (m.x, m.y)", "m.own = 4\n    return m.own"]


def _hold(folder: Path, bodies: list[str]) -> None:
    rows = [Row("model", _tried(body)) for body in bodies]
    wrong = [
        f"{row.source}\n    Python: {wanted}\n    here:   {found}"
        for row, wanted, found in compare(folder, rows)
        if differs(wanted, found)
    ]
    assert not wrong, "\n".join(wrong)


def _tried(body: str) -> str:
    tried = textwrap.indent(body, "    ")
    refused = "except ValueError:\n    return 'refused'\nexcept AttributeError:\n    return 'absent'"
    return f"{HEAD}\ntry:\n{tried}\n{refused}"


@pytest.mark.parametrize("type_", TYPES)
def test_a_field_holds_what_pydantic_makes_of_a_value(type_: str, tmp_path: Path) -> None:
    """Every type with every value."""
    model = f"class M(BaseModel):\n    model_config = ConfigDict(arbitrary_types_allowed=True)\n    x: {type_}\n"
    _hold(tmp_path, [f"{model}return M(x={value}).x" for value in VALUES])


@pytest.mark.parametrize("name", MODELS)
def test_a_model_does_what_its_validators_and_configuration_say(name: str, tmp_path: Path) -> None:
    body = textwrap.indent(f"x: int\ny: int = 0\n{MODELS[name]}\n", "    ")
    model = f"class M(BaseModel):\n{body}"
    uses = [f"{model}return {use}" for use in USES]
    changes = [f"{model}m = M(x=1)\nif True:\n    {change}" for change in CHANGES]
    _hold(tmp_path, uses + changes)


def test_a_model_has_its_own_copies(tmp_path: Path) -> None:
    model = (
        "class M(BaseModel):\n    a: list\n    b: Any\n    c: Optional[dict[str, list[int]]] = None\n    d: list = []\n"
    )
    _hold(
        tmp_path,
        [
            f"{model}a = [1]\nm = M(a=a, b=a)\na.append(2)\nreturn m.model_dump()",
            f"{model}c = {{'k': [1]}}\nm = M(a=[], b=c, c=c)\nc['k'].append(2)\nreturn m.model_dump()",
            f"{model}m = M(a=[], b=1)\nm.d.append(1)\nreturn M(a=[], b=1).d",
            f"{model}a = [1]\nm = M(a=a, b=a)\nreturn [m.a is a, m.b is a]",
        ],
    )


def test_dataclasses_of_pydantic_are_validated(tmp_path: Path) -> None:
    """Their fields are those of models, their calls those of dataclasses."""
    model = (
        "from pydantic.dataclasses import dataclass\n"
        "@dataclass\nclass M:\n    x: int\n    y: list[int] = Field(default_factory=list)\n"
        "    @field_validator('x')\n    @classmethod\n    def check(cls, value):\n        return value + 1\n"
    )
    uses = ("M('1').x", "M(x=1, y=('2',)).y", "M(1) == M('1')", "repr(M(3))", "M('a')", "M(1, [2]).y", "M(1).y")
    _hold(tmp_path, [f"{model}return {use}" for use in uses])
