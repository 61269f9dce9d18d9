"""What a value is, as nested tuples of plain data: types, contents, attributes, and which parts are one object.

Written without anything of the runtime's: two values are the same if their portraits are equal.
"""

from __future__ import annotations

import copyreg
import enum
import struct
import types
from typing import Any

_SCALARS = (int, str, bytes, bool, range, complex, type(None), type(...))
_CONSTANT = ("Index", "Timestamp", "Timedelta", "Period", "Interval", "NAType", "NaTType")  # of pandas


class Portrait:
    """Describes one value; what can be changed is numbered in the order in which it is met."""

    def __init__(self) -> None:
        self.numbers: dict[int, int] = {}
        self.kept: list[Any] = []

    def of(self, value: Any) -> Any:
        """The portrait of a part."""
        kind = type(value)
        name = f"{kind.__module__}.{kind.__qualname__}"
        if kind in _SCALARS:
            return name, hex(value) if kind is int else repr(value)
        if kind is float:
            return name, "nan" if value != value else struct.pack("d", value)
        if isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType, types.ModuleType, enum.Enum)):
            return name, getattr(value, "__qualname__", None) or repr(value)
        if kind in (tuple, frozenset):
            items = [self.of(item) for item in value]
            return name, tuple(sorted(items, key=repr) if kind is frozenset else items)
        library = kind.__module__.partition(".")[0]
        constant = library == "pandas" and kind.__name__.endswith(_CONSTANT)
        if not constant and library not in ("datetime", "decimal", "fractions", "uuid", "zoneinfo", "pathlib", "pytz"):
            number = self.numbers.get(id(value))
            if number is not None:
                return "again", number
            if not (library == "numpy" and hasattr(value, "item") and kind.__name__ != "ndarray"):
                self.numbers[id(value)] = len(self.numbers)
                self.kept.append(value)
        return name, self.contents(value, library)

    def contents(self, value: Any, library: str) -> Any:
        """What an object holds."""
        if isinstance(value, BaseException):
            return self.exception(value)
        if library == "numpy" or any(one.__module__ == "numpy" for one in type(value).__mro__):
            return self.array(value)
        if library == "pandas" or any(one.__module__.startswith("pandas") for one in type(value).__mro__):
            return self.frame(value)
        if isinstance(value, dict) and type(value).__module__ == "builtins":
            return tuple((self.of(key), self.of(item)) for key, item in value.items())
        if type(value) is list:
            return tuple(self.of(item) for item in value)
        if type(value) is set:
            return tuple(sorted((self.of(item) for item in value), key=repr))
        if type(value) is bytearray:
            return bytes(value)
        return self.object(value)

    def object(self, value: Any) -> Any:
        """An object by what it is reduced to."""
        reducer = copyreg.dispatch_table.get(type(value))
        reduced = reducer(value) if reducer else value.__reduce_ex__(4)
        if isinstance(reduced, str):
            return reduced
        parts = [list(part) if n in (3, 4) and part is not None else part for n, part in enumerate(reduced)]
        self.kept.append(parts)
        return tuple(self.of(part) for part in parts[1:]), repr(value) if type(value).__module__ == "datetime" else ""

    def exception(self, error: BaseException) -> Any:
        """An exception with all that hangs on it, but the traceback."""
        names = ("__cause__", "__context__", "__suppress_context__", "name", "obj", "path", "errno", "filename", "code")
        held = [(name, getattr(error, name, "-")) for name in names]
        return str(error), self.of([error.args, vars(error), held])

    def array(self, value: Any) -> Any:
        """An array or scalar of NumPy."""
        import numpy

        dtype = (value.dtype.descr, value.dtype.str, value.dtype.isalignedstruct, repr(value.dtype.metadata))
        if not isinstance(value, numpy.ndarray):
            return dtype, repr(value)
        shown: Any = self.of([value.tolist()])
        extra: Any = None
        if isinstance(value, numpy.ma.MaskedArray):
            nothing = value._mask is numpy.ma.nomask
            fill = repr(value._fill_value)
            extra = value.hardmask, nothing, fill, numpy.ma.getmaskarray(value).tolist(), repr(value._data.tolist())
        elif type(value) is not numpy.ndarray:
            extra = self.of(dict(getattr(value, "__dict__", {})))
        flags = value.flags.writeable, value.flags.fnc
        return dtype, value.shape, flags, shown, extra

    def frame(self, value: Any) -> Any:
        """A frame, a series, an index or a value of pandas."""
        import pandas

        if isinstance(value, pandas.MultiIndex):
            levels = tuple(self.frame(one) for one in value.levels)
            return "multi", levels, [one.tolist() for one in value.codes], self.of(list(value.names))
        if isinstance(value, pandas.Index):
            facts = repr(value.dtype), repr(getattr(value, "freq", None)), self.zone(value.dtype)
            return type(value).__name__, facts, self.of(list(value.names)), self.of(value.tolist())
        if isinstance(value, pandas.Series):
            return self.column(value), self.frame(value.index), self.of(value.name), self.beside(value)
        if isinstance(value, pandas.DataFrame):
            columns = [self.column(value.iloc[:, number]) for number in range(value.shape[1])]
            return columns, self.frame(value.index), self.frame(value.columns), self.beside(value)
        return repr(value), self.zone(value)

    def column(self, value: Any) -> Any:
        """The values of a series."""
        kind = value.dtype
        more = self.frame(kind.categories) if hasattr(kind, "categories") else getattr(kind, "storage", None)
        nulls = repr(value.isna().tolist()), repr([one for one in value.tolist() if one is None])
        return repr(kind), type(kind).__name__, more, self.zone(kind), nulls, self.of(value.tolist())

    def beside(self, value: Any) -> Any:
        """What a frame holds beside its data."""
        return self.of(value.attrs), value.flags.allows_duplicate_labels

    def zone(self, value: Any) -> Any:
        """The class and name of a time zone."""
        zone = getattr(value, "tz", None)
        return None if zone is None else (type(zone).__module__, repr(zone))


def portrait(value: Any) -> Any:
    """What a value is."""
    return Portrait().of(value)
