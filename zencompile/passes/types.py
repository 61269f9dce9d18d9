"""When an output of one annotated type can never be received as another.

Two things stand in between. The artifact is *loaded as* the class that a step asks for, by the materializer of the
output's class, which refuses classes that have nothing to do with its own: text is never loaded as a path. What was
loaded is then validated by pydantic's lax rules, so `int` to `float` is fine and `str` to `int` depends on the value.
Only what fails for every value counts here: the rest is for the run.
"""

from __future__ import annotations

from zencompile.ir import Type

_SCALARS = frozenset({"bool", "int", "float", "str"})
_CONTAINERS = frozenset({"list", "tuple", "set", "dict"})
_BUILTIN = _SCALARS | _CONTAINERS | {"bytes"}
_LISTS = frozenset({"list", "tuple"})

# Classes of the standard library that are neither above nor below a builtin one.
_STANDARD = frozenset(
    {
        "datetime.date",
        "datetime.datetime",
        "datetime.time",
        "datetime.timedelta",
        "decimal.Decimal",
        "pathlib.Path",
        "uuid.UUID",
    }
)
_PATH = "pathlib.Path"
_UUID = "uuid.UUID"
_SAVED = frozenset({_PATH, _UUID})  # of these, what has a materializer of its own; the others are pickled

# Classes that pydantic takes only as instances, and of which none is a subclass of another.
_DATA = frozenset(
    {
        "PIL.Image.Image",
        "numpy.ndarray",
        "pandas.DataFrame",
        "pandas.Series",
        "polars.DataFrame",
        "polars.Series",
        "scipy.sparse.csr_matrix",
        "torch.Tensor",
        "torch.nn.Module",
    }
)
_PANDAS = frozenset({"pandas.DataFrame", "pandas.Series"})  # one materializer loads each as the other
_PICKLED = frozenset({"torch.Tensor"})  # loaded as it is
_NUMBERS = frozenset({"torch.Tensor", "numpy.ndarray", "pandas.Series", "polars.Series"})  # have a `__float__`

# Builtin types and the builtin types that pydantic makes of no value of theirs.
_NEVER: dict[str, frozenset[str]] = {
    "bool": frozenset({"str", "bytes"}) | _CONTAINERS,
    "int": frozenset({"str", "bytes"}) | _CONTAINERS,
    "float": frozenset({"str", "bytes"}) | _CONTAINERS,
    "str": _CONTAINERS,
    "bytes": _CONTAINERS,
    "list": _SCALARS | {"bytes", "dict"},
    "tuple": _SCALARS | {"bytes", "dict"},
    "set": _SCALARS | {"bytes", "dict"},
    "dict": _SCALARS | {"bytes"},
}


def excludes(given: Type, wanted: Type) -> bool:
    """Whether no output of type `given` can be received where `wanted` is annotated."""
    if given.name == "union":
        return bool(given.arguments) and all(excludes(member, wanted) for member in given.arguments)
    if wanted.name == "union":  # it is loaded as what it is
        return bool(wanted.arguments) and all(_invalid(given, member) for member in wanted.arguments)
    return (
        wanted.name == "literal" or unloadable(given, wanted) or (not _cast(given, wanted) and _invalid(given, wanted))
    )


def excludes_together(wanted: Type) -> bool:
    """Whether several outputs can't be received together where `wanted` is annotated: it must be a list or a tuple."""
    if wanted.what == "alike" or wanted.name in ("union", "literal"):
        return True
    return wanted.name in (_BUILTIN | _STANDARD | _DATA | {"none"}) - _LISTS or wanted.what == "model"


def unloadable(given: Type, wanted: Type) -> bool:
    """Whether the materializer of `given` refuses to load a value as `wanted`."""
    if given.what or wanted.what == "alike":
        return False
    if wanted.what:
        return wanted.what == "model" and given.name in _BUILTIN | _SAVED | (_DATA - _PICKLED)
    if given.name in _SCALARS:
        return wanted.name in {"bytes"} | _CONTAINERS | _STANDARD | _DATA
    if given.name in _CONTAINERS:
        return wanted.name in _SCALARS | {"bytes"} | _STANDARD | _DATA
    if given.name in _SAVED | {"bytes"}:
        return wanted.name in (_BUILTIN | _STANDARD | _DATA) - {given.name}
    if given.name in _DATA - _PICKLED:
        return wanted.name in _BUILTIN | _STANDARD
    return False


def _cast(given: Type, wanted: Type) -> bool:
    """Whether loading itself may make a `wanted` of a `given`, which pydantic doesn't see any more."""
    if given.name in _CONTAINERS and not given.what:
        return wanted.name in _CONTAINERS
    return given.name in _PANDAS and wanted.name in _PANDAS


def _invalid(given: Type, wanted: Type) -> bool:
    """Whether pydantic takes no value of `given` for `wanted`."""
    if given.what == "alike":
        return False
    if given.name == "none":
        return wanted.name in _BUILTIN | _DATA
    if wanted.name == "none":
        return given.name in _BUILTIN | _DATA
    if given.name in _NEVER and wanted.name in _BUILTIN:
        return wanted.name in _NEVER[given.name]
    if given.name in _DATA:
        never = {"str", "bytes", "dict"} | (_DATA - {given.name})
        return wanted.name in never or (wanted.name in _SCALARS and given.name not in _NUMBERS)
    return given.name in _BUILTIN and wanted.name in _DATA
