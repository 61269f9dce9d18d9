"""Making a program that shows a fault smaller, as long as it shows the same fault."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Iterator

from programs import Program

Shows = Callable[[Program], bool]
Edit = Callable[[ast.Module], bool]


def shrink(program: Program, shows: Shows, tries: int = 400) -> Program:
    """The smallest program found that still `shows` the fault, without files, statements and parts of expressions."""
    budget = _Budget(shows, tries)
    smaller = _without_files(program, budget)
    while not budget.spent:
        before = smaller
        for name in list(smaller.files):
            for edits in (_statements, _expressions):
                smaller = _edited(smaller, name, edits, budget)
        smaller = _without_files(smaller, budget)
        if smaller == before:
            break
    return smaller


class _Budget:
    """Asks whether a program shows the fault, so many times."""

    def __init__(self, shows: Shows, tries: int) -> None:
        self._shows = shows
        self._left = tries

    @property
    def spent(self) -> bool:
        return self._left <= 0

    def holds(self, program: Program) -> bool:
        if self.spent:
            return False
        self._left -= 1
        return self._shows(program)


def _without_files(program: Program, budget: _Budget) -> Program:
    for name in [name for name in program.files if name != "run.py"]:
        smaller = Program(program.seed, {n: t for n, t in program.files.items() if n != name}, program.raises)
        if budget.holds(smaller):
            program = smaller
    return program


def _edited(program: Program, name: str, edits: Callable[[ast.Module], Iterator[Edit]], budget: _Budget) -> Program:
    """Try each edit of a file; those that keep the fault stay. After one that stays, positions are counted anew."""
    position = 0
    while not budget.spent:
        tree = ast.parse(program.files[name])
        edit = next((e for index, e in enumerate(edits(tree)) if index == position), None)
        if edit is None:
            break
        smaller = (
            program.with_file(name, ast.unparse(ast.fix_missing_locations(tree)) + "\n") if edit(tree) else program
        )
        if smaller != program and _compiles(smaller.files[name]) and budget.holds(smaller):
            program = smaller
        else:
            position += 1
    return program


def _compiles(text: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(text, "program", "exec")
        except (SyntaxError, ValueError):
            return False
    return True


def _bodies(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            body = getattr(node, name, None)
            if isinstance(body, list) and body and isinstance(body[0], ast.stmt):
                yield body


def _statements(tree: ast.Module) -> Iterator[Edit]:
    """Halves of each body, then single statements from the end, then a compound statement's body in its place."""
    for body in _bodies(tree):
        if len(body) > 3:
            middle = len(body) // 2
            yield _removal(body, middle, len(body))
            yield _removal(body, 0, middle)
        for index in reversed(range(len(body))):
            yield _removal(body, index, index + 1)
        for index, statement in enumerate(body):
            if isinstance(statement, (ast.If, ast.For, ast.While, ast.With, ast.Try)):
                yield _replacement(body, index, statement.body)


def _removal(body: list[ast.stmt], start: int, end: int) -> Edit:
    def edit(_: ast.Module) -> bool:
        if len(body) == end - start:
            if isinstance(body[0], ast.Pass) and len(body) == 1:
                return False
            body[:] = [ast.Pass()]
        else:
            del body[start:end]
        return True

    return edit


def _replacement(body: list[ast.stmt], index: int, inner: list[ast.stmt]) -> Edit:
    def edit(_: ast.Module) -> bool:
        body[index : index + 1] = inner
        return True

    return edit


def _expressions(tree: ast.Module) -> Iterator[Edit]:
    """Elements of displays and arguments removed, a part in place of the whole, a number in place of anything."""
    for node in ast.walk(tree):
        for name, value in ast.iter_fields(node):
            if isinstance(value, list):
                yield from (
                    _element_removal(value, index)
                    for index, item in enumerate(value)
                    if isinstance(item, (ast.expr, ast.alias)) and len(value) > 1
                )
            elif isinstance(value, ast.expr) and not isinstance(value, (ast.Constant, ast.Name)):
                for part in [child for child in ast.iter_child_nodes(value) if isinstance(child, ast.expr)][:3]:
                    yield _part(node, name, part)
                yield _part(node, name, ast.Constant(1))


def _element_removal(values: list[ast.AST], index: int) -> Edit:
    def edit(_: ast.Module) -> bool:
        del values[index]
        return True

    return edit


def _part(node: ast.AST, name: str, part: ast.expr) -> Edit:
    def edit(_: ast.Module) -> bool:
        setattr(node, name, part)
        return True

    return edit
