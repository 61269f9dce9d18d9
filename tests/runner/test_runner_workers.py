"""Processes that die at bad moments, and what a terminal shows."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from zencompile_runtime.runner.options import clients_of

STEPS = """
    import os

    @step
    def murder() -> int:
        import time
        os.kill(os.getppid(), 9)
        time.sleep(30)

    @step
    def one() -> int:
        return 1

    @step
    def chatty() -> int:
        import sys
        print("to standard output")
        print("to standard error", file=sys.stderr)
        os.system("echo from a child")
        sys.stdout.write("no end of line")
        return 1

    @step
    def flood() -> int:
        for number in range(20000):
            print("line", number)
        return 1

    @step
    def big() -> str:
        return "x" * 3_000_000

    @step
    def size(text: str) -> int:
        return len(text)

    @step
    def orphan() -> int:
        import subprocess
        subprocess.Popen(["sleep", "83.1"])
        return 1

    @step
    def pools() -> int:
        import multiprocessing
        total = 0
        for _ in range(25):
            with multiprocessing.Pool(3) as pool:
                total += sum(pool.map(abs, [-1, 2]))
        return total

    @step
    def at_exit() -> int:
        import atexit
        import threading
        import time
        def late():
            time.sleep(0.2)
            print("late thread")
        threading.Thread(target=late).start()
        atexit.register(print, "at exit")
        return 1
"""


def test_steps_that_come_after_the_death_of_their_server_run(project):
    project.write(STEPS, "steps=[Step('murder', 'steps:murder'), Step('one', 'steps:one', after=[])]")
    ran = project.run("--jobs", "1", code=1, seconds=30)
    assert ran.states == {"murder": "failed", "one": "completed"}


def test_a_library_that_can_t_be_imported_twice_is_imported_by_the_step_alone(project):
    """The first import ends its process; the runner then starts a server that imports nothing."""
    project.write(STEPS, "steps=[Step('one', 'steps:one')], preload=['fragile']")
    (project.folder / "fragile.py").write_text(
        "import os\nfrom pathlib import Path\n"
        "if not Path('once').exists():\n    Path('once').touch()\n    os._exit(3)\n"
    )
    (project.folder / "steps.py").write_text("import fragile\n" + (project.folder / "steps.py").read_text())
    project.facts()
    assert project.run(seconds=30).states == {"one": "completed"}


def test_what_a_step_s_file_imports_for_others_is_imported_once_a_run(project):
    """Though the steps of this pipeline have no use for it."""
    project.write(STEPS, "steps=[Step('a', 'steps:one'), Step('b', 'steps:one', cache=False)], preload=['heavy']")
    (project.folder / "heavy.py").write_text("with open('imported', 'a') as file:\n    file.write('x')\n")
    steps = project.folder / "steps.py"
    steps.write_text("import os, heavy as h\n" + steps.read_text())
    project.facts()
    facts = json.loads((project.code / "p.json").read_text())
    for step in facts["steps"].values():
        step["imports"] = []
    (project.code / "p.json").write_text(json.dumps(facts))
    assert set(project.run("--no-cache").states.values()) == {"completed"}
    assert (project.folder / "imported").read_text() == "x"


def test_everything_that_a_step_prints_is_caught(project):
    project.write(STEPS, "steps=[Step('chatty', 'steps:chatty'), Step('flood', 'steps:flood')]")
    ran = project.run()
    assert set(ran.log("chatty").splitlines()) == {
        "to standard output",
        "to standard error",
        "from a child",
        "no end of line",
    }
    assert "chatty | no end of line" in ran.out
    assert ran.log("flood").splitlines() == [f"line {number}" for number in range(20000)]


def test_what_a_step_leaves_running_ends_with_it(project):
    project.write(STEPS, "steps=[Step('orphan', 'steps:orphan')]")
    project.run()
    shown = subprocess.run(["ps", "-eo", "stat,args"], capture_output=True, text=True, check=True).stdout
    assert not [line for line in shown.splitlines() if "sleep 83.1" in line and not line.startswith("Z")]


@pytest.mark.parametrize("flags", [[], ["--in-process"]], ids=["fork", "in-process"])
def test_pools_of_processes_end_their_workers(project, flags):
    """They send SIGTERM, which a step answers with its hooks, and its workers not at all."""
    project.write(STEPS, "steps=[Step('pools', 'steps:pools')]")
    assert project.run(*flags, seconds=60).value("pools") == 75


def test_threads_and_exit_handlers_of_a_step_come_to_their_end(project):
    project.write(STEPS, "steps=[Step('at_exit', 'steps:at_exit')]")
    assert project.run().log("at_exit").splitlines() == ["late thread", "at exit"]


@pytest.mark.parametrize("flags", [[], ["--isolation", "full"]], ids=["fork", "full"])
def test_large_values_go_from_step_to_step(project, flags):
    project.write(
        STEPS, "steps=[Step('big', 'steps:big'), Step('size', 'steps:size', inputs={'text': ('big', 'output')})]"
    )
    assert project.run(*flags).value("size") == 3_000_000


def test_a_fan_out_and_in_of_many_steps(project):
    project.write(
        STEPS + "\n    @step\n    def add(xs: list) -> int:\n        return sum(xs)\n",
        """
        steps=[
            *(Step(f"one_{i}", "steps:one", cache=False) for i in range(40)),
            Step("add", "steps:add", inputs={"xs": [(f"one_{i}", "output") for i in range(40)]}),
        ],
        """,
    )
    assert project.run("--jobs", "8").value("add") == 40


def on_terminal(project, *arguments, typed=b""):
    """What the script writes to a terminal, and its exit code."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, str(project.script), *arguments],
        env={**project.environment, "TERM": "xterm", "COLUMNS": "100", "LINES": "30"},
        stdout=follower,
        stderr=follower,
        stdin=follower,
    )
    os.close(follower)
    os.write(leader, typed)
    data = b""
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:
            break
        if not part:
            break
        data += part
    os.close(leader)
    return data.decode(), process.wait(30)


