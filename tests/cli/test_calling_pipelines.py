"""Our own names in an ordinary program: a call of a pipeline runs it through the local runner."""

from __future__ import annotations

import ast
import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

import zencompile
from zencompile import CompilationFailed
from zencompile.cli import launching

STEPS = """\
from typing import Annotated

from zencompile import BaseMaterializer, step
from zencompile.types import MarkdownString


class Point:
    def __init__(self, x: int) -> None:
        self.x = x


class PointMaterializer(BaseMaterializer):
    ASSOCIATED_TYPES = (Point,)

    def load(self, data_type):
        with self.artifact_store.open(self.uri + "/x", "r") as file:
            return Point(int(file.read()))

    def save(self, point):
        with self.artifact_store.open(self.uri + "/x", "w") as file:
            file.write(str(point.x))


@step
def load(n: int) -> tuple[Annotated[list[int], "numbers"], Annotated[MarkdownString, "page"]]:
    return list(range(n)), MarkdownString("# hello")


@step(output_materializers=PointMaterializer)
def add(numbers: list[int], offset: int = 0) -> Point:
    if offset < 0:
        raise ValueError("no negative offsets")
    return Point(sum(numbers) + offset)
"""
PIPELINES = """\
from zencompile import pipeline

from steps.work import add, load


def tell() -> None:
    print("it ended")


@pipeline
def adding(n: int = 3, offset: int = 0, twice: bool = False):
    numbers, page = load(n)
    add(numbers, offset)
    if twice:
        add(numbers, 100)
"""
FIRST = """\
import json

from pipelines.work import adding, tell

"""


class Project:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write("steps/work.py", STEPS)
        self.write("pipelines/work.py", PIPELINES)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).parent.mkdir(exist_ok=True)
        (self.folder / name).write_text(text)

    def run(self, body: str, code: int = 0, first: str = FIRST) -> subprocess.CompletedProcess[str]:
        self.write("run.py", first + 'if __name__ == "__main__":\n' + textwrap.indent(textwrap.dedent(body), "    "))
        done = subprocess.run(
            [sys.executable, str(self.folder / "run.py")],
            cwd=self.folder.parent,
            env=dict(os.environ),
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def answer(self, body: str, first: str = FIRST):
        """The last line that the program prints, as JSON."""
        return json.loads(self.run(body, first=first).stdout.splitlines()[-1])


@pytest.fixture
def project(tmp_path: Path) -> Project:
    folder = tmp_path / "project"
    folder.mkdir()
    return Project(folder)


def test_a_call_runs_the_pipeline_and_answers_its_run(project: Project) -> None:
    """Values come back as they were, also those of the user's own materializers."""
    found = project.answer(
        """
        run = adding(4, offset=2)
        step = run.steps["add"]
        print(json.dumps([
            run.successful, run.status, run.pipeline, run.parameters, list(run.steps), step.status,
            step.outputs["output"][0].load().x, run.steps["load"].outputs["numbers"][0].load(),
        ]))
        """
    )
    parameters = {"n": 4, "offset": 2, "twice": False}
    values = ["completed", 8, [0, 1, 2, 3]]
    assert found == [True, "completed", "default/adding", parameters, ["load", "add"], *values]
    assert (project.folder / ".zencompile" / "build" / "local" / "adding.py").is_file()
    assert (project.folder / ".zencompile" / "store" / "runs" / "default" / "adding").is_dir()
    assert not (project.folder.parent / "build").exists()


def test_a_run_of_the_program_shares_the_cache_with_one_of_the_command(project: Project) -> None:
    project.run("adding()")
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from zencompile.cli import main; main()",
            "run",
            "pipelines/work.py",
            "--source-root",
            ".",
        ],
        cwd=project.folder,
        capture_output=True,
        text=True,
    )
    assert "2 cached" in done.stdout, done.stdout + done.stderr


def test_values_that_compile_time_code_uses_are_compiled_in(project: Project) -> None:
    found = project.answer('run = adding(twice=True)\nprint(json.dumps([sorted(run.steps), run.parameters["twice"]]))')
    assert found == [["add", "add_2", "load"], True]


