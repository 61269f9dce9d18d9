"""Steps that an engine runs as one task: one after the other, each in a process of its own.

    python -m zencompile_runtime chain --step MODULE:FUNCTION --id=ID … --step … --all --pipeline=… --try=1 --tries=3

What stands behind `--all` is for every step. Each step has its artifacts, its record and its place in the cache, as if
the engine had started it. `--try` and `--tries` are the engine's count of the task: a later try goes on with the step
that failed. `--attempts=N` of a step is how often that one may run; when it has, the tries that are left fail at once.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from zencompile_runtime import signals
from zencompile_runtime.errors import EXIT_CODES, ConfigurationFault
from zencompile_runtime.spec import StepSpec
from zencompile_runtime.store import ArtifactStore, layout
from zencompile_runtime.store import open as open_store

DOCUMENT = ".chain.json"
"""How far a chain is: in the folder of its first step."""


@dataclass(frozen=True)
class Chain:
    """The steps, and which try of the task this is, of how many."""

    steps: tuple[StepSpec, ...]
    current: int = 1
    tries: int = 1

    @classmethod
    def from_argv(cls, argv: Sequence[str]) -> Chain:
        """What the arguments say; ConfigurationFault on anything unknown or malformed."""
        groups: list[list[str]] = [[]]
        common: list[str] = []
        for word in argv:
            if word == "--all":
                groups.append(common)
            elif word == "--step":
                groups.append([])
            else:
                groups[-1].append(word)
        own = {"--try": 1, "--tries": 1}
        rest = [word for word in common if not _count(word, own)]
        each = [group for group in groups if group and group is not common]
        if not each or groups[0]:
            raise ConfigurationFault("a chain has steps: --step MODULE:FUNCTION --id=ID …")
        return cls(tuple(StepSpec.from_argv([*group, *rest]) for group in each), own["--try"], own["--tries"])


def _count(word: str, counts: dict[str, int]) -> bool:
    """Whether a word is a flag of the chain itself, which is then read."""
    name, _, text = word.partition("=")
    if name not in counts:
        return False
    try:
        counts[name] = int(text)
    except ValueError:
        raise ConfigurationFault(f"{word!r} is not a number") from None
    return True


@dataclass
class Progress:
    """How far the tries of a chain have come. Another number of tries is another start: somebody cleared the task."""

    tries: int
    reached: dict[str, int] = field(default_factory=dict)  # step → the first try that started it
    done: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, store: ArtifactStore, key: str, chain: Chain) -> Progress:
        """That of the tries before this one."""
        found = store.read_document(key) if chain.current > 1 else None
        if found is None or found.get("tries") != chain.tries:
            return cls(chain.tries)
        return cls(chain.tries, dict(found["reached"]), list(found["done"]))

    def write(self, store: ArtifactStore, key: str) -> None:
        """For the next try."""
        store.write_document(key, {"schema": 1, "tries": self.tries, "reached": self.reached, "done": self.done})


def run(chain: Chain, start: Callable[[Sequence[str]], int] | None = None) -> int:
    """Run the steps that are not done; the exit code of the first that fails, else 0.

    `start` runs the `step` command with some arguments and answers its exit code.
    """
    first = chain.steps[0]
    key = f"{layout.step_prefix(first.pipeline, first.run, first.id)}/{DOCUMENT}"
    store = open_store(first.store)
    progress = Progress.read(store, key, chain)
    keeping = chain.current < chain.tries
    for spec in chain.steps:
        if spec.id in progress.done:
            _say(f"step `{spec.id}`: done by an earlier try")
            continue
        attempt = chain.current - progress.reached.setdefault(spec.id, chain.current) + 1
        attempts = spec.attempts if spec.attempts > 1 else chain.tries - progress.reached[spec.id] + 1
        if attempt > attempts:
            _say(f"error: step `{spec.id}` has failed in each of its {attempts} attempts")
            return EXIT_CODES["user"]
        if keeping:
            progress.write(store, key)
        with _told_apart(spec.id):
            code = (start or _start)(replace(spec, attempt=attempt, attempts=attempts).to_argv())
        if code:
            return code
        progress.done.append(spec.id)
    return 0


@contextlib.contextmanager
def _told_apart(step: str) -> Iterator[None]:
    """Airflow folds what a log has between these lines."""
    _say(f"::group::step {step}")
    try:
        yield
    finally:
        _say("::endgroup::")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _start(arguments: Sequence[str]) -> int:
    """Run a step in a process of its own, which ends with this one.

    It is no member of our process group: an engine that ends the whole group would have it told twice.
    """
    command = [sys.executable, "-m", "zencompile_runtime", "step", *arguments]
    ended = False

    def end(number: int, _: Any) -> None:
        nonlocal ended
        ended = True
        process.send_signal(number)

    with subprocess.Popen(command, start_new_session=True, preexec_fn=_end_with_parent) as process:
        before = signals.answer(signal.SIGTERM, end)
        try:
            code = process.wait()
        finally:
            signals.leave(signal.SIGTERM, before)
    if ended:
        return EXIT_CODES["ended"]
    return code if code >= 0 else 128 - code


def _end_with_parent() -> None:
    """Let Linux end this process when the one that started it is killed; elsewhere nothing does."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
