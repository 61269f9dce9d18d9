"""Names in generated files: valid there, each used once, and the same ones in every compilation.

names = Namespace(python_name, reserved=("dag", "step"))
names.of("train model", key="train_1")    # train_model
names.of("train-model", key="train_2")    # train_model_2
names.of("whatever", key="train_1")       # train_model again: a key keeps its name
"""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections.abc import Callable, Hashable, Iterable

# Words that mean something else to a reader. Those of newer versions are named: all versions give the same names.
_NEWER = ("BaseExceptionGroup", "ExceptionGroup", "PythonFinalizationError", "case", "match", "type", "_")
_BUILTINS = (name for name in dir(builtins) if not name.startswith("_"))
PYTHON_RESERVED = frozenset([*keyword.kwlist, *_BUILTINS, *_NEWER])


def python_name(text: str) -> str:
    """A valid Python identifier like `text`; a keyword or builtin gets a `_` at its end."""
    normal = unicodedata.normalize("NFKC", text)
    name = re.sub(r"_{2,}", "_", "".join(c if f"a{c}".isidentifier() else "_" for c in normal)).strip("_")
    if not name:
        name = "unnamed"
    if not name.isidentifier():  # it starts with a digit
        name = f"_{name}"
    return f"{name}_" if name in PYTHON_RESERVED else name


def dashed_name(text: str, longest: int = 63) -> str:
    """A DNS label like `text` (RFC 1123): lower-case ASCII letters, digits and `-`, at most `longest` characters."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:longest].strip("-") or "unnamed"


def dotted_name(text: str, longest: int = 250) -> str:
    """An Airflow key like `text`: ASCII letters, digits, `_`, `-` and `.`, at most `longest` characters."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", plain)[:longest].strip("_") or "unnamed"


class Namespace:
    """The names of one generated file.

    `clean` makes a wanted name valid; a second one that comes out equal gets `_2`, then `_3` (with `separator` for
    `_`), shortened before it so that it stays within `longest`. `reserved` names are never given.
    """

    def __init__(
        self,
        clean: Callable[[str], str] = python_name,
        *,
        reserved: Iterable[str] = (),
        separator: str = "_",
        longest: int | None = None,
    ) -> None:
        self._clean, self._separator, self._longest = clean, separator, longest
        self._taken = set(reserved)
        self._names: dict[Hashable, str] = {}
        self._counts: dict[str, int] = {}

    def of(self, wanted: str, key: Hashable = None) -> str:
        """The name of the thing known by `key` (without one, each call gives a new name)."""
        if key is not None and key in self._names:
            return self._names[key]
        name = self._free(self._clean(wanted))
        self._taken.add(name)
        if key is not None:
            self._names[key] = name
        return name

    def _free(self, base: str) -> str:
        name = base[: self._longest]
        while name in self._taken:
            self._counts[base] = self._counts.get(base, 1) + 1
            suffix = f"{self._separator}{self._counts[base]}"
            name = (base[: self._longest - len(suffix)] if self._longest else base).rstrip(self._separator) + suffix
        return name
