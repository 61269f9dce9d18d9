"""Values that no command line can hold.

Linux takes no single argument or variable of more than 128 kB (`MAX_ARG_STRLEN` in `execve(2)`), and the bash operator
makes one argument of a whole command. What is known when compiling is written to a file then (`ir.long_values`), which
travels to workers and into images that are built; what can't be is an error at its place.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from typing import Any

from zencompile.diagnostics import Report
from zencompile.ir import Invocation, Pipeline
from zencompile_airflow.options import Operator
from zencompile_airflow.templating import json_text

Json = Any

ONE = 128 * 1024 - 1
"""Bytes of an argument or a variable, without the zero that ends it."""

MOST = 1024 * 1024
"""Bytes of all arguments of a container: Linux takes 2 MB with the environment, etcd 1.5 MB of a whole pod."""

COMMAND = 64 * 1024
"""Bytes of a whole command from which on values travel by files; the rest is for what a run's parameters come to."""


def fits(arguments: Iterable[str], operator: Operator) -> bool:
    """Whether a process can be started with the arguments."""
    if operator == "bash":
        return sum(len(shlex.quote(text).encode()) + 1 for text in arguments) <= COMMAND
    sizes = [len(text.encode()) for text in arguments]
    return all(size <= ONE for size in sizes) and sum(sizes) <= MOST


def refuse(invocation: Invocation, arguments: Iterable[str], operator: Operator, report: Report) -> None:
    """Report the longest of arguments that are too long."""
    name, text = max(
        ((text.partition("=")[2].partition("=")[0], text) for text in arguments), key=lambda pair: len(pair[1])
    )
    value = invocation.inputs.get(name)
    span = getattr(value, "span", None) or invocation.span
    what = f"the value of `{name}`" if value is not None else "what is configured"
    report.error(
        "ZC0561",
        f"{what} for `{invocation.id}` is too long for a command line: {len(text.encode()):,} bytes",
        span,
        notes=f"Linux starts no process with an argument of more than {ONE:,} bytes, or with all too long",
        helps=(
            "let the step read it from a file of the project, or from a constant of a module that it imports",
            *(() if operator == "bash" else ("or use `--set airflow.operator=bash`, whose workers get it by a file",)),
        ),
    )


def check_environment(invocation: Invocation, environment: Mapping[str, object], report: Report) -> None:
    """Report variables that no process can be started with: by their names, or their length."""
    for name, value in environment.items():
        if not name or "=" in name or "\0" in name:
            report.error(
                "ZC0541",
                f"no process can have a variable called `{name}`, as `{invocation.id}` should",
                invocation.span,
                notes="the name of a variable is not empty, and holds no `=`",
                helps="give it another name",
            )
        size = len(name) + 1 + len(str(value).encode())
        if size > ONE:
            report.error(
                "ZC0561",
                f"the variable `{name}` of `{invocation.id}` is too long for a process: {size:,} bytes",
                invocation.span,
                notes=f"Linux starts no process with a variable of more than {ONE:,} bytes",
                helps="let the step read it from a file of the project",
            )


def check_defaults(pipeline: Pipeline, report: Report) -> None:
    """Report defaults that are too long to be handed on when a run starts."""
    for parameter in pipeline.parameters:
        if parameter.bound != "runtime" or parameter.default is None:
            continue
        size = len(json_text(parameter.default.value).encode())
        if size > COMMAND:
            report.error(
                "ZC0561",
                f"the default of the parameter `{parameter.name}` is too long for a command line: {size:,} bytes",
                parameter.span or pipeline.span,
                notes="a parameter that is given when a run starts reaches its steps by their command lines",
                helps="make it a constant that is handed to the step, or let the step read a file",
            )
