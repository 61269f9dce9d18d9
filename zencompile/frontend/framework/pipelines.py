"""Pipelines as objects of the program: decorated, configured, called."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from zencompile.frontend import surface
from zencompile.frontend.framework.attribute_names import may_have
from zencompile.frontend.framework.attributes import is_old, near_miss, near_miss_of_old, without_model
from zencompile.frontend.framework.configurations import Configuration
from zencompile.frontend.framework.contexts import model_handle
from zencompile.frontend.framework.decorators import Reader, check_below
from zencompile.frontend.framework.definitions import (
    PipelineDefinition,
    RunOptions,
    RunRequest,
    StepDefinition,
    unwrapped,
)
from zencompile.frontend.framework.derived import derived
from zencompile.frontend.framework.options import EMPTY, Options, as_text, fields_of, from_run_configuration
from zencompile.frontend.framework.runconfig import check_section
from zencompile.frontend.framework.state import Framework
from zencompile.frontend.framework.steps import DetachedStep
from zencompile.frontend.surface import Place
from zencompile.frontend.values import (
    MISSING,
    Class,
    Context,
    Function,
    NativeFunction,
    NativeObject,
    Placed,
    Unknown,
    Value,
)
from zencompile.source import Span

_SERVER = frozenset(
    ["build", "register", "deploy", "create_snapshot", "create_deployment", "create_run_template", "replay", "publish"]
)

_OF_A_RUN = frozenset({"settings", "extra", *surface.FLAGS})  # what `run()` of old code takes besides


class PipelineObject(PipelineDefinition):
    """A pipeline as the program holds it. `with_options` copies it, `configure` changes it in place."""

    def __init__(self, framework: Framework, function: Function, options: Options, name: str, span: Span) -> None:
        super().__init__(function, options, name, span)
        self.framework = framework

    # configuration

    def configure(self, keywords: dict[str, Value], context: Context, to_run: bool) -> None:
        """Take `with_options` (`to_run`: with what concerns a run) or `configure` arguments."""
        place = Place.PIPELINE_OPTIONS if to_run else Place.PIPELINE_CONFIGURE
        merge = context.force(keywords.get("merge", True)) is not False
        rest = {k: v for k, v in keywords.items() if k != "merge" and not (to_run and k in surface.OF_RUN)}
        options = Reader(place, context).read(rest)
        parameters = options.values.pop("parameters", {})
        run = replace(self.run, parameters={**self.run.parameters, **parameters})
        spans = {name: context.argument_span("parameters") for name in parameters}
        run = replace(run, spans={**run.spans, **spans})
        if to_run:
            run = self._run_arguments(run, keywords, context)
            if "model" in options.values:
                run = replace(run, model=options.values["model"])
        self.run = run
        self.options = self.options.merged(options, merge)

    def _run_arguments(self, run: RunOptions, keywords: dict[str, Value], context: Context) -> RunOptions:
        for name in ("run_name", "schedule"):
            value = context.force(keywords.get(name))
            if value is not None:
                check_below(name, value, context, context.report)
                spans = {**run.spans, name: context.argument_span(name)}
                run = replace(run, spans=spans, **{name: value})
        for name in ("steps", "step_configurations"):
            given = context.force(keywords.get(name))
            if isinstance(given, dict):
                run = replace(run, steps={**run.steps, **self._step_options(given, context, name)})
        path = context.force(keywords.get("config_path"))
        if path is not None:
            run = self._config_path(run, path, context)
        return run

    def _config_path(self, run: RunOptions, path: Value, context: Context) -> RunOptions:
        span = context.argument_span("config_path")
        if isinstance(path, Unknown):
            if not path.reported:
                context.report.error(
                    "ZC0308",
                    "the path of the run configuration is not known when compiling",
                    span,
                    notes=path.reason,
                    helps="name the file with --config",
                )
            return run
        importer = context.module.file.location if context.module.file else None
        text = path.inner if isinstance(path, Placed) else str(path)
        return replace(run, config_path=text, config_span=span, importer=importer)

    def _step_options(self, given: dict[Value, Value], context: Context, keyword: str) -> dict[str, Options]:
        found = {}
        for id_, value in given.items():
            fields, _ = fields_of(value, context)
            place = partial(context.key_span, keyword, str(context.force(id_)))
            check_section((), fields, Place.STEP_YAML, place, context.report)
            options = from_run_configuration(fields, {}, (), "step")
            options.spans[()] = context.argument_span(keyword)
            found[str(context.force(id_))] = options
        return found

    # use

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        recording = self.framework.recording
        if recording is not None:
            return self._inline(arguments, keywords, context)
        given = [*arguments, *keywords.values()]
        if self.steps is None and any(isinstance(value, (StepDefinition, DetachedStep)) for value in given):
            instance = self.copy()
            instance.steps = (arguments, keywords)
            instance._request([], {}, context, started=False)
            return RunResult(instance)
        self._request(arguments, keywords, context)
        return RunResult(self)

    def _request(
        self, arguments: list[Value], keywords: dict[str, Value], context: Context, started: bool = True
    ) -> None:
        places = {key: context.argument_span(key) for key in (*range(len(arguments)), *keywords)}
        guards = self.framework.evaluator.guards_here()
        request = RunRequest(self, arguments, keywords, context.span, context.uncertain, places, guards, started)
        self.framework.request(request)

    def _inline(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        """A pipeline inside a pipeline: its steps join the outer one's; its own configuration has no effect."""
        recording = self.framework.recording
        assert recording is not None
        if recording.dynamic:
            return self._inside_dynamic(context)
        if self.dynamic:
            context.report.error(
                "ZC0221",
                f"the dynamic pipeline `{self.name}` can't be called in a static one",
                context.span,
                helps="make the outer pipeline dynamic, too",
            )
            return context.unknown("the result of a dynamic pipeline", reported=True)
        if self.steps is not None:
            arguments, keywords = self.steps
        function = self.function
        with recording.inside(self.name):
            return context.call(function, arguments, keywords)

    def _inside_dynamic(self, context: Context) -> Unknown:
        """A call inside of a dynamic pipeline: a run of its own, or (of a static one) an error of ZenML's."""
        message = f"the pipeline `{self.name}` is called in a dynamic pipeline"
        notes = "it would be a run of its own" if self.dynamic else "a static pipeline can't be called there"
        helps = "call its steps, or move them into a function that both pipelines call"
        context.report.error("ZC0231", message, context.span, notes=notes, helps=helps)
        return context.unknown("the result of a pipeline", reported=True)

    def get_attribute(self, name: str, context: Context) -> Value:
        return derived(self._attribute(name, context), f"{self.name}.{name}", self.framework)

    def _attribute(self, name: str, context: Context) -> Value:
        recording = self.framework.recording
        if recording is not None and recording.dynamic and name in ("embed", "submit", "map", "product"):
            return NativeFunction(name, lambda a, k, c: self._inside_dynamic(c))
        if name in ("name", "__name__"):
            return self.name
        if name in ("with_options", "configure", "run", "prepare", "with_config", "__call__"):
            return NativeFunction(name, getattr(self, f"_{name.strip('_')}"))
        if name == "copy":
            return NativeFunction(name, lambda a, k, c: self.copy())
        if name == "entrypoint":
            return self.function
        if name == "configuration":
            return Configuration(self.options, self.name, self.run.parameters or None, of_step=False)
        if name == "is_dynamic":
            return self.dynamic
        if name == "model":
            model = self.run.model or self.options.get("model")
            return None if model is None else model_handle(model, context)
        if name == "invocations":
            return {}
        if name == "enable_cache":
            return self.options.values.get(name)
        if name == "__doc__":
            return self.function.docstring
        if name == "write_run_configuration_template" or name in _SERVER:
            return self._on_server(name)
        if self.class_ is not None:
            return context.unknown(f"`{self.name}.{name}` of a pipeline of the old interface")
        instead = f"it is `{self.name}.configuration.{name}`" if may_have("PipelineConfiguration", name) else ""
        return without_model("Pipeline", "Pipeline", name, context, instead)

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        self.configure({name: value}, context, to_run=True)

    def _with_options(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        other = self.copy()
        other.configure(keywords, context, to_run=True)
        return other

    def _configure(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        self.configure(keywords, context, to_run=False)
        return self

    def _with_config(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        path = arguments[0] if arguments else keywords.get("config_path", keywords.get("config_file"))
        self.run = self._config_path(self.run, context.force(path), context)
        over = arguments[1] if len(arguments) > 1 else keywords.get("overwrite_step_parameters", False)
        self.run = replace(self.run, config_gives_way=context.force(over) is not True)
        return RunResult(self)

    def _run(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        """`instance.run(config_path=…)` of old code."""
        of_the_run = {k: v for k, v in keywords.items() if k in surface.OF_RUN}
        other = self.copy()
        other.configure(of_the_run, context, to_run=True)
        rest = {k: v for k, v in keywords.items() if k in _OF_A_RUN}
        if rest:
            other.run = replace(
                other.run, over=other.run.over.merged(Reader(Place.PIPELINE_CONFIGURE, context).read(rest))
            )
        for name in sorted(keywords.keys() - of_the_run.keys() - rest.keys()):
            context.report.warning(
                "ZC0201",
                f"`run` has no argument `{name}`",
                context.keyword_span(name),
                label="has no effect",
                notes="releases before 0.20 handed it to the orchestrator",
            )
        for request in self.framework.requests:
            if not request.started and request.pipeline.steps is self.steps:
                self.framework.requests.remove(request)
                request.pipeline = other
                request.started = True
                request.guards = self.framework.evaluator.guards_here()
                self.framework.request(request)
                return RunResult(other)
        other._request([], {}, context)
        return RunResult(other)

    def _call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        return self.call(arguments, keywords, context)

    def _prepare(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        return None

    def _on_server(self, name: str) -> NativeFunction:
        """A method that asks a server: it has no effect here."""

        def act(arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
            if self.framework.recording is not None:
                self.framework.recording.tell_of_call(f"{self.name}.{name}", context.span, is_statement=True)
            self.framework.ignore(f"{self.name}.{name}()", "it needs a server", context.span)
            return context.unknown(f"`{self.name}.{name}()` needs a server")

        return NativeFunction(name, act)

    def decorated(self, target: Function | Class, context: Context) -> Value:
        raise context.raise_(TypeError(f"the pipeline `{self.name}` is no decorator"))

    def text(self, context: Context) -> str | Unknown:
        return f"<pipeline {self.name}>"


class RunResult(NativeObject):
    """What a call of a pipeline gives to a script: a run, of which nothing is known when compiling."""

    type_name = "pipeline run"

    def __init__(self, pipeline: PipelineObject) -> None:
        self.pipeline = pipeline

    def _unknown(self, context: Context) -> Unknown:
        return context.unknown(f"it is a result of running the pipeline `{self.pipeline.name}`")

    def get_attribute(self, name: str, context: Context) -> Value:
        if name in ("run", "with_config", "configure", "with_options", "prepare"):
            return self.pipeline.get_attribute(name, context)
        modern = self.pipeline.class_ is None and self.pipeline.steps is None
        if modern and self.pipeline.run.schedule is None and not is_old("Pipeline", name):
            near_miss("PipelineRunResponse", "PipelineRunResponse", name, context)
        elif not modern and not self._is_of_program(name):
            near_miss_of_old(name, context)
        return self._unknown(context)

    def _is_of_program(self, name: str) -> bool:
        """Whether the pipeline's own class has an attribute."""
        class_ = self.pipeline.class_
        return class_ is not None and class_.lookup(name) is not MISSING

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        return self.pipeline.call(arguments, keywords, context)

    def get_item(self, key: Value, context: Context) -> Value:
        return self._unknown(context)

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        return self._unknown(context)

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        return self._unknown(context)


class PipelineDecorator(NativeObject):
    """`pipeline`, and what `pipeline(…)` gives."""

    type_name = "decorator"

    def __init__(self, framework: Framework, options: Options = EMPTY, name: str = "") -> None:
        self.framework = framework
        self.options = options
        self.name = name

    def decorated(self, target: Function | Class, context: Context) -> Value:
        return self._wrap(target, context)

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        decorator = self
        if keywords:
            options = Reader(Place.PIPELINE, context).read(keywords)
            name = options.values.pop("name", "") or ""
            decorator = PipelineDecorator(self.framework, self.options.merged(options), as_text(name))
        return decorator._wrap(context.force(arguments[0]), context) if arguments else decorator

    def _wrap(self, target: Value, context: Context) -> Value:
        if isinstance(target, Unknown):
            return target
        if not isinstance(target, Function):
            raise context.raise_(TypeError("`pipeline` takes a function"))
        inner = unwrapped(target)
        span = context.evaluator.span(inner.node, inner.module)
        name = self.name or inner.name
        made = PipelineObject(self.framework, target, self.options, name, span)
        self.framework.definitions.append(made)
        return made

    def get_attribute(self, name: str, context: Context) -> Value:
        return derived(context.unknown(f"`pipeline.{name}` is not modelled"), f"pipeline.{name}", self.framework)


class BasePipeline(NativeObject):
    """The base class of class-based pipelines of old code."""

    type_name = "class"
    path = "zenml.pipelines.BasePipeline"

    def __init__(self, framework: Framework) -> None:
        self.framework = framework

    def subclass(self, class_: Class, context: Context) -> Value:
        connect = class_.lookup("connect")
        if not isinstance(connect, Function):
            return class_
        return PipelineClass(self.framework, class_, connect)

    def get_attribute(self, name: str, context: Context) -> Value:
        return derived(
            context.unknown(f"`BasePipeline.{name}` is not modelled"), f"BasePipeline.{name}", self.framework
        )


class PipelineClass(NativeObject):
    """A class-based pipeline: calling it with steps makes a pipeline."""

    type_name = "class"

    def __init__(self, framework: Framework, class_: Class, connect: Function) -> None:
        self.framework = framework
        self.class_ = class_
        self.connect = connect

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        made = self.definition(context.span)
        made.steps = ([MISSING, *arguments], keywords)
        return made

    def definition(self, span: Span | None = None) -> PipelineObject:
        """The pipeline before it is given its steps. `span`: where it is given them."""
        span = span or self.framework.evaluator.span(self.connect.node, self.connect.module)
        made = PipelineObject(self.framework, self.connect, EMPTY, self.class_.name, span)
        made.class_ = self.class_
        return made
