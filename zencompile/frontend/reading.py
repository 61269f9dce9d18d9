"""Which pipelines a request means, and the way from their source to the IR."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import NamedTuple

from zencompile.diagnostics import Diagnostic, Label, Report, Severity, did_you_mean
from zencompile.frontend import inlining, lowering, runs, step_roots
from zencompile.frontend.closures import Closures, StepCode
from zencompile.frontend.evaluator import Evaluator
from zencompile.frontend.framework import entrypoints
from zencompile.frontend.framework.binding import no_such_parameter
from zencompile.frontend.framework.definitions import PipelineDefinition, RunRequest, Subject
from zencompile.frontend.framework.evaluate import evaluate
from zencompile.frontend.framework.modules import FrameworkProvider
from zencompile.frontend.framework.pipelines import PipelineClass, RunResult
from zencompile.frontend.framework.rehearsal import Rehearsals
from zencompile.frontend.framework.state import Framework, Uncertain
from zencompile.frontend.project import Project
from zencompile.frontend.request import Candidate, Request, Run
from zencompile.frontend.scripts import Scripts, takes_steps
from zencompile.frontend.values import Module, Raised, Value
from zencompile.ir import Pipeline, Step
from zencompile.source import Span


def read(request: Request, report: Report) -> tuple[Run, ...]:
    """See `zencompile.frontend.runs_of`."""
    told, sources = len(report.diagnostics), dict(report.sources)
    try:
        reader = Reader(request, report)
        found = reader.read()
        around = reader.project.around(name for run in found for name in paths(run.pipeline))
        if around is None:
            return found
        del report.diagnostics[told:]  # the program needs code above: once more, with names from further up
        report.sources = sources
        return Reader(request, report, around).read()
    except Ambiguous:
        return ()


def paths(pipeline: Pipeline) -> tuple[str, ...]:
    """The files and folders of the program that a pipeline names."""
    folders = (*pipeline.roots, *pipeline.package_roots)
    return (pipeline.source, *pipeline.files, *(f"{folder}/_" for folder in folders))


def candidates(path: Path, report: Report, source_root: Path | None = None) -> tuple[Candidate, ...]:
    """See `zencompile.frontend.candidates`."""
    reader = Reader(Request(path, source_root=source_root), report)
    found = reader.defined()
    return tuple(Candidate(p.name, p.signature.name, p.span.file, p.span.line) for p in found)


class Reader:
    """One request. The front end that traces reads with an evaluator of its own."""

    def __init__(self, request: Request, report: Report, around: Path | None = None) -> None:
        self.request = request
        self.report = report
        self.framework = Framework(report)
        self.project = Project.of(
            request.path,
            report,
            source_root=request.source_root,
            working_directory=request.working_directory,
            environment=request.environment,
            disk=request.disk,
            around=around,
        )
        self.evaluator = self.make_evaluator(FrameworkProvider(self.framework))
        self.framework.evaluator = self.evaluator
        self.evaluator.uncertain = Uncertain(self.framework)
        self.evaluator.python = self.request.python_version
        self.rehearsals = Rehearsals(self._fresh_evaluator)
        self.module = self.evaluator.load(self.project.entry)
        self.of_main: list[Diagnostic] = []
        self.results: dict[RunRequest, Result] = {}  # of the runs that were evaluated where the script makes them

    def make_evaluator(self, provider: FrameworkProvider) -> Evaluator:
        """What evaluates the program."""
        return Evaluator(self.project, self.report, provider, environment=self.request.environment)

    def _fresh_evaluator(self, report: Report) -> Evaluator:
        """An evaluator of the same project that has evaluated nothing."""
        framework = Framework(report)
        fresh = Evaluator(self.project, report, FrameworkProvider(framework), environment=self.request.environment)
        framework.evaluator = fresh
        fresh.python = self.request.python_version
        return fresh

    def read(self) -> tuple[Run, ...]:
        """The runs that the request means, in order."""
        requests = self._requests()
        self._unknown_parameters(requests)
        if not runs.values_fit(self.report, requests, self.request.parameters, self.request.path.name):
            return ()
        for one in self.framework.handed:
            runs.handed(self.report, one, self.request.running)
        made = self._made(requests)
        outputs = runs.Outputs(self.report, {pipeline.name for _, (pipeline, _) in made})
        closures: Closures | None = None
        closed: dict[str, Pipeline] = {}
        found = []
        for request, (lowered, steps) in made:
            self._still_found(lowered, steps)
            self._importable(lowered, steps)
            pipeline = outputs.of(lowered, request)
            if pipeline.name not in closed:
                closures = closures or Closures(self.project, self.report)
                coded = _close(closures, pipeline, steps.subjects)
                coded = inlining.with_texts(closures, coded, steps.subjects, self.request.texts)
                closed[pipeline.name] = self._with_roots(coded)
            caught = runs.failing(self.report, request, self.request.running)
            found.append(Run(closed[pipeline.name], caught))
        return tuple(found)

    def _made(self, requests: list[RunRequest]) -> list[tuple[RunRequest, Lowered]]:
        """The runs that can be read, with what comes of them."""
        found: list[tuple[RunRequest, Lowered]] = []
        caught: Raised | None = None
        sure = any(request.uncertain is None for request in requests)
        told: set[Span] = set()
        for request in requests:
            result = self.results.get(request) or self._evaluated(request)
            if result.raised is not None:  # told where it ended the script; if the script caught it, it was no run
                caught = caught or result.raised
                continue
            if request.uncertain is not None:
                if request.span not in told:
                    runs.undecided(self.report, request, self.request.running, result.failure)
                told.add(request.span)
                if sure and result.failure is not None:
                    continue
            for diagnostic in result.diagnostics:
                self.report.add(diagnostic)
            if result.lowered is not None:
                found.append((request, result.lowered))
        if caught is not None and not found and not self.report.errors:  # no run is left
            self.evaluator.report_raised(caught)
        return found

    def _with_roots(self, pipeline: Pipeline) -> Pipeline:
        first, later = self.project.import_roots()
        return pipeline.model_copy(update={"roots": first, "package_roots": later})

    # one run

    def _evaluated(self, request: RunRequest) -> Result:
        """What comes of a run: its pipeline, evaluated and lowered, and what was said of it."""
        framework, report = self.framework, self.report
        told = len(report.diagnostics)
        outer = framework.ignored, framework.problems
        framework.ignored, framework.problems = [], []
        raised: Raised | None = None
        try:
            lowered = self._lowered(request)
        except Raised as error:  # where the script made the run: it may go on
            lowered, raised = None, error
        finally:
            framework.ignored, framework.problems = outer
        said = report.diagnostics[told:]
        del report.diagnostics[told:]
        return Result(lowered, said, raised)

    def _lowered(self, request: RunRequest) -> tuple[Pipeline, lowering.StepLowering] | None:
        """One pipeline, evaluated and lowered. Lowering may force values, so it runs under the evaluator's guard."""
        config = self.request.config
        path = None if config is None else self.request.working_directory / config
        given = {name: text for name, text in self.request.parameters.items() if runs.takes(request.pipeline, name)}
        evaluated = evaluate(self.framework, self.project, request, given, path)
        if evaluated is None:
            return None
        made = self.evaluator.guard(
            lambda: lowering.lower(self.framework, self.project, self.rehearsals, evaluated, self.request.namespace),
            request.pipeline.function.module,
        )
        for parameter in evaluated.recording.parameters.values():
            parameter.ended = True
        return made if isinstance(made, tuple) else None

    def _at_its_call(self, request: RunRequest) -> None:
        """Evaluate a run where the script makes it: what the script does afterwards is not seen by it."""
        evaluator = self.evaluator
        uncertain = list(evaluator.uncertain)
        evaluator.uncertain.clear()
        try:
            result = self.results[request] = self._evaluated(request)
        finally:
            evaluator.uncertain[:] = uncertain
        if result.raised is not None:  # the script may catch it
            self.report.diagnostics.extend(result.diagnostics)
            raise result.raised

    def run_main(self, arguments: tuple[str, ...] = ()) -> None:
        """Run the script; the pipelines that it runs are evaluated on the way."""
        self.framework.runner = self._at_its_call
        self.evaluator.is_end = self._is_end
        try:
            self.evaluator.run_main(self.module, arguments)
        finally:
            self.framework.runner = self.evaluator.is_end = None

    def _is_end(self, raised: Raised, code: str) -> bool:
        """Whether an exit only ends a script that has made its runs."""
        own = any(result.raised is raised for result in self.results.values())
        if own or not _started(self.framework.requests):
            return False
        runs.exits(self.report, raised.span, code)
        return True

    def _unknown_parameters(self, requests: list[RunRequest]) -> None:
        """Report what --param gives and no pipeline takes."""
        for name in self.request.parameters if requests else ():
            if not any(runs.takes(request.pipeline, name) for request in requests):
                first = requests[0].pipeline
                no_such_parameter(self.framework, first, name, None, set(runs.parameters_of(first)))

    def _still_found(self, pipeline: Pipeline, steps: lowering.StepLowering) -> None:
        """A run is evaluated before its script ends: see that no step's name was taken afterwards."""
        for key, subject in steps.subjects.items():
            before, after = steps.entrypoint(self.evaluator, subject), entrypoints.find(self.evaluator, subject)
            if after != before:
                self.report.error(
                    "ZC0206",
                    f"the function of step `{pipeline.steps[key].name}` can't be found where it runs",
                    pipeline.steps[key].span,
                    notes=f"`{before.path.replace(':', '.')}` means something else when the program has run",
                    helps="give the two different names",
                    labels=[Label(after.by, "the name means this then")] if after.by else [],
                )

    def _importable(self, pipeline: Pipeline, steps: lowering.StepLowering) -> None:
        """See that no step's module ends the process that imports it, as a script may do when it has made its runs."""
        for key, subject in steps.subjects.items():
            module = steps.entrypoint(self.evaluator, subject).path.partition(":")[0]
            if module not in self.evaluator.exits:
                continue
            step = pipeline.steps[key]
            self.report.error(
                "ZC0102",
                f"the process of step `{step.name}` exits when it imports `{module}`",
                self.evaluator.exits[module],
                label="here",
                helps='let the script exit below `if __name__ == "__main__":`',
                labels=[Label(span, "the step is imported from there") for span in [step.span] if span is not None],
            )
            return

    # which pipelines

    def _requests(self) -> list[RunRequest]:
        if self.request.arguments is not None:
            return self._run(self.request.arguments)
        if self.request.pipeline is not None:
            return self._named(self.request.pipeline)
        return self._called() or self._as_it_stands() or self._none()

    def _run(self, arguments: tuple[str, ...]) -> list[RunRequest]:
        """What the script would run with these arguments."""
        self.run_main(arguments)
        found = _started(self.framework.requests)
        if self.request.pipeline is not None:
            named = [r for r in found if self.request.pipeline in (r.pipeline.name, r.pipeline.signature.name)]
            if found and not named:
                self._no_such(self.request.pipeline, [r.pipeline for r in found])
            return named
        if not found and not arguments and not self._is_script():
            return self._only_one(self.defined()) or self._none()
        if not found and not self.report.errors:
            self.report.error(
                "ZC0003",
                f"`{self.request.path.name}` runs no pipeline with these arguments",
                self._top(),
                helps="see which options the script takes, or name a pipeline with --pipeline",
            )
        return found

    def _named(self, name: str) -> list[RunRequest]:
        pipeline = _pipeline_of(self.evaluator.get(self.module, name)) if name.isidentifier() else None
        if pipeline is None:
            known = self.defined(imported=True)
            pipeline = next((p for p in known if p.name == name), None)
            if pipeline is None and not self.report.errors:
                pipeline = self._made_inside(name)
            if pipeline is None:
                if not self.report.errors:
                    self._no_such(name, known)
                return []
        return self._request(pipeline)

    def _request(self, pipeline: PipelineDefinition) -> list[RunRequest]:
        """What is compiled of a pipeline that is not called: as it stands, or with the steps that a script gives it."""
        if pipeline.steps is not None or not takes_steps(pipeline):
            return [RunRequest(pipeline, [], {}, pipeline.span)]
        scripts = Scripts(self.framework, self.project)
        made = scripts.request(pipeline)
        if made is not None:
            return [made]
        if any(d.severity is Severity.ERROR for d in self.of_main):
            return []  # the file's own script was to give them, and why it doesn't is told
        failure = scripts.failure
        self.report.error(
            "ZC0228",
            f"pipeline `{pipeline.name}` takes its steps as arguments, and no script of the project gives them",
            pipeline.span,
            labels=_label_of(failure),
            helps=f"call it with its steps in a script: `{pipeline.name}(…).run()`",
        )
        return []

    def runs(self) -> bool:
        """Whether the file can be run."""
        return not self.module.broken

    def _called(self) -> list[RunRequest]:
        """The runs that the script's main makes. What goes wrong there doesn't matter if it makes none."""
        if not self.runs():
            return []
        before = list(self.report.diagnostics)
        self.run_main()
        if self.framework.requests:
            return _started(self.framework.requests)
        self.of_main = [d for d in self.report if d not in before]
        of_definitions = self.evaluator.of_definitions
        kept = [d for d in self.report.diagnostics[len(before) :] if d in of_definitions]
        self.report.diagnostics[:] = [*before, *kept]
        return []

    def _as_it_stands(self) -> list[RunRequest]:
        """The only pipeline of a file that calls none. Of a script that runs none without arguments, that is said."""
        found = self._only_one(self.defined())
        if found and self._is_script() and not self.framework.handed:
            self._runs_nothing(found[0])
        return found

    def _is_script(self) -> bool:
        """Whether the file has a part that runs only where the file is called."""
        body = self.module.tree.body if self.module.tree is not None else []
        tests = [node.test for node in body if isinstance(node, ast.If)]
        return any(isinstance(one, ast.Name) and one.id == "__name__" for test in tests for one in ast.walk(test))

    def _runs_nothing(self, request: RunRequest) -> None:
        """The script runs no pipeline without arguments, though it might with others."""
        report, name, why = self.report, request.pipeline.signature.name, self._failure_of_main()
        tell = report.error if self.request.running else report.note if why is None else report.warning
        tell(
            "ZC0017",
            f"`{self.request.path.name}` runs no pipeline when it is called without arguments",
            request.span,
            label="" if self.request.running else "compiled as it stands",
            labels=_label_of(why, "reading it ends here: "),
            helps=f"name the pipeline, `{self.request.path.name}:{name}`, or give the script's arguments behind `--`",
        )

    def _failure_of_main(self) -> Diagnostic | None:
        """Why the script's main got to no pipeline, if something failed."""
        return next((d for d in self.of_main if d.severity is Severity.ERROR), None)

    def _only_one(self, found: list[PipelineDefinition]) -> list[RunRequest]:
        if not found:
            found = self.defined(imported=True)
        if len(found) == 1:
            return self._request(found[0])
        if found:
            self._several(found, f"`{self.request.path.name}` has more than one pipeline")
            raise Ambiguous
        return []

    def _none(self) -> list[RunRequest]:
        for diagnostic in self.of_main:  # why the script's main got to no pipeline
            self.report.add(diagnostic)
        if not self.report.errors:
            self.report.error(
                "ZC0003",
                f"there is no pipeline in `{self.request.path.name}`",
                self._top(),
                notes="the file is empty" if not (self.module.tree and self.module.tree.body) else (),
                helps="put `@pipeline` above the function that calls the steps",
            )
        return []

    def defined(self, imported: bool = False) -> list[PipelineDefinition]:
        """The pipelines that the entry file defines, by line; with `imported`, those that it imports, too."""
        found: dict[int, PipelineDefinition] = {}
        own = _defining(self.module)
        for name in self.evaluator.names(self.module):
            if not imported and name not in own:
                continue
            pipeline = _pipeline_of(self.evaluator.get(self.module, name))
            if pipeline is not None and (imported or pipeline.span.file == self._file()):
                found.setdefault(id(pipeline), pipeline)
        distinct: dict[tuple[str, str], PipelineDefinition] = {}
        for pipeline in found.values():
            distinct.setdefault((pipeline.name, pipeline.signature.name), pipeline)
        return sorted(distinct.values(), key=lambda p: (p.span.file, p.span.line))

    def _file(self) -> str:
        return self.module.file.path if self.module.file else ""

    def _top(self) -> Span:
        return Span(self._file(), 1, 1, 1, 1)

    def _no_such(self, name: str, known: list[PipelineDefinition]) -> None:
        self.report.error(
            "ZC0005",
            f"there is no pipeline `{name}` in `{self.request.path.name}`",
            self._top(),
            labels=[Label(p.span, f"`{p.name}` is defined here") for p in known],
            helps=did_you_mean(name, [n for p in known for n in (p.name, p.signature.name)]),
        )

    def _several(self, found: list[PipelineDefinition], message: str, *helps: str) -> None:
        names = [f"`{self.request.path.name}:{p.signature.name}`" for p in found]
        self.report.error(
            "ZC0004",
            message,
            found[0].span,
            label="this one",
            labels=[
                *(Label(p.span, "or this one") for p in found[1:]),
                *_label_of(self._failure_of_main(), "reading the script ends here: "),
            ],
            helps=(f"name one: {', '.join(names)}", *helps),
        )

    # old code: pipelines whose arguments are steps

    def _made_inside(self, name: str) -> PipelineDefinition | None:
        """The pipeline of a name that the file makes below its top level."""
        return Scripts(self.framework, self.project).made_inside(self.module, name)


