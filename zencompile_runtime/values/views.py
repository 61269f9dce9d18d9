"""Arrays of one value that lie in the same memory: a change of one changes the other, before and after a load.

Only such arrays count as a program holds itself, in lists, dictionaries, tuples and attributes; what libraries do
with the memory of their own objects (frames) is theirs.
"""

from __future__ import annotations

import pickle
from typing import Any

from zencompile_runtime.values.reach import reached

_PAIRS = 20_000  # of arrays whose bounds meet, up to which each is looked at


class Spans:
    """Stretches of memory that several arrays of a value lie in, each pickled once."""

    def __init__(self) -> None:
        self._places: dict[int, tuple[Any, int]] = {}
        self._kept: list[Any] = []

    def __bool__(self) -> bool:
        return bool(self._places)

    def add(self, numpy: Any, arrays: list[Any]) -> None:
        """Let these arrays be views on one stretch."""
        bounds = [_bounds(numpy, one) for one in arrays]
        low, high = min(one[0] for one in bounds), max(one[1] for one in bounds)
        stretch = numpy.array(_Stretch(low, high), copy=True)  # all of it belongs to what they are views on
        self._kept += [stretch, *arrays]
        for one in arrays:
            self._places[id(one)] = stretch, _address(one) - low

    def reduced(self, array: Any) -> Any:
        """How one of the arrays is pickled; None for all others."""
        place = self._places.get(id(array))
        if place is None:
            return None
        stretch, offset = place
        return view, (stretch, array.shape, array.dtype, offset, array.strides, array.flags.writeable)


def view(stretch: Any, shape: Any, dtype: Any, offset: int, strides: Any, writeable: bool) -> Any:
    """An array in a stretch of memory."""
    import numpy

    found: Any = numpy.ndarray(shape, dtype, stretch, offset, strides)
    found.flags.writeable = writeable
    return found


def overlapping(value: Any, arrays: list[Any]) -> Spans | None:
    """Those of the arrays in a value that share memory with others of it, if any do."""
    if len(arrays) < 2:
        return None
    import numpy

    groups: dict[int, list[Any]] = {}
    spans = Spans()
    for one in arrays:
        if type(one) is numpy.ndarray and one.size:
            groups.setdefault(id(_root(numpy, one)), []).append(one)
    found: list[list[Any]] = [group for group in groups.values() if len(group) > 1 and _overlap(numpy, group)]
    own = reached(value) if found else {}
    for several in found:
        group = [one for one in several if id(one) in own]
        if len(group) > 1 and _overlap(numpy, group):
            if any(one.dtype.hasobject for one in several):
                raise pickle.PicklingError("arrays of objects in it share their memory: let one be a copy")
            spans.add(numpy, group)
    return spans if spans else None


def share_memory(value: Any) -> bool:
    """Whether arrays in a value lie in the same memory."""
    arrays = [one for one in reached(value).values() if type(one).__module__ == "numpy" and hasattr(one, "strides")]
    try:
        return overlapping(value, arrays) is not None
    except pickle.PicklingError:
        return True


def _root(numpy: Any, array: Any) -> Any:
    """What the memory of an array belongs to."""
    while isinstance(array, numpy.ndarray) and array.base is not None:
        array = array.base
    return array.obj if isinstance(array, memoryview) else array


def _overlap(numpy: Any, arrays: list[Any]) -> bool:
    """Whether any two arrays have a byte in common."""
    bounds = sorted(((*_bounds(numpy, one), one) for one in arrays), key=lambda one: one[:2])
    left = _PAIRS
    for index, (_, high, one) in enumerate(bounds):
        for low, _, other in bounds[index + 1 :]:
            if low >= high:
                break
            left -= 1
            if left < 0 or numpy.shares_memory(one, other):
                return True  # of very many that lie between each other, nobody knows: as views they are right, too
    return False


def _address(array: Any) -> int:
    return int(array.__array_interface__["data"][0])


def _bounds(numpy: Any, array: Any) -> tuple[int, int]:
    low = high = _address(array)
    for size, step in zip(array.shape, array.strides, strict=True):
        if step < 0:
            low += (size - 1) * step
        else:
            high += (size - 1) * step
    return low, high + array.itemsize


class _Stretch:
    """Bytes of memory, as NumPy takes them."""

    def __init__(self, low: int, high: int) -> None:
        self.__array_interface__ = {"version": 3, "typestr": "|u1", "data": (low, True), "shape": (high - low,)}
