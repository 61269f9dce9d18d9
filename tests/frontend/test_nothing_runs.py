"""Compiling runs nothing of the user's: proven from outside, by an audit hook in a process of its own.

Every source here would leave a trace if a line of it ran: a file, a process, a connection, an exit, an endless loop.
The hook sees what the interpreter itself does, so no code of ours or of the user's can get around it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
LOADING = """
import json, os, sys
sys.dont_write_bytecode = True
project, allowed, told = sys.argv[1], os.path.abspath(sys.argv[2]), []
armed = False

def hook(event, arguments):
    if not armed:
        return
    if event == "open":
        path, mode, flags = arguments
        if isinstance(path, (str, bytes)) and (flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC):
            path = os.path.abspath(os.fsdecode(path))
            if not path.startswith((allowed, "/dev/")):
                told.append(["written", path])
    elif event == "subprocess.Popen":
        if os.path.basename(os.fsdecode(arguments[0])) != "git":
            told.append([event, repr(arguments[:2])])
    elif event == "exec":
        file = getattr(arguments[0], "co_filename", "")
        if not file.startswith("<") and os.path.abspath(file).startswith(project):
            told.append([event, file])
    elif event == "import":
        if arguments[0].partition(".")[0] in USER:
            told.append([event, arguments[0]])
    elif event == "shutil.rmtree" and os.path.abspath(os.fspath(arguments[0])).startswith(allowed):
        return
    elif event.startswith(("socket.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.remove",
                           "os.putenv", "os.kill", "ctypes.", "urllib.", "http.", "ftplib.", "smtplib.", "sqlite3.",
                           "shutil.", "webbrowser.", "signal.", "pty.", "code.__new__", "builtins.input")):
        told.append([event, repr(arguments)[:200]])
    elif event in ("os.mkdir", "os.rename", "os.rmdir", "os.link", "os.symlink", "os.chmod", "os.chdir"):
        paths = [os.path.abspath(os.fsdecode(a)) for a in arguments if isinstance(a, (str, bytes))]
        if not any(path.startswith(allowed) for path in paths):
            told.append([event, repr(arguments)[:200]])

USER = set(json.loads(sys.argv[3]))
from zencompile.cli.group import command  # what starting takes is not looked at
sys.addaudithook(hook)
armed = True
code = 0
try:
    command.main(args=sys.argv[4:], prog_name="zencompile")
except SystemExit as leaving:
    code = leaving.code
armed = False
print("\\n" + json.dumps({"code": code, "told": told}))
"""

HEAD = """
import atexit, os, socket, subprocess, sys, threading
from pathlib import Path
from zenml import pipeline, step

def leave(*_, **__):
    Path({trace!r}).write_text("ran")
    os.system("touch {trace}")
    subprocess.run(["touch", {trace!r}])
    socket.create_connection(("127.0.0.1", 9))
"""
TAIL = """
@step
def a(x: int = 0) -> int:
    leave()
    return x

@pipeline
def p():
    a(1)
