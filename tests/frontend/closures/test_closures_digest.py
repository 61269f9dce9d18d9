"""The digest of a step's code: which edits change it, and that it is the same on every Python."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from zencompile_runtime.canonical import canonical

HERE = Path(__file__).parent
ROOT = HERE.parent.parent.parent
GOLDEN = HERE / "sample_digests.json"
VERSIONS = ("3.10", "3.11", "3.12", "3.13")

Write = Callable[..., Any]

FILES = {
    "run.py": '''
        """Doc of the module."""
        from shop import total
        from shop.limits import LIMIT
        from shop.model import Model
        from zenml import step

        def timed(unit):
            return lambda f: f

        @step(enable_cache=True)
        @timed(unit="s")
        def train(items: list, factor: float = 2.0) -> float:
            """Doc of the step."""
            if len(items) > LIMIT:  # too many
                return Model().predict(items)
            return total(items) * factor

        def unreached(): return 1

        if __name__ == "__main__":
            print("main")
    ''',
    "shop/__init__.py": "from .sums import total\n",
    "shop/sums.py": '''
        from .deep import helper
        def total(items):
            """Doc of a helper."""
            return sum(helper(i) for i in items)
        def unreached(): return 1
    ''',
    "shop/deep.py": "SCALE = 3\ndef helper(x): return x * SCALE\nOTHER = 4\n",
    "shop/limits.py": "LIMIT = 10\nLIMIT = LIMIT * 2\n",
    "shop/model.py": '''
        class Base:
            bias = 1
        class Model(Base):
            """Doc of a class."""
            rate: float = 0.5
            def predict(self, items): return self.rate * len(items) + self.bias
            def unused(self): return 1
    ''',
}

NEUTRAL = {
    "comment": ("run.py", "# too many", "# far too many"),
    "formatting": ("run.py", "total(items) * factor", "(\n                total( items )*factor\n            )"),
    "quotes": ("run.py", 'unit="s"', "unit='s'"),
    "number's spelling": ("run.py", "2.0) -> float", "2.00) -> float"),
    "framework's decorator": ("run.py", "enable_cache=True", "enable_cache=False, name='x'"),
    "unreached function": ("run.py", "def unreached(): return 1", "def unreached(): return 2"),
    "unreached function elsewhere": ("shop/sums.py", "def unreached(): return 1", "def unreached(): return 2"),
    "unreached constant": ("shop/deep.py", "OTHER = 4", "OTHER = 5"),
    "new code": ("shop/deep.py", "OTHER = 4", "OTHER = 4\nMORE = 5\ndef g(): ...\n"),
    "main block": ("run.py", 'print("main")', 'print("other")'),
    "step's docstring": ("run.py", '"""Doc of the step."""', '"""Other."""'),
    "helper's docstring": ("shop/sums.py", '"""Doc of a helper."""', '"""Other."""'),
    "class's docstring": ("shop/model.py", '"""Doc of a class."""', '"""Other."""'),
    "module's docstring": ("run.py", '"""Doc of the module."""', '"""Other."""'),
    "path of an import": ("run.py", "from shop import total", "from shop.sums import total"),
    "order of definitions": (
        "shop/deep.py",
        "SCALE = 3\ndef helper(x): return x * SCALE",
        "def helper(x): return x * SCALE\nSCALE = 3",
    ),
}

MEANINGFUL = {
    "body": ("run.py", "* factor", "+ factor"),
    "default": ("run.py", "2.0) -> float", "3.0) -> float"),
    "annotation": ("run.py", "items: list", "items: tuple"),
    "decorator's argument": ("run.py", 'unit="s"', 'unit="ms"'),
    "decorator's code": ("run.py", "lambda f: f", "lambda f: (f, 1)[0]"),
    "constant": ("shop/limits.py", "LIMIT = 10", "LIMIT = 11"),
    "constant bound again": ("shop/limits.py", "LIMIT * 2", "LIMIT * 3"),
    "constant no longer bound again": ("shop/limits.py", "LIMIT = LIMIT * 2", ""),
    "helper two modules away": ("shop/deep.py", "x * SCALE", "x + SCALE"),
    "constant two modules away": ("shop/deep.py", "SCALE = 3", "SCALE = 30"),
    "class attribute": ("shop/model.py", "rate: float = 0.5", "rate: float = 0.6"),
    "method": ("shop/model.py", "def unused(self): return 1", "def unused(self): return 2"),
    "base class": ("shop/model.py", "bias = 1", "bias = 2"),
    "what a name is imported from": (
        "shop/__init__.py",
        "from .sums import total",
        "from .deep import helper as total",
    ),
    "a change of a constant": ("shop/deep.py", "OTHER = 4", "SCALE += 1"),
    "an effect of a module": ("shop/deep.py", "OTHER = 4", "print('hello')"),
    "a name hidden by a local": ("run.py", "if len(items)", "total = sum\n            if len(items)"),
    "text": ("run.py", 'unit="s"', 'unit="s "'),
    "kind of a literal": ("shop/limits.py", "LIMIT = 10", "LIMIT = 10.0"),
    "truth": ("shop/deep.py", "SCALE = 3", "SCALE = True"),
}


def edited(file: str, old: str, new: str) -> dict[str, str]:
    assert FILES[file].count(old) == 1, f"{old!r} must stand in {file} once"
    return FILES | {file: FILES[file].replace(old, new)}


@pytest.mark.parametrize("name", NEUTRAL)
def test_an_edit_without_meaning_keeps_the_digest(name: str, write: Write) -> None:
    """Comments, formatting, docstrings that nothing reads and code that isn't reached don't count."""
    assert write(edited(*NEUTRAL[name]), "new").facts().code == write(FILES, "old").facts().code


@pytest.mark.parametrize("name", MEANINGFUL)
def test_an_edit_with_meaning_changes_the_digest(name: str, write: Write) -> None:
    """Whatever the step's process may execute counts."""
    assert write(edited(*MEANINGFUL[name]), "new").facts().code != write(FILES, "old").facts().code


