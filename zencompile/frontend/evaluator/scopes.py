"""Names: what a body binds, what a module's top level needs, and the frames that hold values at run time."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

from zencompile.frontend.values import Function, Module, Value

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
                self.locals.add(node.name)
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

    `values` is written to; `fast` is the same dictionary where reading it needs no more (functions, classes,
    comprehensions), and an empty one for a module, whose names are evaluated on demand.
    """

    __slots__ = ("fast", "function", "info", "is_class", "maybe", "module", "parent", "qualname", "result", "values")

    def __init__(self, module: Module, values: dict[str, Value], parent: Frame | None = None) -> None:
        self.module = module
        self.values = values
        self.fast = values
        self.parent = parent
        self.info: Info | None = None
        self.is_class = False
        self.function: Function | None = None
        self.qualname = ""
        self.result: Value = None
        self.maybe: list[Value] | None = None  # what may have been returned before, in branches that can't be decided


class Unit:
    """A top-level statement, or one name of a `from … import …`: what is evaluated at once."""

    __slots__ = ("alias", "index", "node", "state")

    def __init__(self, index: int, node: ast.stmt, alias: ast.alias | None = None) -> None:
        self.index = index
        self.node = node
        self.alias = alias
        self.state = 0  # 0 not evaluated, 1 being evaluated, 2 done


class ModuleState:
    """A module's top level: its units, and for each name the units that bind or may change it, in order."""

    __slots__ = (
        *("_readers", "failed", "frame", "lines", "main", "needs", "order", "postponed", "running", "settled"),
        *("stars", "units", "values"),
    )

    def __init__(self, module: Module, tree: ast.Module, text: str) -> None:
        self.lines = text.split("\n")
        self.values: dict[str, Value] = {}
        self.frame = Frame(module, self.values)
        self.frame.fast = {}
        self.units: list[Unit] = []
        self.needs: dict[str, list[Unit]] = {}
        self.stars: list[Unit] = []
        self.order: dict[str, None] = {}  # names in the order of their first binding
        self.settled: set[str] = set()
        self.running: list[int] = []
        self._readers: dict[str, list[Unit]] | None = None
        self.failed = False
        self.main = False
        self.postponed = any(  # whether annotations may name what does not exist
            isinstance(node, ast.ImportFrom)
            and node.module == "__future__"
            and any(a.name == "annotations" for a in node.names)
            for node in tree.body[:20]
        )
        self._index(tree, text)

    def _index(self, tree: ast.Module, text: str) -> None:
        global_names: set[str] = set()
        calls: list[Unit] = []
        for node in tree.body:
            kind = node.__class__
            if kind is ast.ImportFrom:
                for alias in node.names:  # type: ignore[attr-defined]
                    unit = self._unit(node, alias)
                    if alias.name == "*":
                        self.stars.append(unit)
                    else:
                        self._bind(alias.asname or alias.name, unit)
                continue
            unit = self._unit(node)
            if kind in DEFINITIONS:
                self._bind(node.name, unit)  # type: ignore[attr-defined]
                for decorator in node.decorator_list:  # type: ignore[attr-defined]
                    inner = decorator.func if isinstance(decorator, ast.Call) else decorator
                    for name in roots(inner) if isinstance(inner, ast.Attribute) else ():
                        self.needs.setdefault(name, []).append(unit)  # `@registry.register` changes the registry
                for name in bases_told(node, text):
                    self.needs.setdefault(name, []).append(unit)
            elif kind is ast.Import:
                for name in bound_by_import(node):  # type: ignore[arg-type]
                    self._bind(name, unit)
            else:
                binds, touches, has_call = effects(node)
                for name in binds:
                    self._bind(name, unit)
                for name in touches - set(binds):
                    self.needs.setdefault(name, []).append(unit)
                if has_call:
                    calls.append(unit)
        if calls and "global " in text:
            for inner in ast.walk(tree):
                if isinstance(inner, ast.Global):
                    global_names.update(inner.names)
        changed = set(changed_inside(text))
        for name in changed & self.order.keys():
            # Functions of the module fill it; whatever calls one may be what does.
            known = self.needs[name]
            if isinstance(known[0].node, ast.Import):
                continue
            self.needs[name] = sorted({*known, *filter(_may_call, self.units)}, key=lambda unit: unit.index)
        for name in global_names:
            known = self.needs.setdefault(name, [])
            self.needs[name] = sorted({*known, *calls}, key=lambda unit: unit.index)

    def readers(self, name: str) -> list[Unit]:
        """The statements that read a name of this level as they run, in order; of functions that is what stands outside
        of their bodies.
        """
        if self._readers is None:
            self._readers = {}
            for unit in self.units:
                for one in _read(unit.node):
                    self._readers.setdefault(one, []).append(unit)
        return self._readers.get(name, [])

    def _unit(self, node: ast.stmt, alias: ast.alias | None = None) -> Unit:
        unit = Unit(len(self.units), node, alias)
        self.units.append(unit)
        return unit

    def _bind(self, name: str, unit: Unit) -> None:
        known = self.needs.get(name)
        if known is None:
            self.needs[name] = [unit]
            self.order[name] = None
        elif known[-1] is not unit:
            known.append(unit)
            self.order.setdefault(name)


