"""Starting the interpreters in which keepers, servers and spawners run.

That takes as long as the rest of the runner does to be imported, so it is done before that where a server will be
needed for certain: this module imports little. What was started waits for the word to begin, which comes with the
run's lock.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from zencompile_runtime.errors import InfrastructureFault

# Our own imports are not for files of the project to answer.
_APART = "import sys; sys.path[:] = filter(None, sys.path); "
_KEEPER = f"{_APART}from zencompile_runtime.runner.workers.keeper import main; main({{kind!r}})"


@dataclass
class Begun:
    """A keeper that starts: its process, our end of its control socket, and where what it prints is read."""

    process: subprocess.Popen[bytes]
    control: socket.socket
    output: int

    def drop(self) -> None:
        """End it: nothing was asked of it."""
        self.process.kill()
        self.process.wait()
        self.control.close()
        os.close(self.output)


_ahead: dict[Path, Begun] = {}


def ahead(project: Path) -> None:
    """Start the server of a project now; whoever asks for one without variables of its own gets it."""
    if project not in _ahead:
        _ahead[project] = _started(project, {}, "fork")


def drop() -> None:
    """End what was started ahead and nobody asked for."""
    while _ahead:
        _ahead.popitem()[1].drop()


def server(project: Path, variables: Mapping[str, str], isolation: str) -> Begun:
    """Start a server, or the spawner of new interpreters, with these variables of the environment.

    Raises InfrastructureFault.
    """
    begun = _ahead.pop(project, None) if not variables and isolation == "fork" else None
    return begun or _started(project, variables, isolation)


def _started(project: Path, variables: Mapping[str, str], kind: str) -> Begun:
    ours, theirs = socket.socketpair()
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    try:
        process = subprocess.Popen(
            [sys.executable, "-c", _KEEPER.format(kind=kind), str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env=_environment(project, variables),
            cwd=project,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=writer,
            stderr=writer,
        )
    except OSError as error:
        ours.close()
        os.close(reader)
        raise InfrastructureFault(f"can't start {sys.executable} in {project}: {error.strerror}") from error
    finally:
        theirs.close()
        os.close(writer)
    return Begun(process, ours, reader)


def _environment(project: Path, variables: Mapping[str, str]) -> dict[str, str]:
    runtime = str(Path(__file__).resolve().parents[3])
    path = [runtime, *filter(None, [os.environ.get("PYTHONPATH")])]
    fixed = {"PYTHONHASHSEED": "0", "PYTHONPATH": os.pathsep.join(path), "ZENCOMPILE_PROJECT": str(project)}
    return {**os.environ, **fixed, **variables}