# What stands before the step, and the step's body; DOC is the docstring's text.
READ = {
    "its own __doc__": ("def f():\n    'DOC'", "return f.__doc__, f()"),
    "getattr": ("def f():\n    'DOC'", "return getattr(f, '__doc__'), f()"),
    "inspect": ("import inspect\ndef f():\n    'DOC'", "return inspect.getdoc(f)"),
    "a foreign decorator": ("from tools import tool\n@tool\ndef f():\n    'DOC'", "return f()"),
    "a foreign decorator on the step": ("from tools import tool", "'DOC'"),
    "a foreign function": ("import agents\ndef f():\n    'DOC'", "return agents.Agent(tools=[f])"),
    "a foreign base": ("from pydantic import BaseModel\nclass M(BaseModel):\n    'DOC'", "return M()"),
    "a base of a base": ("from pydantic import BaseModel as A\nclass B(A): ...\nclass M(B):\n    'DOC'", "return M()"),
    "a schema of annotations": (
        "from enum import Enum\nimport pydantic\nclass E(Enum):\n    'DOC'\nclass M(pydantic.BaseModel):\n    e: E",
        "return M()",
    ),
    "a method given away": ("import agents\nclass K:\n    def m(self):\n        'DOC'", "return agents.Agent(K().m)"),
    "a nested function given away": ("import agents", "def g():\n        'DOC'\n    return agents.Agent(g)"),
    "a nested function decorated": ("from agents import tool", "@tool\n    def g():\n        'DOC'\n    return g()"),
    "the module's own": ("", "return __doc__"),
    "a decorator of the project that hands it on": (
        "import agents\ndef tool(f):\n    return agents.tool(f)\n@tool\ndef f():\n    'DOC'",
        "return f()",
    ),
    "a computed name": ("def f():\n    'DOC'\ndef read(x, name):\n    return getattr(x, name)", "return read(f, xs)"),
    "all that a class has": ("class K:\n    'DOC'", "return [k for k in vars(K).values()]"),
    "a template": ("def f():\n    'DOC'", "return xs.format(f)"),
    "a template's field": ("def f():\n    'DOC'", "return '{0.__doc__}'.format(f)"),
    "a command": (
        "import cmd\nclass K(cmd.Cmd):\n    def do_x(self, line):\n        'DOC'",
        "return K().onecmd('help x')",
    ),
    "a test": (
        "import unittest\nclass K(unittest.TestCase):\n    def test_x(self):\n        'DOC'",
        "return K('test_x').shortDescription()",
    ),
}
UNREAD = {
    "a call": ("def f():\n    'DOC'", "return f()"),
    "a builtin": ("def f(x):\n    'DOC'", "return sorted(map(f, xs), key=f)"),
    "the standard library's decorator": (
        "from functools import lru_cache\n@lru_cache\ndef f():\n    'DOC'",
        "return f()",
    ),
    "an exception": ("class E(Exception):\n    'DOC'", "raise E"),
    "a decorator of the project": ("def deco(f):\n    return f\n@deco\ndef f():\n    'DOC'", "return f()"),
    "a method called": ("class K:\n    def m(self):\n        'DOC'", "return K().m()"),
    "a nested function called": ("", "def g():\n        'DOC'\n    return g()"),
    "the step": ("", "'DOC'"),
    "the module": ("", "return 1"),
    "a function handed to the project": ("def f():\n    'DOC'\ndef g(x): return x()", "return g(f)"),
    "a function handed to the standard library": (
        "import threading\ndef f():\n    'DOC'",
        "threading.Thread(target=f)",
    ),
    "a method handed on": ("class K:\n    def m(self):\n        'DOC'\ndef g(x): return x()", "return g(K().m)"),
    "a nested function handed back": ("", "def g():\n        'DOC'\n    return g"),
    "a base of the project": ("class A: ...\nclass M(A):\n    'DOC'", "return M()"),
}


