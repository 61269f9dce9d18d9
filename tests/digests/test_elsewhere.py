"""What the compiler writes on the oldest Python, with the oldest releases of what it needs.

`scripts/elsewhere.py` holds the golden files against all Pythons, and against the newest releases as well.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_the_oldest_python_and_the_oldest_dependencies_write_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    import elsewhere

    if elsewhere.interpreter("3.10") is None:
        pytest.skip("there is no Python 3.10 here")
    try:
        python = elsewhere.environment(Path(sys.executable).parent / "uv", "3.10", "lowest-direct")
    except subprocess.CalledProcessError as problem:
        pytest.skip(f"no environment can be made: {problem}")
    assert elsewhere.differences(python) == ""