Lowered = tuple[Pipeline, lowering.StepLowering]
"""A pipeline, and what lowering knows of its steps."""


class Result(NamedTuple):
    """What comes of a run: the pipeline (None if it can't be read), what was said of it, and what it raised."""

    lowered: Lowered | None
    diagnostics: list[Diagnostic]
    raised: Raised | None = None

    @property
    def failure(self) -> Diagnostic | None:
        """The first error."""
        return next((one for one in self.diagnostics if one.severity is Severity.ERROR), None)


class Ambiguous(Exception):
    """More than one pipeline could be meant; reported."""


def _label_of(cause: Diagnostic | None, what: str = "") -> list[Label]:
    return [Label(cause.span, what + cause.message)] if cause is not None and cause.span is not None else []


def _started(requests: list[RunRequest]) -> list[RunRequest]:
    """The runs among requests; if there are none, the pipelines that are made and not run."""
    return [request for request in requests if request.started] or list(requests)


def _pipeline_of(value: Value) -> PipelineDefinition | None:
    if isinstance(value, RunResult):
        return value.pipeline
    if isinstance(value, PipelineClass):
        return value.definition()
    return value if isinstance(value, PipelineDefinition) else None


def _defining(module: Module) -> set[str]:
    """The names of a file that may be pipelines which the file itself defines."""
    found: dict[str, bool] = {}
    for node in ast.walk(module.tree) if module.tree is not None else ():
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.setdefault(node.name, isinstance(node, ast.ClassDef) or bool(node.decorator_list))
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, isinstance(node.value, ast.Call))
    return {name for name, may in found.items() if may}


def _close(closures: Closures, pipeline: Pipeline, subjects: dict[str, Subject]) -> Pipeline:
    """Add what the code closures of the steps say."""
    also = step_roots.roots(pipeline)
    steps: dict[str, Step] = {}
    paths: set[str] = set()
    for key, step in pipeline.steps.items():
        function = subjects[key].function
        if function is None:
            steps[key] = step
            continue
        location = function.module.file.location if function.module.file is not None else None
        facts = closures.facts(StepCode(step.entrypoint, location, tuple(sorted(also.get(key, ())))))
        steps[key] = step.model_copy(update={"code": facts.code, "closure": facts.closure})
        paths.update(facts.closure.sources)
    found = {"steps": steps, "files": closures.files(paths), "modules": closures.modules(paths)}
    return pipeline.model_copy(update=found)
