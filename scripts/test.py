"""Set up what the tests need, and run all of them.

    python3 scripts/test.py [ARGUMENTS OF PYTEST]

All tests are run by two processes side by side: one waits for engines (containers, schedulers, servers) most of the
time, the other computes. With arguments there is one process, as pytest is called otherwise.

Engines (Airflow 2 and 3, the SDKs of KFP and Vertex AI, ZenML) live in environments of their own below
`~/.cache/zencompile`, and are made again when their pins change. Where one can't be had, its tests are skipped with the
reason, unless ZENCOMPILE_REQUIRE_ENGINES=1 makes that a failure.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from environment import ROOT, ensure, run, say

_WAITING = "airflow cache coercion differential digests docker dynamic e2e kubeflow received services store vertex"
WAITING = frozenset(_WAITING.split())
"""The folders of tests that mostly wait for others."""


def lanes() -> tuple[list[str], list[str]]:
    """The arguments of pytest that name all tests, in two parts."""
    found = sorted((ROOT / "tests").glob("*/")) + sorted((ROOT / "tests").glob("test_*.py"))
    holding = [path for path in found if path.suffix == ".py" or any(path.rglob("test_*.py"))]
    names = [path.relative_to(ROOT).as_posix() for path in holding]
    waiting = [name for name in names if Path(name).name in WAITING]
    return waiting, [name for name in names if name not in waiting]


def run_all(python: Path) -> None:
    """Run both parts at once; what the first says comes when it has ended. The exit code is a failure's, if any."""
    waiting, computing = ([python, "-m", "pytest", "-q", "--durations=10", *names] for names in lanes())
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        beside = subprocess.Popen(list(map(str, waiting)), cwd=ROOT, stdout=said, stderr=subprocess.STDOUT)
        try:
            say(f"{len(computing) - 5} folders and files of tests here, {len(waiting) - 5} in a process beside")
            code = subprocess.call(list(map(str, computing)), cwd=ROOT)
            other = beside.wait()
        finally:
            beside.terminate()
        said.seek(0)
        sys.stdout.write(said.read())
        sys.stdout.flush()
    if code or other:
        sys.exit(code or other)


if __name__ == "__main__":
    python = ensure()
    arguments = sys.argv[1:]
    if arguments:
        run(python, "-m", "pytest", *arguments, PYTHONDONTWRITEBYTECODE=os.environ.get("PYTHONDONTWRITEBYTECODE", ""))
    else:
        run(python, ROOT / "tests" / "services" / "prepare.py")
        run(python, "-m", "ruff", "check", ".")
        run(python, "-m", "ruff", "format", "--check", ".")
        run(python, "-m", "mypy")
        run_all(python)
    say("all tests passed")
