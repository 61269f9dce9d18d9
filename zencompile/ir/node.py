"""What every node of the IR has in common."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

Json = Any

_put = object.__setattr__


class Node(BaseModel):
    """What every node has in common.

    `model_construct` and `model_copy` do what pydantic's do for such models (no aliases, extras or private fields) in
    a fraction of the time: a compilation makes tens of thousands of nodes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, ser_json_inf_nan="strings")

    if not TYPE_CHECKING:  # pydantic's own signatures hold

        @classmethod
        def model_construct(cls, _fields_set=None, **values):
            same, fresh = _defaults(cls)
            held = {**same, **values}
            for name, make in fresh:
                if name not in values:
                    held[name] = make()
            return _made(cls, held, set(values) if _fields_set is None else _fields_set)

        def model_copy(self, *, update=None, deep=False):
            if deep:
                return super().model_copy(update=update, deep=True)
            changes = update or {}
            return _made(self.__class__, {**self.__dict__, **changes}, {*self.__pydantic_fields_set__, *changes})


def _made(cls: type[Node], held: dict[str, Any], given: set[str]) -> Any:
    node = cls.__new__(cls)
    _put(node, "__dict__", held)
    _put(node, "__pydantic_fields_set__", given)
    _put(node, "__pydantic_extra__", None)
    _put(node, "__pydantic_private__", None)
    return node


@cache
def _defaults(cls: type[Node]) -> tuple[dict[str, Any], tuple[tuple[str, Any], ...]]:
    """The defaults that all nodes of a class share, and those that each must have for itself."""
    same: dict[str, Any] = {}
    fresh: list[tuple[str, Any]] = []
    for name, field in cls.model_fields.items():
        if field.is_required():
            continue
        value = field.get_default(call_default_factory=True)
        if isinstance(value, (dict, list, set)):
            fresh.append(
                (name, type(value) if not value else lambda field=field: field.get_default(call_default_factory=True))
            )
        else:
            same[name] = value
    return same, tuple(fresh)
