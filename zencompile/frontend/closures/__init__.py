"""What code of the project each step reaches, and a digest of it.

`close` is all that others need. A closure is found statically: nothing is imported or executed. What counts is what the
step's process may execute for it: its function with defaults, annotations and decorators (the framework's own left
out), the definitions that these name in any module, every statement that binds or changes them, and what executing the
modules does beyond binding names. Comments, formatting and docstrings that nothing reads don't count.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from zencompile.diagnostics import Report
from zencompile.frontend.closures import absent, docs, known, widen
from zencompile.frontend.closures.distributions import distribution, is_foreign, logs_metadata, reads_context
from zencompile.frontend.closures.edges import Edges
from zencompile.frontend.closures.modules import Module, Unit
from zencompile.frontend.closures.reach import Graph, Reached, roots_of
from zencompile.frontend.closures.resolve import Modules, Resolver, Target
from zencompile.frontend.closures.sources import Sources
from zencompile.ir import Closure
from zencompile.ir import Module as ModuleDigests

_VERSION = b"zencompile code 4\n"


class StepCode(NamedTuple):
    """A step's function (or class) to find the closure of.

    `entrypoint` is "module:qualified name"; `location` the file that defines it, where the module alone doesn't say.
    `roots` are "module:name" of what its process runs besides: hooks and materializers of its configuration.
    """

    entrypoint: str
    location: Path | None = None
    roots: tuple[str, ...] = ()


class Facts(NamedTuple):
    """What is known of a step's code, and its digest."""

    code: str
    closure: Closure


class Closures:
    """Finds closures in one project; what one step taught is remembered for the next."""

    def __init__(self, project: Modules, report: Report) -> None:
        self.resolver = Resolver(project)
        self.graph = Graph(self.resolver)
        self.sources = Sources(self.graph)
        self.report = report
        self._contents: dict[tuple[tuple[Unit, ...], frozenset[Module]], _Content] = {}
        self._files: dict[frozenset[Module], tuple[str, ...]] = {}
        self._shown: set[str] = set()  # units whose use of the context was looked at
        self._results: dict[Unit, list[absent.Call]] = {}  # what assignments call; none of those that were told of

    def reach(self, step: StepCode, materializers: bool = True, by_name: bool = False) -> tuple[Module, Reached] | None:
        """The module of a step and what the step reaches, or None if there is no such module.

        Without `materializers` those that register themselves for a type are left out; `by_name`, what only a look-up
        at run time could reach.
        """
        dotted, _, qualname = step.entrypoint.partition(":")
        module = self.resolver.load(step.location) if step.location else self.resolver.find(dotted)
        if module is None:
            return None
        roots: list[Target] = list(roots_of(self.resolver, module, qualname))
        for root in step.roots:
            owner, _, name = root.partition(":")
            found = self.resolver.find(owner, module)
            roots.extend(roots_of(self.resolver, found, name) if found else ())
        return module, self.graph.reach(module, roots, materializers, by_name)

    def facts(self, step: StepCode) -> Facts:
        """The facts of one step. Notes on what is widened go to the report."""
        found = self.reach(step)
        if found is None:
            return Facts(_digest(step, b""), Closure())
        module, reached = found
        for widening in reached.widened:
            widen.tell(widening, step.entrypoint.partition(":")[2], self.report)
        content = self._content(reached)
        if content.context and not reached.widened:
            self._check_shown(reached.units)
        self._check_absent(reached.units)
        named = self._named(step, reached)
        deployed = self.sources.of(module, step.entrypoint.partition(":")[2], reached)
        closure = Closure.model_construct(
            definitions=content.definitions,
            digests=content.digests,
            files=self._paths(reached.executed),
            imports=content.imports,
            distributions=_in_order({*content.distributions, *self._foreign(step)}),
            variables=content.variables,
            context=content.context,
            metadata=content.metadata,
            unread=named.unread,
            acting=content.acting,
            named=named.definitions if reached.widened else (),
            widened=tuple(dict.fromkeys(w.text for w in reached.widened)),
            sources=deployed.files,
            parts=deployed.parts,
            verbatim=deployed.verbatim,
            places=deployed.places,
        )
        return Facts(_digest(step, named.bytes), closure)

    def _named(self, step: StepCode, reached: Reached) -> _Content:
        """What of a closure the cache key covers: what code names. Of what it may find otherwise counts what runs."""
        found = self.reach(step, by_name=True) if reached.widened else None
        return self._content(reached if found is None else found[1])

    def _check_shown(self, units: Iterable[Unit]) -> None:
        """Tell what code reads of its step's context and can't have."""
        from zencompile.frontend.closures import shown

        for unit in units:
            if unit.key not in self._shown and any(map(reads_context, self.graph.edges(unit).externals)):
                self._shown.add(unit.key)
                shown.check(unit, self.report)

    def _check_absent(self, units: Sequence[Unit]) -> None:
        """Tell which results of steps code uses that were called at the top level of a module."""
        for unit in units:
            if unit not in self._results:
                self._results[unit] = absent.calls(unit, self.graph)
            if self._results[unit] and absent.check(unit, self._results[unit][0], units, self.graph, self.report):
                self._results[unit] = []

    def modules(self, paths: Iterable[str]) -> dict[str, ModuleDigests]:
        """The digests of the parts of modules, by the paths of their files, for all steps that were asked for."""
        found = {}
        for path in sorted(paths):
            source = self.sources.of_file(path)
            parts = source.parts | self.sources.documented(path)
            found[path] = ModuleDigests.model_construct(separate=tuple(sorted(source.kinds)), parts=parts)
        return found

    def files(self, paths: Iterable[str]) -> dict[str, str]:
        """The SHA-256 of the files of modules."""
        files = {path: self.sources.of_file(path).module.file for path in sorted(paths)}
        return {path: file.digest for path, file in files.items() if file is not None}

    def _foreign(self, step: StepCode) -> Iterator[str]:
        """The distributions of what the step's process runs besides that is not the project's."""
        for root in step.roots:
            owner = root.partition(":")[0]
            if is_foreign(owner) and self.resolver.find(owner) is None:
                yield distribution(owner)

    def _content(self, reached: Reached) -> _Content:
        """What a closure holds. Steps that may reach the whole project share it."""
        key = (reached.units, reached.executed)
        known = self._contents.get(key)
        if known is None:
            known = self._contents[key] = _content(reached, self.graph)
        return known

    def _paths(self, modules: frozenset[Module]) -> tuple[str, ...]:
        known = self._files.get(modules)
        if known is None:
            known = self._files[modules] = tuple(sorted(m.path for m in modules if m.file is not None))
        return known


