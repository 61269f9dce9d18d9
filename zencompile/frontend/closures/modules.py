"""A module of the project as a list of top-level statements, and what each of them binds and changes."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path

from zencompile.frontend.closures import names
from zencompile.frontend.closures.names import Import, Names
from zencompile.frontend.closures.scopes import collect
from zencompile.source import SourceFile
from zencompile_runtime.canonical import DEFINITIONS, Hints, form, is_plain
from zencompile_runtime.deployed import Statement, digest, statements
from zencompile_runtime.naming import Said, said

_DECORATED = " decorator_list=["  # in a form: something is decorated
_ANNOTATED = (" annotation=", " returns=")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
TOP_LEVEL = "<top level>"
"""The name, in a list of definitions, of statements that are executed for their effect."""


def has_hints(text: str) -> bool:
    """Whether something has an annotation in a form."""
    return any(one in text for one in _ANNOTATED)


class Unit:
    """A top-level statement: the smallest thing that a closure holds.

    `binds` are the names it binds, `changes` those of its own module that it changes (`X.append(1)`, `X += …`);
    `effect` tells that it changes something else, or may.
    """

    __slots__ = (
        "_digest",
        "_hinted",
        "_names",
        "_says",
        "binds",
        "changes",
        "effect",
        "index",
        "key",
        "module",
        "node",
    )

    def __init__(self, module: Module, node: ast.stmt, index: int) -> None:
        self.module = module
        self.node = node
        self.index = index
        self.binds: tuple[str, ...] = ()
        self.changes: tuple[str, ...] = ()
        self.effect = False
        self.key = ""
        self._names: Names | None = None
        self._says: Said | None = None
        self._hinted: dict[Hints, str] = {}
        self._digest = ""

    @property
    def names(self) -> Names:
        if self._names is None:
            self._names = collect(self.node, self.module.keep)
        return self._names

    @property
    def digest(self) -> str:
        """SHA-256 of the statement's canonical form without docstrings, the framework's own decorators, and annotations
        of functions that no decorator may read.
        """
        if not self._digest:
            self._digest = self._made()
        return self._digest

    @property
    def says(self) -> Said:
        """Which names its code says and makes."""
        if self._says is None:
            self._says = said([self.node])
        return self._says

    @property
    def lacks_hints(self) -> bool:
        """Whether its digest leaves out annotations, as far as there are any."""
        statement = self.module.statement(self.node)
        if not isinstance(self.node, _FUNCTIONS):
            return has_hints(statement.head)
        return has_hints(statement.body) or (has_hints(statement.head) and all(map(is_plain, self.node.decorator_list)))

    def hinted(self, hints: Hints) -> str:
        """A form with annotations of its functions that may count only where something reads them; empty for none."""
        if hints not in self._hinted:
            statement = self.module.statement(self.node)
            inner = statement.body if isinstance(self.node, _FUNCTIONS) else statement.head
            found = has_hints(inner) or (hints is Hints.ALL and has_hints(statement.head))
            texts = "annotations are texts " if self.module.has_texts else ""
            self._hinted[hints] = f"{texts}{form(self.node, annotations=hints)}" if found else ""
        return self._hinted[hints]

    def _made(self) -> str:
        head = self.module.statement(self.node).head
        if isinstance(self.node, _FUNCTIONS) or _DECORATED in head or has_hints(head):
            head = form(self.node, self.module.keep, annotations=Hints.DECORATED)
        return digest(head, "texts") if self.module.has_texts and has_hints(head) else digest(head)

    @property
    def definitions(self) -> tuple[str, ...]:
        """The "module:name" of everything that it defines."""
        bound = self.binds or self.changes or (TOP_LEVEL,)
        return tuple(f"{self.module.name}:{name}" for name in bound)

    def __repr__(self) -> str:
        return f"<{self.key} {self.module.path}:{self.node.lineno}>"


class Module:
    """A file of the project (or the folder of a namespace package, which has no statements)."""

    def __init__(
        self,
        name: str,
        location: Path,
        file: SourceFile | None,
        tree: ast.Module,
        package: bool,
        keep: Callable[[Module, ast.expr], bool],
    ) -> None:
        self.name = name
        self.location = location
        self.file = file
        self.tree = tree
        self.package = package
        self.units: list[Unit] = []
        self.bound: dict[str, list[Unit]] = {}
        self.attached: dict[str, list[Unit]] = {}
        self.aliases: dict[str, list[Import]] = {}
        self.stars: list[Import] = []
        self.bindings: list[tuple[tuple[int, int], str, Import]] = []  # what imports bind ("*": a star), and where
        self.imports: list[Import] = []
        self.exports: frozenset[str] | None = None
        self._keep = keep
        self._index()

    @property
    def path(self) -> str:
        return self.file.path if self.file else self.name

    @cached_property
    def lines(self) -> list[str]:
        return self.file.text.split("\n") if self.file else []

    @cached_property
    def has_walrus(self) -> bool:
        """Whether a name is bound inside of an expression."""
        return self.file is not None and ":=" in self.file.text

    @cached_property
    def has_texts(self) -> bool:
        """Whether its annotations are texts: `from __future__ import annotations`."""
        futures = (one for one in self.tree.body if isinstance(one, ast.ImportFrom) and one.module == "__future__")
        return any(alias.name == "annotations" for one in futures for alias in one.names)

    @property
    def parent(self) -> str:
        """The package that relative imports start from."""
        return self.name if self.package else self.name.rpartition(".")[0]

    @cached_property
    def statements(self) -> list[Statement]:
        """What importing it executes, with the canonical forms of each."""
        return statements(self.tree)

    @cached_property
    def _by_node(self) -> dict[int, Statement]:
        return {id(one.node): one for one in self.statements}

    def statement(self, node: ast.stmt) -> Statement:
        """The forms of one of its statements."""
        return self._by_node.get(id(node)) or Statement(node)

    def keep(self, decorator: ast.expr) -> bool:
        """Whether a decorator is part of the code: the framework's own are not."""
        return self._keep(self, decorator)

    def binders(self, name: str) -> Sequence[Unit]:
        """The statements that bind or change a name, in the order of the source."""
        return self.bound.get(name, ())

    def group(self, name: str) -> Sequence[Unit]:
        """The binders of a name, and the statements that change it through calls (`effects` finds those)."""
        attached = self.attached.get(name)
        return self.binders(name) if attached is None else [*self.binders(name), *attached]

    def star_binds(self, name: str) -> bool:
        """Whether `from module import *` could bind `name`."""
        if self.exports is not None:
            return name in self.exports
        return not name.startswith("_")

    def _index(self) -> None:
        scans = []
        for node in _statements(self.tree.body):
            scan = _Scan(self)
            scan.statement(node, top=True)
            if scan.is_code:
                unit = Unit(self, node, len(self.units))
                unit.binds = tuple(scan.binds)
                unit.effect = scan.effect
                self.units.append(unit)
                scans.append(scan)
                for name in unit.binds:
                    self.bound.setdefault(name, []).append(unit)
        own = set(self.bound)
        for unit, scan in zip(self.units, scans, strict=True):
            unit.changes = tuple(name for name in scan.changes if name in own and name not in unit.binds)
            unit.effect |= any(name not in own for name in scan.changes)
            for name in unit.changes:
                self.bound[name].append(unit)
            unit.key = f"{self.name}:{','.join(unit.binds or unit.changes) or TOP_LEVEL}"
        for units in self.bound.values():
            units.sort(key=_position)
        self.exports = _exports(self)


