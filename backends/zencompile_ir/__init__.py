"""The target `ir`: the pipeline itself as JSON, for other tools (`docs/ir.schema.json` says what is in it)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict

from zencompile.diagnostics import Diagnostic, Report
from zencompile.ir import Pipeline
from zencompile.ir.schema import to_json
from zencompile.targets import Capability, Files, Layout


class Options(BaseModel):
    """There is nothing to choose."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


@dataclass(frozen=True)
class IrTarget:
    """One file, `<pipeline>.ir.json`, that `zencompile.ir.schema.from_json` reads back to an equal pipeline."""

    name: str = "ir"
    options: type[Options] = Options
    capabilities: frozenset[Capability] = frozenset(Capability)
    suffix: ClassVar[str] = ".ir.json"

    def emit(self, pipeline: Pipeline, options: Options, layout: Layout, report: Report) -> Files:
        """The pipeline, all of it."""
        return Files(deployed={quote(pipeline.name, safe="") + self.suffix: to_json(pipeline)})

    def validate(self, files: Files) -> Iterable[Diagnostic]:
        """No engine loads this."""
        return ()


TARGET = IrTarget()
