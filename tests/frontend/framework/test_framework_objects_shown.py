"""What the graph says of objects among the parameters, against what the real framework stores of them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import engine_environment
from zencompile.ir.graph import plain

CLASSES = """
import enum
import datetime
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Dict, List, Optional, Tuple, Union

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, computed_field, field_validator, model_validator
from zenml import pipeline, step


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Inner(BaseModel):
    a: int = 1
    color: Color = Color.RED


class Deep(BaseModel):
    inner: Inner = Inner()
    many: List[Inner] = Field(default_factory=lambda: [Inner(a=9)])
    named: Dict[str, Inner] = {}
    maybe: Optional[Inner] = None


class Sub(Inner):
    b: str = "sub"


class Values(BaseModel):
    day: datetime.date = datetime.date(2020, 1, 2)
    path: Path = Path("a/b")
    pair: Tuple[int, int] = (1, 2)
    few: set = {1}
    none: Optional[str] = None
    number: float = 1
    K: ClassVar[int] = 7
    _private: int = PrivateAttr(5)


class Computed(BaseModel):
    a: int = 2

    @computed_field
    @property
    def twice(self) -> int:
        return self.a * 2


class Checked(BaseModel):
    a: int = 2
    b: int = 0

    @field_validator("a")
    @classmethod
    def raised(cls, value):
        return value + 1

    @model_validator(mode="after")
    def filled(self):
        self.b = self.a * 10
        return self


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")
    a: int = 1


@dataclass
class Plain:
    a: int = 1
    b: List[int] = field(default_factory=lambda: [1, 2])
    c: int = field(init=False, default=8)
    K: ClassVar[int] = 7


@dataclass
class After:
    zoom: int = 19
    box: List[float] = None

    def __post_init__(self):
        if self.box is None:
            self.box = [1.5, 2.5]
        self.not_a_field = 1


@dataclass
class Outer:
    plain: Plain = field(default_factory=Plain)
    inner: Inner = field(default_factory=lambda: Inner(a=4))
    several: List[Plain] = field(default_factory=lambda: [Plain(a=3)])


@dataclass
class Child(Plain):
    d: str = "child"
"""

ROWS = [
    ("Inner", "Inner()"),
    ("Inner", "Inner(a=3)"),
    ("Inner", "Inner(color=Color.BLUE)"),
    ("Inner", "Inner(a='7')"),
    ("Inner", '{"a": 4}'),
    ("Inner", "{}"),
    ("Deep", "Deep()"),
    ("Deep", "Deep(inner=Inner(a=2), named={'x': Inner()}, maybe=Inner(a=5))"),
    ("Deep", "Deep(inner={'a': 6})"),
    ("Deep", '{"inner": {"a": 6}}'),
    ("Sub", "Sub()"),
    ("Inner", "Sub(b='other')"),
    ("Values", "Values()"),
    ("Values", "Values(number=3, none='x')"),
    ("Computed", "Computed(a=5)"),
    ("Checked", "Checked()"),
    ("Open", "Open(z=3)"),
    ("Plain", "Plain()"),
    ("Plain", "Plain(2, [5])"),
    ("After", "After()"),
    ("After", "After(zoom=1, box=[0.5])"),
    ("Outer", "Outer()"),
    ("Outer", "Outer(plain=Plain(a=7))"),
    ("Child", "Child(d='x')"),
    ("List[Inner]", "[Inner(), Inner(a=3)]"),
    ("List[Plain]", "[Plain(), Plain(a=3)]"),
    ("Dict[str, Plain]", "{'k': Plain()}"),
    ("Dict[str, List[Plain]]", "{'k': [Plain(a=2)]}"),
    ("Tuple[Plain, int]", "(Plain(), 3)"),
    ("Optional[Inner]", "Inner()"),
    ("Union[Inner, Plain]", "Plain(a=4)"),
    ("Any", "Plain()"),
    ("Any", "Inner()"),
]

PROGRAM = CLASSES + "\n".join(f"@step\ndef s{i}(x: {type_}) -> None:\n    pass\n" for i, (type_, _) in enumerate(ROWS))
PROGRAM += "\n@pipeline\ndef objects():\n" + "\n".join(f"    s{i}(x={value})" for i, (_, value) in enumerate(ROWS))

STORED = """
import json, run
run.objects.prepare()
stored = {}
for id_, invocation in run.objects.invocations.items():
    configuration = invocation.finalize(parameters_to_ignore=set())
    stored[id_] = configuration.model_dump(mode="json")["parameters"]["x"]
print(json.dumps(stored))
"""


@pytest.fixture(scope="module")
def stored(zenml_python: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What ZenML stores of each row's parameter."""
    folder = tmp_path_factory.mktemp("stored")
    (folder / "run.py").write_text(PROGRAM)
    environment = engine_environment(
        ZENML_CONFIG_PATH=str(folder / "zenml"), ZENML_ANALYTICS_OPT_IN="false", ZENML_LOGGING_VERBOSITY="ERROR"
    )
    done = subprocess.run(
        [zenml_python, "-c", STORED], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


def _says_all_of(shown: Any, wanted: Any) -> bool:
    """Whether all that is stored is shown: the framework leaves out defaults of models in lists, we don't."""
    if isinstance(wanted, dict):
        return isinstance(shown, dict) and all(_says_all_of(shown.get(key), item) for key, item in wanted.items())
    if isinstance(wanted, list):
        return len(shown) == len(wanted) and all(map(_says_all_of, shown, wanted))
    return bool(shown == wanted)


def test_the_graph_shows_what_the_framework_stores(stored: dict[str, Any], compile_text: Any) -> None:
    """Each field of each object."""
    compiled = compile_text(PROGRAM, name="objects", header=False)
    for index, row in enumerate(ROWS):
        shown = plain(compiled[f"s{index}"].inputs["x"].shown)
        assert _says_all_of(shown, stored[f"s{index}"]), (row, shown, stored[f"s{index}"])
