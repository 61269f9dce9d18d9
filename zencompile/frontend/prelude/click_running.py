"""Between click, which parses and calls, and the program, whose functions it calls: the place of the call, and
exceptions and values on their way from one to the other."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import click

from zencompile.frontend.values import Context, Object, Raised, Unknown, Value
from zencompile.frontend.values.plain import SCALARS

RUNNING: ContextVar[Context | None] = ContextVar("RUNNING", default=None)
"""The place of the call that made click run; None outside of one."""

UNSET: Any = getattr(click.core, "UNSET", None)
"""What newer releases of click take for no value; None in older ones."""

PASSING = (click.ClickException, click.exceptions.Exit, click.Abort)
"""Exceptions of the program that click handles itself."""


def here() -> Context:
    """The place of the call that made click run."""
    context = RUNNING.get()
    assert context is not None
    return context


@contextmanager
def running(context: Context) -> Iterator[None]:
    """Click runs on behalf of a call of the program."""
    token = RUNNING.set(context)
    try:
        yield
    finally:
        RUNNING.reset(token)


def call_program(function: Value, arguments: list[Value], keywords: dict[str, Value] | None = None) -> Value:
    """Call a function of the program from within click. What click handles itself is raised as click knows it."""
    try:
        return here().call(function, arguments, keywords or {})
    except Raised as raised:
        if isinstance(raised.value, PASSING):
            raise raised.value from raised
        raise


def function_for_click(function: Value, name: str) -> Callable[..., Any]:
    """A function of the program as one that click can call to convert a text. A ValueError is told to click."""

    def act(*arguments: Any) -> Any:
        try:
            return call_program(function, list(arguments))
        except Raised as raised:
            if isinstance(raised.value, ValueError):
                raise ValueError(*raised.value.args) from raised
            raise

    act.__name__ = name
    return act


def is_abstract(value: Any) -> bool:
    """Whether click can't convert a value: it is no data of Python's own, or holds such."""
    if isinstance(value, (list, tuple)):
        return any(is_abstract(item) for item in value)
    return isinstance(value, Object)


def settled(value: Value, context: Context) -> Value:
    """A value with what is lazy inside forced, as far as lists and tuples go; the first Unknown if there is one."""
    value = context.force(value)
    if type(value) in (list, tuple):
        items = [settled(item, context) for item in value]
        unknown = next((item.forgotten() for item in items if isinstance(item, Unknown)), None)
        return type(value)(items) if unknown is None else unknown
    return value


def for_program(value: Any) -> Value:
    """A value that click made, as the program has it."""
    if type(value) in SCALARS or isinstance(value, Object):
        return value
    if isinstance(value, pathlib.Path):
        return pathlib.PurePosixPath(value)
    if type(value) in (list, tuple):
        return type(value)(for_program(item) for item in value)
    return None if value is UNSET else value


def raised_by_click(error: Exception) -> bool:
    """Whether an exception comes from click, or from Python's own functions that it called: real click fails so."""
    trace, files = error.__traceback__, []
    while trace is not None:
        files.append(trace.tb_frame.f_code.co_filename)
        trace = trace.tb_next
    outside = next((name for name in reversed(files) if not _is_standard(name)), "")
    return outside.startswith(str(pathlib.Path(click.__file__).parent))


def _is_standard(file: str) -> bool:
    return file.startswith(_PYTHON) and "site-packages" not in file


_PYTHON = str(pathlib.Path(os.__file__).parent) + os.sep