def test_options_of_the_call_are_honoured(project: Project) -> None:
    """with_options and configure mean what they mean in the source."""
    project.write("config.yaml", "parameters:\n  offset: 7\n")
    found = project.answer(
        """
        adding()
        again = adding()
        fresh = adding.with_options(
            enable_cache=False,
            run_name="mine",
            on_success=tell,
            settings={"docker": DockerSettings(requirements=["six"])},
        )()
        some = adding.with_options(steps={"load": {"enable_cache": False}})()
        other = adding.with_options(config_path=str(HERE / "config.yaml"), parameters={"n": 5})()
        adding.configure(enable_cache=False)
        last = adding()
        states = [[step.status for step in run.steps.values()] for run in (again, fresh, some, last)]
        print(json.dumps([*states, fresh.name, other.steps["add"].output.load().x]))
        """,
        first=FIRST
        + "from pathlib import Path\n\nfrom zencompile import DockerSettings\n\nHERE = Path(__file__).parent\n\n",
    )
    again, fresh, some, last, name, value = found
    assert again == ["cached", "cached"]
    assert fresh == last == ["completed", "completed"]
    assert some == ["completed", "cached"]
    assert (name, value) == ("mine", 17)


def test_a_failed_run_raises_and_names_the_step(project: Project) -> None:
    found = project.answer(
        """
        from zencompile import RunFailed
        try:
            adding(offset=-1)
        except RunFailed as failure:
            run = failure.run
            print(json.dumps([str(failure), failure.exit_code, run.steps["add"].status, run.successful]))
        """
    )
    message, code, status, successful = found
    assert "add: " in message and "no negative offsets" in message
    assert (code, status, successful) == (1, "failed", False)


