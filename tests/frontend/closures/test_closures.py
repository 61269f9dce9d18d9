"""What a step reaches: the definitions of its closure, the files, the imports."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from zencompile.diagnostics import Report
from zencompile.frontend.closures import StepCode, close
from zencompile.frontend.project import Project

Write = Callable[..., Any]

CASES: dict[str, tuple[dict[str, str], set[str]]] = {
    "a step alone": (
        {"run.py": "from zenml import step\n\nOTHER = 1\n\n@step\ndef train(a: int) -> int:\n    return a + 1\n"},
        set(),
    ),
    "names in the body, defaults, annotations and decorators": (
        {
            "run.py": """
                from dataclasses import dataclass
                from zenml import step

                LIMIT = 3
                def default(): return 1
                @dataclass
                class Config:
                    n: int = LIMIT
                def loud(f): return f
                class Unused: ...
                @step(enable_cache=False)
                @loud
                def train(c: "Config", n: int = default()) -> int:
                    return helper(n)
                def helper(n): return n
            """
        },
        {"run:Config", "run:LIMIT", "run:default", "run:helper", "run:loud"},
    ),
    "local names hide the module's": (
        {
            "run.py": """
                from zenml import step
                data = 1
                row = 2
                name = 3
                item = 4
                error = 5
                def inner(): ...
                @step
                def train(data):
                    row = [item for item in data]
                    try:
                        def inner(name): return name
                    except ValueError as error:
                        raise error
                    return inner(row), [row := 1 for x in data]
            """
        },
        set(),
    ),
    "global statements and class scopes reach past local names": (
        {
            "run.py": """
                from zenml import step
                count = 0
                size = 1
                @step
                def train():
                    global count
                    count = 2
                    class Local:
                        size = 3
                        def get(self): return size
                    return Local
            """
        },
        {"run:count", "run:size"},
    ),
    "all statements that bind or change a name": (
        {
            "run.py": """
                import sys
                from zenml import step
                NAMES = []
                NAMES.append("a")
                NAMES += ["b"]
                OPTIONS = {}
                OPTIONS["x"] = 1
                for key in ("p", "q"):
                    OPTIONS[key] = len(NAMES)
                if sys.platform == "linux":
                    DEVICE = "cuda"
                else:
                    DEVICE = "cpu"
                UNRELATED = []
                UNRELATED.append(NAMES)
                @step
                def train(): return OPTIONS, DEVICE
            """
        },
        {"run:NAMES", "run:OPTIONS", "run:DEVICE", "run:key"},
    ),
    "across files, through re-exports, stars, aliases and relative imports": (
        {
            "run.py": """
                from lib import shout as cry
                import lib.numbers as n
                import lib.deep.more
                from zenml import step
                @step
                def train(): return cry(n.ONE), lib.deep.more.f(), two
                from lib.stars import *
            """,
            "lib/__init__.py": "from .text import *\nfrom .text import shout\n",
            "lib/text.py": "from ._low import upper\ndef shout(x): return upper(x)\ndef other(): ...\n",
            "lib/_low.py": "def upper(x): return x\nUNUSED = 1\n",
            "lib/numbers.py": "ONE = 1\nTWO = 2\n",
            "lib/deep/__init__.py": "",
            "lib/deep/more.py": "from ..numbers import TWO\ndef f(): return TWO\n",
            "lib/stars.py": "__all__ = ['two']\ntwo = 2\nthree = 3\n",
        },
        {
            "lib._low:upper",
            "lib.deep.more:f",
            "lib.numbers:ONE",
            "lib.numbers:TWO",
            "lib.stars:two",
            "lib.text:shout",
        },
    ),
    "imports inside functions and under conditions": (
        {
            "run.py": """
                from zenml import step
                try:
                    from fast import go
                except ImportError:
                    from slow import go
                @step
                def train():
                    from lazy import late as l
                    import lazy2
                    return go(), l(), lazy2.f()
            """,
            "slow.py": "def go(): ...\ndef stay(): ...\n",
            "fast.py": "def go(): ...\n",
            "lazy.py": "def late(): ...\n",
            "lazy2.py": "def f(): ...\ndef g(): ...\n",
        },
        {"fast:go", "lazy2:f", "lazy:late", "run:go", "slow:go"},
    ),
    "nothing under TYPE_CHECKING or __main__": (
        {
            "run.py": """
                from __future__ import annotations
                from typing import TYPE_CHECKING
                from zenml import step
                if TYPE_CHECKING:
                    from types_only import Config
                if __name__ == "__main__":
                    LIMIT = 2
                    print(LIMIT)
                @step
                def train(c: Config): return LIMIT
            """,
            "types_only.py": "class Config: ...\n",
        },
        set(),
    ),
    "whole classes with their bases": (
        {
            "run.py": """
                from models import Child
                from zenml import step
                @step
                def train(): return Child().f()
            """,
            "models.py": """
                WEIGHT = 1
                class Base:
                    def g(self): return WEIGHT
                class Child(Base):
                    def f(self): return helper()
                def helper(): ...
                class Other(Base): ...
            """,
        },
        {"models:Base", "models:Child", "models:WEIGHT", "models:helper"},
    ),
    "steps that are called as functions, but no pipelines": (
        {
            "run.py": """
                from zenml import pipeline, step
                @step
                def load(): return 1
                @step
                def other(): ...
                @step
                def train(): return load() + 1
                @pipeline
                def flow(): train(load()); other()
                flow()
            """
        },
        {"run:load"},
    ),
    "what executing the modules does": (
        {
            "run.py": """
                import setup_all
                from zenml import step
                import warnings
                warnings.filterwarnings("ignore")
                X = []
                X.append(1)
                @step
                def train(): return 1
            """,
            "setup_all.py": "from registry import add\nfrom plug import f\nadd(f)\n",
            "registry.py": "ALL = []\ndef add(f): ALL.append(f)\ndef get(): return ALL\n",
            "plug.py": "def f(): ...\ndef g(): ...\n",
        },
        {
            "plug:f",
            "registry:ALL",
            "registry:add",
            "run:<top level>",
            "setup_all:<top level>",
        },
    ),
    "definitions that a decorator registers": (
        {
            "run.py": """
                from plugins import registry
                from plugins import csv
                from zenml import step
                @step
                def train(): return registry.get("csv")
            """,
            "plugins/__init__.py": "",
            "plugins/registry.py": """
                ALL = {}
                def register(name):
                    def note(f):
                        ALL[name] = f
                        return f
                    return note
                def get(name): return ALL[name]
                def unused(): ...
                def timed(f): return f
            """,
            "plugins/csv.py": """
                from .registry import register, timed
                @register("csv")
                def read(): return helper()
                def helper(): ...
                @timed
                def not_registered(): ...
            """,
        },
        {
            "plugins.csv:helper",
            "plugins.csv:read",
            "plugins.registry:ALL",
            "plugins.registry:get",
            "plugins.registry:register",
        },
    ),
    "submodules that a package imports from itself": (
        {
            "run.py": """
                from lib import sub
                import lib
                from zenml import step
                @step
                def train(): return sub.f(), lib.other.g()
            """,
            "lib/__init__.py": "from . import sub, other\n",
            "lib/sub.py": "def f(): ...\ndef unused(): ...\n",
            "lib/other.py": "def g(): ...\n",
        },
        {"lib.other:g", "lib.sub:f"},
    ),
    "single dispatch": (
        {
            "run.py": """
                from functools import singledispatch
                from zenml import step
                @singledispatch
                def show(x): ...
                @show.register
                def _(x: int): return one()
                def one(): ...
                @step
                def train(): return show(1)
            """
        },
        {"run:_", "run:one", "run:show"},
    ),
    "materializers of the types that are reached": (
        {
            "run.py": """
                from materializers import Card
                from zenml import step
                @step
                def train() -> Card: return Card()
            """,
            "materializers.py": """
                from zenml.materializers.base_materializer import BaseMaterializer
                class Card: ...
                class Other: ...
                class CardMaterializer(BaseMaterializer):
                    ASSOCIATED_TYPES = (Card,)
                    def save(self, x): return text(x)
                class OtherMaterializer(BaseMaterializer):
                    ASSOCIATED_TYPES = (Other,)
                def text(x): ...
            """,
        },
        {"materializers:Card", "materializers:CardMaterializer", "materializers:text"},
    ),
    "names of definitions in strings": (
        {
            "run.py": """
                from zenml import step
                @step
                def train(): return locate("tools.text.upper"), "data.csv"
            """,
            "tools/text.py": "def upper(): ...\ndef lower(): ...\n",
            "data.py": "X = 1\n",
        },
        {"tools.text:upper"},
    ),
    "comprehension, lambda and nested scopes": (
        {
            "run.py": """
                from zenml import step
                A = B = C = D = E = 1
                @step
                def train(xs, A=0):
                    f = lambda B: B + C
                    def g():
                        nonlocal xs
                        xs = D
                        return [E for E in xs]
                    return f, g, A
            """
        },
        {"run:A", "run:B", "run:C", "run:D", "run:E"},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_closure_holds_what_is_reached_and_nothing_else(case: str, write: Write) -> None:
    """The definitions of each case's closure are exactly those that its step can execute."""
    files, expected = CASES[case]
    assert write(files).reached() == expected


