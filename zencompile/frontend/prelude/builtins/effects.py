"""Builtins that act: they print, ask, exit, import, open files or run source."""

from __future__ import annotations

from zencompile.frontend.prelude.builtins.registry import BUILTINS, native
from zencompile.frontend.values import Context, Symbol, Unknown, Value, operations, text


@native("print", "*objects, sep=None, end=None, file=None, flush=False")
def _print(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    file = c.force(k["file"])
    if file is None or isinstance(file, (Unknown, Symbol)):
        return None
    between, end = (c.force(k[name]) for name in ("sep", "end"))
    shown = [text.text(one, c) for one in a]
    unknown = next((one.forgotten() for one in (*shown, between, end) if isinstance(one, Unknown)), None)
    texts = [one for one in shown if isinstance(one, str)]
    whole = unknown or (" " if between is None else between).join(texts) + ("\n" if end is None else end)
    operations.call(operations.get_attribute(file, "write", c), [whole], {}, c)
    return None


@native("input", "prompt='', /")
def _input(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return c.unknown("what a user types")


@native("breakpoint", "*arguments, **keywords")
def _breakpoint(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return None


@native("exit", "code=None")
def _exit(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    raise c.raise_(SystemExit(c.force(a[0])))


BUILTINS["quit"] = BUILTINS["exit"]


@native("compile", "source, filename, mode, flags=0, dont_inherit=False, optimize=-1, *, _feature_version=-1")
def _compile(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return c.unknown("the result of `compile`")


@native("__import__", "name, globals=None, locals=None, fromlist=(), level=0")
def _import(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    name = c.force(a[0])
    if not isinstance(name, str):
        return c.unknown("a module whose name is not known")
    c.evaluator.import_name(name, c)
    return c.evaluator.import_name(name.partition(".")[0], c)


@native("open", "file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None")
def _open(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    from zencompile.frontend.prelude import files

    return files.open_file(a, k, c)
