# fmt: off
# ruff: noqa
ALL = {}


def register(name):
    def note(function):
        ALL[name] = function
        return function

    return note


def get(name):
    return ALL[name]
