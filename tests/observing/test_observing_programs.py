"""Kinds of programs, and what must be seen of each: a table."""

# ruff: noqa: E501 (a table is read by its rows)

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Program:
    """`go` is the body of the step. `seen` and `unseen` are what must and must not be in a field of what is seen."""

    name: str
    go: str
    seen: dict[str, Any]
    top: str = ""
    files: dict[str, str] = field(default_factory=dict)
    unseen: dict[str, Any] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    path: list[str] = field(default_factory=list)

    def write(self, folder: Path) -> dict[str, Any]:
        for name, text in self.files.items():
            place = folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(textwrap.dedent(text))
        body = textwrap.indent(textwrap.dedent(self.go), "    ")
        folder.mkdir(exist_ok=True)
        (folder / "run.py").write_text(f"{textwrap.dedent(self.top)}\n\ndef go():\n{body}\n\ndef other():\n    pass\n")
        path = [str(folder / one) for one in self.path]
        return {"folder": str(folder), "variables": self.variables, "path": path}


H = {
    "h.py": '"""h"""\nimport json\n\ndef f():\n    "doc"\n    return 1\n\ndef g():\n    return 2\n\nclass C:\n    def m(self):\n        return [x for x in ()]\n\n    def n(self):\n        return 1\n'
}
PROGRAMS = [
    # -- code
    Program("a call", "import h; h.f()", {"code": {"run.py": ["", "go"], "h.py": ["", "f"]}}, files=H),
    Program("a method", "import h; h.C().m()", {"code": {"h.py": ["", "C.m"]}}, files=H),
    Program("looked up", "import h; h.__dict__['g']()", {"code": {"h.py": ["", "g"]}}, files=H),
    Program(
        "imported by a computed name",
        "import importlib; importlib.import_module('h' + '').g()",
        {"code": {"h.py": ["", "g"]}},
        files=H,
    ),
    Program(
        "in a thread",
        "import h, threading; t = threading.Thread(target=h.g); t.start(); t.join()",
        {"code": {"h.py": ["", "g"]}},
        files=H,
    ),
    Program(
        "a generator that ran",
        "import k; list(k.gen())",
        {"code": {"k.py": ["", "gen"]}},
        files={"k.py": "def gen():\n    yield 1\ndef no():\n    yield 2\n"},
    ),
    Program(
        "a coroutine",
        "import asyncio, k; asyncio.run(k.co())",
        {"code": {"k.py": ["", "co"]}},
        files={"k.py": "async def co():\n    return 1\n"},
    ),
    Program(
        "a nested function belongs to its own",
        "import k; k.outer()()",
        {"code": {"k.py": ["", "outer"]}},
        files={"k.py": "def outer():\n    def inner():\n        return 1\n    return inner\n"},
    ),
    Program(
        "singledispatch",
        "import k, k2; k.d(0)",
        {"code": {"k2.py": ["", "_"], "k.py": [""]}},
        files={
            "k.py": "from functools import singledispatch\n@singledispatch\ndef d(x):\n    return 0\n",
            "k2.py": "import k\n@k.d.register\ndef _(x: int):\n    return 1\n",
        },
    ),
    Program(
        "a function under an if",
        "import k; k.f()",
        {"code": {"k.py": ["", "f"]}},
        files={"k.py": "if True:\n    def f():\n        return 1\nelse:\n    def f():\n        return 2\n"},
    ),
    Program(
        "a function that was called when importing, and then",
        "import k; k.f()",
        {"code": {"k.py": ["", "f"]}, "called": {"k.py": ["f"]}},
        files={"k.py": "def f():\n    return 1\nX = f()\n"},
    ),
    Program(
        "a function that was called when importing",
        "import k",
        {"code": {"k.py": ["", "f"]}, "called": {"run.py": ["go"]}},
        files={"k.py": "def f():\n    return 1\nX = f()\n"},
    ),
    Program("whose code is looked at", "import h; h.g.__code__", {"code": {"h.py": ["", "g"]}}, files=H),
    Program(
        "whose code is pickled by value",
        "import h, cloudpickle; cloudpickle.register_pickle_by_value(h); cloudpickle.loads(cloudpickle.dumps(h.C))().n()",
        {"code": {"h.py": ["", "C.m", "C.n"]}},
        files=H,
    ),
    Program(
        "by its path",
        "import runpy; runpy.run_path('score.py')",
        {"code": {"score.py": ["", "*"]}},
        files={"score.py": "S = 1\n"},
    ),
    Program(
        "from a file location",
        """
        import importlib.util
        spec = importlib.util.spec_from_file_location("weights", "weights.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        """,
        {"code": {"weights.py": [""]}},
        files={"weights.py": "W = 1\n"},
    ),
    Program("executed", "exec(open('x.py').read())", {"files": ["x.py"]}, files={"x.py": "W = 1\n"}),
    Program(
        "in an archive",
        """
        import sys, zipfile
        sys.path.insert(0, "lib.zip")
        import zipped
        """,
        {"files": ["lib.zip"]},
        top="import zipfile, os\nif not os.path.exists('lib.zip'):\n    pass\n",
        files={},
    ),
    Program("reloaded", "import h, importlib; importlib.reload(h)", {"code": {"h.py": [""]}}, files=H),
    Program(
        "a package",
        "from pkg.sub import deep; deep.f()",
        {"code": {"pkg/__init__.py": [""], "pkg/sub/__init__.py": [""], "pkg/sub/deep.py": ["", "f"]}},
        files={"pkg/__init__.py": "", "pkg/sub/__init__.py": "", "pkg/sub/deep.py": "def f():\n    return 1\n"},
    ),
    Program(
        "a module that isn't there",
        "try:\n    import extra\nexcept ImportError:\n    pass",
        {"absent_modules": ["extra"]},
    ),
    Program("a module that the project could hide", "import wave", {"absent_modules": ["wave"]}),
    # -- files
    Program("opened", "open('a.txt').read()", {"files": ["a.txt"]}, files={"a.txt": ""}, unseen={"files": ["run.py"]}),
    Program("opened at import", "pass", {"files": ["a.txt"]}, top="T = open('a.txt').read()", files={"a.txt": ""}),
    Program("a path that isn't there", "try:\n    open('a.txt')\nexcept OSError:\n    pass", {"files": ["a.txt"]}),
    Program("written first", "open('a.txt', 'w').close(); open('a.txt').read()", {}, unseen={"files": ["a.txt"]}),
    Program(
        "beside the module",
        "from pathlib import Path; (Path(__file__).resolve().parent / 'a.txt').read_text()",
        {"files": ["a.txt"]},
        files={"a.txt": ""},
    ),
    Program(
        "configparser",
        "import configparser; configparser.ConfigParser().read(['a.ini', 'b.ini'])",
        {"files": ["a.ini", "b.ini"]},
        files={"a.ini": ""},
    ),
    Program("csv", "import csv; list(csv.reader(open('a.csv')))", {"files": ["a.csv"]}, files={"a.csv": "1,2\n"}),
    Program(
        "pandas",
        "import pandas; pandas.read_csv('a.csv')",
        {"files": ["a.csv"], "modules": None},
        files={"a.csv": "a\n1\n"},
    ),
    Program(
        "numpy",
        "import numpy; numpy.loadtxt('a.csv'); numpy.memmap('b.bin', mode='r')",
        {"files": ["a.csv", "b.bin"]},
        files={"a.csv": "1\n", "b.bin": "12345678"},
    ),
    Program(
        "a library that opens by itself",
        "import pyarrow.csv; pyarrow.csv.read_csv('d/a.csv')",
        {"files": ["d/a.csv"], "opaque": False},
        files={"d/a.csv": "a\n1\n", "d/b.csv": ""},
        unseen={"files": ["d/b.csv"]},
    ),
    Program(
        "a library that writes by itself",
        "import pyarrow as p, pyarrow.parquet; p.parquet.write_table(p.table({'a': [1]}), 'out.parquet'); p.parquet.read_table('out.parquet')",
        {"opaque": False},
        unseen={"files": ["out.parquet"]},
    ),
    Program(
        "packages that are imported while a library is watched",
        "import sqlite3; from pkg import one; import pyarrow.dataset as d; d.dataset('d', format='csv').files",
        {"code": {"pkg/one.py": [""]}, "listings": ["d"]},
        files={"pkg/__init__.py": "", "pkg/one.py": "", "d/a.csv": "a\n1\n"},
        unseen={"listings": ["pkg", "."]},
    ),
    Program("os.open", "import os; os.close(os.open('a.txt', os.O_RDONLY))", {"files": ["a.txt"]}, files={"a.txt": ""}),
    Program(
        "importlib.resources",
        "import importlib.resources as r; r.files('pkg').joinpath('d.txt').read_text()",
        {"files": ["pkg/d.txt"]},
        files={"pkg/__init__.py": "", "pkg/d.txt": ""},
    ),
    Program(
        "pkgutil",
        "import pkgutil; pkgutil.get_data('pkg', 'd.txt')",
        {"files": ["pkg/d.txt"]},
        files={"pkg/__init__.py": "", "pkg/d.txt": ""},
    ),
    Program(
        "linecache", "import linecache; linecache.getline('a.txt', 1)", {"files": ["a.txt"]}, files={"a.txt": "x\n"}
    ),
    Program(
        "a child's child",
        "import subprocess, sys; subprocess.run([sys.executable, 'one.py'], check=True)",
        {"code": {"one.py": ["", "*"], "two.py": ["", "*"], "run.py": ["", "go"]}},
        files={"one.py": "import subprocess, sys\nsubprocess.run([sys.executable, 'two.py'])\n", "two.py": "X = 1\n"},
    ),
    Program(
        "below a folder's descriptor",
        "import os; os.open('d.txt', os.O_RDONLY, dir_fd=os.open('pkg', os.O_RDONLY))",
        {"files": ["pkg/d.txt"]},
        files={"pkg/d.txt": ""},
    ),
    Program("sqlite", "import sqlite3; sqlite3.connect('a.db')", {"files": ["a.db"]}, files={"a.db": ""}),
    Program(
        "a link",
        "import os; open('link').read()",
        {"files": ["link", "a.txt"]},
        top="import os\nif not os.path.lexists('link'):\n    os.symlink('a.txt', 'link')\n",
        files={"a.txt": ""},
    ),
    Program(
        "listed",
        "import os; os.listdir('d'); list(os.scandir('e'))",
        {"listings": ["d", "e"]},
        files={"d/x": "", "e/x": ""},
    ),
    Program(
        "globbed",
        "import glob; glob.glob('d/*.txt'); from pathlib import Path; list(Path('e').rglob('*'))",
        {"listings": ["d", "e"]},
        files={"d/x": "", "e/x": ""},
    ),
    Program(
        "probed",
        "import os; os.path.exists('a'); os.path.isfile('b'); from pathlib import Path; Path('c').exists(); os.access('d', os.R_OK)",
        {"probes": ["a", "b", "c", "d"]},
        unseen={"times": ["a", "b", "c", "d"]},
    ),
    Program(
        "measured",
        "import os; os.path.getsize('a'); os.stat('b').st_mtime; from pathlib import Path; Path('c').stat()",
        {"times": ["a", "b", "c"], "probes": ["a", "b", "c"]},
        files=dict.fromkeys("abc", ""),
    ),
    # -- variables
    Program("an alias", "import os; env = os.environ; env.get('APP')", {"variables": ["APP"]}),
    Program("a method bound to a name", "import os; get = os.environ.get; get('APP', '')", {"variables": ["APP"]}),
    Program("getenv handed on", "import os; list(map(os.getenv, ['APP']))", {"variables": ["APP"]}),
    Program("asked whether it is set", "import os; 'APP' in os.environ", {"variables": ["APP"]}),
    Program("in a text", "import os; os.path.expandvars('$APP/x')", {"variables": ["APP"]}),
    Program("bytes", "import os; os.environb.get(b'APP')", {"variables": ["APP"]}),
    Program("all of them", "import os; dict(os.environ)", {"all_variables": True}),
    Program(
        "set by itself",
        "import os; os.environ['APP'] = '1'; os.environ['APP']",
        {"all_variables": False},
        unseen={"variables": ["APP"]},
    ),
    Program(
        "of the system",
        "import tempfile; tempfile.gettempdir()",
        {"all_variables": False, "variables": ["TMPDIR"]},
    ),
    # -- children
    Program(
        "a script in a process of its own",
        "import subprocess, sys; subprocess.run([sys.executable, 'tool.py'], check=True)",
        {"code": {"h.py": ["", "g"], "tool.py": ["", "*"]}, "files": ["a.txt"], "opaque": False},
        files={**H, "tool.py": "import h\nh.g()\nopen('a.txt').read()\n", "a.txt": ""},
    ),
    Program(
        "a module in a process of its own",
        "import subprocess, sys; subprocess.run([sys.executable, '-m', 'pkg.tool'], check=True)",
        {"files": ["a.txt"], "opaque": False, "code": {"pkg/tool.py": ["", "*"]}},
        files={"pkg/__init__.py": "", "pkg/tool.py": "open('a.txt').read()\n", "a.txt": ""},
    ),
    Program(
        "a text of code in a process of its own",
        "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import h; h.g()'], check=True)",
        {"code": {"h.py": ["", "g"]}, "opaque": False},
        files=H,
    ),
    Program(
        "an isolated Python",
        "import subprocess, sys; subprocess.run([sys.executable, '-I', '-c', 'pass'], check=True)",
        {"opaque": True},
    ),
    Program("a shell", "import subprocess; subprocess.run(['sh', '-c', 'true'])", {"opaque": True}),
    Program("os.system", "import os; os.system('true')", {"opaque": True}),
    Program(
        "multiprocessing, forked",
        "import multiprocessing as m; p = m.get_context('fork').Process(target=__import__('h').g); p.start(); p.join()",
        {"code": {"h.py": ["", "g"]}, "opaque": False},
        files=H,
    ),
    Program(
        "multiprocessing, spawned",
        "import h, multiprocessing as m; p = m.get_context('spawn').Process(target=h.g); p.start(); p.join()",
        {"code": {"h.py": ["", "g"]}, "opaque": False},
        files=H,
    ),
    Program(
        "multiprocessing, from a server",
        "import h, multiprocessing as m; p = m.get_context('forkserver').Process(target=h.g); p.start(); p.join()",
        {"code": {"h.py": ["", "g"]}, "opaque": False},
        files=H,
    ),
    Program(
        "a pool",
        "import k\nfrom concurrent.futures import ProcessPoolExecutor\nwith ProcessPoolExecutor(2) as pool:\n    list(pool.map(k.f, [1, 2]))",
        {"code": {"k.py": ["", "f"]}, "files": ["a.txt"], "opaque": False},
        files={"k.py": "def f(x):\n    return open('a.txt').read()\n", "a.txt": ""},
    ),
    Program(
        "a forked process",
        "import os, h\npid = os.fork()\nif pid == 0:\n    h.g()\n    os._exit(0)\nos.waitpid(pid, 0)",
        {"code": {"h.py": ["", "g"]}, "opaque": False},
        files=H,
    ),
    # -- what can't be held against a later state
    Program("the clock", "import time; time.time()", {"unobservable": ["clock"]}),
    Program("the date", "import datetime; datetime.datetime.now()", {"unobservable": ["clock"]}),
    Program("random numbers", "import random; random.random()", {"unobservable": ["random"]}),
    Program(
        "a network",
        "import socket\ntry:\n    socket.create_connection(('127.0.0.1', 9), 0.1)\nexcept OSError:\n    pass",
        {"unobservable": ["network"]},
    ),
    # -- libraries
    Program("a library", "import numpy", {"modules": ["numpy"]}),
    Program(
        "a library without a distribution",
        "import loose",
        {"files": ["../site/loose.py"], "modules": ["loose"]},
        path=["../site"],
        files={"../site/loose.py": ""},
    ),
    Program("a version", "from importlib.metadata import version; version('numpy')", {"distributions": ["numpy"]}),
    # -- refused
    Program("a tracer", "import sys; sys.settrace(lambda *a: None); sys.settrace(None)", {"refused": "trac"}),
    Program("a profiler", "import sys; sys.setprofile(lambda *a: None); sys.setprofile(None)", {"refused": "profil"}),
    Program(
        "pdb",
        "import pdb, io; pdb.Pdb(stdin=io.StringIO('c\\n'), stdout=io.StringIO()).set_trace()",
        {"refused": "debugger"},
    ),
    Program(
        "a breakpoint that nobody answers",
        "import sys; sys.breakpointhook = lambda: None; breakpoint()",
        {"refused": "breakpoint"},
    ),
    Program("nothing", "pass", {"refused": None, "unobservable": [], "opaque": False, "all_variables": False}),
]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What was seen of each program."""
    base = tmp_path_factory.mktemp("programs")
    tasks = [one.write(base / str(number) / "project") for number, one in enumerate(_made(base))]
    script = Path(__file__).with_name("observed.py")
    python = os.environ.get("OBSERVED_PYTHON", sys.executable)
    done = subprocess.run(
        [python, str(script)],
        input=json.dumps({"root": str(ROOT), "programs": tasks}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {
        program.name: {"folder": task["folder"], **found}
        for program, task, found in zip(PROGRAMS, tasks, json.loads(done.stdout), strict=True)
    }


def _made(base: Path) -> list[Program]:
    import zipfile

    for number, one in enumerate(PROGRAMS):
        (base / str(number) / "project").mkdir(parents=True)
        if one.name == "a link":
            (base / str(number) / "project" / "link").symlink_to("a.txt")
        if one.name == "in an archive":
            with zipfile.ZipFile(base / str(number) / "project" / "lib.zip", "w") as archive:
                archive.writestr("zipped.py", "Z = 1\n")
    return PROGRAMS


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda one: one.name)
def test_what_is_seen(program: Program, seen: dict[str, Any]) -> None:
    found = seen[program.name]
    assert "failed" not in found, found["failed"]
    folder = found["folder"]
    for kind, expected in program.seen.items():
        if kind == "code" or kind == "called":
            assert {path: found[kind].get(path) for path in expected} == {
                path: sorted(units) for path, units in expected.items()
            }
        elif kind == "refused":
            assert (expected is None and found[kind] is None) or expected in (found[kind] or ""), found[kind]
        elif isinstance(expected, list) and expected:
            assert set(expected) <= _short(found[kind], folder), found
        elif expected is not None:
            assert found[kind] == expected
    for kind, names in program.unseen.items():
        assert set(names).isdisjoint(_short(found[kind], folder)), found


def _short(paths: list[str], folder: str) -> set[str]:
    return {os.path.relpath(one, folder) if one.startswith("/") else one for one in paths}
