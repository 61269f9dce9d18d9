"""`zenml.hooks`."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

from zencompile_runtime import context
from zencompile_runtime.names.logger import get_logger


def alerter_failure_hook(exception: BaseException) -> None:
    """There is no alerter here: the message goes to the log."""
    running = context.current()
    step = running.spec.id if running is not None else "?"
    text = "".join(traceback.format_exception_only(type(exception), exception)).strip()
    get_logger("zencompile").error("step %s failed: %s (no alerter is available here)", step, text)


def alerter_success_hook() -> None:
    """There is no alerter here: the message goes to the log."""
    running = context.current()
    step = running.spec.id if running is not None else "?"
    get_logger("zencompile").info("step %s completed (no alerter is available here)", step)


def resolve_and_validate_hook(hook: Any, *args: Any, **keywords: Any) -> Any:
    """The hook: it was checked when the pipeline was compiled."""
    return hook


def run_hook(func: Callable[..., Any], *args: Any, kwargs: dict[str, Any] | None = None, **_: Any) -> Any:
    """Call a function as a hook."""
    return func(*args, **(kwargs or {}))
