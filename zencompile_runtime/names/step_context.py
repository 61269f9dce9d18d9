"""`get_step_context()`: what a running step can ask about itself and say about its outputs."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from zencompile_runtime import context
from zencompile_runtime.names.exceptions import StepContextError
from zencompile_runtime.store import layout

_SPACE = uuid.UUID("6f1c2a52-5d0c-4f43-9b07-6a6d2a7f6f0e")


def identifier(*parts: Any) -> uuid.UUID:
    """A UUID that is the same for the same names."""
    return uuid.uuid5(_SPACE, "/".join(map(str, parts)))


def get_step_context() -> StepContext:
    """The context of the running step; RuntimeError outside one."""
    running = context.current()
    if running is None:
        raise RuntimeError("there is no step context: get_step_context() works while a step runs")
    return StepContext(running)


class StepContext:
    """The running step."""

    def __init__(self, running: context.Running) -> None:
        self._running = running
        self._spec = running.spec

    @property
    def step_name(self) -> str:
        """The invocation's id."""
        return self._spec.id

    @property
    def pipeline(self) -> Any:
        """The pipeline."""
        return SimpleNamespace(name=self._spec.pipeline_name, id=identifier(self._spec.pipeline))

    @property
    def pipeline_run(self) -> Any:
        """The run."""
        spec = self._spec
        config = SimpleNamespace(
            name=spec.pipeline_name,
            extra=dict(spec.extra),
            tags=list(spec.tags),
            substitutions=dict(spec.substitutions),
            parameters={},
        )
        return SimpleNamespace(
            id=identifier(spec.pipeline, spec.run),
            name=spec.run,
            pipeline=self.pipeline,
            config=config,
            status="running",
            start_time=self._running.now,
            tags=list(spec.tags),
            run_metadata={},
        )

    @property
    def step_run(self) -> Any:
        """The step's run; `config` holds its parameters and extra data."""
        spec = self._spec
        config = SimpleNamespace(
            name=spec.id,
            extra=dict(spec.extra),
            parameters=dict(self._running.parameters),
            enable_cache=spec.cache,
            substitutions=dict(spec.substitutions),
        )
        return SimpleNamespace(
            id=identifier(spec.pipeline, spec.run, spec.id, spec.map_index),
            name=spec.id if spec.map_index is None else f"map:{spec.id}:{spec.map_index}",
            config=config,
            status="running",
            run_metadata=self._running.metadata,
            inputs=self.inputs,
            pipeline_run_id=identifier(spec.pipeline, spec.run),
            version=spec.attempt,
        )

    @property
    def model(self) -> Any:
        """The model of the step or its pipeline; StepContextError if neither has one."""
        if self._spec.model is None:
            raise StepContextError(f"step `{self._spec.id}` has no model")
        from zencompile_runtime.names.models import Model

        return Model(**self._spec.model)

    @property
    def inputs(self) -> Mapping[str, Any]:
        """The artifacts behind the inputs."""
        from zencompile_runtime.names.artifact import ArtifactVersion

        store = self._running.store
        return {
            name: [ArtifactVersion(store, one) for one in found]
            if isinstance(found, list)
            else ArtifactVersion(store, found)
            for name, found in self._running.inputs.items()
        }

    @property
    def pipeline_state(self) -> Any:
        """What `on_init` returned."""
        return self._running.state

    def get_output_artifact_uri(self, output_name: str | None = None) -> str:
        """A place in the store where the step may keep files that belong to an output."""
        spec, store = self._spec, self._running.store
        output = self._output(output_name)
        prefix = layout.step_prefix(spec.pipeline, spec.run, spec.id, spec.map_index)
        base = store.url if store is not None else ""
        return f"{base.rstrip('/')}/{prefix}/.files/{layout.part(output.name)}"

    def get_output_materializer(
        self, output_name: str | None = None, custom_materializer_class: Any = None, data_type: Any = None
    ) -> Any:
        """A materializer on that place."""
        from zencompile_runtime.materializers.select import by_name, for_type

        output = self._output(output_name)
        kind = custom_materializer_class
        if kind is None and output.materializers:
            kind = by_name(output.materializers[0])
        if kind is None:
            wanted = data_type or output.annotation
            kind = for_type(wanted if isinstance(wanted, type) else object)
        uri = self.get_output_artifact_uri(output_name)
        if "://" not in uri:
            import os

            os.makedirs(uri, exist_ok=True)  # noqa: PTH103 (text in, text out)
        return kind(uri)

    def add_output_metadata(self, metadata: Mapping[str, Any], output_name: str | None = None) -> None:
        """Keep facts with an output."""
        from zencompile_runtime.names.metadata import clean

        self._output(output_name).metadata.update(clean(metadata))

    def get_output_metadata(self, output_name: str | None = None) -> dict[str, Any]:
        """Facts kept so far."""
        return dict(self._output(output_name).metadata)

    def add_output_tags(self, tags: Any, output_name: str | None = None) -> None:
        """Tag an output."""
        output = self._output(output_name)
        output.tags += [str(one) for one in tags if str(one) not in output.tags]

    def get_output_tags(self, output_name: str | None = None) -> list[str]:
        """Tags so far."""
        return list(self._output(output_name).tags)

    def remove_output_tags(self, tags: Any, output_name: str | None = None) -> None:
        """Take tags off."""
        output = self._output(output_name)
        output.tags = [one for one in output.tags if one not in set(map(str, tags))]

    def _output(self, name: str | None) -> context.Output:
        outputs = self._running.outputs
        if name is None:
            if len(outputs) == 1:
                return next(iter(outputs.values()))
            raise StepContextError(
                f"step `{self._spec.id}` has {len(outputs)} outputs: name one of {', '.join(outputs)}"
            )
        if name not in outputs:
            raise StepContextError(
                f"step `{self._spec.id}` has no output {name!r}; it has {', '.join(outputs) or 'none'}"
            )
        return outputs[name]


class StepEnvironment:
    """Of old code: the context under another name."""

    def __new__(cls) -> Any:
        return get_step_context()
