"""What `get_pipeline_context()` gives in a pipeline's function."""

from __future__ import annotations

from zencompile.frontend.framework.attributes import without_model
from zencompile.frontend.framework.handles import LookupHandle
from zencompile.frontend.framework.opaque import Inert
from zencompile.frontend.framework.options import Options
from zencompile.frontend.framework.state import Framework
from zencompile.frontend.values import Context, NativeFunction, NativeObject, Value
from zencompile.source import Span


class PipelineContext(NativeObject):
    """`get_pipeline_context()` in a pipeline's body."""

    type_name = "pipeline context"

    def __init__(self, options: Options, name: str) -> None:
        self.options = options
        self.name = name

    def get_attribute(self, name: str, context: Context) -> Value:
        if name in ("name", "pipeline_name"):
            return self.name
        if name == "model":
            return model_handle(self.options.get("model") or {}, context)
        if name == "extra":
            return dict(self.options.get("extra") or {})
        if name == "settings":
            return dict(self.options.get("settings") or {})
        if name.startswith("enable_"):
            return self.options.get(name)
        return without_model("PipelineContext", "PipelineContext", name, context)


class ModelHandle(LookupHandle):
    """The model of the pipeline: what is configured is known, the rest is looked up when a step needs it."""

    __slots__ = ("fields",)

    def __init__(self, fields: dict[str, Value], span: Span) -> None:
        super().__init__("model", (), "pipeline.model", span)
        self.fields = fields

    def get_attribute(self, name: str, context: Context) -> Value:
        if name in ("name", "version", "tags", "license", "description") and self.fields.get(name) is not None:
            return self.fields[name]
        return super().get_attribute(name, context)


def model_handle(fields: dict[str, Value], context: Context) -> LookupHandle:
    """A handle on the configured model."""
    return ModelHandle(dict(fields), context.span)


def get_step_context(framework: Framework) -> NativeFunction:
    """The function of that name, which is for the code of steps."""

    def act(arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        if framework.recording is not None and framework.recording.dynamic:
            return Inert("step context")
        error = RuntimeError("The step context is only available inside a step function.")
        raise context.raise_(error, ["ask for it in a step"])

    return NativeFunction("get_step_context", act)


def get_pipeline_context(framework: Framework) -> NativeFunction:
    """The function of that name."""

    def act(arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        recording = framework.recording
        if recording is None:
            raise context.raise_(RuntimeError("No active pipeline found."), ["ask for it in the pipeline's function"])
        return PipelineContext(recording.options, recording.name)

    return NativeFunction("get_pipeline_context", act)
