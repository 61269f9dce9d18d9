"""The direction of imports is a law; the contracts stand in pyproject.toml."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_import_contracts_hold() -> None:
    """import-linter finds no import against the direction."""
    code = (
        "import sys; sys.path[:0] = ['.', 'backends', 'templates']\n"
        "from importlinter import cli; cli.lint_imports_command()"
    )
    run = subprocess.run([sys.executable, "-c", code, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_runtime_imports_the_standard_library_alone_at_its_top_levels() -> None:
    """Whatever else it needs, it imports inside the function that needs it.

    A materializer's module may import the library that it is for: it is loaded when a type of that turns up.
    """
    wrong = []
    for path in sorted((ROOT / "zencompile_runtime").rglob("*.py")):
        allowed = set(sys.stdlib_module_names) | {"zencompile_runtime"}
        if path.parent.name == "materializers":
            other = {
                "pillow": ["PIL"],
                "huggingface": ["transformers"],
                "frames": ["pandas", "numpy"],
                "frame_equality": ["pandas", "numpy"],
            }
            allowed.update(other.get(path.stem, [path.stem]))
        if path.name == "live.py":  # imported where rich is installed and a terminal looks on
            allowed.add("rich")
        for node in ast.parse(path.read_text("utf-8")).body:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            wrong += [f"{path.name}:{node.lineno} {name}" for name in names if name.partition(".")[0] not in allowed]
    assert not wrong


def test_running_a_step_loads_the_standard_library_alone() -> None:
    """The step command, the runner and every built-in materializer work on a bare Python."""
    code = (
        "import sys, zencompile_runtime.step, zencompile_runtime.execution, zencompile_runtime.runner, "
        "zencompile_runtime.materializers, zencompile_runtime.names.finder\n"
        "known = set(sys.stdlib_module_names) | {'zencompile_runtime', '__main__', 'sitecustomize', 'usercustomize'}\n"
        "print(*sorted({n.partition('.')[0] for n in sys.modules} - known))"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{code}"],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == ""


# Every third-party package that a compilation imports. A new one costs every user on every call.
BASE = "annotated_types click jinja2 markupsafe packaging pydantic pydantic_core typing_extensions typing_inspection"
if sys.version_info < (3, 11):
    BASE += " tomli"
IMPORTED = {"airflow": BASE, "local": BASE, "kubeflow": f"{BASE} google kfp"}
IMPORTED["vertex"] = IMPORTED["kubeflow"]
HEAVY = ("kfp.dsl", "kfp.compiler", "asyncio", "unittest", "ssl", "sqlite3", "multiprocessing", "xml.dom")


@pytest.mark.parametrize("target", IMPORTED)
def test_a_compilation_imports_what_is_listed_and_no_more(target: str, tmp_path: Path) -> None:
    """The packages of the compile path are a fixed, short list: start-up time is the first thing that a user feels."""
    code = (
        "import sys\nfrom zencompile.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit as e:\n    assert not e.code, e.code\n"
        "tops = {n.partition('.')[0] for n in sys.modules} - set(sys.stdlib_module_names)\n"
        "ours = {n for n in tops if n.startswith(('_', 'zencompile')) or n in ('sitecustomize', 'usercustomize')}\n"
        f"print(*sorted(tops - ours), '|', *sorted(n for n in {HEAVY!r} if n in sys.modules))"
    )
    source = ROOT / "examples" / "quickstart" / "run.py"
    words = [str(source), "--target", target, "-o", str(tmp_path / "out"), "--build-dir", str(tmp_path / "build")]
    words += ["--set", "vertex.pipeline_root=gs://bucket/runs"] if target == "vertex" else []
    path = {"PYTHONPATH": ":".join(str(ROOT / p) for p in ("", "backends", "templates"))}
    command = [sys.executable, "-c", code, *words]
    run = subprocess.run(command, capture_output=True, text=True, env=os.environ | path, cwd=ROOT)
    assert run.returncode == 0, run.stderr
    found, _, heavy = run.stdout.strip().splitlines()[-1].partition("|")
    assert set(found.split()) <= set(IMPORTED[target].split())
    assert not heavy.strip()
