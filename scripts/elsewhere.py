"""Hold the golden files against other Pythons and other versions of the compiler's dependencies.

    python3 scripts/elsewhere.py [VERSION …]    such as 3.10 3.13; without any, all that this machine has

Each Python gets two environments: one with the oldest releases that `pyproject.toml` allows, one with the newest. What
the compiler writes must be the same to the byte in all of them. They are made below `~/.cache/zencompile/elsewhere`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from environment import ROOT, ensure, say

FOLDER = Path.home() / ".cache" / "zencompile" / "elsewhere"
VERSIONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
RESOLUTIONS = ("lowest-direct", "highest")


def interpreter(version: str) -> str | None:
    """A Python of this version: one in the search path or of pyenv."""
    found = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python"))
    return str(found[-1]) if found else shutil.which(f"python{version}")


def environment(uv: Path, version: str, resolution: str) -> Path:
    """The interpreter of a new environment with the compiler and what it needs, in the releases of `resolution`."""
    folder = FOLDER / f"{version}-{resolution}"
    python = folder / "bin" / "python"
    base = interpreter(version)
    assert base is not None
    subprocess.run([uv, "venv", "--quiet", "--clear", "--python", base, folder], check=True)
    install = [uv, "pip", "install", "--quiet", "--python", python, "--resolution", resolution, "-e", f"{ROOT}[all]"]
    subprocess.run(install, check=True)
    return python


def differences(python: Path) -> str:
    """What `python` compiles otherwise than the golden files say; empty if nothing."""
    command = [python, ROOT / "tests" / "goldens.py", "--only", "compile"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ, PYTHONPATH=""))
    return "" if done.returncode == 0 else done.stdout + done.stderr


def rows(uv: Path, versions: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """A name for each environment, and what differs there."""
    for version in versions:
        if interpreter(version) is None:
            say(f"there is no Python {version} here")
            continue
        for resolution in RESOLUTIONS:
            yield f"Python {version}, {resolution}", differences(environment(uv, version, resolution))


def main() -> int:
    uv = ensure().parent / "uv"
    failed = 0
    for name, found in rows(uv, tuple(sys.argv[1:]) or VERSIONS):
        say(f"{name}: {'every golden file is equal' if not found else found.rstrip()}")
        failed += bool(found)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
