"""Each template of the generated programs, alone in one module: it means what it means in Python."""

from __future__ import annotations

from pathlib import Path

import pytest
from features import features, program
from python_side import Python
from statements import is_open
from verdicts import Kind, compare

SUBJECTS = sorted({feature.subject for feature in features()})


@pytest.mark.parametrize("subject", SUBJECTS)
def test_each_feature_alone(subject: str, tmp_path: Path) -> None:
    """No template of the subject is refused or read wrongly."""
    wrong = []
    with Python() as python:
        for feature in features():
            if feature.subject != subject or is_open(feature.template):
                continue
            verdict = compare(program(feature, 0), tmp_path / "program", python)
            if verdict.kind is not Kind.SAME:
                wrong.append(f"{feature}\n{verdict.kind.value}: {verdict.reason}\n{verdict.details}")
    assert not wrong, "\n\n".join(wrong)
