"""What is deployed for a step: every module that its process can import, and which parts of each count for it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

from zencompile.frontend.closures import docs, names
from zencompile.frontend.closures.modules import Module, Unit
from zencompile.frontend.closures.places import Places
from zencompile.frontend.closures.reach import Graph, Reached
from zencompile.frontend.libraries import is_stdlib
from zencompile_runtime import deployed
from zencompile_runtime.deployed import DOCUMENTED, ORDER, Statement

_STARTED = frozenset({"sitecustomize", "usercustomize"})
"""Modules that Python imports when it starts."""


class Deployed(NamedTuple):
    """What is deployed for a step.

    `files` and `parts` are those of `deployed.Included`, `places` the constant texts of all that counts which name
    files or folders of the project.
    """

    files: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    verbatim: bool = False
    places: tuple[str, ...] = ()


class Source:
    """A module as a list of statements; what is asked of it is made once."""

    def __init__(self, module: Module, graph: Graph) -> None:
        self.module = module
        self.statements = module.statements
        self._graph = graph

    @cached_property
    def kinds(self) -> dict[str, str]:
        """Which of its functions are steps and pipelines, as far as nothing but the framework decorates them."""
        found: dict[str, str] = {}
        for one in self.statements:
            decorators = getattr(one.node, "decorator_list", ()) if one.name else ()
            kinds = {self._graph.resolver.framework(self.module, d) for d in decorators}
            if one.name and len(kinds) == 1 and kinds <= {"step", "pipeline"}:
                kind = kinds.pop()
                found[one.name] = kind if found.get(one.name, kind) == kind else "step"
        return found

    @cached_property
    def parts(self) -> dict[str, str]:
        """The digests of its parts."""
        return deployed.parts(self.statements, self.kinds)

    @cached_property
    def docstrings(self) -> dict[str, str]:
        return deployed.docstrings(self.module.tree)

    @cached_property
    def rest(self) -> frozenset[str]:
        """The words of what counts for everybody, but for imports and `__all__`: these name steps to hand them on."""
        found: set[str] = set()
        for one in self.statements:
            if isinstance(one.node, (ast.Import, ast.ImportFrom)) or _is_exports(one.node):
                continue
            head, body = one.names
            found |= head - {one.name or ""} if one.name else head
            if one.name not in self.kinds:
                found |= body
        return frozenset(found)

    @cached_property
    def bodies(self) -> dict[str, list[Statement]]:
        """The step functions by their names."""
        found: dict[str, list[Statement]] = {}
        for one in self.statements:
            if one.name and self.kinds.get(one.name) == "step":
                found.setdefault(one.name, []).append(one)
        return found

    @cached_property
    def texts(self) -> frozenset[str]:
        """The constant texts of what counts for everybody."""
        found: set[str] = set()
        for one in self.statements:
            found |= deployed.texts(one.head)
            if one.name not in self.kinds:
                found |= deployed.texts(one.body)
        return frozenset(found)

    @cached_property
    def reads_itself(self) -> bool:
        return any(deployed.reads_itself(text) for one in self.statements for text in (one.head, one.body))

    @cached_property
    def inner(self) -> list[Module]:
        """The modules that its functions and blocks import."""
        found: list[Module] = []
        for one in self.statements:
            if one.name is None and isinstance(one.node, (ast.Import, ast.ImportFrom)):
                continue
            if "(Import" in one.head or "(Import" in one.body:
                for node in ast.walk(one.node):
                    if isinstance(node, (ast.Import, ast.ImportFrom)):
                        for target in names.executed(node):
                            found.extend(self._graph.resolver.loaded(self.module, target))
        return found


class _Whole(NamedTuple):
    """Modules that can be imported together, and what they say."""

    modules: tuple[Module, ...]
    files: tuple[str, ...]
    words: frozenset[str]
    aliases: dict[str, set[str]]
    steps: dict[str, list[tuple[Source, str]]]
    named: tuple[tuple[Source, str], ...]
    places: frozenset[str]


class Sources:
    """What is deployed for the steps of one project."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._sources: dict[Module, Source] = {}
        self._wholes: dict[frozenset[Module], _Whole] = {}
        self._by_path: dict[str, Source] = {}
        self._read: dict[str, dict[str, str]] = {}  # the docstrings that count, by file
        self._named_places = Places(graph.resolver)

    def of(self, module: Module, qualname: str, reached: Reached) -> Deployed:
        """What is deployed for the step `qualname` of a module, that reaches this code."""
        texts, words = self._said(reached)
        named = self._named_places.modules(texts, words, module)
        whole = self._whole(frozenset((*reached.executed, module, *named)))
        included = self._included(whole, module, qualname.partition(".")[0], bool(reached.widened))
        parts = [f"{source.module.path}#{name}" for source, name in included]
        parts += [f"{path}#{ORDER}" for path in whole.files] if reached.widened else []
        parts += self._documented(whole, reached, words)
        parts = sorted(dict.fromkeys(parts))
        verbatim = any(self.graph.edges(unit).reads_text for unit in reached.units)
        verbatim = verbatim or any(self._source(one).reads_itself for one in whole.modules)
        places = whole.places.union(*(self._places_of(source, name) for source, name in included))
        places |= {one.path for one in named}
        places |= set(self._named_places.patterns(texts, words))
        return Deployed(whole.files, tuple(parts), verbatim, tuple(sorted(places)))

    def _said(self, reached: Reached) -> tuple[set[str], set[str]]:
        """The constant texts and the words of the code that a step reaches."""
        texts: set[str] = set()
        words: set[str] = set()
        for unit in reached.units:
            statement = unit.module.statement(unit.node)
            texts |= statement.texts
            words.update(*statement.names)
        words.update(part for path in reached.externals for part in path.split("."))
        return texts, words

    def of_file(self, path: str) -> Source:
        """A module that a step was found to be able to import."""
        return self._by_path[path]

    def documented(self, path: str) -> dict[str, str]:
        """The docstrings of a file that count for some step."""
        return self._read.get(path, {})

    def _source(self, module: Module) -> Source:
        known = self._sources.get(module)
        if known is None:
            known = self._sources[module] = self._by_path[module.path] = Source(module, self.graph)
        return known

    def _whole(self, executed: frozenset[Module]) -> _Whole:
        known = self._wholes.get(executed)
        if known is None:
            made = self._made(self._importable(executed))
            known = self._wholes[executed] = made._replace(named=tuple(self._named(made, made.words)))
        return known

    def _importable(self, executed: Iterable[Module]) -> list[Module]:
        """The modules that these can import, wherever in their code they do so; folders without a file left out."""
        found: set[Module] = set()
        todo = [*executed, *self._always]
        while todo:
            module = todo.pop()
            if module not in found:
                found.add(module)
                todo.extend(self.graph.resolver.executed(module))
                todo.extend(self._source(module).inner)
        return sorted((one for one in found if one.file is not None), key=lambda one: one.path)

    def _made(self, modules: list[Module]) -> _Whole:
        sources = [self._source(module) for module in modules]
        aliases: dict[str, set[str]] = {}
        steps: dict[str, list[tuple[Source, str]]] = {}
        for source in sources:
            for name, targets in source.module.aliases.items():
                aliases.setdefault(name, set()).update(t.name for t in targets if t.name and t.name != name)
            for name in source.bodies:
                steps.setdefault(name, []).append((source, name))
        files = tuple(module.path for module in modules)
        return _Whole(
            tuple(modules),
            files,
            frozenset().union(*(source.rest for source in sources)),
            {name: found for name, found in aliases.items() if found},
            steps,
            (),
            frozenset().union(*(self._named_places.places(source.texts) for source in sources)),
        )

    def _included(self, whole: _Whole, module: Module, name: str, everything: bool) -> list[tuple[Source, str]]:
        """The step functions whose bodies count: the step's own, and those that code which counts names."""
        if everything:
            return [one for found in whole.steps.values() for one in found]
        own = self._source(module)
        todo = [(own, name)] if name in own.bodies else []
        todo += whole.named
        included: list[tuple[Source, str]] = []
        while todo:
            source, one = todo.pop()
            if (source, one) in included:
                continue
            included.append((source, one))
            for statement in source.bodies[one]:
                todo.extend(self._named(whole, statement.names[1]))
        return included

    def _named(self, whole: _Whole, words: frozenset[str]) -> Iterator[tuple[Source, str]]:
        """The steps that these words may name."""
        for word in words & whole.steps.keys():
            yield from whole.steps[word]
        for word in words & whole.aliases.keys():
            for name in whole.aliases[word] & whole.steps.keys():
                yield from whole.steps[name]

    def _documented(self, whole: _Whole, reached: Reached, words: set[str]) -> Iterator[str]:
        """The docstrings that something can read."""
        for module in whole.modules:
            source = self._source(module)
            if "__doc__" in source.rest or "__doc__" in words:
                yield self._documents(source, DOCUMENTED)
            if "doctest" in words:
                yield from (self._documents(source, part) for part in source.docstrings)
        read = docs.readable(reached.units, self.graph)
        if not read:
            return
        units: dict[str, list[Unit]] = {}
        for unit in reached.units:
            units.setdefault(unit.key, []).append(unit)
        for key, path, _ in read:
            for unit in units[key]:
                named = {path.rpartition(".")[2]} if path else set(unit.binds)
                source = self._source(unit.module)
                for part in source.docstrings:
                    if part.removesuffix(DOCUMENTED).rpartition(".")[2] in named:
                        yield self._documents(source, part)

    def _documents(self, source: Source, part: str) -> str:
        path = source.module.path
        if part in source.docstrings:
            self._read.setdefault(path, {})[part] = source.docstrings[part]
        return f"{path}#{part}"

    def _places_of(self, source: Source, name: str) -> Iterator[str]:
        for statement in source.bodies[name]:
            yield from self._named_places.places(deployed.texts(statement.body))

    @cached_property
    def _always(self) -> list[Module]:
        """Modules at the project's top that are imported though nothing names them: by Python when it starts, and by
        the standard library, before which the project stands on the path.
        """
        project = self.graph.resolver.project
        found: list[Module] = []
        for name, is_folder in sorted(project.disk.entries(project.root).items()):
            module = name if is_folder else name.removesuffix(".py")
            if module in _STARTED or (is_stdlib(module) and not module.startswith("_")):
                inside = project.root / name / "__init__.py" if is_folder else project.root / f"{module}.py"
                loaded = self.graph.resolver.load_quietly(inside) if project.disk.is_file(inside) else None
                found += [loaded] if loaded is not None else []
        return found


def _is_exports(node: ast.stmt) -> bool:
    """Whether a statement says what a star import takes."""
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return all(isinstance(one, ast.Name) and one.id == "__all__" for one in targets)
