"""The docker executor, on a real daemon with a small image of a small project."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time

import pytest

docker = pytest.importorskip("docker")
pytestmark = pytest.mark.docker

STEPS = """
    import os
    import sys
    import time

    @step
    def where() -> str:
        print("inside")
        return os.getcwd() + " " + os.environ.get("STAGE", "") + " " + os.environ.get("TOKEN", "")

    @step
    def shout(text: str) -> str:
        return text.upper()

    @step
    def crash() -> int:
        os._exit(9)

    @step
    def greedy() -> int:
        return len(bytearray(400_000_000))

    @step
    def slow() -> int:
        print("sleeping", flush=True)
        time.sleep(60)
        return 1
"""
PLAN = """
    executor="docker", image=IMAGE,
    steps=[
        Step("where", "steps:where", variables={"STAGE": "dev", "TOKEN": FromSecret("api", "token")}),
        Step("shout", "steps:shout", inputs={"text": ("where", "output")}),
        Step("crash", "steps:crash"),
        Step("greedy", "steps:greedy", memory=64_000_000),
        Step("absent", "steps:where", image="zencompile-test/no-such-image:1"),
    ],
"""


@pytest.fixture
def in_image(project, docker_daemon, tmp_path):
    """Write the project and build an image of it; answers a function that does so."""
    client = docker.DockerClient(base_url=docker_daemon.host)
    tag = f"zencompile-test/runner:{os.getpid()}-{time.time_ns()}"

    def write(plan: str, last: str = "") -> None:
        project.write(STEPS, plan.replace("IMAGE", repr(tag)))
        context = tmp_path / "context"
        runtime = pytest.importorskip("zencompile_runtime").__path__[0]
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(runtime, context / "runtime" / "zencompile_runtime", ignore=ignore)
        shutil.copytree(project.code, context / "runtime" / "code")
        shutil.copytree(project.folder, context / "app")
        (context / "Dockerfile").write_text(
            f"FROM {docker_daemon.base_image}\n"
            f"WORKDIR /app\nENV PYTHONPATH=/app:/opt/zencompile\nCOPY runtime /opt/zencompile\nCOPY app /app\n{last}"
        )
        client.images.build(path=str(context), tag=tag, rm=True, forcerm=True)

    yield write
    client.images.remove(tag, force=True)
    client.close()


def left(host):
    client = docker.DockerClient(base_url=host)
    try:
        return client.containers.list(all=True, filters={"label": "zencompile.pipeline=t/p"})
    finally:
        client.close()


def test_steps_run_in_their_images_and_isolated(project, in_image, docker_daemon):
    in_image(PLAN)
    ran = project.run("--jobs", "3", code=None, ZENCOMPILE_SECRET_API_TOKEN="s3cret")
    assert ran.states == {
        "where": "completed",
        "shout": "completed",
        "crash": "failed",
        "greedy": "failed",
        "absent": "failed",
    }, ran.out
    assert ran.value("shout") == "/APP DEV S3CRET"
    failures = {id: entry["failure"] for id, entry in ran.document["steps"].items() if "failure" in entry}
    assert "exit code 9" in failures["crash"]["message"]
    assert "memory" in failures["greedy"]["help"]
    assert failures["absent"]["help"] == "build it: zencompile build build"
    assert ran.log("where") == "inside\n"
    assert left(docker_daemon.host) == []
    again = project.run("--only", "where", code=0, ZENCOMPILE_SECRETS_API='{"token": "s3cret"}')
    assert again.states == {"where": "cached"}
    again = project.run("--only", "where", "--no-cache", code=0, ZENCOMPILE_SECRETS_API='{"token": "whole"}')
    assert again.value("where") == "/app dev whole"


@pytest.mark.skipif(os.getuid() != 0, reason="others run containers as themselves")
def test_a_store_that_the_images_user_may_not_write_to_is_found_before_the_step_runs(project, in_image, docker_daemon):
    in_image("executor='docker', image=IMAGE, steps=[Step('where', 'steps:where')]", last="USER 4711\n")
    ran = project.run(code=3)
    assert ran.states == {"where": "failed"} and "inside" not in ran.out
    assert "belongs to the user 0, and this process runs as the user 4711" in ran.out
    assert "DockerSettings(user=" in ran.out
    assert "could not use the store: see its log" in ran.out and f"(/zencompile/store is {project.store})" in ran.out


def test_ctrl_c_ends_containers(project, in_image, docker_daemon):
    in_image("executor='docker', image=IMAGE, steps=[Step('slow', 'steps:slow')]")
    process = project.start()
    for line in process.stdout:
        if "sleeping" in line:
            break
    os.killpg(process.pid, signal.SIGINT)
    out, _ = process.communicate(timeout=40)
    assert process.returncode == 130, out
    assert left(docker_daemon.host) == []


def test_without_a_daemon_there_is_one_clear_error(project):
    project.write(STEPS, PLAN.replace("IMAGE", "'x'"))
    ran = project.run(code=3, DOCKER_HOST="unix:///nowhere/docker.sock")
    assert ran.err.startswith("error: no Docker daemon answers") and "DOCKER_HOST" in ran.err


def start_slow(project):
    """A run whose container prints that it sleeps."""
    process = project.start()
    for line in process.stdout:
        if "sleeping" in line:
            return process
    raise AssertionError(process.wait())


def none_left(host) -> bool:
    limit = time.monotonic() + 20
    while left(host):
        if time.monotonic() > limit:
            return False
        time.sleep(0.1)
    return True


def test_containers_end_with_a_runner_that_is_killed(project, in_image, docker_daemon):
    in_image("executor='docker', image=IMAGE, steps=[Step('slow', 'steps:slow')]")
    process = start_slow(project)
    assert left(docker_daemon.host)
    process.kill()
    process.communicate()
    assert none_left(docker_daemon.host)


def test_the_next_run_removes_containers_that_nobody_watched_over(project, in_image, docker_daemon):
    """As after a loss of power: the runner and its watcher are gone, and whatever kind of run comes next."""
    in_image("executor='docker', image=IMAGE, steps=[Step('slow', 'steps:slow')]")
    process = start_slow(project)
    os.killpg(process.pid, signal.SIGSTOP)  # so that the watcher isn't quicker than we are
    for pid in [*children(process.pid), process.pid]:
        os.kill(pid, signal.SIGKILL)
    process.communicate()
    assert left(docker_daemon.host)
    project.write(STEPS, "steps=[Step('shout', 'steps:shout', parameters={'text': 'x'})]")
    project.run()
    assert none_left(docker_daemon.host)


def children(pid: int) -> list[int]:
    done = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=True)
    return [int(one) for one in done.stdout.split()]
