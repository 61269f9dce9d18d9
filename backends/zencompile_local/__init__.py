"""The target `local`: a script that runs the pipeline on this machine, without zencompile installed."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from pydantic import BaseModel

from zencompile.diagnostics import Diagnostic, Report
from zencompile.ir import Pipeline
from zencompile.targets import Capability, Files, Layout
from zencompile_local.options import Options

__all__ = ["TARGET", "LocalTarget", "Options"]


@dataclass(frozen=True)
class LocalTarget:
    """A script that holds the plan as Python data and calls the runner of the vendored runtime."""

    name: str = "local"
    options: ClassVar[type[BaseModel]] = Options
    capabilities: ClassVar[frozenset[Capability]] = frozenset(Capability) - {
        Capability.COMPUTED_INPUT,
        Capability.LOOKUP_INSIDE,
        Capability.MERGE_OF_ANY,
        Capability.MOMENT,
        Capability.SCHEDULE,
    }

    def emit(self, pipeline: Pipeline, options: Options, layout: Layout, report: Report) -> Files:
        """`<pipeline>.py`."""
        from zencompile_local.lower import lower, script_name
        from zencompile_templates import render

        script = lower(pipeline, options, layout, report)
        if script is None:
            return Files()
        text = render("local/runner.py.j2", script=script)
        ast.parse(text)  # what we write is Python, whatever the user wrote
        return Files(deployed={script_name(pipeline): text})

    def validate(self, files: Files) -> Iterable[Diagnostic]:
        """The runner's own checks are those of the IR's verifier."""
        return ()

    def codes(self, text: str) -> Mapping[str, str]:
        """What the steps of the plan say."""
        from zencompile_templates.reading import codes

        return codes(text)


TARGET = LocalTarget()
