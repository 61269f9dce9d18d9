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

_ENDED = ("COMPLETE", "SUCCEEDED", "FAILED", "CANCELED")


def end(status: Mapping[str, Any], on_cleanup: str) -> None:
    """Call the hooks of a run that has ended, each "module:function".

    `status` is what Kubeflow knows of the run then: its `state` and names. Nothing is decided by the state, for it can
    still be "RUNNING": only steps that ran to an end of their own change it, not cached ones and none that was killed
    (kubeflow/pipelines, v2/metadata/client.go: UpdateDAGExecutionsState).
    """
    logger = get_logger("zencompile")
    state = status.get("state")
    logger.info("the run has ended%s", f": {state}" if state in _ENDED else "")
    try:
        hooks.call(on_cleanup)
    except Exception as error:
        logger.error("hook on_cleanup (%s) failed:\n%s", on_cleanup, users_traceback(error))
