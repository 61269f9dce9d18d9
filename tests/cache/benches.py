"""A project with one step, runs of it in processes forked from this one, and what their entries say is different."""

from __future__ import annotations

import json
import os
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from zencompile_runtime import facts, importing, observing
from zencompile_runtime.dependencies import compare, record
from zencompile_runtime.names.finder import python_path
from zencompile_runtime.spec import StepSpec

PIPELINE = "acme/dependencies"


class Bench:
    """A project whose module `steps` has the function `train`, which the key is said to cover, and nothing else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "project"
        self.folder.mkdir()
        self.spec = StepSpec("steps:train", "train", pipeline=PIPELINE)
        self.widened = False

    def write(self, **texts: str) -> None:
        """Files of the project; two underscores stand for a dot."""
        for name, text in texts.items():
            (self.folder / name.replace("__", ".")).write_text(textwrap.dedent(text))

    @property
    def known(self) -> dict[str, Any]:
        files = [one.name for one in self.folder.glob("*.py")]
        return {"definitions": {"steps:train": "1"}, "files": files, "widened": self.widened}

    def run(self) -> record.Kept:
        """What a run keeps."""

        def observed() -> list[Any]:
            started, around = time.time(), dict(os.environ)
            observing.begin(str(self.folder))
            importing.load("steps:train")()
            seen = observing.end()
            kept = record.record(seen, self.spec, self.known, record.Around(around, (), started))
            return [kept.observed, kept.refused, list(kept.notes)]

        observed_, refused, notes = self._forked(observed)
        return record.Kept(observed_, refused, tuple(notes))

    def difference(self, kept: record.Kept) -> str | None:
        """What of it is different now."""
        return self._forked(lambda: compare.difference(kept.observed, self.spec, self.known, os.environ))

    def _forked(self, work: Callable[[], Any]) -> Any:
        """What some work gives in a process of its own."""
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                os.chdir(self.folder)
                os.environ["ZENCOMPILE_PROJECT"] = str(self.folder)
                os.environ["PYTHONPATH"] = python_path(os.environ.get("PYTHONPATH"))
                importing.prepare()
                facts.give(PIPELINE, {"modules": {"steps.py": {"separate": ["other"]}}})
                text = json.dumps(work())
            except BaseException as error:
                text = json.dumps({"failed": repr(error)})
            os.write(writer, text.encode())
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as stream:
            found = json.load(stream)
        os.waitpid(pid, 0)
        assert not (isinstance(found, dict) and "failed" in found), found
        return found
