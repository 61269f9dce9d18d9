"""What a failed step does to the rest of its run, and to its hooks, in Airflow's words.

A pipeline's modes are those of ZenML: after a failure, whatever does not depend on it goes on (`continue_on_failure`),
what runs is let finish and nothing new starts (`stop_on_failure`), or what runs is stopped as well (`fail_fast`). In
each of them a run of which a step failed is failed. Airflow asks the last tasks alone, of which skipped ones count as
success; so where a failure may not reach them, a last task watches over the run. It is a teardown, the only task that
Airflow's fail-fast neither forbids nor skips.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from zencompile.diagnostics import Report
from zencompile.ir import Pipeline
from zencompile.ir.order import upstream
from zencompile.source import Span
from zencompile_airflow.plan import Plan
from zencompile_templates.names import Namespace
from zencompile_templates.python import Call

# Rules under which no task runs after a failed one.
_PASSING_ON = frozenset({"all_success", "none_failed", "none_failed_min_one_success"})
# What the default arguments of a DAG may say of a step and mustn't of the task that watches over the run.
_NEUTRAL = {
    "depends_on_past": False,
    "email_on_failure": False,
    "on_failure_callback": None,
    "wait_for_downstream": False,
}


class Failure(NamedTuple):
    """What a DAG does about failures.

    `fail_fast`: by Airflow's own switch, which stops what runs. `stops`: each step looks for failed ones before it
    starts, for one may be on its way to a worker just then. `watched`: a last task fails the run.
    """

    fail_fast: bool = False
    stops: bool = False
    watched: bool = False


def of_pipeline(pipeline: Pipeline, tasks: Sequence[Plan], defaults: Mapping[str, Any], report: Report) -> Failure:
    """The least that gives the pipeline's execution mode; `defaults` are the arguments of every task.

    A trigger rule that contradicts the mode is reported.

    Where each step waits for the one before it, nothing goes on beside a failure, and the modes are one.
    """
    mode = pipeline.execution_mode
    alone = _in_a_row(pipeline)
    fail_fast = mode == "fail_fast" and not alone
    if mode == "continue_on_failure":
        return Failure(watched=any(rule not in _PASSING_ON for rule, _, _ in _rules(pipeline, tasks, defaults)))
    allowed = {"all_success"} if fail_fast else _PASSING_ON
    for rule, whose, span in _rules(pipeline, tasks, defaults):
        if rule not in allowed:
            _contradiction(mode, rule, whose, span, report)
    return Failure(fail_fast, stops=not alone, watched=not alone)


def watcher(tasks: Sequence[Plan], defaults: Mapping[str, Any]) -> Call:
    """The decorator of the task that watches over the run."""
    taken = [task.task_id for task in tasks]
    name = Namespace(str, reserved=taken).of("watcher")
    more = {key: value for key, value in _NEUTRAL.items() if key in defaults}
    return Call("task", (), {**({"task_id": name} if name != "watcher" else {}), "retries": 0, **more})


def _in_a_row(pipeline: Pipeline) -> bool:
    """Whether each invocation waits for the one before it: they stand in topological layers."""
    if pipeline.controls:
        return False
    waits = upstream(pipeline.invocations, pipeline.controls)
    return all(before.id in waits[after.id] for before, after in pairwise(pipeline.invocations))


def _rules(
    pipeline: Pipeline, tasks: Sequence[Plan], defaults: Mapping[str, Any]
) -> Iterator[tuple[str, str, Span | None]]:
    """The trigger rules that the user wrote: which, whose, where."""
    if "trigger_rule" in defaults:
        yield _rule(defaults["trigger_rule"]), "all tasks", pipeline.span
    for task in tasks:
        if "trigger_rule" in task.keywords:
            yield _rule(task.keywords["trigger_rule"]), f"`{task.invocation.id}`", task.invocation.span


def _rule(written: Any) -> str:
    if isinstance(written, Mapping):
        written = written.get("value", str(written.get("path", "")).rpartition(".")[2].lower())
    return str(written)


def _contradiction(mode: str, rule: str, whose: str, span: Span | None, report: Report) -> None:
    report.error(
        "ZC0550",
        f"the trigger rule `{rule}` of {whose} contradicts the execution mode `{mode}`",
        span,
        notes=f"under `{mode}` no step starts after another one has failed, whatever its trigger rule",
        helps=(
            "remove `trigger_rule`",
            'or let the run go on after a failure: `execution_mode="continue_on_failure"`',
        ),
    )
