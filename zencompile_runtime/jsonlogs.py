"""Log records as JSON."""

from __future__ import annotations

import json
import logging
import time

from zencompile_runtime import context


class JsonFormatter(logging.Formatter):
    """One JSON object a record, with the step that wrote it."""

    def format(self, record: logging.LogRecord) -> str:
        running = context.current()
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        fields = {
            "time": f"{moment}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if running is not None:
            fields |= {"pipeline": running.spec.pipeline, "run": running.spec.run, "step": running.spec.id}
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False)
