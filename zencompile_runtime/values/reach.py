"""The objects that a value consists of, as the garbage collector sees them: to find what stands in two places.

What can't be changed doesn't count, for nobody can tell one of it from two. Objects of libraries that have files of
their own (frames, tensors) count by themselves: what they hold is theirs.
"""

from __future__ import annotations

import enum
import gc
import sys
import types
from collections.abc import Iterator
from typing import Any

_ATOMS = frozenset({int, str, float, bool, bytes, complex, type(None), range, slice, type(...), type(NotImplemented)})
_BY_NAME = (type, types.ModuleType, types.BuiltinFunctionType, types.CodeType, types.FrameType, enum.Enum)
_WHOLE = frozenset({"pandas", "polars", "pyarrow", "torch", "tensorflow", "jax", "jaxlib", "scipy", "PIL", "logging"})
_CONSTANT = frozenset({"datetime", "decimal", "fractions", "uuid", "pathlib", "zoneinfo", "pytz", "re", "dateutil"})
_CONSTANT_OF = {  # of libraries
    "numpy": ("dtype", "generic"),
    "pandas": ("Index", "ExtensionDtype", "BaseOffset", "Timestamp", "Timedelta", "Interval", "_Period", "NaTType"),
    "pyarrow": ("_Weakrefable",),
    "polars": ("DataType", "DataTypeClass"),
}


def reached(value: Any) -> dict[int, Any]:
    """All objects that a value consists of, by their identities, but for plain scalars and what is found by name."""
    found: dict[int, Any] = {}
    level = [value]
    arrays = getattr(sys.modules.get("numpy"), "ndarray", None)
    while level:
        inner: list[Any] = []
        opened: list[Any] = []
        for one in level:
            kind = type(one)
            if kind in _ATOMS or id(one) in found or issubclass(kind, _BY_NAME):
                continue
            found[id(one)] = one
            if kind is types.FunctionType:
                inner.extend(one.__closure__ or ())
            elif arrays is not None and isinstance(one, arrays):
                inner.extend(one.view(arrays).ravel().tolist() if one.dtype.hasobject else ())
                inner.extend(getattr(one, "__dict__", {}).values())
            elif hasattr(kind, "_internal_names_set"):
                inner.extend(_in_frame(one))
            elif kind.__module__.partition(".")[0] not in _WHOLE:
                opened.append(one)
        level = inner + gc.get_referents(*opened)
    return found


def _in_frame(frame: Any) -> Iterator[Any]:
    """What a frame or series of pandas holds that is an object of somebody else's."""
    yield frame.attrs
    for column in [frame] if frame.ndim == 1 else [frame.iloc[:, number] for number in range(frame.shape[1])]:
        if column.dtype == object:
            yield from (one for one in column.to_numpy() if type(one) not in _ATOMS)


def tangled(parts: list[Any], whole: Any) -> bool:
    """Whether something that can be changed is reached from two of the parts, or a part holds the whole."""
    seen: set[int] = {id(whole)}
    unique = {id(part): part for part in parts}
    for part in unique.values():
        found = {key for key, one in reached(part).items() if not constant(type(one))}
        if not found.isdisjoint(seen):
            return True
        seen |= found
    return False


_known: dict[type, bool] = {}


def constant(kind: type) -> bool:
    """Whether objects of a class can't be changed."""
    found = _known.get(kind)
    if found is None:
        found = _known[kind] = kind in (tuple, frozenset, types.FunctionType) or any(map(_is_constant, kind.__mro__))
    return found


def _is_constant(kind: type) -> bool:
    library = kind.__module__.partition(".")[0]
    if library in _CONSTANT:
        return True
    return kind.__name__ in _CONSTANT_OF.get(library, ())
