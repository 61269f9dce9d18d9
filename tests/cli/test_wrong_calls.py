"""The diagnostics of a call, of its files and of the project's configuration: one each, and nothing is written."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from calling import call

GOOD = "from zenml import pipeline, step\n\n@step\ndef load() -> int: ...\n\n@pipeline\ndef small():\n    load()\n"
TO_LOCAL = ("--target", "local")


@pytest.mark.parametrize(
    ("words", "pyproject", "code", "exit_code"),
    [
        (("rnu.py", *TO_LOCAL), "", "ZC0001", 2),
        (("run.py", *TO_LOCAL, "--config", "prod.yaml"), "", "ZC0001", 2),
        ((".", *TO_LOCAL), "", "ZC0002", 2),
        (("model.bin", *TO_LOCAL), "", "ZC0002", 1),
        (("run.py:smal", *TO_LOCAL), "", "ZC0005", 1),
        (("run.py", "--target", "airlfow"), "", "ZC0007", 2),
        (("run.py",), "", "ZC0007", 2),
        (("run.py", "--target", "airflow", "--set", "airflow.operator=dokcer"), "", "ZC0008", 2),
        (("run.py", *TO_LOCAL, "--set", "lokal.jobs=2"), "", "ZC0007", 2),
        (("run.py", "--target", "kubeflow"), "[tool.zencompile.kubeflow]\nserver = 2.20\n", "ZC0008", 2),
        (("run.py", *TO_LOCAL), "[tool.zencompile]\npython = 3.12\n", "ZC0302", 2),
        (("run.py", *TO_LOCAL, "--print-after", "cashing"), "", "ZC0008", 2),
        (("run.py", *TO_LOCAL), "[tool.zencompile]\ntarget = airflow\n", "ZC0301", 2),
        (("run.py", *TO_LOCAL), "[tool.zencompile]\noperator = 'docker'\n", "ZC0302", 2),
        (("run.py", *TO_LOCAL, "--profile", "prd"), "[tool.zencompile]\n", "ZC0303", 2),
    ],
)
def test_a_wrong_call_has_one_diagnostic(
    words: tuple[str, ...],
    pyproject: str,
    code: str,
    exit_code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Exit code 2 where the call or the configuration is wrong, 1 where the program is."""
    (tmp_path / "run.py").write_text(GOOD)
    (tmp_path / "model.bin").write_bytes(b"\x93NUMPY\x01\x00\xff\xfe")
    if pyproject:
        (tmp_path / "pyproject.toml").write_text(pyproject)
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    answer = call(*words)
    assert re.findall(r"^(?:error|warning)\[(\w+)\]", answer.err, re.MULTILINE) == [code]
    assert answer.code == exit_code
    assert "Traceback" not in answer.err
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("target", ["airflow", "kubeflow", "local"])
def test_pipelines_of_one_file_name_are_told_apart(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`a b` and `a_b` would overwrite each other's file."""
    source = GOOD.replace("@pipeline\n", '@pipeline(name="a b")\n')
    source += '\n@pipeline(name="a_b")\ndef other():\n    load()\n    load()\n'
    source += '\nimport sys\nif __name__ == "__main__" and sys.argv[1]:\n    small()\n    other()\n'
    (tmp_path / "run.py").write_text(source)
    monkeypatch.chdir(tmp_path)
    answer = call("run.py", "--target", target, "--", "both")
    assert answer.code == 1 and answer.err.count("error[") == 1, answer.err
    assert "error[ZC0019]: the pipelines `a b` and `a_b` are both compiled to" in answer.err
    assert not (tmp_path / "build").exists()


@pytest.mark.parametrize("where", ["click", "zencompile.cli.list_command", "zencompile.frontend"])
def test_ctrl_c_is_no_failed_compilation(where: str, tmp_path: Path) -> None:
    """However early it comes: while the command is loaded, or while it works."""
    (tmp_path / "run.py").write_text(GOOD)
    program = (
        "import sys\n"
        "from zencompile.cli import main\n"
        "class Interrupting:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {where!r}:\n"
        "            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupting())\n"
        "main()\n"
    )
    words = [sys.executable, "-c", program, "list", "run.py"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr in ("", "interrupted\n")
