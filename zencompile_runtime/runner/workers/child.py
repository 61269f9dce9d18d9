"""What the process of a step does: set itself up, run the step, send the result, end as an interpreter ends."""

from __future__ import annotations

import faulthandler
import os
import random
import signal
import socket
import sys
from dataclasses import dataclass, field
from typing import Any

from zencompile_runtime import intact
from zencompile_runtime.manifest import Manifest
from zencompile_runtime.names.finder import python_path
from zencompile_runtime.runner.workers import keeper, lineage, wire
from zencompile_runtime.runner.workers.outcomes import UNSENT
from zencompile_runtime.signals import AskedToEnd
from zencompile_runtime.spec import StepSpec
from zencompile_runtime.store import claim


@dataclass
class Request:
    """A step to run. `variables` are set in its process; `claimed` is the store that the runner has claimed."""

    number: int
    spec: StepSpec
    known: dict[tuple[str, str, int | None], Manifest] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    claimed: str = ""


def run(request: Request, answer: socket.socket, output: int, state: Any = None) -> int:
    """Run the step and send its StepResult on `answer`; what the process ends with. Standard output and error go to
    `output`, input is empty.
    """
    _redirect(output)
    os.environ.update(request.variables)
    if request.claimed:
        os.environ[claim.CLAIMED] = request.claimed
    os.environ["PYTHONPATH"] = python_path(os.environ.get("PYTHONPATH"))
    from zencompile_runtime import signals, timeouts
    from zencompile_runtime.runner.execute import run_step

    intact.keep()
    timeouts.hard = True
    signals.answer(signal.SIGTERM, _end)

    way = os.fstat(answer.fileno())
    result = run_step(request.spec, request.known, state, alone=True)
    intact.restore()
    intact.flush()
    try:
        if not os.path.samestat(os.fstat(answer.fileno()), way):
            return UNSENT
        wire.send(answer, result)
        answer.close()
    except Exception:  # whatever the step did to what sends it: its record is in the store
        return UNSENT
    return 0


def settle() -> None:
    """Undo what a fork inherits and a new interpreter would not have."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    random.seed()
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()


def _end(*_: object) -> None:
    raise AskedToEnd


def _redirect(output: int) -> None:
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(null)
    os.close(output)
    faulthandler.enable()  # where the code was when a signal ends it


def main() -> None:
    """A new interpreter for one step: argument 1 is the descriptor of a socket, on which the request comes, argument 2
    the process that started it.
    """
    lineage.end_with(int(sys.argv[2]))
    answer = socket.socket(fileno=int(sys.argv[1]))
    answer.set_inheritable(False)
    del sys.argv[1:]
    try:
        request, [output] = wire.receive(answer, 1)
    except (EOFError, ConnectionError):
        os._exit(0)  # there is no step for it
    keeper.by_lines()
    status = run(request, answer, output)
    if status:
        intact.leave(status)
