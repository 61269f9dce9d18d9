"""What of a module's text counts for a step in whose process it was loaded, as digests of its units.

A *unit* is a function or method that is no part of another function, by its qualified name; "" is the module's top
level: all that importing it executes, with the heads of its functions (decorators, defaults, annotations that something
may look at) and without their bodies, of which only those count that ran. Comments, formatting, the order of functions
that nothing observes and docstrings that nothing reads are no part of any. Who compiles has the same measure
(`canonical`, `deployed`).
"""

from __future__ import annotations

import ast
import os
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from zencompile_runtime import deployed, facts, importing, naming
from zencompile_runtime.canonical import DEFINITIONS, Hints, docstring, form, is_plain
from zencompile_runtime.deployed import Statement, digest, docstrings
from zencompile_runtime.naming import Said
from zencompile_runtime.observing.units import WHOLE

TOP = ""
"""The unit that is a module's top level."""

MAIN = "*main"
"""The unit that is what a module executes only where it is the program."""

BROKEN = "no Python"
"""The digest of a text that can't be parsed."""

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_LITERALS = (ast.Constant, ast.List, ast.Tuple, ast.Dict, ast.UnaryOp, ast.unaryop, ast.expr_context)
_DOCUMENTS = frozenset({"__doc__", "getdoc", "doctest", "pydoc", "help", "cleandoc"})
_ANNOTATIONS = frozenset(
    {"__annotations__", "get_type_hints", "signature", "getfullargspec", "get_annotations", "inspect", "validate_call"}
)
_LISTING = frozenset(
    {"globals", "locals", "vars", "dir", "__dict__", "getmembers", "getsource", "__code__", "f_globals", "f_locals"}
    | {"__globals__", "get_objects", "get_referrers", "get_referents"}
)
_IMPORTING = frozenset({"modules", "find_spec"})
_WITH_EFFECT = frozenset({"antigravity", "idlelib", "readline", "rlcompleter", "site", "this", "turtle"})


class Source:
    """The text of a module, and what is asked of it, made once."""

    def __init__(self, text: bytes) -> None:
        self.tree = deployed.parse(text)
        self.statements = deployed.statements(self.tree)
        self._units: dict[tuple[str, Hints], str] = {}
        self._parts: dict[tuple[int, bool], Said] = {}

    def said(self, ran: Collection[str] | None) -> tuple[frozenset[str], Said]:
        """The words of the code that counts, and what it says: all that importing executes, and the bodies of the
        functions among `ran`, which are units; of all functions, if that is None.
        """
        tops = None if ran is None else {one.partition(".")[0] for one in ran}
        words: set[str] = set()
        parts: list[Said] = []
        for number, one in enumerate(self.statements):
            words |= one.names[0]
            parts.append(self._said(number, False))
            if one.name and (tops is None or one.name in tops or WHOLE in tops or _keeps_body(one.node)):
                words |= one.names[1]
                parts.append(self._said(number, True))
        if tops is None or WHOLE in tops:
            parts.append(naming.said(self.main))
        return frozenset(words), naming.union(parts)

    def _said(self, number: int, body: bool) -> Said:
        """What a statement says; of a function, what defining it executes, or its `body`."""
        known = self._parts.get((number, body))
        if known is None:
            node: Any = self.statements[number].node
            nodes = [node.value] if _constants(node) else [node]
            if isinstance(node, _FUNCTIONS):
                head = [*node.decorator_list, node.args, *([node.returns] if node.returns else [])]
                nodes = node.body if body else head
            known = self._parts[number, body] = naming.said(nodes, local=body)
        return known

    @cached_property
    def main(self) -> list[ast.stmt]:
        """What is executed only where the module is the program."""
        found = [node for node in self.tree.body if isinstance(node, ast.If) and deployed.is_main(node.test)]
        return [inner for node in found for inner in node.body]

    @cached_property
    def aliases(self) -> dict[str, str]:
        """What imports bind, with the last name of what they import."""
        found: dict[str, str] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                for alias in node.names:
                    found[alias.asname or alias.name.partition(".")[0]] = alias.name.rpartition(".")[2]
        return found

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

    def unit(self, name: str, looks: Looks) -> str | None:
        """The digest of a function's or class's code; None if there is none of that name. A function's own annotations
        are a part of the top level.
        """
        if name == MAIN:
            return digest(*map(form, self.main))
        hints = Hints.INNER if looks.inner is Hints.ALL else looks.inner
        if (name, hints) not in self._units:
            forms = [form(node, annotations=hints) for node in self.definitions.get(name, ())]
            self._units[name, hints] = digest(*sorted(forms)) if forms else ""
        told = [] if looks.at_docs else self._told(name, looks)
        return digest(self._units[name, hints], *told) if told else self._units[name, hints] or None

    def _told(self, name: str, looks: Looks) -> list[str]:
        """The docstrings inside of a function or class that code of another distribution may look at."""
        inner: list[Any] = [one for node in self.definitions.get(name, ()) for one in _inside(node)]
        return [f"{one.name} {docstring(one)}" for one in inner if docstring(one) and looks.docstring_of(one)]

    def top(self, looks: Looks, steps: Collection[str], listed: Collection[str] = ()) -> str:
        """The digest of its top level, for code that looks at others like this. `steps` are the functions that nothing
        but the framework decorates; `listed` are functions and constants that count though nothing says their names.
        """
        executed: set[str] = set()
        for one in self.statements:
            if not one.name:
                executed |= one.names[0]
        free: list[str] = []
        ordered: list[str] = []
        alone = self.alone(steps)
        for one in self.statements:
            name = one.name or ""
            moves = name in alone and name not in executed
            names = {name} if moves else _constants(one.node)
            unseen = names and names.isdisjoint(listed) and all(map(looks.overlooks, names))
            if (unseen and (moves or not looks.at_annotations)) or looks.overlooks_import(one.node):
                continue
            text = self._of_statement(one, looks, steps)
            (free if moves and not looks.at_order else ordered).append(text)
        documents = [f"{name} {text}" for name, text in sorted(docstrings(self.tree).items())] if looks.at_docs else ()
        return digest(*sorted(free), "", *ordered, "", *documents)

    @property
    def found(self) -> set[str]:
        """The functions and constants that may count though nothing says their names."""
        return self.alone(()).union(*(_constants(one.node) for one in self.statements))

    def alone(self, steps: Collection[str]) -> set[str]:
        """The functions that are the same wherever in the module they are defined."""
        names = Counter(one.name for one in self.statements)
        functions = (one for one in self.statements if one.name and names[one.name] == 1)
        return {str(one.name) for one in functions if _stands_alone(one.node, one.name in steps)}

    def _of_statement(self, one: Statement, looks: Looks, steps: Collection[str]) -> str:
        if one.name in steps:
            return f"step {one.name}"
        return _form(one.node, looks)


