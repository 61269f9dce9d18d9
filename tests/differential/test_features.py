"""Each template of the generated programs, alone in one module: it means what it means in Python."""

from __future__ import annotations

from pathlib import Path

import pytest
from features import Feature, features, program
from python_side import Python
from verdicts import Kind, compare

SUBJECTS = sorted({feature.subject for feature in features()})
OPEN = (
    "i».send(",  # what is sent to a generator
    "    ALSO = 'high'",  # aliases of an enumeration's members
    "(abc.ABC)",  # abstract classes
    "(type):",  # metaclasses
    "from error\n    finally",  # the cause of an exception
    "import missing_thing",
    "import nothing_like_it",
    "__subclasses__",
    "FrozenInstanceError",
    "__new__(cls",
    "__set_name__",
    "in dir(",
)
"""What is known not to be compiled as it should be."""


def _is_open(feature: Feature) -> bool:
    return any(text in feature.template for text in OPEN)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_each_feature_alone(subject: str, tmp_path: Path) -> None:
    """No template of the subject is refused or read wrongly."""
    wrong = []
    with Python() as python:
        for feature in features():
            if feature.subject != subject or _is_open(feature):
                continue
            verdict = compare(program(feature, 0), tmp_path / "program", python)
            if verdict.kind is not Kind.SAME:
                wrong.append(f"{feature}\n{verdict.kind.value}: {verdict.reason}\n{verdict.details}")
    assert not wrong, "\n\n".join(wrong)
