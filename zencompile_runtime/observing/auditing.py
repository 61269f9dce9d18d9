"""What Python's audit hook tells: files, folders, programs, libraries loaded by their path, sockets, tracers.

An audit hook stays for the life of a process: this one is a look-up and no more while nothing is observed.
"""

from __future__ import annotations

import os
import sys
from _thread import get_ident
from collections.abc import Callable
from typing import Any

from zencompile_runtime.observing import children, fsspec_calls, listings, loaded, log_formats, native, tampering
from zencompile_runtime.observing.places import absolute, is_installed, is_standard, opened, reads_variables
from zencompile_runtime.observing.session import Session, state

Handler = Callable[[Session, tuple[Any, ...]], None]

_WRITES = os.O_WRONLY | os.O_RDWR
_EMPTIES = os.O_TRUNC | os.O_EXCL


def _open(session: Session, arguments: tuple[Any, ...]) -> None:
    path = absolute(arguments[0])
    if path is None:
        return
    mode, flags = arguments[1], arguments[2] or 0
    if reads_variables(path):
        session.read_all_variables()
    if not flags & _WRITES:
        if _is_run(session, path):
            loaded.executed(session, path)
        elif not _is_tried(path):
            session.read(_source(path))
        return
    if flags & _EMPTIES or (isinstance(mode, str) and mode[:1] in "wx"):
        session.wrote(path)
        return
    if flags & os.O_RDWR and not (isinstance(mode, str) and "a" in mode and "+" not in mode):
        session.read(path)
    session.appended(path)


def _is_run(session: Session, path: str) -> bool:
    """Whether a file is opened to be executed: as the program, or by `runpy`."""
    if path == session.program:
        session.program = ""
        return True
    code = sys._getframe(3).f_code
    return code.co_name == "_get_code_from_file" and "runpy" in code.co_filename


def _is_tried(path: str) -> bool:
    """Whether the import system looks if a file of code is an archive, as `runpy` has it do; or `tempfile` names the
    folder in which it is about to make a file.
    """
    asker = sys._getframe(3).f_code.co_filename
    if asker == "<frozen zipimport>":
        return path.endswith(".py")
    return asker.endswith("tempfile.py") and is_standard(asker) and os.path.isdir(path)  # noqa: PTH112


def _begun(session: Session, arguments: tuple[Any, ...]) -> None:
    """Python is about to open the program that it runs."""
    session.program = absolute(arguments[0]) or ""


def _died(session: Session, arguments: tuple[Any, ...]) -> None:
    """A traceback is about to be written, with the numbers of lines."""
    trace = arguments[3]
    while trace is not None:
        path = absolute(trace.tb_frame.f_code.co_filename)
        if path is not None and session.places.relative(path) is not None:
            session.read(path)
        trace = trace.tb_next


def _source(path: str) -> str:
    """The file that counts where bytecode is read: what Python keeps of it says nothing of its own."""
    folder, name = os.path.split(path)
    if not name.endswith(".pyc") or os.path.basename(folder) != "__pycache__":  # noqa: PTH119
        return path
    return os.path.join(os.path.dirname(folder), f"{name.partition('.')[0]}.py")  # noqa: PTH118, PTH120


def _listed(session: Session, arguments: tuple[Any, ...]) -> None:
    if sys._getframe(2).f_code.co_filename.startswith("<frozen importlib"):
        return
    path = _folder(arguments[0])
    if path is not None:
        listings.note(session, path)


def _folder(given: Any) -> str | None:
    if isinstance(given, int):
        return opened(given)
    return absolute(given if given is not None else ".")


def _scanned(session: Session, arguments: tuple[Any, ...]) -> None:
    asker = sys._getframe(2)
    filename = asker.f_code.co_filename
    path = _folder(arguments[0])
    if path is not None and not filename.startswith("<frozen importlib"):
        by_project = not (is_standard(filename) or is_installed(filename))
        listings.note(session, path, by_project or fsspec_calls.is_told(asker))


