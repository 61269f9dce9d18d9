"""Processes that a step starts: a Python among them reports what it sees, of any other nothing is known.

Forked processes go on with the session that they inherit. New interpreters find `names/packages/sitecustomize.py` on
their path, which has them take part (`startup`). All append lines to one file as things happen, for a process may be
killed at any time; what comes after the step's end came too late to matter for its result. A Python whose report
doesn't begin is taken for a program of which nothing is known.
"""

from __future__ import annotations

import contextlib
import os
import sys
from _thread import get_ident
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from zencompile_runtime import temporary
from zencompile_runtime.observing import native
from zencompile_runtime.observing.places import is_installed, is_runtime, is_standard
from zencompile_runtime.observing.session import Session, quiet, state
from zencompile_runtime.own import json, open

VARIABLE = "ZENCOMPILE_OBSERVE"
"""The variable by which a new interpreter learns that it is observed, and where it reports to."""

_BLIND = frozenset("IES")
"""Options of Python that keep it from taking part: no variables, no packages, no start-up code."""

_COMPILERS = frozenset({"gcc", "cc", "ld"})
_HARMLESS = frozenset({"uname", "lscpu", "ldconfig", "sysctl", "getconf", "hostname", "nvidia-smi", *_COMPILERS})
"""Programs by which libraries find out about the machine; compilers, unless they are given files of the project."""


def announce(session: Session, ignored: Iterable[str]) -> None:
    """Let the Pythons that are started from now on know that they are observed."""
    folder = os.environ.get("TMPDIR") or "/tmp"
    session.report = f"{folder}/{temporary.prefix()}observed-{os.urandom(8).hex()}"
    os.environ[VARIABLE] = json.dumps([session.report, session.places.project, list(ignored)])


def withdraw() -> None:
    """No longer."""
    os.environ.pop(VARIABLE, None)


def take_part() -> None:
    """What a new interpreter does that a step started."""
    from zencompile_runtime import loading
    from zencompile_runtime.observing import course

    given = os.environ[VARIABLE]
    report, project, ignored = json.loads(given)
    loading.install_finder(project)
    course.begin(project, ignored)
    os.environ[VARIABLE] = given  # those that this one starts report to the same file
    assert state.session is not None
    state.session.report = report
    _begin_report("python")


def install() -> None:
    """Let forked processes report."""
    os.register_at_fork(before=_forking, after_in_child=_forked)


def _forking() -> None:
    session = state.session
    if session is not None:
        with quiet():
            native.prepare(session)


def _forked() -> None:
    session = state.session
    if session is not None:
        state.quiet.clear()
        depth = state.importing.get(get_ident())
        state.importing.clear()
        if depth:
            state.importing[get_ident()] = depth
        _begin_report("fork")


