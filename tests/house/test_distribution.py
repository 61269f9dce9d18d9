"""What users install is what is tested: the wheel, with the sources out of reach."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_our_packages_alone(wheel: Path) -> None:
    """Nothing else lands in a user's site-packages, and templates and diagnostic pages are there."""
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert all(top.startswith("zencompile") for top in tops), tops
    assert any(name.endswith("airflow/dag.py.j2") for name in names)
    assert any(name.endswith("pages/ZC0101.md") for name in names)
    assert "zencompile_runtime/__main__.py" in names


def test_the_wheel_compiles_an_example(wheel: Path, tmp_path: Path) -> None:
    """Installed into an empty environment, the command compiles the quickstart for every target."""
    venv.create(tmp_path / "venv", with_pip=False, system_site_packages=False)
    python = tmp_path / "venv" / "bin" / "python"
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", str(python), str(wheel)]
    lock = ["--constraint", str(ROOT / "requirements" / "dev.txt")]
    run = subprocess.run(command + lock, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    source = tmp_path / "run.py"
    source.write_bytes((ROOT / "examples" / "quickstart" / "run.py").read_bytes())
    for target in ("airflow", "kubeflow", "local", "ir"):
        words = [str(python.parent / "zencompile"), "run.py", "--target", target]
        run = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"})
        assert run.returncode == 0, run.stderr
        assert list((tmp_path / "build" / target).iterdir())
