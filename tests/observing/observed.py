"""Run programs, each in a process of its own, and say what was seen of them: JSON from the input to the output.

A program is a project's files, of which `run.py` has the function `go`. Where it has `before`, that is called unseen.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any


def main() -> None:
    programs = json.load(sys.stdin)
    sys.path.insert(0, programs["root"])
    from zencompile_runtime import importing, observing  # noqa: F401 (loaded before the processes are forked)

    observing.prepare()
    found = []
    for program in programs["programs"]:
        folder = Path(program["folder"])
        answer = folder.parent / f"{folder.name}.seen"
        pid = os.fork()
        if pid == 0:
            try:
                answer.write_text(json.dumps(_observe(folder, program)))
            except BaseException:
                answer.write_text(json.dumps({"failed": traceback.format_exc()}))
            finally:
                sys.stdout.flush()
                os._exit(0)
        os.waitpid(pid, 0)
        found.append(json.loads(answer.read_text()))
    json.dump(found, sys.__stdout__)


def _observe(folder: Path, program: dict[str, Any]) -> dict[str, Any]:
    from zencompile_runtime import importing, observing
    from zencompile_runtime.names.finder import python_path

    sys.stdout = sys.stderr
    os.chdir(folder)
    os.environ.update(program["variables"])
    os.environ["ZENCOMPILE_PROJECT"] = str(folder)
    os.environ["PYTHONPATH"] = python_path(os.environ.get("PYTHONPATH"))
    with importing.pinned():
        importing.prepare()
        sys.path[:0] = program["path"]
        observing.begin(str(folder), (str(folder / "store"),))
        importlib.import_module("run").go()
        return observing.end().to_json()


if __name__ == "__main__":
    main()
