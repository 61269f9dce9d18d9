"""From what the evaluation of a pipeline recorded to the IR."""

from zencompile.frontend.lowering.pipeline import lower
from zencompile.frontend.lowering.steps import StepLowering

__all__ = ["StepLowering", "lower"]
