"""What of a module's text counts for a step in whose process it was loaded, as digests of its units.

A *unit* is a function or method that is no part of another function, by its qualified name; "" is the module's top
level: all that importing it executes, with the heads of its functions (decorators, defaults, annotations that something
may look at) and without their bodies, of which only those count that ran. Comments, formatting, the order of functions
that nothing observes and docstrings that nothing reads are no part of any. Who compiles has the same measure
(`canonical`, `deployed`).
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from zencompile_runtime import deployed, facts
from zencompile_runtime.canonical import DEFINITIONS, docstring, form
from zencompile_runtime.deployed import Statement, digest, docstrings, words

TOP = ""
"""The unit that is a module's top level."""

BROKEN = "no Python"
"""The digest of a text that can't be parsed."""

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
# Decorators that call what they decorate, or mark it, and look neither at its code nor at its docstring.
_PLAIN = frozenset({"property", "staticmethod", "classmethod", "cached_property", "contextmanager", "abstractmethod"})
_PLAIN |= {"lru_cache", "cache", "override", "overload", "final", "asynccontextmanager", "total_ordering", "setter"}
_DOCUMENTS = frozenset({"__doc__", "getdoc", "doctest", "pydoc", "help", "cleandoc"})
_ANNOTATIONS = frozenset(
    {"__annotations__", "get_type_hints", "signature", "getfullargspec", "get_annotations", "inspect", "validate_call"}
)
_LISTING = frozenset({"globals", "locals", "vars", "dir", "__dict__", "getmembers", "getsource", "__code__"})


class Source:
    """The text of a module, and what is asked of it, made once."""

    def __init__(self, text: bytes) -> None:
        self.tree = deployed.parse(text)
        self.statements = deployed.statements(self.tree)
        self._units: dict[str, str] = {}

    @cached_property
    def words(self) -> frozenset[str]:
        """All words of its code."""
        return frozenset().union(*(one.names[0] | one.names[1] for one in self.statements))

    @cached_property
    def handed(self) -> frozenset[str]:
        """The names that stand for themselves somewhere, and not for what calling them gives: these may be given to
        code that looks at functions.
        """
        called: set[int] = set()
        found: set[str] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                called.add(id(node.func))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= words(f"s{len(node.value)}:{node.value}")
        for node in ast.walk(self.tree):
            if isinstance(node, (ast.Name, ast.Attribute)) and id(node) not in called:
                found.add(node.id if isinstance(node, ast.Name) else node.attr)
        return frozenset(found)

    @cached_property
    def definitions(self) -> dict[str, list[Any]]:
        """Functions and classes by their qualified names, those inside of functions left out."""
        found: dict[str, list[Any]] = {}
        todo: list[tuple[str, ast.AST]] = [("", self.tree)]
        while todo:
            path, node = todo.pop()
            for inner in ast.iter_child_nodes(node):
                if isinstance(inner, DEFINITIONS):
                    name = f"{path}.{inner.name}" if path else inner.name
                    found.setdefault(name, []).append(inner)
                    if isinstance(inner, ast.ClassDef):
                        todo.append((name, inner))
                elif isinstance(inner, ast.stmt | ast.ExceptHandler | ast.match_case):
                    todo.append((path, inner))
        return found

    def unit(self, name: str) -> str | None:
        """The digest of a function's or class's code; None if there is none of that name."""
        if name not in self._units:
            forms = [form(node, annotations=isinstance(node, ast.ClassDef)) for node in self.definitions.get(name, ())]
            self._units[name] = digest(*sorted(forms)) if forms else ""
        return self._units[name] or None

    def top(self, looks: Looks, steps: Collection[str]) -> str:
        """The digest of its top level, for code that looks at others like this. `steps` are the functions that nothing
        but the framework decorates.
        """
        executed: set[str] = set()
        names = Counter(one.name for one in self.statements)
        for one in self.statements:
            if not one.name:
                executed |= one.names[0]
        free: list[str] = []
        ordered: list[str] = []
        for one in self.statements:
            text = self._of_statement(one, looks, steps)
            moves = bool(one.name) and not looks.at_order and names[one.name] == 1 and _stands_alone(one.node)
            (free if moves and one.name not in executed else ordered).append(text)
        documents = [f"{name} {text}" for name, text in sorted(docstrings(self.tree).items())] if looks.at_docs else ()
        return digest(*sorted(free), "", *ordered, "", *documents)

    def _of_statement(self, one: Statement, looks: Looks, steps: Collection[str]) -> str:
        if one.name in steps:
            return f"step {one.name}"
        return _definition(one.node, looks) if isinstance(one.node, DEFINITIONS) else form(one.node)


