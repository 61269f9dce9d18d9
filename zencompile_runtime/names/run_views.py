"""The run that a step belongs to, as step code sees it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from zencompile_runtime import configured, context, environment, runs
from zencompile_runtime.names.config import Tag
from zencompile_runtime.names.enums import ColorVariants, ExecutionMode, ExecutionStatus
from zencompile_runtime.names.missing import NotAvailable
from zencompile_runtime.names.step_context import identifier
from zencompile_runtime.names.views import Lazy, Plain, View, source, tags
from zencompile_runtime.observing import asking
from zencompile_runtime.store import layout
from zencompile_runtime.values.literals import decode

FLAGS = ("enable_cache", "enable_step_logs", "enable_artifact_metadata", "enable_artifact_visualization")
HOOKS = ("start", "end", "success", "failure", "init", "cleanup")


class PipelineView(View):
    """The pipeline."""

    kind = "PipelineResponse"

    def __init__(self, spec: Any) -> None:
        self.__dict__.update(name=spec.pipeline_name, id=identifier(spec.pipeline))


class RunView(View):
    """The run of the step that runs: as it was when the step began, or, when it was asked for anew, with what steps
    have told of it since.
    """

    kind = "PipelineRunResponse"

    def __init__(self, running: context.Running, told: bool = False) -> None:
        self._running = running
        self._told = told

    @property
    def id(self) -> Any:
        """The same for all steps of a run."""
        asking.told_of_run()
        return identifier(self._running.spec.pipeline, self._running.spec.run)

    @property
    def pipeline_id(self) -> Any:
        """The pipeline's."""
        return self.pipeline.id

    @property
    def pipeline(self) -> PipelineView:
        """The pipeline."""
        return PipelineView(self._running.spec)

    @property
    def name(self) -> str:
        """The run's name: what was given for it, or what the configuration makes of it; that of the engine there."""
        asking.told_of_run()
        running = self._running
        if not runs.is_made_up(running.spec.run):
            return running.spec.run
        document = _document(running)
        name = document.get("name")
        if name not in (None, running.spec.run):
            return str(name)
        known = configured.of_pipeline(running.spec) or {}
        template = str(
            known.get("run_name") or runs.DEFAULT_NAME.format_map(_Keep(pipeline=running.spec.pipeline_name))
        )
        return context.substituted(template, running, known.get("substitutions", {}))

    @property
    def status(self) -> ExecutionStatus:
        """It runs."""
        return ExecutionStatus.RUNNING

    in_progress = True
    end_time = None
    exception_info = None
    parent_run = None

    @property
    def start_time(self) -> datetime.datetime:
        """When it started, in UTC and without a zone, as ZenML has it."""
        asking.told_of_run()
        return self._running.started.astimezone(datetime.timezone.utc).replace(tzinfo=None)

    @property
    def schedule(self) -> None:
        """None of a pipeline without a schedule; where it has one, which run that one started isn't known."""
        if needed(configured.of_pipeline(self._running.spec), self.kind, "schedule").get("scheduled"):
            raise NotAvailable("`schedule` of a PipelineRunResponse is not available in a step: ask the engine")

    @property
    def config(self) -> RunConfiguration:
        """The pipeline's configuration."""
        return RunConfiguration(self._running)

    @property
    def tags(self) -> list[Any]:
        """The run's tags when it started. What steps add or take away is not seen by others, as in ZenML."""
        known = configured.of_pipeline(self._running.spec) or {}
        names = list(self._running.spec.tags)
        for told in self._changes():
            names = [one for one in names if one not in told.get("removed", ())] + list(told.get("tags", ()))
        return tags(names, known.get("exclusive", ()))

    @property
    def run_metadata(self) -> dict[str, Any]:
        """What was told of the run when it started: nothing."""
        return {name: value for told in self._changes() for name, value in told.get("metadata", {}).items()}

    def _changes(self) -> list[Mapping[str, Any]]:
        """What the steps have told of the run, one after the other, this one last."""
        if not self._told:
            return []
        others = of_run(self._running)
        asking.told(["of_run"], others)
        return [*others, self._running.of_run]

    @property
    def steps(self) -> Steps:
        """The steps of the run that have ended, and this one."""
        from zencompile_runtime.names.step_views import EndedStep, StepRunView

        running = self._running
        ended = runs.records(running.store, running.spec) if running.store is not None else {}
        made = {name: _bound(EndedStep, running, one) for name, one in ended.items()}
        own = StepRunView(running, told=True)
        return Steps(dict(sorted({**made, own.name: lambda: own}.items())), own.name)


