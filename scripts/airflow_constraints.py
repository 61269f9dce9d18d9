"""What Airflow's constraint files pin of the distributions that we need: `tests/house/airflow_constraints.toml`.

    python scripts/airflow_constraints.py        writes it; needs uv, and an index of packages

Airflow's own files are taken where their host answers. Elsewhere they are made again as Airflow makes them: the newest
versions that the release could be installed with on the day of its release, providers included. `as_of` says which it
was. The distributions are those of our requirements and extras, with all that these require.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import tomllib

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "tests" / "house" / "airflow_constraints.toml"
PYTHON = "3.11"
RELEASES = (
    "2.10.0",
    "2.10.*",
    "2.11.0",
    "2.11.*",
    "3.0.0",
    "3.0.*",
    "3.1.0",
    "3.1.*",
    "3.2.0",
    "3.2.*",
    "3.3.0",
    "3.3.*",
)
PROVIDERS = "amazon,celery,cncf-kubernetes,docker,google"
HOST = "https://raw.githubusercontent.com/apache/airflow/constraints-{release}/constraints-{python}.txt"


def uv(*arguments: str, text: str = "") -> str:
    """The output of uv, given `text` to read."""
    command = [sys.executable, "-m", "uv", *arguments]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


def released(wanted: str) -> tuple[str, str]:
    """The newest release of Airflow that `wanted` means, and its day."""
    with tempfile.TemporaryDirectory() as folder:
        project = f'[project]\nname = "x"\nversion = "0"\nrequires-python = "=={PYTHON}.*"\n'
        Path(folder, "pyproject.toml").write_text(f'{project}dependencies = ["apache-airflow=={wanted}"]\n')
        uv("lock", "--quiet", "--project", folder)
        lock = tomllib.loads(Path(folder, "uv.lock").read_text())
    (airflow,) = (package for package in lock["package"] if package["name"] == "apache-airflow")
    return airflow["version"], airflow["sdist"]["upload-time"][:10]


def constraints(release: str, day: str) -> tuple[str, str]:
    """The constraints of a release, and where they come from."""
    try:
        with urllib.request.urlopen(HOST.format(release=release, python=PYTHON), timeout=20) as answer:
            return "Airflow's own file", answer.read().decode()
    except OSError:
        compile_ = ("pip", "compile", "--quiet", "--no-header", "--no-annotate", "--python-version", PYTHON)
        wanted = f"apache-airflow[{PROVIDERS}]=={release}"
        return f"made again as of {day}", uv(*compile_, "--exclude-newer", f"{day}T23:59:59Z", "-", text=wanted)


def needed() -> set[str]:
    """The distributions that we need, for any extra."""
    compile_ = ("pip", "compile", "--quiet", "--no-header", "--no-annotate", "--python-version", PYTHON)
    text = uv(*compile_, "--all-extras", str(ROOT / "pyproject.toml"))
    return {name for name, _ in pins(text)}


def pins(text: str) -> list[tuple[str, str]]:
    """Names in their normal form, and versions."""
    found = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;]+)", text, re.MULTILINE)
    return sorted((re.sub(r"[-_.]+", "-", name).lower(), version) for name, version in found)


def main() -> None:
    ours = needed()
    lines = ["# Written by `python scripts/airflow_constraints.py`.\n"]
    for wanted in RELEASES:
        release, day = released(wanted)
        origin, text = constraints(release, day)
        chosen = [f'    "{name}=={version}",\n' for name, version in pins(text) if name in ours]
        lines += [f'\n["{release}"]\nas_of = "{origin}"\npins = [\n', *chosen, "]\n"]
        print(release, origin, len(chosen), flush=True)
    PAGE.write_text("".join(lines))


if __name__ == "__main__":
    main()
