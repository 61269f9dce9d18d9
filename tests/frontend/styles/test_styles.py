"""Projects as people write them give the right DAGs; see `styles.py`."""

from __future__ import annotations

from pathlib import Path

import pytest
import styles

CASES = [case for project in sorted(styles.PROJECTS.glob("*.txt")) for case in styles.cases(project)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_style(case: styles.Case, tmp_path: Path) -> None:
    """The pipeline gives exactly these invocations, or these errors."""
    styles.unpack(case.project, tmp_path)
    assert styles.compiled(case, tmp_path) == case.expected
