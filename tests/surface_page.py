"""The page `docs/surface.md`. `python tests/surface_page.py` writes it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parent.parent / "docs" / "surface.md"
_HEAD = """\
# What of ZenML is read

Every setting, field and name of ZenML that means something here; this page is made of
`zencompile/frontend/surface.py`, which decorators, `configure`, `with_options`, run configurations and the diagnostics
of misspelt names read. What is not here is reported. *Into* names the part of the IR that holds it; what has no effect
says why, and is listed in the IR (`ignored`). "steps" is the decorator, `configure`, `with_options` and a step's
section of a run configuration; "pipelines" the same for pipelines.
"""


def page() -> str:
    """The page as of now."""
    from zencompile.frontend import surface

    parts = [_HEAD, "## Settings\n", *_settings(), "\n## Fields\n"]
    for table in surface.TABLES.values():
        if table.fields:
            parts += [f"\n### {table.name}\n", *_fields(table.fields)]
    parts += ["\n## Names\n", *_names()]
    return "\n".join(parts) + "\n"


def _settings() -> Iterator[str]:
    from zencompile.frontend import surface

    yield "| setting | where | into |"
    yield "| --- | --- | --- |"
    for setting in surface.SETTINGS:
        where = _where(setting.on)
        other = f" (`{'`, `'.join(setting.yaml)}` in YAML)" if setting.yaml else ""
        yield f"| `{setting.name}`{other} | {where} | {_fate(setting)} |"


def _where(places: frozenset[Any]) -> str:
    from zencompile.frontend.surface import Place

    of_steps = {Place.STEP, Place.STEP_CONFIGURE, Place.STEP_OPTIONS, Place.STEP_YAML}
    rest, parts = set(places), []
    for group, word in ((of_steps, "steps"), (set(Place) - of_steps, "pipelines")):
        if group <= rest:
            parts.append(word)
            rest -= group
    return ", ".join([*parts, *(f"`{place.value}`" for place in Place if place in rest)])


def _fields(fields: tuple[Any, ...]) -> Iterator[str]:
    yield "| field | into |"
    yield "| --- | --- |"
    for field in fields:
        yield f"| `{field.name}` | {_fate(field)} |"


def _fate(row: Any) -> str:
    told = row.into if not row.dropped else f"no effect: {row.dropped}"
    if row.until:
        told += f"; until {row.until}" + (f", now `{row.now}`" if row.now else "")
    return told


_KINDS = {
    "model": "read",
    "data": "read, with the fields above",
    "enum": "texts",
    "effect": "done where the step runs",
    "inert": "nothing of it matters when compiling",
    "named": "known by its name",
    "gone": "refused",
}


def _names() -> Iterator[str]:
    from zencompile.frontend import surface

    yield "| name | how | into |"
    yield "| --- | --- | --- |"
    for name in surface.NAMES.values():
        until = f"; until {name.until}" if name.until else ""
        yield f"| `{name.name}` | {_KINDS[name.kind]}{until} | {name.into} |"


if __name__ == "__main__":
    sys.path.insert(0, str(PAGE.parent.parent))
    PAGE.write_text(page(), "utf-8")
