"""Whatever a step does to the objects of its process: Python would complete, and so its result is delivered."""

from __future__ import annotations

import re

import pytest

STEPS = """
    import atexit
    import builtins
    import gc
    import io
    import os
    import signal
    import sys
    import threading
    import time
    import warnings

    class Slow:
        def __getstate__(self):
            time.sleep(0.2)
            warnings.warn("slow")
            return {"x": 1}

    @step
    def bad(what: str) -> object:
        exec(compile(BAD[what], "bad", "exec"), globals())
        return Slow()

    @step
    def after(x: object) -> int:
        return 1

    def fail(*_):
        raise RuntimeError("of the step's own")

    class Raising:
        def __getattr__(self, name):
            raise BaseException(name)

    shut = open(os.devnull, "w")
    shut.close()

    BAD = BAD_SOURCES
"""
BAD = {
    "none": "sys.stdout = sys.stderr = None",
    "text": "sys.stdout = sys.stderr = 'x'",
    "object": "sys.stdout = sys.stderr = object()",
    "raising": "sys.stdout = sys.stderr = Raising()",
    "shut": "sys.stdout = sys.stderr = shut",
    "originals": "for one in ('stdout', 'stderr'): getattr(sys, one).close(); setattr(sys, one, 7); "
    "setattr(sys, f'__{one}__', 7)",
    "deleted": "del sys.stdout, sys.stderr",
    "detached": "sys.stdout.detach(); sys.stderr.detach()",
    "modules": "sys.modules.clear()",
    "other_modules": "sys.modules = {}",
    "paths": "sys.path.clear(); sys.meta_path.clear(); sys.path_hooks.clear(); sys.path_importer_cache.clear()",
    "builtins": "for name in ['open', 'len', 'isinstance', 'str', 'print', 'dict', 'set', 'getattr', '__import__']: "
    "setattr(builtins, name, None)",
    "cleared": "f = vars(builtins).clear; f()",
    "environ": "os.environ = {}",
    "timer": "signal.signal(signal.SIGALRM, fail); signal.setitimer(signal.ITIMER_REAL, 0.1, 0.01)",
    "signals": "signal.signal(signal.SIGUSR1, fail); pid, kill, sleep = os.getpid(), os.kill, time.sleep; "
    "threading.Thread(target=lambda: (sleep(0.1), kill(pid, signal.SIGUSR1))).start()",
    "exits": "atexit.register(fail); atexit.register(lambda: sys.exit(5))",
    "exits_hard": "os._exit = sys.exit = fail",
    "threads": "threading._shutdown = fail; threading.excepthook = fail; threading.Thread(target=fail).start()",
    "hooks": "sys.excepthook = sys.unraisablehook = sys.displayhook = fail",
    "garbage": "gc.callbacks.append(fail); gc.collect()",
    "recursion": "sys.setrecursionlimit(70)",
    "files": "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (0, 4096))",
    "bytes": "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))",
}


@pytest.mark.parametrize("flags", [[], ["--isolation", "full"]], ids=["fork", "full"])
def test_a_result_is_delivered_whatever_its_process_has_become(project, flags):
    names = (
        list(BAD) if not flags else ["none", "raising", "modules", "cleared", "timer", "exits", "exits_hard", "files"]
    )
    steps = STEPS.replace("BAD_SOURCES", repr(BAD))
    project.write(
        steps,
        f"""
        steps=[step for what in {names!r} for step in (
            Step(f"bad_{{what}}", "steps:bad", parameters={{"what": what}}, cache=False),
            Step(f"after_{{what}}", "steps:after", inputs={{"x": (f"bad_{{what}}", "output")}}, cache=False),
        )],
        """,
    )
    ran = project.run(*flags, code=None)
    assert {id: state for id, state in ran.states.items() if state != "completed"} == {}, ran.out
    assert ran.code == 0
    assert "zencompile_runtime" not in ran.out and "runner/workers" not in ran.out, ran.out
    assert all(ran.value(f"after_{what}") == 1 for what in names)


def test_an_exit_code_of_the_runner_s_own_has_a_cause_in_words(project):
    steps = """
        import os

        @step
        def ends(code: int) -> int:
            os._exit(code)
    """
    project.write(steps, "steps=[Step(f'ends_{n}', 'steps:ends', parameters={'code': n}) for n in (70, 71)]")
    ran = project.run(code=1)
    assert re.search("could not be set up or ended: its output says why", ran.out)
    assert re.search("neither the runner nor the store could be told", ran.out)


LOSSES = """
    import resource
    import shutil

    @step
    def bad(what: str, store: str) -> bytes:
        if what == "no more files":
            resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
        if what == "no store":
            shutil.rmtree(store)
        return b"x" * 100_000
"""


@pytest.mark.parametrize("flags", [[], ["--isolation", "full"]], ids=["fork", "full"])
def test_a_process_that_may_open_no_more_files_says_so_in_one_line(project, flags):
    project.write(LOSSES, "steps=[Step('bad', 'steps:bad', parameters={'what': 'no more files', 'store': ''})]")
    ran = project.run(*flags, code=None)
    if ran.code:  # who may raise a hard limit, as root can, stores it
        assert "bad  its process may open no more files: its result can't be stored" in ran.out and ran.code == 1
    assert "Traceback" not in ran.out and "zencompile_runtime" not in ran.out


@pytest.mark.parametrize("flags", [[], ["--in-process"]], ids=["fork", "in process"])
def test_a_store_that_vanishes_in_the_middle_is_made_again(project, flags):
    given = {"what": "no store", "store": str(project.store)}
    project.write(LOSSES, f"steps=[Step('bad', 'steps:bad', parameters={given!r})]")
    ran = project.run(*flags)
    assert ran.states == {"bad": "completed"} and "Traceback" not in ran.out


@pytest.mark.parametrize("size", [0, 3000, 50_000])
def test_files_that_may_not_grow_are_one_clear_error(project, size):
    """Whatever write the limit meets: of the store itself, a document, or bytes."""
    import resource

    project.write(LOSSES, "steps=[Step('bad', 'steps:bad', parameters={'what': '', 'store': ''})]")
    limited = f"import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, ({size}, resource.RLIM_INFINITY))\n"
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
    project.script.write_text(limited + project.script.read_text().replace("from __future__", "#"))
    ran = project.run(code=3)
    assert "File too large" in ran.out + ran.err and "Traceback" not in ran.out
