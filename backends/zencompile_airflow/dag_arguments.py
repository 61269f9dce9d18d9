"""What the user's settings give the DAG (`dag_args`), checked against what a DAG takes, joined with what is ours."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from zencompile.diagnostics import Report
from zencompile.ir import Pipeline
from zencompile_airflow import retries, schedule, signatures
from zencompile_airflow.given import CLASSES, fit_both, kinds_of, place, refuse
from zencompile_airflow.kinds import Refused
from zencompile_airflow.options import Operator, Options
from zencompile_templates.python import py

Json = Any

# Arguments of a DAG that Airflow 3 no longer takes, and what says the same in both versions.
_RENAMED = {"concurrency": "max_active_tasks", "schedule_interval": "schedule", "timetable": "schedule"}
_LOOKS = ("default_view", "full_filepath", "orientation")  # how Airflow 2 shows a DAG
_INSTEAD = {
    "dag_id": "use the setting `dag_id`, or `--set airflow.dag_id=…`",
    "fail_fast": "use `execution_mode=ExecutionMode.FAIL_FAST` of the pipeline",
    "fail_stop": "use `execution_mode=ExecutionMode.FAIL_FAST` of the pipeline",
    "task_group": "use `group` of the steps",
}
# What says how the file's own templates are read: arguments of steps, and the run's name, are among them.
_OF_TEMPLATES = ("jinja_environment_kwargs", "render_template_as_native_obj", "template_undefined")
_OUR_FILTERS = ("float", "int", "tojson")
_TAKEN = {
    "params": "which is a parameter of the pipeline",
    "user_defined_filters": "which templates of the compiler use",
    "user_defined_macros": "which templates of the compiler use",
}
_TIMING = ("catchup", "end_date", "schedule", "start_date")
# What each task is given by itself: a default would never be looked at.
_OF_TASKS_NAMES = """
append_env auto_remove bash_command cmds command cwd do_xcom_push env env_vars environment image mount_tmp_dir mounts
secrets task_id volume_mounts volumes
"""
_OF_TASKS = frozenset(_OF_TASKS_NAMES.split())


class DagArguments:
    """The arguments of the DAG of a pipeline. What can't be carried over costs itself alone, and is an error."""

    def __init__(self, pipeline: Pipeline, options: Options, report: Report) -> None:
        self._pipeline, self._options, self._report = pipeline, options, report
        self._said: set[object] = set()

    def join(
        self, ours: Mapping[str, object], written: Mapping[str, Json], operators: Iterable[Operator]
    ) -> dict[str, object]:
        """`ours` with the arguments `written` under their paths."""
        joined = dict(ours)
        for full, value in written.items():
            path = tuple(full.split("/"))
            name = _RENAMED.get(path[-1], path[-1])
            try:
                fitted = self._fitted(name, value, operators)
                if name == "default_args":
                    own = _dictionary(_dictionary(fitted).get("params"))
                    _see_that_none_is_ours([one.name for one in self._pipeline.parameters], own, _TAKEN["params"])
                joined[name] = self._joined(name, ours.get(name), fitted)
                if name == "schedule" and isinstance(fitted, str) and fitted != "@continuous":
                    schedule.check_cron(fitted, place(self._pipeline, *path), self._report)
            except _WithoutEffect as problem:
                self._report.warning("ZC0514", str(problem), place(self._pipeline, *path))
            except Refused as problem:
                span = place(self._pipeline, *path, *problem.path)
                refuse(problem, f"`{'.'.join((path[-1], *problem.path))}` of the DAG", span, self._report, self._said)
        return joined

    def _fitted(self, name: str, value: Json, operators: Iterable[Operator]) -> object:
        if name in _LOOKS:
            raise _WithoutEffect(f"Airflow 3 has no DAG argument `{name}`; it has no effect")
        if name in _OF_TEMPLATES and value:
            notes = "the arguments of steps are templates of the compiler, which would be read otherwise"
            raise Refused("ZC0513", "is decided by the compiler", notes=notes, helps=(f"remove `{name}`",))
        if name in _INSTEAD:
            raise Refused("ZC0513", "is decided by the compiler", helps=(_INSTEAD[name],))
        if name == "" or (name == "default_args" and isinstance(value, dict) and "$" not in value):
            return _defaults(value, operators) if name else fit_both(value, ("dict[str, Any]",))
        return fit_both(value, kinds_of(name, "DAG"))

    def _joined(self, name: str, ours: object, value: object) -> object:
        if name == "tags" and isinstance(value, list):
            return [*dict.fromkeys([*(ours if isinstance(ours, list) else []), *value])]
        if name in _TAKEN and isinstance(value, dict):
            known = dict.fromkeys(_OUR_FILTERS) if name == "user_defined_filters" else _dictionary(ours)
            _see_that_none_is_ours(known, value, _TAKEN[name])
            return {**_dictionary(ours), **value}
        if name in _TIMING and self._pipeline.schedule is not None and py(ours) != py(value):
            raise Refused("ZC0557", "contradicts the schedule of the pipeline", helps=("say it in one place",))
        if getattr(self._options, name, None) is not None and name in self._options.model_fields_set:
            if py(ours) != py(value):
                raise _WithoutEffect(f"`{name}` of `dag_args` has no effect: `--set airflow.{name}` decides")
            return ours
        return value


class _WithoutEffect(Exception):
    """An argument that changes nothing; the message says why."""


def _see_that_none_is_ours(ours: Collection[str], more: Iterable[str], what: str) -> None:
    for name in more:
        if name in ours:
            raise Refused("ZC0557", f"gives `{name}`, {what}").below(name)


def _dictionary(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _defaults(value: Mapping[str, Json], operators: Iterable[Operator]) -> dict[str, object]:
    """`default_args`: each is an argument of all the operators that have it."""
    found: dict[str, object] = {}
    owners = [CLASSES[operator] for operator in operators]
    for name, item in value.items():
        try:
            if name in _OF_TASKS:
                raise Refused(
                    "ZC0557",
                    "has no effect: each task is given it by itself",
                    helps=("write it into `operator_args`",),
                )
            takers = [owner for owner in owners if name in signatures.arguments(owner)] or owners
            for owner in takers:
                kinds = kinds_of(name, owner)
                found[name] = retries.written(item) if name == retries.BACKOFF else fit_both(item, kinds)
        except Refused as problem:
            raise problem.below(name) from None
    return found
