"""Runs of steps as step code sees them: the one that it is, and those that have ended."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from zencompile_runtime import configured, context, runs
from zencompile_runtime.names.enums import ExecutionStatus
from zencompile_runtime.names.run_views import FLAGS, model, needed, retry, variables
from zencompile_runtime.names.step_context import identifier
from zencompile_runtime.names.views import Plain, View, materializer, source
from zencompile_runtime.observing import asking
from zencompile_runtime.store import layout


class StepRunView(View):
    """The run of the step that runs."""

    kind = "StepRunResponse"

    def __init__(self, running: context.Running, told: bool = False) -> None:
        self._running = running
        self._told = told  # whether it was asked for anew, and knows what the step told of itself

    @property
    def id(self) -> Any:
        """The same whenever it is asked for."""
        spec = self._running.spec
        asking.told_of_run()
        asking.told(["element"], spec.map_index)
        return identifier(spec.pipeline, spec.run, spec.id, spec.map_index)

    @property
    def name(self) -> str:
        """The invocation's id."""
        spec = self._running.spec
        asking.told(["element"], spec.map_index)
        return spec.id if spec.map_index is None else f"map:{spec.id}:{spec.map_index}"

    @property
    def status(self) -> ExecutionStatus:
        """It runs."""
        return ExecutionStatus.RUNNING

    end_time = None
    duration = None
    exception_info = None
    original_step_run_id = None

    @property
    def start_time(self) -> datetime.datetime:
        """When it began, in UTC and without a zone, as ZenML has it."""
        asking.told_of_run()
        return self._running.began.replace(tzinfo=None)

    @property
    def version(self) -> int:
        """Which attempt it is."""
        asking.told_of_run()
        return self._running.spec.attempt

    @property
    def is_retriable(self) -> bool:
        """Whether it is tried again if it fails."""
        asking.told_of_run()
        return self._running.spec.attempt < self._running.spec.attempts

    @property
    def pipeline_run_id(self) -> Any:
        """The run's id."""
        asking.told_of_run()
        return identifier(self._running.spec.pipeline, self._running.spec.run)

    @property
    def run_metadata(self) -> dict[str, Any]:
        """What the step told of itself: nothing when it began, as in ZenML, where `steps` of the run knows more."""
        return dict(self._running.metadata) if self._told else {}

    @property
    def config(self) -> StepConfiguration:
        """The step's configuration."""
        return StepConfiguration(self._running)

    @property
    def spec(self) -> Any:
        """Where it stands in the pipeline."""
        spec = self._running.spec
        known = needed(configured.of_invocation(spec), "StepSpec", "upstream_steps")
        return Plain(
            "StepSpec",
            invocation_id=spec.id,
            upstream_steps=list(known.get("upstream", ())),
            source=source(spec.entrypoint),
        )

    @property
    def substitutions(self) -> dict[str, str]:
        """The values of placeholders in names."""
        return self.config.substitutions

    @property
    def inputs(self) -> Mapping[str, Any]:
        """The artifacts behind the inputs."""
        return inputs(self._running)

    @property
    def regular_inputs(self) -> Mapping[str, Any]:
        """The same."""
        return inputs(self._running)

    @property
    def input(self) -> Any:
        """The only input."""
        found = self.inputs
        if len(found) != 1 or len(next(iter(found.values()))) != 1:
            raise ValueError(_not_one(self.name, "input", len(found)))
        return next(iter(found.values()))[0]

    @property
    def outputs(self) -> dict[str, Any]:
        """None, while it runs."""
        return {}

    regular_outputs = outputs

    @property
    def output(self) -> Any:
        """There is none while it runs: ValueError."""
        raise ValueError(f"Step {self.name} has no outputs.")

    @property
    def docstring(self) -> str | None:
        """That of the step's function, as it was written."""
        found: str | None = self._function().__doc__
        return found

    @property
    def source_code(self) -> str:
        """The text of the step's function, decorators included."""
        import inspect

        return inspect.getsource(self._function())

    def _function(self) -> Any:
        from zencompile_runtime import importing

        found = importing.load(self._running.spec.entrypoint)
        return getattr(found, "entrypoint", found)


class StepConfiguration(View):
    """What is configured for the step: its own, over the pipeline's."""

    kind = "StepConfiguration"
    step_operator = None  # there is no stack that would have one
    experiment_tracker = None

    def __init__(self, running: context.Running) -> None:
        self._running = running
        self.__dict__.update(
            extra=dict(running.spec.extra),
            parameters=configured.of_arguments(running.spec, running.signature),
            outputs={name: _output(one) for name, one in running.outputs.items()},
        )

    @property
    def _known(self) -> Any:
        return needed(configured.of_invocation(self._running.spec), self.kind, "enable_cache")

    @property
    def name(self) -> str:
        """The name of the step."""
        return str(self._known.get("step"))

    @property
    def substitutions(self) -> dict[str, str]:
        """Those of the step and its pipeline, and the date and time of the run."""
        spec = self._running.spec
        pipelines = (configured.of_pipeline(spec) or {}).get("substitutions", {})
        asking.told_of_run()
        return {**pipelines, **runs.placeholders(self._running.started), **spec.substitutions}

    @property
    def environment(self) -> dict[str, Any]:
        """The variables of the environment that are set for the step."""
        return variables(self._running.spec.variables)

    @property
    def secrets(self) -> list[str]:
        """The names of secrets that are set for the step."""
        return list(self._running.spec.secrets)

    @property
    def retry(self) -> Any:
        """How often it is tried again, or None."""
        return retry(self._known.get("retry"))

    @property
    def model(self) -> Any:
        """The step's own model, or None."""
        return model(self._known.get("model"))

    @property
    def resource_settings(self) -> Any:
        """What the step needs."""
        known = self._known.get("resources", {})
        cpu = known.get("cpu")
        return Plain(
            "ResourceSettings", cpu_count=cpu, gpu_count=known.get("gpu"), memory=known.get("memory_text") or None
        )

    def __getattr__(self, name: str) -> Any:
        if name in FLAGS:
            return self._known.get(name)
        if name.endswith("_hook_source"):
            event = name.removesuffix("_hook_source")
            if event in ("start", "end", "success", "failure"):
                return source(self._running.spec.hooks.get(f"on_{event}"))
        return super().__getattr__(name)