class _Content(NamedTuple):
    """What of a closure goes into the digest, and what it is called."""

    bytes: bytes
    definitions: tuple[str, ...]
    digests: tuple[str, ...]
    imports: tuple[str, ...]
    distributions: tuple[str, ...]
    variables: tuple[str, ...]
    context: bool
    metadata: bool
    unread: bool
    acting: bool


def _content(reached: Reached, graph: Graph) -> _Content:
    units = reached.units
    edges = [graph.edges(unit) for unit in units]
    texts: list[str] = []
    if any(e.reads_text for e in edges):
        texts = sorted({unit.module.file.digest for unit in units if unit.module.file})
    foreign = [path for path in reached.externals if is_foreign(path)]
    read = docs.read(units, graph, bool(foreign))
    documents = sorted(read.docs)
    hints = sorted(f"{key} {len(text)} {text}" for key, text in read.hints)
    orders = [f"{module.path} {graph.order(module)}" for module in reached.executed if graph.order(module)]
    acting = (
        not all(map(graph.inert.holds, reached.executed))
        or any(map(_is_registry, reached.externals))
        or any("__subclasses__" in unit.says.names for unit in units)
    )
    asked = {module.path: graph.inert.annotations(module) for module in reached.executed} if acting else {}
    evaluated = sorted(f"{path} {forms}" for path, forms in asked.items() if forms)
    lines = [
        f"{acting} {bool(reached.widened)}",
        *evaluated,
        *(f"{key} {path} {len(doc)} {doc}" for key, path, doc in documents),
        "",
        *texts,
        "",
        *hints,
        "",
        *sorted(orders),
        "",
        *sorted(graph.ways(reached)),
    ]
    definitions = _definitions(units, edges, documents)
    return _Content(
        "\n".join(lines).encode("utf-8", "surrogatepass") + b"\0" + b"".join(e.identity for e in edges),
        tuple(definitions),
        tuple(definitions.values()),
        tuple(sorted({path.partition(".")[0] for path in foreign})),
        _in_order({distribution(path) for path in foreign}),
        tuple(sorted({name for edge in edges for name in edge.variables})),
        any(map(reads_context, reached.externals)),
        any(map(logs_metadata, reached.externals)),
        read.unread,
        acting,
    )


def _is_registry(path: str) -> bool:
    """Whether code sees what is imported, or what loggers there are."""
    return any(path == one or path.startswith(f"{one}.") for one in known.REGISTRIES)


def _definitions(units: Iterable[Unit], edges: Iterable[Edges], docs: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """A short digest of each definition, sorted by name: of its statements, and of its docstrings if they count."""
    found: dict[str, list[bytes]] = {}
    texts: dict[str, str] = {}
    for key, path, text in docs:
        texts[key] = f"{texts.get(key, '')}{path} {len(text)} {text}\n"
    for unit, edge in zip(units, edges, strict=True):
        text = texts.get(unit.key, "")
        for name in unit.definitions:
            found.setdefault(name, []).append(edge.identity + text.encode("utf-8", "surrogatepass"))
    return {name: _short(parts) for name, parts in sorted(found.items())}


def _short(parts: list[bytes]) -> str:
    only = len(parts) == 1 and len(parts[0]) == hashlib.sha256().digest_size
    return (parts[0] if only else hashlib.sha256(b"".join(parts)).digest())[:6].hex()


def close(project: Modules, steps: Iterable[StepCode], report: Report) -> dict[str, Facts]:
    """The facts of every step, by its entrypoint."""
    closures = Closures(project, report)
    return {step.entrypoint: closures.facts(step) for step in steps}


def _in_order(distributions: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(distributions, key=lambda name: (name.lower(), name)))


def _digest(step: StepCode, content: bytes) -> str:
    """SHA-256 over what a step is and what it reaches."""
    head = "\n".join([step.entrypoint.partition(":")[2], *sorted(step.roots), "", ""])
    return hashlib.sha256(_VERSION + head.encode("utf-8", "surrogatepass") + content).hexdigest()


__all__ = ["Closures", "Facts", "StepCode", "close"]
