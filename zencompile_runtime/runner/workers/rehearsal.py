"""A step of no consequence, run before the real ones, so that those find everything in its place.

Code that never ran is slow, and a process that was just forked copies each page that it writes to. A server has time
for the one before its first step comes, and a process that waits for its step has time for the other. What they run
goes the way of a real step, on a store that is nowhere, and leaves nothing that a step could see.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from zencompile_runtime import facts, logs
from zencompile_runtime.execution import Course
from zencompile_runtime.function import Target
from zencompile_runtime.inputs import Known
from zencompile_runtime.manifest import Manifest
from zencompile_runtime.spec import StepSpec
from zencompile_runtime.store.artifacts import ArtifactStore
from zencompile_runtime.store.backend import Folder

_NOWHERE = "/nowhere"
_PIPELINE = "default/rehearsal"
_ENTRYPOINT = f"{__name__}:add"


def add(number: int, by: int = 1) -> int:
    """The step."""
    return number + by


class _Nowhere(Folder):
    """A folder that is not there: what is written is kept in memory."""

    def __init__(self) -> None:
        super().__init__(Path(_NOWHERE), _NOWHERE)
        self._kept: dict[str, bytes] = {}

    def read(self, key: str) -> bytes | None:
        return self._kept.get(key)

    def write(self, key: str, data: bytes) -> None:
        self._kept[key] = data

    def renew(self, key: str) -> bool:
        return key in self._kept

    def check_writable(self, key: str) -> None:
        return


class Rehearsal:
    """The step."""

    def __init__(self) -> None:
        step = {
            "code": "0" * 64,
            "files": [],
            "distributions": [],
            "inputs": {"number": {"name": "int"}, "by": {"name": "int"}},
            "outputs": [{"name": "output"}],
        }
        facts.give(_PIPELINE, {"schema": 1, "pipeline": _PIPELINE, "files": {}, "steps": {_ENTRYPOINT: step}})
        self._store = ArtifactStore(_NOWHERE, _Nowhere())
        self._inputs: dict[str, object] = {"number": {"value": 1}}
        self._known: Known = {}

    def play(self, enough: Callable[[], bool] = lambda: False) -> bool:
        """Run the step once, and tell whether it came to its end. That it can't is no harm: a real one will say why.

        It goes no further than to where `enough` says so: when the real step has come.
        """
        spec = StepSpec(
            _ENTRYPOINT,
            "rehearsal",
            pipeline=_PIPELINE,
            run="rehearsal",
            store=_NOWHERE,
            params={"by": 0},
            inputs=self._inputs,
            cache_policy={"expires_after": 0},  # so that it is never taken from the cache
        )
        with contextlib.suppress(Exception), _logs_untouched():
            course = _Course(spec, self._known, None)
            course.somewhere, course.enough = self._store, enough
            course.run()
            # From the second time on it has an artifact as its input.
            self._known = {("rehearsal", "output", None): course.result.outputs["output"]}
            self._inputs = {"number": ["rehearsal", "output"]}
            return course.result.status == "completed"
        return False


class _Course(Course):
    """The course of a step on a store that it is given."""

    somewhere: ArtifactStore
    enough: Callable[[], bool]

    def open(self) -> ArtifactStore:
        return self.somewhere

    def resolve(self, store: ArtifactStore) -> dict[str, Any]:
        self._go_on()
        return super().resolve(store)

    def _compute(self, known: dict[str, Any]) -> None:
        self._go_on()
        super()._compute(known)

    def _call(self, target: Target, known: dict[str, Any]) -> dict[str, Any]:
        self._go_on()
        return super()._call(target, known)

    def _keep_outputs(self, values: dict[str, Any]) -> None:
        self._go_on()
        super()._keep_outputs(values)

    def _finish(self, status: str, found: dict[str, Manifest]) -> None:
        self._go_on()
        super()._finish(status, found)

    def _go_on(self) -> None:
        if self.enough():
            raise _Enough


class _Enough(Exception):
    """The real step has come."""


@contextlib.contextmanager
def _logs_untouched() -> Iterator[None]:
    """The root logger is the real step's to configure, when its code has been imported."""
    before, logs.configured = logs.configured, True
    try:
        yield
    finally:
        logs.configured = before