def of_run(running: context.Running) -> list[Mapping[str, Any]]:
    """What the steps that have ended told of their run, in the order in which they ended."""
    ended = runs.records(running.store, running.spec).values() if running.store is not None else ()
    return [one["of_run"] for one in sorted(ended, key=lambda one: str(one.get("ended"))) if one.get("of_run")]


class Steps(Lazy):
    """The steps of a run, of which those that have ended are asked for."""

    def __init__(self, made: Mapping[str, Any], own: str) -> None:
        super().__init__(made)
        self._own = own

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            asking.told(["step", name, "name"], None)
        return super().__getitem__(name)

    def __iter__(self) -> Iterator[str]:
        self._told()
        return super().__iter__()

    def __len__(self) -> int:
        self._told()
        return super().__len__()

    def _told(self) -> None:
        asking.told(["steps"], sorted(self._made.keys() - {self._own}))


class RunConfiguration(View):
    """What the pipeline's configuration says."""

    kind = "PipelineConfiguration"

    def __init__(self, running: context.Running) -> None:
        self._running = running
        self._known = known = needed(configured.of_pipeline(running.spec), self.kind, "extra")
        spec = running.spec
        hooks = known.get("hooks", {})
        self.__dict__.update(
            name=spec.pipeline_name,
            extra=dict(known.get("extra", {})),
            tags=[_tag(name, known.get("tag_fields", {})) for name in known.get("tags", ())],
            secrets=list(known.get("secrets", ())),
            execution_mode=ExecutionMode(known.get("execution_mode", "continue_on_failure")),
            init_hook_kwargs=known.get("on_init_keywords"),
            retry=retry(known.get("retry")),
            **{f"{event}_hook_source": source(hooks.get(f"on_{event}")) for event in HOOKS},
            **{name: known.get(name) for name in FLAGS},
        )

    @property
    def substitutions(self) -> dict[str, str]:
        """Those of the pipeline, and the date and time of the run."""
        asking.told_of_run()
        return {**self._known.get("substitutions", {}), **runs.placeholders(self._running.started)}

    @property
    def environment(self) -> dict[str, Any]:
        """The variables of the environment that the pipeline sets."""
        found = variables(self._known.get("environment", {}))
        asking.told(["variables"], found)
        return found

    @property
    def parameters(self) -> dict[str, Any]:
        """The values that the run was given."""
        found = configured.parameters(self._running.spec, self._running.store)
        if isinstance(found, str):
            raise NotAvailable(
                "`parameters` of a PipelineConfiguration is not available in this step: the engine does not tell it "
                f"the value of {found!r}; hand the parameter to the step"
            )
        return {name: configured.stored(decode(value)) for name, value in found.items()}

    @property
    def model(self) -> Any:
        """The pipeline's model, or None."""
        return model(self._known.get("model"))


def _tag(name: str, fields: Mapping[str, Any]) -> Any:
    """A tag as it was given: a text, or a `Tag`."""
    if name not in fields:
        return name
    color = fields[name].get("color")
    return Tag(name=name, **{**fields[name], **({"color": ColorVariants(color)} if color else {})})


class _Keep(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"


def needed(known: Any, kind: str, name: str) -> Any:
    """Facts of the configuration; NotAvailable where none travelled."""
    if known is None:
        raise NotAvailable(
            f"nothing is known here of the {kind}, such as its `{name}`: compile the pipeline again, and run it with "
            "the facts of its code (code/<pipeline>.json beside the runtime)"
        )
    return known


def variables(declared: Any) -> dict[str, Any]:
    """Declared variables of the environment with their texts; those of secrets are refused."""
    found = {}
    for name, reference in declared.items():
        if environment.is_secret(reference):
            raise NotAvailable(f"`environment` is not available in a step whose variable {name} comes of a secret")
        found[name] = environment.resolve(reference, name)
    return found


def retry(known: Any) -> Any:
    """How often a step is tried again, or None."""
    if known is None:
        return None
    numbers = {name: int(known.get(name, 0)) for name in ("max_retries", "delay", "backoff")}
    return Plain("StepRetryConfig", **numbers)


def model(fields: Any) -> Any:
    """A model of the configuration, or None."""
    if not fields:
        return None
    from zencompile_runtime.names.models import Model

    return Model(**fields)


def _bound(kind: Any, *arguments: Any) -> Any:
    return lambda: kind(*arguments)


def _document(running: context.Running) -> dict[str, Any]:
    spec, store = running.spec, running.store
    found = store.read_document(layout.run_key(spec.pipeline, spec.run)) if store is not None else None
    return dict(found or {})
