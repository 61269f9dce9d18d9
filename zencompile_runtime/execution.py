"""The course of a step: find its inputs, ask the cache, run it between its hooks, store its outputs."""

from __future__ import annotations

import contextlib
import datetime
import os
import sys
from typing import Any, cast

from zencompile_runtime import (
    artifacts,
    cache,
    configured,
    context,
    drift,
    facts,
    function,
    hooks,
    importing,
    inputs,
    intact,
    logs,
    observing,
    outputs,
)
from zencompile_runtime.context import Running
from zencompile_runtime.environment import Environment
from zencompile_runtime.errors import Failure, Fault, OutputFault
from zencompile_runtime.failures import describe
from zencompile_runtime.inputs import Known, Resolver
from zencompile_runtime.manifest import Entry, Manifest, Record, Value
from zencompile_runtime.materializers.select import by_name, for_annotated
from zencompile_runtime.observing import Seen
from zencompile_runtime.owed import Owed
from zencompile_runtime.own import time
from zencompile_runtime.recall import Recall
from zencompile_runtime.signals import AskedToEnd
from zencompile_runtime.spec import StepSpec
from zencompile_runtime.step import StepResult
from zencompile_runtime.store import ArtifactStore, layout
from zencompile_runtime.store import open as open_store
from zencompile_runtime.timeouts import limited


def execute(spec: StepSpec, known: Known, state: Any = None) -> StepResult:
    """Run the step; what went wrong is in the result. The record of its run is written in every case."""
    course = Course(spec, known, state)
    try:
        course.run()
    except Exception as error:
        course.failed(error)
    except BaseException as error:
        course.failed(error)
        if _is_ended(error):
            raise  # the engine or the user ends the process; a step that calls sys.exit has failed like any other
    return course.result


