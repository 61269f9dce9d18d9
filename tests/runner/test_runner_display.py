"""What a run shows: on pipes, on terminals, and where nobody reads."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

STEPS = """
    import os
    import sys
    import time

    @step
    def load(n: int) -> list:
        for i in range(5):
            sys.stdout.write(f"\\rpart {i} of 4")
            sys.stdout.flush()
            time.sleep(0.05)
        print("\\n\\x1b[Aup", "\\x1b[31mred\\x1b[0m")
        return list(range(n))

    @step
    def square(x: int) -> int:
        if x == int(os.environ.get("BAD", "-1")):
            print("soon")
            raise ValueError("bad\\nvery bad")
        return x * x

    @step
    def total(xs: list) -> int:
        return sum(xs)

    @step
    def crash() -> int:
        import ctypes
        print("before", flush=True)
        ctypes.string_at(0)
"""
PLAN = """
    parameters=[n],
    steps=[
        Step("load", "steps:load", parameters={"n": n}, cache=False),
        Step("square", "steps:square", cache=False),
        Step("total", "steps:total", inputs={"xs": ("square", "output")}),
    ],
    controls=[Map("map:square", {"x": ("load", "output")}, ["square"])],
"""


@pytest.fixture
def mapped(project):
    project.write(STEPS, PLAN, "n = Param('n', int, default=12)\n")
    return project


def start(project, *words, **options):
    """The script with a standard error that is kept."""
    command = [sys.executable, str(project.script), *words]
    return subprocess.Popen(command, env=project.environment, stderr=subprocess.PIPE, **options)


@pytest.mark.parametrize("words", [[], ["--log-format", "json"]], ids=["text", "json"])
@pytest.mark.parametrize("where", ["closed pipe", "full disk", "nowhere"])
def test_a_run_goes_on_when_nobody_can_read_what_it_says(mapped, where, words):
    if where == "closed pipe":
        process = start(mapped, *words, stdout=subprocess.PIPE)
        process.stdout.readline()
        process.stdout.close()
    elif where == "full disk":
        with Path("/dev/full").open("wb") as full:
            process = start(mapped, *words, stdout=full)
    else:
        process = start(mapped, *words, preexec_fn=lambda: os.close(1))
    said = process.stderr.read().decode()
    assert process.wait(60) == 0, said
    assert said == ""
    assert mapped.document(mapped.runs()[-1].name)["status"] == "completed"


SHOUTING = """
    @step
    def shout() -> int:
        import time
        print(("y" * 99 + "\\n") * 2000, flush=True)
        time.sleep(73.2)
        return 1
