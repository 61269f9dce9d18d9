"""Units of code: the functions and methods of the project's modules, and that they started.

A unit is a function or method that is no part of another function; what stands in it belongs to it. The loader
(`zencompile_runtime.loading`) hands each module's code over before it is executed. On Python 3.12 and newer,
`sys.monitoring` tells of each unit's first start, and is switched off for it then. Before that there is no such thing,
so the loader puts a *mark* into each unit: one access to an attribute of an object that is a constant of the code. The
first access tells, and makes the mark an object of a class for which the access means nothing. Line numbers, docstrings
and signatures are what they were, and whoever asks a function for its code is given that without marks (`looked_at`).
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any

Started = Callable[[str, str], None]

WHOLE = "*"
"""Stands for all units of a file that was executed as it is, its main block included."""

monitoring: Any = getattr(sys, "monitoring", None)
BY_MONITORING = monitoring is not None
_MARK = "\0zencompile mark "
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_OPTIMIZED = 0x1  # inspect.CO_OPTIMIZED: the code of a function, not that of a class or module


class Mark:
    """A unit that has started, or that nobody waits for."""

    __slots__ = ("name", "path", "started")

    path: str
    name: str

    def __reduce__(self) -> Any:
        return str, ()  # whatever takes the place of a mark means nothing


class Waiting:
    """A unit that has not started."""

    __slots__ = ("name", "path", "started")

    path: str
    name: str

    __reduce__ = Mark.__reduce__


def _start(mark: Any) -> None:
    _silence(mark)
    for tell in _tell:
        tell(mark.path, mark.name)


# The slot gives both classes one layout, so that an object can change from one to the other.
Waiting.started = property(_start)  # type: ignore[attr-defined]

_tell: list[Started] = []
_marks: list[Any] = []  # of both classes
_ended: list[Any] = []  # marks that started since they were last set
_units: dict[int, tuple[CodeType, str, str]] = {}  # by id(code); the code is kept so that the id stays its own


def tell(started: Started) -> None:
    """Let `started` hear of each unit's first start: the path of its module, its qualified name."""
    _tell[:] = [started]


# -- marks -------------------------------------------------------------------------------------------------------------


def compiled(tree: ast.Module, path: str) -> tuple[CodeType, list[str]]:
    """The code of a module, with places for marks where this Python needs them, and the names of its units."""
    names: list[str] = []
    for node, name in list(definitions(tree)):
        if not BY_MONITORING:
            node.body.insert(_position(node), _marker(node, len(names)))
        names.append(name)
    code: CodeType = compile(tree, path, "exec", dont_inherit=True)
    return code, names


def definitions(tree: ast.AST) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, str]]:
    """The units of a module with their qualified names."""
    todo: list[tuple[ast.AST, str]] = [(tree, "")]
    while todo:
        node, prefix = todo.pop()
        for inner in ast.iter_child_nodes(node):
            if isinstance(inner, _FUNCTIONS):
                yield inner, prefix + inner.name
            elif isinstance(inner, ast.ClassDef):
                todo.append((inner, f"{prefix}{inner.name}."))
            elif not isinstance(inner, ast.expr):
                todo.append((inner, prefix))


def _position(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return 1 if ast.get_docstring(node, clean=False) is not None else 0


def _marker(node: ast.FunctionDef | ast.AsyncFunctionDef, number: int) -> ast.stmt:
    """The statement, on the line of the one that follows it, so that no debugger or traceback sees a line more."""
    following = node.body[min(_position(node), len(node.body) - 1)]
    statement = ast.Expr(ast.Attribute(ast.Constant(f"{_MARK}{number}"), "started", ast.Load()))
    for one in ast.walk(statement):
        ast.copy_location(one, following)
    return statement


def armed(code: CodeType, names: list[str], path: str) -> CodeType:
    """The code of a module, each unit of which tells when it starts."""
    if BY_MONITORING:
        _monitor(code, path)
        return code
    return _marked(code, names, path)


def _marked(code: CodeType, names: list[str], path: str) -> CodeType:
    found: list[Any] = []
    for one in code.co_consts:
        if isinstance(one, str) and one.startswith(_MARK):
            mark: Any = Waiting()
            mark.path, mark.name = path, names[int(one[len(_MARK) :])]
            found.append(mark)
            _marks.append(mark)
        else:
            found.append(_marked(one, names, path) if isinstance(one, CodeType) else one)
    return code.replace(co_consts=tuple(found))


def has_mark(code: CodeType) -> bool:
    """Whether a unit's code has a mark."""
    return any(isinstance(one, (Mark, Waiting)) for one in code.co_consts)


# -- monitoring --------------------------------------------------------------------------------------------------------

_tools: list[int] = []


def _monitor(code: CodeType, path: str) -> None:
    tool = _tool()
    if tool is None:
        return
    todo = [code]
    while todo:
        for one in todo.pop().co_consts:
            if not isinstance(one, CodeType):
                continue
            if not one.co_flags & _OPTIMIZED or one.co_name.startswith("<generic parameters"):
                todo.append(one)
            elif not one.co_name.startswith("<"):
                _units[id(one)] = (one, path, one.co_qualname)  # type: ignore[attr-defined]
                monitoring.set_local_events(tool, one, monitoring.events.PY_START)


def _tool() -> int | None:
    """Our id among the tools that monitor; None if none is free."""
    if _tools:
        return _tools[0]
    for one in (4, 3, 5):  # 0, 1, 2 are for debuggers, coverage and profilers
        if monitoring.get_tool(one) is None:
            monitoring.use_tool_id(one, "zencompile")
            monitoring.register_callback(one, monitoring.events.PY_START, _started)
            _tools.append(one)
            return one
    return None


def _started(code: CodeType, _: int) -> Any:
    unit = _units.get(id(code))
    if unit is not None:
        for tell in _tell:
            tell(unit[1], unit[2])
    return monitoring.DISABLE


# -- steps -------------------------------------------------------------------------------------------------------------


def rearm() -> None:
    """Let each unit tell of its next start again."""
    if BY_MONITORING:
        if _tools:
            monitoring.restart_events()
        return
    ended, _ended[:] = list(_ended), []
    for mark in ended:
        mark.__class__ = Waiting


def disarm() -> None:
    """Let no unit tell anything until `rearm`: a debugger that steps into a function is not to meet us."""
    waiting = [one for one in _marks if isinstance(one, Waiting)]
    for mark in waiting:
        _silence(mark)


def _silence(mark: Any) -> None:
    mark.__class__ = Mark
    mark.started = None
    _ended.append(mark)


def taken() -> str | None:
    """Who took our place, if somebody did."""
    if BY_MONITORING and _tools and monitoring.get_tool(_tools[0]) != "zencompile":
        return "another tool took the place of the one that observes (sys.monitoring)"
    return None
