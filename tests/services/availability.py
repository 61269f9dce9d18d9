"""What happens to a test whose engine or service can't be had."""

from __future__ import annotations

import os

import pytest


def required() -> bool:
    """Whether every engine must be there, as in CI."""
    return os.environ.get("ZENCOMPILE_REQUIRE_ENGINES") == "1"


def unavailable(reason: str) -> None:
    """Skip the test for `reason`, or fail where every engine is required."""
    if required():
        pytest.fail(f"every engine is required here: {reason}", pytrace=False)
    pytest.skip(reason)
