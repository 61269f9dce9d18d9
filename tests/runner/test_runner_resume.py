"""Going on with runs, parts of pipelines, and the end of a run by a signal."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time

import pytest

STEPS = """
    from pathlib import Path

    @step
    def load() -> list:
        Path("loads.txt").open("a").write("x")
        return [1, 2, 3]

    @step
    def total(xs: list) -> int:
        if Path("broken").exists():
            raise OSError("broken")
        return sum(xs)

    @step
    def show(x: int, n: int = 0) -> str:
        return f"total {x} {n}"

    @step
    def aside() -> int:
        return 5
"""
PLAN = """
    parameters=[n],
    steps=[
        Step("load", "steps:load", cache=CACHE),
        Step("aside", "steps:aside", cache=CACHE),
        Step("total", "steps:total", inputs={"xs": ("load", "output")}, cache=CACHE),
        Step("show", "steps:show", inputs={"x": ("total", "output")}, parameters={"n": n}, cache=CACHE),
    ],
"""


@pytest.fixture(params=[True, False], ids=["cached", "uncached"])
def resumable(project, request):
    project.write(STEPS, PLAN.replace("CACHE", str(request.param)), "n = Param('n', int, default=1)\n")
    return project


def loads(project):
    return len((project.folder / "loads.txt").read_text())


def test_a_resumed_run_keeps_what_is_done_and_its_parameters(resumable):
    (resumable.folder / "broken").touch()
    failed = resumable.run("--n", "7", code=1)
    assert failed.states == {"load": "completed", "aside": "completed", "total": "failed", "show": "blocked"}
    (resumable.folder / "broken").unlink()
    resumed = resumable.run("--resume", failed.run)
    assert resumed.run == failed.run
    assert resumed.states == {"load": "reused", "aside": "reused", "total": "completed", "show": "completed"}
    assert resumed.value("show") == "total 6 7"
    assert loads(resumable) == 1
    assert resumed.document["status"] == "completed" and resumed.document["resumed"] == 1
    undisturbed = resumable.run("--n", "7", "--no-cache")
    for step in ("load", "total", "show", "aside"):
        assert resumed.digest(step) == undisturbed.digest(step)


def test_the_latest_run_can_be_resumed_by_that_word(resumable):
    first = resumable.run()
    second = resumable.run("--run", "friday")
    assert resumable.run("--resume", "latest").run == second.run == "friday"
    assert set(resumable.document("friday")["steps"]["load"].items()) >= {("status", "reused")}
    assert first.run != second.run


def test_a_resumed_run_runs_again_what_changed_since(resumable):
    run = resumable.run().run
    path = resumable.folder / "steps.py"
    path.write_text(path.read_text().replace("sum(xs)", "sum(xs) * 10"))
    resumable.facts()
    resumed = resumable.run("--resume", run)
    assert resumed.states == {"load": "reused", "aside": "reused", "total": "completed", "show": "completed"}
    assert resumed.value("show") == "total 60 1"


def test_a_run_that_lost_an_artifact_makes_it_again(resumable):
    ran = resumable.run()
    (ran.folder / "total" / "output.json").unlink()
    resumed = resumable.run("--resume", ran.run)
    assert resumed.states["load"] == "reused" and resumed.value("total") == 6


def test_a_run_can_t_be_renamed_nor_get_other_parameters_when_resumed(resumable):
    run = resumable.run().run
    assert "--param can't be given with --resume" in resumable.run("--resume", run, "--n", "5", code=2).err
    assert "--run can't be given" in resumable.run("--resume", run, "--run", "x", code=2).err
    assert f"there is a run '{run}' already" in resumable.run("--run", run, code=2).err


def test_only_runs_one_step_on_what_an_earlier_run_made(resumable):
    base = resumable.run()
    ran = resumable.run("--only", "show", "--n", "9", "--no-cache")
    assert ran.states == {"total": "reused", "show": "completed"}
    assert ran.value("show") == "total 6 9"
    assert ran.document["base"] == base.run
    assert ran.value("total") == 6, "the outputs that it built on belong to the run too"
    assert loads(resumable) == 1


def test_from_runs_a_step_and_what_follows(resumable):
    resumable.run()
    ran = resumable.run("--from", "total", "--no-cache")
    assert ran.states == {"load": "reused", "total": "completed", "show": "completed"}
    assert loads(resumable) == 1


def test_only_one_step_of_a_map(project):
    project.write(
        """
        @step
        def load() -> list:
            return [1, 2, 3]

        @step
        def square(x: int) -> int:
            return x * x

        @step
        def half(x: int) -> float:
            return x / 2

        @step
        def add(xs: list) -> float:
            return sum(xs)
        """,
        """
        steps=[
            Step("load", "steps:load"),
            Step("square", "steps:square"),
            Step("half", "steps:half", inputs={"x": ("square", "output")}),
            Step("add", "steps:add", inputs={"xs": ("half", "output")}),
        ],
        controls=[Map("map_1", {"x": ("load", "output")}, ["square", "half"])],
        """,
    )
    project.run()
    ran = project.run("--only", "half", "--no-cache")
    assert ran.states["half[2]"] == "completed" and ran.states["square[2]"] == "reused" and "add" not in ran.states
    assert project.run("--only", "add", "--no-cache").value("add") == 7.0
    assert project.run("--from", "square", "--no-cache").value("add") == 7.0


LONG = """
    import subprocess
    import time
    from pathlib import Path

    @step
    def first() -> int:
        return 1

    @step
    def long(x: int, seconds: float) -> int:
        subprocess.Popen(["sleep", "73.1"])
        Path("running").touch()
        try:
            time.sleep(seconds)
        finally:
            Path("cleaned").touch()
        return x

    @step
    def stubborn(x: int) -> int:
        import signal
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        Path("running").touch()
        time.sleep(73.2)
