"""Every name that the prelude models: builtins, what the standard library gives, and methods of its types."""

from __future__ import annotations

import builtins
import importlib
import sys
from collections.abc import Iterator

from zencompile.frontend import prelude
from zencompile.frontend.prelude.builtins import BUILTINS
from zencompile.frontend.values.hosts import Clock

ELSEWHERE = frozenset(
    [
        "argparse", "asyncio", "importlib", "site", "sys", "glob", "shutil", "tempfile", "builtins",
        "__future__", "typing_extensions", "posixpath", "numbers",
    ]
)  # fmt: skip
"""Modules whose functions look at the script, the machine or the project: the tests of those hold them."""

NOT_COMPARED = frozenset(
    [
        "__debug__", "__name__", "aiter", "anext", "copyright", "display", "help", "memoryview", "reveal_type",
        "breakpoint", "input", "exit", "quit", "exec", "eval", "compile", "__import__", "open", "print", "id",
        "locals", "globals", "vars", "dir", "super",
    ]
)  # fmt: skip
"""Builtins that ask, print or look at where they stand, and those of notebooks."""

TYPES = [
    "str", "bytes", "bytearray", "list", "tuple", "dict", "set", "frozenset", "int", "float", "complex",
        "range", "datetime.datetime", "datetime.date", "datetime.time", "datetime.timedelta",
        "datetime.timezone", "pathlib.Path", "decimal.Decimal", "fractions.Fraction", "uuid.UUID", "re.Match",
        "re.Pattern", "collections.deque", "collections.Counter", "collections.defaultdict",
        "collections.OrderedDict", "collections.ChainMap", "string.Template", "io.StringIO", "io.BytesIO",
    ]  # fmt: skip
"""Types whose public methods and attributes are all in the tables."""


def modelled() -> Iterator[str]:
    """Names as the tables write them: `len`, `json.dumps`, `str.upper`."""
    yield from (name for name in BUILTINS if hasattr(builtins, name) and name not in NOT_COMPARED)
    for dotted in prelude._WHERE:
        if dotted.partition(".")[0] in sys.stdlib_module_names and dotted not in ELSEWHERE:
            yield from _of_module(dotted)
    for dotted in TYPES:
        asked = "pathlib.PurePath" if dotted == "pathlib.Path" else dotted  # what looks at the disk is tested elsewhere
        yield from (f"{dotted}.{name}" for name in dir(host(asked)) if not name.startswith("_"))


def _of_module(dotted: str) -> Iterator[str]:
    model = prelude.module(dotted)
    real = importlib.import_module(dotted)
    for name, value in getattr(model, "namespace", {}).items():
        if isinstance(value, Clock):
            continue  # the tests of what a run makes once hold them
        if hasattr(real, name) and not name.startswith("_") and name not in _ACTING.get(dotted, ()):
            yield f"{dotted}.{name}"


_ACTING = {
    "os": frozenset(
        [
        "abort", "makedirs", "mkdir", "remove", "unlink", "rmdir", "removedirs", "rename", "replace", "chmod",
        "chdir", "umask", "putenv", "unsetenv", "symlink", "link", "renames", "system", "kill", "nice", "utime",
        "truncate",
        "sync", "fsync", "close", "path", "environ", "getenv", "getcwd", "listdir", "walk", "scandir",
    ]
    ),
    "os.path": frozenset(
        ["exists", "lexists", "isfile", "isdir", "islink", "getsize", "getmtime", "abspath", "realpath", "relpath"]
    ),
    "time": frozenset(["sleep"]),
    "contextlib": frozenset(["chdir"]),
    "urllib": frozenset(["parse"]),
    "typing": frozenset(["reveal_type"]),
    "io": frozenset(["open"]),
}  # fmt: skip
"""What acts on the machine or looks at it, and modules in modules."""


def host(dotted: str) -> type:
    """Python's type of that name."""
    module, _, name = dotted.rpartition(".")
    found = getattr(importlib.import_module(module or "builtins"), name)
    assert isinstance(found, type)
    return found
