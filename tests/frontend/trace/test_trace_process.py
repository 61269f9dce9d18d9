"""What a program does to its process is told, and stays there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from zencompile.diagnostics import Severity
from zencompile.frontend.trace import wire
from zencompile.source import SourceFile

ROOT = Path(__file__).parents[3]
HEADER = "import os, sys, threading, time\nfrom zenml import pipeline, step\n\n"
HEADER += "@step\ndef one(x: object = 1) -> int:\n    return 1\n\n@pipeline\ndef main():\n    one()\n\n"
LINE = HEADER.count("\n") + 1

columns = pytest.mark.skipif(sys.version_info < (3, 11), reason="Python 3.10 tells a frame's line, not its column")
posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked on POSIX only")


def _inputs(pipelines: list[Any]) -> list[Any]:
    return [i["inputs"]["x"]["value"] for i in pipelines[0]["invocations"] if "x" in i["inputs"]]


# a program that doesn't end

ENDLESS = {
    "a loop": "while True:\n    pass\n",
    "a loop that catches everything": "while True:\n    try:\n        time.sleep(0.01)\n    except BaseException:\n"
    "        pass\n",
    "waiting": "time.sleep(1000)\n",
    "a lock": "lock = threading.Lock()\nlock.acquire()\nlock.acquire()\n",
}


@pytest.mark.parametrize("name", ENDLESS)
def test_an_endless_program(name: str, project: Callable[..., Path], traced: Callable[..., Any]) -> None:
    """It is stopped after a time that is said, and the error stands at the line where it was."""
    found, report = traced(project(run=HEADER + "main()\n" + ENDLESS[name]), trace_timeout=2.0)
    (error,) = report.errors
    assert (found, error.code, error.span.file) == ([], "ZC0141", "run.py")
    assert error.span.line > LINE
    assert "2 seconds" in error.message
    assert any("--trace-timeout" in text for text in error.helps)


def test_an_endless_import(project: Callable[..., Path], traced: Callable[..., Any]) -> None:
    """The line is that of the module that doesn't end."""
    path = project(run="import helper\n" + HEADER, helper="n = 0\nwhile True:\n    n = n + 1\n")
    (error,) = traced(path, pipeline="main", trace_timeout=2.0)[1].errors
    assert (error.code, error.span.file) == ("ZC0141", "helper.py")
    assert error.span.line in (2, 3)


def test_an_endless_pipeline(project: Callable[..., Path], traced: Callable[..., Any]) -> None:
    """The same in the function of a pipeline."""
    path = project(run=HEADER + "@pipeline\ndef endless():\n    one()\n    while True:\n        os.getpid()\n")
    (error,) = traced(path, pipeline="endless", trace_timeout=2.0)[1].errors
    assert (error.code, error.span.line >= LINE + 3) == ("ZC0141", True)


def test_a_thread_that_is_left(project: Callable[..., Path], traced: Callable[..., Any]) -> None:
    """Python would wait for it: it is stopped, and that is said, but the pipelines are known."""
    body = "threading.Thread(target=time.sleep, args=(1000,), name='poller').start()\nmain()\n"
    found, report = traced(project(run=HEADER + body), trace_timeout=2.0)
    (warning,) = [d for d in report if d.severity is Severity.WARNING]
    assert len(found) == 1 and not report.errors
    assert warning.code == "ZC0141" and "`poller`" in warning.message


def test_threads_that_end(project: Callable[..., Path], traced: Callable[..., Any]) -> None:
    """Threads that end, daemons, and idle pools are nothing to tell."""
    body = "from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor()\n"
    body += "number = pool.submit(len, 'abc').result()\nthreading.Thread(target=time.sleep, args=(0.1,)).start()\n"
    body += "threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()\n"
    body += "@pipeline\ndef other():\n    one(x=number)\nother()\n"
    found, report = traced(project(run=HEADER + body))
    assert _inputs(found) == [3]
    assert [d.code for d in report] == ["ZC0140"]


# a program that ends in its own way