def _made(session: Session, arguments: tuple[Any, ...]) -> None:
    path = absolute(arguments[0])
    if path is not None:
        session.made_folder(path)


def _renamed(session: Session, arguments: tuple[Any, ...]) -> None:
    source, target = absolute(arguments[0]), absolute(arguments[1])
    if source is None or target is None:
        return
    session.read(source)
    if os.path.isdir(source):  # noqa: PTH112
        session.made.add(target)
    session.wrote(target)
    session.wrote(source)


def _attributed(session: Session, arguments: tuple[Any, ...]) -> None:
    """Extended attributes were asked for."""
    path = opened(arguments[0]) if isinstance(arguments[0], int) else absolute(arguments[0])
    if path is not None and session.places.counts(path):
        session.told_times(path)


def _placed(session: Session, arguments: tuple[Any, ...]) -> None:
    """A link is made: what it leads to is read through it."""
    link = absolute(arguments[1])
    if link is not None:
        target = os.path.join(os.path.dirname(link), os.fsdecode(arguments[0]))  # noqa: PTH118, PTH120
        session.links[link] = os.path.normpath(target)
        session.wrote(link)


def _shared(session: Session, arguments: tuple[Any, ...]) -> None:
    """A file gets a second name."""
    source, link = absolute(arguments[0]), absolute(arguments[1])
    if source is not None and link is not None:
        session.read(source)
        session.wrote(link)


def _removed(session: Session, arguments: tuple[Any, ...]) -> None:
    path = absolute(arguments[0])
    if path is not None:
        session.wrote(path)


def _truncated(session: Session, arguments: tuple[Any, ...]) -> None:
    path = absolute(arguments[0])
    if path is not None:
        session.appended(path)


def _database(session: Session, arguments: tuple[Any, ...]) -> None:
    name = os.fsdecode(arguments[0])
    if name in ("", ":memory:"):
        return
    if name.startswith("file:"):
        from urllib.parse import unquote, urlsplit

        name = unquote(urlsplit(name).path)
    path = absolute(name)
    if path is None:
        return
    if not os.path.exists(path):  # noqa: PTH110
        session.wrote(path)
        return
    session.read(path)
    for beside in (f"{path}-wal", f"{path}-journal"):  # what was written and is not in the file yet
        if os.path.exists(beside):  # noqa: PTH110
            session.read(beside)
        else:
            session.probe(beside)


def _network(session: Session, arguments: tuple[Any, ...]) -> None:
    frame: Any = sys._getframe(2)
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        if name.startswith(("zencompile_runtime.store", "multiprocessing.", "asyncio.")):
            return
        frame = frame.f_back
    session.add("unobservable", "network")


def _library(session: Session, arguments: tuple[Any, ...]) -> None:
    """A library is loaded by its path; or the process itself, whose functions may read the environment. What code of
    the project has loaded may open files.
    """
    name = arguments[0]
    if not is_installed(_past_standard().f_code.co_filename):
        native.begin(session)
        if name is None:
            session.read_all_variables()
    if isinstance(name, (str, bytes)) and "/" in os.fsdecode(name):
        path = absolute(name)
        if path is not None:
            session.read(path)


def _past_standard() -> Any:
    """Who asks, past the standard library."""
    frame: Any = sys._getframe(3)
    while frame.f_back is not None and is_standard(frame.f_code.co_filename):
        frame = frame.f_back
    return frame


def _program(session: Session, arguments: tuple[Any, ...]) -> None:
    """`subprocess.Popen`: executable, arguments, folder, environment."""
    words = arguments[1]
    children.started(session, arguments[0], [words] if isinstance(words, (str, bytes)) else list(words), arguments[3])


def _executed(session: Session, arguments: tuple[Any, ...]) -> None:
    """`os.exec`, `os.posix_spawn`: path, arguments, environment."""
    if sys._getframe(2).f_globals.get("__name__") == "subprocess":
        return  # `Popen` has told already
    children.started(session, arguments[0], list(arguments[1]), arguments[2])


