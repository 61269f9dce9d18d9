"""Our files and folders among the system's temporary ones: their names begin with who made them.

They go with their process. What one that was killed leaves there, the next run removes (`sweep`).
"""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

from zencompile_runtime.own import os
from zencompile_runtime.store import leases

OURS = "zencompile-"


def prefix() -> str:
    """How the names of what this process makes begin."""
    return f"{OURS}{leases.writer()}-"


def folder() -> Path:
    """A new folder, which goes when this process ends; those that it forks leave it alone."""
    import atexit
    import tempfile

    made = Path(tempfile.mkdtemp(prefix=prefix()))
    atexit.register(_remove, made, os.getpid())
    return made


def _remove(made: Path, maker: int) -> None:
    if os.getpid() == maker:
        shutil.rmtree(made, ignore_errors=True)


def sweep() -> int:
    """Remove what processes left that have ended; how many files and folders that were."""
    import tempfile

    place = Path(tempfile.gettempdir())
    count = 0
    for name in os.listdir(place):
        if name.startswith(OURS) and leases.has_ended(name.removeprefix(OURS)):
            left = place / name
            with contextlib.suppress(OSError):
                shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()
                count += 1
    return count