def documented(case: tuple[str, str], text: str) -> dict[str, str]:
    before, body = (part.replace("DOC", text) for part in case)
    decorators = "@step\n@tool" if "from tools" in before and "@tool" not in before else "@step"
    return {"run.py": f"'{text}'\nfrom zenml import step\n{before}\n{decorators}\ndef train(xs):\n    {body}\n"}


@pytest.mark.parametrize("name", READ)
def test_docstrings_count_where_something_can_read_them(name: str, write: Write) -> None:
    """In tools for language models the docstring is the prompt."""
    one, two = (write(documented(READ[name], text), text).facts() for text in ("one", "two"))
    assert one.code != two.code


@pytest.mark.parametrize("name", UNREAD)
def test_docstrings_do_not_count_where_nothing_reads_them(name: str, write: Write) -> None:
    """A docstring alone doesn't run a step again."""
    one, two = (write(documented(UNREAD[name], text), text).facts() for text in ("one", "two"))
    assert one.code == two.code


# What stands before the step, and the step's body; HINT is an annotation.
EVALUATED = {
    "get_type_hints": ("import typing\ndef f(x: HINT): ...", "return typing.get_type_hints(f)"),
    "a signature of a method": (
        "import inspect\nclass K:\n    def m(self) -> HINT: ...",
        "return inspect.signature(K.m)",
    ),
    "a signature of a nested function": (
        "import inspect\ndef f():\n    def g(x: HINT): ...\n    return g",
        "return inspect.signature(f())",
    ),
    "__annotations__": ("def f(x: HINT): ...", "return f.__annotations__"),
    "singledispatch": (
        "import functools\ndef f(x: HINT): ...\ng = functools.singledispatch(f)\ng.register(f)",
        "return g",
    ),
    "a foreign function": ("import agents\ndef f(x: HINT): ...", "return agents.Agent(f)"),
    "a foreign base": ("import agents\nclass K(agents.Agent):\n    def m(self, x: HINT): ...", "return K()"),
    "a foreign decorator": ("import agents\n@agents.tool\ndef f(x: HINT): ...", "return f"),
    "a decorator of the project": ("def deco(f): return f\n@deco\ndef f(x: HINT): ...", "return f"),
    "a field": ("class K:\n    x: HINT", "return K()"),
    "an item": ("class K:\n    def __class_getitem__(cls, x): ...\ndef f(x: K['HINT']): ...", "return 1"),
    "an operator": (
        "class M(type):\n    def __or__(a, b): ...\nclass K(metaclass=M): ...\ndef f(x: K | HINT): ...",
        "return 1",
    ),
    "an attribute of a method": (
        "class M(type):\n    def __getattr__(cls, x): ...\nclass K(metaclass=M): ...\n"
        "class L:\n    def f(self) -> K.HINT: ...",
        "return 1",
    ),
    "a call": ("SEEN = []\ndef f(x: SEEN.append('HINT')): ...", "return SEEN, f"),
}
UNEVALUATED = {
    "a function": ("def f(x: HINT) -> HINT: ...", "return f(1)"),
    "a function handed on": ("def f(x: HINT) -> HINT: ...", "return sorted(xs, key=f), xs.apply(f)"),
    "a method": ("class K:\n    def m(self, x: HINT) -> HINT: ...", "return K().m(1)"),
    "a property": ("class K:\n    @property\n    def m(self) -> HINT: ...", "return K().m"),
    "a dataclass's method": (
        "import dataclasses\n@dataclasses.dataclass\nclass K:\n    x: int\n    def m(self) -> HINT: ...",
        "return K(1).m()",
    ),
    "a nested function": ("def f():\n    def g(x: HINT): ...\n    return g", "return f()(1)"),
    "a function of a block": ("if len('a'):\n    def f(x: HINT): ...", "return f(1)"),
    "a plain function beside another distribution": (
        "import agents\ndef f(x: HINT): ...",
        "return agents.Agent(), f(1)",
    ),
}


