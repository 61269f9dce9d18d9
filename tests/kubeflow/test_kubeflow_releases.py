"""What is compiled loads in the newest release of KFP's SDK and in one that is a year older."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import goldens
import pytest
from test_kubeflow_names import NASTY, compiled

from zencompile.diagnostics import Severity
from zencompile_kubeflow import validate

pytestmark = pytest.mark.kfp
CASES = [case for case in goldens.compile_cases() if "kubeflow" in goldens._toml(case / "case.toml")["targets"]]  # type: ignore[operator]


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    """The golden cases' files as they are compiled now, and some of generated names."""
    found = {}
    for case in CASES:
        for path, text in goldens.compiled(case).items():
            if path.startswith("kubeflow/") and path.endswith(".yaml"):
                found[f"{case.name}-{Path(path).name}"] = text
    for loops in (False, True):
        found[f"nasty-names-{loops}.yaml"] = compiled(list(NASTY), loops=loops).text
    return found


@pytest.mark.parametrize("release", ["kfp_python", "kfp_old_python"])
def test_files_load(release: str, files: dict[str, str], request: pytest.FixtureRequest) -> None:
    python: Any = request.getfixturevalue(release)
    found = [d for d in validate.load(files, str(python)) if d.severity is not Severity.NOTE]
    assert [f"{d.code}: {d.message}" for d in found] == []
    assert len(files) > 5


def test_a_file_that_the_sdk_refuses_is_told(kfp_old_python: Path, files: dict[str, str]) -> None:
    """So that nothing is asked in vain."""
    name, text = next((name, text) for name, text in files.items() if name.startswith("nasty"))
    broken = {name: text.replace("parameterType: NUMBER_INTEGER", "parameterType: NUMBER_INTEGERS", 1)}
    assert "ZC0529" in [d.code for d in validate.load(broken, str(kfp_old_python))]
