"""The project's own virtual environment: made once, and again when the pins change."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements" / "dev.txt"
OLDEST = (3, 10)


def say(text: str) -> None:
    """Tell what happens, at once."""
    print(f"[zencompile] {text}", flush=True)


def run(*command: str | Path, **environment: str) -> None:
    """Run a command from the project's root, shown first; its failure is ours."""
    say(" ".join(str(word) for word in command))
    code = subprocess.call([str(word) for word in command], cwd=ROOT, env=os.environ | environment)
    if code:
        sys.exit(code)


def ensure(minimal: bool = False) -> Path:
    """The interpreter of the environment, which is made or updated first.

    A `minimal` environment holds the compiler, with what Kubeflow takes, and what the examples import; else all that
    the tests need.
    """
    if sys.version_info < OLDEST:
        sys.exit(f"zencompile needs Python {OLDEST[0]}.{OLDEST[1]} or newer; this is {sys.version.split()[0]}")
    folder = ROOT / ".venv-quickstart" if minimal else VENV
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pins = ROOT / "examples" / "quickstart" / "requirements.txt" if minimal else LOCK
    state = hashlib.sha256(
        b"\0".join([pins.read_bytes(), (ROOT / "pyproject.toml").read_bytes(), sys.version.encode()])
    ).hexdigest()
    marker = folder / ".zencompile-pins"
    if python.exists() and marker.exists() and marker.read_text() == state:
        say(f"{folder.name} is up to date")
        return python
    say(f"making {folder.name} with Python {sys.version.split()[0]}")
    venv.create(folder, with_pip=True, clear=True)
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"uv=={_uv()}")
    install = [python, "-m", "uv", "pip", "install", "--quiet", "--python", python]
    own = f"{ROOT}[kubeflow]" if minimal else f"{ROOT}[all]"
    run(*install, "-r", pins, "-e", own, "--compile-bytecode", "--constraint", LOCK)
    marker.write_text(state)
    return python


def _uv() -> str:
    """The pinned version of the installer."""
    for line in LOCK.read_text().splitlines():
        name, _, version = line.partition("==")
        if name == "uv":
            return version.split()[0]
    raise SystemExit(f"{LOCK} does not pin uv")