class Course:
    """One run of one step."""

    def __init__(self, spec: StepSpec, known: Known, state: Any) -> None:
        self.spec = spec
        self.known = known
        self.began = time.perf_counter()
        self.started = datetime.datetime.now(datetime.timezone.utc)
        self.result = StepResult("failed")
        self.store: ArtifactStore | None = None
        self.running = Running(spec, None, state=state)
        self.resolved: dict[str, Any] = {}
        self.map_count: int | None = None
        self.recall: Recall | None = None
        self.seen: Seen | None = None  # what was observed of the run
        self.goes_on = False  # whether the engine may try again, and hooks wait for that
        self.alone = False  # whether this process is the step's own, which no key on a keyboard interrupts

    def run(self) -> None:
        """The whole course."""
        self.store = self.running.store = store = self.open()
        if self.spec.owe:
            self.running.owed = Owed(self.spec, store)
            self.running.owed.begin()
        self.running.began = self.started
        self.running.cascading = list((configured.of_pipeline(self.spec) or {}).get("cascading", ()))
        facts.use_roots(self.spec.pipeline)
        known = facts.of_step(self.spec)
        self.running.notes.extend(drift.check(self.spec, known))
        recall = self.remember(known)
        environment = Environment(self.spec)
        recall.declared = environment.names
        with environment:
            self.resolved = self.resolve(store)
            entry = recall.ask(store, self.resolved)
            self.result.key = recall.key
            if entry is not None:
                self._take(entry)
                return
            importing.prepare()  # which looks at the project's folder: not the step does
            observing.begin(importing.project(), (self.spec.store,), last=self.alone)
            try:
                self._compute(known)
            finally:
                observing.end()

    def _compute(self, known: dict[str, Any]) -> None:
        """Import the step's code, call it and store what it gives."""
        target = function.find(self.spec.entrypoint)  # imports user code, which has no step's context yet
        if "logging" in sys.modules:
            logs.configure()
        with observing.quiet():  # the step reads none of these files
            facts.imported(known)
        context.enter(self.running)
        try:
            values = self._call(target, known)
            self._keep_outputs(values)
        finally:
            context.leave()

    def open(self) -> ArtifactStore:
        """The store to work on, which can be written to as far as anybody can tell before the step ran."""
        spec, store = self.spec, open_store(self.spec.store)
        store.claim(layout.step_prefix(spec.pipeline, spec.run, spec.id, spec.map_index))
        return store

    def resolve(self, store: ArtifactStore) -> dict[str, Any]:
        """What the step's inputs stand for."""
        resolver = Resolver(self.spec, store, self.known)
        found = resolver.all()
        self.map_count = resolver.map_count if self.spec.map_index is not None else None
        if self.spec.lookups:
            from zencompile_runtime.lookups import evaluate

            found |= evaluate(self.spec, store)
        return found

    def failed(self, error: BaseException) -> None:
        """Say what went wrong, in the result and in the record."""
        self.result.status = "failed"
        self.result.failure = describe(error, self.spec, self.alone)
        self.result.notes = self.running.notes
        with contextlib.suppress(Fault):  # where the store itself is what failed, the result says so
            if self.running.owed is not None and not self.goes_on and not _is_ended(error):
                self.running.owed.close()
            self._record({})

    # -- the cache -----------------------------------------------------------------------------------------------------

    def remember(self, known: dict[str, Any]) -> Recall:
        """What the cache has for this run, before the step's own variables are set."""
        self.recall = recall = Recall(self.spec, known, self.running.notes)
        return recall

    def _take(self, entry: Entry) -> None:
        """Let an earlier run's outputs stand for this one's."""
        found: dict[str, Manifest] = {}
        for name, earlier in entry["outputs"].items():
            source = earlier.get("source") or layout.manifest_key(
                earlier["pipeline"], earlier["run"], earlier["invocation"], earlier["output"], earlier.get("map_index")
            )
            found[name] = manifest = self._manifest(name, earlier["value"])
            manifest |= {key: earlier[key] for key in ("artifact", "version", "tags") if key in earlier}  # type: ignore[typeddict-item]
            manifest["source"] = source
        self.running.metadata = dict(entry.get("metadata", {}))
        self._finish("cached", found)

    # -- the step ------------------------------------------------------------------------------------------------------

    def _call(self, target: function.Target, known: dict[str, Any]) -> dict[str, Any]:
        """Run the function between its hooks; its checked outputs by name."""
        spec, running = self.spec, self.running
        hooks.initialize(running)
        try:
            running.outputs = outputs.declared(target.call, known, spec.materializers)
            running.signature = target.parameters
            running.inputs = {
                name: m for name, one in self.resolved.items() if (m := inputs.manifests(one)) is not None
            }
            assert self.store is not None
            arguments = function.arguments(target, spec, self.resolved, self.store, running)
            self._lap("load")
            hooks.fire(running, "on_start")
            try:
                with limited(spec.timeout, spec.id):
                    returned = function.invoke(target, arguments)
                values = outputs.split(returned, running.outputs, spec.id, target.location)
            except BaseException as error:
                self._lap("run")
                self._tell(error)
                raise
            self._lap("run")
            hooks.fire(running, "on_end", None)
            hooks.fire(running, "on_success")
            return values
        finally:
            hooks.clean_up(running)
            intact.restore()

    def _tell(self, error: BaseException) -> None:
        """Call the hooks of a step that failed, but for those that the engine calls when it has given the step up."""
        spec, running = self.spec, self.running
        if running.owed is not None and _is_ended(error):
            return
        hooks.fire(running, "on_end", error)
        self.goes_on = spec.attempt < spec.attempts
        if not self.goes_on:
            hooks.fire(running, "on_failure", error)

    def _keep_outputs(self, values: dict[str, Any]) -> None:
        """Store the values, and let go of each, so that its memory is free before another step loads it."""
        assert self.store is not None
        found: dict[str, Manifest] = {}
        for name in list(values):
            value = values.pop(name)
            output = self.running.outputs[name]
            chosen = for_annotated(value, output.annotation)
            explicit = tuple(by_name(one) for one in output.materializers) or chosen.explicit
            try:
                stored = artifacts.save(
                    self.store,
                    value,
                    explicit,
                    metadata=self.spec.metadata,
                    visualization=self.spec.visualization,
                    beside=self.running.beside.get(name),
                    notes=self.running.notes,
                )
            except OutputFault as error:
                where = error.location or function.location(self.spec.entrypoint)
                message = f"output `{name}` of step `{self.spec.id}`: {error.message}"
                raise OutputFault(message, help=error.help, location=where) from error.__cause__
            if self._is_computed or (chosen.as_is and not output.materializers):
                stored["as_is"] = True
            if self.spec.metadata:  # as in ZenML, where what the step tells is lost with the rest
                told = {**output.metadata, **output.own_metadata}  # what is declared stands, as in ZenML
                stored["metadata"] = {**stored["metadata"], **artifacts.plain(told)}
            if output.kind:
                stored["kind"] = output.kind
            found[name] = manifest = self._manifest(name, stored)
            self._name(manifest, output)
            del value
        self.seen = observing.end()
        self._lap("store")
        self._finish("completed", found)

    @property
    def _is_computed(self) -> bool:
        """Whether the values are what an expression of the pipeline comes to: arguments, of which no class is asked."""
        return self.spec.entrypoint.startswith("zencompile_runtime.computing:")

    def _name(self, manifest: Manifest, output: context.Output) -> None:
        """Give the artifact its catalogue name, version and tags."""
        tags = dict.fromkeys([*output.tags, *self.running.cascading])
        manifest["tags"] = list(tags)
        if output.version is not None:
            version = output.version
            manifest["version"] = context.substituted(version, self.running) if isinstance(version, str) else version
        if output.artifact is not None:
            manifest["artifact"] = context.substituted(output.artifact, self.running)

    # -- what is written -----------------------------------------------------------------------------------------------

    def _manifest(self, output: str, value: Value) -> Manifest:
        spec = self.spec
        found: Manifest = {
            "schema": 1,
            "artifact": f"{spec.pipeline_name}::{spec.id}::{output}",
            "version": None,
            "tags": [],
            "output": output,
            "invocation": spec.id,
            "map_index": spec.map_index,
            "run": spec.run,
            "pipeline": f"{spec.namespace}/{spec.pipeline_name}",
            "created": self.started.isoformat(),
            "key": self.result.key,
            "source": None,
            "value": value,
        }
        if self.map_count is not None:
            found["map_count"] = self.map_count
        return found

    def _finish(self, status: str, found: dict[str, Manifest]) -> None:
        """Write the manifests, then the record, then the cache entry: whoever sees one, finds what it names."""
        spec, store = self.spec, self.store
        assert store is not None
        keys = {}
        if status == "completed":
            from zencompile_runtime import catalogue

            catalogue.register(store, self.running, found)
        for name, manifest in found.items():
            keys[name] = key = layout.manifest_key(spec.pipeline, spec.run, spec.id, name, spec.map_index)
            store.write_document(key, cast("dict[str, Any]", manifest))
        if self.recall is not None and status == "completed":
            self.recall.settle(self.seen)
        self.result.outputs = found
        self.result.notes = self.running.notes
        self.result.status = status
        self._record(keys)
        if self.recall is not None and status == "completed":
            self.recall.keep(store, found, self.running.metadata)
        if self.running.owed is not None:
            self.running.owed.close()

    def _lap(self, name: str) -> None:
        spent = time.perf_counter() - self.began
        self.result.timings[name] = spent - sum(self.result.timings.values())

    def _record(self, keys: dict[str, str]) -> None:
        spec, result = self.spec, self.result
        result.cache = self.recall.answer.word if self.recall is not None else ""
        if self.store is None:
            return
        result.timings["total"] = time.perf_counter() - self.began
        record: Record = {
            "schema": 1,
            "status": result.status,
            "entrypoint": spec.entrypoint,
            "invocation": spec.id,
            "map_index": spec.map_index,
            "run": spec.run,
            "pipeline": spec.pipeline,
            "attempt": spec.attempt,
            "started": self.started.isoformat(),
            "ended": datetime.datetime.now(datetime.timezone.utc).isoformat(),
            "seconds": {name: round(seconds, 6) for name, seconds in result.timings.items()},
            "key": result.key,
            **self._said(),
            "parameters": dict(spec.params),
            "inputs": {name: inputs.ids(one) for name, one in self.resolved.items()},
            "outputs": keys,
            "metadata": artifacts.plain(self.running.metadata),
            "of_run": artifacts.plain(self.running.of_run),
            "notes": result.notes,
            "failure": None if result.failure is None else _failure(result.failure),
            "host": {"python": cache.PYTHON, "pid": os.getpid(), "name": _hostname()},
        }
        if result.key is not None and result.status != "cached":
            cache.describe_code(self.store, facts.of_step(spec))
        key = layout.record_key(spec.pipeline, spec.run, spec.id, spec.map_index)
        self.store.write_document(key, cast("dict[str, Any]", record))

    def _said(self) -> Record:
        """What the cache said, and what it was asked for."""
        recall = self.recall
        if recall is None:
            return {"cache": "", "components": {}}
        found: Record = {"cache": recall.answer.word, "components": recall.parts or {}}
        if recall.answer.changed:
            found["changed"] = recall.answer.changed
        if recall.answer.entry is not None:
            found["source"] = recall.answer.entry.get("source")
        if recall.observed:
            found["observed"] = recall.observed
        return found


def _is_ended(error: BaseException) -> bool:
    """Whether the process was asked to end."""
    return isinstance(error, (KeyboardInterrupt, AskedToEnd))


def _failure(failure: Failure) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(failure)


def _hostname() -> str:
    return os.uname().nodename if hasattr(os, "uname") else ""
