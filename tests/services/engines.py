"""Environments of the engines that generated files are checked against.

    python tests/services/engines.py airflow3 airflow2      builds what is missing, prints each interpreter's path

Each engine has an environment of its own: Airflow and KFP pin what the compiler must not depend on. They live outside
the repository, in `$ZENCOMPILE_ENGINES` or the user's cache folder, under a name that holds the digest of their pins:
a changed pin builds a new one, and an old checkout finds its own. `<engine>.in` says what is wanted, `<engine>.txt` is
all of it, locked for every supported Python; the first lines of the latter tell the command that makes it.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
ENGINES = ("airflow2", "airflow3", "executors", "kfp", "kfp_old", "vertex", "zenml")
PYTHONS = ("3.11", "3.12")  # what all the engines support; in the order of preference


class Unavailable(RuntimeError):
    """An engine or a service can't be had on this machine; the message is a plain reason."""


def interpreter(engine: str) -> Path:
    """The Python of `engine`'s environment, built first where it is missing.

    Raises `Unavailable` if no suitable Python is installed or the packages can't be fetched.
    """
    pins = HERE / f"{engine}.txt"
    digest = hashlib.sha256(pins.read_bytes()).hexdigest()[:12]
    home = cache() / "engines" / f"{engine}-{digest}"
    python = home / "bin" / "python"
    with locked(home.with_name(home.name + ".lock")):
        complete = home / "complete"
        if not complete.exists():
            say(f"building the environment of {engine} in {home}")
            shutil.rmtree(home, ignore_errors=True)
            build(home, pins)
            complete.touch()
    return python


def cache() -> Path:
    """The folder for what tests keep between runs."""
    given = os.environ.get("ZENCOMPILE_ENGINES")
    if given:
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "zencompile"


def build(home: Path, pins: Path) -> None:
    """Create an environment at `home` and install `pins` in it: with uv where there is one, else with venv and pip."""
    uv = find_uv()
    python = str(home / "bin" / "python")
    if uv:
        run(*uv, "venv", "--quiet", "--python", find_python() or PYTHONS[0], str(home))
        run(*uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python, "--requirement", str(pins))
        return
    found = find_python()
    if found is None:
        raise Unavailable(f"{pins.stem} needs Python {' or '.join(PYTHONS)}, and neither it nor uv is installed")
    run(found, "-m", "venv", str(home))
    run(python, "-m", "pip", "install", "--quiet", "--requirement", str(pins))


def find_uv() -> tuple[str, ...] | None:
    """The command that runs uv, if there is one."""
    for command in ((sys.executable, "-m", "uv"), (shutil.which("uv") or "",)):
        if command[0] and subprocess.run([*command, "--version"], capture_output=True, check=False).returncode == 0:
            return command
    return None


def find_python() -> str | None:
    """A Python that every engine supports: the running one if it will do, else one on the path."""
    if f"{sys.version_info[0]}.{sys.version_info[1]}" in PYTHONS:
        return sys.executable
    for version in PYTHONS:
        found = shutil.which(f"python{version}")
        if found and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0:
            return found
    return None


def run(*command: str) -> None:
    """Run a command; its failure is a reason why something is unavailable."""
    done = subprocess.run(command, stdout=sys.stderr, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise Unavailable(f"`{' '.join(command)}` failed:\n{done.stderr.strip()[-2000:]}")


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file at `path`, so that of two test runs only one builds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(arguments: list[str]) -> int:
    unknown = [name for name in arguments if name not in ENGINES]
    if unknown:
        say(f"no such engine: {', '.join(unknown)} (there are {', '.join(ENGINES)})")
        return 2
    try:
        for engine in arguments or ENGINES:
            print(interpreter(engine))
    except Unavailable as problem:
        say(str(problem))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
