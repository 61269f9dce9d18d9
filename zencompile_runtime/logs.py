"""Log records on standard error: text, or one JSON object a line with ZENCOMPILE_LOG_FORMAT=json."""

from __future__ import annotations

import os
import sys

configured = False  # whether this process has asked for a handler


def configure() -> None:
    """Give the root logger a handler, unless user code or a host has done so; only once."""
    global configured
    if configured:
        return
    configured = True
    import logging

    root = logging.getLogger()
    if root.handlers:
        return
    handler = logging.StreamHandler(sys.stderr)
    if os.environ.get("ZENCOMPILE_LOG_FORMAT") == "json":
        from zencompile_runtime.jsonlogs import JsonFormatter

        handler.setFormatter(JsonFormatter())
    else:
        handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    root.addHandler(handler)
    level = os.environ.get("ZENML_LOGGING_VERBOSITY", "INFO").upper()
    root.setLevel(level if level in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL") else "INFO")