class Modules(NamedTuple):
    """Modules, by their paths, and how they count.

    `files` are the full paths, `units` those that count of each; `steps` are the functions of each that are steps and
    pipelines, and nothing else; `foreign` is as `Looks` has it. `ran` are all units that ran, whatever has them; None
    where that isn't known. `listed` are the functions and constants of each that code may find by a name that it makes.
    """

    files: Mapping[str, str]
    units: Mapping[str, Iterable[str]] = MappingProxyType({})
    steps: Mapping[str, Collection[str]] = MappingProxyType({})
    foreign: bool = False
    ran: Mapping[str, Collection[str]] | None = None
    listed: Mapping[str, Collection[str]] = MappingProxyType({})


class Looks:
    """How the code of a project that ran looks at functions: at their docstrings, annotations, order; and at which.

    `foreign` is whether code of other distributions is there, which may look at what it is given.
    """

    def __init__(self, modules: Modules, sources: Mapping[str, Source | None]) -> None:
        self.foreign = modules.foreign
        known = {path: one for path, one in sources.items() if one is not None}
        ran = modules.ran
        found = [one.said(None if ran is None else ran.get(path, ())) for path, one in known.items()]
        words = frozenset().union(*(one[0] for one in found))
        self.said = naming.union(one[1] for one in found)
        self.handed = self.said.handed
        self.at_docs = self.said.reads or not _DOCUMENTS.isdisjoint(words)
        self.at_annotations = self.said.reads or not _ANNOTATIONS.isdisjoint(words)
        self.at_order = not _LISTING.isdisjoint(words)
        self.inner = Hints.ALL if self.at_annotations or self.foreign else Hints.DECORATED
        stems = {path.removesuffix("/__init__.py").removesuffix(".py").rpartition("/")[2] for path in sources}
        given = any(one.aliases.get(name) in stems for one in known.values() for name in self.said.arguments)
        imports = self.foreign and (self.said.gives or not _IMPORTING.isdisjoint(words))
        self.sees_all = self.said.sees_all or given or imports
        self._folders = {os.path.dirname(full) for full in modules.files.values()}  # noqa: PTH120 (speed)

    def overlooks(self, name: str) -> bool:
        """Whether nothing can tell that there is a function or a constant of this name."""
        return not self.sees_all and name not in self.said.names and not name.startswith("__")

    def overlooks_import(self, node: ast.stmt) -> bool:
        """Whether nothing can tell that a module of the standard library is imported."""
        if not isinstance(node, ast.Import) or self.sees_all or "modules" in self.said.names:
            return False
        return all(self._is_unused(alias) for alias in node.names)

    def _is_unused(self, alias: ast.alias) -> bool:
        if alias.name not in sys.stdlib_module_names or (alias.asname or alias.name) in self.said.names:
            return False
        return alias.name not in _WITH_EFFECT and not any(map(self._has, (alias.name, f"{alias.name}.py")))

    def _has(self, name: str) -> bool:
        folders = (importing.project(), *self._folders)
        return any(os.path.exists(f"{folder}/{name}") for folder in folders)  # noqa: PTH110 (speed)

    def annotations_of(self, node: Any) -> bool:
        """Whether something may look at a function's annotations."""
        decorated = not all(map(is_plain, node.decorator_list))
        return self.at_annotations or decorated or (self.foreign and node.name in self.handed)

    def docstring_of(self, node: Any) -> bool:
        """Whether code of another distribution may look at a function's or class's docstring, as tools for language
        models do.
        """
        decorated = not all(map(is_plain, node.decorator_list)) or bool(getattr(node, "bases", ()))
        return self.foreign and (decorated or node.name in self.handed)


