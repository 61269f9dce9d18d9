"""`zencompile run`: what is compiled in and what a run is given, selection, resuming, failures, Ctrl-C."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = """\
import os
import time

from zenml import pipeline, step


def meet(name: str, other: str) -> str:
    # Each of two steps waits for the other: alone, neither ends.
    folder = os.environ.get("MEETING")
    if folder:
        open(os.path.join(folder, name), "w").close()
        for _ in range(600):
            if os.path.exists(os.path.join(folder, other)):
                return name
            time.sleep(0.05)
        raise TimeoutError(other)
    return name


@step
def left() -> str:
    return meet("left", "right")


@step
def right() -> str:
    return meet("right", "left")


@step(enable_cache=False)
def join(a: str, b: str, sign: str) -> str:
    if os.environ.get("BROKEN"):
        raise ValueError("no join today")
    if os.environ.get("SLOW"):
        print("sleeping", flush=True)
        time.sleep(60)
    return a + sign + b


@step
def shout(text: str) -> str:
    return text.upper()


@pipeline
def small(sign: str = "+", loud: bool = True):
    text = join(left(), right(), sign)
    if loud:
        shout(text)
"""


class Project:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "run.py").write_text(SOURCE)

    def words(self, *words: str) -> list[str]:
        return [sys.executable, "-c", "from zencompile.cli import main; main()", "run", "run.py", *words]

    def environment(self, **variables: str) -> dict[str, str]:
        return {**os.environ, **variables}

    def run(self, *words: str, code: int = 0, **variables: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            self.words(*words),
            cwd=self.folder,
            env=self.environment(**variables),
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback (most recent call last)" not in done.stderr
        return done

    def document(self, run: str) -> dict:
        return json.loads((self.folder / f".zencompile/store/runs/default/small/{run}/.run.json").read_text())

    def states(self, run: str) -> dict[str, str]:
        return {id_: entry["status"] for id_, entry in self.document(run)["steps"].items()}

    def value(self, run: str, step: str) -> str:
        path = self.folder / f".zencompile/store/runs/default/small/{run}/{step}/output.json"
        return json.loads(json.loads(path.read_text())["value"]["files"][0]["text"])


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_a_parameter_is_given_to_the_run_unless_it_is_compiled_in(project: Project) -> None:
    """The script is the same whatever a run is given; what decides the DAG is fixed in it."""
    project.run("--run", "one")
    script = (project.folder / ".zencompile" / "build" / "local" / "small.py").read_text()
    project.run("--run", "two", "--param", "sign=-")
    assert (project.folder / ".zencompile" / "build" / "local" / "small.py").read_text() == script
    assert (project.value("one", "shout"), project.value("two", "shout")) == ("LEFT+RIGHT", "LEFT-RIGHT")
    assert project.document("two")["parameters"] == {"sign": "-", "loud": True}
    project.run("--run", "three", "--param", "loud=false", "--param", "sign=*")
    assert set(project.states("three")) == {"left", "right", "join"}
    assert project.value("three", "join") == "left*right"
    (other,) = (project.folder / ".zencompile" / "build").glob("*/local/small.py")  # so that both may run at once
    assert other.read_text() != script
    assert (project.folder / ".zencompile" / "build" / "local" / "small.py").read_text() == script


def test_a_wrong_parameter_is_a_failed_compilation(project: Project) -> None:
    assert "ZC0224" in project.run("--param", "sgin=-", code=1).stderr
    assert "ZC0225" in project.run("--param", "loud=perhaps", code=1).stderr


def test_steps_run_at_once(project: Project, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Two steps that wait for each other both end with --jobs 2."""
    meeting = tmp_path_factory.mktemp("meeting")
    project.run("--run", "one", "--jobs", "2", MEETING=str(meeting))
    assert set(project.states("one").values()) == {"completed"}


def test_some_steps_run_on_what_an_earlier_run_made(project: Project) -> None:
    project.run("--run", "one")
    project.run("--run", "two", "--only", "shout", "--no-cache")
    assert project.states("two")["shout"] == "completed"
    assert "completed" not in {v for k, v in project.states("two").items() if k != "shout"}
    project.run("--run", "three", "--from", "join", "--param", "sign=.")
    assert project.value("three", "shout") == "LEFT.RIGHT"
    assert project.states("three")["join"] == "completed"
    assert "completed" not in {project.states("three").get(id_) for id_ in ("left", "right")}
    assert "has no step 'shoot'" in project.run("--only", "shoot", code=2).stderr


