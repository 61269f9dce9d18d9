"""What the evaluator does where Python would look at the world, and where something can't be known."""

from __future__ import annotations

import ast
import itertools
from pathlib import Path

import pytest
from evaluating import Evaluated

from zencompile.frontend.evaluator import core, statements
from zencompile.frontend.values import EnvironmentReference, Function, Instance, Opaque, ProjectText, Symbol, Unknown
from zencompile.frontend.virtual import VIRTUAL_ROOT


def test_the_environment_is_never_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable stays a reference while it is moved; --env answers it; its default decides with a note."""
    monkeypatch.setenv("WORKERS", "99")
    source = (
        "import os\nw = os.getenv('WORKERS', '4')\nmoved = {'W': w}\nn = int(w) + 1\nm = int(os.environ['MODE']) + 1\n"
    )
    evaluated = Evaluated(tmp_path, source, environment={"MODE": "7"})
    assert isinstance(evaluated["moved"]["W"], EnvironmentReference)
    assert evaluated["n"] == 5
    assert evaluated["m"] == 8
    assert [d.code for d in evaluated.report] == ["ZC0105"]


@pytest.mark.parametrize(
    ("body", "known"),
    [
        ("copied = os.environ.copy()\ncopied['A'] = '1'\nx = os.environ.get('A', 'none'), copied['A']", ("none", "1")),
        ("os.environ['A'] = '1'\ncopied = os.environ.copy()\nos.environ['A'] = '2'\nx = copied['A']", "1"),
        ("both = os.environ | {'A': '1'}\nx = both['A'], os.environ.get('A', 'none')", ("1", "none")),
        ("os.environ |= {'A': '1'}\nx = os.environ['A']", "1"),
        ("copied = os.environ.copy()\ndel copied['B']\nx = 'B' in copied, os.environ['B']", (False, "7")),
    ],
)
def test_a_copy_of_the_environment_is_its_own(tmp_path: Path, body: str, known: object) -> None:
    evaluated = Evaluated(
        tmp_path, f"import os\n{body}\nx = [str(o) for o in x] if type(x) is tuple else x\n", environment={"B": "7"}
    )
    expected = [str(one) for one in known] if isinstance(known, tuple) else known
    assert evaluated["x"] == expected
    assert evaluated.errors == []


@pytest.mark.parametrize(
    "change",
    [
        "os.environ['A'] = '1'",
        "os.environ.pop('A', None)",
        "copied['A'] = '1'",
        "os.environ.update(pandas.y)",
        "os.environ |= pandas.y",
    ],
)
def test_what_an_undecided_branch_does_to_the_environment_is_not_known(tmp_path: Path, change: str) -> None:
    source = f"import os, pandas\ncopied = os.environ.copy()\nif pandas.x:\n    {change}\nx = [os.environ, copied]['copied' in {change!r}]['A']\n"
    assert isinstance(Evaluated(tmp_path, source, environment={"A": "7"})["x"], Unknown)


def test_what_is_not_read_is_a_symbol_and_its_results_are_unknown(tmp_path: Path) -> None:
    source = "import pandas as pd\nfrom sklearn.svm import SVC\nt = pd.DataFrame\nm = SVC(gamma=1)\nx = m.fit(2) + 1\n"
    evaluated = Evaluated(tmp_path, source)
    assert evaluated["t"] == Symbol("pandas.DataFrame")
    made = evaluated["m"]
    assert isinstance(made, Opaque)
    assert (made.path, made.named) == ("sklearn.svm.SVC", {"gamma": 1})
    assert isinstance(evaluated["x"], Unknown)
    assert evaluated.errors == []


@pytest.mark.parametrize(
    ("body", "known"),
    [
        ("if u: x = 1\nelse: x = 1", 1),
        ("x = 1\nif u: print('hello')", 1),
        ("x = 2\nif u: raise ValueError('no')", 2),
        ("x = [1]\nif u: x[0] = 1", [1]),
        ("def f():\n    if u: return 3\n    return 3\nx = f()", 3),
        ("x = u and False", False),
        ("x = 1 if u else 1", 1),
    ],
)
def test_an_undecided_branch_that_changes_nothing_is_harmless(body: str, known: object, tmp_path: Path) -> None:
    evaluated = Evaluated(tmp_path, f"import other\nu = other.value()\n{body}\n")
    assert evaluated["x"] == known
    assert evaluated.errors == []


@pytest.mark.parametrize(
    "body",
    [
        "if u: x = 1\nelse: x = 2",
        "x = 0\nfor i in u: x = i",
        "def f():\n    if u: return 3\n    return 4\nx = f()",
        "x = [i for i in u]",
        "l = [1]\nif u: l.append(2)\nx = l[-1]",
        "d = {'k': 1}\nif u: d['k'] = 2\nx = d['k']",
        "match u:\n    case 1: x = 1\n    case _: x = 2",
    ],
)
def test_what_an_undecided_branch_changes_is_unknown(body: str, tmp_path: Path) -> None:
    evaluated = Evaluated(tmp_path, f"import other\nu = other.value()\n{body}\n")
    assert isinstance(evaluated["x"], Unknown)
    assert evaluated.errors == []


@pytest.mark.parametrize("branch", ["    y = helper()", "    print(helper())", "    y = [helper() for _ in u]"])
def test_what_a_branch_makes_be_evaluated_stays(branch: str, tmp_path: Path) -> None:
    """A name of the top level that is first asked for inside of an undecided branch is not lost with the branch."""
    source = (
        f"import other\nu = other.value()\ndef helper(): return CONSTANT\nCONSTANT = 5\nif u:\n{branch}\nx = helper()\n"
    )
    evaluated = Evaluated(tmp_path, source)
    evaluated["y"]
    assert evaluated["x"] == 5
    inside = source.replace("if u:", "def f():\n  if u:").replace("\nx =", "\nf()\nx =")
    assert Evaluated(tmp_path, inside).main()["x"] == 5


def test_an_uncaught_exception_is_a_diagnostic_at_its_place(tmp_path: Path) -> None:
    """Columns count characters, whatever stands before."""
    evaluated = Evaluated(tmp_path, "def check(v):\n    s = 'é'; raise ValueError(f'bad {v}')\nx = check(3)\n")
    assert isinstance(evaluated["x"], Unknown)
    (error,) = evaluated.report.errors
    assert (error.code, error.message) == ("ZC0102", "the program raises ValueError: bad 3")
    assert error.span is not None
    assert (error.span.line, error.span.column) == (2, 14)


def test_a_module_runs_whole_and_an_exception_ends_it(tmp_path: Path) -> None:
    evaluated = Evaluated(tmp_path, "x = 1\ny = [x]\ny.append(2)\nbad = 1 / 0\nz = 3\n")
    assert evaluated["y"] == [1, 2]
    assert isinstance(evaluated["z"], Unknown)
    assert evaluated.errors == ["ZC0102: the program raises ZeroDivisionError: division by zero"]


def test_a_module_with_too_much_to_do_leaves_what_it_names_unknown(tmp_path: Path) -> None:
    source = "x = 1\nseen = []\nn = 0\nwhile True:\n    n += 1\n    seen.append(n)\ny = 2\nfresh = []\n"
    evaluated = Evaluated(
        tmp_path, {"main.py": "from busy import x, y, n, seen, fresh\nlast = seen[-1]", "busy.py": source}
    )
    assert (evaluated["x"], evaluated["y"], evaluated["fresh"]) == (1, 2, [])
    assert isinstance(evaluated["n"], Unknown)
    assert isinstance(evaluated["last"], Unknown)
    assert evaluated["n"].span.line == 4
    assert evaluated.errors == []


@pytest.mark.parametrize(
    "source",
    [
        "R = {}\ndef reg(f):\n    R[f.__name__] = f\n    return f\n@reg\ndef a(): pass\n@reg\ndef b(): pass\n",
        "class Reg:\n    def __init__(self): self.d = []\n    def add(self, f):\n        self.d.append(f)\n        return f\n"
        "    def __iter__(self): return iter(self.d)\nR = Reg()\n@R.add\ndef a(): pass\n@R.add\ndef b(): pass\n",
        "R = []\ndef make(n):\n    R.append(n)\n    return n\na = make(1)\nb = make(2)\n",
        "R = []\nfor i in range(2): R.append(i)\n",
    ],
)
def test_a_registry_is_full_when_it_is_asked_for(source: str, tmp_path: Path) -> None:
    """What fills a container of the top level counts as needed for it, also through functions and decorators."""
    evaluated = Evaluated(tmp_path, {"main.py": "from reg import R\nn = len(list(R))\n", "reg.py": source})
    assert evaluated["n"] == 2


@pytest.mark.parametrize(
    "source",
    [
        "while True: pass",
        "x = 0\nfor i in iter(int, 1): x += i",
        "import itertools\nx = list(itertools.count())",
        "x = [i for i in range(10 ** 12)]",
        "x = sum(range(10 ** 12))",
        "def f(): yield from iter(int, 1)\nx = list(f())",
    ],
)
def test_an_endless_program_ends_in_a_diagnostic(source: str, tmp_path: Path) -> None:
    evaluated = Evaluated(tmp_path, source, limit=50_000).main()
    assert [d.code for d in evaluated.report.errors] == ["ZC0104"]


def test_a_statement_of_a_newer_python_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kind of statement that the evaluator has no entry for is an error at its place."""
    monkeypatch.delitem(statements.TABLE, ast.Assert)
    evaluated = Evaluated(tmp_path, "x = 1\nassert x\n").main()
    assert [(d.code, d.span and d.span.line) for d in evaluated.report.errors] == [("ZC0106", 2)]


