"""`zencompile run` makes the runs that Python makes of a script: as many, in the same order, up to the same end."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

HEADER = """\
import os
import random
import sys

from zenml import pipeline, step


@step(enable_cache=False)
def note(word: str) -> None:
    with open(os.environ["OUT"], "a") as file:
        print(word, file=file)
    if word == "broken":
        raise ValueError(word)


@pipeline
def train(word: str = "default"):
    note(word)


@pipeline
def test(word: str = "tested"):
    note(word)


"""
MAIN = 'if __name__ == "__main__":\n'


@dataclass
class Ended:
    code: int
    words: list[str]
    err: str


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").touch()
    return tmp_path


def run(folder: Path, body: str, *words: str, file: str = "run.py") -> Ended:
    (folder / "run.py").write_text(HEADER + body)
    out = folder / "out.txt"
    out.unlink(missing_ok=True)
    done = subprocess.run(
        [sys.executable, "-c", "from zencompile.cli import main; main()", "run", file, *words],
        cwd=folder,
        env={**os.environ, "OUT": str(out)},
        capture_output=True,
        text=True,
    )
    written = out.read_text().split() if out.exists() else []
    return Ended(done.returncode, written, done.stdout + done.stderr)


LOOP = MAIN + '    for word in ("a", "b", "a"):\n        train(word)\n    test()\n'


@pytest.mark.parametrize("words", [(), ("--",), ("--frontend", "trace")])
def test_all_runs_in_order(folder: Path, words: tuple[str, ...]) -> None:
    """Runs that are the same share a script, and are made twice."""
    ended = run(folder, LOOP, *words)
    assert (ended.code, ended.words) == (0, ["a", "b", "a", "tested"]), ended.err


def test_two_pipelines_of_one_name(folder: Path) -> None:
    for name in ("daily", "weekly"):
        text = f"from run import note\nfrom zenml import pipeline\n\n\n@pipeline\ndef train():\n    note({name!r})\n"
        (folder / f"{name}.py").write_text(text)
    ended = run(folder, MAIN + "    import daily\n    import weekly\n    daily.train()\n    weekly.train()\n")
    assert (ended.code, ended.words) == (0, ["daily", "weekly"]), ended.err


FAILING = MAIN + '    for word in ("a", "broken", "b"):\n        train(word)\n'
CAUGHT = MAIN + (
    '    for word in ("a", "broken", "b", "broken"):\n        try:\n            train(word)\n'
    "        except Exception as error:\n            print(f'{word}: {error}')\n            continue\n"
)
HANDLED = MAIN + '    try:\n        train("broken")\n    except Exception:\n        test()\n    train("b")\n'
PASSED_ON = MAIN + (
    '    try:\n        train("broken")\n    except Exception:\n        print("no")\n        raise\n    train("b")\n'
)
NO_CATCH = MAIN + '    try:\n        train("broken")\n    except KeyboardInterrupt:\n        pass\n    train("b")\n'
FINALLY = MAIN + '    try:\n        train("broken")\n    finally:\n        print("over")\n    train("b")\n'


@pytest.mark.parametrize("front_end", ["static", "trace"])
@pytest.mark.parametrize(
    ("body", "code", "words", "told"),
    [
        (FAILING, 1, ["a", "broken"], False),
        (CAUGHT, 0, ["a", "broken", "b", "broken"], False),
        (HANDLED, 1, ["broken"], True),
        (PASSED_ON, 1, ["broken"], True),
        (NO_CATCH, 1, ["broken"], False),
        (FINALLY, 1, ["broken"], False),
    ],
    ids=["nothing handles it", "caught and told", "handled by a run", "raised again", "not caught", "finally"],
)
def test_a_run_that_fails(folder: Path, front_end: str, body: str, code: int, words: list[str], told: bool) -> None:
    """The first that fails is the last, unless the script surely goes on; what isn't followed is told."""
    ended = run(folder, body, "--frontend", front_end)
    assert (ended.code, ended.words) == (code, words), ended.err
    assert ("ZC0018" in ended.err) == told


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (MAIN + '    train("a")\n    if random.random() < 0.5:\n        test()\n', "ZC0015"),
        (MAIN + '    train("a")\n    for _ in range(random.randint(1, 3)):\n        train("b")\n', "ZC0015"),
        (MAIN + '    outcome = train("a")\n    if outcome.status == "completed":\n        test()\n', "ZC0015"),
        (MAIN + '    if "--train" in sys.argv:\n        train("a")\n', "ZC0004"),
        (MAIN + '    train("a")\n    raise RuntimeError("no")\n', "ZC0102"),
    ],
)
def test_what_is_not_known_is_no_run(folder: Path, body: str, code: str) -> None:
    """Nothing is run where it isn't known what Python would run."""
    ended = run(folder, body)
    assert (ended.code, ended.words) == (1, []), ended.err
    assert f"error[{code}]" in ended.err


def test_a_script_that_runs_nothing(folder: Path) -> None:
    """With and without `--` an error; a pipeline that is named is run once, as it stands."""
    one = HEADER.split("@pipeline\ndef test")[0]
    (folder / "steps.py").write_text(one.split("@pipeline")[0])
    body = MAIN + '    if "--train" in sys.argv:\n        train("a")\n'
    text = "import sys\n\nfrom steps import note\nfrom zenml import pipeline\n\n\n@pipeline" + one.split("@pipeline")[1]
    (folder / "other.py").write_text(text + body)
    assert "error[ZC0017]" in run(folder, "", file="other.py").err
    assert "error[ZC0003]" in run(folder, "", "--", file="other.py").err
    assert run(folder, "", "--", "--train", file="other.py").words == ["a"]
    assert run(folder, "", file="other.py:train").words == ["default"]


def test_options_of_one_run(folder: Path) -> None:
    """What names one run, or a value that the runs have apart, is refused where the script makes several."""
    for words in (("--run", "x"), ("--resume", "latest")):
        ended = run(folder, LOOP, *words)
        assert (ended.code, ended.words) == (2, []), ended.err
        assert "error[ZC0016]" in ended.err
    ended = run(folder, LOOP, "--param", "word=c")
    assert (ended.code, ended.words) == (1, []) and "error[ZC0016]" in ended.err
    both = MAIN + "    train()\n    test()\n"
    assert run(folder, both, "--param", "word=c", "--run", "x").words == ["c", "c"]
    assert run(folder, LOOP, "--param", "word=c", file="run.py:train").words == ["c"]


def test_a_script_without_a_package_has_no_relative_imports(tmp_path: Path) -> None:
    """Python ends there, and so does compiling: no step could import the module. In a package it is right."""
    steps = "from zenml import step\n\n\n@step\ndef load() -> int:\n    return 1\n"
    script = "from zenml import pipeline\nfrom .steps import load\n\n\n@pipeline\ndef p():\n    load()\n\n\np()\n"
    (tmp_path / "pyproject.toml").touch()
    package = tmp_path / "flows"
    package.mkdir()
    for folder in (tmp_path, package):
        (folder / "steps.py").write_text(steps)
        (folder / "run.py").write_text(script)
    (package / "__init__.py").touch()
    results = {}
    for path in ("run.py", "flows/run.py"):
        command = [sys.executable, "-c", "from zencompile.cli import main; main()", "graph", path]
        results[path] = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert "ImportError: attempted relative import with no known parent package" in results["run.py"].stderr
    assert "--> run.py:2:1" in results["run.py"].stderr and results["run.py"].returncode == 1
    assert results["flows/run.py"].returncode == 0, results["flows/run.py"].stderr
