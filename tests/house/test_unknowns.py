"""No model answers with the unknown value that it met.

A value that only running knows is one of the unknown: answered with, it would be handed on as the result.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

FRONTEND = Path(__file__).resolve().parents[2] / "zencompile" / "frontend"
IS_THE_RESULT = {
    "values/classes.py:index",  # what `__index__` gave
    "values/classes.py:compare",  # a truth
    "values/enums.py:compare",
    "values/text.py:checked",  # what `__str__` gave
    "prelude/builtins/objects.py:_hasattr",  # the attribute itself is unknown
    "prelude/data.py:_content",  # what is read next
    "prelude/host_objects.py:shown",
    "prelude/places.py:as_path_text",
    "evaluator/comprehensions.py:generator",  # forgotten before
    "evaluator/expressions.py:slice_",
    "evaluator/imports.py:_member",  # a module that can't be read
}
"""Functions that look at a value and give it back as it is."""


def _asked(test: ast.expr) -> set[str]:
    """The names of which a test asks whether they are Unknown."""
    return {
        node.args[0].id
        for node in ast.walk(test)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "isinstance"
        and isinstance(node.args[0], ast.Name)
        and any(isinstance(one, ast.Name) and one.id == "Unknown" for one in ast.walk(node.args[1]))
    }


def _answers(function: ast.AST) -> Iterator[int]:
    for node in ast.walk(function):
        if isinstance(node, ast.If):
            names = _asked(node.test)
            for one in node.body:
                if isinstance(one, ast.Return) and isinstance(one.value, ast.Name) and one.value.id in names:
                    yield one.lineno
        elif isinstance(node, ast.Return) and isinstance(node.value, ast.IfExp):
            chosen = node.value.body
            if isinstance(chosen, ast.Name) and chosen.id in _asked(node.value.test):
                yield node.lineno


def test_what_is_unknown_is_not_answered_with() -> None:
    """`return value` behind `isinstance(value, Unknown)` is `return value.forgotten()`."""
    found = set()
    for folder in ("values", "prelude", "evaluator"):
        for path in sorted((FRONTEND / folder).rglob("*.py")):
            tree = ast.parse(path.read_text("utf-8"))
            for function in ast.walk(tree):
                if isinstance(function, ast.FunctionDef) and any(_answers(function)):
                    found.add(f"{path.relative_to(FRONTEND).as_posix()}:{function.name}")
    assert found == IS_THE_RESULT