def binds(node: ast.stmt, name: str) -> bool:
    """Whether a top-level statement binds a name, other than by changing what it means already."""
    if isinstance(node, DEFINITIONS):
        return node.name == name
    return name in effects(node)[0]


def _read(node: ast.stmt) -> set[str]:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return set()
    parts: list[ast.AST] = [node]
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        parts = [*node.decorator_list, node.args]
    return {n.id for part in parts for n in ast.walk(part) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


def bases_told(node: ast.stmt, text: str) -> list[str]:
    """The bases of a class that hear of it when it is defined, if any of them may: `text` is their module's."""
    if not isinstance(node, ast.ClassDef) or not ("__init_subclass__" in text or "__subclasses__" in text):
        return []
    return [name for base in node.bases for name in roots(base)]


def changed_inside(text: str) -> Iterator[str]:
    """Names that indented lines change by an item, an attribute or a method: the last one of each line."""
    start = end = 0
    for found in _CHANGING.finditer(text):
        if found.start() >= end:
            start = text.rfind("\n", 0, found.start()) + 1
            end = text.find("\n", found.start()) + 1 or len(text)
            changed = _CHANGED_INSIDE.match(text, start, end)
            if changed is not None:
                yield changed.group(1) or changed.group(2)


_METHODS = r"(?:append|add|update|extend|insert|setdefault)\("
_CHANGING = re.compile(r"\][ \t]*=[^=]|\.(?:" + _METHODS + r"|\w+[ \t]*=[^=])|\bsetattr\(")
_CHANGED_INSIDE = re.compile(
    r"[ \t]+(?:.*[^\w.\n])?(?:([A-Za-z_]\w*)(?:(?:\[[^\]\n]*\])+[ \t]*=[^=]|\."
    + _METHODS
    + r"|\.\w+[ \t]*=[^=])|setattr\(([A-Za-z_]\w*))"
)
"""An indented line that changes a container or an object: if that is a name of the top level, functions of the module
fill it."""


def _may_call(unit: Unit) -> bool:
    """Whether a statement may run code of the module when it is evaluated."""
    node = unit.node
    if isinstance(node, ast.ClassDef):
        return bool(node.decorator_list or node.bases)
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return bool(node.decorator_list)
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return False
    return any(isinstance(inner, ast.Call) for inner in ast.walk(node))


def effects(statement: ast.stmt) -> tuple[list[str], set[str], bool]:
    """Names that a top-level statement binds, names whose values it may change, and whether it calls anything.

    A value may be changed through `x.a = …`, `x[k] = …`, `x += …`, `del x[k]`, a method call `x.m(…)` or as an argument
    of a call that stands as a statement of its own.
    """
    binds: list[str] = []
    touches: set[str] = set()
    has_call = False
    stack: list[ast.AST] = [statement]
    while stack:
        node = stack.pop()
        kind = node.__class__
        if kind is ast.Name:
            if node.ctx.__class__ is not ast.Load:  # type: ignore[attr-defined]
                binds.append(node.id)  # type: ignore[attr-defined]
            continue
        if kind is ast.Attribute or kind is ast.Subscript:
            if node.ctx.__class__ is not ast.Load:  # type: ignore[attr-defined]
                touches.update(roots(node.value))  # type: ignore[attr-defined]
        elif kind in DEFINITIONS:
            binds.append(node.name)  # type: ignore[attr-defined]
            continue
        elif kind is ast.Lambda or kind in COMPREHENSIONS:
            binds.extend(n.target.id for n in ast.walk(node) if isinstance(n, ast.NamedExpr))
            continue
        elif kind is ast.Import or kind is ast.ImportFrom:
            binds.extend(bound_by_import(node))  # type: ignore[arg-type]
            continue
        elif kind is ast.Expr and any(isinstance(n, (ast.Call, ast.Await)) for n in ast.walk(node)):
            has_call = True
            touches.update(_mentioned(node.value))  # type: ignore[attr-defined]
        else:
            binds.extend(_own_names(node))
        for child in ast.iter_child_nodes(node):
            stack.append(child)
    return list(dict.fromkeys(reversed(binds))), touches, has_call


def roots(node: ast.AST) -> set[str]:
    """The name that an attribute, an item or a call begins with, if it is one."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return {node.id} if isinstance(node, ast.Name) else set()


def _mentioned(node: ast.AST) -> set[str]:
    """Names in an expression, but for functions that are merely called by their name."""
    called = {id(n.func) for n in ast.walk(node) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and id(n) not in called}
