"""What happens around a step."""

from .alerts import report_failure

__all__ = ["report_failure"]
