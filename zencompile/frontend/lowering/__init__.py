"""From what the evaluation of a pipeline recorded to the IR."""

from zencompile.frontend.lowering.pipeline import lower

__all__ = ["lower"]