def annotated(case: tuple[str, str], hint: str) -> dict[str, str]:
    before, body = (part.replace("HINT", hint) for part in case)
    return {"run.py": f"from zenml import step\n{before}\n@step\ndef train(xs):\n    {body}\n"}


@pytest.mark.parametrize("name", EVALUATED)
def test_annotations_count_where_something_can_read_them(name: str, write: Write) -> None:
    one, two = (write(annotated(EVALUATED[name], hint), hint).facts() for hint in ("int", "str"))
    assert one.code != two.code


@pytest.mark.parametrize("name", UNEVALUATED)
def test_annotations_do_not_count_where_nothing_reads_them(name: str, write: Write) -> None:
    """Nor does it count whether there are any."""
    one, two = (write(annotated(UNEVALUATED[name], hint), hint).facts() for hint in ("int", "str"))
    bare = {"run.py": re.sub(r": HINT|-> HINT", "", "\0".join(UNEVALUATED[name]))}
    none = write(annotated(tuple(bare["run.py"].split("\0")), ""), "none").facts()  # type: ignore[arg-type]
    assert one.code == two.code == none.code


WAYS = {
    "stars": ("from a import *\nfrom b import *", "from b import *\nfrom a import *"),
    "imports": ("from a import SIZE\nfrom b import SIZE", "from b import SIZE\nfrom a import SIZE"),
    "a star and an assignment": ("from a import *\nSIZE = 3", "SIZE = 3\nfrom a import *"),
    "an import and a function": ("from a import SIZE\ndef SIZE(): ...", "def SIZE(): ...\nfrom a import SIZE"),
    "a star of stars": ("from c import *\nfrom b import *", "from b import *\nfrom c import *"),
    "a star of another distribution": ("from numpy import *\nSIZE = 3", "SIZE = 3\nfrom numpy import *"),
}


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("meant", ["SIZE", "OTHER"])
def test_which_of_several_bindings_comes_last_counts_for_code_that_means_the_name(
    name: str, meant: str, write: Write
) -> None:
    run = f"import face\nfrom zenml import step\n@step\ndef train(xs):\n    return face.{meant}\n"
    files = {"run.py": run, "a.py": "SIZE = 1\n", "b.py": "SIZE = 2\n", "c.py": "from a import *\n"}
    one, two = (write({**files, "face.py": f"OTHER = 4\n{text}\n"}, text[:12]).facts() for text in WAYS[name])
    assert (one.code != two.code) is (meant == "SIZE")


