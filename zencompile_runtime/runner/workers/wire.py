"""Messages between the runner and its processes: a length, then a pickle. Both ends are the same program."""

from __future__ import annotations

import os
import pickle
import socket
import struct
from collections.abc import Sequence
from typing import Any

_HEADER = struct.Struct("!I")


def send(connection: socket.socket, message: object, descriptors: Sequence[int] = ()) -> None:
    """Send one message, and copies of file descriptors with it."""
    data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    data = _HEADER.pack(len(data)) + data
    if descriptors:
        sent = socket.send_fds(connection, [data], descriptors)
        data = data[sent:]
    if data:
        connection.sendall(data)


def receive(connection: socket.socket, descriptors: int = 0) -> tuple[Any, list[int]]:
    """One message and at most so many file descriptors; EOFError when the other end is gone."""
    found: list[int] = []
    header = b""
    while len(header) < _HEADER.size:
        part, received, _, _ = socket.recv_fds(connection, _HEADER.size - len(header), descriptors)
        found += received
        if not part:
            raise EOFError
        header += part
    return pickle.loads(_exactly(connection, _HEADER.unpack(header)[0])), found


def _exactly(connection: socket.socket, size: int) -> bytearray:
    data = bytearray(size)
    view = memoryview(data)
    while view:
        count = connection.recv_into(view)
        if not count:
            raise EOFError
        view = view[count:]
    return data


def pending(connection: socket.socket) -> bool:
    """Whether there is something to read; never waits."""
    try:
        return bool(connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
    except (BlockingIOError, ConnectionError):
        return False


class Inbox:
    """Collects one message from a descriptor that must never block its reader."""

    def __init__(self) -> None:
        self._data = bytearray()

    def read(self, descriptor: int) -> bool:
        """Take what is there now; False at the end of the stream."""
        try:
            part = os.read(descriptor, 1 << 16)
        except BlockingIOError:
            return True
        except OSError:
            return False
        self._data += part
        return bool(part)

    def message(self) -> Any | None:
        """The message, if it is there wholly."""
        if len(self._data) < _HEADER.size:
            return None
        size = _HEADER.unpack_from(self._data)[0]
        if len(self._data) < _HEADER.size + size:
            return None
        return pickle.loads(memoryview(self._data)[_HEADER.size : _HEADER.size + size])
