"""Values that no command line can hold.

Linux takes no single argument or variable of more than 128 kB (`MAX_ARG_STRLEN` in `execve(2)`), and the bash operator
makes one argument of a whole command. What is known when compiling is written to a file then, whose name is its
digest: `runtime/values/` lies beside the runtime in the project folder of a worker. Images have no such folder, so for
containers and pods such a value is an error at its place.
"""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from zencompile.diagnostics import Report
from zencompile.ir import External, Invocation, Literal, ParameterRef, Pipeline, Value
from zencompile_airflow.options import Operator
from zencompile_airflow.templating import json_text

Json = Any

ONE = 128 * 1024 - 1
"""Bytes of an argument or a variable, without the zero that ends it."""

MOST = 1024 * 1024
"""Bytes of all arguments of a container: Linux takes 2 MB with the environment, etcd 1.5 MB of a whole pod."""

COMMAND = 64 * 1024
"""Bytes of a whole command from which on values travel by files; the rest is for what a run's parameters come to."""

_LEAST = 1024  # what is shorter is no relief

FOLDER = "runtime/values"


class Relieved(NamedTuple):
    """An invocation whose long values stand in files: name below `FOLDER` → text."""

    invocation: Invocation
    files: Mapping[str, str]


def fits(arguments: Iterable[str], operator: Operator) -> bool:
    """Whether a process can be started with the arguments."""
    if operator == "bash":
        return sum(len(shlex.quote(text).encode()) + 1 for text in arguments) <= COMMAND
    sizes = [len(text.encode()) for text in arguments]
    return all(size <= ONE for size in sizes) and sum(sizes) <= MOST


def relieved(pipeline: Pipeline, invocation: Invocation) -> Relieved:
    """The invocation with its longest values in files, as many as it takes for a short command."""
    fixed = {p.name: p.value for p in pipeline.parameters if p.bound == "compile" and p.value is not None}
    found: dict[str, tuple[int, Value, Json]] = {}
    for name, value in invocation.inputs.items():
        known = fixed.get(value.name, value) if isinstance(value, ParameterRef) else value
        if isinstance(known, (Literal, External)):
            found[name] = len(shlex.quote(json_text(known.value)).encode()), known, known.value
    inputs, files = dict(invocation.inputs), dict[str, str]()
    total = sum(size for size, _, _ in found.values())
    for name, (size, value, literal) in sorted(found.items(), key=lambda item: (-item[1][0], item[0])):
        if total <= COMMAND // 2 or size < _LEAST:
            break
        text = json.dumps(literal, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
        digest = hashlib.sha256(text.encode()).hexdigest()
        files[f"{digest}.json"] = text
        inputs[name] = value.model_copy(update={"value": {"$": "file", "sha256": digest}})
        total -= size
    return Relieved(invocation.model_copy(update={"inputs": inputs}), files)


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
