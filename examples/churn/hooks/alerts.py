"""Telling people that something went wrong."""

from zenml import get_step_context
from zenml.logger import get_logger

logger = get_logger(__name__)


def report_failure(exception: BaseException) -> None:
    """Say which step failed, and why."""
    context = get_step_context()
    logger.error("step %s failed: %s", context.step_run.name, exception)
