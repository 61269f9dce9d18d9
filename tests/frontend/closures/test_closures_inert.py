"""Where executing a module may do more than bind names, the code digest isn't all that a step depends on."""

from __future__ import annotations

import collections
import random
import re
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from zencompile.diagnostics import Report
from zencompile.frontend.closures import StepCode, close
from zencompile.frontend.closures.inert import Inert
from zencompile.frontend.closures.resolve import Resolver
from zencompile.frontend.project import Project

KIT = """
    import itertools
    from enum import Enum

    KEPT = []
    TABLE = {"kept": KEPT}
    COUNTER = itertools.count()


    class Color(Enum):
        RED = 1


    class Plain:
        size: int = 3

        def grow(self):
            return self.size + 1


    class Registry:
        def __init__(self, names):
            self.names = names

        def __init_subclass__(cls):
            KEPT.append(cls)

        def enroll(self, name):
            self.names.append(name)
            return self


    class Meta(type):
        def __getattr__(cls, name):
            return KEPT.append(name)


    def enroll(where, name):
        where.append(name)
        return where


    def double(value):
        if value:
            return [value, value]
        return []


    def tagged(tag):
        def decorate(function):
            def inner(*values):
                KEPT.append(tag)
                return function(*values)

            return inner

        return decorate


    def listed(function):
        KEPT.append(function)
        return function
"""
ACTING = {
    "through a parameter": "_ = enroll(KEPT, 1)",
    "through what holds it": "_ = enroll(TABLE['kept'], 1)",
    "through a keyword": "_ = enroll(where=KEPT, name=1)",
    "by a library": "import bisect\n_ = bisect.insort(KEPT, 1)",
    "by a method": "KEPT.append(1)",
    "by another name of it": "OTHER = KEPT\nOTHER.append(1)",
    "by another name of a method": "put = KEPT.append\nput(1)",
    "an item": "TABLE['x'] = 1",
    "an attribute": "Plain.size = 4",
    "an operator": "OTHER = KEPT\nOTHER += [1]",
    "an iterator": "_ = next(COUNTER)",
    "an iterator that is gone through": "_ = list(COUNTER)",
    "an iterator that is taken apart": "PAIRS = zip([1], [2])\n[first] = PAIRS",
    "a comprehension over an iterator": "PAIRS = iter([1])\n_ = [one for one in PAIRS]",
    "an object that is made": "_ = Registry(KEPT)",
    "a subclass": "class Mine(Registry): ...",
    "a subclass of a subclass": "class Above(Plain): ...\nclass Mine(Above, Registry): ...",
    "an item of a class": (
        "class Mine:\n    def __class_getitem__(cls, key): return KEPT.append(key)\ndef unused(x: Mine['a']): ..."
    ),
    "an attribute that a metaclass answers": "class Mine(metaclass=Meta): ...\ndef unused(x=Mine.a): ...",
    "a class's own name for it": "class Mine:\n    own = KEPT\n    own += [1]",
    "a decorator": "@listed\ndef unused(): ...",
    "a method's decorator": "class Mine:\n    @listed\n    def unused(self): ...",
    "a class's decorator": "@listed\nclass Mine: ...",
    "a default": "def unused(x=enroll(KEPT, 1)): ...",
    "an annotation": "def unused(x: enroll(KEPT, 1)): ...",
    "a variable's annotation": "x: enroll(KEPT, 1) = 1",
    "a lambda's default": "unused = lambda x=enroll(KEPT, 1): x",
    "a loop": "for one in [1]:\n    pass",
    "a block": "with open(__file__) as file:\n    pass",
    "a test": "if enroll(KEPT, 1):\n    pass",
    "a check": "assert KEPT == []",
    "a setting": "import logging\nlogging.basicConfig()",
    "a variable of the environment": "import os\nos.environ['A'] = '1'",
    "a name that goes": "del KEPT",
    "a template": "_ = f'{COUNTER}'",
    "a key": "_ = {Registry: 1, COUNTER: 2}",
    "what Python calls by a key": "_ = sorted([1], key=KEPT.append)",
    "members that are made": "class Mine(Enum):\n    A = 1\n    def __init__(self, *a): KEPT.append(a)",
    "an inherited making of members": (
        "class Base(Enum):\n    def __init__(self, *a): KEPT.append(a)\nclass Mine(Base):\n    A = 1"
    ),
    "a name that isn't there": "_ = missing",
    "a module that answers": "def __getattr__(name): return KEPT.append(name)",
    "a global name": "def change():\n    global KEPT\n    KEPT = [1]\n_ = change()",
    "a name that a function binds later": "def make():\n    def inner(): return double(1)\n    double = KEPT.append\n"
    "    return inner()\n_ = make()",
    "a setting by an alias": "import random as chance\nrng = chance\n_ = rng.seed(1)",
    "a field that is made": (
        "import dataclasses, functools\n@dataclasses.dataclass\nclass Mine:\n"
        "    a: int = dataclasses.field(default_factory=functools.partial(next, COUNTER))\n_ = Mine()"
    ),
    "a call at the end of a chain": "_ = Plain().grow()",
}
INERT = [
    "",
    "import os\nimport json as data\nfrom pathlib import Path",
    "try:\n    import numpy\nexcept ImportError:\n    numpy = None",
    "A = 1\nB = A + 2\nC = [A, B, 3 * 4]\nD = {'a': A, **{'b': B}}\nE = C[0] if C else None\nF = (*C, -A)",
    "HERE = __file__\nfrom pathlib import Path\nROOT = Path(HERE).resolve().parent / 'data'\nNAME = f'{ROOT}/x'",
    "import os\nMODE = os.environ.get('MODE', 'a').lower()\nDEBUG = os.getenv('DEBUG') == '1'",
    "import logging\nlogger = logging.getLogger(__name__)",
    "from zenml.logger import get_logger\nother = get_logger(__name__)",
    "from zenml.config import DockerSettings\nDOCKER = DockerSettings(requirements=['a'])",
    "from zenml import step\n@step(settings={'docker': {'a': 1}}, enable_cache=False)\ndef f(x: int = 3) -> int: ...",
    "from zenml import step\n@step\ndef other(): ...\nrenamed = other.with_options(parameters={'a': 1})",
    "from zenml import pipeline\n@pipeline\ndef whole(): ...\nwhole()\nwhole.with_options(a=1)()",
    "import functools\n@functools.lru_cache(maxsize=3)\ndef cached(x): ...",
    "@tagged(3)\ndef marked(): ...",
    "X = double(3)\nY = double(X)",
    "from dataclasses import dataclass, field\n@dataclass(frozen=True)\nclass Config:\n    a: int = 1\n"
    "    b: list[int] = field(default_factory=list)\nDEFAULT = Config(a=2)",
    "from pydantic import BaseModel, Field, field_validator\nclass Model(BaseModel):\n    a: int = Field(3, ge=1)\n"
    "    @field_validator('a')\n    @classmethod\n    def check(cls, value): ...",
    "class Mine(Plain):\n    @property\n    def a(self): ...\n    @a.setter\n    def a(self, value): ...",
    "class Problem(ValueError): ...\nclass Worse(Problem): ...",
    "CHOICES = {Color.RED: 'red'}\nFIRST = Color.RED",
    "from typing import Annotated, Generic, Optional, TypeVar\nT = TypeVar('T')\n"
    "class Box(Generic[T]):\n    inner: Optional[T] = None\n    def get(self) -> 'Box[T]': ...\n"
    "def f(x: Annotated[Plain, 'a'] | None, y: list[Plain]) -> dict[str, Plain]: ...",
    "SQUARES = [n * n for n in range(5) if n]\nBY_NAME = dict(zip(['a'], [1]))\nTOTAL = sum(n for n in SQUARES)",
    "key = lambda x, y=2: x",
    "import collections\nGROUPS = collections.defaultdict(list)\nPoint = collections.namedtuple('Point', 'x y')",
    "import sys\nif sys.version_info >= (3, 11):\n    import tomllib\nelse:\n    tomllib = None",
    "__all__ = ['A']\n__version__ = '1'\nA: int = 1",
]


