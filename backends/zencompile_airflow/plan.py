"""A task for each invocation, and what all tasks of one operator share."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from zencompile.diagnostics import Report
from zencompile.ir import Invocation, Pipeline, Text, long_values
from zencompile_airflow import arguments, large, operators, retries, settings
from zencompile_airflow.given import Given
from zencompile_airflow.joins import join
from zencompile_airflow.options import Operator, Options
from zencompile_airflow.stores import Store
from zencompile_airflow.templating import FILE_ENDINGS
from zencompile_templates.names import Namespace, dashed_name, dotted_name

_KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}")


class Plan(NamedTuple):
    """One task before its text: `data` and `configuration` are arguments of the step command, `place` is the image of a
    container or the virtual environment of a process, `values` are files with what is too long for an argument.

    A chain of steps has `members`; its `invocation` is that of the first, its `configuration` what all of them have.
    Each member has `retries` of its own.
    """

    invocation: Invocation
    operator: Operator
    task_id: str
    data: tuple[str, ...]
    configuration: tuple[str, ...]
    keywords: operators.Keywords
    environment: dict[str, object]
    place: str
    values: Mapping[str, str] = {}
    members: tuple[Plan, ...] = ()
    retries: int = 0

    @property
    def steps(self) -> tuple[Plan, ...]:
        """The steps that the task runs."""
        return self.members or (self,)


def plans(pipeline: Pipeline, options: Options, store: Store, report: Report) -> list[Plan]:
    """The tasks, in the pipeline's order."""
    return _Planner(pipeline, options, store, report).plans()


class _Planner:
    """Makes the plans of one pipeline's tasks."""

    def __init__(self, pipeline: Pipeline, options: Options, store: Store, report: Report) -> None:
        self.pipeline, self.options, self.store, self.report = pipeline, options, store, report
        self.venvs = Venvs(pipeline)
        self.given = Given(pipeline, report)
        self.defaults = settings.defaults(pipeline)
        self.task_ids = Namespace(task_id, longest=200)
        # An id that is valid as it is keeps its name, whatever stands before it.
        for invocation in pipeline.invocations:
            if task_id(invocation.id) == invocation.id:
                self.task_ids.of(invocation.id, invocation.id)
        self.chosen = {one.id: settings.of_invocation(pipeline, one, options, report) for one in pipeline.invocations}
        # The tasks of inline steps, which leave what they return in an XCom and not in the store.
        self.handed = {id: self.task_ids.of(id, id) for id, how in self.chosen.items() if how.operator == "inline"}

    def plans(self) -> list[Plan]:
        return [self._plan(invocation, self.chosen[invocation.id]) for invocation in self.pipeline.invocations]

    def _plan(self, invocation: Invocation, chosen: settings.Settings) -> Plan:
        keywords, environment = self._joined(invocation, chosen)
        if chosen.outlets:
            keywords["outlets"] = [*_listed(keywords.get("outlets")), *chosen.outlets]
        self._check(invocation, chosen.operator, environment)
        data, configuration, values = self._arguments(invocation, chosen.operator)
        return Plan(
            invocation,
            chosen.operator,
            self.task_ids.of(invocation.id, invocation.id),
            data,
            configuration,
            keywords,
            environment,
            self._place(invocation, chosen.operator),
            values,
        )

    def _joined(
        self, invocation: Invocation, chosen: settings.Settings
    ) -> tuple[operators.Keywords, operators.Keywords]:
        """The operator's arguments and the environment: what the pipeline asks for, and what settings say."""
        operator = chosen.operator
        keywords = operators.keywords(self.pipeline, invocation, operator, self.options, self.store, self.report)
        if invocation.retry is not None and retries.BACKOFF in self.defaults:
            keywords.setdefault(retries.BACKOFF, False)  # the step's own, where the default would take its place
        environment: operators.Keywords = dict(
            operators.environment(_with_image(self.pipeline, invocation), operator, self.options)
        )
        given = self.given.of(invocation, operator, chosen.operator_args)
        if not given:
            return keywords, environment
        joined = join(keywords, environment, given, operator, self.store)
        for argument, problem in joined.refused:
            self.given.refuse(problem, f"`{argument.path[-1]}` of `{invocation.id}`", invocation, argument.path)
        return joined.keywords, joined.environment

    def _check(self, invocation: Invocation, operator: Operator, environment: Mapping[str, object]) -> None:
        """Report variables that a step can't have."""
        large.check_environment(invocation, environment, self.report)
        if operator == "bash" and "PYTHONPATH" in environment:
            self.report.error(
                "ZC0557",
                f"`{invocation.id}` is given the variable `PYTHONPATH`, which the compiler sets",
                invocation.span,
                notes="on a worker the step's code is found by it",
                helps="give folders of code to the project, or use the docker operator",
            )

    def _arguments(
        self, invocation: Invocation, operator: Operator
    ) -> tuple[tuple[str, ...], tuple[str, ...], Mapping[str, str]]:
        """The arguments of the step command, and the files that hold what is too long for them."""
        data, values = arguments.data(self.pipeline, invocation, self.handed), dict[str, str]()
        configuration = tuple(arguments.configuration(self.pipeline, invocation))
        if operator != "inline" and not large.fits((*data, *configuration), operator):
            short, values = self._relieved(invocation, operator)
            data = arguments.data(self.pipeline, short, self.handed)
        if operator != "inline" and not large.fits((*data, *configuration), operator):
            large.refuse(invocation, (*data, *configuration), operator, self.report)
        return tuple(data), configuration, values

    def _relieved(self, invocation: Invocation, operator: Operator) -> tuple[Invocation, dict[str, str]]:
        """The invocation with its long values in files, and those that a worker needs; what an image holds is known."""
        if operator == "bash":
            return long_values.relief(self.pipeline, invocation)
        image = self.pipeline.images.get(invocation.image or "")
        built = image is not None and image.build
        return long_values.relieved(self.pipeline, invocation) if built else invocation, {}

    def _place(self, invocation: Invocation, operator: Operator) -> str:
        """The image, or the virtual environment, that the task runs in."""
        if operator == "inline":
            return ""
        if operator == "bash":
            return self.venvs.of(invocation)
        if invocation.image is None:
            raise ValueError(f"the invocation {invocation.id} has no image: the environments pass has not run")
        return invocation.image


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else []


def task_id(text: str) -> str:
    """A valid task id like `text`; not one that an operator would take for the name of a file."""
    name = text if _KEY.fullmatch(text) else dotted_name(text, 200)
    return name.replace(".", "_") if name.endswith(FILE_ENDINGS) else name


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
kubernetes_conn_id mount_tmp_dir mounts namespace network_mode pool priority_weight queue service_account_name
volume_mounts volumes
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
    steps = [step for task in tasks for step in task.steps]
    first, rest = steps[0].configuration, [set(step.configuration) for step in steps[1:]]
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
