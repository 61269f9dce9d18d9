"""What a step needs of the machine that it runs on, and which workers have it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from zencompile_runtime.runner.plan import Step

# Engines let whoever starts a worker name its resources: these are the names in use.
NAMES = {
    "cpus": ("CPU", "CPUS"),
    "memory": ("MEMORY", "MEM"),
    "gpus": ("GPU", "GPUS"),
}
_UNITS = {"cpus": "CPUs", "memory": "bytes of memory", "gpus": "GPUs"}


@dataclass(frozen=True)
class Needs:
    """CPUs, bytes of memory, and GPUs; 0 where the step says nothing."""

    cpus: float = 0
    memory: float = 0
    gpus: float = 0

    @classmethod
    def of(cls, step: Step) -> Needs:
        """Those that the plan has for a step."""
        return cls(step.cpus or 0, step.memory or 0, step.gpus or 0)

    @property
    def wanted(self) -> dict[str, float]:
        """What is asked for, by kind."""
        return {kind: amount for kind in NAMES if (amount := getattr(self, kind))}

    def __str__(self) -> str:
        return " and ".join(f"{amount:g} {_UNITS[kind]}" for kind, amount in self.wanted.items()) or "nothing"


@dataclass(frozen=True)
class Worker:
    """A place where steps run. `declared` are amounts by the names that its resources have."""

    name: str
    declared: Mapping[str, float]

    def named(self, kind: str) -> str | None:
        """The name that it has for a kind of resource; None if it declares none."""
        return next((name for name in self.declared if name.upper() in NAMES[kind]), None)

    def has(self, needs: Needs) -> bool:
        """Whether it could ever run such a step, as far as it says."""
        for kind, amount in needs.wanted.items():
            name = self.named(kind)
            if name is not None and self.declared[name] < amount:
                return False
            if name is None and kind == "gpus":  # nobody has a GPU without saying so
                return False
        return True


@dataclass(frozen=True)
class Request:
    """What an engine is asked for, by its workers' names; `unheld` are the kinds that no worker declares."""

    resources: Mapping[str, float]
    unheld: tuple[str, ...] = ()


def match(needs: Needs, workers: Iterable[Worker]) -> Request | None:
    """How to ask these workers for what a step needs; None if none of them has it."""
    able = [worker for worker in workers if worker.has(needs)]
    if not able:
        return None
    best = max(able, key=lambda worker: sum(worker.named(kind) is not None for kind in needs.wanted))
    names = {kind: best.named(kind) for kind in needs.wanted}
    resources = {name: needs.wanted[kind] for kind, name in names.items() if name is not None}
    return Request(resources, tuple(kind for kind, name in names.items() if name is None))


def lacking(needs: Needs, workers: Iterable[Worker]) -> str:
    """What none of the workers has, in words."""
    most = {
        kind: max((w.declared[name] for w in workers if (name := w.named(kind)) is not None), default=0)
        for kind in needs.wanted
    }
    there = ", ".join(f"{amount:g} {_UNITS[kind]}" for kind, amount in most.items())
    return f"it needs {needs}, and no worker has that: the most that one declares is {there}"