def test_too_deep_nesting_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An expression that is deeper than this process's stack is an error, and no traceback."""
    monkeypatch.setattr(core, "HOST_RECURSION", 0)
    evaluated = Evaluated(tmp_path, f"x = {'-' * 900}1\n").main()
    assert [d.code for d in evaluated.report.errors] == ["ZC0103"]


@pytest.mark.parametrize(
    "source",
    [
        "x = 'a' * 10 ** 10",
        "x = 2 ** 10 ** 9",
        "x = f'{1:1000000000}'",
        "x = '%1000000000d' % 1",
        "x = 1 << 10 ** 9",
        "x = [0] * 10 ** 9",
        "def f(): return f()\nx = f()",
    ],
)
def test_nothing_grows_without_bound(source: str, tmp_path: Path) -> None:
    evaluated = Evaluated(tmp_path, source)
    assert isinstance(evaluated["x"], Unknown)
    assert [d.code for d in evaluated.report.errors] == ["ZC0102"]


@pytest.mark.parametrize(
    "source", ["x = 'a'.ljust(10 ** 10)", "x = bytes(10 ** 10)", "x = 'abcdefgh'.replace('', 'x' * 10 ** 6)"]
)
def test_what_python_itself_would_make_too_large_is_unknown(source: str, tmp_path: Path) -> None:
    """Python would make it: no exception that a program could catch stands for it."""
    assert isinstance(Evaluated(tmp_path, f"try:\n    {source}\nexcept Exception:\n    x = 1\n")["x"], Unknown)