def test_a_terminal_shows_a_table_that_ends_complete(project):
    pytest.importorskip("rich")
    project.write(STEPS, "steps=[Step('chatty', 'steps:chatty'), Step('one', 'steps:one', after=['chatty'])]")
    text, code = on_terminal(project)
    assert code == 0
    assert "\x1b[" in text and "✓" in text and "from a child" in text
    assert "chatty" in text.split("artifacts in")[0].rsplit("✓", 2)[1]
    plain, code = on_terminal(project, "--plain")
    assert code == 0 and "\x1b[" not in plain and "cached" in plain


def test_breakpoints_work_in_process(project):
    project.write("@step\ndef stop() -> int:\n    breakpoint()\n    return 1\n", "steps=[Step('stop', 'steps:stop')]")
    done = subprocess.run(
        [sys.executable, str(project.script), "--in-process"],
        env=project.environment,
        input="p 6 * 7\nc\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "(Pdb) 42" in done.stdout


def test_leaving_the_debugger_ends_the_run(project):
    project.write("@step\ndef stop() -> int:\n    breakpoint()\n    return 1\n", "steps=[Step('stop', 'steps:stop')]")
    text, code = on_terminal(project, "--in-process", typed=b"q\n")
    assert code == 130
    assert "(Pdb)" in text and "cancelled in" in text and "Traceback" not in text


def test_a_breakpoint_where_nobody_can_answer_says_how_to_debug(project):
    project.write("@step\ndef stop() -> int:\n    breakpoint()\n    return 1\n", "steps=[Step('stop', 'steps:stop')]")
    ran = project.run(code=1)
    assert "error: step `stop`: a debugger found nobody to ask (steps.py:5)" in ran.out
    assert "run with --in-process" in ran.out


AHEAD = """
    import logging
    from pathlib import Path

    logging.basicConfig(format="mine: %(message)s", level="INFO")

    @step
    def before() -> int:
        import time
        time.sleep(0.2)  # long enough for the text to be as old as what is compiled ahead has to be
        return 1

    @step
    def edit() -> int:
        text = Path(__file__).read_text()
        Path(__file__).write_text(text.replace("return 1" + "111", "return 2" + "222"))
        return 1

    @step
    def number() -> int:
        logging.getLogger("app").info("counting")
        return 1111
"""


def test_a_process_runs_the_text_that_lies_there_when_it_begins(project):
    """The server has compiled the file ahead; a step that runs before changes it."""
    project.write(
        AHEAD,
        "steps=[Step('before', 'steps:before'), Step('edit', 'steps:edit', after=['before']), "
        "Step('number', 'steps:number', after=['edit'])]",
    )
    ran = project.run("--jobs", "1")
    assert ran.value("number") == 2222
    assert "not cached: sources changed since compilation" in ran.out


@pytest.mark.parametrize("flags", [[], ["--isolation", "full"], ["--in-process"]], ids=["fork", "full", "in-process"])
def test_logging_is_the_step_s_to_configure(project, flags):
    project.write(AHEAD, "steps=[Step('number', 'steps:number')]")
    ran = project.run(*flags)
    assert "mine: counting" in (ran.out + ran.err)


def test_what_reaches_a_store_is_imported_once_a_run():
    """Not by every step's process; a folder needs nothing."""
    assert clients_of("s3://bucket/x") == ("s3fs",)
    assert clients_of("gs://bucket") == ("gcsfs",)
    assert clients_of("/srv/s3") == clients_of("memory://x") == ()


SPAWNED = """
    import multiprocessing
    import subprocess
    import sys
    from concurrent.futures import ProcessPoolExecutor

    def square(number):
        return number * number

    @step
    def spawned() -> int:
        with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
            return sum(pool.map(square, [1, 2, 3]))

    @step
    def started() -> str:
        code = "from zenml import step; from zencompile import pipeline; print(step.__module__.partition('.')[0])"
        return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()
"""


@pytest.mark.parametrize("flags", [[], ["--isolation", "full"], ["--in-process"]], ids=["fork", "full", "in-process"])
def test_processes_that_a_step_starts_have_its_names(project, flags):
    """Those of joblib and of `spawn` import the step's module, and with it the framework, which is not installed."""
    project.write(SPAWNED, "steps=[Step('spawned', 'steps:spawned'), Step('started', 'steps:started')]")
    ran = project.run(*flags)
    assert (ran.value("spawned"), ran.value("started")) == (14, "zencompile_runtime")


def test_a_rehearsal_goes_the_whole_way_and_leaves_nothing(tmp_path, monkeypatch):
    """It hides its own failures, so only this tells whether it still does what it is for."""
    from zencompile_runtime import context, logs
    from zencompile_runtime.runner.workers.rehearsal import Rehearsal

    monkeypatch.chdir(tmp_path)
    before = dict(os.environ), logs.configured, list(tmp_path.iterdir())
    rehearsal = Rehearsal()
    assert [rehearsal.play() for _ in range(3)] == [True, True, True]
    assert (dict(os.environ), logs.configured, list(tmp_path.iterdir())) == before
    assert context.current() is None
    assert not Path("/nowhere").exists()


FRAGILE = """
import os

forks = 0

def forking():  # counted by the process that forks: its children may get to run in any order
    global forks
    forks += 1
    with open("forks", "a") as file:
        file.write("x")

def forked():
    if forks > 1:
        os._exit(9)

os.register_at_fork(before=forking, after_in_child=forked)
"""


def test_processes_that_end_while_they_wait_for_a_step_are_not_made_again_and_again(project):
    """As of a library that bears no fork: the step that runs is not disturbed, and the next one says what happened."""
    steps = "import fragile\n@step\ndef slow() -> int:\n    import time\n    time.sleep(1)\n    return 1\n"
    project.write(
        steps, "steps=[Step('slow', 'steps:slow'), Step('two', 'steps:slow', after=['slow'])], preload=['fragile']"
    )
    (project.folder / "fragile.py").write_text(FRAGILE)
    ran = project.run("--jobs", "1", "--no-cache", code=None)
    assert ran.states == {"slow": "completed", "two": "failed"}
    assert len((project.folder / "forks").read_text()) < 8
