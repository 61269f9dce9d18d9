"""When a value of one annotated type can never be accepted as another.

Steps take their inputs by pydantic's lax rules, so `int` to `float` is fine and `str` to `int` depends on the value.
Only what fails for every value counts here: the rest is for the run.
"""

from __future__ import annotations

from zencompile.ir import Type

_SCALARS = frozenset({"bool", "int", "float", "str", "bytes"})
_CONTAINERS = frozenset({"list", "tuple", "set", "dict"})
_BUILTIN = _SCALARS | _CONTAINERS

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

# Builtin types and the builtin types that no value of theirs can become.
_NEVER: dict[str, frozenset[str]] = {
    "bool": frozenset({"str", "bytes"}) | _CONTAINERS,
    "int": frozenset({"str", "bytes"}) | _CONTAINERS,
    "float": frozenset({"str", "bytes"}) | _CONTAINERS,
    "str": _CONTAINERS,
    "bytes": _CONTAINERS,
    "list": _SCALARS | {"dict"},
    "tuple": _SCALARS | {"dict"},
    "set": _SCALARS | {"dict"},
    "dict": _SCALARS,
}


def excludes(given: Type, wanted: Type) -> bool:
    """Whether no value of type `given` can be taken where `wanted` is annotated."""
    if given.name == "union":
        return bool(given.arguments) and all(excludes(member, wanted) for member in given.arguments)
    if wanted.name == "union":
        return bool(wanted.arguments) and all(excludes(given, member) for member in wanted.arguments)
    if given.name == "none":
        return wanted.name in _BUILTIN | _DATA
    if wanted.name == "none":
        return given.name in _BUILTIN | _DATA
    if given.name in _NEVER and wanted.name in _BUILTIN:
        return wanted.name in _NEVER[given.name]
    if given.name in _DATA:
        return wanted.name in _SCALARS | {"dict"} or (wanted.name in _DATA and wanted.name != given.name)
    return given.name in _BUILTIN and wanted.name in _DATA
