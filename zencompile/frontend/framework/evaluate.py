"""From a request to run a pipeline to what its function recorded."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zencompile.diagnostics import did_you_mean
from zencompile.frontend import surface
from zencompile.frontend.framework import runconfig
from zencompile.frontend.framework.binding import Binder, Bound
from zencompile.frontend.framework.definitions import PipelineDefinition, RunRequest
from zencompile.frontend.framework.dynamic import DynamicRecording
from zencompile.frontend.framework.handles import Output
from zencompile.frontend.framework.old_code import call_of_old_code
from zencompile.frontend.framework.options import Options, from_run_configuration
from zencompile.frontend.framework.recorder import Recording
from zencompile.frontend.framework.runconfig import RunConfiguration
from zencompile.frontend.framework.state import Framework
from zencompile.frontend.project import Project
from zencompile.frontend.values import MISSING, Function, Symbol, Unknown, Value
from zencompile.frontend.values.placed import shown
from zencompile.source import SourceFile, Span


@dataclass
class Evaluated:
    """A pipeline after its function was evaluated: everything that lowering needs."""

    pipeline: PipelineDefinition
    options: Options
    recording: Recording
    outputs: list[Output]
    config: RunConfiguration | None
    flags: dict[str, bool]
    steps: dict[str, Options]
    run_name: Value = None
    schedule: Value = None


def evaluate(
    framework: Framework, project: Project, request: RunRequest, parameters: dict[str, str], config: Path | None
) -> Evaluated | None:
    """Evaluate a pipeline's function. None if it can't be called (that is reported)."""
    pipeline = request.pipeline
    found = _configuration(framework, project, pipeline, config)
    section = Options() if found is None else from_run_configuration(found.values, found.spans, (), "pipeline")
    section = section.merged(pipeline.run.over)
    options = pipeline.options.merged(section)
    if pipeline.run.model:
        options = options.merged(Options({"model": pipeline.run.model}))
    kind = DynamicRecording if pipeline.dynamic else Recording
    recording = kind(framework, pipeline.name, options)
    result = _call(framework, recording, request, found, parameters)
    recording.finish()
    if not recording.invocations:
        if not framework.report.errors:
            _no_steps(framework, pipeline, result)
        return None
    flags = {name: section.values[name] for name in surface.FLAGS if isinstance(section.values.get(name), bool)}
    run_name = pipeline.run.run_name if pipeline.run.run_name is not None else section.get("run_name")
    schedule = pipeline.run.schedule if pipeline.run.schedule is not None else section.get("schedule")
    steps = _step_sections(framework, recording, found)
    for id_, over in pipeline.run.steps.items():
        _known_id(framework, recording, id_, over.span() or over.spans.get(()))
        steps[id_] = steps.get(id_, Options()).merged(over)
    return Evaluated(pipeline, options, recording, _outputs(result), found, flags, steps, run_name, schedule)


def _no_steps(framework: Framework, pipeline: PipelineDefinition, result: Value) -> None:
    if isinstance(result, Unknown) and result.reported:
        return
    framework.report.error(
        "ZC0228",
        f"pipeline `{pipeline.name}` calls no step",
        pipeline.span,
        notes=f"its result is not known: {result.reason}" if isinstance(result, Unknown) else (),
        helps=_why_no_steps(framework, pipeline),
    )


def _why_no_steps(framework: Framework, pipeline: PipelineDefinition) -> list[str]:
    function = pipeline.signature
    if isinstance(function.node, ast.AsyncFunctionDef):
        return ["write `def` instead of `async def`"]
    called = [n.func.id for n in ast.walk(function.node) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]
    for name in dict.fromkeys(called):
        value = framework.evaluator.get(function.module, name)
        if isinstance(value, Function) and value.module.file is not None:
            return [f"`{name}` is a plain function: put `@step` above it to make it a step"]
    return _unread(framework, pipeline) or ["call its steps in the body of the function"]


def _unread(framework: Framework, pipeline: PipelineDefinition) -> list[str]:
    """If the function calls what comes from modules that are not read: these may be the steps."""
    function = pipeline.function
    called = [n.func.id for n in ast.walk(function.node) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]
    found = [(name, framework.evaluator.get(function.module, name)) for name in dict.fromkeys(called)]
    paths = [f"`{value.path}`" for _, value in found if isinstance(value, Symbol)]
    if not paths:
        return []
    return [f"{', '.join(paths[:3])} is not read: is the source root right? it can be set with --source-root"]


# configuration


def _configuration(
    framework: Framework, project: Project, pipeline: PipelineDefinition, given: Path | None
) -> RunConfiguration | None:
    """The run configuration: the one of the command line, else the one that the program names."""
    if given is not None:
        if not project.disk.is_file(given):
            framework.report.error("ZC0308", f"there is no run configuration `{given.name}`", helps="see --config")
            return None
        return _read(framework, project, given)
    path = pipeline.run.config_path
    if path is None:
        return None
    location = project.locate(path, pipeline.run.importer)
    if location is None or not project.disk.is_file(location):
        framework.problem(
            "ZC0308",
            f"there is no run configuration `{shown(path)}`",
            pipeline.run.config_span,
            notes="it is looked for from the working directory, from the file that names it, and from the source root",
        )
        return None
    return _read(framework, project, location)


def _read(framework: Framework, project: Project, location: Path) -> RunConfiguration:
    name = project.path_name(location)
    try:
        text = project.disk.read_text(location)
    except (OSError, UnicodeDecodeError) as problem:
        framework.report.error("ZC0308", f"`{name}` can't be read", notes=str(problem))
        return RunConfiguration(name)
    source = SourceFile(name, text, location)
    framework.report.sources.setdefault(name, source)
    return runconfig.read(source, framework.aside, framework.evaluator.environment)


def _step_sections(framework: Framework, recording: Recording, config: RunConfiguration | None) -> dict[str, Options]:
    steps = config.values.get("steps") if config is not None else None
    if not isinstance(steps, dict) or config is None:
        return {}
    found = {}
    for id_, section in steps.items():
        if not _known_id(framework, recording, str(id_), config.span("steps", str(id_))):
            continue
        if isinstance(section, dict):
            section = _with_its_switch(section) if recording.steps_are_given else section
            found[str(id_)] = from_run_configuration(section, config.spans, ("steps", str(id_)), "step")
    return found


def _with_its_switch(section: dict[str, Any]) -> dict[str, Any]:
    """A step's section, with the `enable_cache` that releases before 0.20 had among the parameters."""
    parameters = section.get("parameters")
    if not isinstance(parameters, dict) or "enable_cache" not in parameters:
        return section
    rest = {name: value for name, value in parameters.items() if name != "enable_cache"}
    return {"enable_cache": parameters["enable_cache"], **section, "parameters": rest}


