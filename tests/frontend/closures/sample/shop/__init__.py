# fmt: off
# ruff: noqa
from .models import PRICES
from .total import total
from . import registry, plugins
