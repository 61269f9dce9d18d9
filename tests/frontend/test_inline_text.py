"""A step's function as text inside of another one: it means the same, nothing of it runs before, or it is refused."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import pytest

from zencompile.diagnostics import Report
from zencompile.frontend.closures import Closures, StepCode
from zencompile.frontend.inline_text import inline_step
from zencompile.frontend.project import Project
from zencompile.ir import InlineText
from zencompile_airflow.model import Function
from zencompile_templates.python import Call, Code

HEAD = """
import math
import json as parser
import os.path
from collections import Counter, OrderedDict as Ordered
from zenml import step
from zenml.logger import get_logger

LIMIT = 3
NAMES = ["a", 'b']
TEXT = '''two
lines'''

"""
# A function `f` that takes `x`, whatever comes before it; called with 2.
SAME = {
    "plain": "@step\ndef f(x: int) -> int:\n    return x + 1",
    "one line": "@step\ndef f(x): return x * LIMIT",
    "imports": "@step\ndef f(x):\n    return math.sqrt(x), parser.dumps(x), os.path.join('a'), Ordered(a=Counter('a'))",
    "a text over lines": "@step\ndef f(x):\n    return '''\n  {}\nend'''.format(x)",
    "a formatted text over lines": '@step\ndef f(x):\n    return f"""\n  {x}\n   {\nx}"""',
    "a docstring over lines": '@step\ndef f(x):\n    """One.\n\n    Two.\n    """\n    return x',
    "constants over lines": "LONG = [{'a': 1}, ('b',), '"
    + "c" * 120
    + "']\n\n@step\ndef f(x):\n    return TEXT * x, LONG",
    "comments": "@step\ndef f(  # takes\n    x: int,  # one\n):  # gives\n    # first\n\n    # last\n    return x",
    "defaults": "@step\ndef f(x, *, y: float = -1.5, z=('a', {'b': None})):\n    return x, y, z",
    "functions inside": "@step\ndef f(x):\n    def g(y: Counter) -> int:\n        return y + LIMIT\n    return g(x)",
    "itself": "@step\ndef f(x):\n    return 1 if x < 1 else x * f.__call__(x - 1) if False else x",
    "a name that hides": "@step\ndef f(x):\n    LIMIT = x\n    math = LIMIT\n    return math",
    "a parameter that hides": "@step\ndef f(x, NAMES=5):\n    return NAMES",
    "a constant that is changed": "@step\ndef f(x):\n    NAMES.append(x)\n    return NAMES",
    "a continued line": "@step\ndef f(x):\n    return x + \\\n        LIMIT",
    "two spaces": "@step\ndef f(x):\n  if x:\n    return x\n  return LIMIT",
    "tabs": "@step\ndef f(x):\n\tif x:\n\t\treturn x\n\treturn LIMIT",
    "letters of others": "@step\ndef f(x):\n    é = 'ü'\n    return é * x",
    "options": "@step(enable_cache=False, settings={'docker': {}})\ndef f(x):\n    return x",
    "a lambda": "@step\ndef f(x):\n    return (lambda y=LIMIT: y * x)()",
    "a loop variable of the same name": "@step\ndef f(x):\n    return [f for f in range(x)]",
    "an annotated variable": "@step\ndef f(x):\n    y: Missing = x\n    return y",
    "a logger of ours": "@step\ndef f(x):\n    get_logger('a').debug(x)\n    return x",
}
REFUSED = {
    "a function of the module": "def g(x):\n    return x\n\n@step\ndef f(x):\n    return g(x)",
    "a class of the module": "class A:\n    pass\n\n@step\ndef f(x):\n    return A",
    "a constant that is computed": "TABLE = dict(a=1)\n\n@step\ndef f(x):\n    return TABLE",
    "a default that is computed": "@step\ndef f(x=LIMIT):\n    return x",
    "a decorator of others": "import functools\n\n@step\n@functools.cache\ndef f(x):\n    return x",
    "a global": "@step\ndef f(x):\n    global LIMIT\n    LIMIT = x\n    return x",
    "the file": "@step\ndef f(x):\n    return __file__",
    "all names": "@step\ndef f(x):\n    return globals()",
    "a context": "from zenml import get_step_context\n\n@step\ndef f(x):\n    return get_step_context()",
    "arguments by number": "@step\ndef f(*x):\n    return x",
    "a coroutine": "@step\nasync def f(x):\n    return x",
    "a class": "from zenml.steps import BaseStep\n\nclass f(BaseStep):\n    def entrypoint(self, x):\n        return x",
    "everything of a module": "from math import *\n\n@step\ndef f(x):\n    return sqrt(x)",
    "a module of the project": "import other\n\n@step\ndef f(x):\n    return other.value(x)",
    "an effect of the module": "NAMES.append('c')\n\n@step\ndef f(x):\n    return NAMES",
}


def inline(folder: Path, text: str) -> InlineText:
    (folder / "run.py").write_text(text)
    (folder / "other.py").write_text("def value(x):\n    return x\n")
    report = Report()
    project = Project.of(folder / "run.py", report, source_root=folder)
    return inline_step(Closures(project, report), StepCode("run:f"), None)


def around(found: InlineText) -> str:
    """The function of a DAG file, as the template writes it."""
    function = Function("outer", Code("task"), ("x",), "", found, Call(found.function, (), {"x": Code("x")}))
    before = [textwrap.indent(text, "    ") for text in function.before]
    return "\n".join(["def outer(x):", *before, *function.own, f"    return {found.function}(x=x)", ""])


def original(text: str) -> Any:
    """The function with a framework whose decorator does nothing."""
    plain = "def step(f=None, **options):\n    return f or (lambda g: g)\n"
    lines = [line for line in text.splitlines() if not line.startswith("from zenml import step")]
    code = "\n".join(lines).replace(
        "from zenml.logger import get_logger", "from logging import getLogger as get_logger"
    )
    names: dict[str, Any] = {}
    exec(plain + code, names)
    return names["f"]


@pytest.mark.parametrize("text", SAME.values(), ids=SAME)
def test_the_text_means_the_same_inside(tmp_path: Path, text: str) -> None:
    found = inline(tmp_path, HEAD + text + "\n")
    assert not found.refused
    names: dict[str, Any] = {}
    exec(around(found), names)
    assert repr(names["outer"](2)) == repr(original(HEAD + text + "\n")(2))
    assert repr(names["outer"](2)) == repr(original(HEAD + text + "\n")(2)), "each call starts anew"


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_what_can_t_stand_alone_is_refused_with_a_reason(tmp_path: Path, text: str) -> None:
    assert inline(tmp_path, HEAD + text + "\n").refused


def test_nothing_runs_before_the_function_is_called(tmp_path: Path) -> None:
    """A default, an annotation and the body would each raise."""
    text = "import missing_module\n\n@step\ndef f(x: missing_module.A, y: 1 / 0 = []):\n    return missing_module"
    found = inline(tmp_path, HEAD + text + "\n")
    assert found.imports == ("missing_module",)
    exec(around(found), {})


def test_libcst_is_imported_for_inline_steps_only() -> None:
    import subprocess
    import sys

    script = "import sys, zencompile.frontend.inlining; sys.exit('libcst' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)


def test_a_trace_gives_the_same_text(tmp_path: Path) -> None:
    """What runs the program sees no text: that is read in either case."""
    from zencompile import frontend
    from zencompile.frontend import Request, trace

    text = HEAD + "from zenml import pipeline\n\n@step\ndef f(x: int):\n    return x * LIMIT\n\n"
    text += "@pipeline\ndef p():\n    f(1)\n"
    (tmp_path / "run.py").write_text(text.replace("from zenml.logger import get_logger\n", ""))
    request = Request(tmp_path / "run.py", texts=True, working_directory=tmp_path)
    ((read,), (traced,)) = (one.runs_of(request, Report()) for one in (frontend, trace))
    (step,), (other,) = read.pipeline.steps.values(), traced.pipeline.steps.values()
    assert step.inline == other.inline is not None
    assert step.inline is not None and step.inline.before == ("LIMIT = 3",)
