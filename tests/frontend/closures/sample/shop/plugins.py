# fmt: off
# ruff: noqa
from .registry import register


@register("csv")
def read():
    return "csv"