@columns
@pytest.mark.parametrize("before", ["", "main()\n"])
@pytest.mark.parametrize(
    "statement", ["os._exit(0)", "os.execv(sys.executable, [sys.executable, '-c', ''])", "os.execlp('true', 'true')"]
)
def test_a_process_that_ends_itself(
    statement: str, before: str, project: Callable[..., Path], traced: Callable[..., Any]
) -> None:
    """The error stands at the line that ends it."""
    found, report = traced(project(run=HEADER + before + "def leave():\n    " + statement + "\nleave()\n"))
    (error,) = report.errors
    assert (found, error.code, error.span.line) == ([], "ZC0141", LINE + before.count("\n") + 1)
    assert statement.partition("(")[0] in error.message


@pytest.mark.parametrize(
    ("statement", "codes"),
    [
        ("sys.exit()", []),
        ("sys.exit(0)", []),
        ("raise SystemExit", []),
        ("sys.exit(2)", ["ZC0023"]),
        ("sys.exit('no')", ["ZC0023"]),
        ("exit(1)", ["ZC0023"]),
        ("raise KeyboardInterrupt", ["ZC0102"]),
        ("raise GeneratorExit", ["ZC0102"]),
        ("raise ExceptionGroup('no', [ValueError()])", ["ZC0102"]),
        ("class Own(BaseException):\n    pass\nraise Own('no')", ["ZC0102"]),
        ("1 / 0", ["ZC0102"]),
    ],
)
def test_a_script_that_ends_early(
    statement: str, codes: list[str], project: Callable[..., Path], traced: Callable[..., Any]
) -> None:
    """What ends it is told at its line; an exit behind the runs is no error, and one without a code isn't told."""
    found, report = traced(project(run=f"{HEADER}main()\n{statement}\n"), arguments=())
    told = [d for d in report if d.code in ("ZC0023", "ZC0102")]
    assert [d.code for d in told] == codes
    assert report.errors == [d for d in told if d.code == "ZC0102"]
    assert len(found) == 1
    for one in told:
        assert one.span.line == LINE + statement.count("\n") + 1


def test_an_import_that_exits(project: Callable[..., Path], traced: Callable[..., Any]) -> None:
    """A module that exits when it is imported has no pipeline, and the exit is told."""
    _, report = traced(project(run="import helper\n" + HEADER, helper="import sys\nsys.exit(4)\n"), pipeline="main")
    (error,) = report.errors
    assert (error.code, error.span.file, error.span.line) == ("ZC0102", "helper.py", 2)


def test_a_crash(project: Callable[..., Path], traced: Callable[..., Any]) -> None:
    """A process that is killed leaves one error."""
    (error,) = traced(project(run=HEADER + "os.kill(os.getpid(), 9)\n"))[1].errors
    assert error.code == "ZC0141" and "signal 9" in error.message


# what is called elsewhere

ELSEWHERE = {
    "a thread": "thread = threading.Thread(target=main)\nthread.start()\nthread.join()\n",
    "a pool": "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor() as pool:\n"
    "    list(pool.map(lambda n: main(), [1, 2]))\n",
    "a thread of asyncio": "import asyncio\nasyncio.run(asyncio.to_thread(main))\n",
    "a thread that nobody waits for": "threading.Thread(target=main).start()\n",
    "an exit handler": "import atexit\natexit.register(main)\n",
    "a step in a thread": "@pipeline\ndef other():\n    one()\n    thread = threading.Thread(target=one)\n"
    "    thread.start()\n    thread.join()\nother()\n",
}
FORKED = {
    "a process": "from multiprocessing import get_context\nprocess = get_context('fork').Process(target=main)\n"
    "process.start()\nprocess.join()\n",
    "a process that nobody waits for": "from multiprocessing import get_context\n"
    "get_context('fork').Process(target=main).start()\n",
    "a pool of processes": "from multiprocessing import get_context\ndef work(n):\n    main()\n"
    "with get_context('fork').Pool(1) as pool:\n    pool.map(work, [1])\n",
}


