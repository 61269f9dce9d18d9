"""Templates, and the one Jinja environment that renders them.

A template sees a back end's own model, never the IR. Each value is quoted once, by a filter:

    py         a Python literal ("text", 1, [1, "a"]); `Code` stays as it is
    layout     a literal or a `Call`, broken over lines where it is wider than the line
    sh         one word of a shell command
    json yaml  a value in one line of that format
    comment    text of a comment in one line
    docstring  text between triple double quotes
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["environment", "render"]


@cache
def environment() -> Environment:
    """The environment of all templates; a name is the path below this package ("airflow/dag.py.j2")."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from zencompile_templates import text
    from zencompile_templates.compiled import CompiledTemplates

    made = Environment(
        bytecode_cache=CompiledTemplates(Path(__file__).parent / "__pycache__"),
        loader=FileSystemLoader(Path(__file__).parent, encoding="utf-8"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
        auto_reload=False,
    )
    made.filters.update(text.FILTERS)
    return made


def render(template: str, /, **values: object) -> str:
    """The text of a template for these values. A value that is missing raises `jinja2.UndefinedError`."""
    return environment().get_template(template).render(**values)