"""


@pytest.mark.parametrize(
    "words",
    [[], ["--isolation", "full"], ["--in-process"], ["--log-format", "json"]],
    ids=["fork", "full", "in-process", "json"],
)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda one: one.name)
def test_a_run_whose_reader_reads_no_more_can_be_ended(project, words, number):
    """As with a pager that nobody scrolls: the run waits for it, but is no prisoner."""
    project.write(SHOUTING, "steps=[Step('shout', 'steps:shout')]")
    process = project.start(*words)
    while fill(process.stdout) < 60_000:
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(number)
    assert process.wait(30) == 128 + number
    assert project.document(project.runs()[-1].name)["status"] == "cancelled"
    process.stdout.close()


def fill(pipe) -> int:
    """How many bytes wait in a pipe."""
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"\0" * 4))[0]


def test_a_reader_who_pauses_gets_all(project):
    project.write(SHOUTING.replace("73.2", "0"), "steps=[Step('shout', 'steps:shout')]")
    process = project.start()
    time.sleep(2)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0 and out.count("y" * 99) == 2000


def test_a_terminal_that_closes_ends_the_run_as_sigterm_does(project):
    project.write("@step\ndef nap() -> int:\n    import time\n    time.sleep(73.1)\n", "steps=[Step('n', 'steps:nap')]")
    leader, follower = pty.openpty()
    command = [sys.executable, str(project.script)]
    process = subprocess.Popen(
        command,
        env={**project.environment, "TERM": "xterm"},
        stdin=follower,
        stdout=follower,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: (
            os.setsid(),
            os.close(os.open(os.ttyname(1), os.O_RDWR)),
        ),  # it becomes the terminal of both
    )
    os.close(follower)
    seen = b""
    while b"running" not in seen:
        seen += os.read(leader, 4096)
    os.close(leader)
    said = process.stderr.read().decode()
    assert process.wait(30) == 129
    assert said == ""
    assert project.document(project.runs()[-1].name)["status"] == "cancelled"


def test_a_hangup_that_the_caller_ignores_is_ignored(mapped):
    process = start(
        mapped, stdout=subprocess.PIPE, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)
    )  # as nohup does
    process.stdout.readline()
    process.send_signal(signal.SIGHUP)
    said = process.communicate(timeout=60)
    assert process.returncode == 0, said


def test_other_encodings_get_escapes(mapped):
    latin = {"PYTHONIOENCODING": "ascii"}
    path = mapped.folder / "steps.py"
    path.write_text(path.read_text().replace('"soon"', '"gr\\u00fc\\u00dfe \\u2713"'))
    mapped.facts()
    text = mapped.run("--n", "1", code=1, BAD="0", **latin).out
    assert "| gr\\xfc\\xdfe \\u2713\n" in text
    lines = mapped.run("--n", "1", "--log-format", "json", code=1, BAD="0", **latin).out.splitlines()
    assert "grüße ✓" in [json.loads(line).get("text") for line in lines]


def test_a_line_is_shown_as_a_terminal_leaves_it_and_kept_as_it_was(mapped):
    ran = mapped.run("--n", "1")
    assert "| part 4 of 4\n" in ran.out
    assert "part 3" not in ran.out
    assert "| up \x1b[31mred\x1b[0m\n" in ran.out
    kept = (ran.folder / "load" / ".step.log").read_bytes()
    assert kept.startswith(b"\rpart 0 of 4\rpart 1 of 4")


def test_programs_hear_of_progress_while_the_line_goes_on(mapped):
    events = [json.loads(line) for line in mapped.run("--n", "1", "--log-format", "json").out.splitlines()]
    said = [(one["event"], one["text"]) for one in events if one.get("step") == "load" and "text" in one]
    assert said[0][0] == "step_progress" and said[0][1].startswith("part ")
    assert ("step_output", "part 4 of 4") in said


def test_the_end_names_what_failed_and_where_its_words_are(mapped):
    ran = mapped.run(code=1, BAD="7")
    end = ran.out[ran.out.index("\nfailed:\n") :].splitlines()
    assert end[2].split("  ", 2)[1:] == ["square[7]", "ValueError: bad … (steps.py:20)"]
    log = end[3].partition("log: ")[2]
    assert Path(log).read_text() == "soon\n"
    assert end[4].endswith(": 12 completed, 1 failed, 1 blocked")


def test_elements_of_a_map_share_a_row_of_the_end(mapped):
    ran = mapped.run()
    assert "\nsquare       maps over 12 elements\n" in ran.out
    assert [line.split() for line in ran.out.splitlines() if line.startswith("  ")] == [
        ["load/output.json", "list", "38", "B"],
        ["square/{0..11}/output.json", "12", "×", "int", "22", "B"],
        ["total/output.json", "int", "3", "B"],
    ]


def test_a_crash_leaves_the_line_where_it_happened(project):
    project.write(STEPS, "steps=[Step('crash', 'steps:crash')]")
    ran = project.run(code=1)
    assert "SIGSEGV" in ran.out
    assert 'steps.py", line 31 in crash' in ran.log("crash")


def test_steps_that_ctrl_c_ended_have_no_errors(project):
    project.write(
        "@step\ndef nap() -> int:\n    import time\n    print('naps')\n    time.sleep(73.2)\n",
        "steps=[Step('nap', 'steps:nap')]",
    )
    process = project.start()
    while "naps" not in process.stdout.readline():
        assert process.poll() is None
    os.killpg(process.pid, signal.SIGINT)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "error" not in out and "failed" not in out
    assert "nap   ended after" in out


def on_terminal(project, columns, *arguments):
    """What the script writes to a terminal of so many columns, and its exit code."""
    leader, follower = pty.openpty()
    variables = {"TERM": "xterm", "COLUMNS": str(columns), "LINES": "30"}
    command = [sys.executable, str(project.script), *arguments]
    process = subprocess.Popen(
        command, env={**project.environment, **variables}, stdin=follower, stdout=follower, stderr=follower
    )
    os.close(follower)
    data = b""
    with contextlib.suppress(OSError):  # that is how a terminal ends
        while part := os.read(leader, 1 << 16):
            data += part
    os.close(leader)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", data.decode()), process.wait(60)


def test_much_output_does_not_hold_a_step_up_on_a_terminal(project):
    """All lines are shown in their order, though the table is drawn a few times a second only."""
    pytest.importorskip("rich")
    project.write(
        "@step\ndef talk() -> int:\n    for i in range(30000):\n        print('said', i)\n    return 1\n",
        "steps=[Step('talk', 'steps:talk')]",
    )
    text, code = on_terminal(project, 100)
    assert code == 0
    assert re.findall(r"talk \| said (\d+)", text) == [str(i) for i in range(30000)]
    assert text.count("running") < 1000


def test_in_a_narrow_terminal_names_give_way_to_states(project):
    pytest.importorskip("rich")
    name = "a_name_that_goes_on_" + "x" * 60
    project.write("@step\ndef one() -> int:\n    return 1\n", f"steps=[Step('{name}', 'steps:one')]")
    text, code = on_terminal(project, 50)
    assert code == 0
    assert re.search(r"✓  a_name_that\S*…  completed  \d+ ms", text)
    assert name in re.sub(r"int +1 B|\s", "", text.split("artifacts in")[1]), "the place of an artifact is shown whole"