def _position(unit: Unit) -> int:
    return unit.index


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that importing the module executes: not what stands under `__main__` or TYPE_CHECKING."""
    for node in body:
        if isinstance(node, ast.If) and _never_true(node.test):
            yield from _statements(node.orelse)
        else:
            yield node


def _never_true(test: ast.expr) -> bool:
    """A test that fails when the module is imported."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return any(_never_true(value) for value in test.values)
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], (ast.Eq, ast.In, ast.Is)):
        sides = (test.left, test.comparators[0])
        named = any(isinstance(s, ast.Name) and s.id == "__name__" for s in sides)
        return named and any("__main__" in _strings(s) for s in sides)
    found = names.chain(test)
    return found is not None and (found[1] or (found[0],))[-1] == "TYPE_CHECKING"


def _strings(node: ast.expr) -> list[object]:
    items = node.elts if isinstance(node, (ast.Tuple, ast.List, ast.Set)) else [node]
    return [item.value for item in items if isinstance(item, ast.Constant)]


def _exports(module: Module) -> frozenset[str] | None:
    """What a literal `__all__` names; None where there is none, or it is computed."""
    found: set[str] = set()
    units = module.binders("__all__")
    for unit in units:
        value = unit.node.value if isinstance(unit.node, (ast.Assign, ast.AnnAssign, ast.AugAssign)) else None
        if not isinstance(value, (ast.List, ast.Tuple)) or not all(isinstance(e, ast.Constant) for e in value.elts):
            return None
        found.update(str(e.value) for e in value.elts if isinstance(e, ast.Constant))
    return frozenset(found) if units else None


