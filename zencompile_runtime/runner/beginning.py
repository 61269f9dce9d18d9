"""What a run begins from: a document of its own, or that of the run that it goes on with, and earlier runs' outputs."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from zencompile_runtime.context import Running, substituted
from zencompile_runtime.errors import ConfigurationFault
from zencompile_runtime.runner import lock, parameters, record
from zencompile_runtime.runner.engine import Earlier
from zencompile_runtime.runner.graph import Graph
from zencompile_runtime.runner.options import Options
from zencompile_runtime.runner.plan import Pipeline
from zencompile_runtime.spec import StepSpec
from zencompile_runtime.store import ArtifactStore


@dataclass
class Beginning:
    """Finds it out; the run's `lock` is taken on the way, and is the caller's to release."""

    plan: Pipeline
    options: Options
    store: ArtifactStore
    graph: Graph
    jobs: int
    executor: str
    lock: lock.RunLock | None = None

    def document(self) -> tuple[dict[str, Any], Earlier]:
        """The document of the run, a new one or that of the run to resume."""
        options, plan = self.options, self.plan
        if options.resume is not None:
            return self._resumed(options.resume)
        given = parameters.resolve(plan, options.parameters)
        run = options.run or record.new_id()
        self.lock = lock.for_new(self.store, plan.name, run, named=options.run is not None)
        details = {
            "mode": options.mode or plan.mode,
            "jobs": self.jobs,
            "executor": self.executor,
            "tags": list(plan.tags),
        }
        document = record.new_document(plan.name, run, run, given, **details)
        if plan.run_name is not None and options.run is None:
            spec = StepSpec("", "", substitutions=dict(plan.substitutions))
            started = datetime.datetime.fromisoformat(document["started"])
            document["name"] = substituted(plan.run_name, Running(spec, None, now=started))
        return document, Earlier()

    def _resumed(self, wanted: str) -> tuple[dict[str, Any], Earlier]:
        document = record.find(self.store, self.plan.name, wanted)
        for flag, value in (("--run", self.options.run), ("--param", self.options.parameters)):
            if value:
                raise ConfigurationFault(
                    f"{flag} can't be given with --resume: a run keeps its name and its parameters",
                    help=f"leave out {flag}, or start a new run: the cache spares what doesn't change",
                )
        now = {param.name for param in self.plan.parameters}
        if set(document["parameters"]) != now:
            raise ConfigurationFault(
                f"the run {document['run']!r} is of a pipeline with other parameters",
                help="start a new run: the cache spares what doesn't change",
            )
        self.lock = lock.for_resumed(self.store, self.plan.name, document)
        document = record.find(self.store, self.plan.name, document["run"])
        done = {label: one for label, one in document["steps"].items() if one.get("status") in record.DONE}
        earlier = Earlier(resumed=done)
        fresh = record.new_document(self.plan.name, document["run"], document["name"], {})
        document = {**document, "status": "running", "ended": None, "host": fresh["host"], "steps": dict(done)}
        document["resumed"] = document.get("resumed", 0) + 1
        return document, earlier

    def base(self, run: str, earlier: Earlier) -> str | None:
        """The run that gives what --only and --from leave out: the resumed one, or the latest that has it all."""
        wanted = [node for node in self.graph.nodes.values() if node.given]
        if not wanted:
            return None
        if earlier.resumed is not None:
            return run
        for candidate in record.runs(self.store, self.plan.name):
            if all(self._has(candidate, node.id) for node in wanted):
                return candidate
        names = ", ".join(f"`{node.id}`" for node in wanted)
        raise ConfigurationFault(
            f"no earlier run has the outputs of {names}",
            help="run the whole pipeline once, or start --from an earlier step",
        )

    def differences(self, document: dict[str, Any]) -> Iterator[str]:
        """Where what is taken from an earlier run was made with other parameters."""
        base, now = document.get("base"), document["parameters"]
        if base is None or base == document["run"]:
            return
        for node in self.graph.nodes.values():
            if node.given:
                origin = record.origin(self.store, self.plan.name, base, node.id)
                then = origin.get("parameters", now)
                other = [f"{name} = {then[name]!r}" for name in then if name in now and then[name] != now[name]]
                if other:
                    yield f"`{node.id}` is taken from run {origin['run']}, which had {', '.join(other)}"

    def _has(self, run: str, id: str) -> bool:
        found = [self.store.record(self.plan.name, run, id)]
        if found[0] is None:
            indices = self.store.map_indices(self.plan.name, run, id)
            found = [self.store.record(self.plan.name, run, id, index) for index in indices]
        return bool(found) and all(one is not None and one.get("status") in ("completed", "cached") for one in found)
