"""Values that a run may change, in the fields of models: what pydantic makes of them, or nothing that is handed on."""

from __future__ import annotations

import itertools
from typing import Any, Optional, Union  # noqa: F401  the fields' types

import pydantic
import pytest

FIELDS = ["int", "float", "bool", "str", "Any", "Optional[int]", "Optional[str]", "Union[int, str]", "list[int]"]
PARAMETERS = {"int": [3, -1, 1], "str": ["7", "a", "true"], "bool": [True, False], "float": [2.0, 2.5], "Any": ["7", 3]}
REFUSED = ["ZC0208"]


def _made(field: str, value: Any) -> Any:
    model: Any = pydantic.create_model("Model", x=(eval(field), ...))
    return model(x=value).x


@pytest.mark.parametrize(("field", "parameter"), list(itertools.product(FIELDS, PARAMETERS)))
def test_a_parameter_of_the_pipeline_in_a_field_is_what_pydantic_makes_of_it(
    field: str, parameter: str, compile_text: Any
) -> None:
    """It stays a parameter only where the field takes each of its values as it is."""
    for value in PARAMETERS[parameter]:
        text = (
            f"from pydantic import BaseModel\nfrom typing import Union\nclass Model(BaseModel):\n    x: {field}\n"
            "@step\ndef show(v: object) -> None: ...\n"
            f"@pipeline\ndef p(k: {parameter} = {value!r}):\n    show(Model(x=k).x)\n"
        )
        compiled = compile_text(text, name="p")
        if compiled.errors:
            continue
        handed = compiled.input("show", "v")
        if handed == "$k":
            assert [repr(_made(field, one)) for one in PARAMETERS[parameter]] == list(map(repr, PARAMETERS[parameter]))
        else:
            assert repr(handed) == repr(_made(field, value))


@pytest.mark.parametrize(
    ("field", "parameter", "wanted"),
    [
        ("int", "int = 3", "$k"),
        ("Optional[str]", "str = 'a'", "$k"),
        ("float", "int = 3", 3.0),
        ("int", "str = '7'", 7),
    ],
)
def test_a_parameter_stays_one_or_is_bound(field: str, parameter: str, wanted: Any, compile_text: Any) -> None:
    text = (
        f"from pydantic import BaseModel\nclass Model(BaseModel):\n    x: {field}\n"
        f"@step\ndef show(v: object) -> None: ...\n@pipeline\ndef p(k: {parameter}):\n    show(Model(x=k).x)\n"
    )
    handed = compile_text(text, name="p").input("show", "v")
    assert (type(handed), handed) == (type(wanted), wanted)


@pytest.mark.parametrize(
    "given",
    [
        *(
            "Model.model_validate(library.load()).x",
            "Model.model_validate(library.load())",
            "Model(**library.load()).x",
        ),
        *(
            "Model(x=library.load()).x",
            "Model(x=1).model_copy(update=library.load())",
            "Model.parse_obj(library.load())",
        ),
        *("Pair(1, 2)._replace(**library.load())", "replace(Data(1), **library.load())", "Model(x=random.random()).x"),
    ],
)
def test_what_pydantic_makes_of_what_only_running_knows_is_refused(given: str, compile_text: Any) -> None:
    """The value itself is not what the field holds; what a copy changes isn't left out."""
    text = (
        "import random, library\nfrom dataclasses import dataclass, replace\nfrom pydantic import BaseModel\n"
        "class Model(BaseModel):\n    x: int = 0\n@dataclass\nclass Data:\n    x: int\n"
        "class Pair(NamedTuple):\n    a: int\n    b: int\n"
        f"@step\ndef show(v: object) -> None: ...\n@pipeline\ndef p():\n    show({given})\n"
    )
    assert compile_text(text, name="p").errors == REFUSED


def test_a_field_that_takes_anything_hands_it_on(compile_text: Any) -> None:
    text = (
        "import library\nfrom pydantic import BaseModel\nclass Model(BaseModel):\n    x: Any\n"
        "@step\ndef show(v: object) -> None: ...\n@pipeline\ndef p():\n    show(Model(x=library.load()).x)\n"
    )
    assert compile_text(text, name="p").input("show", "v")["$"] == "model"
