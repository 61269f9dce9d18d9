"""Log records on standard error: text, or one JSON object a line with ZENCOMPILE_LOG_FORMAT=json."""

from __future__ import annotations

import json
import logging
import os
import sys
import time

from zencompile_runtime import context

_done: list[bool] = []


class JsonFormatter(logging.Formatter):
    """One JSON object a record."""

    def format(self, record: logging.LogRecord) -> str:
        running = context.current()
        fields = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if running is not None:
            fields |= {"pipeline": running.spec.pipeline, "run": running.spec.run, "step": running.spec.id}
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False)


def configure() -> None:
    """Give the root logger a handler, unless user code or a host has done so; only once."""
    if _done:
        return
    _done.append(True)
    root = logging.getLogger()
    if root.handlers:
        return
    handler = logging.StreamHandler(sys.stderr)
    if os.environ.get("ZENCOMPILE_LOG_FORMAT") == "json":
        handler.setFormatter(JsonFormatter())
    else:
        handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    root.addHandler(handler)
    level = os.environ.get("ZENML_LOGGING_VERBOSITY", "INFO").upper()
    root.setLevel(level if level in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL") else "INFO")
