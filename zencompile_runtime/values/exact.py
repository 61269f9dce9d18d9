"""Whether two values are the same: types, order, what objects hold, and which parts of them are one object.

`==` tells none of that (1 == True == 1.0, nan != nan). What an object of a class is, its reduction says: what pickle
would keep of it. Where pickle keeps less than the object is (exceptions, arrays), it is looked at itself.
"""

from __future__ import annotations

import copyreg
import math
import sys
import types
from typing import Any

from zencompile_runtime.values.reach import constant

_PLAIN = frozenset({bool, int, str, bytes, type(None), type(...), type(NotImplemented)})
_NAMED = (type, types.FunctionType, types.BuiltinFunctionType, types.ModuleType)  # equal to themselves alone
_REDUCED = 4  # the protocol of reductions
OF_EXCEPTIONS = ("__cause__", "__context__", "__suppress_context__")


def same(one: Any, other: Any) -> bool:
    """Whether both are of one type and equal, all that they hold too; False for what can't be compared."""
    return _answer(Comparison(), one, other)


def alike(one: Any, other: Any) -> bool:
    """Whether both have one structure: types, lengths, keys, what is one object; what a class reduces to is its own."""
    return _answer(Structure(), one, other)


def _answer(comparison: Comparison, one: Any, other: Any) -> bool:
    try:
        return comparison.same(one, other)
    except Exception:  # a comparison or a reduction of a class of the user's, or nested too deeply
        return False


class Comparison:
    """One comparison, which remembers what it has met: a part that is met twice is the same part on both sides."""

    def __init__(self) -> None:
        self._partner: dict[int, int] = {}
        self._taken: set[int] = set()
        self._kept: list[Any] = []  # what was made on the way, so that no identity is used twice

    def same(self, one: Any, other: Any) -> bool:
        """Whether two parts are the same."""
        kind = type(one)
        if kind is not type(other):
            return False
        if kind in _PLAIN:
            return self.plain(one, other)
        if kind is float:
            return self.number(one, other)
        if kind is tuple:
            return self.items(one, other)
        if kind is frozenset:
            return self.members(one, other)
        if constant(kind):
            return one is other or self._held(kind, one, other)
        met = self._partner.get(id(one))
        if met is not None or id(other) in self._taken:
            return met == id(other)
        self._partner[id(one)] = id(other)
        self._taken.add(id(other))
        return one is other or self._held(kind, one, other)

    def _held(self, kind: type, one: Any, other: Any) -> bool:
        if kind is list:
            return self.items(one, other)
        if kind is dict:
            return self.items(list(one), list(other)) and self.items(one.values(), other.values())
        if kind is set:
            return self.members(one, other)
        if kind is bytearray:
            return self.plain(one, other)
        if isinstance(one, _NAMED):
            return self.named(one, other)
        if isinstance(one, BaseException) and not self.made(of_exception(one), of_exception(other)):
            return False
        numpy: Any = sys.modules.get("numpy")
        if numpy is not None and isinstance(one, numpy.ndarray):
            return self.arrays(numpy, one, other)
        return self.objects(one, other)

    # -- what a structure leaves out -----------------------------------------------------------------------------------

    def plain(self, one: Any, other: Any) -> bool:
        """Two values of one type that are what they are equal to."""
        return bool(one == other)

    def number(self, one: float, other: float) -> bool:
        """Two floats."""
        return (one != one and other != other) or (one == other and math.copysign(1, one) == math.copysign(1, other))

    def named(self, one: Any, other: Any) -> bool:
        """Two classes, functions or modules that are not one."""
        return False

    def members(self, one: Any, other: Any) -> bool:
        """Two sets, whatever their order."""
        partners = {item: item for item in other}
        return len(one) == len(other) and all(item in partners and self.same(item, partners[item]) for item in one)

    def objects(self, one: Any, other: Any) -> bool:
        """Two objects of a class, by what they are reduced to."""
        return self._reductions(one, other)

    def data(self, numpy: Any, one: Any, other: Any) -> bool:
        """The elements of two arrays of one shape and type."""
        if one.dtype.hasobject or one.dtype.names is not None:
            return self.made(one.ravel().tolist(), other.ravel().tolist())
        return bool(numpy.ascontiguousarray(one).tobytes() == numpy.ascontiguousarray(other).tobytes())

    # -- what both compare ---------------------------------------------------------------------------------------------

    def items(self, one: Any, other: Any) -> bool:
        """Two sequences."""
        return len(one) == len(other) and all(map(self.same, one, other))

    def arrays(self, numpy: Any, one: Any, other: Any) -> bool:
        """Two arrays of one class."""
        if not same_dtype(one.dtype, other.dtype) or one.shape != other.shape:
            return False
        if any(getattr(one.flags, name) != getattr(other.flags, name) for name in ("writeable", "fnc")):
            return False
        if not self.made([of_array(one)], [of_array(other)]):
            return False
        return self.data(numpy, one.view(numpy.ndarray), other.view(numpy.ndarray))

    def _reductions(self, one: Any, other: Any) -> bool:
        held, found = reduction(one), reduction(other)
        if isinstance(held, str) or isinstance(found, str):
            return False  # by a name, and they are not one object
        return self.made(held, found)

    def made(self, one: list[Any], other: list[Any]) -> bool:
        """Two lists that were made to be compared, and stay until the end."""
        self._kept += [one, other]
        return self.items(one, other)


