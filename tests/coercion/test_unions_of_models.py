"""Which member of a union of models, dataclasses and typed dictionaries takes a value: as pydantic itself decides."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pydantic
import pytest

from zencompile.diagnostics import Report
from zencompile.frontend.reading import Request, read

TYPES = """
from dataclasses import dataclass
from typing import Dict, List, Literal, Optional, Union
from pydantic import BaseModel, Field
from typing_extensions import TypedDict


class A(BaseModel):
    x: int = 0


class B(BaseModel):
    x: int = 0
    y: int = 0


class C(BaseModel):
    kind: Literal["c"] = "c"
    depth: Optional[int] = None


class D(BaseModel):
    a: A = A()
    named: int = Field(default=1, alias="other")


class E(BaseModel):
    a: B = B()
    many: List[B] = []


@dataclass
class F:
    x: int = 0


@dataclass
class G:
    x: int = 0
    z: str = ""
"""
MEMBERS = ("A", "B", "C", "D", "E", "F", "G", "int", "Dict[str, int]", "Dict[str, float]", "List[A]")
VALUES: tuple[Any, ...] = (
    {}, {"x": 1}, {"y": 1}, {"x": "2", "y": "3"}, {"depth": 1}, {"kind": "c"}, {"kind": "d"}, {"a": {"y": 1}},
    {"a": {"x": 1}, "other": 2}, {"a": {"x": 1, "y": 2}, "many": [{"y": 1}, {}]}, {"z": "a"}, {"x": 1, "z": "b"},
    {"x": "no"}, [{"x": 1}], [{}], 3, "4",
)  # fmt: skip
UNIONS = [f"Union[{', '.join(pair)}]" for pair in itertools.permutations(MEMBERS, 2)] + [
    "Union[A, B, C]", "Union[E, D, A]", "Union[D, E, B]", "Union[F, G, A]", "Union[G, F]", "Optional[Union[A, C]]",
    "List[Union[A, B]]", "Dict[str, Union[C, B]]",
]  # fmt: skip


def _as_pydantic_has_it(value: Any) -> Any:
    if isinstance(value, pydantic.BaseModel):
        names = {name: field.alias or name for name, field in type(value).model_fields.items()}
        given = {names[name]: getattr(value, name) for name in value.model_fields_set}
        return type(value).__name__, {name: _as_pydantic_has_it(item) for name, item in given.items()}
    if hasattr(value, "__dataclass_fields__"):
        return type(value).__name__, {name: item for name, item in vars(value).items() if item not in (0, "")}
    if isinstance(value, dict):
        return {name: _as_pydantic_has_it(item) for name, item in value.items()}
    return [_as_pydantic_has_it(item) for item in value] if isinstance(value, list) else value


def _as_we_have_it(value: Any) -> Any:
    if isinstance(value, dict) and value.get("$") == "model":
        name = value["class"].partition(":")[2]
        given = {key: _as_we_have_it(item) for key, item in value["keywords"].items()}
        if name in ("F", "G"):
            given = {key: item for key, item in given.items() if item not in (0, "")}
        return name, given
    if isinstance(value, dict):
        return {name: _as_we_have_it(item) for name, item in value.items()}
    return [_as_we_have_it(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("union", UNIONS)
def test_the_same_member_takes_it(tmp_path: Path, union: str) -> None:
    """Of what pydantic refuses, and what isn't known, nothing is made."""
    namespace: dict[str, Any] = {}
    exec(compile(TYPES, "types", "exec", dont_inherit=True), namespace)
    adapter = pydantic.TypeAdapter(eval(union, namespace))
    wanted = {}
    for index, value in enumerate(VALUES):
        try:
            wanted[f"p{index}"] = adapter.validate_python(value)
        except pydantic.ValidationError:
            continue
    parameters = ", ".join(f"{name}: {union}" for name in wanted)
    given = ", ".join(f"{name}={VALUES[int(name[1:])]!r}" for name in wanted)
    calls = "\n".join(f"    show({name})" for name in wanted)
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "run.py").write_text(
        f"{TYPES}\nfrom zenml import pipeline, step\n\n\n@step\ndef show(v: object) -> None:\n    pass\n\n\n"
        f"@pipeline\ndef p({parameters}):\n{calls}\n\n\nif __name__ == '__main__':\n    p({given})\n"
    )
    report = Report()
    (run,) = read(Request(tmp_path / "run.py"), report)
    assert [d.message for d in report.errors] == []
    found = {one.name: None if one.default is None else one.default.value for one in run.pipeline.parameters}
    different = {
        name: (_as_we_have_it(found[name]), _as_pydantic_has_it(value))
        for name, value in wanted.items()
        if _as_we_have_it(found[name]) != _as_pydantic_has_it(value)
    }
    assert different == {}