def _shell(session: Session, arguments: tuple[Any, ...]) -> None:
    children.started(session, "sh", ["sh", "-c", os.fsdecode(arguments[0])], None)


def _imported(session: Session, arguments: tuple[Any, ...]) -> None:
    """A module is looked for, or an extension module's file is about to be loaded."""
    name, file = arguments[0], arguments[1]
    if name in native.LIBRARIES or (file and not (is_installed(file) or is_standard(file))):
        native.begin(session)
    if name == "logging":
        log_formats.imported()
    if name:
        session.seek(name.partition(".")[0])


def _looked_at(session: Session, arguments: tuple[Any, ...]) -> None:
    """Somebody reads a function's code: to run it elsewhere, to compile it, to tell what it does. Who does so himself
    sees constants that no call uses, such as docstrings; `inspect` asks for the signature.
    """
    if arguments[1] != "__code__":
        return
    loaded.looked_at(session, arguments[0])
    frame: Any = sys._getframe(2)
    if frame.f_globals.get("__name__") == "inspect":
        return
    while frame.f_back is not None and is_standard(frame.f_code.co_filename):
        frame = frame.f_back
    path = getattr(getattr(arguments[0], "__code__", None), "co_filename", "")
    if session.places.relative(frame.f_code.co_filename) is not None and session.places.relative(path) is not None:
        session.read(path)


def _asked_for(session: Session, arguments: tuple[Any, ...]) -> None:
    """A pickle names an object."""
    module, name = arguments
    found = sys.modules.get(module)
    path = getattr(found, "__file__", None)
    if isinstance(path, str) and session.places.relative(path) is not None:
        session.add("asked", f"{module}:{name}")


HANDLERS: dict[str, Handler] = {
    "open": _open,
    "os.listdir": _listed,
    "os.scandir": _scanned,
    "os.getxattr": _attributed,
    "os.listxattr": _attributed,
    "os.mkdir": _made,
    "os.rename": _renamed,
    "os.link": _shared,
    "os.symlink": _placed,
    "os.remove": _removed,
    "os.rmdir": _removed,
    "os.truncate": _truncated,
    "sqlite3.connect": _database,
    "ctypes.dlopen": _library,
    "subprocess.Popen": _program,
    "os.exec": _executed,
    "os.posix_spawn": _executed,
    "os.system": _shell,
    "import": _imported,
    "object.__getattr__": _looked_at,
    "pickle.find_class": _asked_for,
    "cpython.run_file": _begun,
    "sys.excepthook": _died,
    **tampering.EVENTS,
    "socket.connect": _network,
    "socket.getaddrinfo": _network,
    "socket.sendto": _network,
}


_FREQUENT = frozenset({"open", "object.__getattr__"})
_CODE = (".py", ".pyc", ".so")


def _is_nothing(event: str, arguments: tuple[Any, ...]) -> bool:
    """Whether an event is one of the thousands that an import of a large library brings."""
    first = arguments[0]
    if event == "open":
        return first.__class__ is str and first.endswith(_CODE) and (is_installed(first) or is_standard(first))
    return arguments[1] != "__code__" or getattr(first, "__module__", None) not in loaded.names


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    session = state.session
    if session is None:
        return
    handler = HANDLERS.get(event)
    if handler is None or (event in _FREQUENT and _is_nothing(event, arguments)):
        return
    thread = get_ident()
    if thread in state.quiet:
        return
    state.quiet.add(thread)
    try:
        handler(session, arguments)
    except Exception as error:  # user code is not to meet it
        session.refuse(f"observing {event} failed: {error!r}")
    finally:
        state.quiet.discard(thread)


_installed: list[bool] = []


def install() -> None:
    """Put the hook in, once for the process and those forked from it."""
    if not _installed:
        sys.addaudithook(_hook)
        _installed.append(True)
