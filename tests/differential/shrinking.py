"""Making a program that shows a fault smaller, as long as it shows the same fault."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice

from programs import Program

Shows = Callable[[Program], bool]
Edit = Callable[[], object]
DEPTH = 4


def shrink(program: Program, shows: Shows, tries: int = 400) -> Program:
    """The smallest program found that still `shows` the fault, without files, statements and parts of expressions."""
    budget = _Budget(shows, tries)
    smaller = _without_files(program, budget)
    while not budget.spent:
        before = smaller
        for depth in range(DEPTH):
            smaller = _without_statements(smaller, depth, budget)
        smaller = _without_files(smaller, budget)
        for name in smaller.files:
            smaller = _with_smaller_expressions(smaller, name, budget)
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


def _without_statements(program: Program, depth: int, budget: _Budget) -> Program:
    """Remove statements that stand so deep: runs of them, from the half of all down to single ones, the last first."""
    size = max(1, len(_bodies(program, depth)) // 2)
    while not budget.spent:
        end = len(_bodies(program, depth))
        while end > 0 and not budget.spent:
            smaller = _removed(program, depth, end - size, end)
            if smaller != program and _compiles(smaller) and budget.holds(smaller):
                program = smaller
            end -= size
        if size == 1:
            break
        size //= 2
    return program


def _bodies(program: Program, depth: int) -> list[ast.stmt]:
    return [statement for text in program.files.values() for _, statement in _statements(ast.parse(text), depth)]


def _removed(program: Program, depth: int, start: int, end: int) -> Program:
    """Without the statements of these numbers, counted over all files."""
    files = {}
    number = 0
    for name, text in program.files.items():
        tree = ast.parse(text)
        found = list(_statements(tree, depth))
        doomed = [pair for index, pair in enumerate(found, number) if start <= index < end]
        number += len(found)
        for body, statement in doomed:
            body.remove(statement)
            if not body and body is not tree.body:
                body.append(ast.Pass())
        files[name] = ast.unparse(tree) + "\n" if doomed else text
    return Program(program.seed, files, program.raises)


def _statements(node: ast.AST, depth: int) -> Iterator[tuple[list[ast.stmt], ast.stmt]]:
    """The statements that are nested so deep, each with the list that holds it; a lone `pass` can't go."""
    for body in _lists(node):
        for statement in body:
            if depth:
                yield from _statements(statement, depth - 1)
            elif not (isinstance(statement, ast.Pass) and len(body) == 1):
                yield body, statement


def _lists(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        body = getattr(node, name, None)
        if isinstance(body, list):
            yield body
    for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        yield part.body


def _with_smaller_expressions(program: Program, name: str, budget: _Budget) -> Program:
    """Try each edit of a file's expressions. After one that keeps the fault, positions are counted anew."""
    position = 0
    while not budget.spent:
        tree = ast.parse(program.files[name])
        edit = next(islice(_expressions(tree), position, None), None)
        if edit is None:
            break
        edit()
        smaller = program.with_file(name, ast.unparse(ast.fix_missing_locations(tree)) + "\n")
        if smaller != program and _compiles(smaller) and budget.holds(smaller):
            program = smaller
        else:
            position += 1
    return program


def _compiles(program: Program) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            for name, text in program.files.items():
                compile(text, name, "exec")
        except (SyntaxError, ValueError):
            return False
    return True


def _expressions(tree: ast.Module) -> Iterator[Edit]:
    """Elements of displays and arguments removed, a part in place of the whole, a number in place of anything."""
    for node in ast.walk(tree):
        for name, value in ast.iter_fields(node):
            if isinstance(value, list) and len(value) > 1:
                for index, item in enumerate(value):
                    if isinstance(item, (ast.expr, ast.alias)):
                        yield partial(value.pop, index)
            elif isinstance(value, ast.expr) and not isinstance(value, (ast.Constant, ast.Name)):
                yield partial(setattr, node, name, ast.Constant(1))
                for part in [child for child in ast.iter_child_nodes(value) if isinstance(child, ast.expr)][:3]:
                    yield partial(setattr, node, name, part)
