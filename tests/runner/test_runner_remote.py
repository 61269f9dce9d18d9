"""The same pipelines on Dask, Ray and Slurm as in processes here. Dask and Ray are real; Slurm is a stand-in."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SLURM = HERE.parent / "services" / "slurm.py"

STEPS = """
    import os
    import sys
    import time
    from pathlib import Path

    COUNT = []

    def told(text):
        with open("told", "a") as file:
            file.write(text + "\\n")

    def succeeded():
        told("succeeded")

    def failed(error):
        told(f"failed: {error}")

    @step
    def numbers() -> list:
        print("making numbers")
        return [1, 2, 3]

    @step
    def double(n: int) -> int:
        COUNT.append(n)
        assert COUNT == [n], "another step's state is here"
        os.environ["LEFT"] = "behind"
        return n * 2

    @step
    def total(ns: list) -> int:
        assert "LEFT" not in os.environ
        return sum(ns)

    @step
    def stage() -> str:
        return os.environ["STAGE"] + os.path.basename(os.getcwd())

    @step
    def flaky() -> str:
        tries = Path("tries")
        with tries.open("a") as file:
            file.write("x")
        if len(tries.read_text()) < 3:
            raise RuntimeError("not yet")
        return "at last"

    @step
    def slow() -> int:
        time.sleep(30)
        return 1

    @step
    def crash() -> int:
        os._exit(9)

    @step
    def leave() -> int:
        sys.exit(3)

    @step
    def after(n: int) -> int:
        return n

    @step
    def wait() -> int:
        print("waiting", os.getpid(), flush=True)
        told(str(os.getpid()))
        time.sleep(60)
        return 1

    @step
    def once() -> int:
        told(str(os.getpid()))
        if len(Path("told").read_text().split()) < 2:
            time.sleep(60)
        return 7
"""
PLAN = """
    steps=[
        Step("numbers", "steps:numbers"),
        Step("double", "steps:double"),
        Step("total", "steps:total", inputs={"ns": ("double", "output")}, on_success="steps:succeeded"),
        Step("stage", "steps:stage", variables={"STAGE": "dev"}),
        Step("flaky", "steps:flaky", retries=3, cpus=1, memory=1000000),
        Step("slow", "steps:slow", timeout=0.5),
        Step("crash", "steps:crash"),
        Step("leave", "steps:leave", on_failure="steps:failed"),
        Step("blocked", "steps:after", inputs={"n": ("crash", "output")}),
        Step("taken", "steps:after", parameters={"n": 5}),
        Step("untaken", "steps:after", parameters={"n": 6}),
    ],
    controls=[
        Map("map", {"n": ("numbers", "output")}, ["double"]),
        If("if", Test("x > 10", {"x": ("total", "output")}), ["taken"], ["untaken"]),
    ],
