"""A task for each invocation, and what all tasks of one operator share."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from zencompile.diagnostics import Report
from zencompile.ir import Invocation, Pipeline, Text
from zencompile_airflow import arguments, operators, retries, settings
from zencompile_airflow.expressions import expression
from zencompile_airflow.options import Operator, Options
from zencompile_airflow.stores import Store
from zencompile_airflow.templating import FILE_ENDINGS
from zencompile_templates.names import Namespace, dashed_name, dotted_name

_KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}")


class Plan(NamedTuple):
    """One task before its text: `data` and `configuration` are arguments of the step command, `place` is the image of a
    container or the virtual environment of a process."""

    invocation: Invocation
    operator: Operator
    task_id: str
    data: tuple[str, ...]
    configuration: tuple[str, ...]
    keywords: operators.Keywords
    environment: dict[str, object]
    place: str


def plans(pipeline: Pipeline, options: Options, store: Store, report: Report) -> list[Plan]:
    """The tasks, in the pipeline's order."""
    task_ids = Namespace(_task_id, longest=200)
    # An id that is valid as it is keeps its name, whatever stands before it.
    for invocation in pipeline.invocations:
        if _task_id(invocation.id) == invocation.id:
            task_ids.of(invocation.id, invocation.id)
    venvs = Venvs(pipeline)
    return [_plan(pipeline, one, options, store, task_ids, venvs, report) for one in pipeline.invocations]


def _plan(
    pipeline: Pipeline,
    invocation: Invocation,
    options: Options,
    store: Store,
    task_ids: Namespace,
    venvs: Venvs,
    report: Report,
) -> Plan:
    chosen = settings.of_invocation(pipeline, invocation, options, report)
    keywords = operators.keywords(pipeline, invocation, chosen.operator, options, store, report)
    environment: dict[str, object] = dict(
        operators.environment(_with_image(pipeline, invocation), chosen.operator, options)
    )
    for name, value in chosen.operator_args.items():
        if name in ("environment", "env", "env_vars") and isinstance(value, dict):
            environment.update(value)
        else:
            keywords[name] = retries.written(name, expression(value), f"`{invocation.id}`", invocation.span, report)
    return Plan(
        invocation,
        chosen.operator,
        task_ids.of(invocation.id, invocation.id),
        tuple(arguments.data(pipeline, invocation)),
        tuple(arguments.configuration(pipeline, invocation)),
        keywords,
        environment,
        venvs.of(invocation) if chosen.operator == "bash" else _image(pipeline, invocation),
    )


def _task_id(text: str) -> str:
    """A valid task id like `text`; not one that an operator would take for the name of a file."""
    name = text if _KEY.fullmatch(text) else dotted_name(text, 200)
    return name.replace(".", "_") if name.endswith(FILE_ENDINGS) else name


def _image(pipeline: Pipeline, invocation: Invocation) -> str:
    if invocation.image is None:
        raise ValueError(f"the invocation {invocation.id} has no image: the environments pass has not run")
    return invocation.image


def _with_image(pipeline: Pipeline, invocation: Invocation) -> Invocation:
    """The invocation with the variables of its image that the image itself can't hold.

    An image that is built holds its variables' texts; one that is taken as it is, or a process on a worker, holds none.
    """
    image = pipeline.images.get(invocation.image or "")
    known = image.variables if image is not None else {}
    if not known:
        return invocation
    built = image is not None and image.build
    kept = {name: value for name, value in known.items() if not (built and isinstance(value, Text))}
    return invocation.model_copy(update={"variables": {**kept, **invocation.variables}}) if kept else invocation


class Venvs:
    """The virtual environments of the project folder: one for each set of requirements; `.venv` is the most used."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        users: dict[tuple[str, tuple[str, ...]], list[Invocation]] = {}
        for invocation in pipeline.invocations:
            users.setdefault(self._recipe(invocation), []).append(invocation)
        ranked = sorted(users, key=lambda recipe: -len(users[recipe]))
        names = Namespace(lambda text: f".venv-{dashed_name(text)}", separator="-")
        self.recipes = {
            recipe: names.of(pipeline.steps[users[recipe][0].step].name) if position else ".venv"
            for position, recipe in enumerate(ranked)
        }

    def of(self, invocation: Invocation) -> str:
        """The folder of the invocation's environment."""
        return self.recipes[self._recipe(invocation)]

    def _recipe(self, invocation: Invocation) -> tuple[str, tuple[str, ...]]:
        image = self._pipeline.images.get(invocation.image or "")
        return (image.python, image.requirements) if image is not None else ("3", ())


# -- what tasks share --------------------------------------------------------------------------------------------------

# Keywords that say how the operator works, not what a step wants: they stand in the helper even for a single task.
_GENERAL_NAMES = """
append_env auto_remove do_xcom_push docker_conn_id docker_url image_pull_policy image_pull_secrets in_cluster
kubernetes_conn_id mount_tmp_dir mounts namespace network_mode pool queue service_account_name volume_mounts volumes
"""
_GENERAL = frozenset(_GENERAL_NAMES.split())


class Shared(NamedTuple):
    """What the tasks of one operator have in common."""

    keywords: operators.Keywords
    configuration: tuple[str, ...]
    environment: dict[str, object]
    place: str


def shared(tasks: Sequence[Plan]) -> Shared:
    """The parts that all `tasks` have, and the place of most."""
    keywords = _common([task.keywords for task in tasks])
    if len(tasks) == 1:
        keywords = {name: value for name, value in keywords.items() if name in _GENERAL}
    first, rest = tasks[0].configuration, [set(task.configuration) for task in tasks[1:]]
    configuration = [text for text in first if rest and all(text in other for other in rest)]
    places = Counter(task.place for task in tasks)
    return Shared(
        keywords, tuple(configuration), _common([task.environment for task in tasks]), places.most_common(1)[0][0]
    )


def _common(dictionaries: Sequence[dict[str, object]]) -> dict[str, object]:
    first, rest = dictionaries[0], dictionaries[1:]
    return {
        name: value for name, value in first.items() if all(name in other and other[name] == value for other in rest)
    }


def used_operators(tasks: Iterable[Plan]) -> list[Operator]:
    """The operators of these tasks, each once, as first met."""
    return list(dict.fromkeys(task.operator for task in tasks))