def test_a_failing_step_decides_the_exit_code_and_its_run_resumes(project: Project) -> None:
    done = project.run("--run", "one", code=1, BROKEN="1")
    assert "no join today" in done.stdout and "run.py" in done.stdout
    assert project.states("one")["join"] == "failed"
    project.run("--resume", "one")
    assert project.states("one") == {"left": "reused", "right": "reused", "join": "completed", "shout": "completed"}
    assert "--param can't be given" in project.run("--resume", "one", "--param", "sign=-", code=2).stderr


def test_flags_of_the_runner(project: Project) -> None:
    quiet = project.run("--run", "one", "--isolation", "full", "--plain", "--no-output").stdout
    assert "join  | " not in quiet
    lines = [json.loads(line) for line in project.run("--run", "two", "--log-format", "json").stdout.splitlines()]
    assert {line.get("step") or line.get("task") for line in lines} >= {"join", "shout"}
    project.run("--run", "three", "--in-process")
    assert project.document("three")["executor"] == "in-process"
    project.run("--run", "four", "--set", "local.executor=in-process")
    assert project.document("four")["executor"] == "in-process"
    answer = project.run("--set", "local.executor=dokcer", code=2).stderr
    assert "bad value of `local.executor`" in answer


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_who_signals_the_command_alone_reaches_the_run(project: Project, number: int) -> None:
    process, seen = sleeping(project)
    process.send_signal(number)
    rest, _ = process.communicate(timeout=60)
    assert process.returncode == 128 + number, seen + rest
    assert project.document("one")["status"] == "cancelled"


def test_of_several_pipelines_too(project: Project) -> None:
    """The command waits for the first one, and its signals are the run's."""
    more = "\n\n@pipeline\ndef zweite():\n    left()\n\n\nif __name__ == '__main__':\n    small()\n    zweite()\n"
    (project.folder / "run.py").write_text(SOURCE + more)
    process, seen = sleeping(project, "--")
    process.send_signal(signal.SIGTERM)
    rest, _ = process.communicate(timeout=60)
    assert process.returncode == 143, seen + rest
    assert project.document("one")["status"] == "cancelled"
    assert not (project.folder / ".zencompile/store/runs/default/zweite").exists()


def test_a_run_leaves_what_is_deployed_alone(project: Project) -> None:
    """The configured folder is an orchestrator's; what a run compiles is the project's own business."""
    (project.folder / "pyproject.toml").write_text("[tool.zencompile]\noutput = 'dags'\n")
    (project.folder / "dags").mkdir()
    (project.folder / "dags" / "small.py").write_text("# Generated by zencompile\n")
    project.run("--run", "one")
    assert (project.folder / "dags" / "small.py").read_text() == "# Generated by zencompile\n"
    assert (project.folder / ".zencompile" / ".gitignore").read_text() == "*\n"
    assert sorted(path.name for path in project.folder.iterdir() if path.name != "__pycache__") == [
        ".zencompile",
        "dags",
        "pyproject.toml",
        "run.py",
    ]
    project.run("--run", "two", "--build-dir", "made")
    assert (project.folder / "made" / "local" / "small.py").is_file()


def test_a_run_says_nothing_of_images_and_of_runs_to_come(project: Project) -> None:
    (project.folder / "run.py").write_text(
        "import numpy\n" + SOURCE.replace("text.upper()", "str(numpy.pi)[:0] + text")
    )
    assert project.run("--run", "one").stderr == ""


@pytest.mark.parametrize("name", ["Größe – täglich", "a/b c%d", ".hidden"])
def test_a_pipeline_of_any_name_has_a_cache(project: Project, name: str) -> None:
    (project.folder / "run.py").write_text(SOURCE.replace("@pipeline\n", f"@pipeline(name={name!r})\n"))
    project.run()
    lines = project.run().stdout.splitlines()
    assert "left    cached" in lines and "shout   cached" in lines