"""
PASSED_ON = ("status", "cache", "notes", "key", "parameters", "inputs", "metadata", "attempt", "entrypoint")


@pytest.fixture(scope="module")
def python(executors_python):
    return str(executors_python)


class Cluster:
    """A cluster in a process of its own, which ends with its standard input. `variables` lead to it."""

    def __init__(self, python: str, code: str, variable: str) -> None:
        environment = {**os.environ, "RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled"}
        self.process = subprocess.Popen(
            [python, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            start_new_session=True, env=environment,
        )  # fmt: skip
        for line in self.process.stdout:
            if line.startswith("at "):
                self.variables = {variable: line.split()[1], "RAY_AUTH_MODE": "disabled"}
                return
        raise RuntimeError("no cluster")

    def close(self) -> None:
        self.process.stdin.close()
        try:
            self.process.wait(20)
        finally:
            self.process.kill()


DASK = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=2, dashboard_address=None, resources={"GPU": 1, "CPU": 4}) as one:
        print("at", one.scheduler_address, flush=True)
        sys.stdin.read()
"""
RAY = """
import sys, ray
one = ray.init(address="local", num_cpus=4, include_dashboard=False, log_to_driver=False)
print("at", one.address_info["gcs_address"], flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def dask(python):
    cluster = Cluster(python, DASK, "DASK_SCHEDULER_ADDRESS")
    yield cluster.variables
    cluster.close()


@pytest.fixture(scope="module")
def ray(python):
    cluster = Cluster(python, RAY, "RAY_ADDRESS")
    yield cluster.variables
    cluster.close()


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    folder = tmp_path_factory.mktemp("slurm")
    subprocess.run([sys.executable, str(SLURM), str(folder)], check=True)
    return {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


@pytest.fixture
def on(request, python, project):
    """What a run on an executor takes: its flags, and the environment."""
    project.python = python

    def of(kind: str) -> tuple[tuple[str, ...], dict[str, str]]:
        variables = {} if kind == "process" else request.getfixturevalue(kind)
        return ("--executor", kind, "--jobs", "4"), variables

    return of


def records(ran) -> dict[str, dict]:
    """What the records of a run say, without what differs from run to run."""
    found = {}
    for path in sorted(ran.folder.rglob(".step.json")):
        record = json.loads(path.read_text().replace(ran.run, "RUN"))
        failure = record["failure"] or {}
        kept = {name: record[name] for name in PASSED_ON if name in record}
        kept["observed"] = {name: one for name, one in record.get("observed", {}).items() if name != "absent"}
        name = str(path.parent.relative_to(ran.folder))
        found[name] = {**kept, "failure": [failure.get(part) for part in ("kind", "type", "message", "location")]}
    return found


def digests(ran) -> dict[str, str]:
    paths = [path for path in ran.folder.rglob("*.json") if not path.name.startswith(".")]
    return {
        str(path.relative_to(ran.folder)): json.loads(path.read_text())["value"]["digest"] for path in sorted(paths)
    }


@pytest.mark.parametrize("kind", ["dask", "ray", "slurm"])
def test_a_pipeline_does_the_same_as_in_processes(project, on, tmp_path, kind):
    project.write(STEPS, PLAN)
    seen = []
    for where in ("process", kind):
        flags, variables = on(where)
        project.store = tmp_path / where
        for name in ("tries", "told"):
            (project.folder / name).unlink(missing_ok=True)
        ran = project.run(*flags, "--store", str(project.store), code=1, **variables)
        told = sorted((project.folder / "told").read_text().splitlines())
        attempts = {id: entry["attempts"] for id, entry in ran.document["steps"].items()}
        seen.append([ran.states, digests(ran), records(ran), told, ran.log("numbers"), attempts])
        again = project.run(*flags, "--only", "total", "--store", str(project.store), **variables)
        assert again.states["total"] == "cached", again.out + ran.out
        assert not list(project.store.rglob(".begun"))
    assert seen[1] == seen[0]
    assert seen[0][0]["flaky"] == "completed" and seen[0][0]["untaken"] == "skipped"


@pytest.mark.parametrize("kind", ["dask", "ray", "slurm"])
def test_ctrl_c_ends_steps_and_resume_goes_on(project, on, kind):
    flags, variables = on(kind)
    project.write(STEPS, "steps=[Step('numbers', 'steps:numbers'), Step('wait', 'steps:wait', after=['numbers'])]")
    process = project.start(*flags, **variables)
    said = read_until(process, "waiting")
    os.killpg(process.pid, signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130, said + out
    assert gone(project.folder / "told")
    [run] = project.runs()
    states = {id: one["status"] for id, one in project.document(run.name)["steps"].items()}
    assert states == {"numbers": "completed", "wait": "cancelled"}


@pytest.mark.parametrize("kind", ["dask", "ray"])
def test_nothing_outlives_a_runner_that_is_killed(project, on, kind):
    flags, variables = on(kind)
    project.write(STEPS, "steps=[Step('wait', 'steps:wait')]")
    process = project.start(*flags, **variables)
    read_until(process, "waiting")
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=30)
    assert gone(project.folder / "told")


@pytest.mark.parametrize("fault", ["slow", "slow no-answer"], ids=["interrupted", "no answer"])
def test_no_job_is_lost_whose_id_was_not_told_yet(project, on, fault):
    """Ctrl-C reaches all that a terminal's program has started, and `sbatch` may fail when its job runs already."""
    flags, variables = on("slurm")
    project.write(STEPS, "steps=[Step('wait', 'steps:wait')]")
    process = project.start(*flags, **variables, SLURM_STAND_IN=fault)
    told = project.folder / "told"
    while fault == "slow" and not (told.exists() and told.read_text().strip()):
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    if fault == "slow":
        os.killpg(process.pid, signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == (130 if fault == "slow" else 2), out
    assert not told.exists() or gone(told)


@pytest.mark.parametrize("cleaned", [False, True], ids=["run", "clean"])
def test_jobs_of_a_runner_that_is_gone_end_with_the_next_one(project, on, cleaned):
    """Or when somebody cleans up."""
    flags, variables = on("slurm")
    project.write(STEPS, "steps=[Step('wait', 'steps:wait'), Step('numbers', 'steps:numbers')]")
    process = project.start(*flags, **variables)
    read_until(process, "waiting")
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=30)
    if cleaned:
        command = [sys.executable, "-m", "zencompile", "runs", "--clean", "--store", str(project.store)]
        done = subprocess.run(command, env={**os.environ, **variables}, capture_output=True, text=True, check=True)
        assert "cancelled 1 jobs of Slurm" in done.stdout
    else:
        ran = project.run(*flags, "--only", "numbers", **variables)
        assert "ended 1 jobs of a runner that is gone" in ran.out
    assert gone(project.folder / "told")