def _begin_report(kind: str) -> None:
    session = state.session
    assert session is not None
    state.quiet.add(get_ident())
    try:
        session.sink = os.open(session.report, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        session.send("started", os.getppid(), os.getpid(), kind)
    except OSError:
        session.sink = None
    finally:
        state.quiet.discard(get_ident())


# -- programs ----------------------------------------------------------------------------------------------------------


def started(session: Session, program: Any, arguments: Sequence[Any], environment: Any) -> None:
    """A program is about to be started."""
    words = [os.fsdecode(one) for one in arguments if isinstance(one, (str, bytes, os.PathLike))]
    name = os.fsdecode(program) if program is not None else (words[0] if words else "")
    if _is_ours(name, words, environment):
        session.expects()
        native.prepare(session)
        session.name_child(" ".join(["python", *words[1:]]))
        return
    if _is_harmless(session, os.path.basename(name), words):  # noqa: PTH119
        return
    session.name_child(" ".join(words) or name)
    session.unknown()
    session.read_all_variables()
    for word in words:
        path = os.path.join(os.getcwd(), word)  # noqa: PTH109, PTH118
        if os.path.isfile(path):  # noqa: PTH113
            session.read(os.path.normpath(path))


def _is_harmless(session: Session, name: str, words: Sequence[str]) -> bool:
    if name not in _HARMLESS or _by_project(session):
        return False
    return name not in _COMPILERS or not any(_is_of_project(session, word) for word in words[1:])


def _is_of_project(session: Session, word: str) -> bool:
    """Whether an argument of a compiler names something of the project: by itself, or behind an option's letter."""
    path = os.path.abspath(word[2:] if word[:2] in ("-I", "-L", "-B") else word)  # noqa: PTH100
    return os.path.exists(path) and f"{path}/".startswith(session.places.inside)  # noqa: PTH110


def _is_ours(program: str, words: Sequence[str], environment: Any) -> bool:
    """Whether a program is this Python, and will report."""
    if os.path.realpath(program) != os.path.realpath(sys.executable):
        return False
    for word in words[1:]:
        if not word.startswith("-") or word in ("-c", "-m", "-"):
            break
        if not word.startswith("--") and not _BLIND.isdisjoint(word):
            return False
    from zencompile_runtime.names.finder import PACKAGES

    given = os.environ if environment is None else environment
    try:
        return VARIABLE in given and PACKAGES in given.get("PYTHONPATH", "")
    except TypeError:
        return False


def _by_project(session: Session) -> bool:
    frame: Any = sys._getframe(3)
    while frame is not None:
        filename = frame.f_code.co_filename
        if not (is_standard(filename) or is_runtime(filename)):
            return not is_installed(filename)
        frame = frame.f_back
    return False


# -- reports -----------------------------------------------------------------------------------------------------------


def adopt(session: Session) -> set[int]:
    """Add what the processes that the run started have seen; which they are."""
    try:
        with open(session.report, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file if line.endswith("\n")]
        os.unlink(session.report)  # noqa: PTH108
    except (OSError, ValueError):
        lines = []
    if not _are_all_there(session, lines):
        session.unknown()
    lines.sort(key=lambda line: line[0])
    for moment, kind, *rest in lines:
        if kind == "wrote":
            session.written.setdefault(rest[0], moment)
            if session.reads.get(rest[0], 0) > moment:
                session.seen.files.discard(rest[0])
        elif kind == "made":
            session.made.add(rest[0])
    for moment, kind, *rest in lines:
        with contextlib.suppress(KeyError):
            _ADOPTED.get(kind, _ignored)(session, moment, rest)
    return {line[3] for line in lines if line[1] == "started"}


def _are_all_there(session: Session, lines: list[Any]) -> bool:
    """Whether each Python that one of the processes started has reported."""
    expected = Counter(line[2] for line in lines if line[1] == "expects")
    expected[os.getpid()] = session.expected
    there = Counter(line[2] for line in lines if line[1] == "started" and line[4] == "python")
    return expected <= there


def _ignored(session: Session, moment: int, rest: list[Any]) -> None:
    return


def _code(session: Session, moment: int, rest: list[Any]) -> None:
    path, unit, called, text = rest
    if not unit:
        session.seen.fresh.add(path)
    session.seen.code.setdefault(path, {""}).add(unit)
    if called:
        assert session.seen.called is not None
        session.seen.called.setdefault(path, set()).add(unit)
    if text is not None and session.seen.texts.setdefault(path, text) != text:
        session.refuse(f"{path} was loaded with different texts")


def _file(session: Session, moment: int, rest: list[Any]) -> None:
    path, found = rest
    if session.written.get(path, moment) < moment or (path not in session.written and session.is_own(path)):
        return
    session.seen.files.add(path)
    session.seen.stamps.setdefault(path, None if found is None else (found[0], found[1], found[2], found[3]))


def _listing(session: Session, moment: int, rest: list[Any]) -> None:
    path, digest, found = rest
    if not session.is_own(path):
        session.seen.listings.add(path)
        if digest is not None:
            session.seen.listed.setdefault(path, digest)
        session.seen.stamps.setdefault(path, None if found is None else (found[0], found[1], found[2], found[3]))


def _entries(session: Session, moment: int, rest: list[Any]) -> None:
    if not session.is_own(rest[0]):
        session.seen.entries.setdefault(rest[0], rest[1])


def _probe(session: Session, moment: int, rest: list[Any]) -> None:
    path, found = rest
    if not session.is_own(path):
        session.seen.probes.add(path)
        session.seen.stamps.setdefault(path, None if found is None else (found[0], found[1], found[2], found[3]))


def _variable(session: Session, moment: int, rest: list[Any]) -> None:
    """A variable that the step gave the process says nothing of the step's own surroundings."""
    name, value = rest
    if name not in session.assigned and (digest_of(os.environ.get(name)) == value):
        session.seen.variables.add(name)


def _words(session: Session, moment: int, rest: list[Any]) -> None:
    """What the code of another process says of itself; which libraries it has is told apart from that."""
    session.words.update(word for word in rest[0] if word.startswith("*") and word != "*")


def _imported(session: Session, moment: int, rest: list[Any]) -> None:
    """Which libraries these are, the parent finds out: a process may be gone before its imports are done."""
    sought(session, rest[0])


def sought(session: Session, name: str) -> None:
    """A top-level module was looked for, which this process doesn't have."""
    from importlib.machinery import PathFinder

    if name in sys.stdlib_module_names or name in session.seen.modules or name.startswith("__"):
        return
    try:
        spec = PathFinder.find_spec(name)
    except (ImportError, ValueError):
        return
    if spec is None:
        session.seen.missing.add(name)
    origin = spec.origin if spec is not None else None
    if origin is None or is_standard(origin) or is_runtime(origin):
        return
    if session.places.relative(origin) is not None:
        session.probe(origin)
        return
    session.seen.modules.add(name)
    if not is_installed(origin):
        session.read(origin)


def _lookup(session: Session, moment: int, rest: list[Any]) -> None:
    session.seen.look_up(rest[0], rest[1])


def _set(kind: str) -> Any:
    def add(session: Session, moment: int, rest: list[Any]) -> None:
        getattr(session.seen, kind).add(rest[0])

    return add


def _flag(session: Session, moment: int, rest: list[Any]) -> None:
    if rest[0] == "all_variables":
        session.seen.all_variables = True
    elif rest[0] == native.NATIVE:
        session.is_native = True
    elif rest[0] == "opaque":
        session.seen.opaque = True
    elif rest[0] == "refused":
        session.refuse(rest[1])
    elif rest[1] not in session.seen.children:
        session.seen.children.append(rest[1])


_ADOPTED = {
    "code": _code,
    "files": _file,
    "listings": _listing,
    "entries": _entries,
    "probes": _probe,
    "variables": _variable,
    "imported": _imported,
    "lookups": _lookup,
    "words": _words,
    "flag": _flag,
    **{
        kind: _set(kind)
        for kind in (
            "absent_modules",
            "asked",
            "by_value",
            "distributions",
            "modes",
            "times",
            "unobservable",
            "modules",
        )
    },
}


def digest_of(value: str | None) -> str | None:
    """What tells a value of a variable from others."""
    if value is None:
        return None
    import hashlib

    return hashlib.sha256(value.encode("utf-8", "surrogateescape")).hexdigest()
