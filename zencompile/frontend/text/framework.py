"""What of the framework a slice leaves out: decorators, the base of class-based steps, artifact configurations."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from zencompile.frontend.closures.modules import Unit
from zencompile.frontend.closures.names import chain
from zencompile.frontend.closures.resolve import External, Resolver
from zencompile.frontend.project import FRAMEWORKS

_BASES = frozenset({"BaseStep"})


@dataclass
class Stripped:
    """Nodes whose text goes: decorators, bases, and elements of `Annotated` with what stands for them (None: nothing).

    `nodes` are the ids of all nodes inside, whose names are not used any more.
    """

    decorators: list[ast.expr] = field(default_factory=list)
    bases: list[ast.expr] = field(default_factory=list)
    metadata: list[tuple[ast.expr, str | None]] = field(default_factory=list)
    nodes: set[int] = field(default_factory=set)


def strip(unit: Unit, resolver: Resolver) -> Stripped:
    """What goes of a statement."""
    stripped = Stripped()
    for node in ast.walk(unit.node):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            stripped.decorators.extend(d for d in node.decorator_list if not unit.module.keep(d))
        if isinstance(node, ast.ClassDef):
            stripped.bases.extend(b for b in node.bases if _last(b, unit, resolver) in _BASES)
        elif isinstance(node, ast.Subscript) and _is_annotated(node):
            _metadata(node, unit, resolver, stripped)
    for gone in (*stripped.bases, *(element for element, _ in stripped.metadata)):
        stripped.nodes.update(id(inner) for inner in ast.walk(gone))
    return stripped


def _metadata(node: ast.Subscript, unit: Unit, resolver: Resolver, stripped: Stripped) -> None:
    """`Annotated[T, ArtifactConfig(name="x")]` is `Annotated[T, "x"]`; one that says nothing else is `T`."""
    elements = list(_elements(node))[1:]
    ours = [e for e in elements if _last(e.func if isinstance(e, ast.Call) else e, unit, resolver)]
    kept = [(element, _name(element)) for element in ours]
    stripped.metadata.extend(kept)
    if len(ours) == len(elements) and not any(name for _, name in kept):
        stripped.nodes.update(id(inner) for inner in ast.walk(node.value))


def _name(node: ast.expr) -> str | None:
    """The output's name in `ArtifactConfig("x")` or `ArtifactConfig(name="x")`."""
    if not isinstance(node, ast.Call):
        return None
    given = [*node.args[:1], *(k.value for k in node.keywords if k.arg == "name")]
    texts = [g.value for g in given if isinstance(g, ast.Constant) and isinstance(g.value, str)]
    return texts[0] if texts else None


def _is_annotated(node: ast.Subscript) -> bool:
    found = chain(node.value)
    return found is not None and (found[1] or (found[0],))[-1] == "Annotated" and isinstance(node.slice, ast.Tuple)


def _elements(node: ast.Subscript) -> Iterator[ast.expr]:
    if isinstance(node.slice, ast.Tuple):
        yield from node.slice.elts


def _last(node: ast.expr, unit: Unit, resolver: Resolver) -> str:
    """The last name of a path into the framework, else an empty text."""
    found = chain(node)
    for target in resolver.chain(unit.module, *found) if found else ():
        if isinstance(target, External) and target.path.partition(".")[0] in FRAMEWORKS:
            return target.path.rpartition(".")[2]
    return ""
