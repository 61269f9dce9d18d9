"""Set up what the tests need, and run all of them.

    python3 scripts/test.py [ARGUMENTS OF PYTEST]

Engines (Airflow 2 and 3, the KFP SDK, ZenML) live in environments of their own below `~/.cache/zencompile`, and are
made again when their pins change. Where one can't be had, its tests are skipped with the reason, unless
ZENCOMPILE_REQUIRE_ENGINES=1 makes that a failure.
"""

from __future__ import annotations

import os
import sys

from environment import ROOT, ensure, run, say

if __name__ == "__main__":
    python = ensure()
    arguments = sys.argv[1:]
    if not arguments:
        run(python, ROOT / "tests" / "services" / "prepare.py")
        run(python, "-m", "ruff", "check", ".")
        run(python, "-m", "ruff", "format", "--check", ".")
        run(python, "-m", "mypy")
        arguments = ["-q", "--durations=15"]
    run(python, "-m", "pytest", *arguments, PYTHONDONTWRITEBYTECODE=os.environ.get("PYTHONDONTWRITEBYTECODE", ""))
    say("all tests passed")