def holds(folder: Path, text: str) -> bool:
    folder.mkdir(exist_ok=True)
    (folder / "run.py").write_text(text)
    report = Report()
    resolver = Resolver(Project.of(folder / "run.py", report, source_root=folder))
    return Inert(resolver).holds(resolver.load(folder / "run.py"))


@pytest.mark.parametrize("case", ACTING)
def test_what_may_do_more_than_bind_names_is_seen(case: str, tmp_path: Path) -> None:
    assert not holds(tmp_path, f"{textwrap.dedent(KIT)}\n{ACTING[case]}\n")


@pytest.mark.parametrize("text", INERT)
def test_what_binds_names_alone_is_known(text: str, tmp_path: Path) -> None:
    assert holds(tmp_path, f"{textwrap.dedent(KIT)}\n{text}\n")


POOL = """
    {new} = {number}
    {new} = [{number}, {old}]
    {new} = {{"a": {old}}}
    {new} = {old}
    {new} = iter([1, 2, {number}])
    {new} = list({old})
    {new} = tuple(zip({old}, {other}))
    {new} = zip({old}, {other})
    {new} = [each for each in {old}]
    {new} = (each for each in {old})
    {new} = {{each: {number} for each in {old}}}
    {new} = sum({old}, [])
    {new} = {old} + {other}
    {new} = {old} or {other}
    {new} = {old}[0]
    {new} = {old}["a"]
    {new} = f"{{{old}}} {{{other}!r}}"
    {new} = sorted({old}, key=str)
    {new} = max({old}, key={other})
    {new} = Keeper({old})
    {new} = Keeper({old}).kept
    {new} = Noted
    {new} = Noted()
    {new} = {old}.kept
    {new} = {old}()
    {new} = {old}.pop
    {new} = {old}.copy()
    {new} = {old} == {other}
    {new} = {old} if {other} else {number}
    {new} = keep({old})
    {new} = twice({old})
    {new} = collections.defaultdict(list)
    {new} = collections.Counter({old})
    {new} = collections.deque({old})
    {new} = functools.partial({old}, {other})
    {new} = map(keep, {old})
    {new}, *_ = {old}
    {new}: {old} = {number}
    {new} = [*{old}, {number}]
    {new} = not {old}
    {new} = lambda x={old}: x
    def {new}(x={old}): return KEPT.append(x)
    def {new}(x: {old} = {number}): ...
    def {new}(x): return {old}
    def {new}(x): return [x, {number}]
    def {new}(x): return {old}.append(x)
    class {new}: a = {old}
    class {new}(Noted): a = {number}
    class {new}(Keeper): b = {old}
    class {new}({old}): ...
    @keep\ndef {new}(): ...
    @staticmethod\ndef {new}(x): ...
    @{old}\ndef {new}(x=3): ...
    if {old}:\n    {new} = {number}\nelse:\n    {new} = {other}
    try:\n    {new} = {old}[0]\nexcept Exception:\n    {new} = {number}
    for {new} in {old}: pass
    {old}.append({number})
    {old}[0] = {number}
    {new} = {old}.append({number})
    {new} = {old}.a
    {new} = {old} | {other}
    {new} = {old}[{other}]
    {new} = isinstance({old}, {other})
    {new} = (lambda: KEPT.append({number}))()
"""
HEAD = """
import collections
import functools

KEPT = []
BASE = [1, 2]


class Keeper:
    kept = KEPT

    def __init__(self, value):
        len(KEPT) < 50 and KEPT.append(1)

    def __iter__(self):
        len(KEPT) < 50 and KEPT.append(2)
        return iter([])

    def __eq__(self, other):
        len(KEPT) < 50 and KEPT.append(3)
        return True

    def __hash__(self):
        len(KEPT) < 50 and KEPT.append(4)
        return 4

    def __str__(self):
        len(KEPT) < 50 and KEPT.append(5)
        return "keeper"

    def __bool__(self):
        len(KEPT) < 50 and KEPT.append(6)
        return True

    def __set_name__(self, owner, name):
        len(KEPT) < 50 and KEPT.append(7)

    def __getitem__(self, key):
        len(KEPT) < 50 and KEPT.append(8)
        return key

    __repr__ = __str__

    def __call__(self, *values):
        len(KEPT) < 50 and KEPT.append(9)
        return values


class Noted:
    def __init_subclass__(cls):
        len(KEPT) < 50 and KEPT.append(cls.__name__)

    def __iter__(self):
        len(KEPT) < 50 and KEPT.append(10)
        return iter([1])

    def __call__(self, value):
        len(KEPT) < 50 and KEPT.append(11)
        return value


def keep(value):
    if len(KEPT) < 50:
        len(KEPT) < 50 and KEPT.append(12)
    return value


def twice(value):
    return [value, value]
"""


