"""A project is read through one port: `zencompile.disk`."""

from __future__ import annotations

import ast
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from zencompile.cli import job
from zencompile.cli.session import Session
from zencompile.disk import Disk, LocalDisk, MemoryDisk

ROOT = Path(__file__).resolve().parents[2]

READERS = [
    *sorted((ROOT / "zencompile/frontend").rglob("*.py")),
    *sorted((ROOT / "zencompile/passes").rglob("*.py")),
    *(ROOT / "zencompile" / name for name in ("compiler.py", "configuration.py", "project_files.py", "source.py")),
]
RUNS_THE_PROGRAM = ROOT / "zencompile/frontend/trace"

_METHODS = """
    exists glob is_dir is_file is_symlink iterdir lstat open read_bytes read_text readlink resolve rglob stat walk
"""
METHODS = frozenset(_METHODS.split())
FUNCTIONS = frozenset({"os.listdir", "os.scandir", "os.walk", "os.stat", "os.open", "os.readlink", "tokenize.open"})
"""Methods of `Path`, and functions, that ask the machine's disk. The first are looked for with a receiver that isn't a
disk, nor anything else that this module knows to be none of theirs."""

OTHERS = frozenset({"disk", "ast", "self", "syntax", "paths", "resolver", "wrapper"})


def _calls(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        text = ast.unparse(node.func)
        receiver, _, name = text.rpartition(".")
        if (
            text == "open"
            or text in FUNCTIONS
            or (receiver == "os.path" and name in METHODS)
            or (
                name in METHODS
                and receiver
                and receiver.rpartition(".")[2] not in OTHERS
                and not receiver.startswith("_disk(")
            )
        ):
            yield node.lineno, text


@pytest.mark.parametrize("path", READERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_port_reads_the_project(path: Path) -> None:
    if RUNS_THE_PROGRAM in path.parents:
        pytest.skip("the program is run there, by Python itself")
    assert not list(_calls(path))


def _compiled(root: Path, path: str, target: str, disk: Disk | None) -> dict[str, str]:
    session = Session(path=str(root / path), directory=root, disk=disk or LocalDisk())
    result = job.compile_for(session, target, (), root / "out", root / "build")
    runtime = "runtime/zencompile_runtime/"
    files = result.files.deployed | {p: t for p, t in result.files.build.items() if not p.startswith(runtime)}
    return dict(files)


@pytest.mark.parametrize("target", ["ir", "airflow", "kubeflow", "local"])
@pytest.mark.parametrize("path", ["quickstart/run.py", "churn/pipelines/training.py:churn_training"])
def test_a_project_in_memory_compiles_to_the_same_bytes(path: str, target: str, tmp_path: Path) -> None:
    example, _, entry = path.partition("/")
    source = ROOT / "examples" / example
    on_disk = tmp_path / "project"
    shutil.copytree(source, on_disk, ignore=shutil.ignore_patterns("__pycache__", "build", ".zencompile"))
    files = {path.relative_to(on_disk): path.read_bytes() for path in on_disk.rglob("*") if path.is_file()}
    nowhere = Path("/nowhere/project")
    memory = MemoryDisk({nowhere / path: data for path, data in files.items()})
    assert _compiled(nowhere, entry, target, memory) == _compiled(on_disk, entry, target, None)
    assert not nowhere.exists()
