"""Looking at what the local runner left: steps that never ran, maps, runs that died, and their pages."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "cli"))

from calling import call

from zencompile.results import model, report

SOURCE = """\
import os
import time

from zencompile import log_metadata, pipeline, step
from zencompile.types import HTMLString, MarkdownString


@step
def numbers(n: int) -> list[int]:
    print("\\x1b[32mten %\\rcounted\\x1b[0m", n)
    return list(range(n))


@step
def square(x: int) -> int:
    if x == 2:
        raise ValueError("two <is> bad")
    return x * x


@step
def total(xs: list[int]) -> int:
    return sum(xs)


@step
def gone() -> int:
    os._exit(9)


@step
def after(x: int) -> MarkdownString:
    return MarkdownString("")


@step
def words() -> tuple[MarkdownString, HTMLString]:
    text = "# Head\\n\\n**bold** <script>alert(1)</script>"
    text += "![far](https://far.example/x.png)\\n\\n| a |\\n|---|\\n| 1 |"
    return MarkdownString(text), HTMLString("<h1>page</h1>")


@step
def sleeps() -> int:
    print("asleep", flush=True)
    time.sleep(73.4)


@pipeline(dynamic=True)
def mapped(n: int = 4):
    total(square.map(numbers(n)))


@pipeline
def fails():
    after(gone())
    words()


@pipeline
def long():
    sleeps()
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / "run.py").write_text(SOURCE.replace("\\\\n", "\\n"))
    for pipeline in ("mapped", "fails"):
        subprocess.run(words(pipeline, "--run", pipeline), cwd=folder, capture_output=True, timeout=120)
    return folder


def words(pipeline: str, *more: str) -> list[str]:
    return [sys.executable, "-c", "from zencompile.cli import main; main()", "run", f"run.py:{pipeline}", *more]


def store(project: Path) -> Path:
    return project / ".zencompile" / "store"


def run(project: Path, pipeline: str) -> model.Run:
    return model.read_run(model.open_store(str(store(project))), f"runs/default/{pipeline}/{pipeline}")


def test_steps_that_never_ran_and_processes_that_died_are_there(project: Path) -> None:
    found = run(project, "fails")
    assert {(step.id, step.status) for step in found.steps} == {
        ("gone", "failed"),
        ("words", "completed"),
        ("after", "blocked"),
    }
    assert found.steps[-1].id == "after" and found.after == {"after": ("gone",)}
    died = next(step for step in found.steps if step.id == "gone")
    assert died.started and died.seconds is not None and died.failure
    shown = call("runs", "show", "fails", "--store", store(project)).out
    assert re.search(r"^after +blocked$", shown, re.MULTILINE)
    assert "its process ended with the exit code 9" in shown
    assert f"artifacts in {store(project)}/runs/default/fails/fails/" in shown


def test_show_says_parameters_small_values_and_where_a_failure_was(project: Path) -> None:
    shown = call("runs", "show", "mapped", "--store", store(project)).out
    assert "\nnumbers\n  n = 4\n  output → [0, 1, 2, 3]\n" in shown
    assert "\nsquare[2]\n  ValueError: two <is> bad (run.py:17)\n" in shown
    assert json.loads(call("runs", "show", "--store", store(project), "--json").out)["id"] == "fails"  # the latest


def test_a_run_whose_process_is_gone_is_interrupted(project: Path) -> None:
    process = subprocess.Popen(
        words("long", "--plain", "--run", "long"),
        cwd=project,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    while "asleep" not in (line := process.stdout.readline()):
        assert line, "it ended"
    listed = call("runs", "list", "--store", store(project), "--pipeline", "long").out
    assert "running" in listed
    for _ in range(200):  # what runs can be seen from elsewhere, soon
        shown = call("runs", "show", "long", "--store", store(project)).out
        if re.search(r"^sleeps +running +", shown, re.MULTILINE):
            break
        time.sleep(0.1)
    else:
        pytest.fail(shown)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(30)
    process.stdout.close()
    listed = call("runs", "list", "--store", store(project), "--pipeline", "long").out
    assert "interrupted" in listed and "running" not in listed
    assert re.search(
        r"^sleeps +interrupted ", call("runs", "show", "long", "--store", store(project)).out, re.MULTILINE
    )


def test_times_are_those_of_the_reader(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def hour(zone: str) -> int:
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        (line,) = [one for one in call("runs", "list", "--store", store(project)).out.splitlines() if "mapped" in one]
        return int(re.search(r" (\d\d):\d\d:\d\d", line).group(1))

    assert (hour("Etc/GMT-5") - hour("Etc/GMT+1")) % 24 == 6
    monkeypatch.undo()
    time.tzset()


def test_a_page_of_a_map_groups_its_elements(project: Path) -> None:
    page = report.render(run(project, "mapped"), model.open_store(str(store(project))))
    assert page.count("<rect") == 3 and "1 of 4 failed" in page
    assert "square × 4" in page
    assert page.count('id="step-square') == 5 and 'href="#step-square%255B2%255D"' in page
    assert "two &lt;is&gt; bad" in page
    assert "counted 4" in page and "ten %" not in page and "\x1b" not in page
    lanes = report.timeline(run(project, "mapped"))
    assert [lane[0].label for lane in lanes] == ["numbers", "square × 4"]


def test_the_edges_are_those_of_the_pipeline_for_what_comes_from_the_cache_too(project: Path) -> None:
    subprocess.run(words("mapped", "--run", "again"), cwd=project, capture_output=True, timeout=120)
    found = model.read_run(model.open_store(str(store(project))), "runs/default/mapped/again")
    assert found.reads["square"] == ("numbers",) and not found.after.get("square")
    assert next(step for step in found.steps if step.id == "numbers").status == "cached"


def test_what_a_step_printed_can_be_asked_for(project: Path) -> None:
    command = [sys.executable, "-c", "from zencompile.cli import main; main()", "runs", "log", "mapped"]
    done = subprocess.run([*command, "numbers"], cwd=project, capture_output=True, timeout=120)
    assert done.returncode == 0 and b"counted" in done.stdout
    done = subprocess.run([*command, "nothing"], cwd=project, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2 and "those that did: numbers" in done.stderr


def test_markdown_is_shown_as_such_and_nothing_of_it_runs_or_is_fetched(project: Path) -> None:
    page = report.render(run(project, "fails"), model.open_store(str(store(project))))
    assert "<h1>Head</h1>" in page and "<strong>bold</strong>" in page and "<td>1</td>" in page
    assert "<script" not in page and "<img" not in page
    assert "default-src 'none'" in page
    assert 'srcdoc="&lt;h1&gt;page&lt;/h1&gt;"' in page


@pytest.mark.parametrize("whole", [0.004, 0.3, 7.0, 42.0, 61.0, 500.0, 4000.0, 90000.0, 1e6])
def test_marks_of_the_timeline_are_few_and_round(whole: float) -> None:
    step = {
        "id": "a",
        "map_index": None,
        "status": "completed",
        "entrypoint": "",
        "ended": None,
        "attempt": 1,
        "key": None,
    }
    rest = {name: {} for name in ("parameters", "inputs", "metadata", "components")}
    one = model.StepRun(
        **step, **rest, started="2026-01-01T00:00:00+00:00", seconds=whole, notes=(), failure=None, artifacts=()
    )
    marks = report.ticks(model.Run("p", "r", "completed", None, None, {}, {}, (one,)))
    assert marks[0] == (0.0, "0 s") and 3 <= len(marks) <= 8
    assert len({text for _, text in marks}) == len(marks)
