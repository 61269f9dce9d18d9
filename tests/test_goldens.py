"""What is compiled, and how bad input is refused, held against files that a person has read."""

from __future__ import annotations

import difflib
from pathlib import Path

import goldens
import pytest


@pytest.mark.parametrize("case", goldens.compile_cases(), ids=lambda case: case.name)
def test_a_case_compiles_to_its_golden_files(case: Path) -> None:
    """Same files, same bytes; a missing file, a file too many and a difference each say how to bless."""
    new, old = goldens.compiled(case), goldens.expected(case)
    assert sorted(new) == sorted(old), f"golden files are missing or orphaned; if that is right: {goldens.BLESS}"
    for name, text in new.items():
        diff = "".join(
            difflib.unified_diff(old[name].splitlines(True), text.splitlines(True), f"golden/{name}", "compiled")
        )
        assert old[name] == text, f"{diff}\nif that is right: {goldens.BLESS}"


@pytest.mark.parametrize("case", goldens.reject_cases(), ids=lambda case: case.stem)
def test_bad_input_is_refused_as_expected(case: Path) -> None:
    """The rendered report equals the golden one, and names the lines that are marked in the input."""
    path = goldens.stderr_of(case)
    assert path.exists(), f"{path.name} is missing; if the report is right: {goldens.BLESS}"
    code, text = goldens.rejected(case)
    assert text == path.read_text("utf-8"), f"if the new report is right: {goldens.BLESS}"
    assert "Traceback" not in text
    assert code == (1 if "error[" in text else 0)
    assert goldens.shown(text) == goldens.marks(case)


def test_there_are_cases_and_no_orphans() -> None:
    """Every expected report has its input, and both examples are golden cases."""
    assert not goldens.orphans(), f"remove them: {goldens.BLESS}"
    assert {"quickstart", "churn_training", "churn_monitoring"} <= {case.name for case in goldens.compile_cases()}
    assert goldens.reject_cases()


def test_every_code_is_shown_by_an_input() -> None:
    """Each diagnostic that a program's source can cause has a golden input that causes it."""
    from zencompile.diagnostics import CODES

    shown = {
        code
        for case in goldens.reject_cases()
        for _, _, code in goldens.shown(goldens.stderr_of(case).read_text("utf-8"))
    }
    shown |= {code for case in goldens.reject_cases() for code in _codes(goldens.stderr_of(case))}
    for case in goldens.compile_cases():
        shown |= _codes(case / "diagnostics.txt")
    missing = set(CODES) - shown - ELSEWHERE
    assert not missing, f"no golden input shows {sorted(missing)}"
    assert set(CODES) >= ELSEWHERE, "codes that are gone"
    assert not ELSEWHERE & shown, "codes that golden inputs do show"


# Codes that no input here can cause, and where a test shows them.
ELSEWHERE = {
    # of a program that calls its pipeline: `tests/cli/test_calling_pipelines.py`
    "ZC0013",
    # links on disk, git, what lies beside the program: `tests/passes/test_project_files.py`, `test_inventory.py`
    "ZC0413",
    "ZC0420",
    "ZC0421",
    "ZC0422",
    "ZC0423",
    "ZC0424",
    # of files that change before they are built: `tests/docker/test_packing.py`
    "ZC0022",
    # of the call, of files and of the machine: `tests/cli/test_wrong_calls.py`, `tests/cli/test_calls.py`
    "ZC0001",
    "ZC0002",
    "ZC0005",
    "ZC0006",
    "ZC0007",
    "ZC0008",
    "ZC0010",
    "ZC0012",
    # of what is deployed already: `tests/cli/test_ownership.py`, `tests/cli/test_validate.py`
    "ZC0019",
    "ZC0020",
    "ZC0021",
    "ZC0571",
    "ZC0572",
    # of what is installed: `tests/house/test_distribution.py`
    "ZC0570",
    "ZC0301",
    "ZC0302",
    "ZC0303",
    # of a pipeline of more than a megabyte: `tests/kubeflow/test_kubeflow_values.py`
    "ZC0582",
    # mistakes of the compiler: `tests/cli`, `tests/ir`, `tests/kubeflow`
    "ZC0009",
    "ZC0401",
    "ZC0529",
    "ZC0590",
    "ZC0591",
    "ZC0594",
    # the front end or the lowering says it first (ZC0227, ZC0217, ZC0226, ZC0231, ZC0311), these are for IR from
    # elsewhere: `tests/ir`, `tests/passes`, `tests/kubeflow`
    "ZC0402",
    "ZC0403",
    "ZC0404",
    "ZC0524",
    "ZC0528",
    # more than this process's stack, statements of a Python that is newer than all of ours: `tests/frontend/evaluator`
    "ZC0103",
    "ZC0106",
    # only where Airflow is installed: `tests/airflow`
    "ZC0516",
    # of the command that writes a step as one module: `tests/frontend/slice`
    "ZC0605",
    # of `--frontend trace`, which runs the program: its own tests
    "ZC0140",
    "ZC0141",
    "ZC0142",
    "ZC0143",
    "ZC0144",
}


def _codes(path: Path) -> set[str]:
    import re

    return set(re.findall(r"\[(ZC\d{4})\]", path.read_text("utf-8"))) if path.exists() else set()


def test_every_code_has_its_page_in_the_documentation() -> None:
    """`docs/diagnostics/` holds what `zencompile explain` shows, each page titled by its code."""
    assert goldens.pages_on_disk() == goldens.pages(), f"if the pages are right: {goldens.BLESS}"
    for name, text in goldens.pages().items():
        assert name == "README.md" or text.startswith(f"# {name[:6]}: ")
