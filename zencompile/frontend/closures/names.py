"""What a piece of code says about names: the vocabulary, and small readers of the tree."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable
from typing import NamedTuple

from zencompile_runtime.canonical import Definition

# How a name is used. A use that has none of these is a call, or an attribute's or item's owner.
LATER = 1  # in the body of a function: looked up when it is called, not when the module is executed
PASSED = 2  # the object itself is handed on, so its docstring might be read
ANNOTATION = 4
BASE = 8
CHANGED = 16  # the object is changed, or the name is bound anew from inside a function
STORED = 32  # the name is bound at the top level
TEXT = 64  # stands in a string annotation: has no place of its own in the tree
CALLED = 128
HINT = 256  # in an annotation that counts only where something reads it
CONTEXT = LATER | TEXT

_WORDS = {
    "mutators": """
        add append appendleft clear connect difference_update discard extend extendleft insert intersection_update pop
        popitem popleft register remove reverse rotate setdefault sort subscribe symmetric_difference_update update
    """,
    "harmless": """
        all any bool callable enumerate filter hash id isinstance issubclass iter len list map max min next sorted sum
        tuple zip
    """,
    "lookups": "__import__ delattr eval exec getattr globals hasattr locals setattr vars",
    "importers": "import_module iter_modules resolve_name run_module run_path spec_from_file_location walk_packages",
}
MUTATORS = frozenset(_WORDS["mutators"].split())
HARMLESS = frozenset(_WORDS["harmless"].split())  # they may call what they are given, but read no docstring
LOOKUPS = frozenset(_WORDS["lookups"].split())
IMPORTERS = frozenset(_WORDS["importers"].split())


class Import(NamedTuple):
    """What an import statement binds to a name: a module, or with `name` something of it."""

    module: str
    name: str | None = None
    level: int = 0


class Use(NamedTuple):
    """A use of `root.attributes…`, where `root` is a global name or what a local import bound. `node` is the chain."""

    root: str | Import
    attributes: tuple[str, ...]
    flags: int
    node: ast.expr


class Dynamic(NamedTuple):
    """A look-up that only running can decide. `kind` is a key of `reach.WIDENINGS`; `known` is the constant part."""

    kind: str
    node: ast.expr
    known: str = ""


class Doc(NamedTuple):
    """A docstring inside a unit: of the definition `path` ("" for the unit's own)."""

    path: str
    text: str
    node: Definition


class Names:
    """All that a statement says about names."""

    __slots__ = ("attributes", "docs", "dynamic", "imports", "inner", "passed", "paths", "reads_doc", "uses")

    def __init__(self) -> None:
        self.uses: list[Use] = []
        self.imports: list[Import] = []  # executed inside functions
        self.dynamic: list[Dynamic] = []
        self.docs: list[Doc] = []
        self.paths: list[str] = []  # strings that look like "package.module.name"
        self.attributes: set[str] = set()  # attributes handed on (`obj.method`), whatever their owner
        self.inner: set[str] = set()  # names bound in inner scopes
        self.passed: set[str] = set()  # those of them that are handed on
        self.reads_doc = False


def chain(node: ast.expr) -> tuple[str, tuple[str, ...]] | None:
    """`a.b.c` as ("a", ("b", "c")), or None for anything else."""
    attributes: list[str] = []
    while node.__class__ is ast.Attribute:
        attributes.append(node.attr)
        node = node.value
    if node.__class__ is ast.Name:
        return node.id, tuple(reversed(attributes))
    return None


def parse(text: str) -> list[ast.stmt]:
    """The statements of code in a string, nothing if it is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text.strip()).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def bindings(node: ast.Import | ast.ImportFrom) -> Iterable[tuple[str, Import]]:
    """The names that an import binds, and to what. A star is the name "*"."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            if alias.asname:
                yield alias.asname, Import(alias.name)
            else:
                top = alias.name.partition(".")[0]
                yield top, Import(top)
    else:
        for alias in node.names:
            yield alias.asname or alias.name, Import(node.module or "", alias.name, node.level or 0)


def executed(node: ast.Import | ast.ImportFrom) -> Iterable[Import]:
    """The modules that an import statement executes (with `name`, maybe a submodule of that name)."""
    if isinstance(node, ast.Import):
        return [Import(alias.name) for alias in node.names]
    return [Import(node.module or "", None if a.name == "*" else a.name, node.level or 0) for a in node.names]
