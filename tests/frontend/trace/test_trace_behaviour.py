"""What only tracing does, and what it must not do."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from zencompile.diagnostics import Severity

HEADER = "from zenml import pipeline, step\n\n@step\ndef one(x: object = 1) -> int:\n    return 1\n\n"

columns = pytest.mark.skipif(sys.version_info < (3, 11), reason="Python 3.10 tells a frame's line, not its column")


def _inputs(pipelines: list[Any]) -> list[Any]:
    return [i["inputs"]["x"]["value"] for i in pipelines[0]["invocations"] if "x" in i["inputs"]]


def _codes(report: Any) -> list[str]:
    return [d.code for d in report if d.severity is Severity.ERROR]


def test_it_says_that_the_program_is_run(project: Callable[..., Path], traced: Callable[..., Any]) -> None:
    """A note tells whoever compiles that code was run."""
    _, report = traced(project(run=HEADER + "@pipeline\ndef main():\n    one()\n"))
    assert [(d.code, d.severity) for d in report] == [("ZC0140", Severity.NOTE)]


def test_what_only_running_can_decide(
    project: Callable[..., Path], traced: Callable[..., Any], static: Callable[..., Any]
) -> None:
    """A library that the static front end doesn't read decides, and the parameter that it is given is fixed."""
    body = "import zlib\n@pipeline\ndef main(n: int = 2, text: str = 'a b'):\n"
    body += "    for part in 'xyz'[: zlib.crc32(b'') + n + 1]:\n        one(x=part)\n    one(x=text)\n"
    path = project(run=HEADER + body)
    pipelines, report = traced(path)
    assert _inputs([{"invocations": pipelines[0]["invocations"][:3]}]) == ["x", "y", "z"]
    assert not report.errors
    assert static(path)[1].errors


def test_parameters_are_fixed_by_what_python_shows(project: Callable[..., Path], traced: Callable[..., Any]) -> None:
    """Where the static front end knows nothing, operations on a parameter are seen and named."""
    body = "import zlib\n@pipeline\n"
    body += "def main(n: int = 2, rate: float = 0.5, left: str = 'l', names: list[str] = ['a']):\n"
    body += "    for part in range(zlib.crc32(b'x') % 2 + 1):\n        one(x=part)\n"
    body += "    for i in range(n):\n        one(x=rate * i)\n    one(x=left)\n    one(x=names)\n"
    pipelines, _ = traced(project(run=HEADER + body))
    found = {p["name"]: (p["bound"], p["reason"]) for p in pipelines[0]["parameters"]}
    assert found["n"] == ("compile", "range(n)")
    assert found["rate"] == ("compile", "rate * i")
    assert found["left"] == found["names"] == ("runtime", "")


