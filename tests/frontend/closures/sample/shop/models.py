# fmt: off
# ruff: noqa
from dataclasses import dataclass, field

from pydantic import BaseModel, Field

PRICES = {"apple": 1}
PRICES["pear"] = 2
for name in ("plum", "fig"):
    PRICES.setdefault(name, len(name))


class Item(BaseModel):
    """The prompt of a tool."""

    name: str = Field(description="what it is")


@dataclass(frozen=True)
class Basket:
    """Not read by anything."""

    items: list[Item] = field(default_factory=list)

    @property
    def size(self) -> int:
        return len(self.items)
