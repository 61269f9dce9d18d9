"""The way through: read, rewrite, emit. Each a pure function of what it is given; the file to read first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zencompile.diagnostics import Report
from zencompile.frontend import Request, Run
from zencompile.ir import Pipeline
from zencompile.passes import PassContext
from zencompile.targets import Files, Layout, ReadsSettings, Target

Observer = Callable[[str, Pipeline], None]


def read(request: Request, report: Report) -> tuple[Pipeline, ...]:
    """The pipelines that the source means, one a run. See `runs`."""
    return tuple(run.pipeline for run in runs(request, report))


def runs(request: Request, report: Report) -> tuple[Run, ...]:
    """The runs that the source means. Where one has errors, what is wrong with it otherwise is reported, too."""
    from zencompile import frontend

    found = frontend.runs_of(request, report)
    if report.errors:
        from zencompile.ir.verify import known_problems

        for run in found:
            for diagnostic in known_problems(run.pipeline):
                report.add(diagnostic)
    return found


def rewrite(pipeline: Pipeline, context: PassContext, report: Report, observe: Observer | None = None) -> Pipeline:
    """The same pipeline with more filled in; verified after the front end and after every pass."""
    from zencompile.ir.texts import unwritable
    from zencompile.ir.verify import verify
    from zencompile.passes import PASSES

    for diagnostic in unwritable(pipeline):
        report.add(diagnostic)
    report.check()
    for diagnostic in verify(pipeline):
        report.add(diagnostic)
    for rewriting in PASSES:
        report.check()
        before, pipeline = pipeline, rewriting.run(pipeline, report, context)
        for diagnostic in verify(pipeline) if pipeline is not before else ():
            report.add(diagnostic)
        if observe is not None:
            observe(rewriting.name, pipeline)
    report.check()
    return pipeline


def lower(pipeline: Pipeline, target: Target, report: Report) -> Pipeline:
    """The same pipeline in what the target can express; what it can't is reported, all of it."""
    from zencompile.ir.verify import clashes, verify
    from zencompile.passes import lower

    if isinstance(target, ReadsSettings):
        for diagnostic in clashes(pipeline, target.flavours):
            report.add(diagnostic)
    lowered = lower.lower(pipeline, lower.Engine(target.name, target.capabilities), report)
    for diagnostic in verify(lowered) if lowered is not pipeline else ():
        report.add(diagnostic)
    report.check()
    return lowered


def emit(pipeline: Pipeline, target: Target, options: Any, layout: Layout, report: Report) -> Files:
    """The files of a lowered pipeline, checked by the target's engine where that is installed."""
    files = target.emit(pipeline, options, layout, report)
    report.check()
    for diagnostic in target.validate(files):
        report.add(diagnostic)
    report.check()
    return files
