"""The pipelines of the churn project."""

from .monitoring import monitoring
from .training import training

__all__ = ["monitoring", "training"]