def test_nothing_is_executed(tmp_path: Path) -> None:
    """Files are not written, processes not started, `exit` not obeyed."""
    target = tmp_path / "made"
    source = (
        f"import os, subprocess, shutil, pathlib\nopen({str(target)!r}, 'w').write('x')\nos.system('touch {target}')\n"
        f"pathlib.Path({str(target)!r}).write_text('x')\nsubprocess.run(['touch', {str(target)!r}])\n"
        f"os.makedirs({str(target)!r})\neval('open({str(target)!r}, \"w\")')\n__import__('os').mkdir({str(target)!r})\nx = 1\nimport sys\nsys.exit(3)\n"
    )
    Evaluated(tmp_path, source).main()
    assert not target.exists()


def test_files_of_the_project_are_read_and_others_are_not(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "c.yaml").write_text("a: [1, 2]\nb: {c: x}\n")
    (tmp_path / "d.json").write_text('{"k": 1}')
    source = (
        "import yaml, json, os\nfrom pathlib import Path\n"
        "with open('config/c.yaml') as f: a = yaml.safe_load(f)\n"
        "b = json.loads((Path(__file__).parent / 'd.json').read_text())\n"
        "c = os.path.exists(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'd.json')), os.path.isdir('config'), Path('no').exists()\n"
        "d = open('/etc/passwd').read()\n"
        "try: open('missing.txt')\nexcept FileNotFoundError: e = 'missing'\n"
    )
    evaluated = Evaluated(tmp_path, source)
    assert evaluated["a"] == {"a": [1, 2], "b": {"c": "x"}}
    assert evaluated["b"] == {"k": 1}
    assert evaluated["c"] == (True, True, False)
    assert isinstance(evaluated["d"], Unknown)
    assert evaluated["e"] == "missing"


