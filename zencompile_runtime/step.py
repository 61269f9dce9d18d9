"""Runs one step: `run_step(spec) -> StepResult`.

It never raises for a step that fails: what went wrong is in the result. KeyboardInterrupt, and the SystemExit of an
engine that ends the process, do come through, after the clean-up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from zencompile_runtime.errors import Failure
from zencompile_runtime.manifest import Manifest
from zencompile_runtime.spec import StepSpec


@dataclass
class StepResult:
    """What came of a step. `timings` are seconds: load, run, store, total. `cache` is what the cache said, a word of
    `manifest.Record`'s `cache`, and `why` in words, where there is more to say.
    """

    status: str  # completed, cached or failed
    outputs: dict[str, Manifest] = field(default_factory=dict)
    failure: Failure | None = None
    timings: dict[str, float] = field(default_factory=dict)
    key: str | None = None
    notes: list[str] = field(default_factory=list)
    cache: str = ""
    why: str = ""

    @property
    def ok(self) -> bool:
        """Whether its outputs are there."""
        return self.status != "failed"

    @property
    def exit_code(self) -> int:
        """What a process that ran the step alone ends with; see `errors`."""
        return self.failure.exit_code if self.failure else 0


def run_step(spec: StepSpec, known: Mapping[tuple[str, str, int | None], Manifest] | None = None) -> StepResult:
    """Run the step, or take its outputs from the cache; its manifests are in the store when this returns.

    `known` may hold manifests of this run by (invocation, output, map index), which are then not read again.
    """
    from zencompile_runtime.execution import execute

    return execute(spec, known or {})
