"""Pickle, of which more comes back: what exceptions and arrays hold and their own reductions leave out.

What can't come back as it was (an open file, of which cloudpickle makes a text) is a PicklingError.
"""

from __future__ import annotations

import io
import operator
import pickle
import sys
import types
from collections.abc import Callable
from typing import Any

from zencompile_runtime.importing import found_by_name
from zencompile_runtime.values import views
from zencompile_runtime.values.exact import OF_EXCEPTIONS, fields_of

PROTOCOL = 5
_load = pickle.load
_REDUCERS = ("__reduce__", "__reduce_ex__")
_OPEN = (io.FileIO, io.BufferedReader, io.BufferedWriter, io.BufferedRandom, io.TextIOWrapper)


def dump(value: Any, create: Callable[[], Any], *, by_value: bool = False) -> None:
    """Pickle a value into a new stream; `by_value` takes along classes and functions that no module has (cloudpickle).

    Arrays that share memory share it when they come back, too: for them a second stream is made, in place of the first.
    """
    spans = None
    for _ in range(2):
        with create() as stream:
            pickler = _pickler(by_value)(stream, PROTOCOL)
            pickler.begin(spans)
            pickler.dump(value)
        spans = views.overlapping(value, pickler.arrays) if spans is None else None
        if spans is None:
            return


def load(stream: Any, buffers: list[Any] | None = None) -> Any:
    """The value of a pickle."""
    return _load(stream, buffers=buffers)


def in_parts(value: Any, by_value: bool) -> tuple[bytes, list[Any]]:
    """The pickle of a value without what lies in large buffers, and those as they lie in memory."""
    stream, buffers = io.BytesIO(), []  # type: ignore[var-annotated]
    pickler = _pickler(by_value)(stream, PROTOCOL, buffer_callback=buffers.append)
    pickler.begin(None)
    pickler.dump(value)
    return stream.getvalue(), buffers


_simple: set[type] = set()  # classes whose objects pickle alone is right for


class _Reducing:
    """What both picklers make of objects whose own reductions lose something."""

    def begin(self, spans: views.Spans | None) -> None:
        """Let arrays in `spans` be views on them."""
        self.spans = spans
        self.arrays: list[Any] = []

    def reducer_override(self, value: Any) -> Any:
        """What to make of an object; NotImplemented for what pickle itself does."""
        kind = type(value)
        if kind in _simple:
            return self.others(value)
        if issubclass(kind, type):
            return _of_class(value) or self.others(value)
        if isinstance(value, BaseException):
            return _of_exception(value)
        if isinstance(value, _OPEN):
            raise pickle.PicklingError(f"an open file ({kind.__name__}) can't be taken along")
        numpy: Any = sys.modules.get("numpy")
        if numpy is not None and isinstance(value, getattr(numpy, "ndarray", ())):
            self.arrays.append(value)
            found = self.spans.reduced(value) if self.spans is not None else None
            return found or _of_array(numpy, value)
        if kind.__module__ == "numpy" and kind.__name__ in ("longlong", "ulonglong"):
            return _scalar, (value.dtype.char, value.tobytes())
        if hasattr(kind, "_internal_names_set"):  # frames and series of pandas
            return _of_frame(value) or self.others(value)
        _simple.add(kind)
        return self.others(value)

    def others(self, value: Any) -> Any:
        """What cloudpickle makes of it."""
        return NotImplemented


class _Pickler(_Reducing, pickle.Pickler):
    """Pickles classes and functions by name."""


_by_value: list[Any] = []


def _pickler(by_value: bool) -> Callable[..., Any]:
    if not by_value:
        return _Pickler
    if not _by_value:
        import cloudpickle

        from zencompile_runtime.observing import loaded

        class Pickler(_Reducing, cloudpickle.Pickler):  # type: ignore[misc]
            """Pickles classes and functions that no module has by what they are."""

            def others(self, value: Any) -> Any:
                found = cloudpickle.Pickler.reducer_override(self, value)
                if found is not NotImplemented:
                    loaded.stored(value)
                if isinstance(value, type) and isinstance(found, tuple) and len(found) > 5:
                    found[2][0]["__qualname__"] = value.__qualname__  # cloudpickle has its name alone
                return found

        _by_value.append(Pickler)
    return _by_value[0]  # type: ignore[no-any-return]


