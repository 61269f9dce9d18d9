"""What steps do to their own process, and to what is around it: told as what it is, and nothing is half-written."""

from __future__ import annotations

import json
import re
import stat

import pytest

STEPS = """
    import ctypes
    import os
    import signal
    import sys
    import time

    @step
    def bad(what: str) -> int:
        return globals()[what]()

    @step
    def after(x: int) -> int:
        return x + 1

    def exits():
        sys.exit(0)

    def exits_as_if_asked():
        sys.exit(143)

    def leaves():
        os._exit(0)

    def interrupts():
        raise KeyboardInterrupt

    def raises():
        class Odd(BaseException):
            pass
        raise Odd("odd")

    def crashes():
        ctypes.string_at(0)

    def aborts():
        os.abort()

    def kills():
        os.kill(os.getpid(), 9)

    def kills_its_parent():
        os.kill(os.getppid(), 9)
        time.sleep(20)

    def takes_too_much():
        import resource
        resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
        return len(bytearray(1 << 31))

    def recurses():
        sys.setrecursionlimit(10**9)
        def deeper(_=None):
            return sorted([1], key=deeper)  # through C, whose stack ends
        deeper()

    def reads():
        return int(input())

    def forks():
        if os.fork() == 0:
            time.sleep(0.3)
            return 2
        return 1

    def forks_and_waits():
        child = os.fork()
        if child == 0:
            sys.exit(3)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def closes_output():
        os.close(1)
        os.close(2)
        return 1

    def closes_all():
        os.closerange(0, 4096)
        return 1

    def closes_streams():
        sys.stdout.close()
        sys.stderr.close()
        return 1

    def ignores_signals():
        for one in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, signal.SIGALRM):
            signal.signal(one, signal.SIG_IGN)
        return 1

    def moves():
        os.mkdir("gone")
        os.chdir("gone")
        os.rmdir("../gone")
        return 1

    def masks():
        os.umask(0o777)
        return 1

    def leads():
        try:
            os.setsid()
        except OSError:  # it leads one already
            pass
        return 1

    def starts_threads():
        import threading
        threading.Thread(target=time.sleep, args=(0.3,)).start()
        threading.Thread(target=time.sleep, args=(100,), daemon=True).start()
        return 1

    def prints_bytes():
        sys.stdout.buffer.write(bytes(range(256)) * 5)
        sys.stdout.write("x" * 3_000_000)
        return 1

    def forgets():
        os.environ.clear()
        return 1
"""
FAILURES = {
    "exits": "SystemExit: 0 (steps.py:",
    "exits_as_if_asked": "SystemExit: 143 (steps.py:",
    "leaves": "its process ended with the exit code 0 before it was done",
    "interrupts": "KeyboardInterrupt: KeyboardInterrupt (steps.py:",
    "raises": "Odd: odd (steps.py:",
    "crashes": "its process was ended by SIGSEGV",
    "aborts": "its process was ended by SIGABRT",
    "kills": "its process was ended by SIGKILL",
    "takes_too_much": "MemoryError: MemoryError (steps.py:",
    "recurses": "its process was ended by SIGSEGV",
    "reads": "EOFError: EOF when reading a line (steps.py:",
}
COMPLETED = {
    "forks": 1,
    "forks_and_waits": 3,
    "closes_output": 1,
    "closes_all": 1,
    "closes_streams": 1,
    "ignores_signals": 1,
    "moves": 1,
    "masks": 1,
    "leads": 1,
    "starts_threads": 1,
    "prints_bytes": 1,
    "forgets": 1,
}


FLAGS = pytest.mark.parametrize("flags", [[], ["--isolation", "full"]], ids=["fork", "full"])


def plan(names):
    return f"""
        steps=[step for what in {list(names)!r} for step in (
            Step(f"bad_{{what}}", "steps:bad", parameters={{"what": what}}, cache=False),
            Step(f"after_{{what}}", "steps:after", inputs={{"x": (f"bad_{{what}}", "output")}}, cache=False),
        )],
    """


@FLAGS
def test_a_step_that_ends_badly_is_told_as_what_it_was(project, flags):
    """Its run fails with exit code 1, whatever its own code, and the records say the same."""
    names = FAILURES if not flags else ["exits", "interrupts", "kills"]
    project.write(STEPS, plan(names))
    ran = project.run(*flags, code=1)
    summary = ran.out.partition("\nfailed:\n")[2]
    for what in names:
        assert re.search(rf"^  bad_{what} +{re.escape(FAILURES[what])}", summary, re.MULTILINE), (what, ran.out)
        assert ran.states[f"bad_{what}"] == "failed" and ran.states[f"after_{what}"] == "blocked"
        assert json.loads((ran.folder / f"bad_{what}" / ".step.json").read_text())["status"] == "failed"
    assert "zencompile_runtime" not in summary
    assert "the system has ended nothing for want of memory" in ran.out or "memory ran out" in ran.out
    assert not list(ran.folder.glob("*/output.json")) and not list((project.store / "tmp").iterdir())


def test_a_step_that_kills_what_it_was_forked_from_fails(project):
    project.write(STEPS, plan(["kills_its_parent"]))
    ran = project.run(code=1)
    assert "the process that it was forked from was ended by SIGKILL" in ran.out


@FLAGS
def test_what_a_step_does_to_its_process_harms_nothing(project, flags):
    names = COMPLETED if not flags else ["forks", "closes_all", "masks"]
    project.write(STEPS, plan(names))
    ran = project.run(*flags)
    assert {what: ran.value(f"after_{what}") - 1 for what in names} == {what: COMPLETED[what] for what in names}
    for path in ran.folder.rglob("*.json"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o400, path
    assert not list((project.store / "tmp").iterdir())


def test_a_step_that_prints_without_end_keeps_nobody_waiting(project):
    """Nor does the runner keep what it prints in memory."""
    steps = """
        from pathlib import Path

        @step
        def floods() -> int:
            while not Path("go").exists():
                print("x" * 1000)
            return 1

        @step
        def one() -> int:
            return 1

        @step
        def ends(x: int) -> int:
            Path("go").touch()
            return x
    """
    floods = "Step('floods', 'steps:floods'), Step('one', 'steps:one')"
    project.write(steps, f"steps=[{floods}, Step('ends', 'steps:ends', inputs={{'x': ('one', 'output')}})]")
    ran = project.run("--jobs", "2", "--no-output")
    assert set(ran.states.values()) == {"completed"}
