"""The builtin names. Each module of this package enters its own in the one table."""

from zencompile.frontend.evaluator.builtins import effects, iterables, objects, scalars  # noqa: F401  they enter names
from zencompile.frontend.evaluator.builtins.registry import BUILTINS
from zencompile.frontend.evaluator.builtins.types import construct

__all__ = ["BUILTINS", "construct"]