@pytest.mark.parametrize("before", ["", "main()\n"])
@pytest.mark.parametrize("name", [*ELSEWHERE, *(FORKED if hasattr(os, "fork") else ())])
def test_pipelines_called_elsewhere(
    name: str, before: str, project: Callable[..., Path], traced: Callable[..., Any]
) -> None:
    """A pipeline that no trace can put in order is an error, never left out."""
    _, report = traced(project(run=HEADER + before + {**ELSEWHERE, **FORKED}[name]), arguments=())
    assert "ZC0141" in [d.code for d in report.errors]
    assert any(" is called " in d.message for d in report.errors)


@posix
def test_other_processes(project: Callable[..., Path], traced: Callable[..., Any]) -> None:
    """Processes that compute are the program's own affair, however they are made."""
    body = "from multiprocessing import get_context\nwith get_context('fork').Pool(2) as pool:\n"
    body += "    lengths = pool.map(len, ['a', 'bc'])\nforked = os.fork()\nif forked == 0:\n    sys.exit(3)\n"
    body += "status = os.waitstatus_to_exitcode(os.waitpid(forked, 0)[1])\nforked = os.fork()\nif forked:\n"
    body += "    os.waitpid(forked, 0)\n"
    body += "@pipeline\ndef other():\n    one(x=lengths)\n    one(x=forked > 0)\nif forked:\n    other()\n"
    found, report = traced(project(run=HEADER + body))
    assert _inputs(found) == [[1, 2], True]
    assert not report.errors


@posix
def test_processes_that_are_spawned(project: Callable[..., Path], traced: Callable[..., Any]) -> None:
    """They import the script again, as with `python FILE`: what stands under its guard isn't run there."""
    body = "from multiprocessing import get_context\nimport helper\nif __name__ == '__main__':\n"
    body += "    with get_context('spawn').Pool(1) as pool:\n        number = pool.apply(helper.size, ('abc',))\n"
    body += "    main.with_options(tags=[str(number)])()\n"
    run = "try:\n    from zenml import pipeline, step\nexcept ImportError:\n    pipeline = step = lambda f: f\n"
    run += HEADER.replace("from zenml import pipeline, step\n", "") + body
    found, report = traced(project(run=run, helper="def size(text):\n    return len(text)\n"), trace_timeout=60.0)
    assert [p["tags"] for p in found] == [["3"]], list(report)


@posix
def test_nothing_outlives_the_trace(project: Callable[..., Path], traced: Callable[..., Any]) -> None:
    """A process that the program has started and left ends with it."""
    body = "import subprocess\nchild = subprocess.Popen(['sleep', '1000'])\nopen('pid', 'w').write(str(child.pid))\n"
    path = project(run=HEADER + body + "main()\n")
    found, _ = traced(path)
    pid = int((path.parent / "pid").read_text())
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            break
        if Path(f"/proc/{pid}/stat").exists() and " Z " in Path(f"/proc/{pid}/stat").read_text():
            break  # nobody collects it, but it has ended
        time.sleep(0.05)
    else:
        pytest.fail("it is still there")
    assert len(found) == 1


def test_exit_handlers_run(project: Callable[..., Path], traced: Callable[..., Any]) -> None:
    """As when Python ends: temporary files go, and what a handler raises is nobody's error."""
    body = "import atexit, tempfile\nfolder = tempfile.TemporaryDirectory()\nopen('place', 'w').write(folder.name)\n"
    body += "def fail():\n    raise ValueError('at exit')\natexit.register(fail)\n"
    body += "@pipeline\ndef other():\n    one(x=os.path.isdir(folder.name))\nother()\n"
    path = project(run=HEADER + body)
    found, report = traced(path)
    assert _inputs(found) == [True] and not report.errors
    assert not Path((path.parent / "place").read_text()).exists()


# what it finds around it


