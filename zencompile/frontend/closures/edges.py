"""What one statement leads to: the edges of the graph that closures are found in."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from zencompile.frontend.closures import names, variables
from zencompile.frontend.closures.distributions import is_foreign
from zencompile.frontend.closures.modules import Module, Unit
from zencompile.frontend.closures.names import Doc, Dynamic, Use
from zencompile.frontend.closures.resolve import External, Name, Resolver, Target
from zencompile_runtime.canonical import docstring

_TEXT_READERS = frozenset(f"inspect.{name}" for name in ("getsource", "getsourcelines", "getcomments", "findsource"))
_READERS = _TEXT_READERS | {
    "inspect",
    "inspect.getdoc",
    "inspect.getmembers",
}


class Edges(NamedTuple):
    """Where a unit leads.

    `whole` are modules used as objects, with the use that does so; `modules` are those that its functions import;
    `changed` are the names that calling its functions may change; `passed` and `annotated` are the definitions whose
    docstrings it may let others read; `variables` are those of the environment that it reads by name; `identity` stands
    for the unit in a step's digest.
    """

    targets: tuple[Name, ...]
    whole: tuple[tuple[Module, Use], ...]
    modules: tuple[Module, ...]
    externals: tuple[str, ...]
    variables: tuple[str, ...]
    dynamic: tuple[Dynamic, ...]
    changed: frozenset[Name]
    passed: frozenset[Name]
    annotated: frozenset[Name]
    bases: frozenset[Name]
    docs: tuple[Doc, ...]
    foreign: bool  # has a decorator or a base of another distribution
    reads_docs: bool
    reads_text: bool
    identity: bytes


def edges_of(unit: Unit, resolver: Resolver) -> Edges:
    """Resolve every name that the unit uses."""
    return _Edges(unit, resolver).made()


def _documentation(module: Module) -> str:
    return f"{module.name}.__doc__={docstring(module.tree)!r}"


class _Edges:
    def __init__(self, unit: Unit, resolver: Resolver) -> None:
        self.unit = unit
        self.resolver = resolver
        self.targets: dict[Name, None] = {}
        self.whole: dict[Module, Use] = {}
        self.externals: dict[str, None] = {}
        self.changed: set[Name] = set()
        self.passed: set[Name] = set()
        self.annotated: set[Name] = set()
        self.bases: set[Name] = set()
        self.foreign = False
        self.readers: set[int] = set()  # nodes that look into the environment
        self.table: set[str] = set()
        self.dynamic: list[Dynamic] = []

    def made(self) -> Edges:
        unit, found = self.unit, self.unit.names
        for use in found.uses:
            self._use(use)
        for path in found.paths:
            self._path(path)
        modules: list[Module] = []
        for target in found.imports:
            modules.extend(self.resolver.loaded(unit.module, target))
            for bound in self.resolver.imported(unit.module, target):
                if isinstance(bound, External):
                    self._outside(bound.path)
        externals = tuple(sorted(self.externals))
        reads_docs = found.reads_doc or not _READERS.isdisjoint(externals)
        if reads_docs or (self.whole and unit.says.reads):
            self.table.update(map(_documentation, self.whole))
        text = "\n".join([unit.key, unit.digest, *sorted(self.table)])
        return Edges(
            targets=tuple(self.targets),
            whole=tuple(self.whole.items()),
            modules=tuple(dict.fromkeys(modules)),
            externals=externals,
            variables=tuple(sorted(set(variables.read(unit.node, self.readers)))) if self.readers else (),
            dynamic=(*found.dynamic, *self.dynamic),
            changed=frozenset(self.changed),
            passed=frozenset(self.passed),
            annotated=frozenset(self.annotated),
            bases=frozenset(self.bases),
            docs=tuple(found.docs),
            foreign=self.foreign,
            reads_docs=reads_docs,
            reads_text=not _TEXT_READERS.isdisjoint(externals),
            identity=hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest(),
        )

    def _use(self, use: Use) -> None:
        module = self.unit.module
        if use.root == "__doc__" and not use.attributes:
            self.table.add(f"__doc__={docstring(module.tree)!r}")
            return
        attributes = use.attributes
        if "__doc__" in attributes:
            owners = self.resolver.chain(module, use.root, attributes[: attributes.index("__doc__")])
            self.table.update(_documentation(one) for one in owners if isinstance(one, Module))
        if "__dict__" in attributes:  # of a module: all of its names
            attributes = attributes[: attributes.index("__dict__")]
        for target in self.resolver.chain(module, use.root, attributes):
            self._reach(target, use)

    def _reach(self, target: Target, use: Use) -> None:
        shown = ".".join((use.root if isinstance(use.root, str) else repr(tuple(use.root)), *use.attributes))
        hint = bool(use.flags & names.HINT)
        if isinstance(target, External):
            self.table |= set() if hint else {f"{shown}={target.path}"}
            self._reach_outside(target, use)
        elif isinstance(target, Module):
            self.table.add(f"{shown}={target.name}")
            if not use.flags & names.STORED:
                self.whole.setdefault(target, use)
        else:
            meant = f"{target.module.name}:{target.name}{self._earlier(use)}"
            self.table |= set() if hint else {f"{shown}={meant}"}
            self._reach_name(target, use)

    def _reach_outside(self, target: External, use: Use) -> None:
        self._outside(target.path)
        if target.path.startswith("sys.modules."):
            self.dynamic.append(Dynamic("import", use.node))
        if target.path in variables.READERS:
            self.readers.add(id(use.node))
        if use.flags & (names.BASE | names.CALLED) and not use.flags & names.LATER and is_foreign(target.path):
            self.foreign = True

    def _reach_name(self, target: Name, use: Use) -> None:
        self.targets[target] = None
        if use.flags & names.CHANGED and use.flags & names.LATER:
            self.changed.add(target)
        if use.flags & names.PASSED and not use.flags & names.ANNOTATION:
            self.passed.add(target)
        if use.flags & names.ANNOTATION:
            self.annotated.add(target)
        if use.flags & names.BASE:
            self.bases.add(target)

    def _outside(self, path: str) -> None:
        top = self.resolver.find(path.partition(".")[0], self.unit.module)
        if top is None or top.file is None:
            self.externals[path] = None

    def _earlier(self, use: Use) -> str:
        """For a name that is bound more than once and read while the module executes: how often it was until then."""
        module, name = self.unit.module, use.root
        if use.flags & names.LATER or not isinstance(name, str):
            return ""
        places = [(unit.node.lineno, unit.node.col_offset) for unit in module.binders(name)]
        places += [place for place, bound, _ in module.bindings if bound in (name, "*")]
        if len(places) < 2:
            return ""
        here = (self.unit.node.lineno, self.unit.node.col_offset)
        return f"@{sum(place < here for place in places)}"

    def _path(self, path: str) -> None:
        """A string that is the path of a definition, such as a hook's or a materializer's in a configuration."""
        dotted, colon, name = path.partition(":")
        if not colon:
            dotted, _, name = path.rpartition(".")
        module = self.resolver.find(dotted)
        if module is None:
            return
        for target in self.resolver.attribute(module, name):
            if isinstance(target, Name):
                self.table.add(f"{path!r}={target.module.name}:{target.name}")
                self.targets[target] = None
                self.passed.add(target)
