"""Builtins that act: they print, ask, exit, import, open files or run source."""

from __future__ import annotations

from zencompile.frontend.evaluator import modules
from zencompile.frontend.evaluator.builtins.registry import BUILTINS, native
from zencompile.frontend.evaluator.plain import PLAIN
from zencompile.frontend.values import Context, Value


@native("print")
def _print(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return None


@native("input")
def _input(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return c.unknown("what a user types")


@native("breakpoint")
def _breakpoint(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return None


@native("exit")
def _exit(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    raise c.raise_(SystemExit(*[x for x in a if type(x) in PLAIN]))


BUILTINS["quit"] = BUILTINS["exit"]


@native("eval", 1, 3)
def _eval(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return c.unknown("the result of `eval`: source that is made at run time is not evaluated")


@native("exec", 1, 3)
def _exec(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return None


@native("compile")
def _compile(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return c.unknown("the result of `compile`")


@native("__import__", 1, 5)
def _import(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    name = c.force(a[0])
    if not isinstance(name, str):
        return c.unknown("a module whose name is not known")
    return modules.import_name(c.evaluator, name.partition(".")[0], c.node, c.evaluator._frame(c))


@native("open", 1, 8)
def _open(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    from zencompile.frontend.stdlib import files

    return files.open_file(a, k, c)
