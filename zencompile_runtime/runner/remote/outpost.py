"""What happens inside an engine's worker. It is sent there as text and made a module, so it knows the standard library
alone, and the engine whose worker it is in.

A worker keeps one station a run: a process that runs the steps, see `station`. Each step has a socket of its own to it.

    to the station      the request (its length, then its bytes), then `c` to end the step, once more to end it at once
    from the station    `o` and output, `r` and the answer; each with its length
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

Place = Any  # a dictionary of plain data: see `client.Remote.place`
Answer = tuple[Any, ...]

POLL = 0.5  # seconds between two looks at whether somebody still waits for the step
FLUSH = 0.25  # seconds that output waits for more of it
PIECE = 1 << 16  # bytes of output that are sent at once
STARTED = 120  # seconds that a station may take to say that it is ready
_FRAME = struct.Struct("!cI")
_LENGTH = struct.Struct("!I")

_lock = threading.Lock()
_stations: dict[str, tuple[subprocess.Popen[bytes], socket.socket]] = {}  # by run: its process and the socket to it
_running: dict[tuple[str, str], socket.socket] = {}  # by run and step: the socket to its process


class Refused(Exception):
    """The worker can't run steps of this run: an answer that says why."""

    def __init__(self, *answer: Any) -> None:
        super().__init__(answer)
        self.answer: Answer = answer


def run(
    place: Place,
    name: str,
    request: bytes,
    variables: dict[str, str] | None = None,
    alive: Callable[[], bool] = lambda: True,
    emit: Callable[[bytes], None] | None = None,
) -> Answer:
    """Run a step here; its answer, a tuple whose first element says what it is.

    ("result", bytes, output) is what the station says, ("fault", kind, message, help) what is missing here, ("lost",
    status) that the station ended, ("released",) that nobody waits for the step any more.
    """
    key = place["run"], name
    try:
        connection = _connect(place, request, variables or {})
    except Refused as refused:
        return refused.answer
    with connection:
        _running[key] = connection
        try:
            return _follow(place, connection, alive, emit)
        finally:
            _running.pop(key, None)


def cancel(run: str, names: list[str]) -> None:
    """Ask steps to end; those that were asked before are ended at once."""
    for name in names:
        connection = _running.get((run, name))
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.send(b"c")


def close(run: str) -> None:
    """End the station of a run, and with it what it still runs."""
    with _lock:
        station = _stations.pop(run, None)
    if station is not None:
        station[1].close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            station[0].wait(10)


# -- one step ----------------------------------------------------------------------------------------------------------


def _follow(
    place: Place, connection: socket.socket, alive: Callable[[], bool], emit: Callable[[bytes], None] | None
) -> Answer:
    """Hand on what a step's process says, up to its answer."""
    buffer, output, since = bytearray(), bytearray(), time.monotonic()
    while True:
        readable, _, _ = select.select([connection], [], [], FLUSH if output and emit else POLL)
        if not readable and not alive():
            return ("released",)
        if readable:
            data = _receive(connection)
            if not data:
                return ("lost", _status(place["run"]))
            buffer += data
        answer = _frames(buffer, output)
        if answer is not None:
            return ("result", answer, bytes(output))
        now = time.monotonic()
        if emit and output and (len(output) >= PIECE or now - since >= FLUSH):
            while output:
                emit(bytes(output[:PIECE]))
                del output[:PIECE]
            since = now


def _receive(connection: socket.socket) -> bytes:
    try:
        return connection.recv(1 << 18)
    except OSError:
        return b""


def _frames(buffer: bytearray, output: bytearray) -> bytes | None:
    """Take whole frames off the buffer; the answer, if it is among them."""
    while len(buffer) >= _FRAME.size:
        kind, length = _FRAME.unpack_from(buffer)
        end = _FRAME.size + length
        if len(buffer) < end:
            return None
        data = bytes(buffer[_FRAME.size : end])
        del buffer[:end]
        if kind == b"r":
            return data
        output += data
    return None


def _status(run: str) -> int | None:
    with _lock:
        station = _stations.pop(run, None)
    if station is None:
        return None
    station[1].close()
    try:
        return station[0].wait(5)
    except subprocess.TimeoutExpired:
        station[0].kill()
        return station[0].wait()


# -- the station -------------------------------------------------------------------------------------------------------


