"""Generated Python, read back: what a person may have changed in it, or an older compilation have written."""

from __future__ import annotations

import ast
from collections.abc import Iterator


def codes(text: str) -> dict[str, str]:
    """The digests of code in the calls that make tasks, by the step's entry point.

    They read `step("fit", "run:fit", code="…")`, or `chain("fit_to_test", ["run:fit", …, "--code=…"], …)`.

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
    for listed in (a for a in call.args if isinstance(a, ast.List)):
        texts = [e.value for e in listed.elts if isinstance(e, ast.Constant) and isinstance(e.value, str)]
        for text in texts[1:]:
            if text.startswith("--code="):
                yield texts[0], text.removeprefix("--code=")