def _keeps_body(node: Any) -> bool:
    """Whether defining a function may look into its body."""
    return not all(map(is_plain, node.decorator_list))


def _stands_alone(node: Any, framework: bool) -> bool:
    """Whether a function is the same wherever in its module it is defined; the `framework` decorates it at most."""
    defaults = [*node.args.defaults, *(one for one in node.args.kw_defaults if one is not None)]
    return (framework or not node.decorator_list) and all(isinstance(one, ast.Constant) for one in defaults)


def _constants(node: ast.stmt) -> set[str]:
    """The names to which a statement binds constants, if it does nothing else."""
    if not isinstance(node, (ast.Assign, ast.AnnAssign)) or not _is_literal(node.value):
        return set()
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    hint = node.annotation if isinstance(node, ast.AnnAssign) else None
    names = {one.id for one in targets if isinstance(one, ast.Name)}
    return (
        names if len(names) == len(targets) and (hint is None or isinstance(hint, (ast.Name, ast.Constant))) else set()
    )


def _is_literal(value: ast.expr | None) -> bool:
    return value is not None and all(isinstance(one, _LITERALS) for one in ast.walk(value))


def _form(node: ast.stmt, looks: Looks) -> str:
    """What a statement executes."""
    return _definition(node, looks) if isinstance(node, DEFINITIONS) else form(node, annotations=looks.inner)


def _definition(node: Any, looks: Looks) -> str:
    """What defining a function or class executes."""
    if isinstance(node, _FUNCTIONS):
        whole = not all(map(is_plain, node.decorator_list))
        told = docstring(node) if looks.docstring_of(node) else None
        hints = Hints.ALL if looks.annotations_of(node) else Hints.INNER
        return f"{form(node, body=whole, annotations=hints)}{told or ''}"
    inner = [_form(one, looks) for one in _code(node)]
    told = docstring(node) if looks.docstring_of(node) else None
    return digest(form(node, body=False), told or "", *inner)


def _inside(node: ast.AST) -> Iterator[ast.AST]:
    return (one for one in ast.walk(node) if isinstance(one, DEFINITIONS) and one is not node)


def _code(node: ast.ClassDef) -> Iterator[ast.stmt]:
    for one in node.body:
        if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)):
            yield one


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


def digests(modules: Modules) -> Digests:
    """The digests of modules and of some units of theirs, as their files are now."""
    sources = {path: source(full) for path, full in modules.files.items()}
    looks = Looks(modules, sources)
    found: Digests = {}
    for path, one in sources.items():
        if one is None:
            found[path] = {TOP: f"{BROKEN} {facts.file_digest(modules.files[path])}"}
            continue
        found[path] = {TOP: one.top(looks, modules.steps.get(path, ()), modules.listed.get(path, ()))}
        found[path] |= {name: one.unit(name, looks) for name in sorted(modules.units.get(path, ())) if name != TOP}
    return found


def listed(modules: Modules) -> dict[str, list[str]]:
    """The functions and constants that the code of these modules may find by names that it makes."""
    sources = {path: source(full) for path, full in modules.files.items()}
    if not Looks(modules, sources).said.computed:
        return {}
    return {path: sorted(one.found) for path, one in sources.items() if one is not None}


Digests = dict[str, "dict[str, str | None]"]
"""Of each module's path, its units and their digests."""
