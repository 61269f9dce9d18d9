"""What a module's code says, unit by unit: what it imports, and whether it asks for what no later run can be given.

Of libraries that a process had before a step only its code tells that the step needs them; and nothing tells that a
function in C looked at the clock. So this errs to the careful side: a word is enough.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from zencompile_runtime.observing.units import definitions

VERSION = 2
"""Changes with what is kept of a module."""

ANY = "*"
"""Stands among the imports of code that may import what it doesn't name."""
CLOCK = "*clock"
RANDOM = "*random"
SEED = "*seed"

_DYNAMIC = frozenset({"import_module", "__import__", "modules", "find_spec", "exec", "eval", "load_module"})
_CLOCKS = """
    now today utcnow time_ns perf_counter perf_counter_ns monotonic monotonic_ns process_time localtime gmtime ctime
"""
_CHANCES = """
    random randint randrange uniform shuffle sample choice choices gauss normal rand randn uuid1 uuid4 urandom
    token_hex token_bytes token_urlsafe randbelow SystemRandom default_rng Random permutation
"""
_SEEDS = frozenset({"seed", "random_state", "manual_seed", "seed_everything", "set_seed", "PRNGKey"})
_WORDS = {
    **dict.fromkeys(_DYNAMIC, ANY),
    **dict.fromkeys(_CLOCKS.split(), CLOCK),
    **dict.fromkeys(_CHANCES.split(), RANDOM),
    **dict.fromkeys(_SEEDS, SEED),
}
_SEEDED = frozenset({"default_rng", "Random", "RandomState"})  # by their argument


def found(words: Iterable[str]) -> set[str]:
    """What of `Seen.unobservable` some words stand for."""
    said = set(words)
    clock = {"clock"} if CLOCK in said else set()
    return clock | ({"random"} if RANDOM in said and SEED not in said else set())


def imports_of(tree: ast.Module) -> dict[str, list[str]]:
    """What each unit of a module imports, and under "" what importing the module does."""
    found: dict[str, set[str]] = {}
    inside: set[ast.AST] = set()
    for node, name in definitions(tree):
        found.setdefault(name, set()).update(_named(node))
        inside.add(node)
    top: set[str] = set()
    todo: list[ast.AST] = [tree]
    while todo:
        one = todo.pop()
        if one not in inside:
            _add(one, top)
            todo.extend(ast.iter_child_nodes(one))
    found[""] = top
    return {name: sorted(names) for name, names in found.items() if names}


def _named(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        _add(node, found)
    return found


def _add(node: ast.AST, found: set[str]) -> None:
    if isinstance(node, ast.Import):
        found.update(alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        if node.level == 0 and node.module:
            found.add(node.module)
    elif isinstance(node, (ast.Name, ast.Attribute)):
        word = _WORDS.get(node.id if isinstance(node, ast.Name) else node.attr)
        if word is not None:
            found.add(word)
    elif isinstance(node, ast.keyword) and node.arg in _SEEDS:
        found.add(SEED)
    elif isinstance(node, ast.Call):
        _add_call(node, found)


def _add_call(node: ast.Call, found: set[str]) -> None:
    called = node.func
    name = called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""
    if name == "time" and not node.args:
        found.add(CLOCK)
    elif name in _SEEDED and node.args:
        found.add(SEED)
