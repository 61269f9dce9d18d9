"""What Arrow's files do not keep of a pandas frame, as a note in their schema, and how to put it back.

A frame that neither the file nor the note keeps exactly raises `Inexact`, or is found out by whoever compares.
"""

from __future__ import annotations

from typing import Any

import numpy
import pandas

from zencompile_runtime.materializers import zones
from zencompile_runtime.values.exact import same
from zencompile_runtime.values.literals import NotLiteral, decode, encode_artifact
from zencompile_runtime.values.pickling import attributes_of


class Inexact(ValueError):
    """The file would give something else back."""


_KEPT = ("boolean", "Int", "UInt", "Float", "period", "interval")  # names of extension types that columns keep
_STRINGS = int(pandas.__version__.partition(".")[0]) >= 3  # text read from Parquet is no column of objects
_NULL = {"None": None, "nan": float("nan")}
_LEVEL = "__index_{}__"  # the column that holds a level of an index that no file keeps as one


def describe(data: Any) -> tuple[Any, dict[str, Any]]:
    """The data as a frame, and the note on it, but for its columns of objects."""
    note: dict[str, Any] = {}
    if type(data) not in (pandas.DataFrame, pandas.Series):
        raise Inexact(f"{type(data).__name__} is a class of its own")
    if attributes_of(data):
        raise Inexact("it has attributes of its own")
    if data.attrs:
        note["attrs"] = _literal(dict(data.attrs))
    if not data.flags.allows_duplicate_labels:
        note["unique"] = True
        data = data.set_flags(allows_duplicate_labels=True)
    if isinstance(data, pandas.Series):
        note["series"] = _literal(data.name)
        data = data.to_frame(name="series")
    if not all(name is None or type(name) is str for name in data.columns.names):
        raise Inexact("the name of columns")
    columns = _columns(data.columns)
    if columns is not None:
        note["columns"] = columns
    if columns is not None and "labels" in columns:  # Parquet's names are text, and each is there once
        names = [f"{label}" if columns["unique"] else f"{i} {label}" for i, label in enumerate(data.columns)]
        data = data.set_axis(pandas.Index(names, dtype=object, name=data.columns.name), axis=1)
    data = _index(data, note)
    kinds = list(enumerate(data.dtypes))
    dtypes = {str(i): text for i, kind in kinds if (text := _dtype(kind)) is not None}
    categories = {str(i): _categories(kind) for i, kind in kinds if _odd_categories(kind)}
    times = {str(i): zones.described(kind.tz) for i, kind in kinds if isinstance(kind, pandas.DatetimeTZDtype)}
    found = {"dtypes": dtypes, "categories": categories, "zones": times}
    return data, note | {name: one for name, one in found.items() if one}


def _index(data: Any, note: dict[str, Any]) -> Any:
    """Note what is to be known of the index; the frame, with the index in columns if no file keeps it as it is."""
    index = data.index
    levels = getattr(index, "levels", [index])
    freq = getattr(index, "freqstr", None)
    if freq and isinstance(index, (pandas.DatetimeIndex, pandas.TimedeltaIndex)):
        note["freq"] = freq
    if getattr(index, "tz", None) is not None:
        note["zone"] = zones.described(index.tz)
    if isinstance(index, pandas.MultiIndex) and not all(map(_in_order, levels, index.codes)):
        raise Inexact("the levels of an index")
    named = all(name is None or type(name) is str for name in index.names)
    if named and _objects_of_text(index):
        note["index_dtype"] = "object"
    elif not named or not all(_label_kept(level) for level in levels):
        note["levels"] = {"names": _literal(list(index.names)), "multi": isinstance(index, pandas.MultiIndex)}
        return _with_levels(data)
    return data


def _in_order(level: Any, codes: Any) -> bool:
    """Whether a level of an index is what would be made of its values: sorted, and nothing in it that isn't used."""
    used = numpy.unique(codes)
    return bool(level.is_monotonic_increasing and len(used[used >= 0]) == len(level))