def test_modules_are_found_and_names_followed(tmp_path: Path) -> None:
    """Packages, relative imports, star imports with `__all__`, cycles, submodules, conditional imports."""
    files = {
        "main.py": "import pkg.deep.mod\nfrom pkg import *\nfrom pkg.sub import helper as h, LATE\nfrom pkg import sub as s\n"
        "try:\n    import tensorflow as tf\nexcept ImportError:\n    tf = None\n"
        "try:\n    from pkg.nothing import q\nexcept ImportError:\n    q = 'fallback'\n"
        "r = h(2), pkg.deep.mod.V, s.K, shown\n",
        "pkg/__init__.py": "shown = 11\nfrom .sub import K\nhidden = 5\n__all__ = ['shown', 'sub']\n",
        "pkg/sub.py": "from . import deep\nfrom pkg import shown\nfrom .deep import mod\nK = 10\ndef helper(x): return x * K + mod.V + shown\nLATE = shown\n",
        "pkg/deep/mod.py": "import pkg.sub\nV = 7\n",
    }
    evaluated = Evaluated(tmp_path, files)
    assert evaluated["r"] == (2 * 10 + 7 + 11, 7, 10, 11)
    assert evaluated["LATE"] == 11
    assert evaluated["tf"] == Symbol("tensorflow")
    assert evaluated["q"] == "fallback"
    assert evaluated.errors == []


def test_functions_know_their_place_and_types(tmp_path: Path) -> None:
    source = "from typing import Annotated, Optional\nimport numpy as np\ndef f(a: int, b: Optional[str] = None) -> 'Annotated[np.ndarray, \"n\"]': ...\n"
    evaluated = Evaluated(tmp_path, source)
    function = evaluated["f"]
    assert isinstance(function, Function)
    assert function.is_top_level
    assert evaluated.evaluator.annotation(function, "a") is int
    assert evaluated.evaluator.annotation(function, "b").arguments == (str,)
    assert evaluated.evaluator.annotation(function, "return").arguments == (Symbol("numpy.ndarray"), "n")


def test_models_keep_the_keywords_that_were_written(tmp_path: Path) -> None:
    source = (
        "from pydantic import BaseModel, Field\nclass Inner(BaseModel):\n    n: int = 1\nclass Config(BaseModel):\n"
        "    lr: float = 0.1\n    tags: list[str] = Field(default_factory=list)\n    inner: Inner = Inner()\nc = Config(lr=0.5, inner={'n': 3})\nd = c.model_dump()\n"
    )
    evaluated = Evaluated(tmp_path, source)
    model = evaluated["c"]
    assert isinstance(model, Instance)
    assert list(model.keywords) == ["lr", "inner"]
    assert evaluated["d"] == {"lr": 0.5, "tags": [], "inner": {"n": 3}}


CLICK = """
import click
@click.command(help="x")
@click.option("--train", "do_train", is_flag=True, default=False)
@click.option("--lr", default=0.1, help="rate")
@click.option("--cache/--no-cache", default=True)
@click.option("--kind", type=click.Choice(["a", "b"]), default="a")
@click.option("--tag", "-t", multiple=True)
@click.argument("name", required=False, default="n")
def main(do_train, lr, cache, kind, tag, name):
    global got
    got = (do_train, lr, cache, kind, tag, name)
if __name__ == "__main__":
    main()
"""
ARGPARSE = """
import argparse
def parse():
    p = argparse.ArgumentParser()
    p.add_argument("--lr", type=float, default=0.1)
    p.add_argument("--no-cache", action="store_true")
    p.add_argument("--size", type=lambda s: int(s) * 2, default=1)
    p.add_argument("names", nargs="*")
    return p.parse_args()
if __name__ == "__main__":
    args = parse()
    got = (args.lr, args.no_cache, args.size, args.names, vars(args)["lr"])
"""
TYPER = """
import typer
app = typer.Typer()
@app.command()
def train(name: str, lr: float = 0.1, cache: bool = True):
    global got
    got = ("train", name, lr, cache)
@app.command()
def other(n: int = typer.Option(3, "--count")):
    global got
    got = ("other", n)
if __name__ == "__main__":
    app()
"""