class Structure(Comparison):
    """A comparison of structure: a value and what came back of it, which holds equal data if it has one form."""

    def plain(self, one: Any, other: Any) -> bool:
        return True

    def number(self, one: float, other: float) -> bool:
        return True

    def named(self, one: Any, other: Any) -> bool:
        return True

    def members(self, one: Any, other: Any) -> bool:
        kinds = [sorted(type(item).__qualname__ for item in each) for each in (one, other)]
        return kinds[0] == kinds[1]

    def objects(self, one: Any, other: Any) -> bool:
        return _reduces_itself(type(one)) or self._reductions(one, other)

    def data(self, numpy: Any, one: Any, other: Any) -> bool:
        return not one.dtype.hasobject or self.made(one.ravel().tolist(), other.ravel().tolist())


def reduction(value: Any) -> Any:
    """What pickle would make of an object, its items as lists; a text for what is found by its name."""
    reducer = copyreg.dispatch_table.get(type(value))
    found = reducer(value) if reducer is not None else value.__reduce_ex__(_REDUCED)
    if isinstance(found, str):
        return found
    return [list(part) if index in (3, 4) and part is not None else part for index, part in enumerate(found)]


def _reduces_itself(kind: type) -> bool:
    """Whether a class says itself what is to be kept of its objects."""
    names = ("__reduce_ex__", "__reduce__", "__getstate__")
    own = any(getattr(kind, name, None) is not getattr(object, name, None) for name in names)
    return (
        own or kind in copyreg.dispatch_table or hasattr(kind, "__getnewargs__") or hasattr(kind, "__getnewargs_ex__")
    )


def of_exception(error: BaseException) -> list[Any]:
    """What an exception holds and no reduction of it says; the traceback is nobody's to keep."""
    held = [getattr(error, name) for name in OF_EXCEPTIONS]
    return [*held, fields_of(error)]


def fields_of(error: BaseException) -> dict[str, Any]:
    """The fields of an exception that lie beside its arguments and its dictionary: Python's own, and those of slots."""
    found = {}
    for base in type(error).__mro__:
        if base in (BaseException, Exception, object):
            continue
        for name, one in vars(base).items():
            if isinstance(one, (types.MemberDescriptorType, types.GetSetDescriptorType)) and not name.startswith("__"):
                value = getattr(error, name, None)
                if value is not None:
                    found[name] = value
    return found


def of_array(array: Any) -> dict[str, Any]:
    """What an array of a class of its own holds beside its elements: attributes, a mask."""
    held = dict(getattr(array, "__dict__", {}))
    if "_hardmask" in held:  # a masked array; the rest of its attributes are what it was made of
        held = {name: one for name, one in held.items() if name not in _OF_MASKS}
        held["mask"] = None if array._mask is sys.modules["numpy"].ma.nomask else array._mask.copy()
        held["fill"] = array._fill_value
    return held


_OF_MASKS = {"_mask", "_fill_value", "_sharedmask", "_basedict", "_isfield", "_baseclass"}


def same_dtype(one: Any, other: Any) -> bool:
    """Whether two types of arrays are one, metadata and alignment included."""
    if one != other or (one.isalignedstruct, one.metadata, one.str) != (
        other.isalignedstruct,
        other.metadata,
        other.str,
    ):
        return False
    if one.subdtype is not None:
        return same_dtype(one.base, other.base)
    return all(same_dtype(one[name], other[name]) for name in one.names or ())
