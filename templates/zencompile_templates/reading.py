"""Generated Python, read back: what a person may have changed in it, or an older compilation have written."""

from __future__ import annotations

import ast
from collections.abc import Iterator


def codes(text: str) -> dict[str, str]:
    """The digests of code in the calls that make tasks, `step("fit", "run:fit", code="…")`, by the step's entry point.

    Nothing where the text is no Python any more.
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return {}
    return dict(pair for node in ast.walk(tree) if isinstance(node, ast.Call) for pair in _code(node))


def _code(call: ast.Call) -> Iterator[tuple[str, str]]:
    words = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    for keyword in call.keywords:
        if keyword.arg == "code" and isinstance(keyword.value, ast.Constant) and len(words) > 1:
            yield words[1], str(keyword.value.value)
