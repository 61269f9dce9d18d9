"""`get_step_context()`: what a running step can ask about itself and say about its outputs."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from zencompile_runtime import catalogue, configured, context, facts
from zencompile_runtime.names.exceptions import StepContextError
from zencompile_runtime.names.views import View
from zencompile_runtime.observing import asking
from zencompile_runtime.store import layout

if TYPE_CHECKING:
    from zencompile_runtime.names.run_views import PipelineView, RunView
    from zencompile_runtime.names.step_views import StepRunView

_SPACE = uuid.UUID("6f1c2a52-5d0c-4f43-9b07-6a6d2a7f6f0e")


def identifier(*parts: Any) -> uuid.UUID:
    """A UUID that is the same for the same names."""
    return uuid.uuid5(_SPACE, "/".join(map(str, parts)))


def get_step_context() -> StepContext:
    """The context of the running step; RuntimeError outside one."""
    running = context.current()
    if running is None:
        raise RuntimeError("The step context is only available inside a step function.")
    return _view(running)


class StepContext(View):
    """The running step."""

    kind = "StepContext"

    @classmethod
    def get(cls) -> StepContext | None:
        """The context of the step that runs, if one does."""
        running = context.current()
        return None if running is None else _view(running)

    @classmethod
    def is_active(cls) -> bool:
        """Whether a step runs."""
        return context.current() is not None

    def __init__(self, running: context.Running) -> None:
        self._running = running
        self._spec = running.spec
        if running.store is not None and not facts.of_step(running.spec).get("context"):  # else it is in the cache key
            asking.told(["context"], configured.counted(running.spec, running.store))

    @property
    def step_name(self) -> str:
        """The invocation's id."""
        return self._spec.id

    @property
    def pipeline(self) -> PipelineView:
        """The pipeline."""
        return self.pipeline_run.pipeline

    @property
    def pipeline_run(self) -> RunView:
        """The run."""
        from zencompile_runtime.names.run_views import RunView

        return RunView(self._running)

    @property
    def step_run(self) -> StepRunView:
        """The step's run; `config` holds its parameters and extra data."""
        from zencompile_runtime.names.step_views import StepRunView

        return StepRunView(self._running)

    @property
    def model(self) -> Any:
        """The model of the step or its pipeline; StepContextError if neither has one."""
        if self._spec.model is None:
            raise StepContextError(
                f"Unable to get Model in step `{self._spec.id}` of pipeline run '{self.pipeline_run.id}': No model has "
                "been specified the step or pipeline."
            )
        from zencompile_runtime.names.models import Model

        name, version = catalogue.model_names(self._running)
        newest = self._spec.model.get("version") == "latest"  # of those that are there when it is asked
        return Model(**{**self._spec.model, "name": name, "version": "latest" if newest else version})

    @property
    def inputs(self) -> Mapping[str, Any]:
        """The artifacts behind the inputs, a list for each."""
        return self.step_run.inputs

    @property
    def pipeline_state(self) -> Any:
        """What `on_init` returned."""
        return self._running.state

    def get_output_artifact_uri(self, output_name: str | None = None) -> str:
        """A folder in the store where the step may keep files that belong to an output: they become the artifact's."""
        spec, store = self._spec, self._running.store
        asking.told_of_run()
        output = self._output(output_name)
        prefix = layout.step_prefix(spec.pipeline, spec.run, spec.id, spec.map_index)
        prefix = layout.files_prefix(prefix, output.name)
        if store is None:
            return f"/{prefix}"
        if output.name not in self._running.beside:
            store.backend.discard(prefix)  # what an earlier attempt has left
            self._running.beside[output.name] = prefix
        uri = f"{store.url.rstrip('/')}/{prefix}"
        if "://" not in uri:
            import os

            os.makedirs(uri, exist_ok=True)  # noqa: PTH103 (text in, text out)
        return uri

    def get_output_materializer(
        self, output_name: str | None = None, custom_materializer_class: Any = None, data_type: Any = None
    ) -> Any:
        """A materializer on that place."""
        from zencompile_runtime.materializers.select import by_name, named_by

        output = self._output(output_name)
        kind = custom_materializer_class
        if kind is None and output.materializers:
            kind = by_name(output.materializers[0])
        if kind is None:
            kind = by_name(named_by(data_type or output.annotation)[0])
        return kind(self.get_output_artifact_uri(output_name))

    def add_output_metadata(self, metadata: Mapping[str, Any], output_name: str | None = None) -> None:
        """Keep facts with an output."""
        from zencompile_runtime.names.metadata import clean

        self._output(output_name).metadata.update(clean(metadata))

    def get_output_metadata(self, output_name: str | None = None) -> dict[str, Any]:
        """Facts kept so far."""
        output = self._output(output_name)
        added = {name: value for name, value in output.metadata.items() if name not in output.own_metadata}
        return {**added, **output.own_metadata}

    def add_output_tags(self, tags: Any, output_name: str | None = None) -> None:
        """Tag an output."""
        output = self._output(output_name)
        output.tags = list(dict.fromkeys([*output.tags, *map(str, tags)]))

    def get_output_tags(self, output_name: str | None = None) -> list[str]:
        """Tags so far."""
        return list(self._output(output_name).tags)

    def remove_output_tags(self, tags: Any, output_name: str | None = None) -> None:
        """Take tags off."""
        output = self._output(output_name)
        removed = set(map(str, tags)) - set(output.own_tags)
        output.tags = [one for one in output.tags if one not in removed]

    def _output(self, name: str | None) -> context.Output:
        outputs = self._running.outputs
        if not name and len(outputs) == 1:
            return next(iter(outputs.values()))
        if name and name in outputs:
            return outputs[name]
        if not outputs:
            raise StepContextError(
                f"Unable to get step output for step `{self._spec.id}`: This step does not have any outputs."
            )
        if not name:
            raise StepContextError(
                f"Unable to get step output for step `{self._spec.id}`: This step has multiple outputs "
                f"({', '.join(outputs)}), please specify which output to return."
            )
        raise StepContextError(
            f"Unable to get step output {name!r} for step `{self._spec.id}`. This step does not have an output with "
            f"the given name, please specify one of the available outputs: {', '.join(outputs)}."
        )


def _view(running: context.Running) -> StepContext:
    if running.view is None:
        running.view = StepContext(running)
    found: StepContext = running.view
    return found


class StepEnvironment:
    """Of old code: the context under another name."""

    def __new__(cls) -> Any:
        return get_step_context()
