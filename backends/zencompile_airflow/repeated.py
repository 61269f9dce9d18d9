"""Structures that several tasks have: one constant at the top of the file, instead of the same again in every task.

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

_MANY = 3  # tasks of a helper that a costly value is worth a constant for
_LEAST = 40  # characters of a structure that a name is shorter to read than
_SIMPLE = frozenset({"datetime", "dict", "timedelta"})
_OWN = "environment"  # joined with a constant already, and full of templates


class Shared(NamedTuple):
    """The parts of a file, with names for what was repeated in them."""

    constants: tuple[Constant, ...]
    helpers: tuple[Helper, ...]
    blocks: tuple[Block, ...]


def shared(helpers: Iterable[Helper], blocks: Iterable[Block], name: Callable[[str, str], str]) -> Shared:
    """Give names to what tasks repeat; `name` makes one of a wish and a key."""
    naming = _Naming(tuple(blocks), name)
    new_helpers = tuple(map(naming.in_helper, helpers))
    new_blocks = tuple(map(naming.in_block, naming.blocks))
    return Shared(tuple(naming.constants.values()), new_helpers, new_blocks)


class _Naming:
    """The constants of one file."""

    def __init__(self, blocks: tuple[Block, ...], name: Callable[[str, str], str]) -> None:
        self.blocks, self._name = blocks, name
        self.constants: dict[str, Constant] = {}
        calls = list(_calls(blocks))
        self._tasks = Counter(call.function.removesuffix("_with_hooks") for call in calls)
        values = (value for call in calls for key, value in call.keywords.items() if key != _OWN)
        self._texts = Counter(py(value) for value in values if _is_structure(value))

    def in_helper(self, helper: Helper) -> Helper:
        """The helper, with names for what costs each of its tasks again."""
        many = self._tasks[helper.name] >= _MANY
        return helper._replace(keywords=self._replaced(helper.keywords, lambda value: many and _is_costly(value)))

    def in_block(self, block: Block) -> Block:
        """The block, with names for what several tasks of the file are given."""
        tasks = tuple(task._replace(call=self._in_call(task.call)) for task in block.tasks)
        return block._replace(tasks=tasks, blocks=tuple(map(self.in_block, block.blocks)))

    def _in_call(self, call: Call) -> Call:
        return Call(call.function, call.positional, self._replaced(call.keywords, self._is_repeated))

    def _is_repeated(self, value: object) -> bool:
        if not _is_structure(value):
            return False
        text = py(value)
        return self._texts[text] > 1 if len(text) >= _LEAST else _is_costly(value) and self._texts[text] >= _MANY

    def _replaced(self, keywords: Mapping[str, object], chosen: Callable[[object], bool]) -> dict[str, object]:
        return {
            key: self._named(key, value) if key != _OWN and chosen(value) else value for key, value in keywords.items()
        }

    def _named(self, keyword: str, value: object) -> Code:
        text = py(value)
        if text not in self.constants:
            self.constants[text] = Constant(self._name(keyword.upper(), text), value)
        return Code(self.constants[text].name)


def _calls(blocks: Iterable[Block]) -> Iterator[Call]:
    for block in blocks:
        yield from (task.call for task in block.tasks)
        yield from _calls(block.blocks)


def _is_structure(value: object) -> bool:
    """Whether a value has parts, is no time, and holds no template."""
    if not isinstance(value, (Call, list, dict)) or (isinstance(value, Call) and value.function in _SIMPLE):
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