class _Scan:
    """What executing a top-level statement binds, changes and imports. Bodies of functions are not executed."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.binds: dict[str, None] = {}
        self.changes: dict[str, None] = {}
        self.effect = False
        self.is_code = False

    def statement(self, node: ast.stmt, top: bool = False) -> None:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            self._import(node, top)
            return
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return
        if isinstance(node, (ast.Pass, ast.Global)):
            return
        self.is_code = True
        if isinstance(node, DEFINITIONS):
            self.binds[node.name] = None
            self._decorators(node.decorator_list)
            if isinstance(node, _FUNCTIONS):
                self._walrus(node.args)
            if isinstance(node, ast.ClassDef):
                self._body_of_class(node)
            return
        self._simple(node)
        for body in ("body", "orelse", "finalbody"):
            for inner in _statements(getattr(node, body, ())):
                self.statement(inner)
        for handler in getattr(node, "handlers", ()):
            for inner in handler.body:
                self.statement(inner)
        for case in getattr(node, "cases", ()):
            self._pattern(case.pattern)
            for inner in case.body:
                self.statement(inner)

    def _body_of_class(self, node: ast.ClassDef) -> None:
        """Executing a class binds names of its own, and may change others."""
        inner = _Scan(self.module)
        for statement in node.body:
            inner.statement(statement)
        self.effect |= inner.effect
        self.changes.update((name, None) for name in inner.changes if name not in inner.binds)

    def _pattern(self, pattern: ast.pattern) -> None:
        for inner in ast.walk(pattern):
            if isinstance(inner, (ast.MatchAs, ast.MatchStar)) and inner.name:
                self.binds[inner.name] = None
            elif isinstance(inner, ast.MatchMapping) and inner.rest:
                self.binds[inner.rest] = None

    def _simple(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Expr):
            self._expression(node.value)
        elif isinstance(node, ast.Assign):
            self._targets(node.targets)
        elif isinstance(node, (ast.AnnAssign, ast.AugAssign, ast.For, ast.AsyncFor)):
            self._targets([node.target])
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            self._targets([item.optional_vars for item in node.items if item.optional_vars])
        elif isinstance(node, ast.Delete):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    self.changes[target.id] = None
                else:
                    self._change(target)
        elif isinstance(node, (ast.Assert, ast.Raise)):
            self.effect = True
        elif hasattr(ast, "TypeAlias") and isinstance(node, ast.TypeAlias):
            self._targets([node.name])
        self._walrus(node)

    def _walrus(self, node: ast.AST) -> None:
        """Names that are bound inside of expressions."""
        if self.module.has_walrus:
            self._targets(inner.target for inner in ast.walk(node) if isinstance(inner, ast.NamedExpr))

    def _import(self, node: ast.Import | ast.ImportFrom, top: bool) -> None:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            return
        module = self.module
        for name, target in names.bindings(node):
            module.bindings.append(((node.lineno, node.col_offset), name, target))
            if name == "*":
                module.stars.append(target._replace(name=None))
                continue
            module.aliases.setdefault(name, [])
            if target not in module.aliases[name]:
                module.aliases[name].append(target)
            if not top:
                self.binds[name] = None
        module.imports.extend(names.executed(node))

    def _targets(self, targets: Iterable[ast.expr]) -> None:
        for target in targets:
            if isinstance(target, ast.Name):
                self.binds[target.id] = None
            elif isinstance(target, (ast.Tuple, ast.List)):
                self._targets(target.elts)
            elif isinstance(target, ast.Starred):
                self._targets([target.value])
            else:
                self._change(target)

    def _change(self, target: ast.expr) -> None:
        """`root.x = …`, `root[…] = …`: the root changes."""
        while isinstance(target, (ast.Attribute, ast.Subscript)):
            target = target.value
        if isinstance(target, ast.Name):
            self.changes[target.id] = None
        else:
            self.effect = True

    def _expression(self, node: ast.expr) -> None:
        """`X.append(1)` changes X; any other expression that stands alone is there for an effect."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = names.chain(node.func.value)
            if owner:
                self.changes[owner[0]] = None
                return
        if not isinstance(node, ast.Constant):
            self.effect = True

    def _decorators(self, decorators: Iterable[ast.expr]) -> None:
        """`@app.command()` and `@function.register` change their owner, where that is an object of the module."""
        for decorator in decorators:
            func = decorator.func if isinstance(decorator, ast.Call) else decorator
            found = names.chain(func)
            if found and found[1] and found[0] not in self.module.aliases:
                self.changes[found[0]] = None