def test_entries_agree(write: Write) -> None:
    """The digest of a step doesn't depend on what was read before it, nor on the project's place."""
    files = {
        "run.py": "from zenml import step\nfrom lib import f\n@step\ndef train(): f()\n@step\ndef other(): ...\n",
        "lib/__init__.py": "from .a import *\n",
        "lib/a.py": "from . import *\nfrom .b import f\n",
        "lib/b.py": "from .a import *\ndef f(): ...\ndef g(): ...\n",
    }
    first, second = write(files, "one"), write(files, "two/below")
    report = Report()
    project = Project.of(second.root / "run.py", report, source_root=second.root)
    both = close(project, [StepCode("run:other"), StepCode("lib.b:g"), StepCode("run:train")], report)
    assert first.facts() == both["run:train"]
    assert "lib.b:f" in both["run:train"].closure.definitions


def test_hooks_and_materializers_are_roots(write: Write) -> None:
    """What the configuration names runs in the step's process, so it belongs to the closure."""
    project = write(
        {
            "run.py": "from zenml import step\n@step\ndef train(): ...\n",
            "hooks.py": "def alert(): return send()\ndef send(): ...\n",
        },
    )
    assert project.reached() == set()
    assert project.reached(roots=("hooks:alert",)) == {"hooks:alert", "hooks:send"}
    assert project.facts().code != project.facts(roots=("hooks:alert",)).code


