"""The text of a slice: statements cut out of their files and joined."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from zencompile.frontend.closures.modules import Module, Unit
from zencompile.frontend.text.imports import render
from zencompile.frontend.text.plan import Cut, Place, Plan, place_of
from zencompile.frontend.text.rewrite import Positions, Rewriter

Line = cst.SimpleStatementLine | cst.BaseCompoundStatement


class _File(NamedTuple):
    """A parsed file: its top-level statements by the number that the syntax tree gives them."""

    positions: Positions
    statements: dict[int, Line]  # by id of the ast node
    order: dict[int, int]
    indent: str


def join(plan: Plan) -> str:
    """The module's text: imports first, then statements in the order of execution.

    An import that came after a statement with an effect (`os.environ[…] = …`) still does.
    """
    files: dict[Module, _File] = {}
    text = _imports(plan, 0)
    previous: _Piece | None = None
    effects = 0
    for cut in plan.cuts:
        module = cut.unit.module
        if module not in files:
            files[module] = _read(module)
        piece = _piece(plan, cut, files[module])
        if text:
            text += "\n" * (_gap(previous, piece) if previous else 1 + piece.is_definition)
        text += piece.text
        previous = piece
        if cut.unit.effect:
            effects += 1
            more = _imports(plan, effects)
            if more:
                text += "\n" + more
                previous = None
    return text


def _imports(plan: Plan, rank: int) -> str:
    needed = [(item, plan.naming.of(item)) for item, at in plan.needed.items() if at == rank]
    blocks = render(plan.futures if not rank else (), needed)
    return "\n\n".join("\n".join(block) for block in blocks) + "\n" * bool(blocks)


class _Piece(NamedTuple):
    """A statement's text, its number in its file, and the blank lines above it there."""

    text: str
    unit: Unit
    number: int
    is_definition: bool
    blanks: int


def _gap(previous: _Piece, piece: _Piece) -> int:
    """Blank lines: two around definitions, else as they were between neighbours, one at most."""
    if previous.is_definition or piece.is_definition:
        return 2
    together = previous.unit.module is piece.unit.module and piece.number == previous.number + 1
    return min(piece.blanks, 1) if together else 1


@lru_cache(maxsize=4)
def _read(module: Module) -> _File:
    """Parsed once for all the steps of a module."""
    assert module.file is not None
    wrapper = MetadataWrapper(cst.parse_module(module.file.text), unsafe_skip_copy=False)
    positions = wrapper.resolve(PositionProvider)
    tree = wrapper.module
    body = list(tree.body)
    if body and tree.header:
        body[0] = _led(body[0], tree.header)
    statements: dict[int, Line] = {}
    order: dict[int, int] = {}
    for number, (node, line) in enumerate(_pairs(module.tree.body, body)):
        statements[id(node)] = line
        order[id(node)] = number
    return _File(positions, statements, order, tree.default_indent)


def _led(line: Line, header: Sequence[cst.EmptyLine]) -> Line:
    """The first statement with the comments above it, which libcst gives to the file."""
    # A changed node has no position; statements inside keep theirs.
    return line.with_changes(leading_lines=[*header, *line.leading_lines])


def _pairs(nodes: Sequence[ast.stmt], lines: Sequence[cst.BaseStatement]) -> Iterator[tuple[ast.stmt, Line]]:
    """Statements of the syntax tree with their text; also those in the `else` of a test that importing fails."""
    rest = iter(nodes)
    for line in lines:
        if isinstance(line, cst.SimpleStatementLine):
            for i, small in enumerate(line.body):
                single = line.with_changes(
                    body=[small.with_changes(semicolon=cst.MaybeSentinel.DEFAULT)],
                    leading_lines=line.leading_lines if i == 0 else (),
                    trailing_whitespace=line.trailing_whitespace
                    if i == len(line.body) - 1
                    else cst.TrailingWhitespace(),
                )
                yield next(rest), single
        else:
            node = next(rest)
            yield node, line  # type: ignore[misc]
            if isinstance(node, ast.If) and isinstance(line, cst.If):
                yield from _otherwise(node, line)


def _otherwise(node: ast.If, line: cst.If) -> Iterator[tuple[ast.stmt, Line]]:
    if isinstance(line.orelse, cst.If):
        yield node.orelse[0], line.orelse
        if isinstance(node.orelse[0], ast.If):
            yield from _otherwise(node.orelse[0], line.orelse)
    elif line.orelse is not None:
        body = line.orelse.body
        if isinstance(body, cst.IndentedBlock):
            yield from _pairs(node.orelse, body.body)
        else:
            small = [statement for statement in body.body if isinstance(statement, cst.BaseSmallStatement)]
            yield from _pairs(node.orelse, [cst.SimpleStatementLine(small)])


def _piece(plan: Plan, cut: Cut, file: _File) -> _Piece:
    unit = cut.unit
    line = file.statements[id(unit.node)]

    def place(node: ast.expr) -> Place:
        return place_of(unit, node)

    changed = line.visit(Rewriter(plan, cut, file.positions, file.indent, place))
    assert isinstance(changed, (cst.SimpleStatementLine, cst.BaseCompoundStatement))
    comments, blanks = _attached(changed.leading_lines)
    changed = changed.with_changes(leading_lines=comments)
    text = cst.Module([changed]).code
    definition = isinstance(changed, (cst.FunctionDef, cst.ClassDef))
    return _Piece(text, unit, file.order[id(unit.node)], definition, blanks)


def _attached(lines: Sequence[cst.EmptyLine]) -> tuple[list[cst.EmptyLine], int]:
    """The comments directly above a statement, and whether blank lines stand above."""
    blank = [i for i, line in enumerate(lines) if line.comment is None]
    return list(lines[blank[-1] + 1 :] if blank else lines), len(blank)
