"""Nothing that a run started outlives its runner, nor a step what it started, however it was started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

BEATING = """
    import os
    import subprocess
    import sys
    import time
    from pathlib import Path

    BEAT = "import sys, time\\nwhile True:\\n    open(sys.argv[1], 'a').write('x')\\n    time.sleep(0.02)"
    ROOM = Path(__file__).parent / "beats"

    def beat(name):
        while True:
            with (ROOM / name).open("a") as file:
                file.write("x")
            time.sleep(0.02)

    def daemon(name):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                beat(name)
            os._exit(0)

    def start_all():
        import multiprocessing
        ROOM.mkdir(exist_ok=True)
        command = [sys.executable, "-c", BEAT]
        subprocess.Popen([*command, str(ROOM / "child")])
        subprocess.Popen([*command, str(ROOM / "session")], start_new_session=True)
        subprocess.Popen([*command, str(ROOM / "group")], process_group=0) if sys.version_info >= (3, 11) else None
        subprocess.Popen(["sh", "-c", '"$@" & exit 0', "sh", *command, str(ROOM / "shell")])
        daemon("daemon")
        multiprocessing.get_context("fork").Process(target=beat, args=("forked",), daemon=True).start()
        multiprocessing.get_context("spawn").Process(target=beat, args=("spawned",), daemon=True).start()

    @step
    def start() -> int:
        start_all()
        beat("step")

    @step
    def leave() -> int:
        start_all()
        while len(list(ROOM.iterdir())) < 6:
            time.sleep(0.01)
        os.kill(os.getpid(), 9) if (ROOM.parent / "die").exists() else None
        return 1

    @step
    def after(x: int) -> bool:
        for _ in range(30):
            before = {one.name: one.stat().st_size for one in ROOM.iterdir()}
            time.sleep(0.3)
            if before == {one.name: one.stat().st_size for one in ROOM.iterdir()}:
                return True
        return False

    @step
    def quick() -> int:
        return 1
"""
KINDS = {"child", "session", "group", "shell", "daemon", "forked", "spawned", "step"} - (
    set() if sys.version_info >= (3, 11) else {"group"}
)
ISOLATIONS = pytest.mark.parametrize("flags", [[], ["--isolation", "full"]], ids=["fork", "full"])


def sizes(room: Path) -> dict[str, int]:
    return {one.name: one.stat().st_size for one in room.iterdir()} if room.is_dir() else {}


def wait_for_beats(project, process: subprocess.Popen[str]) -> Path:
    room = project.folder / "beats"
    limit = time.monotonic() + 60
    while not KINDS.issubset({name for name, size in sizes(room).items() if size}):
        assert process.poll() is None and time.monotonic() < limit, (sizes(room), process.stdout.read())
        time.sleep(0.02)
    return room


def assert_silent(room: Path) -> None:
    """Within a second or so nothing beats any more."""
    limit = time.monotonic() + 10
    while True:
        before = sizes(room)
        time.sleep(0.3)
        if sizes(room) == before:
            return
        assert time.monotonic() < limit, {name for name, size in sizes(room).items() if size != before[name]}


@pytest.mark.parametrize("flags", [[], ["--isolation", "full"], ["--in-process"]], ids=["fork", "full", "in-process"])
def test_nothing_outlives_a_runner_that_is_killed(project, flags):
    project.write(BEATING, "steps=[Step('start', 'steps:start')]")
    process = project.start(*flags)
    room = wait_for_beats(project, process)
    process.kill()
    process.communicate()
    assert_silent(room)


def test_nothing_outlives_a_program_that_called_a_pipeline(project):
    project.write(BEATING, "steps=[Step('start', 'steps:start')]")
    program = (
        f"import sys\nfrom zencompile.cli import launching\nlaunching.wait([sys.executable, {str(project.script)!r}])"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        env=project.environment,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    room = wait_for_beats(project, process)
    process.kill()
    process.communicate()
    assert_silent(room)


@ISOLATIONS
def test_what_a_step_started_ends_with_it(project, flags):
    """In its session or not, and while the run goes on."""
    project.write(
        BEATING, "steps=[Step('leave', 'steps:leave'), Step('after', 'steps:after', inputs={'x': ('leave', 'output')})]"
    )
    assert project.run(*flags).value("after") is True


def test_what_steps_started_in_process_ends_with_the_run(project):
    """All of it, when the process is over: steps, and exit handlers, may need each other's till then."""
    project.write(BEATING, "steps=[Step('leave', 'steps:leave'), Step('quick', 'steps:quick', after=['leave'])]")
    project.run("--in-process")
    assert_silent(project.folder / "beats")


def test_what_a_step_that_died_had_started_ends_too(project):
    (project.folder / "die").touch()
    project.write(BEATING, "steps=[Step('leave', 'steps:leave'), Step('quick', 'steps:quick', after=['leave'])]")
    project.run(code=1)
    assert_silent(project.folder / "beats")


@pytest.mark.parametrize("which", ["keeper", "server"])
@ISOLATIONS
def test_nothing_outlives_whoever_keeps_it(project, flags, which):
    """What stands between the runner and its steps may be killed as well: then the steps fail, and the run says so."""
    project.write(BEATING, "steps=[Step('start', 'steps:start')]")
    process = project.start(*flags)
    room = wait_for_beats(project, process)
    target = children(process.pid)[0]
    if which == "server":
        target = children(target)[0]
    os.kill(target, signal.SIGKILL)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 1 and "SIGKILL" in out, out
    if which == "server":
        assert_silent(room)
    else:
        kill_beats(project)


def children(pid: int) -> list[int]:
    done = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=True)
    return [int(one) for one in done.stdout.split()]


def kill_beats(project) -> None:
    subprocess.run(["pkill", "-9", "-f", str(project.folder / "beats")], check=False)
