"""The compiler can be installed beside any Airflow: what it requires fits what Airflow's constraints pin."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from availability import unavailable
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[2]
RELEASES: dict[str, Any] = tomllib.loads((Path(__file__).parent / "airflow_constraints.toml").read_text())
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.mark.parametrize("release", RELEASES)
def test_what_it_requires_allows_what_airflow_pins(release: str) -> None:
    pinned = dict(line.split("==") for line in RELEASES[release]["pins"])
    for text in PROJECT["dependencies"]:
        required = Requirement(text)
        version = pinned.get(canonicalize_name(required.name))
        assert version is None or required.specifier.contains(version), (text, version)


def test_it_resolves_under_the_constraints_of_each_airflow(tmp_path: Path) -> None:
    """With all that is required in turn, as an installer sees it."""
    index = resolve("click", tmp_path / "none.txt", "")
    if index.returncode:
        unavailable(f"no index of packages can be asked: {index.stderr.strip()[-300:]}")
    for release, constraints in RELEASES.items():
        done = resolve("\n".join(PROJECT["dependencies"]), tmp_path / f"{release}.txt", "\n".join(constraints["pins"]))
        assert done.returncode == 0, f"Airflow {release}: {done.stderr}"


def resolve(wanted: str, constraints: Path, pins: str) -> subprocess.CompletedProcess[str]:
    constraints.write_text(pins)
    command = [
        sys.executable,
        "-m",
        "uv",
        "pip",
        "compile",
        "--quiet",
        "--python-version",
        "3.11",
        "-c",
        str(constraints),
    ]
    return subprocess.run([*command, "-"], input=wanted, capture_output=True, text=True, check=False)


BLOCKED = ("docker", "fsspec", "google", "kfp", "libcst", "markdown_it", "sqlalchemy", "yaml._yaml")


def test_compiling_to_airflow_imports_nothing_of_the_extras(tmp_path: Path) -> None:
    """Not even where there is a way without: the import fails, and nobody notices."""
    code = (
        "import sys\n"
        "class Blocked:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name.split('.')[0] in {BLOCKED!r}:\n"
        "            asked.append(name)\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "asked = []\n"
        "sys.meta_path.insert(0, Blocked())\n"
        "import zencompile\n"
        "from zencompile import api, pipeline, step\n"
        "files = api.compile(sys.argv[1], 'airflow', output=sys.argv[2], build_dir=sys.argv[3])\n"
        "print(len(files), asked)\n"
    )
    source = ROOT / "examples" / "churn" / "run.py"
    command = [sys.executable, "-c", code, f"{source}:churn_training", str(tmp_path / "dags"), str(tmp_path / "build")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.strip().endswith(" []"), done.stdout