def test_files_are_those_that_importing_executes(write: Write) -> None:
    """The code manifest holds every file that the process needs, with the digest of its bytes."""
    project = write(
        {
            "run.py": "import lib.a\nfrom zenml import step\n@step\ndef train():\n    import late\n",
            "lib/__init__.py": "",
            "lib/a.py": "from . import b\n",
            "lib/b.py": "",
            "lib/unused.py": "",
            "late.py": "",
        },
    )
    closure = project.facts().closure
    assert closure.files == ("late.py", "lib/__init__.py", "lib/a.py", "lib/b.py", "run.py")
    assert closure.sources == closure.files


def test_imports_are_those_that_the_reached_code_needs(write: Write) -> None:
    """Imports of other steps in the file don't count; the distribution is told where it has another name."""
    project = write(
        {
            "run.py": """
                import json
                import torch
                import numpy as np
                import zenml
                from sklearn.svm import SVC
                from google.cloud import bigquery
                from lib import read
                from zenml import step
                @step
                def train(x: np.ndarray):
                    import yaml
                    from PIL import Image
                    bigquery.Client()
                    return json.dumps(SVC()), read
                @step
                def other(): return torch
            """,
            "lib.py": "import pandas as pd\ndef read(): return pd.read_csv\ndef write(): import polars\n",
        },
    )
    closure = project.facts().closure
    assert closure.imports == ("PIL", "google", "numpy", "pandas", "sklearn", "yaml")
    assert closure.distributions == ("google-cloud-bigquery", "numpy", "pandas", "pillow", "PyYAML", "scikit-learn")


WIDENINGS = {
    "module object": ("import lib\n", "getattr(lib, name)", "ZC0602", {"lib:f", "lib:g"}),
    "module given away": ("import lib\n", "vars(lib)", "ZC0602", {"lib:f", "lib:g"}),
    "constant import": ("import importlib\n", 'importlib.import_module("lib")', "ZC0602", {"lib:f", "lib:g"}),
    "globals": ("def near(): ...\n", "globals()[name]()", "ZC0602", {"run:near"}),
    "globals of a frame": ("def near(): ...\n", "sys._getframe().f_globals[name]()", "ZC0602", {"run:near"}),
    "all objects": ("def near(): ...\n", "gc.get_objects()", "ZC0602", {"run:near"}),
    "exec": ("def near(): ...\n", "exec(name)", "ZC0603", {"run:near"}),
    "import of a package's module": (
        "import importlib\n",
        'importlib.import_module(f"plugins.{name}")',
        "ZC0601",
        {"plugins.a:A", "plugins.b:B"},
    ),
    "import of anything": (
        "from importlib import import_module\n",
        "import_module(name)",
        "ZC0601",
        {"lib:f", "lib:g", "plugins.a:A", "plugins.b:B"},
    ),
    "dunder import": ("", "__import__(name)", "ZC0601", {"lib:f", "lib:g", "plugins.a:A", "plugins.b:B"}),
}