@pytest.mark.parametrize(
    ("source", "arguments", "wanted"),
    [
        (CLICK, "", (False, 0.1, True, "a", (), "n")),
        (CLICK, "--train --lr 2 --no-cache --kind b -t x -t y me", (True, 2.0, False, "b", ("x", "y"), "me")),
        (ARGPARSE, "--lr 0.5 --no-cache --size 4 a b", (0.5, True, 8, ["a", "b"], 0.5)),
        (TYPER, "train me --lr 2 --no-cache", ("train", "me", 2.0, False)),
        (TYPER, "other --count 5", ("other", 5)),
    ],
)
def test_scripts_read_the_arguments_that_are_given(source: str, arguments: str, wanted: object, tmp_path: Path) -> None:
    evaluated = Evaluated(tmp_path, source).main(*arguments.split())
    assert evaluated.errors == []
    assert evaluated["got"] == wanted


def test_arguments_that_a_script_refuses_are_a_diagnostic(tmp_path: Path) -> None:
    evaluated = Evaluated(tmp_path, CLICK).main("--kind", "z")
    assert [d.code for d in evaluated.report.errors] == ["ZC0107"]


@pytest.mark.parametrize(
    "text",
    ["def f(:", "x = '\0'", "(" * 500, "x = " + "-" * 5000 + "1", "a.b." * 3000 + "c", "x = " + "+".join(["1"] * 5000)],
)
def test_broken_and_absurd_source_never_raises(text: str, tmp_path: Path) -> None:
    evaluated = Evaluated(tmp_path, text).main()
    assert all(d.code != "ZC0009" for d in evaluated.report)


def test_encodings_are_those_of_python(tmp_path: Path) -> None:
    (tmp_path / "latin.py").write_bytes(b"# -*- coding: latin-1 -*-\nx = '\xe9'\n")
    (tmp_path / "bom.py").write_bytes(b"\xef\xbb\xbfx = 'ok'\r\ny = 2\r\n")
    (tmp_path / "bad.py").write_bytes(b"x = '\xff'\n")
    evaluated = Evaluated(tmp_path, "from latin import x\nfrom bom import x as b, y\nimport bad\nz = bad.x\n")
    assert (evaluated["x"], evaluated["b"], evaluated["y"]) == ("é", "ok", 2)
    assert isinstance(evaluated["z"], Unknown)
    assert "ZC0002" in {d.code for d in evaluated.report.errors}


def test_the_version_of_python_is_that_of_images(tmp_path: Path) -> None:
    """Programs that choose by version are compiled for one, whatever Python compiles them; a micro number is unknown."""
    source = (
        "import sys\n"
        "a = (sys.version_info >= (3, 9), sys.version_info >= (3, 11), sys.version_info < (3, 12))\n"
        "b = (sys.version_info[:2] == (3, 11), sys.version_info.minor, sys.version_info[1], sys.version_info[0])\n"
        "c = sys.version_info >= (3, 11, 4)\n"
        "if sys.version_info >= (3, 11):\n    import tomllib\nelse:\n    import tomli as tomllib\n"
        "d = tomllib.loads('x = 1')\n"
    )
    evaluated = Evaluated(tmp_path, source)
    assert evaluated["a"] == (True, True, True)
    assert evaluated["b"] == (True, 11, 11, 3)
    assert isinstance(evaluated["c"], Unknown)
    assert evaluated["d"] == {"x": 1}


def test_paths_may_climb_above_the_source_root(tmp_path: Path) -> None:
    """Folders above the source root are the repository's, however far up the program counts."""
    (tmp_path / "libs" / "common").mkdir(parents=True)
    (tmp_path / "libs" / "common" / "names.py").write_text("NAME = 'shared'\n", "utf-8")
    source = (
        "import sys\nfrom pathlib import Path\n"
        "sys.path.insert(0, str(Path(__file__).resolve().parents[3] / 'libs' / 'common'))\n"
        "from names import NAME\n"
    )
    entry = {"projects/one/code/main.py": source}
    (tmp_path / ".git").mkdir()
    evaluated = Evaluated(tmp_path, entry, source_root=tmp_path / "projects" / "one" / "code")
    assert evaluated["NAME"] == "shared"
    assert evaluated.errors == []