def _connect(place: Place, request: bytes, variables: dict[str, str]) -> socket.socket:
    """A socket to the process that runs the step; a station that has left meanwhile is replaced."""
    head = json.dumps(variables).encode()
    data = _LENGTH.pack(len(head)) + head + _LENGTH.pack(len(request)) + request
    for attempt in (1, 2):
        ours, theirs = socket.socketpair()
        with theirs, _lock:
            control = _station(place)
            try:
                socket.send_fds(control, [b"s"], [theirs.fileno()])
            except OSError:
                _stations.pop(place["run"])[1].close()
                ours.close()
                continue
        try:
            ours.sendall(data)
            return ours
        except OSError:
            ours.close()
            if attempt == 2:
                break
    raise Refused("lost", _status(place["run"]))


def _station(place: Place) -> socket.socket:
    """The socket to the station of the run, which is started if need be. The lock is held."""
    station = _stations.get(place["run"])
    if station is not None and station[0].poll() is None:
        return station[1]
    for what in ("runtime", "project"):
        if not os.path.isdir(place[what]):  # noqa: PTH112 (the standard library alone, and little of it)
            raise Refused(*_missing(place, what))
    ours, theirs = socket.socketpair()
    with theirs:
        path = os.pathsep.join(filter(None, [place["runtime"], os.environ.get("PYTHONPATH")]))
        process = subprocess.Popen(
            [sys.executable, "-c", place["code"], str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env={**os.environ, **place["variables"], "PYTHONPATH": path},
            cwd=place["project"],
            start_new_session=True,
            stdin=subprocess.DEVNULL,
        )
    _greet(place, ours, process)
    _stations[place["run"]] = process, ours
    return ours


def _greet(place: Place, control: socket.socket, process: subprocess.Popen[bytes]) -> None:
    """Tell the station what it is for, and hear whether it can do it."""
    hello = json.dumps(place["hello"]).encode()
    answer = b""
    control.settimeout(STARTED)
    with contextlib.suppress(OSError):
        control.sendall(_LENGTH.pack(len(hello)) + hello)
        while not answer.endswith(b"\n"):
            part = control.recv(1 << 16)
            if not part:
                break
            answer += part
    control.settimeout(None)
    if not answer.endswith(b"\n"):
        process.kill()
        raise Refused(*_silent(process.wait()))
    said = json.loads(answer)
    if said is not None:
        control.close()
        raise Refused("fault", said["kind"], _here(said["message"]), said["help"])


def _here(message: str) -> str:
    return f"the worker on {socket.gethostname()} {message}"


def _missing(place: Place, what: str) -> Answer:
    names = {"runtime": "runtime, which lies in the build folder", "project": "folder of the project"}
    message = _here(f"doesn't see the {names[what]}: {place[what]}")
    return ("fault", "configuration", message, "put it at this path there, or in a folder that all machines share")


def _silent(status: int) -> Answer:
    message = _here(f"couldn't start {sys.executable} for the steps: it ended with the exit code {status}")
    return ("fault", "infrastructure", message, "its own log says why; steps need Python 3.10 or newer")


# -- in a worker of an engine ------------------------------------------------------------------------------------------


def on_dask(place: Place, name: str, request: bytes, topic: str) -> Answer:
    """A task of Dask: output and the answer go over the topic, for a result would be fetched from here in turn."""
    from distributed import get_worker
    from distributed.worker import thread_state

    worker, key = get_worker(), getattr(thread_state, "key", None)

    def alive() -> bool:
        tasks = getattr(getattr(worker, "state", None), "tasks", None)
        if tasks is None or key is None:
            return True
        task = tasks.get(key)
        return task is not None and str(task.state) in ("executing", "long-running")

    def emit(output: bytes) -> None:
        worker.log_event(topic, {"name": name, "output": output})

    answer = run(place, name, request, alive=alive, emit=emit)
    worker.log_event(topic, {"name": name, "answer": answer})
    return answer


GIVEN_BY_RAY = ("CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS", "NEURON_RT_VISIBLE_CORES", "ROCR_VISIBLE_DEVICES")


def on_ray(place: Place, name: str, request: bytes) -> Iterator[bytes | Answer]:
    """A task of Ray, which makes pieces of output, and the answer at last. Ray ends a task by a KeyboardInterrupt."""
    import queue

    pieces: queue.SimpleQueue[bytes | Answer] = queue.SimpleQueue()
    variables = {one: os.environ[one] for one in GIVEN_BY_RAY if one in os.environ}

    def follow() -> None:
        try:
            pieces.put(run(place, name, request, variables, emit=pieces.put))
        except BaseException as error:
            pieces.put(("fault", "infrastructure", _here(f"failed: {type(error).__name__}: {error}"), ""))

    threading.Thread(target=follow, daemon=True).start()
    while True:
        try:
            piece = pieces.get(timeout=POLL)
        except queue.Empty:
            continue
        except KeyboardInterrupt:
            cancel(place["run"], [name])
            continue
        yield piece
        if isinstance(piece, tuple):
            return