@pytest.mark.parametrize(
    "read", ["import other\n    return other.__doc__", "import inspect, other\n    return inspect.getdoc(other)"]
)
def test_another_modules_docstring_counts_where_it_is_read(read: str, write: Write) -> None:
    """Of the module itself, whatever it holds."""
    run = f"from zenml import step\n@step\ndef train():\n    {read}\n"
    one, two = (write({"run.py": run, "other.py": f"'{text}'\n"}, text).facts() for text in ("one", "two"))
    assert one.code != two.code


@pytest.mark.parametrize("decorator", ["kit.describe.register(int)", "kit.put"])
def test_what_a_decorator_hands_to_another_module_counts(decorator: str, write: Write) -> None:
    """Each of several functions of one name."""
    kit = """
        import functools
        @functools.singledispatch
        def describe(x): ...
        class Table(list):
            def add(self, f): self.append(f)
        TABLE = Table()
        KEPT = []
        def put(f): KEPT.append(f)
    """
    fill = f"import kit\n@{decorator}\ndef _(x: int):\n    return NUMBER\n@kit.describe.register(str)\ndef _(x): ...\n"
    run = (
        "import fill, kit\nfrom zenml import step\n@step\ndef go():\n    return kit.describe(1), kit.TABLE, kit.KEPT\n"
    )
    one, two = (
        write({"run.py": run, "kit.py": kit, "fill.py": fill.replace("NUMBER", text)}, text).facts("run:go")
        for text in "12"
    )
    assert one.code != two.code


def test_comments_count_for_code_that_reads_its_source(write: Write) -> None:
    """`inspect.getsource` sees every character."""
    text = "import inspect\nfrom zenml import step\ndef f(): ...  # DOC\n"
    text += "@step\ndef train(): return inspect.getsource(f)\n"
    one, two = write({"run.py": text}, "one"), write({"run.py": text.replace("DOC", "Other")}, "two")
    assert one.facts().code != two.facts().code
    assert [d.code for d in one.report] == ["ZC0604"]


def test_steps_with_the_same_closure_differ(write: Write) -> None:
    """Two functions that call each other reach the same code, and are two steps."""
    text = "from zenml import step\n@step\ndef train(): return test()\n@step\ndef test(): return train()\n"
    project = write({"run.py": text})
    assert project.facts("run:train").code != project.facts("run:test").code


def test_order_counts_where_a_name_is_bound_again(write: Write) -> None:
    """What a constant takes from another depends on when it is taken."""
    head = "from zenml import step\n@step\ndef train(): return Y\n"
    one = write({"run.py": head + "X = 1\nY = X\nX = 2\n"}, "one")
    two = write({"run.py": head + "X = 1\nX = 2\nY = X\n"}, "two")
    assert one.facts().code != two.facts().code


PAIRS = [
    ("x = 'a' 'b'", "x = 'ab'", True),
    ("x = u'a'", "x = 'a'", True),
    ("x = b'a'", "x = 'a'", False),
    ("x = f'{a}' 'b' f'c'", "x = f'{a}bc'", True),
    ("x = f'{a!r:>{w}}'", "x = f'{a!r:>{w}}' ''", True),
    ("x = f'{a}'", "x = f'{a!s}'", False),
    ("x = f'{a:b}'", "x = f'{a:c}'", False),
    ("x = (1)", "x = 1", True),
    ("x = 1", "x = 1.0", False),
    ("x = 1", "x = True", False),
    ("x = None", "x = ...", False),
    ("x = 'n'", "x = None", False),
    ("x = 0x10", "x = 16", True),
    ("x = (a, b)", "x = a, b", True),
    ("x = [a, [b]]", "x = [[a], b]", False),
    ("f(a)(b)", "f(a, b)", False),
    ("f('a', 'b')", "f(\"a', 'b\")", False),
    ("def f(a, /, b): ...", "def f(a, b, /): ...", False),
    ("def f(*, a=None): ...", "def f(*, a): ...", False),
    ("{**a}", "{None: a}", False),
    ("a and b and c", "a and (b and c)", False),
    ("async def f(): ...", "def f(): ...", False),
    ("from . import a", "from .. import a", False),
    ("from . import a", "import a", False),
    ("x: int", "(x): int", True),
    ("def f():\n    'doc'", "def f():\n    pass", True),
    ("def f():\n    'doc'\n    return 1", "def f():\n    return 1", True),
    ("def f():\n    1\n    'not doc'", "def f():\n    1", False),
]