"""

TRACES = {
    "the top level": "leave()\n" + TAIL,
    "a loop at the top level": "for _ in range(3):\n    leave()\n" + TAIL,
    "a with at the top level": "with open({trace!r}, 'w') as file:\n    file.write('ran')\n" + TAIL,
    "a decorator": "def noisy(f):\n    leave()\n    return f\n" + TAIL.replace("@step", "@step\n@noisy"),
    "a default argument": TAIL.replace("x: int = 0", "x: int = leave()"),
    "an annotation": TAIL.replace("x: int = 0", "x: leave() = 0"),
    "a class body": "class C:\n    leave()\n    y = leave()\n" + TAIL,
    "a metaclass": "class M(type):\n    def __new__(*args):\n        leave()\n        return type.__new__(*args)\n"
    "class C(metaclass=M): pass\n" + TAIL,
    "a subclass hook": "class B:\n    def __init_subclass__(cls):\n        leave()\nclass C(B): pass\n" + TAIL,
    "a descriptor": "class D:\n    def __set_name__(self, *_):\n        leave()\nclass C:\n    d = D()\n" + TAIL,
    "the body of the pipeline": TAIL + "    leave()\n    os.system('touch {trace}')\n    open({trace!r}, 'w')\n",
    "a helper of the pipeline": TAIL + "    a((lambda: leave() or 2)())\n",
    "an attribute": "class C:\n    @property\n    def x(self):\n        leave()\n        return 1\n"
    + TAIL
    + "    a(C().x)\n",
    "a format": "class C:\n    def __format__(self, _):\n        leave()\n        return ''\n"
    + TAIL
    + "    a(f'{C()}' == '')\n",
    "operators": "class C:\n    def __add__(self, o):\n        leave()\n    __bool__ = __len__ = __iter__ = leave\n"
    + TAIL
    + "    if C(): C() + 1\n    [*C()]\n",
    "exec and eval": "exec(\"open({trace!r}, 'w')\")\neval(\"open({trace!r}, 'w')\")\n"
    + TAIL
    + "    exec('leave()')\n",
    "compile": "code = compile(\"open({trace!r}, 'w')\", 'x', 'exec')\nexec(code)\n" + TAIL,
    "an import by name": "__import__('beside')\nimport importlib\nimportlib.import_module('beside')\n" + TAIL,
    "a way through types": "[].__class__.__base__.__subclasses__()[0]\n(lambda: 0).__code__\n"
    "type(leave).__call__(leave)\n"
    "''.__class__.__mro__[1].__subclasses__()\nstr.format('{{0.__class__.__init__.__globals__}}', leave)\n" + TAIL,
    "builtins by another way": "__builtins__['open']({trace!r}, 'w')\n__builtins__.open({trace!r}, 'w')\n"
    "import builtins\nbuiltins.open({trace!r}, 'w')\ngetattr(builtins, 'ex' + 'ec')('leave()')\n" + TAIL,
    "paths": "Path({trace!r}).touch()\nPath({trace!r}).mkdir()\nopen({trace!r}, mode='w')\nos.makedirs({trace!r})\n"
    + TAIL,
    "data that holds code": "import pickle, yaml\npickle.loads(b\"cposix\\nsystem\\n(S'touch {trace}'\\ntR.\")\n"
    "yaml.unsafe_load('!!python/object/apply:os.system [\"touch {trace}\"]')\n" + TAIL,
    "what is registered for later": "atexit.register(leave)\nthreading.Thread(target=leave).start()\n"
    "sys.addaudithook(leave)\nsys.settrace(leave)\nsys.excepthook = leave\n" + TAIL,
    "a generator and an async function": "def g():\n    leave()\n    yield 1\nasync def h():\n    leave()\n"
    + TAIL
    + "    a(list(g())[0])\n",
    "an imported module": "import beside\nfrom beside import *\n" + TAIL,
    "a package": "import inner\nfrom inner import value\n" + TAIL + "    a(value)\n",
    "the script's main": TAIL + "if __name__ == '__main__':\n    leave()\n    p()\n    leave()\n",
    "the end of the process": "os._exit(3)\nsys.exit(3)\nexit()\nquit()\nos.abort()\nos.kill(os.getpid(), 9)\n" + TAIL,
    "an exit in the pipeline": TAIL + "    sys.exit(3)\n    raise SystemExit(4)\n",
    "the environment": "os.environ['ZENCOMPILE_TRACE'] = '1'\nos.putenv('X', '1')\nos.chdir('/')\n"
    "sys.path.insert(0, '/x')\n" + TAIL,
    "native code": "import ctypes\nctypes.CDLL(None).system(b'touch {trace}')\n" + TAIL,
    "a matched class": "class C:\n    @property\n    def y(self):\n        leave()\n    __match_args__ = ('y',)\n"
    + TAIL
    + "    match C():\n        case C(1): a(2)\n",
}


def run(folder: Path, *more: str) -> dict[str, Any]:
    out = folder.parent / "out"
    words = ["compile", "run.py", "--target", "airflow", "-o", str(out), "--build-dir", str(out / "build"), *more]
    names = json.dumps(["run", "beside", "inner", "conftest", "sitecustomize", "usercustomize", "setup"])
    path = os.pathsep.join([str(ROOT), str(ROOT / "backends"), str(ROOT / "templates")])
    done = subprocess.run(
        [sys.executable, "-c", LOADING, str(folder), str(out), names, *words],
        cwd=folder, capture_output=True, text=True, timeout=120, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    assert done.stdout.strip(), f"the process ended before its end ({done.returncode}):\n{done.stderr}"
    answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return {**answer, "error": done.stderr}


def project(tmp_path: Path, source: str, trace: Path) -> Path:
    """A project whose every file would leave a trace."""
    folder = tmp_path / "project"
    (folder / "inner").mkdir(parents=True)
    head = HEAD.format(trace=str(trace))
    (folder / "run.py").write_text(head + source)
    for name in ("beside", "conftest", "sitecustomize", "usercustomize", "setup", "inner/__init__"):
        (folder / f"{name}.py").write_text(head + "leave()\nvalue = 1\n")
    (folder / "evil.pth").write_text("import beside\n")
    (folder / "pyproject.toml").write_text("[project]\nname = 'evil'\n")
    return folder


@pytest.mark.parametrize("source", TRACES.values(), ids=TRACES)
def test_nothing_of_a_project_runs(source: str, tmp_path: Path) -> None:
    """No file written, no process but git's, no connection, no code of the user's executed, no module imported."""
    trace = tmp_path / "trace"
    text = (
        source.replace("{trace!r}", repr(str(trace)))
        .replace("{trace}", str(trace))
        .replace("{{", "{")
        .replace("}}", "}")
    )
    folder = project(tmp_path, text, trace)
    before = sorted(folder.rglob("*"))
    answer = run(folder)
    assert answer["told"] == []
    assert not trace.exists()
    assert sorted(folder.rglob("*")) == before
    assert answer["code"] in (0, 1, None)
    assert "ZC0009" not in answer["error"], answer["error"]


@pytest.mark.parametrize("where", ["top", "body", "main"])
def test_an_endless_loop_ends_in_a_diagnostic(where: str, tmp_path: Path) -> None:
    """A limit on the work turns it into a diagnostic at the loop."""
    loop = "x = 0\nwhile True:\n    x += 1\n"
    sources = {
        "top": loop + TAIL.replace("a(1)", "a(x)"),
        "body": TAIL + "    while True:\n        pass\n",
        "main": TAIL + "if __name__ == '__main__':\n    while True:\n        pass\n    p()\n",
    }
    answer = run(project(tmp_path, sources[where], tmp_path / "trace"))
    assert answer["code"] == 1
    assert "ZC0104" in answer["error"], answer["error"]
    assert answer["told"] == []


def test_the_hook_sees_what_runs(tmp_path: Path) -> None:
    """The proof is worth something: the same project, imported, is caught."""
    trace = tmp_path / "trace"
    folder = project(tmp_path, TAIL, trace)
    loading = LOADING.replace(
        'command.main(args=sys.argv[4:], prog_name="zencompile")',
        "sys.path.insert(0, project)\n    try:\n        import beside\n    except ImportError:\n        pass\n"
        "    except OSError:\n        pass",
    )
    stub = tmp_path / "stub"
    stub.mkdir()
    (stub / "zenml.py").write_text("pipeline = step = None\n")
    path = os.pathsep.join([str(stub), str(ROOT), str(ROOT / "backends"), str(ROOT / "templates")])
    done = subprocess.run(
        [sys.executable, "-c", loading, str(folder), str(tmp_path / "out"), json.dumps(["beside"])],
        cwd=tmp_path, capture_output=True, text=True, timeout=120, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    told = {event for event, _ in json.loads(done.stdout.strip().splitlines()[-1])["told"]}
    assert {"written", "exec", "import", "os.system", "subprocess.Popen"} <= told
    assert any(event.startswith("socket.") for event in told)