def _with_levels(data: Any) -> Any:
    if isinstance(data.columns, pandas.MultiIndex):
        raise Inexact("an index beside columns of several levels")
    index = data.index
    data = data.set_axis(pandas.RangeIndex(len(data)), axis=0)
    data.columns = data.columns.astype(object) if len(data.columns) else pandas.Index([], dtype=object)
    for number in range(index.nlevels):
        level = index.get_level_values(number)
        kept = pandas.Series(level.array, index=data.index, dtype=level.dtype)  # pandas 3 makes text of objects else
        data.insert(len(data.columns), _LEVEL.format(number), kept)
    return data


def describe_objects(frame: Any, table: Any, note: dict[str, Any]) -> None:
    """Add to the note what becomes of the columns of objects, whose values the file may have changed."""
    found: dict[str, str] = {}
    for i, kind in enumerate(frame.dtypes):
        if not _is_object(kind):
            continue
        column = frame.iloc[:, i]
        if pandas.api.types.infer_dtype(column, skipna=True) in ("string", "empty") and not _subclasses(column):
            nulls = column[column.isna()].tolist()
            if all(one is None for one in nulls):
                found[str(i)] = "None"
                continue
            if all(type(one) is float for one in nulls):
                found[str(i)] = "nan"
                continue
        values = column.tolist()
        if all(type(one) is numpy.ndarray and one.ndim == 1 and one.dtype == values[0].dtype for one in values):
            if values[0].dtype.kind not in "biuf" or len({id(one) for one in values}) < len(values):
                raise Inexact(f"the column {frame.columns[i]!r}")
            found[str(i)] = "arrays"
            continue
        if not same(table.column(i).to_pylist(), values):
            raise Inexact(f"the column {frame.columns[i]!r}")
        found[str(i)] = "values"
    if found:
        note["objects"] = found


def read(table: Any, note: dict[str, Any]) -> Any:
    """The frame or series that was described; the table is used up."""
    objects = note.get("objects", {})
    values = {i: table.column(int(i)) for i, how in objects.items() if how == "values"}
    frame = table.to_pandas(self_destruct=not values)
    for i, how in objects.items():
        if how == "None" and _is_object(frame.dtypes.iloc[int(i)]):
            continue
        made = _objects(frame.iloc[:, int(i)], values.get(i), how)
        frame.isetitem(int(i), pandas.Series(made, index=frame.index, dtype=object))
    for i, text in note.get("dtypes", {}).items():
        frame.isetitem(int(i), frame.iloc[:, int(i)].astype(text))
    for i, zone in note.get("zones", {}).items():
        frame.isetitem(int(i), frame.iloc[:, int(i)].dt.tz_convert(zones.made(zone)))
    for i, one in note.get("categories", {}).items():
        kind = pandas.CategoricalDtype(pandas.Index(decode(one["values"]), dtype=one["dtype"]), one["ordered"])
        values = pandas.Categorical(frame.iloc[:, int(i)].astype(object), dtype=kind)
        frame.isetitem(int(i), pandas.Series(values, index=frame.index))
    _read_index(frame, note)
    columns = note.get("columns")
    if columns is not None and "range" in columns:
        frame.columns = pandas.RangeIndex(*columns["range"], name=frame.columns.name)
    elif columns is not None:
        labels = decode(columns["labels"])
        frame.columns = pandas.Index(labels, dtype=columns["dtype"], name=frame.columns.name, tupleize_cols=False)
    found = frame
    if "series" in note:
        found = frame.iloc[:, 0].rename(None)
        found.name = decode(note["series"])
    if "attrs" in note:
        found.attrs = decode(note["attrs"])
    return found.set_flags(allows_duplicate_labels=False) if note.get("unique") else found


def _read_index(frame: Any, note: dict[str, Any]) -> None:
    """Put back what the note says of the index."""
    levels = note.get("levels")
    if levels is not None:
        names = decode(levels["names"])
        arrays = [frame.pop(_LEVEL.format(number)).array for number in range(len(names))]
        if levels["multi"]:
            frame.index = pandas.MultiIndex.from_arrays(arrays, names=names)
        else:
            frame.index = pandas.Index(arrays[0], dtype=arrays[0].dtype, name=names[0], tupleize_cols=False)
    if note.get("index"):
        *bounds, label = note["index"]
        frame.index = pandas.RangeIndex(*bounds, name=label)
    if "index_dtype" in note:
        frame.index = frame.index.astype(note["index_dtype"])
    if note.get("zone"):
        frame.index = frame.index.tz_convert(zones.made(note["zone"]))
    if note.get("freq"):
        frame.index.freq = note["freq"]


