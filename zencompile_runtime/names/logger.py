"""`zenml.logger`."""

from __future__ import annotations

import logging


def get_logger(logger_name: str) -> logging.Logger:
    """The logger of this name; records of level INFO and above are written to standard error."""
    from zencompile_runtime.logs import configure

    configure()
    return logging.getLogger(logger_name)