def _known_id(framework: Framework, recording: Recording, id_: str, span: Span | None) -> bool:
    if id_ in recording.invocations:
        return True
    framework.report.warning(
        "ZC0310",
        f"the configuration names the step `{id_}`, but no invocation has this id",
        span,
        label="has no effect",
        helps=did_you_mean(id_, recording.invocations),
    )
    return False


# the call


def _call(
    framework: Framework,
    recording: Recording,
    request: RunRequest,
    config: RunConfiguration | None,
    texts: dict[str, str],
) -> Value:
    pipeline = request.pipeline
    outer = framework.recording
    evaluator = framework.evaluator
    watch, evaluator.watch = evaluator.watch, None
    evaluator.acting = recording.acts
    evaluator.work = recording.work
    try:
        if pipeline.steps is not None:
            return call_of_old_code(framework, recording, pipeline, request.span)
        bound = evaluator.guard(lambda: Binder(framework, request, config).bind(texts), pipeline.function.module)
        if not isinstance(bound, Bound):
            return bound
        recording.parameters = bound.parameters
        missing = [p for p in bound.parameters.values() if p.value is MISSING]
        framework.missing = {p.missing(p.span).reason: p.name for p in missing}
        framework.recording = recording
        return evaluator.call(pipeline.function, bound.rest, bound.keywords)
    finally:
        framework.recording = outer
        evaluator.watch = watch
        evaluator.acting = None
        evaluator.work = None


def _outputs(result: Value) -> list[Output]:
    """A pipeline's outputs: an output, or a tuple of them; a list or anything else counts for nothing."""
    if isinstance(result, Output):
        return [result]
    if isinstance(result, tuple) and all(isinstance(item, Output) for item in result):
        return list(result)
    return []