@columns
def test_the_environment_is_not_read(
    project: Callable[..., Path], traced: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The project sees references; a library that it uses sees what is there."""
    monkeypatch.setenv("TOKEN", "very-secret")
    body = "import os, os.path\nfrom zenml.config import DockerSettings\n"
    body += "variables = {'A': os.getenv('TOKEN'), 'B': os.environ['TOKEN'], 'C': os.environ.get('TOKEN', 'd')}\n"
    body += "docker = DockerSettings(environment=variables)\n"
    body += "@pipeline(settings={'docker': docker})\ndef main():\n    one(x=os.getenv('TOKEN', 'default') + '!')\n"
    body += "    one(x=os.path.expandvars('$TOKEN') == 'very-' + 'secret')\n    one(x=dict(os.environ))\n"
    pipelines, report = traced(project(run=HEADER + body))
    assert "very-secret" not in str(pipelines)
    assert "ZC0105" in [d.code for d in report]
    assert sorted(i for i in map(str, _inputs(pipelines))) == ["True", "default!", "{}"]
    again, _ = traced(project(run=HEADER + body), environment={"TOKEN": "given"})
    assert "given!" in _inputs(again)


def test_machine_paths_stay_out(project: Callable[..., Path], traced: Callable[..., Any]) -> None:
    """Values that say where the project lies don't say where it lies here."""
    body = "import os\nfrom pathlib import Path\n@pipeline\ndef main():\n"
    body += "    one(x=str(Path(__file__).parent / 'd'))\n    one(x=os.getcwd())\n    one(x=Path(__file__))\n"
    path = project(run=HEADER + body)
    pipelines, _ = traced(path)
    assert str(path.parent) not in str(pipelines)
    assert "'{project}/d'" in str(pipelines)


def test_a_missing_module_is_one_diagnostic(project: Callable[..., Path], traced: Callable[..., Any]) -> None:
    """It names the module, the line of the import, and the ways out."""
    path = project(
        run="from helper import f\n" + HEADER + "@pipeline\ndef main():\n    one(x=f(1))\n",
        helper="import nowhere.at.all\n",
    )
    pipelines, report = traced(path)
    (error,) = report.errors
    assert (error.code, error.span.file, error.span.line) == ("ZC0142", "helper.py", 1)
    assert "nowhere" in error.message and any("--stub nowhere" in h for h in error.helps)
    assert pipelines == []


@columns
@pytest.mark.parametrize("stubs", [("nowhere",), ("all",)])
def test_stubs_stand_in(
    stubs: tuple[str, ...], project: Callable[..., Path], traced: Callable[..., Any], static: Callable[..., Any]
) -> None:
    """With --stub, what is missing can be imported, subclassed, called and used as a decorator, and means what it does
    statically."""
    body = "import nowhere\nfrom nowhere.parts import Base, mark, Thing as T\n"
    body += "class Net(Base, nowhere.Other):\n    pass\n"
    body += "@step\n@mark(3)\n@nowhere.plain\ndef two(x: nowhere.Tensor) -> T:\n    return x\n"
    body += "@pipeline\ndef main():\n    two(one())\n    one(x=nowhere.Config(a=1))\n"
    path = project(run=HEADER + body)
    pipelines, report = traced(path, stubs=stubs)
    assert not report.errors
    assert pipelines == static(path)[0]


def test_an_exception_of_the_program(project: Callable[..., Path], traced: Callable[..., Any]) -> None:
    """It is a diagnostic at the user's line, whatever class it is of."""
    body = "class Own(Exception):\n    pass\ndef f():\n    raise Own('no')\n@pipeline\ndef main():\n    one(x=f())\n"
    _, report = traced(project(run=HEADER + body))
    (error,) = report.errors
    assert error.code == "ZC0102" and "Own: no" in error.message
    assert error.span.line == HEADER.count("\n") + 4


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("import sys; sys.exit(3)", "ZC0102"),
        ("import os; os._exit(3)", "ZC0141"),
        ("def f(): return f()\nf()", "ZC0102"),
        ("raise KeyboardInterrupt", "ZC0102"),
        ("def", "ZC0101"),
    ],
)
def test_a_program_that_ends(
    statement: str, code: str, project: Callable[..., Path], traced: Callable[..., Any]
) -> None:
    """However it ends, there is one error and no traceback."""
    _, report = traced(project(run=f"{HEADER}{statement}\n@pipeline\ndef main():\n    one()\n"))
    assert _codes(report) == [code]


def test_the_process_is_left_alone(
    project: Callable[..., Path], traced: Callable[..., Any], capfd: pytest.CaptureFixture[str]
) -> None:
    """What a program does to its process stays there; what it prints does not mix with the compiler's output."""
    body = "import os, sys\nos.chdir('/')\nsys.path.clear()\nsys.modules['json'] = None\nos.environ['LEFT'] = 'x'\n"
    body += "print('to standard output')\n@pipeline\ndef main():\n    one(x=os.environ['LEFT'])\n"
    before = Path.cwd(), list(sys.path), sorted(sys.modules)
    pipelines, report = traced(project(run=HEADER + body))
    assert not report.errors and _inputs(pipelines) == ["x"]
    assert (Path.cwd(), list(sys.path), sorted(sys.modules)) == before
    assert "LEFT" not in os.environ
    assert "to standard output" not in capfd.readouterr().out
    assert not list(Path(report.sources["run.py"].location).parent.glob("**/__pycache__"))


def test_showing_a_parameter_decides_nothing(project: Callable[..., Path], traced: Callable[..., Any]) -> None:
    """Printing and logging leave a parameter to the run."""
    body = "import logging\n@pipeline\ndef main(n: int = 2, s: str = 'a', flag: bool = True):\n"
    body += "    print(n, s, flag)\n    logging.getLogger('x').error('%s %d %s', s, n, flag)\n"
    body += "    one(x=n)\n    one(x=s)\n    one(x=flag)\n"
    pipelines, _ = traced(project(run=HEADER + body))
    assert {p["bound"] for p in pipelines[0]["parameters"]} == {"runtime"}


def test_the_script_goes_on_until_a_run_decides(project: Callable[..., Path], traced: Callable[..., Any]) -> None:
    """What was called before is compiled; a note says where the trace ends."""
    body = "@pipeline\ndef main():\n    one()\nif __name__ == '__main__':\n"
    body += "    run = main()\n    if run.status == 'completed':\n        print(run)\n"
    pipelines, report = traced(project(run=HEADER + body))
    assert len(pipelines) == 1 and not report.errors
    assert "ZC0143" in [d.code for d in report]


