"""What the template of a local runner sees: everything decided, nothing of the IR."""

from __future__ import annotations

from dataclasses import dataclass

from zencompile_templates.python import Call


@dataclass(frozen=True)
class Declaration:
    """A parameter's variable and the call that declares it."""

    variable: str
    call: Call


@dataclass(frozen=True)
class Entry:
    """A step or a control."""

    call: Call


@dataclass(frozen=True)
class Field:
    """A keyword of the pipeline."""

    name: str
    value: object


@dataclass(frozen=True)
class Script:
    """A script. `head` is the comment in its first line, `title` and `documentation` are its docstring, `usage` lines
    of how to call it.

    `imports` are statements of the standard library, `names` what comes from the runner; `runtime` leads from the
    script's folder to the runtime's.
    """

    head: str
    title: str
    documentation: str
    usage: tuple[str, ...]
    imports: tuple[str, ...]
    names: tuple[str, ...]
    runtime: str
    parameters: tuple[Declaration, ...]
    name: str
    fields: tuple[Field, ...]
    steps: tuple[Entry, ...]
    controls: tuple[Entry, ...]