class Looks:
    """How the loaded code of a project looks at functions: at their docstrings, annotations, order; and at which.

    `foreign` is whether code of other distributions is there, which may look at what it is given.
    """

    def __init__(self, sources: Iterable[Source], foreign: bool) -> None:
        known = list(sources)
        self.foreign = foreign
        said = frozenset().union(*(one.words for one in known))
        self.handed = frozenset().union(*(one.handed for one in known))
        self.at_docs = not _DOCUMENTS.isdisjoint(said)
        self.at_annotations = not _ANNOTATIONS.isdisjoint(said)
        self.at_order = not _LISTING.isdisjoint(said)

    def annotations_of(self, node: Any) -> bool:
        """Whether something may look at a function's annotations."""
        decorated = not all(map(_is_plain, node.decorator_list))
        return self.at_annotations or decorated or (self.foreign and node.name in self.handed)

    def docstring_of(self, node: Any) -> bool:
        """Whether code of another distribution may look at a function's docstring, as tools for language models do."""
        return self.foreign and (node.name in self.handed or not all(map(_is_plain, node.decorator_list)))


def _stands_alone(node: Any) -> bool:
    """Whether a function is the same wherever in its module it is defined."""
    defaults = [*node.args.defaults, *(one for one in node.args.kw_defaults if one is not None)]
    return not node.decorator_list and all(isinstance(one, ast.Constant) for one in defaults)


def _definition(node: Any, looks: Looks) -> str:
    """What defining a function or class executes."""
    if isinstance(node, _FUNCTIONS):
        whole = not all(map(_is_plain, node.decorator_list))
        told = docstring(node) if looks.docstring_of(node) else None
        return f"{form(node, body=whole, annotations=looks.annotations_of(node))}{told or ''}"
    inner = [_definition(one, looks) if isinstance(one, DEFINITIONS) else form(one) for one in _code(node)]
    told = docstring(node) if looks.docstring_of(node) or (looks.foreign and node.bases) else None
    return digest(form(node, body=False), told or "", *inner)


def _code(node: ast.ClassDef) -> Iterator[ast.stmt]:
    for one in node.body:
        if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)):
            yield one


def _is_plain(decorator: ast.expr) -> bool:
    """Whether a decorator neither reads the code of what it decorates nor its docstring."""
    node = decorator.func if isinstance(decorator, ast.Call) else decorator
    return (node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")) in _PLAIN


# -- modules as they are now -------------------------------------------------------------------------------------------

_sources: dict[str, Source | None] = {}


def source(path: str) -> Source | None:
    """The module in a file, parsed once for each of its texts; None where there is none, or no Python."""
    text = facts.file_digest(path)
    if text is None:
        return None
    if text not in _sources:
        try:
            _sources[text] = Source(Path(path).read_bytes())
        except (OSError, SyntaxError, ValueError, RecursionError):
            _sources[text] = None
    return _sources[text]


def digests(
    files: Mapping[str, str], units: Mapping[str, Iterable[str]], steps: Mapping[str, Collection[str]], foreign: bool
) -> Digests:
    """The digests of modules and of some units of theirs, as their files are now.

    `files` are the full paths by the names of the modules, `units` those that count of each; `steps` are the functions
    of each that are steps and pipelines, and nothing else; `foreign` is as `Looks` has it.
    """
    sources = {path: source(full) for path, full in files.items()}
    looks = Looks((one for one in sources.values() if one is not None), foreign)
    found: Digests = {}
    for path, one in sources.items():
        if one is None:
            found[path] = {TOP: BROKEN}
            continue
        found[path] = {TOP: one.top(looks, steps.get(path, ()))}
        found[path] |= {name: one.unit(name) for name in sorted(units.get(path, ())) if name != TOP}
    return found


Digests = dict[str, "dict[str, str | None]"]
"""Of each module's path, its units and their digests."""