def range_of(frame: Any) -> list[Any] | None:
    """The index of a frame, if it is a range."""
    index = frame.index
    return [index.start, index.stop, index.step, index.name] if isinstance(index, pandas.RangeIndex) else None


def _objects(column: Any, stored: Any, how: str) -> Any:
    if how == "values":
        return numpy.fromiter(stored.to_pylist(), dtype=object, count=len(column))
    column = column.astype(object)
    if how == "arrays":
        return numpy.fromiter((numpy.array(one) for one in column), dtype=object, count=len(column))
    values = column.to_numpy(dtype=object, copy=True)
    values[column.isna().to_numpy()] = _NULL[how]
    return values


def _literal(value: Any) -> Any:
    try:
        return encode_artifact(value)
    except NotLiteral as error:
        raise Inexact(str(error)) from None


def _text_only(values: Any) -> bool:
    found = pandas.api.types.infer_dtype(values, skipna=False) in ("string", "empty")
    return found and not (_is_object(values.dtype) and _subclasses(values))


def _subclasses(values: Any) -> bool:
    """Whether some of the texts among objects are of a class of their own, of which a file makes plain text."""
    return any(kind is not str and issubclass(kind, str) for kind in set(map(type, values.to_numpy())))


def _objects_of_text(index: Any) -> bool:
    return _is_object(index.dtype) and not isinstance(index, pandas.MultiIndex) and _text_only(index) and len(index) > 0


def _label_kept(level: Any) -> bool:
    """Whether a file keeps an index of this type as one."""
    kind = level.dtype
    if _is_object(kind):
        return _text_only(level)
    if not isinstance(kind, (numpy.dtype, pandas.DatetimeTZDtype, pandas.CategoricalDtype)):
        return _STRINGS and isinstance(kind, pandas.StringDtype) and kind.na_value is not pandas.NA
    return _dtype(kind) is None and not _odd_categories(kind)


def _columns(columns: Any) -> dict[str, Any] | None:
    """What is to be known of the columns' labels; None if Parquet keeps them."""
    if isinstance(columns, pandas.MultiIndex):
        if not all(_label_kept(level) for level in columns.levels):
            raise Inexact("the labels of columns")
        return None
    if isinstance(columns, pandas.RangeIndex):
        return {"range": [columns.start, columns.stop, columns.step]}
    text = _text_only(columns) and (not _STRINGS or not _is_object(columns.dtype))
    if not columns.is_unique or (_is_object(columns.dtype) and not text):
        unique = len({f"{label}" for label in columns}) == len(columns)
        return {"labels": _literal(columns.tolist()), "dtype": str(columns.dtype), "unique": unique}
    if not _label_kept(columns):
        raise Inexact("the labels of columns")
    return None


def _dtype(kind: Any) -> str | None:
    """The text of a type that Parquet changes into another one of the same values; None if it keeps it."""
    if isinstance(kind, numpy.dtype):
        if kind.kind in "mM" and numpy.datetime_data(kind)[0] == "s":
            return str(kind)
        return None
    if isinstance(kind, pandas.DatetimeTZDtype):
        return str(kind) if kind.unit == "s" else None
    if isinstance(kind, pandas.StringDtype):
        return f"string[{kind.storage}]" if kind.na_value is pandas.NA else None
    if isinstance(kind, (pandas.CategoricalDtype, getattr(pandas, "ArrowDtype", pandas.CategoricalDtype))):
        return None
    if not str(kind).startswith(_KEPT):
        raise Inexact(f"a column of the type {kind}")
    return None


def _odd_categories(kind: Any) -> bool:
    """Whether it is a categorical type of other things than text, which Parquet decodes."""
    if not isinstance(kind, pandas.CategoricalDtype) or isinstance(kind.categories.dtype, pandas.StringDtype):
        return False
    return _STRINGS or not (_is_object(kind.categories.dtype) and _text_only(kind.categories))


def _is_object(kind: Any) -> bool:
    return bool(getattr(kind, "kind", "") == "O" and isinstance(kind, numpy.dtype))


def _categories(kind: Any) -> dict[str, Any]:
    labels = kind.categories
    return {"values": _literal(labels.tolist()), "dtype": str(labels.dtype), "ordered": bool(kind.ordered)}
