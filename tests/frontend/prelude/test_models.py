"""Objects of pydantic models and dataclasses hold what they hold in Python, or are unknown."""

from __future__ import annotations

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
    "after": "@field_validator('x')\n    @classmethod\n    def check(cls, value):\n        return value * 2",
    "before": "@field_validator('x', mode='before')\n    @classmethod\n    def check(cls, value):\n        return str(value) + '0'",
    "plain": "@field_validator('x', mode='plain')\n    @classmethod\n    def check(cls, value):\n        return [value]",
    "wrap": "@field_validator('x', mode='wrap')\n    @classmethod\n    def check(cls, value, handler):\n        return handler(value) + 1",
    "all": "@field_validator('*')\n    def check(cls, value):\n        return value + 1",
    "told": "@field_validator('x')\n    @classmethod\n    def check(cls, value, info):\n        return value + len(info.field_name)",
    "static": "@field_validator('x')\n    @staticmethod\n    def check(value):\n        return value + 5",
    "older": "@validator('x')\n    def check(cls, value):\n        return value + 6",
    "always": "@validator('y', always=True)\n    def check(cls, value):\n        return value + 6",
    "refusing": "@field_validator('x')\n    def check(cls, value):\n        assert value > 5\n        return value",
    "two": "@field_validator('x')\n    def check(cls, value):\n        return value + 1\n"
    "    @field_validator('x')\n    def check_2(cls, value):\n        return value * 10",
    "whole": "@model_validator(mode='after')\n    def check(self):\n        self.y = self.x + 1\n        return self",
    "whole before": "@model_validator(mode='before')\n    @classmethod\n    def check(cls, data):\n"
    "        return {**data, 'x': 9}",
    "init": "def __init__(self, x, **more):\n        super().__init__(x=x * 3, **more)",
    "post init": "def model_post_init(self, context):\n        self.y = self.x * 4",
    "computed": "@pydantic.computed_field\n    @property\n    def z(self) -> int:\n        return self.x * 5",
    "serializer": "@pydantic.field_serializer('x')\n    def dump(self, value):\n        return 'no'",
    "ignoring": "model_config = ConfigDict(extra='ignore')",
    "allowing": "model_config = ConfigDict(extra='allow')",
    "forbidding": "model_config = ConfigDict(extra='forbid')",
    "frozen": "model_config = ConfigDict(frozen=True)",
    "assigning": "model_config = ConfigDict(validate_assignment=True)",
    "defaults": "model_config = ConfigDict(validate_default=True)\n    w: float = 3",
    "stripping": "model_config = ConfigDict(str_strip_whitespace=True)\n    w: str = ' a '",
    "members": "model_config = ConfigDict(use_enum_values=True)\n    w: Color = None",
    "older config": "class Config:\n        extra = 'allow'",
    "private": "_w: int = 3",
    "alias": "w: int = Field(5, alias='v')",
    "none": "pass",
    "limits": "w: int = Field(2, gt=1, le=5)\n    v: str = Field('ab', min_length=2, max_length=3)",
    "inner": "class Inner(BaseModel):\n        a: int = 1\n    w: Inner = Inner()\n    v: list[Inner] = []",
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
    indented = body.replace("\n", "\n    ")
    return f"{HEAD}\ntry:\n    {indented}\nexcept ValueError:\n    return 'refused'\nexcept AttributeError:\n    return 'absent'"


@pytest.mark.parametrize("type_", TYPES)
def test_a_field_holds_what_pydantic_makes_of_a_value(type_: str, tmp_path: Path) -> None:
    """Every type with every value."""
    model = f"class M(BaseModel):\n    model_config = ConfigDict(arbitrary_types_allowed=True)\n    x: {type_}\n"
    _hold(tmp_path, [f"{model}return M(x={value}).x" for value in VALUES])


@pytest.mark.parametrize("name", MODELS)
def test_a_model_does_what_its_validators_and_configuration_say(name: str, tmp_path: Path) -> None:
    model = f"class M(BaseModel):\n    x: int\n    y: int = 0\n    {MODELS[name]}\n"
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
