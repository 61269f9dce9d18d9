# fmt: off
# ruff: noqa
try:
    from math import fsum as add
except ImportError:
    add = sum


def total(values, kind=float):
    return kind(add(values))
