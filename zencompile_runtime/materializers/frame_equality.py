"""Whether two pandas frames or series are the same: kinds and names of indices, types, order, what objects hold."""

from __future__ import annotations

from typing import Any

import numpy
import pandas

from zencompile_runtime.values.exact import same


def same_data(one: Any, other: Any) -> bool:
    """Whether both are the same in all that can be asked of them."""
    if type(one) is not type(other) or one.shape != other.shape or not same(one.attrs, other.attrs):
        return False
    if one.flags.allows_duplicate_labels != other.flags.allows_duplicate_labels or not same_index(
        one.index, other.index
    ):
        return False
    if isinstance(one, pandas.Series):
        return same(one.name, other.name) and _same_values(one, other)
    columns = range(len(one.columns))
    return same_index(one.columns, other.columns) and all(
        _same_values(one.iloc[:, i], other.iloc[:, i]) for i in columns
    )


def same_index(one: Any, other: Any) -> bool:
    """Whether two indices are the same, the levels and codes of one of several levels included."""
    if type(one) is not type(other) or len(one) != len(other) or not same(list(one.names), list(other.names)):
        return False
    if isinstance(one, pandas.MultiIndex):
        codes = all(numpy.array_equal(a, b) for a, b in zip(one.codes, other.codes, strict=True))
        return codes and all(map(same_index, one.levels, other.levels))
    if isinstance(one, pandas.RangeIndex):
        return (one.start, one.stop, one.step) == (other.start, other.stop, other.step)
    if getattr(one, "freq", None) != getattr(other, "freq", None):
        return False
    return _same_values(one, other)


def same_dtype(one: Any, other: Any) -> bool:
    """Whether two types of columns are one, down to the class of a time zone and the order of categories."""
    if type(one) is not type(other) or one != other or str(one) != str(other):
        return False
    if isinstance(one, pandas.DatetimeTZDtype):
        return same(one.tz, other.tz)
    if isinstance(one, pandas.CategoricalDtype):
        return one.ordered == other.ordered and same_index(one.categories, other.categories)
    if isinstance(one, pandas.StringDtype):
        return one.storage == other.storage and (one.na_value is pandas.NA) == (other.na_value is pandas.NA)
    return True


def _same_values(one: Any, other: Any) -> bool:
    if not same_dtype(one.dtype, other.dtype):
        return False
    if isinstance(one.dtype, numpy.dtype) and one.dtype.kind in "biufcmM":
        return one.to_numpy().tobytes() == other.to_numpy().tobytes() or bool(_equal_numbers(one, other))
    return same(one.tolist(), other.tolist())


def _equal_numbers(one: Any, other: Any) -> bool:
    """Floats whose bits differ: two kinds of nan are one."""
    return one.dtype.kind == "f" and same(one.tolist(), other.tolist())
