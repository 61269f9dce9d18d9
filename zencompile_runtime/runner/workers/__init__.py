"""Ways to run steps: in this process, in processes of their own, in containers.

A **process executor** isolates steps: what one does to its process, no other sees, and a crash, `os._exit` or the
memory that it takes ends with it. With the isolation `fork`, a server process that has imported common libraries, and
nothing of the user's, forks one process a step: as clean as a new interpreter, at a hundredth of its cost. A step
that declares environment variables gets a server that was started with them. With the isolation `full` every step is
a new interpreter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from typing import TypeAlias

    from zencompile_runtime.errors import Failure
    from zencompile_runtime.manifest import Manifest
    from zencompile_runtime.runner.scheduler import Outcome, Task
    from zencompile_runtime.spec import StepSpec

Known: TypeAlias = "Mapping[tuple[str, str, int | None], Manifest]"
Output: TypeAlias = "Callable[[Task, bytes], None]"


LOOK = 1.0
"""Seconds after which a wait looks up: a signal that comes just before it begins doesn't interrupt it, and is answered
afterwards.
"""


class Executor(Protocol):
    """Runs steps; one call starts one, another collects what ended. `runner.executors` has a row for each.

    `here` says that steps run with this interpreter and its packages; else only they know what their cache keys are.
    `slots` is how many run at once if nobody said a number; None for one a processor.
    """

    here: bool
    slots: int | None

    def start(self, task: Task, spec: StepSpec, known: Known) -> None:
        """Begin to run a step. `known` are manifests of this run that it need not read again."""

    def wait(self, seconds: float | None) -> list[tuple[Task, Outcome]]:
        """What ended since the last call, waiting at most so long; returns early when `interrupt` is called."""

    def interrupt(self) -> None:
        """Make a waiting `wait` return; for signal handlers."""

    def cancel(self) -> None:
        """End every step that runs; their outcomes still come from `wait`."""

    def close(self, hurry: bool = False) -> None:
        """End everything that was started, without much patience if need be, and free what was taken."""

    def hook(self, kind: str, *arguments: Any) -> Failure | None:
        """Run the pipeline's `on_init` ("init", source, keywords) or `on_cleanup` ("cleanup", source, {})."""
