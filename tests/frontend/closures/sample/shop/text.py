# fmt: off
# ruff: noqa
import re as _re


def shout(text):
    return _re.sub("a", "A", text).upper()


def _hidden(): ...
