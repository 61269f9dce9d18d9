"""A script is a list of runs: what each is compiled as, and what is said of runs that are not sure to happen.

Each call of a pipeline outside of any other is a run. Runs that are the same share one output; those of one pipeline
that differ have names with a number, in the order of their calls.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from zencompile.diagnostics import Diagnostic, Label, Report
from zencompile.frontend.evaluator import guards
from zencompile.frontend.framework.definitions import PipelineDefinition, RunRequest
from zencompile.frontend.framework.handing import pipelines_called
from zencompile.frontend.framework.state import Handed
from zencompile.frontend.values import MISSING, Value
from zencompile.ir import Pipeline
from zencompile.ir.node import Node
from zencompile.source import Span

_PLACES = ("reason_span", "span", "spans")
"""Fields of nodes that say where something is written."""


class Outputs:
    """The outputs of the runs so far. `taken`: the names that pipelines of the program have by themselves."""

    def __init__(self, report: Report, taken: set[str]) -> None:
        self.report = report
        self.taken = taken
        self.made: dict[str, list[Pipeline]] = {}  # by the pipeline's own name, in the order of their runs
        self.contents: dict[str, str] = {}  # of what several runs are compared with, by the name of the output

    def of(self, pipeline: Pipeline, request: RunRequest) -> Pipeline:
        """The output of a run: an earlier one, if that is the same but for places in the source."""
        name = pipeline.name
        before = self.made.setdefault(name, [])
        if not before:
            before.append(pipeline)
            return pipeline
        content = _content(pipeline)
        same = next((one for one in before if self._content_of(one) == content), None)
        if same is None:
            same = pipeline.model_copy(update={"name": self._next(name)})
            self.contents[same.name] = content
            before.append(same)
            label = f"compiled as `{same.name}`"
        else:
            label = f"the same as before: `{same.name}` stands for both"
        self.report.note("ZC0011", f"the program runs the pipeline `{name}` again", request.span, label=label)
        return same

    def _content_of(self, pipeline: Pipeline) -> str:
        found = self.contents.get(pipeline.name)
        if found is None:
            found = self.contents[pipeline.name] = _content(pipeline)
        return found

    def _next(self, name: str) -> str:
        number = len(self.made[name]) + 1
        while f"{name}_{number}" in self.taken:
            number += 1
        self.taken.add(f"{name}_{number}")
        return f"{name}_{number}"


def _content(pipeline: Pipeline) -> str:
    """What a pipeline means, as text: without where it is written."""
    return json.dumps(
        [(key, _bare(value)) for key, value in pipeline.__dict__.items() if key not in (*_PLACES, "name")]
    )


def _bare(value: Any) -> Any:
    """A node as data, without places in the source. Other objects that JSON lacks have a text."""
    if isinstance(value, Node):
        return [type(value).__name__, {k: _bare(one) for k, one in value.__dict__.items() if k not in _PLACES}]
    if isinstance(value, dict):
        return [[_bare(key), _bare(one)] for key, one in value.items()]
    if isinstance(value, (list, tuple)):
        return [_bare(one) for one in value]
    return value if isinstance(value, (str, int, float, type(None))) else repr(value)


# runs that may happen


def undecided(report: Report, request: RunRequest, running: bool, failure: Diagnostic | None = None) -> None:
    """Say that it isn't known whether, or how often, a run happens. `running`: runs are to be made at once, and that
    would be a guess. `failure`: why it isn't compiled."""
    unknown = request.uncertain
    assert unknown is not None
    name = request.pipeline.name
    label = "compiled, in case it does" if failure is None else "not compiled"
    notes = [unknown.reason] if failure is None else [unknown.reason, f"it can't be compiled: {failure.message}"]
    labels = [Label(unknown.span, "it depends on this")] if unknown.span not in (None, request.span) else []
    if failure is not None and failure.span is not None:
        labels.append(Label(failure.span, failure.message))
    tell = report.error if running else report.warning
    tell(
        "ZC0015",
        f"whether and how often the program runs the pipeline `{name}` here is not known when compiling",
        request.span,
        label="" if running else label,
        labels=labels,
        notes=notes,
        helps=_ways_out(request.pipeline, running),
    )


