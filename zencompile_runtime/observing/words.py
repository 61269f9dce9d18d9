"""What a module's code says, unit by unit: what it imports, and whether it asks for what no later run can be given.

Of libraries that a process had before a step only its code tells that the step needs them; and nothing tells that a
function in C looked at the clock. So this errs to the careful side: a word is enough.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from zencompile_runtime.observing.units import definitions

VERSION = 4
"""Changes with what is kept of a module."""

ANY = "*"
"""Stands among the imports of code that may import what it doesn't name."""
CLOCK = "*clock"
ZONE = "*zone"
LINES = "*lines"
PRINTED = "*printed lines"
KEPT = "*kept text"
LOGGED = "*lines of a log"
WHOLE_OF = "*all attributes"
LOCALE = "*locale"
PLACE = "*place"
ENVIRONMENT = "*environment"
BLIND = "*blind"
RANDOM = "*random"
SEED = "*seed"

_DYNAMIC = frozenset({"import_module", "__import__", "modules", "find_spec", "exec", "eval", "load_module"})
_CLOCKS = """
    now today utcnow time_ns perf_counter perf_counter_ns monotonic monotonic_ns process_time localtime gmtime ctime
"""
_ZONES = """
    altzone asctime astimezone ctime daylight fromtimestamp localtime mktime now strftime timestamp timezone today
    tzname tzset tzlocal LocalTimezone formatdate mktime_tz parsedate_to_datetime Time2Internaldate ZipFile ZipInfo
    PyZipFile make_archive
"""
_LINES = """
    f_lineno tb_lineno co_firstlineno co_lines co_positions co_linetable co_lnotab lineno end_lineno format_exc
    format_exception format_tb format_stack format_list extract_tb extract_stack walk_tb walk_stack StackSummary
    TracebackException FrameSummary findCaller getframeinfo getinnerframes getouterframes getsourcelines findsource
    starts_line dis formatException formatStack catch_warnings formatwarning showwarning faulthandler
"""
_PRINTED = "print_exc print_exception print_tb print_stack print_last exc_info exception stack_info warn warn_explicit"
_LOGGED = "Formatter LogRecord makeLogRecord setLogRecordFactory LoggerAdapter"
_WHOLE_OF = "__dict__ vars"
_KEPT = "StringIO BytesIO redirect_stdout redirect_stderr StreamHandler FileHandler file capture_output stderr"
_LOCALES = (
    "setlocale getlocale getdefaultlocale localeconv getpreferredencoding nl_langinfo strcoll strxfrm getencoding"
)
_PLACES = """
    __file__ __path__ getcwd getcwdb cwd co_filename abspath realpath resolve absolute getfile getsourcefile getabsfile
    __cached__ __spec__ tracemalloc
"""
_CHANCES = """
    random randint randrange uniform shuffle sample choice choices gauss normal rand randn uuid1 uuid4 urandom
    token_hex token_bytes token_urlsafe randbelow SystemRandom default_rng Random permutation
"""
_SEEDS = frozenset({"seed", "random_state", "manual_seed", "seed_everything", "set_seed", "PRNGKey"})
_KINDS = {
    ANY: _DYNAMIC,
    CLOCK: _CLOCKS.split(),
    ZONE: _ZONES.split(),
    LINES: _LINES.split(),
    PRINTED: _PRINTED.split(),
    KEPT: _KEPT.split(),
    LOGGED: _LOGGED.split(),
    WHOLE_OF: _WHOLE_OF.split(),
    LOCALE: _LOCALES.split(),
    PLACE: [*_PLACES.split(), *_LINES.split()],
    ENVIRONMENT: ["posix"],
    BLIND: ["set_executable", "fork_exec", "get_file_info"],
    RANDOM: _CHANCES.split(),
    SEED: _SEEDS,
}
_WORDS = {
    word: tuple(kind for kind, several in _KINDS.items() if word in several)
    for word in frozenset().union(*_KINDS.values())
}
_OF_KEYWORDS = frozenset({SEED, KEPT, PRINTED})
_TEXTS = {
    **dict.fromkeys(("lineno", "f_lineno", "tb_lineno", "co_firstlineno"), LINES),
    **dict.fromkeys(("localtime", "asctime"), ZONE),
}
"""What stands in formats, in SQL, and is given to `getattr`."""
_PART = re.compile(r"\W+")
_SEEDED = frozenset({"default_rng", "Random", "RandomState"})  # by their argument


def found(words: Iterable[str]) -> set[str]:
    """What of `Seen.unobservable` some words stand for."""
    said = set(words)
    clock = {"clock"} if CLOCK in said else set()
    return clock | ({"random"} if RANDOM in said and SEED not in said else set())


LOCALES = ("LC_ALL", "LC_COLLATE", "LC_CTYPE", "LC_MESSAGES", "LC_MONETARY", "LC_NUMERIC", "LC_TIME", "LANG")
"""The variables by which the system's library knows the locale."""


def tells_lines(words: set[str]) -> bool:
    """Whether code of these words may see the numbers of its lines: every character before them counts then."""
    return LINES in words or {PRINTED, KEPT} <= words or {LOGGED, WHOLE_OF} <= words


def imports_of(tree: ast.Module) -> dict[str, list[str]]:
    """What each unit of a module imports, and under "" what importing the module does."""
    found: dict[str, set[str]] = {}
    inside: set[ast.AST] = set()
    for node, name in definitions(tree):
        found.setdefault(name, set()).update(_named(node))
        inside.add(node)
    top: set[str] = set()
    todo: list[ast.AST] = [tree]
    while todo:
        one = todo.pop()
        if one not in inside:
            _add(one, top)
            todo.extend(ast.iter_child_nodes(one))
    found[""] = top
    return {name: sorted(names) for name, names in found.items() if names}


def _named(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        _add(node, found)
    return found


def _add(node: ast.AST, found: set[str]) -> None:
    if isinstance(node, ast.Import):
        found.update(alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        if node.level == 0 and node.module:
            found.add(node.module)
        for alias in node.names:
            found.update(_WORDS.get(alias.name, ()))
        found.update(_WORDS.get(node.module or "", ()))
    elif isinstance(node, (ast.Name, ast.Attribute)):
        found.update(_WORDS.get(node.id if isinstance(node, ast.Name) else node.attr, ()))
    elif isinstance(node, ast.keyword) and node.arg is not None:
        found.update(kind for kind in _WORDS.get(node.arg, ()) if kind in _OF_KEYWORDS)
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, str) and ("line" in node.value or "time" in node.value):
            found.update(_TEXTS[part] for part in _PART.split(node.value) if part in _TEXTS)
    elif isinstance(node, ast.Call):
        _add_call(node, found)


def _add_call(node: ast.Call, found: set[str]) -> None:
    called = node.func
    name = called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""
    if name == "time" and not node.args:
        found.add(CLOCK)
    elif name in _SEEDED and node.args:
        found.add(SEED)
