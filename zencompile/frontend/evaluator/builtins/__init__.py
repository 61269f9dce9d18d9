"""The builtin names. Each module of this package enters its own in the one table."""

from zencompile.frontend.evaluator.builtins import effects, iterables, objects, scalars, types  # noqa: F401  they enter
from zencompile.frontend.evaluator.builtins.registry import BUILTINS
from zencompile.frontend.stdlib import models, paths  # noqa: F401  names and types

__all__ = ["BUILTINS"]
