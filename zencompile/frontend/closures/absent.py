"""What a call of a step or a pipeline gives at the top level of a module, where a step's code uses it.

ZenML runs such a call when the module is imported; here importing a module runs nothing, and no process has the result.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from zencompile.diagnostics import Label, Report
from zencompile.frontend.closures import names
from zencompile.frontend.closures.modules import Unit
from zencompile.frontend.closures.reach import Graph
from zencompile.frontend.closures.resolve import Name
from zencompile.frontend.syntax import header_span, span_of
from zencompile.source import Span

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_OPTIONS = ("with_options", "configure")
_RUN_NOTHING = frozenset({*_OPTIONS, "copy", "entrypoint", "call_entrypoint", "prepare"})
"""What is called of a step or a pipeline and gives no result of a run: itself, or what its plain function gives."""


class Call(NamedTuple):
    """A call of a "step" or a "pipeline", by the name of its definition."""

    node: ast.Call
    kind: str
    name: str


def calls(unit: Unit, graph: Graph) -> list[Call]:
    """The calls of steps and pipelines that an assignment runs."""
    node = unit.node
    if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
        return []
    called = ((call, _called(call.func, unit, graph)) for call in _run_at_once(node.value))
    return [Call(call, *found) for call, found in called if found is not None]


def check(unit: Unit, call: Call, units: Iterable[Unit], graph: Graph, report: Report) -> bool:
    """Report the call of an assignment, if a definition among the units of a step's closure reads what it binds."""
    bound = {Name(unit.module, name) for name in unit.binds}
    readers = (one for one in units if isinstance(one.node, _DEFINITIONS))
    reader = next((one for one in readers if not bound.isdisjoint(graph.edges(one).targets)), None)
    place = None if reader is None else _span(reader.node, reader)
    if place is None:
        return False
    report.error(
        "ZC0416",
        f"a step uses `{', '.join(unit.binds)}`, which the {call.kind} `{call.name}` gives when its module is imported",
        _span(call.node, unit),
        label="importing the module runs no step",
        labels=[Label(place, "used in here")],
        helps="call the step in the pipeline and hand its output on, or call a plain function here",
    )
    return True


def _span(node: ast.AST, unit: Unit) -> Span | None:
    file = unit.module.file
    if file is None:
        return None
    lines = file.text.split("\n")
    return header_span(node, file.path, lines) if isinstance(node, ast.stmt) else span_of(node, file.path, lines)


def _run_at_once(node: ast.expr) -> Iterator[ast.Call]:
    """The calls in an expression that happen when it is evaluated."""
    if isinstance(node, ast.Lambda):
        return
    if isinstance(node, ast.Call):
        yield node
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.expr):
            yield from _run_at_once(inner)


def _called(function: ast.expr, unit: Unit, graph: Graph) -> tuple[str, str] | None:
    """Whether a function is a "step" or a "pipeline" of the project, and its name."""
    while (
        isinstance(function, ast.Call) and isinstance(function.func, ast.Attribute) and function.func.attr in _OPTIONS
    ):
        function = function.func.value
    if isinstance(function, ast.Attribute) and function.attr in _RUN_NOTHING:
        return None
    chain = names.chain(function)
    targets = graph.resolver.chain(unit.module, *chain) if chain is not None else []
    found = (_decorated(one, graph) for t in targets if isinstance(t, Name) for one in t.module.group(t.name))
    return next((one for one in found if one is not None), None)


def _decorated(unit: Unit, graph: Graph) -> tuple[str, str] | None:
    node = unit.node
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return None
    kinds = (graph.resolver.framework(unit.module, one) for one in node.decorator_list)
    return next(((kind, node.name) for kind in kinds if kind in ("step", "pipeline")), None)
