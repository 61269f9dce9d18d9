"""What users install is what is tested: the wheel, with the sources out of reach."""

from __future__ import annotations

import re
import subprocess
import sys
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from zencompile.extras import EXTRAS

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements" / "dev.txt"


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


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel, without extras; of what it requires, the oldest that it allows."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=False, system_site_packages=False)
    found = folder / "bin" / "python"
    if sys.version_info < (3, 13):  # there are no wheels of the oldest for newer Pythons
        install(found, str(wheel), "--resolution", "lowest-direct")
    else:
        install(found, str(wheel), "--constraint", str(LOCK))
    return found


@pytest.fixture
def call(python: Path, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """The command in that environment, in a folder with the quickstart."""
    (tmp_path / "run.py").write_bytes((ROOT / "examples" / "quickstart" / "run.py").read_bytes())

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        command = [str(python.parent / "zencompile"), *words]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"})

    return call


def install(python: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", str(python), *arguments]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def test_the_wheel_compiles_with_the_oldest_that_it_allows(call: Any, tmp_path: Path) -> None:
    """The bytes are those that the newest give."""
    from zencompile import api

    for target in ("airflow", "local", "ir"):
        run = call("run.py", "--target", target)
        assert run.returncode == 0, run.stderr
        files = api.compile(
            tmp_path / "run.py", target, output=tmp_path / "build" / target, build_dir=tmp_path / "build", write=False
        )
        assert all(place.read_text() == text for place, text in files.items())


def test_what_needs_an_extra_says_which(call: Any, tmp_path: Path) -> None:
    compiled = call("run.py", "--target", "kubeflow")
    assert (
        compiled.returncode == 1 and "error[ZC0570]: compiling to Kubeflow needs `googleapis-common" in compiled.stderr
    )
    assert "pip install 'zencompile[kubeflow]'" in compiled.stderr
    assert "ZC0570" in call("list", ".").stdout
    assert call("run.py", "--target", "local").returncode == 0
    (tmp_path / "store").mkdir()
    for command in (["runs", "list"], ["report"], ["artifact", "show", "fit"], ["cache", "why", "fit"]):
        run = call(*command, "--store", "store")
        assert run.returncode == 1 and "zencompile[results]" in run.stderr, (command, run.stderr)
    assert "zencompile[stores]" in call("runs", "list", "--store", "s3://bucket/store").stderr
    run = call("build", "build")
    assert run.returncode == 1 and "zencompile[docker]" in run.stderr, run.stderr


def test_extras_make_it_whole(call: Any, python: Path, wheel: Path) -> None:
    install(python, f"{wheel}[all]", "--constraint", str(LOCK))
    run = call("run.py", "--target", "kubeflow")
    assert run.returncode == 0, run.stderr


def test_the_compiler_knows_the_extras_as_packaging_has_them() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    for extra, distributions in EXTRAS.items():
        for name, oldest in distributions.items():
            assert re.search(rf'^{extra} = \[[^]]*"{name}>={re.escape(oldest)}"', text, re.MULTILINE), (extra, name)
