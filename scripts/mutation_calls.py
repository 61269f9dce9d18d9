"""A pytest plugin that records which functions of the project each test calls: `-p mutation_calls`.

The answer goes as JSON to the file that ZENCOMPILE_MUTATION_CALLS names: the seconds of each test, and for each
function ("file:first line") the tests that call it, in this process.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

ROOT = f"{Path(__file__).resolve().parent.parent}{os.sep}"

_seconds: dict[str, float] = {}
_functions: dict[str, list[str]] = {}
_failed: set[str] = set()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    called: set[CodeType] = set()

    def note(frame: FrameType, event: str, _: Any) -> None:
        if event == "call":
            called.add(frame.f_code)

    start = time.perf_counter()
    threading.setprofile(note)
    sys.setprofile(note)
    try:
        return (yield)
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
        _seconds[item.nodeid] = time.perf_counter() - start
        for code in called:
            if code.co_filename.startswith(ROOT):
                key = f"{code.co_filename[len(ROOT) :]}:{code.co_firstlineno}"
                _functions.setdefault(key, []).append(item.nodeid)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if not report.passed:
        _failed.add(report.nodeid)


def pytest_sessionfinish() -> None:
    """Tests that fail or are skipped tell nothing of a mutant."""
    good = {test: round(seconds, 3) for test, seconds in _seconds.items() if test not in _failed}
    functions = {key: [test for test in tests if test in good] for key, tests in sorted(_functions.items())}
    answer = {"seconds": good, "functions": functions}
    Path(os.environ["ZENCOMPILE_MUTATION_CALLS"]).write_text(json.dumps(answer), "utf-8")