def test_a_program_that_catches_nothing_ends_with_the_code_of_the_run_and_no_traceback_of_ours(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = project.run("adding(offset=-1)", code=1)
    assert done.stderr == ""
    assert done.stdout.splitlines()[-1] == "help: start it again: what is complete comes from the cache"
    done = project.run("adding(offset=2)", code=0)
    monkeypatch.setenv("ZENCOMPILE_DEBUG", "1")
    assert "RunFailed: " in project.run("adding(offset=-1)", code=1).stderr


def test_flags_of_the_run_come_from_a_variable(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZENCOMPILE_RUN", "--log-format json --only load")
    lines = project.run("adding()").stdout.splitlines()
    events = [json.loads(line) for line in lines if line.startswith("{")]
    assert {one["step"] for one in events if "step" in one} == {"load"}


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)])
def test_what_asks_the_program_to_end_ends_its_run_first(project: Project, number: int, code: int) -> None:
    steps = STEPS.replace(
        "    return list(range(n))",
        "    print('sleeping', flush=True)\n    time.sleep(73.3)\n    return list(range(n))",
    )
    project.write("steps/work.py", "import time\n" + steps)
    project.write("run.py", FIRST + 'if __name__ == "__main__":\n    adding()\n')
    process = subprocess.Popen(
        [sys.executable, str(project.folder / "run.py")], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    while "sleeping" not in process.stdout.readline():
        assert process.poll() is None
    process.send_signal(number)
    rest, _ = process.communicate(timeout=60)
    assert process.returncode == code
    assert "cancelled in" in rest and "Traceback" not in rest


def test_a_signal_that_comes_before_the_run_began_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the command is being started; this process waits for it all the same."""
    start = subprocess.Popen

    def interrupted(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        signal.raise_signal(signal.SIGTERM)
        return start(*arguments, **options)

    monkeypatch.setattr(subprocess, "Popen", interrupted)
    ended = launching.wait([sys.executable, "-c", "import time; time.sleep(60)"])
    assert ended == launching.Ended(128 + signal.SIGTERM, [signal.SIGTERM])


def test_a_program_that_does_not_compile_shows_why(project: Project) -> None:
    project.write("pipelines/work.py", PIPELINES.replace("load(n)", "load(m=n)"))
    done = project.run("adding()", code=1)
    assert "error[ZC02" in done.stderr and "work.py:12:" in done.stderr
    assert done.stderr.splitlines()[-1] == "1 error"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("adding(n=object())", "the parameter `n` of the pipeline `adding` got a object"),
        ("adding.with_options(on_success=lambda: 0)()", "`with_options(on_success=…)` of the pipeline `adding`"),
        ("adding.with_options(enable_cahce=False)()", "`pipeline.with_options` has no argument `enable_cahce`"),
        ("adding.with_options(config_path='nowhere.yaml')()", "no run configuration `nowhere.yaml`"),
        ("adding(n='many')", "parameter `n` of pipeline `adding`"),
        ("adding(m=1)", "unexpected keyword argument 'm'"),
        (
            "from zencompile import pipeline\n@pipeline\ndef inner():\n    pass\n(lambda: inner)()()",
            "pipeline `inner`",
        ),
        (
            "from zencompile import pipeline\ndef make():\n    @pipeline\n    def inner(): pass\n    inner()\nmake()",
            "`inner` is not defined at the top level",
        ),
    ],
)
def test_what_can_not_be_honoured_is_an_error_that_names_it(project: Project, body: str, message: str) -> None:
    assert message in project.run(body, code=1).stderr


def test_a_step_called_by_hand_is_a_plain_call(project: Project) -> None:
    """As a test of the step would call it: nothing is stored."""
    assert project.answer("from steps.work import add\nprint(add([1, 2], offset=3).x)") == 6
    assert not (project.folder / ".zencompile").exists()


def test_a_pipeline_called_where_a_module_is_imported_runs_once(project: Project) -> None:
    """A step's process that imports the file does not start another run."""
    steps = "from zencompile import pipeline, step\n\n@step\ndef one() -> int:\n    return 1\n\n"
    first = steps + "@pipeline\ndef lonely():\n    one()\n\nlonely()\n"
    project.run("pass", first=first)
    assert len(list((project.folder / ".zencompile/store/runs/default/lonely").iterdir())) == 1


def test_importing_the_names_is_light() -> None:
    """Neither the compiler nor the runtime comes with them."""
    code = (
        "import sys\nfrom zencompile import pipeline, step, DockerSettings\n"
        "print(*[n for n in sys.modules if n.startswith('zencompile') or n in ('click', 'pydantic', 'jinja2')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["zencompile", "zencompile.authoring"]


def test_compile_is_the_command_as_a_function(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.folder)
    files = zencompile.compile(
        "pipelines/work.py", "airflow", parameters={"n": 9}, options={"operator": "bash"}, source_root=".", write=False
    )
    assert not (project.folder / "build").exists()
    dag = files[project.folder / "build" / "airflow" / "adding.py"]
    ast.parse(dag)
    assert "BashOperator" in dag
    written = zencompile.compile("pipelines/work.py:adding", "local", source_root=".", output="out")
    assert (project.folder / "out" / "adding.py").read_text() == written[project.folder / "out" / "adding.py"]
    for words, code in ((("pipelines/wrok.py", "local"), "ZC0001"), (("pipelines/work.py", "locla"), "ZC0007")):
        with pytest.raises(CompilationFailed, match=code) as failure:
            zencompile.compile(*words, source_root=".")
        assert [error.code for error in failure.value.report.errors] == [code]


def test_two_calls_at_once_have_builds_of_their_own(project: Project) -> None:
    """Neither runs what the other was compiled to, whichever is written last."""
    found = project.answer(
        """
        from concurrent.futures import ThreadPoolExecutor

        calls = [
            adding,
            adding.with_options(run_name="mine", enable_cache=False),
            adding.with_options(run_name="yours", extra={"whose": "yours"}),
            lambda: adding(twice=True),
        ]
        with ThreadPoolExecutor() as pool:
            runs = list(pool.map(lambda call: call(), calls))
        print(json.dumps([[run.name, list(run.steps)] for run in runs[1:]]))
        """
    )
    assert found[:2] == [["mine", ["load", "add"]], ["yours", ["load", "add"]]]
    assert found[2][1] == ["load", "add", "add_2"]
    assert len(list((project.folder / ".zencompile" / "build").glob("*/local/adding.py"))) == 3


def test_builds_that_nobody_uses_go_after_a_while(project: Project) -> None:
    """A program that calls with other values every day does not fill the disk."""
    builds = project.folder / ".zencompile" / "build"
    for number in range(14):
        folder = builds / f"{number:016x}"
        folder.mkdir(parents=True)
        if number != 3:
            os.utime(folder, (number + 1, number + 1))
    (builds / "kept").mkdir()
    project.run("adding.with_options(enable_cache=False)()")
    left = {one.name for one in builds.iterdir()}
    assert {"kept", f"{3:016x}", f"{13:016x}"} <= left
    assert not {f"{number:016x}" for number in (0, 1, 2, 4)} & left
