"""An SDK is asked about files in a process of its own: the Python that has it, in a clean environment."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zencompile.diagnostics import Diagnostic

_KEPT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LANG", "LC_ALL")
_LONGEST = 600  # seconds


class Unanswered(Exception):
    """The SDK said nothing; `diagnostic` says why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


@dataclass(frozen=True)
class Sdk:
    """An SDK by its name in messages, and the code of what is wrong with a file."""

    name: str
    code: str

    def ask(self, command: Sequence[str], folder: str) -> Mapping[str, str]:
        """What a program says, whose last line is JSON: path → error. It runs in `folder`. Raises `Unanswered`."""
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ} | {"HOME": folder}
        try:
            done = subprocess.run(
                command, env=environment, cwd=folder, capture_output=True, text=True, timeout=_LONGEST, check=False
            )
        except OSError as error:
            raise self._unanswered(f"the Python {command[0]} can't be run: {error.strerror}") from None
        except subprocess.TimeoutExpired:
            said = f"{self.name} has not come to an end in {_LONGEST} seconds"
            raise Unanswered(Diagnostic(self.code, said)) from None
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise self._unanswered(f"{self.name} can't be asked: {last}", f"asked: {command[0]}")
        found: Mapping[str, str] = json.loads(done.stdout.splitlines()[-1])
        return found

    @staticmethod
    def _unanswered(message: str, *notes: str) -> Unanswered:
        return Unanswered(Diagnostic("ZC0021", message, notes=notes))