"""


def wait_for(path, process):
    limit = time.monotonic() + 30
    while not path.exists():
        assert process.poll() is None, process.stdout.read()
        assert time.monotonic() < limit
        time.sleep(0.02)


def processes_of(project):
    """Command lines of processes that work for the project, or were started by its steps."""
    lines = subprocess.run(["ps", "-eo", "stat,args"], capture_output=True, text=True, check=True).stdout.splitlines()
    return [one for one in lines if not one.startswith("Z") and (str(project.script) in one or "sleep 73." in one)]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_everything_and_leaves_a_run_that_resumes(project, number, code):
    plan = """
    parameters=[seconds],
    steps=[
        Step("first", "steps:first"),
        Step("long", "steps:long", inputs={"x": ("first", "output")}, parameters={"seconds": seconds}),
        Step("last", "steps:first", after=["long"]),
    ],
    """
    project.write(LONG, plan, "seconds = Param('seconds', float, default=60)\n")
    process = project.start()
    wait_for(project.folder / "running", process)
    os.killpg(process.pid, number)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == code, out
    assert processes_of(project) == []
    assert (project.folder / "cleaned").exists(), "the step could clean up"
    run = project.runs()[-1].name
    document = project.document(run)
    assert document["status"] == "cancelled"
    assert {id: one["status"] for id, one in document["steps"].items()} == {
        "first": "completed",
        "long": "cancelled",
        "last": "not run",
    }
    path = project.folder / "steps.py"
    path.write_text(path.read_text().replace("time.sleep(seconds)", "pass"))
    project.facts()
    assert project.run("--resume", run).states == {"first": "reused", "long": "completed", "last": "cached"}


def test_a_second_ctrl_c_does_not_wait(project):
    project.write(
        LONG, "steps=[Step('first', 'steps:first'), Step('s', 'steps:stubborn', inputs={'x': ('first', 'output')})]"
    )
    process = project.start()
    wait_for(project.folder / "running", process)
    os.killpg(process.pid, signal.SIGINT)
    while "ending the steps that run" not in process.stdout.readline():
        assert process.poll() is None
    time.sleep(0.5)  # at once, it might be the same one by another way
    began = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert time.monotonic() - began < 4.5
    assert processes_of(project) == []


def test_when_the_runner_is_killed_nothing_goes_on_without_it(project):
    project.write(
        LONG,
        """
        steps=[
            Step("first", "steps:first"),
            Step("long", "steps:long", inputs={"x": ("first", "output")}, parameters={"seconds": 60.0}),
        ],
        """,
    )
    process = project.start()
    wait_for(project.folder / "running", process)
    process.kill()
    process.communicate(timeout=10)
    limit = time.monotonic() + 10
    while processes_of(project) and time.monotonic() < limit:
        time.sleep(0.05)
    assert processes_of(project) == []
    run = project.runs()[-1].name
    assert project.document(run)["status"] == "running"
    manifest = json.loads((project.runs()[-1] / "first" / "output.json").read_text())
    assert manifest["value"]["files"]


def test_ctrl_c_in_process(project):
    project.write(
        LONG, "steps=[Step('long', 'steps:long', parameters={'x': 1, 'seconds': 60.0}), Step('last', 'steps:first')]"
    )
    process = project.start("--in-process")
    wait_for(project.folder / "running", process)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 130
    os.killpg(process.pid, signal.SIGKILL)  # what the step started is the debugging user's own business
    process.stdout.close()
    run = project.runs()[-1].name
    assert project.document(run)["status"] == "cancelled"


def test_a_run_that_goes_on_can_t_be_resumed(project):
    project.write(LONG, "steps=[Step('long', 'steps:long', parameters={'x': 1, 'seconds': 60.0})]")
    process = project.start()
    wait_for(project.folder / "running", process)
    refused = project.run("--resume", "latest", code=2)
    assert "still going on" in refused.err
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=30)


def test_a_store_that_can_t_be_written_is_one_error(project):
    project.write(LONG, "steps=[Step('first', 'steps:first')]")
    blocker = project.folder / "file"
    blocker.touch()
    ran = project.run("--store", str(blocker / "store"), code=3)
    assert ran.err.startswith("error: can't write") and len(ran.err.splitlines()) <= 2


def test_a_resumed_run_makes_anew_what_read_other_files(project):
    """By its key alone a step isn't told from one that read a file as it was; nor is one that came from the cache."""
    steps = """
        from pathlib import Path

        @step
        def load() -> int:
            return int(Path("data.txt").read_text())

        @step
        def total(x: int) -> int:
            if Path("broken").exists():
                raise OSError("broken")
            return x
    """
    plan = """
        steps=[
            Step("load", "steps:load", cache=True),
            Step("total", "steps:total", inputs={"x": ("load", "output")}, cache=True),
        ],
    """
    project.write(steps, plan)
    data, broken = project.folder / "data.txt", project.folder / "broken"
    for number, state in enumerate(("completed", "cached")):
        data.write_text("1")
        broken.touch()
        failed = project.run(code=1)
        assert failed.states["load"] == state
        broken.unlink()
        data.write_text(f"{number + 2}")
        resumed = project.run("--resume", failed.run)
        assert resumed.states == {"load": "completed", "total": "completed"}
        assert resumed.value("total") == number + 2
