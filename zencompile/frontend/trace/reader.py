"""Reads a request by running the program. Which pipelines are meant, and what they mean, is decided by the same code as
in the static front end; only what evaluates the program is another."""

from __future__ import annotations

import ast
import dataclasses
import os
from pathlib import Path
from typing import Any

from zencompile.diagnostics import Label, Report
from zencompile.frontend import reading
from zencompile.frontend.evaluator import Evaluator
from zencompile.frontend.framework.definitions import PipelineDefinition, RunRequest
from zencompile.frontend.framework.modules import FrameworkProvider
from zencompile.frontend.request import Request, Run
from zencompile.frontend.scripts import Scripts, takes_steps
from zencompile.frontend.trace import wire
from zencompile.frontend.trace.ending import Ending
from zencompile.frontend.trace.evaluator import TracingEvaluator


class TracingReader(reading.Reader):
    """Reads a request with a `TracingEvaluator`."""

    evaluator: TracingEvaluator

    def __init__(self, request: Request, report: Report, ending: Ending, at_start: frozenset[str]) -> None:
        static = reading.Reader(request, Report())
        found = _read_all(static)
        around = static.project.around(name for run in found for name in reading.paths(run.pipeline))
        self._ending = ending
        super().__init__(request, report, around)
        self.evaluator.found_by_reading = tuple(run.pipeline for run in found)
        self.evaluator.called_by_reading = len(static.framework.requests)
        self.evaluator.at_start = at_start
        ending.span_of = self.evaluator.bridge.span_of

    def make_evaluator(self, provider: FrameworkProvider) -> Evaluator:
        return TracingEvaluator(self.project, self.framework, provider, self.request, self._ending)

    def read(self) -> tuple[Run, ...]:
        try:
            return super().read()
        except _MadeElsewhere as elsewhere:
            return self._read(elsewhere)

    def runs(self) -> bool:
        """A file that is named is run, unless it can't be parsed, or a relative import says that it can't be."""
        if self.module.broken:
            return False
        body = self.module.tree.body if self.module.tree is not None else []
        return not any(isinstance(node, ast.ImportFrom) and node.level for node in body)

    def _evaluated(self, request: RunRequest) -> reading.Result:
        with self.evaluator.apart():
            return super()._evaluated(request)

    def _request(self, pipeline: PipelineDefinition) -> list[RunRequest]:
        """Of old code: who makes the pipeline of its steps is looked for by reading alone."""
        if pipeline.steps is None and takes_steps(pipeline):
            own = pipeline.class_.name if pipeline.class_ is not None else pipeline.signature.name
            raise _MadeElsewhere(self.request.pipeline or own, pipeline)
        return super()._request(pipeline)

    def _made_inside(self, name: str) -> PipelineDefinition | None:
        """What functions of the file would make is looked for by reading alone."""
        raise _MadeElsewhere(name)

    def _read(self, elsewhere: _MadeElsewhere) -> tuple[Run, ...]:
        """What the static front end makes of the request: what was named, and ran, doesn't make the pipeline."""
        report = Report()
        request = dataclasses.replace(self.request, pipeline=elsewhere.name)
        found = reading.read(request, report)
        if found and not report.errors:
            self.report.note(
                "ZC0144",
                f"running `{self.request.path.name}` doesn't make `{elsewhere.name}`: it is read instead",
                elsewhere.pipeline.span if elsewhere.pipeline is not None else None,
                notes="nothing is run but what was named and what that imports",
            )
            for diagnostic in report:
                self.report.add(diagnostic)
            for name, source in report.sources.items():
                self.report.sources.setdefault(name, source)
            return found
        self._not_made(elsewhere, report, reading.Reader(request, Report()))
        return ()

    def _not_made(self, elsewhere: _MadeElsewhere, report: Report, static: reading.Reader) -> None:
        pipeline = elsewhere.pipeline
        if pipeline is None:
            if not self.report.errors:
                self._no_such(elsewhere.name, self.defined(imported=True))
            return
        scripts = [self.project.path_name(path) for path in Scripts(static.framework, self.project).callers(pipeline)]
        why = next((d for d in report.errors if d.span is not None and d.code != "ZC0228"), None)
        names = " or ".join(f"`{name}`" for name in scripts[:5])
        self.report.error(
            "ZC0228",
            f"`{self.request.path.name}` doesn't make the pipeline `{pipeline.name}`, which takes steps as arguments",
            pipeline.span,
            labels=[Label(why.span, why.message)] if why is not None and why.span is not None else [],
            helps=f"name the script that does: {names}"
            if names
            else f"call it with its steps in a script, and name that: `{pipeline.name}(…).run()`",
        )


def _read_all(static: reading.Reader) -> tuple[Run, ...]:
    """What reading alone finds, before anything is run; nothing if that fails."""
    try:
        return static.read()
    except reading.Ambiguous:
        return ()


class _MadeElsewhere(Exception):
    """What was named, and ran, has made no pipeline of this name; or one that is without its steps."""

    def __init__(self, name: str, pipeline: PipelineDefinition | None = None) -> None:
        super().__init__(name)
        self.name = name
        self.pipeline = pipeline


def _drop_advice(report: Report) -> None:
    """Whoever traces need not be told to trace."""
    for index, diagnostic in enumerate(report.diagnostics):
        kept = tuple(text for text in diagnostic.helps if "--frontend trace" not in text)
        if kept != diagnostic.helps:
            report.diagnostics[index] = dataclasses.replace(diagnostic, helps=kept)


def work(job: dict[str, Any], answer: Path, at_start: frozenset[str]) -> None:
    """Do a job of the compiler's, and write down the pipelines as JSON, with what was reported."""
    report = Report()
    request = wire.request_from_json(job)
    ending = Ending(answer, report, request.trace_timeout)
    try:
        found = TracingReader(request, report, ending, at_start).read()
    except reading.Ambiguous:
        found = ()
    except BaseException as error:  # nothing of the program or of ours may end as a traceback
        if os.environ.get("ZENCOMPILE_DEBUG"):
            raise
        failure = f"tracing `{request.path.name}` failed: {type(error).__name__}: {error}".removesuffix(": ")
        ending.write({"failure": failure, "help": "set ZENCOMPILE_DEBUG=1 to see the whole traceback"})
        return
    _drop_advice(report)
    ending.tidy_up(found)
    ending.tell(found)