@pytest.mark.parametrize(
    "lines",
    [
        "for name in ('one', 'two'):\n    sys.path.append(os.path.join(HERE, name))\n",
        "def prepare(base):\n    root = os.path.join(base, 'two')\n    sys.path.insert(0, root)\n    return root\nR = prepare(HERE)\n",
        "sys.path += [os.path.join(HERE, 'two')]\n",
        "sys.path = [os.path.join(HERE, 'two'), *sys.path]\n",
        "import site\nsite.addsitedir(os.path.join(HERE, 'two'))\n",
        "p = os.path.join(HERE, 'two')\nif p not in sys.path:\n    sys.path.append(p)\n",
    ],
)
def test_folders_are_put_on_the_path_in_any_way(lines: str, tmp_path: Path) -> None:
    source = "import os, sys\nimport numpy\nHERE = os.path.dirname(os.path.abspath(__file__))\n" + lines
    files = {"main.py": source + "from tools import X\n", "two/tools.py": "X = 'found'\n", "one/other.py": ""}
    evaluated = Evaluated(tmp_path, files)
    assert evaluated["X"] == "found"
    assert evaluated.errors == []
    assert Evaluated(tmp_path, "import sys\np = list(sys.path)\n")["p"] == [ProjectText(str(VIRTUAL_ROOT))]


def test_loops_at_the_top_level_may_fill_a_container(tmp_path: Path) -> None:
    """Whatever statement calls a function that fills a list belongs to the list."""
    source = (
        "FOUND = []\ndef add(x):\n    FOUND.append(x)\n"
        "for n in (1, 2):\n    add(n)\nwith open('main.py') as f:\n    add(3)\n"
    )
    evaluated = Evaluated(tmp_path, source)
    assert evaluated["FOUND"] == [1, 2, 3]


@pytest.mark.parametrize(
    "files",
    [
        {
            "registry.py": "class Registry(dict):\n    def register(self, key):\n        def inner(f):\n"
            "            self[key] = f\n            return f\n        return inner\nR = Registry()\n",
            "plugins.py": "from registry import R\n@R.register('a')\ndef a(): return 1\n@R.register('b')\ndef b(): ...\n",
        },
        {
            "registry.py": "R = {}\ndef register(key):\n    def inner(f):\n        R[key] = f\n        return f\n    return inner\n",
            "plugins.py": "from registry import register\n@register('a')\ndef a(): return 1\n@register('b')\ndef b(): ...\n",
        },
        {
            "registry.py": "R = {}\n",
            "plugins.py": "from registry import R as found\nfound['a'] = lambda: 1\nfound.update(b=2)\n",
        },
    ],
)  # fmt: skip
def test_other_modules_fill_registries(files: dict[str, str], tmp_path: Path) -> None:
    """A module that is imported for its effect alone has it."""
    source = "import plugins\nfrom registry import R\ndef names():\n    return list(R), R['a']()\n"
    evaluated = Evaluated(tmp_path, {"main.py": source, **files})
    main = evaluated.evaluator
    function = evaluated["names"]
    node = ast.parse("0").body[0]
    assert main.call_value(function, [], {}, main.context(evaluated.module, node)) == (["a", "b"], 1)
    assert evaluated.errors == []


def test_code_of_a_module_does_not_get_to_its_own_getattr(tmp_path: Path) -> None:
    """Builtins are found, though the module answers every name from outside."""
    module = (
        "def __getattr__(name):\n    if len(name) < 3:\n        raise AttributeError(name)\n    return 'made ' + name\n"
    )
    source = "import other\na = other.colour\ntry:\n    b = other.ab\nexcept AttributeError:\n    b = 'none'\n"
    evaluated = Evaluated(tmp_path, {"main.py": source, "other.py": module})
    assert (evaluated["a"], evaluated["b"]) == ("made colour", "none")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "class Codes: pass\ncodes = Codes()\ndef fill():\n    for n, v in {'ok': 200}.items():\n"
            "        setattr(codes, n, v)\nfill()\nx = lambda: codes.ok\n",
            200,
        ),
        (
            "class Settings: debug = False\nsettings = Settings()\ndef setup():\n    settings.debug = True\nsetup()\n"
            "x = lambda: settings.debug\n",
            True,
        ),
        ("try:\n    advance = next\nexcept NameError:\n    advance = None\nnext = advance\nx = lambda: next(iter([4]))\n", 4),
    ],
)  # fmt: skip
def test_functions_of_a_module_change_its_objects(source: str, expected: object, tmp_path: Path) -> None:
    evaluated = Evaluated(tmp_path, source)
    evaluator = evaluated.evaluator
    node = ast.parse("0").body[0]
    assert evaluator.call_value(evaluated["x"], [], {}, evaluator.context(evaluated.module, node)) == expected
    assert evaluated.errors == []


