"""Options that several commands share, and how their values are read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import click

F = TypeVar("F", bound=Callable[..., Any])


class Pair(click.ParamType):  # type: ignore[type-arg]
    """K=V."""

    name = "K=V"

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        key, separator, text = value.partition("=")
        if not separator or not key:
            self.fail(f"{value!r} is not of the form K=V", parameter, context)
        return key, text


diagnostics = click.option(
    "--diagnostics-format",
    "form",
    type=click.Choice(["text", "json", "github", "sarif"]),
    default="text",
    show_default=True,
    help="How diagnostics are written to standard error.",
)


def reading(function: F) -> F:
    """What tells which pipelines are meant and what their compile-time code sees."""
    for option in reversed(
        [
            click.argument("path", metavar="FILE[:PIPELINE]"),
            click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[-- ARGUMENTS OF FILE]"),
            click.option("--pipeline", metavar="NAME", help="The pipeline to take, by its name or its variable's."),
            click.option(
                "--param", "parameters", multiple=True, type=Pair(), help="A pipeline parameter; JSON, else text."
            ),
            click.option(
                "--env", "environment", multiple=True, type=Pair(), help="What os.getenv(K) gives at compile time."
            ),
            click.option("--config", type=click.Path(path_type=Path), help="A run configuration (YAML)."),
            click.option("--source-root", type=click.Path(path_type=Path), help="Where the project's imports start."),
            click.option("--profile", help="A profile of [tool.zencompile] in pyproject.toml."),
            click.option(
                "--frontend",
                type=click.Choice(["static", "trace"]),
                default="static",
                show_default=True,
                help="How the source is read; `trace` imports and runs it.",
            ),
            click.option(
                "--stub", "stubs", multiple=True, metavar="MODULE|all", help="With `trace`: go without missing modules."
            ),
            click.option("--trace-python", metavar="PYTHON", help="With `trace`: what runs it.  [default: this one]"),
            click.option(
                "--trace-timeout",
                type=click.FloatRange(min=0, min_open=True),
                default=300.0,
                show_default=True,
                metavar="SECONDS",
                help="With `trace`: how long the program may run.",
            ),
            diagnostics,
        ]
    ):
        function = option(function)
    return function


def writing(function: F) -> F:
    """What tells where files go and what they hold."""
    for option in reversed(
        [
            click.option(
                "-o",
                "--output",
                type=click.Path(path_type=Path),
                help="The folder for what is deployed; several targets get one each below it.",
            ),
            click.option(
                "--build-dir", type=click.Path(path_type=Path), help="The folder for the rest.  [default: build]"
            ),
            click.option(
                "--set", "settings", multiple=True, type=Pair(), help="An option of a target: TARGET.OPTION=VALUE."
            ),
            click.option("--print-after", metavar="PASS", multiple=True, help="Show the IR after a pass."),
        ]
    ):
        function = option(function)
    return function


def typed(field: Any, text: str) -> Any:
    """The value that was typed for a field of options: JSON, but where the field takes text, that is it."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    takes = _alternatives(field.annotation) if field is not None else set()
    if value is None and type(None) in takes:
        return None
    return text if str in takes and not isinstance(value, str) else value


def _alternatives(annotation: Any) -> set[Any]:
    """The types of a union, and what stands inside of `Annotated`."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _alternatives(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return set().union(*map(_alternatives, get_args(annotation)))
    return {annotation}
