"""The step at the end of a run: what a pipeline wants called then, once, whatever happened to its steps.

It has a process of its own, as far from those of the steps as they are from each other. What a hook raises is told and
changes nothing: the run has ended as it did.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zencompile_runtime import hooks
from zencompile_runtime.failures import users_traceback
from zencompile_runtime.names.logger import get_logger


def end(status: Mapping[str, Any], on_cleanup: str) -> None:
    """Call the hooks of a run that has ended, each "module:function".

    `status` is what Kubeflow says of the run: its `state` ("COMPLETE", "FAILED" and the like) and names.
    """
    logger = get_logger("zencompile")
    logger.info("the run ended: %s", status.get("state", "in a state that is not known"))
    try:
        hooks.call(on_cleanup)
    except Exception as error:
        logger.error("hook on_cleanup (%s) failed:\n%s", on_cleanup, users_traceback(error))
