"""Jobs of Slurm whose runner is gone: each has in its comment who submitted it."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

from zencompile_runtime.runner.remote import slurm_commands

_COMMENT = "zencompile "


def comment(run: str) -> str:
    """The comment of a job that this process submits."""
    own = {"run": run, "host": socket.gethostname(), "pid": os.getpid(), "started": _started(os.getpid())}
    return f"{_COMMENT}{json.dumps(own)}"


def cancel() -> int:
    """End what runners of this machine left in the queue when they died; how many jobs. Raises Fault."""
    left = [id for id, comment in slurm_commands.of_runners().items() if _is_left(comment)]
    slurm_commands.cancel(left)
    return len(left)


def _is_left(comment: str) -> bool:
    """Whether a job is of a runner of this machine that is gone."""
    if not comment.startswith(_COMMENT):
        return False
    try:
        own = json.loads(comment.removeprefix(_COMMENT))
        return bool(own["host"] == socket.gethostname() and _started(own["pid"]) != own["started"])
    except (ValueError, KeyError, TypeError):
        return False


def _started(pid: int) -> str:
    """What tells a process from a later one of the same number; nothing if it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
        return text.rpartition(")")[2].split()[19]
    except OSError:
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        pass
    return "here"
