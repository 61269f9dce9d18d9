"""Calling the command line in this process."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from pathlib import Path

from zencompile.cli import main


@dataclass
class Answer:
    code: int
    out: str
    err: str


def call(*words: str | Path) -> Answer:
    """Call the command in this process."""
    out, err = io.StringIO(), io.StringIO()
    code = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main([str(word) for word in words])
        except SystemExit as exit_:
            code = exit_.code if isinstance(exit_.code, int) else 0 if exit_.code is None else 1
    assert "Traceback" not in err.getvalue()
    return Answer(code, out.getvalue(), err.getvalue())