class EndedStep(View):
    """The run of a step of this run that has ended, by its record."""

    kind = "StepRunResponse of a step that has ended"

    def __init__(self, running: context.Running, record: Mapping[str, Any]) -> None:
        self._running = running
        self._record = record

    def field(self, name: str) -> Any:
        """A fact that the cache compares, as JSON: of its name, status, attempt, metadata, and what it made."""
        record = self._record
        return {
            "name": self._name,
            "status": record["status"],
            "version": record.get("attempt", 1),
            "metadata": dict(record.get("metadata") or {}),
            "outputs": sorted(record.get("outputs") or {}),
        }[name]

    def _tell(self, name: str) -> Any:
        answer = self.field(name)
        asking.told(["step", self._name, name], answer)
        return answer

    @property
    def _name(self) -> str:
        index = self._record.get("map_index")
        invocation = str(self._record["invocation"])
        return invocation if index is None else f"map:{invocation}:{index}"

    @property
    def id(self) -> Any:
        """The same whenever it is asked for."""
        asking.told_of_run()
        spec, record = self._running.spec, self._record
        return identifier(spec.pipeline, spec.run, record["invocation"], record.get("map_index"))

    @property
    def pipeline_run_id(self) -> Any:
        """The run's id."""
        asking.told_of_run()
        return identifier(self._running.spec.pipeline, self._running.spec.run)

    @property
    def name(self) -> str:
        """The invocation's id."""
        return str(self._tell("name"))

    @property
    def status(self) -> ExecutionStatus:
        """How it ended."""
        return ExecutionStatus(self._tell("status"))

    @property
    def version(self) -> int:
        """Which attempt it was."""
        return int(self._tell("version"))

    @property
    def run_metadata(self) -> dict[str, Any]:
        """What was told of it."""
        return dict(self._tell("metadata"))

    @property
    def start_time(self) -> datetime.datetime | None:
        """When it began, in UTC and without a zone."""
        asking.told_of_run()
        return _time(self._record.get("started"))

    @property
    def end_time(self) -> datetime.datetime | None:
        """When it ended, in UTC and without a zone."""
        asking.told_of_run()
        return _time(self._record.get("ended"))

    @property
    def duration(self) -> datetime.timedelta | None:
        """How long it took."""
        if self.start_time is None or self.end_time is None:
            return None
        taken: datetime.timedelta = self.end_time - self.start_time
        return taken

    @property
    def outputs(self) -> dict[str, list[Any]]:
        """Its artifacts by the names of its outputs, one in each list."""
        from zencompile_runtime.names.artifact import ArtifactVersion

        spec, store = self._running.spec, self._running.store
        found = {}
        self._tell("outputs")
        for name in self._record.get("outputs") or {}:
            assert store is not None
            invocation, index = self._record["invocation"], self._record.get("map_index")
            manifest = store.read_document(layout.manifest_key(spec.pipeline, spec.run, invocation, name, index))
            if manifest is not None:
                place = ["run", self._name, name]
                shown = manifest["artifact"] if "{" in name else name  # a name with its placeholders filled in
                found[shown] = [ArtifactVersion(store, manifest, place)]  # type: ignore[arg-type]
        return found

    regular_outputs = outputs

    @property
    def output(self) -> Any:
        """Its only output."""
        found = self.outputs
        if len(found) != 1:
            raise ValueError(_not_one(self.name, "output", len(found)))
        return next(iter(found.values()))[0]


def _not_one(step: str, what: str, count: int) -> str:
    if not count:
        return f"Step {step} has no {what}s."
    return f"Step {step} has multiple {what}s, so `Step.{what}` is ambiguous. Please use `Step.{what}s` instead."


def inputs(running: context.Running) -> dict[str, list[Any]]:
    """The artifacts behind the inputs of the step, a list for each."""
    from zencompile_runtime.names.artifact import InputArtifact, external

    store = running.store
    if store is not None:
        for name, literal in running.spec.externals.items():
            if name not in running.inputs:
                running.inputs[name] = external(running, name, literal)
    return {
        name: [
            InputArtifact(store, one, name, index)
            for index, one in enumerate(found if isinstance(found, list) else [found])
        ]
        for name, found in running.inputs.items()
    }


def _output(one: context.Output) -> Any:
    """What is declared of an output."""
    from zencompile_runtime.names.artifact import typed
    from zencompile_runtime.names.config import ArtifactConfig

    config = None
    if one.artifact is not None or one.version is not None or one.kind:
        config = ArtifactConfig(
            name=one.artifact,
            version=one.version,
            tags=list(one.own_tags) or None,
            run_metadata=dict(one.own_metadata) or None,
            artifact_type=typed(one.kind) if one.kind else None,
        )
    return Plain("ArtifactConfiguration", artifact_config=config, materializer_source=_materializers(one))


def _materializers(one: context.Output) -> list[Any]:
    from zencompile_runtime.materializers.select import named_by

    return [materializer(path) for path in one.materializers or named_by(one.annotation)]


def _time(text: Any) -> datetime.datetime | None:
    if not text:
        return None
    return datetime.datetime.fromisoformat(text).astimezone(datetime.timezone.utc).replace(tzinfo=None)