@pytest.mark.parametrize("retries", [0, 1])
@pytest.mark.parametrize("kind", ["dask", "ray"])
def test_a_step_whose_worker_is_killed_is_tried_again_as_its_retries_say(project, on, kind, retries):
    flags, variables = on(kind)
    project.write(STEPS, f"steps=[Step('once', 'steps:once', retries={retries}, cache=False)]")
    process = project.start(*flags, **variables)
    told = project.folder / "told"
    while not told.exists() or not told.read_text().strip():
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    os.kill(worker_of(int(told.read_text())), signal.SIGKILL)
    out, _ = process.communicate(timeout=90)
    assert "its worker was lost while it ran" in out
    assert process.returncode == (0 if retries else 3), out
    assert len(told.read_text().split()) == 1 + retries
    assert gone(told, but_last=bool(retries))


@pytest.mark.parametrize("kind", ["dask", "ray"])
def test_what_no_worker_has_is_said_at_once(project, on, kind):
    flags, variables = on(kind)
    project.write(STEPS, "steps=[Step('big', 'steps:numbers', gpus=7), Step('numbers', 'steps:numbers')]")
    ran = project.run(*flags, code=2, seconds=60, **variables)
    assert ran.states == {"big": "failed", "numbers": "completed"}
    assert "step `big` can't run on this cluster: it needs" in ran.out and "7 GPUs" in ran.out


def test_what_slurm_can_t_give_is_said_at_once(project, on):
    flags, variables = on("slurm")
    project.write(STEPS, "steps=[Step('big', 'steps:numbers', cpus=100), Step('numbers', 'steps:numbers')]")
    ran = project.run(*flags, code=2, **variables)
    assert ran.states == {"big": "failed", "numbers": "completed"}
    assert "Slurm doesn't take the job: sbatch: error" in ran.out
    project.write(STEPS, "steps=[Step('numbers', 'steps:numbers')], executors={'slurm': {'partition': 'nowhere'}}")
    ran = project.run(*flags, code=2, **variables)
    assert "invalid partition specified: nowhere" in ran.out
    ran = project.run(*flags, code=2, PATH=str(Path(project.python).parent))
    assert "needs Slurm's command squeue, which isn't on the path" in ran.err


