"""Structures that several tasks are given, such as a list of volumes: constants at the top of the file, told once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from zencompile_airflow.model import Constant
from zencompile_airflow.options import Operator
from zencompile_airflow.plan import Plan, Shared
from zencompile_templates.names import Namespace, python_name
from zencompile_templates.python import Call, Code, py

_LEAST = 40
"""Characters of a structure that a name is shorter to read than."""


def name_repeated(
    tasks: Sequence[Plan], shared: Mapping[Operator, Shared], names: Namespace
) -> tuple[list[Plan], list[Constant]]:
    """The tasks with names for what more than one of them is given, and the constants of these names.

    What all tasks of an operator have in common stands in its helper, and is not looked at.
    """
    texts = [{name: py(value) for name, value in _own(task, shared) if _is_long(value)} for task in tasks]
    counted = Counter(text for own in texts for text in own.values())
    constants: dict[str, Constant] = {}
    named = []
    for task, own in zip(tasks, texts, strict=True):
        keywords = dict(task.keywords)
        for name, text in own.items():
            if counted[text] < 2:
                continue
            if text not in constants:
                constants[text] = Constant(_name(name, task, constants.values(), names), keywords[name])
            keywords[name] = Code(constants[text].name)
        named.append(task._replace(keywords=keywords))
    return named, list(constants.values())


def _own(task: Plan, shared: Mapping[Operator, Shared]) -> Iterable[tuple[str, object]]:
    if task.operator not in shared:  # a function with a decorator of its own
        return ()
    common = shared[task.operator].keywords
    return ((name, value) for name, value in task.keywords.items() if name not in common)


def _is_long(value: object) -> bool:
    return isinstance(value, (list, dict, Call)) and len(py(value)) >= _LEAST


def _name(argument: str, task: Plan, known: Iterable[Constant], names: Namespace) -> str:
    """`VOLUMES` for the first, `TRAIN_VOLUMES` for the next that the task `train` has."""
    upper = argument.upper()
    if any(constant.name == upper for constant in known):
        upper = f"{python_name(task.task_id).strip('_').upper()}_{upper}"
    return names.of(upper, ("repeated", argument, task.task_id))