def test_a_module_that_binds_names_as_it_runs_may_have_any(tmp_path: Path) -> None:
    made = "globals().update({'TWO': 2})\nexec('SIX = 6')\n"
    evaluated = Evaluated(tmp_path, {"main.py": "from made import TWO, SIX\n", "made.py": made})
    assert evaluated["TWO"] == 2
    assert evaluated["SIX"] == 6
    assert evaluated.errors == []


def test_a_statement_reads_what_a_name_meant_where_it_stands(tmp_path: Path) -> None:
    """Though a later statement binds the name anew, and the name is asked for first."""
    source = (
        "size = 1\nsmall = [size]\ndef f(n=size): return n\nsize = 2\nlarge = [size]\nsize += 1\nlast = size\n"
        "class C:\n    at = size\nsize = 9\n"
    )
    evaluated = Evaluated(tmp_path, source)
    assert evaluated["size"] == 9
    assert (evaluated["small"], evaluated["large"], evaluated["last"]) == ([1], [2], 3)
    assert evaluated["C"].lookup("at") == 3
    assert evaluated["f"].defaults == {"n": 1}


def test_fields_that_are_not_given_and_arguments_of_post_init(tmp_path: Path) -> None:
    """`field(init=False)` is set by `__post_init__`; an `InitVar` is handed to it and is no attribute."""
    source = (
        "from dataclasses import dataclass, field, InitVar\n@dataclass\nclass Plan:\n    rate: float\n"
        "    scale: InitVar[int] = 2\n    total: float = field(init=False)\n"
        "    def __post_init__(self, scale):\n        self.total = self.rate * scale\n"
        "a = Plan(1.5).total\nb = Plan(1.5, 4)\nc = (b.total, 'scale' in vars(b))\n"
    )
    evaluated = Evaluated(tmp_path, source)
    assert (evaluated["a"], evaluated["c"]) == (3.0, (6.0, False))
    assert evaluated.errors == []


@pytest.mark.parametrize("apart", [False, True])
def test_a_class_hears_of_its_subclasses(apart: bool, tmp_path: Path) -> None:
    """Whoever reads the class sees what `__init_subclass__` kept, of other modules too."""
    base = (
        "class Base:\n    known = {}\n    def __init_subclass__(cls, **kw):\n        super().__init_subclass__(**kw)\n"
        "        Base.known[cls.__name__] = cls\n"
    )
    users = "class A(Base): at = 1\nclass B(Base): at = 2\n"
    main = "def names():\n    return [(n, c.at) for n, c in Base.known.items()]\n"
    files = {"main.py": base + users + main}
    if apart:
        files = {
            "main.py": "import users\nfrom base import Base\n" + main,
            "base.py": base,
            "users.py": "from base import *\n" + users,
        }
    evaluated = Evaluated(tmp_path, files)
    evaluator = evaluated.evaluator
    node = ast.parse("0").body[0]
    found = evaluator.call_value(evaluated["names"], [], {}, evaluator.context(evaluated.module, node))
    assert found == [("A", 1), ("B", 2)]
    assert evaluated.errors == []


UNDECIDED = """
import lib_that_is_not_read as lib
it = iter([1, 2, 3])
if lib.FLAG:
    next(it)
after_a_branch = next(it)
def may_end():
    yield 1
    if lib.FLAG:
        return
    yield 2
listed = list(may_end())
comprehended = [x for x in may_end()]
spread = len([*may_end()])
counted = 0
for x in may_end():
    counted += 1
summed = sum(1 for _ in may_end())
numbered = dict(enumerate(may_end()))
zipped = list(zip(may_end(), "ab"))
mapped = list(map(str, may_end()))
left = iter([1, 2, 3])
for x in left:
    if x == lib.N:
        break
rest = list(left)
keyed = {lib.KEY: 1}
got = keyed.get("x")
held = "x" in keyed
stack = []
def with_effect():
    yield 1
    if lib.FLAG:
        return
    stack.append(1)
run = list(with_effect())
filtered = list(filter(lambda v: v != lib.N, [1, 2]))
"""