@pytest.mark.parametrize("fault", ["hold", "node-fail", "no-accounts"])
def test_what_slurm_says_of_jobs_decides(project, on, fault, tmp_path):
    flags, variables = on("slurm")
    subprocess.run([sys.executable, str(SLURM), str(tmp_path / "slurm")], check=True)
    variables |= {"SLURM_STAND_IN": fault, "PATH": f"{tmp_path / 'slurm'}{os.pathsep}{os.environ['PATH']}"}
    project.write(STEPS, "steps=[Step('once', 'steps:once', retries=1, cache=False)]")
    (project.folder / "told").write_text("" if fault == "node-fail" else "0 ")
    ran = project.run(*flags, code=2 if fault == "hold" else 0, **variables)
    said = {
        "hold": "Slurm would never start it: BadConstraints",
        "node-fail": "its worker was lost while it ran: Slurm says NODE_FAIL",
        "no-accounts": "once",
    }
    assert said[fault] in ran.out


@pytest.mark.parametrize("kind", ["dask", "ray"])
def test_a_cluster_of_its_own_ends_with_the_run(project, python, kind):
    project.python = python
    project.write(STEPS, "steps=[Step('numbers', 'steps:numbers', cpus=1)]")
    assert project.run("--executor", kind).states == {"numbers": "completed"}
    assert project.run("--executor", kind).states == {"numbers": "cached"}
    left = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(project.script) not in left and str(project.folder) not in left


def test_a_store_that_a_worker_can_t_see_is_refused(tmp_path):
    """The worker is on this machine: that it sees another document of the run stands for one that sees none."""
    from zencompile_runtime.errors import ConfigurationFault
    from zencompile_runtime.runner.remote import station
    from zencompile_runtime.version import VERSION

    hello = {"version": VERSION, "pipeline": "t/p", "run": "r", "started": "now", "store": str(tmp_path / "nowhere")}
    with pytest.raises(ConfigurationFault, match="doesn't see the runner's store"):
        station.check(hello)
    assert not (tmp_path / "nowhere").exists()
    with pytest.raises(ConfigurationFault, match="another version of the runtime"):
        station.check({**hello, "version": "0"})


def test_a_missing_extra_and_a_wrong_name_are_one_line_each(project):
    project.write(STEPS, "steps=[Step('numbers', 'steps:numbers')]")
    ran = project.run("--executor", "ray", code=2)  # which the environment of the tests has not
    assert ran.err.startswith("error: the executor `ray` needs the package `ray`, which isn't installed")
    assert "pip install 'zencompile[ray]'" in ran.err
    ran = project.run("--executor", "dusk", code=2)
    assert ran.err.startswith("error: there is no executor 'dusk'\nhelp: did you mean 'dask'?")
    ran = project.run("--executor", "docker", "--cluster", "x", code=2)
    assert "the executor `docker` has no setting" in ran.err


def test_no_scheduler_is_one_line(project, python):
    project.python = python
    project.write(STEPS, "steps=[Step('numbers', 'steps:numbers')]")
    ran = project.run("--executor", "dask", "--cluster", "tcp://127.0.0.1:1", code=3)
    assert ran.err.startswith("error: no Dask scheduler answers at tcp://127.0.0.1:1")


# -- looking at processes ----------------------------------------------------------------------------------------------


def read_until(process, word: str) -> str:
    said = ""
    for line in process.stdout:
        said += line
        if word in line:
            return said
    raise AssertionError(said)


def gone(told: Path, but_last: bool = False) -> bool:
    """Whether the processes whose numbers steps wrote down are gone, soon."""
    pids = [int(one) for one in told.read_text().split()]
    limit = time.monotonic() + 20
    while time.monotonic() < limit:
        if not any(alive(pid) for pid in pids):
            return True
        time.sleep(0.1)
    return False


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def worker_of(pid: int) -> int:
    """The engine's worker above a step's process: above its server, and the station."""
    while True:
        line = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        if "zencompile_runtime" not in line:
            return pid
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
