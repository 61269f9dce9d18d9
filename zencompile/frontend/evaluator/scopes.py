"""Names: what a body binds, what a module's top level needs, and the frames that hold values at run time."""

from __future__ import annotations

import ast
from typing import Any

from zencompile.frontend.values import Function, Module, Unknown, Value

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
BREAK = "break"
CONTINUE = "continue"
RETURN = "return"
Signal = Any
"""How a block is left: one of the three, or None where its end is reached."""

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Info:
    """What a function's body says about its names, found once."""

    __slots__ = ("globals", "is_async", "is_generator", "locals", "nonlocals", "parameters")

    def __init__(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
        self.locals: set[str] = set()
        self.globals: set[str] = set()
        self.nonlocals: set[str] = set()
        self.is_generator = False
        self.is_async = isinstance(node, ast.AsyncFunctionDef)
        self.parameters = parameters_of(node.args)
        self._scan([node.body] if isinstance(node, ast.Lambda) else node.body)
        self.locals.update(self.parameters)
        self.locals -= self.globals
        self.locals -= self.nonlocals

    def _scan(self, body: list[Any]) -> None:
        stack: list[Any] = list(body)
        while stack:
            node = stack.pop()
            kind = node.__class__
            if kind is ast.Name:
                if node.ctx.__class__ is not ast.Load:
                    self.locals.add(node.id)
            elif kind in DEFINITIONS:
                self.locals.add(bound_name(node))
            elif kind is ast.Lambda:
                continue
            elif kind in COMPREHENSIONS:
                self.locals.update(n.target.id for n in ast.walk(node) if isinstance(n, ast.NamedExpr))
            elif kind is ast.Global:
                self.globals.update(node.names)
            elif kind is ast.Nonlocal:
                self.nonlocals.update(node.names)
            elif kind in _LEAVES:
                continue
            else:
                if kind is ast.Yield or kind is ast.YieldFrom:
                    self.is_generator = True
                elif kind is ast.Import or kind is ast.ImportFrom:
                    self.locals.update(bound_by_import(node))
                elif kind in _NAMING:
                    self.locals.update(_own_names(node))
                for field in node._fields:
                    value = getattr(node, field, None)
                    if value.__class__ is list:
                        stack.extend([v for v in value if isinstance(v, ast.AST)])
                    elif isinstance(value, ast.AST):
                        stack.append(value)


_LEAVES = frozenset(
    {ast.Constant, ast.Load, ast.Store, ast.Pass, *ast.operator.__subclasses__(), *ast.cmpop.__subclasses__()}
)
_NAMING = frozenset({ast.ExceptHandler, ast.MatchAs, ast.MatchStar, ast.MatchMapping})


def _own_names(node: ast.AST) -> list[str]:
    """Names that the node binds through a plain string."""
    if isinstance(node, ast.ExceptHandler):
        return [node.name] if node.name else []
    if isinstance(node, (ast.MatchAs, ast.MatchStar)):
        return [node.name] if node.name else []
    if isinstance(node, ast.MatchMapping):
        return [node.rest] if node.rest else []
    return []


def declared_in_class(node: ast.ClassDef) -> Info | None:
    """The names that `global` and `nonlocal` statements of a class's body declare; None if there are none."""
    if not any(isinstance(inner, (ast.Global, ast.Nonlocal)) for inner in ast.walk(node)):
        return None
    info = scanned(node.body)
    info.locals = set()  # a class's body finds other names outside
    return info


def scanned(statements: list[ast.stmt]) -> Info:
    """What statements of one scope say about its names."""
    info = Info.__new__(Info)
    info.locals, info.globals, info.nonlocals = set(), set(), set()
    info.is_generator = info.is_async = False
    info.parameters = []
    info._scan(list(statements))
    return info


def bound_name(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> str:
    """The name that a definition binds: that of a private one in a class tells the class, too."""
    name: str = getattr(node, "bound", node.name)
    return name


def parameters_of(arguments: ast.arguments) -> list[str]:
    """All parameter names, in the order of the signature."""
    names = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
    if arguments.vararg:
        names.append(arguments.vararg.arg)
    names.extend(a.arg for a in arguments.kwonlyargs)
    if arguments.kwarg:
        names.append(arguments.kwarg.arg)
    return names


def bound_by_import(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [a.asname or a.name.partition(".")[0] for a in node.names]
    return [a.asname or a.name for a in node.names if a.name != "*"]


class Frame:
    """The names of one scope while it runs.

    The names of a module's frame are the module's own.
    """

    __slots__ = ("function", "info", "is_class", "module", "parent", "qualname", "result", "values")

    def __init__(self, module: Module, values: dict[str, Value], parent: Frame | None = None) -> None:
        self.module = module
        self.values = values
        self.parent = parent
        self.info: Info | None = None
        self.is_class = False
        self.function: Function | None = None
        self.qualname = ""
        self.result: Value = None


class ModuleState:
    """A module's top level: its names, and how far it has run."""

    __slots__ = ("bound", "failure", "frame", "lines", "open_stars", "postponed", "running", "started", "values")

    def __init__(self, module: Module, tree: ast.Module, text: str) -> None:
        self.lines = text.split("\n")
        self.values: dict[str, Value] = {}
        self.frame = Frame(module, self.values)
        self.started = False
        self.running = False
        self.failure: Unknown | None = None  # why names are missing: it raised, or had too much to do
        self.bound: frozenset[str] | None = None  # the names that its statements bind, once they are asked for
        self.open_stars: list[Value] = []  # modules whose names are not known, and all of which were imported
        self.postponed = any(  # whether annotations may name what does not exist
            isinstance(node, ast.ImportFrom)
            and node.module == "__future__"
            and any(a.name == "annotations" for a in node.names)
            for node in tree.body[:20]
        )


def bound_names(statements: list[ast.stmt]) -> list[str]:
    """Names that statements of one scope bind, in no particular order."""
    return sorted(scanned(statements).locals)