def _ways_out(pipeline: PipelineDefinition, running: bool) -> str:
    if running:
        return f"name the pipeline, `FILE:{pipeline.signature.name}`, to run it once, as it stands"
    name = pipeline.signature.name
    return f"name what is meant, `FILE:{name}`, or compile with `--frontend trace`, which runs the script"


def handed(report: Report, given: Handed, running: bool) -> None:
    """Say that code which is not read was given a pipeline, and may run it."""
    tell = report.error if running else report.warning
    what, pipeline = f"`{given.path}()`" if given.path else "this", given.pipeline
    tell(
        "ZC0015",
        f"whether {what} runs the pipeline `{pipeline.name}` is not known when compiling",
        given.span,
        label="" if running else "not compiled",
        helps=f"call the pipeline in the script itself, or name it: `FILE:{pipeline.signature.name}`",
    )


def failing(report: Report, request: RunRequest, running: bool) -> bool:
    """Whether the program goes on where this run fails. What else it does then is not followed, which is said if it
    matters: runs are to be made at once, or the program makes other runs then."""
    guard = guards.handles(request.guards)
    if guard is None or guards.goes_on(request.guards, request.span):
        return guard is not None
    others = [f"`{one.name}`" for one in pipelines_called(guards.handling(guard), guard.module)]
    if others or running:
        file = guard.module.file
        place = f"line {getattr(guard.node, 'lineno', 0)} of `{file.path if file is not None else '?'}`"
        report.warning(
            "ZC0018",
            f"what the program does if this run of `{request.pipeline.name}` fails is not followed",
            request.span,
            label="`zencompile run` ends with its failure" if running else "compiled as if it never fails",
            notes=f"{place} handles it" + (f", and calls {', '.join(others)}" if others else ""),
        )
    return False


def exits(report: Report, span: Span | None, code: str) -> None:
    """Say that a script has an exit code of its own, behind its runs."""
    report.note(
        "ZC0023",
        "the script ends with an exit code of its own, which is not followed",
        span,
        label=f"here: {code}",
        helps="`zencompile run` ends with 0 if all runs complete, and with 1 if one fails",
    )


# values of the command line


def values_fit(report: Report, requests: Sequence[RunRequest], given: Mapping[str, str], file: str) -> bool:
    """See that each value of `--param` can be meant for every run that takes it: the program itself gives them no
    values that differ."""
    fit = True
    for name in given:
        takers = [request for request in requests if takes(request.pipeline, name)]
        values = [_given(request, name) for request in takers]
        other = next((i for i, value in enumerate(values) if not _same(value, values[0])), None)
        if other is None:
            continue
        fit = False
        names = dict.fromkeys(f"`{file}:{request.pipeline.signature.name}`" for request in takers)
        report.error(
            "ZC0016",
            f"`--param {name}=…` is meant for {len(takers)} runs, to which the program gives different values",
            takers[other].span,
            label="this one",
            labels=[Label(takers[0].span, "or this one")] if takers[0].span != takers[other].span else [],
            helps=f"name the pipeline, to compile it as it stands: {', '.join(names)}",
        )
    return fit


def _given(request: RunRequest, name: str) -> Value:
    """The value that the program itself gives to a parameter; `MISSING` if none."""
    names = parameters_of(request.pipeline)
    if name in request.keywords:
        return request.keywords[name]
    if name in names[: len(request.arguments)]:
        return request.arguments[names.index(name)]
    return request.pipeline.run.parameters.get(name, MISSING)


def _same(one: Value, other: Value) -> bool:
    return one is other or (type(one) is type(other) and repr(one) == repr(other))


def takes(pipeline: PipelineDefinition, name: str) -> bool:
    """Whether a pipeline takes a parameter of that name."""
    return pipeline.signature.node.args.kwarg is not None or name in parameters_of(pipeline)


def parameters_of(pipeline: PipelineDefinition) -> list[str]:
    """The names of a pipeline's parameters."""
    arguments = pipeline.signature.node.args
    return [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