@pytest.mark.parametrize(("one", "two", "same"), PAIRS)
def test_the_canonical_form_is_of_the_meaning(one: str, two: str, same: bool) -> None:
    """Two spellings of one program have one form, two programs have two."""
    forms = [canonical(ast.parse(text), lambda _: True) for text in (one, two)]
    assert (forms[0] == forms[1]) is same


def test_the_digests_of_the_sample_project_are_these() -> None:
    """A digest means the same for ever; where the form must change, `_VERSION` does, and this table with it.

    `python closures_digests.py > sample_digests.json`, run in this folder, renews it.
    """
    assert _run(sys.executable) == json.loads(GOLDEN.read_text(encoding="utf-8"))


@pytest.mark.parametrize("version", VERSIONS)
def test_digests_are_equal_on_every_python(version: str) -> None:
    """The compiler's Python leaves no trace in a digest."""
    assert _run(_interpreter(version), "--bare") == json.loads(GOLDEN.read_text(encoding="utf-8"))


@pytest.mark.parametrize("version", VERSIONS)
def test_forms_are_equal_on_every_python(version: str) -> None:
    """Every file of this project has the same form on every Python that can parse it."""
    files = sorted(str(p) for p in (ROOT / "zencompile").rglob("*.py"))[:80]
    script = (
        "import ast, hashlib, importlib.util, json, sys\n"
        "spec = importlib.util.spec_from_file_location('canonical', sys.argv[1])\n"
        "module = importlib.util.module_from_spec(spec)\n"
        "spec.loader.exec_module(module)\n"
        "trees = (ast.parse(text) for text in json.load(sys.stdin))\n"
        "print(json.dumps([hashlib.sha256(module.canonical(t, lambda d: True)).hexdigest() for t in trees]))\n"
    )
    texts = [Path(f).read_text(encoding="utf-8") for f in files]
    path = str(ROOT / "zencompile_runtime" / "canonical.py")
    command = [_interpreter(version), "-c", script, path]
    printed = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, check=True).stdout
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        here = [hashlib.sha256(canonical(ast.parse(text), lambda _: True)).hexdigest() for text in texts]
    assert json.loads(printed) == here


def _interpreter(version: str) -> str:
    found = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python"))
    if not found:
        pytest.skip(f"there is no Python {version} here")
    return str(found[-1])


def _run(python: str, *arguments: str) -> Any:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    command = [python, str(HERE / "closures_digests.py"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("kit", "value", "counts"),
    [
        ("def f(a: int): ...", "kit.f.__annotations__", True),
        ("import dataclasses\n@dataclasses.dataclass\nclass C:\n    a: int = 1", "kit.C", True),
        ("def f(a: int): ...", "kit.f(1)", False),
        ("def f(a): ...", "kit.f.__annotations__", False),
    ],
)
def test_whether_annotations_are_texts_counts_where_they_do(kit: str, value: str, counts: bool, write: Write) -> None:
    run = f"import kit\nfrom zenml import step\n@step\ndef train():\n    return {value}\n"
    one, two = (
        write({"run.py": run, "kit.py": f"{future}{kit}\n"}, str(len(future))).facts()
        for future in ("", "from __future__ import annotations\n")
    )
    assert (one.code != two.code) is counts


def test_annotations_that_ask_objects_of_another_module_count(write: Write) -> None:
    kit = "SEEN = []\nclass K:\n    def __class_getitem__(cls, x): SEEN.append(x)\n"
    run = "import kit, other\nfrom zenml import step\n@step\ndef train():\n    return kit.SEEN\n"
    one, two = (
        write({"run.py": run, "kit.py": kit, "other.py": f"from kit import K\ndef f() -> K[{x}]: ...\n"}, x).facts()
        for x in "12"
    )
    assert one.code != two.code