def program(chance: random.Random) -> list[str]:
    pool = [line.strip().replace("\\n", "\n") for line in POOL.strip().split("\n    ") if line.strip()]
    names = ["KEPT", "BASE", "keep", "twice", "Keeper", "Noted"]
    found = []
    for number in range(chance.randint(2, 7)):
        new = f"n{number}"
        text = chance.choice(pool).format(
            new=new, number=chance.randint(0, 9), old=chance.choice(names), other=chance.choice(names)
        )
        found.append(text)
        names += [new] * 3 if "n" in text and new in text else []
    return found


def outcome(statements: list[str]) -> dict[str, str] | None:
    """What the names stand for in the end; nothing of a program that fails."""
    space: dict[str, object] = {"__name__": "program"}
    try:
        exec("\n".join([HEAD, *statements]), space)
    except Exception:
        return None
    return {name: shown(value) for name, value in sorted(space.items()) if not name.startswith("__")}


def shown(value: object, depth: int = 0) -> str:
    if isinstance(value, dict):
        value = [part for item in value.items() for part in item]
    if isinstance(value, (list, tuple, set, collections.deque, Iterator)):
        return f"{type(value).__name__} {inner(value, depth + 1)}"
    return re.sub("0x[0-9a-f]+", "", repr(value)) if isinstance(value, (int, str, float)) else type(value).__name__