@pytest.mark.parametrize("case", WIDENINGS)
def test_what_cannot_be_seen_widens_and_is_told(case: str, write: Write) -> None:
    """The closure takes the module, the package or the project, says so, and a note shows the place."""
    head, expression, code, expected = WIDENINGS[case]
    project = write(
        {
            "run.py": f"from zenml import step\n{head}\n@step\ndef train(name):\n    return {expression}\n",
            "lib.py": "def f(): ...\ndef g(): ...\n",
            "plugins/__init__.py": "",
            "plugins/a.py": "A = 1\n",
            "plugins/b.py": "B = 1\n",
            ".venv/x.py": "X = 1\n",
            "broken.py": "def (:\n",
        },
    )
    assert project.reached() == expected
    assert project.facts().closure.widened
    (note,) = project.report
    assert (note.code, note.severity.value) == (code, "note")
    assert note.span is not None
    assert note.span.file == "run.py"


@pytest.mark.parametrize(
    "expression", ['getattr(lib, "f")', "lib.f()", "hasattr(lib, 'f')", 'globals()["f"]', "eval('f')"]
)
def test_what_can_be_seen_does_not_widen(expression: str, write: Write) -> None:
    """A look-up by a constant name is an ordinary use."""
    project = write(
        {
            "run.py": f"from zenml import step\nimport lib\nfrom lib import f\n@step\ndef train(): {expression}\n",
            "lib.py": "def f(): ...\ndef g(): ...\n",
        },
    )
    assert project.reached() == {"lib:f"}
    assert not project.facts().closure.widened


def test_class_based_steps(write: Write) -> None:
    """The class is the step's code; the framework's base is none of the project's."""
    project = write(
        {
            "run.py": """
                from zenml.steps import BaseStep
                def helper(): ...
                class Train(BaseStep):
                    def entrypoint(self): return helper()
            """
        },
    )
    assert project.reached("run:Train") == {"run:helper"}


def test_deep_and_odd_sources_are_no_problem(write: Write) -> None:
    """A sum of thousands of terms, cycles of imports and a name that nothing binds end in facts."""
    terms = " + ".join(["x"] * 2000)
    project = write(
        {
            "run.py": f"from a import *\nfrom zenml import step\n@step\ndef train(x): return {terms}, missing, a.b.c\n",
            "a.py": "from b import *\nimport run\n",
            "b.py": "from a import *\nfrom . import nothing\nfrom .. import above\n",
        },
    )
    assert len(project.facts().code) == 64


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from zenml import step, log_metadata\n@step\ndef train():\n    log_metadata({})\n", False),
        ("import zenml\nfrom zenml.logger import get_logger\n@zenml.step\ndef train() -> int:\n    return 1\n", False),
        ("from zenml import get_step_context, step\n@step\ndef train():\n    get_step_context()\n", True),
        ("from zenml import get_step_context, step\n@step\ndef train():\n    return 1\n", False),
        ("import zenml\n@zenml.step\ndef train():\n    zenml.get_step_context().model\n", True),
        ("from zenml.steps import StepContext, step\n@step\ndef train(context: StepContext):\n    pass\n", True),
        ("from zenml import step\nfrom lib import name\n@step\ndef train():\n    return name()\n", True),
    ],
)
def test_whether_a_step_may_see_its_configuration(write: Write, text: str, expected: bool) -> None:
    """Its own code, or what that calls in another module."""
    lib = "from zencompile import get_step_context\n\ndef name(): return get_step_context().model.name\n"
    assert write({"run.py": text, "lib.py": lib}).facts().closure.context is expected


def test_variables_of_the_environment_that_code_names(write: Write) -> None:
    """However it gets at them; those under names made at run time can't be known."""
    run = """
        import os, os as system
        from os import environ, environ as env, getenv as get
        from zenml import step
        from lib import deep

        TOP = os.getenv("TOP", "x")
        UNUSED = os.getenv("UNUSED")

        @step
        def train(name: str) -> str:
            import os as inner
            found = [TOP, system.environ["A"], environ.get("B"), env.setdefault("C", ""), get(key="D")]
            found += ["E" in os.environ, inner.getenv("F"), os.environ[name], {"get": 1}.get("G"), deep()]
            return str(found)
    """
    lib = "import os\n\ndef deep(): return os.environ['DEEP']\n\ndef other(): return os.environ['OTHER']\n"
    found = write({"run.py": run, "lib.py": lib}).facts().closure.variables
    assert found == ("A", "B", "C", "D", "DEEP", "E", "F", "TOP")