def test_what_it_prints(project: Callable[..., Path]) -> None:
    """However it prints, standard output holds what the command writes, and nothing else."""
    body = "print('one')\nsys.__stdout__.write('two')\nos.write(1, b'three')\nos.system('echo four')\n"
    body += "import logging, subprocess\nlogging.warning('five')\nsubprocess.run(['echo', 'six'])\nmain()\n"
    body += "import atexit\natexit.register(print, 'seven')\n"
    path = project(run=HEADER + body)
    command = [sys.executable, "-c", "from zencompile.cli import main; main()", "graph", "run.py"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "backends", ROOT / "templates")))}
    results = [
        subprocess.run(
            [*command, *options], cwd=path.parent, env=environment, capture_output=True, text=True, check=True
        )
        for options in ([], ["--frontend", "trace"])
    ]
    assert results[0].stdout == results[1].stdout != ""
    for word in ("one", "two", "three", "four", "five", "six", "seven"):
        assert word in results[1].stderr


def test_input_is_at_its_end(project: Callable[..., Path], traced: Callable[..., Any]) -> None:
    """Nobody can answer a question: that is an error at its line, and no waiting."""
    (error,) = traced(project(run=HEADER + "main()\nname = input('name? ')\n"), arguments=())[1].errors
    assert (error.code, error.span.line) == ("ZC0102", LINE + 1)


@pytest.mark.parametrize(
    ("arguments", "expected"), [(None, []), ((), []), (("--n", "3", "x y"), ["--n", "3", "x y"]), (("--",), ["--"])]
)
def test_arguments(arguments: Any, expected: Any, project: Callable[..., Path], traced: Callable[..., Any]) -> None:
    """The script has the arguments behind `--`, none without it, and its own path first."""
    body = "@pipeline\ndef other():\n    one(x=sys.argv)\nif __name__ == '__main__':\n    other()\n"
    found, _ = traced(project(run=HEADER + body), arguments=arguments)
    assert _inputs(found) == [["run.py", *expected]]


def test_an_imported_file_has_no_arguments(project: Callable[..., Path], traced: Callable[..., Any]) -> None:
    """FILE:PIPELINE imports the file: it isn't `__main__`, and sees nothing of how it was started."""
    body = "import __main__\nmade = [sys.argv, hasattr(__main__, '__file__'), __name__]\n"
    body += "@pipeline\ndef other():\n    one(x=made)\nif __name__ == '__main__':\n    raise ValueError\n"
    found, report = traced(project(run=HEADER + body), pipeline="other")
    assert _inputs(found) == [[["run.py"], False, "run"]], list(report)


def test_a_script_that_moves(project: Callable[..., Path], traced: Callable[..., Any]) -> None:
    """It may change its folder and its path before it imports: what is then found is Python's affair."""
    body = "os.makedirs('later')\nopen('later/found_late.py', 'w').write('N = 7')\nos.chdir('later')\n"
    body += "sys.path.insert(0, os.getcwd())\nimport found_late\nos.chdir('..')\nos.rename('later', 'gone')\n"
    body += (
        "@pipeline\ndef other():\n    one(x=found_late.N)\nother()\nos.makedirs('x')\nos.chdir('x')\nos.rmdir('../x')\n"
    )
    found, report = traced(project(run=HEADER + body))
    assert _inputs(found) == [7], list(report)


def test_a_script_that_cleans_up_everything(project: Callable[..., Path], traced: Callable[..., Any]) -> None:
    """Not even what the compiler needs itself has to stay where it was."""
    body = "main()\nimport builtins, json, pathlib\njson.dumps = None\nsys.path_hooks.clear()\nsys.meta_path.clear()\n"
    body += "sys.stdout = sys.stderr = None\nos.environ.clear()\nos.environ.pop('PATH', None)\n"
    body += "sys.setrecursionlimit(200)\nsys.modules.pop('os')\nsys.modules.pop('ast', None)\n"
    found, report = traced(project(run=HEADER + body))
    assert len(found) == 1, list(report)


def test_a_source_keeps_its_bytes_on_the_way() -> None:
    """Its digest is that of the file: of one with other line ends or another coding, too."""
    source = SourceFile("run.py", "a = 1\n", ROOT / "run.py", b"a = 1\r\n")
    received = wire.source_from_json("run.py", json.loads(json.dumps(wire.source_to_json(source))))
    assert received.digest == source.digest