def inner(values: Iterable[object], depth: int) -> list[str]:
    try:
        return [shown(one, depth) for one in values] if depth < 5 else []
    except TypeError:  # an iterator that calls what can't be called
        return ["fails"]


def test_in_an_inert_module_no_statement_tells_what_others_bind(tmp_path: Path) -> None:
    """Programs at random: what is left out of one that is inert, and put elsewhere, changes no other name."""
    chance = random.Random(5)
    seen = 0
    for number in range(6000):
        statements = program(chance)
        before = outcome(statements)
        if before is None or not holds(tmp_path / str(number % 7), "\n".join([HEAD, *statements])):
            continue
        for index in range(len(statements)):
            after = outcome(statements[:index] + statements[index + 1 :])
            if after is None:  # something else needs it
                continue
            seen += 1
            changed = {name for name in after if after[name] != before[name]}
            assert not changed, (statements, index)
    assert seen > 300


@pytest.mark.parametrize(
    ("text", "inert"),
    [
        ("conf = 'own'", False),
        ("from other import x as conf", False),
        ("from .conf import conf", True),
        ("from . import conf", True),
        ("size = 1", True),
    ],
)
def test_a_name_that_a_module_of_the_package_takes_is_seen(text: str, inert: bool, tmp_path: Path) -> None:
    package = tmp_path / "pk"
    package.mkdir()
    (package / "conf.py").write_text("conf = 1\n")
    (tmp_path / "other.py").write_text("x = 1\n")
    (package / "__init__.py").write_text(f"{text}\n")
    (tmp_path / "run.py").write_text("import pk\n")
    resolver = Resolver(Project.of(tmp_path / "run.py", Report(), source_root=tmp_path))
    assert Inert(resolver).holds(resolver.load(package / "__init__.py")) is inert


@pytest.mark.parametrize(
    ("value", "acting"),
    [
        ("'kit' in sys.modules", True),
        ("list(logging.root.manager.loggerDict)", True),
        ("[one.__name__ for one in object.__subclasses__()]", True),
        ("sys.argv", False),
    ],
)
def test_who_sees_what_inert_modules_have_done_depends_on_all_of_it(value: str, acting: bool, tmp_path: Path) -> None:
    text = f"import logging, sys\nfrom zenml import step\n@step\ndef train():\n    return {value}\n"
    (tmp_path / "run.py").write_text(text)
    project = Project.of(tmp_path / "run.py", Report(), source_root=tmp_path)
    assert close(project, [StepCode("run:train")], Report())["run:train"].closure.acting is acting