def test_another_interpreter(project: Callable[..., Path], traced: Callable[..., Any]) -> None:
    """One that can't be started, or lacks what is needed, is a diagnostic."""
    path = project(run=HEADER + "@pipeline\ndef main():\n    one()\n")
    _, report = traced(path, python="/nowhere/python")
    assert _codes(report) == ["ZC0141"]
    pipelines, report = traced(path, python=sys.executable)
    assert len(pipelines) == 1 and not report.errors


def test_the_framework_is_never_imported(project: Callable[..., Path], traced: Callable[..., Any]) -> None:
    """A module that is called like the framework doesn't run, and the compiler's own package isn't handed out."""
    body = "import zencompile, zenml\nfrom zencompile import step as same\n@pipeline\n"
    body += "def main():\n    one(x=str(type(zenml).__name__))\n    same(one)()\n"
    path = project(run=HEADER + body, zenml="raise RuntimeError('imported')\n")
    pipelines, report = traced(path)
    assert not report.errors and len(pipelines[0]["invocations"]) == 2


def test_a_program_is_run_once(project: Callable[..., Path], traced: Callable[..., Any]) -> None:
    """What failed when it was imported is not imported again for its next name."""
    path = project(run=HEADER + "open('runs', 'a').write('x')\none_more = 1\nif zip.missing: pass\n")
    _, report = traced(path)
    assert _codes(report) == ["ZC0102"]
    assert (path.parent / "runs").read_text() in ("x", "xx")  # as a script, then as a module


def test_a_run_is_evaluated_where_it_is_made(project: Callable[..., Path], traced: Callable[..., Any]) -> None:
    """A pipeline sees what its script has done so far, and nothing of what it does afterwards."""
    body = "items = []\n@pipeline\ndef main():\n    for item in [0, *items]:\n        one(x=item)\n"
    body += "for n in (1, 2):\n    items.append(n)\n    main.with_options(tags=[str(n)])()\nitems.clear()\n"
    found, report = traced(project(run=HEADER + body), arguments=())
    assert [_inputs([one]) for one in found] == [[0, 1], [0, 1, 2]] and not report.errors


@pytest.mark.parametrize(("caught", "codes"), [("ValueError", ["ZC0102"]), ("KeyError", ["ZC0102"])])
def test_a_pipeline_that_raises(
    caught: str, codes: list[str], project: Callable[..., Path], traced: Callable[..., Any]
) -> None:
    """It is told once, at its line, whether the script catches it or not; it is run once."""
    body = "@pipeline\ndef main():\n    open('runs', 'a').write('x')\n    one()\n    raise ValueError('no')\n"
    body += f"try:\n    main()\nexcept {caught}:\n    open('caught', 'w')\n"
    path = project(run=HEADER + body)
    _, report = traced(path, arguments=())
    assert [d.code for d in report.errors] == codes
    assert report.errors[0].span.line == HEADER.count("\n") + 5
    assert (path.parent / "runs").read_text() == "x"
    assert (path.parent / "caught").exists() == (caught == "ValueError")


def test_what_has_no_name_of_its_own(project: Callable[..., Path], traced: Callable[..., Any]) -> None:
    """Members of a flag together are their number, dictionaries of the standard library are dictionaries."""
    body = "import collections, enum\nclass Mode(enum.IntFlag):\n    R = 4\n    W = 2\n"
    body += "counts = collections.Counter('abca')\nlists = collections.defaultdict(list, a=[1])\n"
    body += "@pipeline\ndef main():\n    one(x=Mode.R | Mode.W)\n    one(x=counts)\n    one(x=lists)\n"
    found, report = traced(project(run=HEADER + body))
    assert _inputs(found) == [6, {"a": 2, "b": 1, "c": 1}, {"a": [1]}] and not report.errors


def test_a_step_has_its_own_text(project: Callable[..., Path], traced: Callable[..., Any]) -> None:
    """What stands for a step in the program doesn't show its own documentation."""
    body = "@step\ndef two(x: str) -> None:\n    'What it does.'\n@pipeline\ndef main():\n    two(two.__doc__)\n"
    body += "    one(x=one.__doc__)\n"
    found, report = traced(project(run=HEADER + body))
    assert _inputs(found) == [None, "What it does."] and not report.errors


def test_defaults_that_the_program_sets(project: Callable[..., Path], traced: Callable[..., Any]) -> None:
    """`os.environ.setdefault` says what holds where the environment has no such variable."""
    body = "import os\nos.environ.setdefault('STAGE_X', 'blue')\n@pipeline\ndef main():\n"
    body += "    one(x=os.environ['STAGE_X'] + '!')\n    one(x=os.getenv('STAGE_X', 'red') + '!')\n"
    body += "    one(x='STAGE_X' in os.environ)\n"
    path = project(run=HEADER + body)
    assert _inputs(traced(path)[0]) == ["blue!", "blue!", True]
    assert _inputs(traced(path, environment={"STAGE_X": "green"})[0]) == ["green!", "green!", True]
