"""The same source gives the same bytes, whatever the machine looks like."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def compile_(source: Path, directory: Path, target: str, seed: str, arguments: list[str]) -> dict[str, bytes]:
    """Compile `source` from `directory` with a hash seed; the files by path."""
    out = source.parent / "_out"
    shutil.rmtree(out, ignore_errors=True)
    environment = os.environ | {
        "PYTHONHASHSEED": seed,
        "PYTHONPATH": ":".join(str(ROOT / p) for p in ("", "backends", "templates")),
        "TZ": "Pacific/Auckland" if seed == "2" else "UTC",
        "USER": f"user{seed}",
    }
    words = [
        os.path.relpath(source, directory),
        "--target",
        target,
        "-o",
        str(out / "dags"),
        "--build-dir",
        str(out / "build"),
    ]
    command = [sys.executable, "-c", "from zencompile.cli import main; main()", *words, "--", *arguments]
    run = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file()}


@pytest.mark.parametrize("target", ["airflow", "kubeflow", "local"])
def test_bytes_depend_on_nothing_but_the_source(target: str, tmp_path: Path) -> None:
    """Hash seed, working directory, machine path, time zone and user change nothing."""
    first, second = tmp_path / "a" / "churn", tmp_path / "somewhere" / "else" / "deeper" / "churn"
    ignore = shutil.ignore_patterns("_out", "__pycache__", ".zencompile")
    for place in (first, second):
        shutil.copytree(ROOT / "examples" / "churn", place, ignore=ignore)
    one = compile_(first / "run.py", first, target, "1", ["--train"])
    two = compile_(second / "run.py", second.parent.parent, target, "2", ["--train"])
    assert one == two
    assert len(one) > 5