# -- classes and frames ------------------------------------------------------------------------------------------------


def _of_class(kind: Any) -> Any:
    """A generic model of pydantic with its arguments, which no module has, by what it was made of; else None."""
    made = vars(kind).get("__pydantic_generic_metadata__")
    if not made or not made["origin"] or found_by_name(kind):
        return None
    return operator.getitem, (made["origin"], tuple(made["args"]))


def attributes_of(frame: Any) -> dict[str, Any]:
    """What a program has set on a frame or series of pandas, which pandas itself takes along nowhere."""
    known = frame._internal_names_set
    held = vars(frame).items()
    return {name: one for name, one in held if name not in known and name not in frame._metadata and name[0] != "_"}


def _of_frame(frame: Any) -> Any:
    beside = attributes_of(frame)
    if not beside:
        return None
    made, arguments, state, *_ = frame.__reduce_ex__(PROTOCOL)
    return made, arguments, (state, beside), None, None, _fill_frame


def _fill_frame(frame: Any, filled: Any) -> None:
    state, beside = filled
    frame.__setstate__(state)
    for name, one in beside.items():
        object.__setattr__(frame, name, one)


# -- exceptions --------------------------------------------------------------------------------------------------------


def _of_exception(error: BaseException) -> Any:
    """An exception with its cause, context and notes, for which Python would call its class, whatever that takes."""
    kind = type(error)
    reduced: Any = error.__reduce_ex__(PROTOCOL)
    if isinstance(reduced, str):
        return reduced
    made, arguments, state = (*reduced, None)[:3]
    if not any(isinstance(getattr(kind, name), types.FunctionType) for name in _REDUCERS):
        made, arguments = _new_exception, (kind, error.args, arguments)
    beside = {name: getattr(error, name) for name in OF_EXCEPTIONS}
    return made, arguments, (state, fields_of(error), beside), None, None, _fill_exception


def _new_exception(kind: Any, args: Any, arguments: Any) -> Any:
    base: Any = next(one for one in kind.__mro__ if not isinstance(getattr(one, "__init__", None), types.FunctionType))
    base = next(one for one in base.__mro__ if one.__module__ == "builtins")
    found = base.__new__(kind, *arguments)
    base.__init__(found, *arguments)
    found.args = args
    return found


def _fill_exception(error: Any, filled: Any) -> None:
    state, fields, beside = filled
    if state is not None:
        error.__setstate__(state)
    for name, one in fields.items():
        if getattr(error, name, None) is not one:
            try:
                setattr(error, name, one)
            except (AttributeError, TypeError):  # it follows from the arguments
                continue
    for name, one in beside.items():
        setattr(error, name, one)


# -- arrays ------------------------------------------------------------------------------------------------------------


def _of_array(numpy: Any, array: Any) -> Any:
    """An array with what its own reduction leaves out; NotImplemented if that is nothing."""
    kind = type(array)
    if kind is numpy.ndarray:
        if array.flags.writeable or (array.flags.forc and not array.dtype.hasobject):
            return NotImplemented
        beside = None
    elif isinstance(array, numpy.ma.MaskedArray):
        beside = {name: one for name, one in vars(array).items() if name not in _OF_MASKS}
        beside["_mask"] = array._mask if array._mask is numpy.ma.nomask else array._mask.copy()
    elif kind.__reduce__ is numpy.ndarray.__reduce__:
        beside = dict(getattr(array, "__dict__", ()))
    else:
        return NotImplemented
    made, arguments, state, *_ = array.__reduce__()
    return made, arguments, (state, beside, array.flags.writeable), None, None, _fill_array


def _scalar(kind: str, data: bytes) -> Any:
    """A number of a type that has two names, of which NumPy pickles the other one."""
    import numpy

    return numpy.frombuffer(data, kind)[0]


_OF_MASKS = ("_mask", "_basedict")  # what is said otherwise, and what it is the dictionary of


def _fill_array(array: Any, filled: Any) -> None:
    state, beside, writeable = filled
    array.__setstate__(state)
    if beside:
        array.__dict__.update(beside)
    if not writeable:
        array.flags.writeable = False
