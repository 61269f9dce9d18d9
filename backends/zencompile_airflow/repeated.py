"""Structures that many tasks have: one constant at the top of the file, instead of the same again in every task.

A model of Kubernetes costs a DAG processor as much as a third of a task, each time that it is made. It also reads
better: what is shared is seen to be shared. A value with a template in it is never shared, for Airflow renders the
fields of such a model where they are, and the first task would render it for all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from zencompile_airflow.model import Block, Constant, Helper
from zencompile_templates.python import Call, Code, py

_MANY = 3  # tasks that a value is worth a constant for
_SIMPLE = frozenset({"datetime", "timedelta"})


class Shared(NamedTuple):
    """The parts of a file, with names for what was repeated in them."""

    constants: tuple[Constant, ...]
    helpers: tuple[Helper, ...]
    blocks: tuple[Block, ...]


def shared(helpers: Iterable[Helper], blocks: Iterable[Block], name: Callable[[str, str], str]) -> Shared:
    """Give names to what tasks repeat; `name` makes one of a wish and a key."""
    helpers, blocks = tuple(helpers), tuple(blocks)
    tasks = [task for block in blocks for task in block.tasks]
    made = Counter(task.call.function for task in tasks)
    texts = Counter(py(value) for task in tasks for value in task.call.keywords.values() if _is_structure(value))
    constants: dict[str, Constant] = {}

    def named(keyword: str, value: object) -> object:
        text = py(value)
        if text not in constants:
            constants[text] = Constant(name(keyword.upper(), text), value)
        return Code(constants[text].name)

    def in_helper(helper: Helper) -> Helper:
        worth = made[helper.name] >= _MANY
        return helper._replace(keywords=_replaced(helper.keywords, lambda value: worth and _is_costly(value), named))

    def in_call(call: Call) -> Call:
        often = lambda value: _is_structure(value) and texts[py(value)] >= _MANY  # noqa: E731
        return Call(call.function, call.positional, _replaced(call.keywords, often, named))

    new_helpers = tuple(map(in_helper, helpers))
    new_blocks = tuple(
        block._replace(tasks=tuple(task._replace(call=in_call(task.call)) for task in block.tasks)) for block in blocks
    )
    return Shared(tuple(constants.values()), new_helpers, new_blocks)


def _replaced(
    keywords: Mapping[str, object], chosen: Callable[[object], bool], named: Callable[[str, object], object]
) -> dict[str, object]:
    return {key: named(key, value) if chosen(value) else value for key, value in keywords.items()}


def _is_structure(value: object) -> bool:
    """Whether a value is made by calls, other than those of a time, and holds no template."""
    if not isinstance(value, (Call, list, dict)):
        return False
    calls = [part.function for part in _parts(value) if isinstance(part, Call)]
    if not calls or calls[0] in _SIMPLE or calls[0] == "dict":
        return False
    return not any("{{" in part or "{%" in part for part in _parts(value) if isinstance(part, str))


def _is_costly(value: object) -> bool:
    """Whether making it takes about as long as making a task."""
    parts = _parts(value) if _is_structure(value) else ()
    return any(isinstance(part, Call) and part.function.startswith("k8s.") for part in parts)


def _parts(value: object) -> Iterator[object]:
    yield value
    if isinstance(value, Call):
        inner: Iterable[object] = (*value.positional, *value.keywords.values())
    elif isinstance(value, Mapping):
        inner = (*value.keys(), *value.values())
    else:
        inner = value if isinstance(value, (list, tuple, set)) else ()
    for part in inner:
        yield from _parts(part)
