"""Which arguments may come to something else in another run: those that call what is not known to only compute.

A cache key holds the text of such an argument, not what it came to.
"""

from __future__ import annotations

from collections.abc import Callable, Container

from zencompile.ir.expressions import methods_in, names_in, texts_in
from zencompile.ir.literals import Json


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_COMPUTING = _names(
    """
    base64 binascii bisect calendar cmath collections colorsys copy datetime decimal fractions fnmatch functools hashlib
    heapq html itertools json keyword math numpy operator pathlib.Path pathlib.PurePath re shlex statistics string
    struct textwrap torch.Size torch.device torch.tensor typing unicodedata urllib.parse uuid zlib os.fspath
    os.path.basename os.path.commonprefix os.path.dirname os.path.join os.path.normpath os.path.split os.path.splitext
    """
)
"""Modules, and functions, of which a call gives the same for the same arguments."""

_ASKING = _names(
    """
    datetime.date.fromtimestamp datetime.date.today datetime.datetime.fromtimestamp datetime.datetime.now
    datetime.datetime.today datetime.datetime.utcnow numpy.empty numpy.fromfile numpy.fromregex numpy.genfromtxt
    numpy.load numpy.loadtxt numpy.memmap numpy.random pandas.ExcelFile pandas.ExcelWriter pandas.HDFStore
    pathlib.Path.cwd pathlib.Path.home uuid.getnode uuid.uuid1 uuid.uuid4
    """
)
"""What of these asks the machine, or reads files."""

_HOLDING = _names("catboost lightgbm pandas pydantic sklearn xgboost zencompile zenml")
"""Libraries whose classes hold what they are given; elsewhere a class may read files, variables or random numbers."""

_LOOKING = _names(
    """
    absolute exists expanduser glob is_dir is_file is_mount is_symlink iterdir lstat open read_bytes
    read_text readlink resolve rglob samefile stat
    """
)
"""Methods of paths that look at the machine."""


_MOMENTS = _names("numpy.datetime64 pandas.Period pandas.Timestamp")
_OF_CLOCK = _names("now today")
"""Texts of which these make the time of the clock."""


def may_differ(value: Json, is_own: Callable[[str], bool]) -> bool:
    """Whether a literal may come to something else where a step is run again.

    `is_own` tells the project's modules by name: their code is part of a cache key itself.
    """
    if isinstance(value, list):
        return any(may_differ(item, is_own) for item in value)
    if not isinstance(value, dict):
        return False
    tag = value.get("$")
    if tag == "expression" and _calls_what_asks(value["text"], value.get("given", ())):
        return True
    if tag == "model" and (value.get("anew") or _is_made_by_asking(value, is_own)):
        return True
    return any(may_differ(item, is_own) for item in value.values())


def _calls_what_asks(text: str, given: Container[str]) -> bool:
    if not _LOOKING.isdisjoint(methods_in(text)):
        return True
    called = [name for name, is_called in names_in(text, given) if is_called]
    is_of_clock = not _MOMENTS.isdisjoint(called) and not _OF_CLOCK.isdisjoint(texts_in(text))
    return is_of_clock or any(map(_asks, called))


def _is_made_by_asking(value: dict[str, Json], is_own: Callable[[str], bool]) -> bool:
    module, _, name = value["class"].partition(":")
    if is_own(module):
        return False
    made_of = [*value.get("arguments", ()), *value["keywords"].values()]
    if f"{module}.{name}" in _MOMENTS:
        return any(isinstance(one, str) and one in _OF_CLOCK for one in made_of)
    return _asks(f"{module}.{name}")


def _asks(name: str) -> bool:
    """Whether a call of this may give something else for the same arguments."""
    parts = name.split(".")
    above = {".".join(parts[:size]) for size in range(1, len(parts) + 1)}
    if above & _ASKING:
        return True
    is_holding = parts[0] in _HOLDING and parts[-1][:1].isupper()
    return not (above & _COMPUTING or is_holding)