def test_a_traceback_holds_the_user_s_code_alone(project: Project) -> None:
    for words in ((), ("--in-process",), ("--isolation", "full")):
        said = project.run(*words, code=1, BROKEN="1").stdout
        assert "ValueError: no join today" in said
        assert "zencompile_runtime" not in said


def test_outputs_of_a_run_with_other_parameters_are_told_of(project: Project) -> None:
    project.run("--run", "one")
    said = project.run("--run", "two", "--from", "shout", "--param", "sign=-").stdout
    note = "note: `join` is taken from run one, which had sign = '+'\n"
    assert note in said
    assert note in project.run("--run", "three", "--from", "shout", "--param", "sign=-").stdout
    assert "note" not in project.run("--run", "four", "--from", "shout").stdout


def test_a_project_that_can_t_be_written_to_has_a_way_out(project: Project, tmp_path: Path) -> None:
    (project.folder / ".zencompile").write_text("in the way")
    said = project.run(code=1).stderr
    assert "error[ZC0006]" in said and "--build-dir" in said and "--store" in said
    project.run("--build-dir", str(tmp_path / "made"), "--store", str(tmp_path / "store"))


def test_a_run_that_has_no_daemon_to_begin_with_is_over(project: Project) -> None:
    nowhere = f"unix://{project.folder}/none.sock"
    said = project.run("--run", "one", "--set", "local.executor=docker", code=3, DOCKER_HOST=nowhere).stderr
    assert "no Docker daemon answers" in said
    assert project.document("one")["status"] == "failed"


def test_a_python_that_is_not_there_is_said_in_one_line(project: Project) -> None:
    said = project.run("--python", "python9.9", code=2).stderr
    assert said.splitlines()[-1] == "error: `python9.9` can't be run: no such file or directory"


def sleeping(project: Project, *words: str) -> tuple[subprocess.Popen[str], str]:
    """A run whose step sleeps, and what it has said so far."""
    process = subprocess.Popen(
        project.words("--run", "one", "--plain", *words),
        cwd=project.folder,
        env=project.environment(SLOW="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    seen = ""
    for line in process.stdout:
        seen += line
        if re.search(r"\| sleeping", line):
            break
    return process, seen


def test_ctrl_c_ends_the_run_and_leaves_a_store_that_resumes(project: Project) -> None:
    process, seen = sleeping(project)
    os.killpg(process.pid, signal.SIGINT)
    rest, _ = process.communicate(timeout=60)
    assert process.returncode == 130, seen + rest
    assert "Traceback" not in seen + rest
    assert project.document("one")["status"] == "cancelled"
    project.run("--resume", "one")
    assert project.value("one", "shout") == "LEFT+RIGHT"


EXTERNAL = """\
from typing import Any

from zenml import ExternalArtifact, pipeline, step
from zenml.materializers.base_materializer import BaseMaterializer


class Shouting(BaseMaterializer):
    ASSOCIATED_TYPES = (str,)
    SKIP_REGISTRATION = True

    def save(self, data):
        open(f"{self.uri}/text", "w").write(data)

    def load(self, data_type):
        return open(f"{self.uri}/text").read() + "!"


@step
def show(data: str, given: Any) -> str:
    return f"{data} {given}"


@pipeline
def small():
    show(ExternalArtifact(value="hello", materializer=Shouting), ExternalArtifact(value=(1, 2)))
"""


def test_an_external_artifact_goes_through_its_materializer(tmp_path: Path) -> None:
    """Whose code belongs to the step's: it runs again when that changes."""
    run = tmp_path / "run.py"
    run.write_text(EXTERNAL)

    def shown() -> str:
        words = [
            sys.executable,
            "-c",
            "from zencompile.cli import main; main()",
            "run",
            "run.py",
            "--run",
            f"r{len(seen)}",
        ]
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        seen.append(done.stdout)
        manifest = next(tmp_path.glob(f".zencompile/store/runs/*/small/r{len(seen) - 1}/show/output.json"))
        return json.loads(json.loads(manifest.read_text())["value"]["files"][0]["text"])

    seen: list[str] = []
    assert shown() == "hello! (1, 2)"
    assert shown() == "hello! (1, 2)" and "cached" in seen[-1]
    run.write_text(EXTERNAL.replace('"!"', '"?"'))
    assert shown() == "hello? (1, 2)"
