"""Runs the steps of a stand-in's run as forks of one process that has imported the runtime: short steps, soon done.

    with Forks(root) as forks:
        stand_in.run(documents, folder / "outputs", forks.worker(folder))

`python stand_in_forks.py` is that process: a request a line, the exit code as the answer.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

SCRIPT = Path(__file__).resolve()


class Forks:
    """The process; `root` is where the runtime is imported from, `log` what steps write to."""

    def __init__(self, root: Path, log: Path) -> None:
        self.log = log
        environment = {**os.environ, "PYTHONPATH": str(root)}
        self.process = subprocess.Popen(
            [sys.executable, str(SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def __enter__(self) -> Forks:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()

    def worker(self, folder: Path, **variables: str) -> Any:
        """What runs a pod's command in this folder, whose modules it imports."""

        def work(pod: Any) -> int:
            assert pod.command[:3] == ["python", "-m", "zencompile_runtime"], pod.command
            request = {
                "arguments": pod.command[3:],
                "variables": {**pod.variables, **variables, "PYTHONPATH": str(folder)},
                "folder": str(folder),
                "log": str(self.log),
            }
            assert self.process.stdin is not None
            assert self.process.stdout is not None
            print(json.dumps(request), file=self.process.stdin, flush=True)
            return int(self.process.stdout.readline())

        return work


def _serve() -> None:
    from zencompile_runtime import __main__ as command
    from zencompile_runtime import computing, kubeflow, step  # noqa: F401

    for line in sys.stdin:
        child = os.fork()
        if not child:
            os._exit(_step(json.loads(line), command))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _step(request: Mapping[str, Any], command: Any) -> int:
    """Do what a new process would do, as far as the step can tell."""
    os.chdir(request["folder"])
    sys.path[0] = request["folder"]
    os.environ.update(request["variables"])
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for number in (1, 2):
        os.dup2(log, number)
    try:
        return int(command.main(request["arguments"]))
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


if __name__ == "__main__":
    _serve()
