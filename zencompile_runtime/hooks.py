"""Functions that run around a step: on_start, the step, on_end, then on_success or on_failure."""

from __future__ import annotations

import inspect
from typing import Any

from zencompile_runtime import importing, observing
from zencompile_runtime.context import Running
from zencompile_runtime.errors import UserFault
from zencompile_runtime.failures import said
from zencompile_runtime.values.literals import decode


def fire(running: Running, event: str, *offered: Any) -> None:
    """Call the hook of an event with as many of the offered arguments as it takes. What it raises becomes a note.

    A hook that the step owes is called by whoever crosses it off.
    """
    source = running.spec.hooks.get(event)
    if source is None or (running.owed is not None and event in running.owed.events and not running.owed.take(event)):
        return
    try:
        call(source, *offered)
    except Exception as error:
        running.notes.append(f"hook {event} ({source}) failed: {type(error).__name__}: {said(error)}")
        from zencompile_runtime.failures import users_traceback
        from zencompile_runtime.names.logger import get_logger

        get_logger("zencompile").error("hook %s (%s) failed:\n%s", event, source, users_traceback(error))


def initialize(running: Running) -> None:
    """Call on_init; what it returns is the pipeline's state. What it raises fails the step."""
    source = running.spec.hooks.get("on_init")
    if source is None:
        return
    keywords = {name: decode(value) for name, value in running.spec.on_init_keywords.items()}
    running.state = _run(_function(source), (), keywords)


def clean_up(running: Running) -> None:
    """Call on_cleanup, whatever happened to the step."""
    fire(running, "on_cleanup")


def call(source: str, *offered: Any) -> Any:
    """Call "module:function" with as many of the offered arguments as it takes."""
    function = _function(source)
    return _run(function, offered[: _taken(function, len(offered))], {})


def _function(source: str) -> Any:
    found = importing.load(source)
    found = getattr(found, "entrypoint", found)
    if not callable(found):
        raise UserFault(f"{source} is not a function")
    return found


def _taken(function: Any, most: int) -> int:
    try:
        with observing.quiet():
            parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return most
    if any(one.kind is one.VAR_POSITIONAL for one in parameters):
        return most
    positional = [one for one in parameters if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]
    return min(len(positional), most)


def _run(function: Any, arguments: Any, keywords: dict[str, Any]) -> Any:
    if inspect.iscoroutinefunction(function):
        import asyncio

        return asyncio.run(function(*arguments, **keywords))
    return function(*arguments, **keywords)
