"""The builtin names. Each module of this package enters its own in the one table."""

from zencompile.frontend.prelude import models, paths  # noqa: F401  names and types
from zencompile.frontend.prelude.builtins import effects, iterables, objects, scalars, types  # noqa: F401  they enter
from zencompile.frontend.prelude.builtins.registry import BUILTINS

__all__ = ["BUILTINS"]