@pytest.mark.parametrize(
    "name",
    ["after_a_branch", "listed", "comprehended", "spread", "counted", "summed", "numbered", "zipped", "mapped", "rest",
     "got", "held", "stack", "run", "filtered"],
)  # fmt: skip
def test_what_an_unknown_number_of_items_leads_to_is_unknown(name: str, tmp_path: Path) -> None:
    """Nothing that depends on how far an iterator went, or on which keys there are, is taken for certain."""
    evaluated = Evaluated(tmp_path, UNDECIDED).main()
    assert evaluated.errors == []
    assert isinstance(evaluated.evaluator.context(evaluated.module).force(evaluated[name]), Unknown)


@pytest.mark.parametrize("length", [2, 5, 7, 12])
@pytest.mark.parametrize("loop", ["for item in other.items():", "while other.goes_on():"])
def test_a_loop_of_unknown_length_hands_what_is_unknown_all_the_way_down(
    length: int, loop: str, tmp_path: Path
) -> None:
    """One round hands it to the next name, however many there are."""
    names = [f"n{index}" for index in range(length)]
    moves = "".join(f"    {after} = {before}\n" for before, after in reversed(list(itertools.pairwise(names))))
    source = f"import other\n{' = '.join(names)} = 0\nkept = 1\n{loop}\n{moves}    n0 = 1\n"
    evaluated = Evaluated(tmp_path, source).main()
    assert all(isinstance(evaluated[name], Unknown) for name in names)
    assert evaluated["kept"] == 1


REACHED = {
    "a list": ("seen.append(1)", "len(store.seen)"),
    "an attribute of the module": ("store.limit = 5", "store.limit"),
    "a global": ("global count\n    count = 5", "work.count"),
    "an attribute of an object": ("store.box.full = True", "store.box.full"),
    "through another function": ("inner()", "len(store.seen)"),
}


@pytest.mark.parametrize("name", REACHED)
def test_a_line_that_is_given_up_takes_with_it_what_its_functions_reach(name: str, tmp_path: Path) -> None:
    """They may have run to any point: what they may change is not known."""
    act, asked = REACHED[name]
    files = {
        "main.py": f"import busy\nimport store\nimport work\nx = {asked}\nkept = store.other\n",
        "busy.py": "from work import act\nwhile True:\n    act()\n",
        "store.py": "class Box:\n    full = False\nbox = Box()\nseen = []\nlimit = 1\nother = 3\n",
        "work.py": f"import store\nfrom store import seen\ncount = 0\ndef inner():\n    seen.append(1)\ndef act():\n    {act}\n",
    }
    evaluated = Evaluated(tmp_path, files).main()
    assert isinstance(evaluated["x"], Unknown)
    assert evaluated.errors == []


FILES = """
import os, contextlib
from pathlib import Path
before = Path("made").exists()
there = os.listdir("kept")
Path("kept").mkdir(exist_ok=True)
still = os.listdir("kept")
Path("made").mkdir()
exists = Path("made").exists()
Path("made/f.txt").write_text("x")
content = Path("made/f.txt").is_file()
os.remove("kept/a.txt")
removed = os.path.exists("kept/a.txt")
folder = os.listdir("kept")
with open("kept/b.txt", "w") as f:
    f.write("new")
written = list(Path("kept").glob("*.txt"))
other = Path("kept/c.txt").exists()
with contextlib.chdir("kept"):
    elsewhere = Path("c.txt").exists()
back = Path("kept/c.txt").exists()
os.chdir("kept")
moved = os.getcwd()
"""


def test_what_the_program_does_to_files_is_not_asked_of_the_checkout(tmp_path: Path) -> None:
    """Nothing is written when compiling: what a program made, wrote or deleted is not known afterwards, all else is."""
    for name in "abc":
        path = tmp_path / "kept" / f"{name}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
    evaluated = Evaluated(tmp_path, FILES).main()
    assert evaluated.errors == []
    known = {"before": False, "there": ["a.txt", "b.txt", "c.txt"], "still": ["a.txt", "b.txt", "c.txt"]}
    known |= {"other": True, "back": True}
    for name, value in known.items():
        assert evaluated[name] == value
    for name in ("exists", "content", "removed", "folder", "written", "elsewhere", "moved"):
        assert isinstance(evaluated[name], Unknown), name
