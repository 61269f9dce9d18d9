"""The code that is deployed for a step, by digests: one measure for who compiles, who packs and who runs.

What a step's process can import is taken as a whole, module by module, each by its canonical form (`canonical`): so a
digest is blind to comments, formatting, docstrings that nothing reads, the order of functions, and the main block. The
bodies of pipelines, and of other steps that no code names, are *parts* of their own, which count only for those steps
whose `included` names them. The facts of code (`facts`) say which functions those are.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from zencompile_runtime.canonical import DEFINITIONS, docstring, encoded, form

VERSION = "zencompile deployed code 2"

REST = ""
"""The part of a module that counts for every step that can import it."""

ORDER = "*"
"""The part that is the order of a module's functions."""

DOCUMENTED = ".__doc__"
"""Ends the name of the part that is a docstring; that of the module's own is nothing else."""

_WORD = re.compile(r"s\d+:([\w.:/-]+)")
_SEPARATOR = re.compile(r"[.:/-]")
_CONSTANT = re.compile(r"\(Constant value=s(\d+):")
_OWN_TEXT = re.compile(
    r"\(Call func=\((?:Name id|Attribute attr)=s4:open\b[^\[\]]*?args=\[\(Name id=s8:__file__\)"
    r"|attr=s(?:9:read_text|10:read_bytes|4:open) value=\(Call func=\([^\[\]]*?args=\[\(Name id=s8:__file__\)"
)
_LISTING = frozenset({"globals", "locals", "vars", "dir", "__dict__", "getmembers", "members"})
"""Words of code that looks at the definitions of a module in their order."""
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Statement:
    """A statement of a module, and its forms: `head` is all of it but a function's body, `body` that, or nothing."""

    __slots__ = ("_body", "_head", "_names", "_texts", "node")

    def __init__(self, node: ast.stmt) -> None:
        self.node = node
        self._head: str | None = None
        self._body: str | None = None
        self._names: tuple[frozenset[str], frozenset[str]] | None = None
        self._texts: frozenset[str] | None = None

    @property
    def texts(self) -> frozenset[str]:
        """The constant texts that it holds."""
        if self._texts is None:
            self._texts = texts(self.head) | texts(self.body)
        return self._texts

    @property
    def name(self) -> str | None:
        """The name of the function that it defines."""
        return self.node.name if isinstance(self.node, _FUNCTIONS) else None

    @property
    def head(self) -> str:
        if self._head is None:
            self._head = form(self.node, body=not isinstance(self.node, _FUNCTIONS))
        return self._head

    @property
    def body(self) -> str:
        if self._body is None:
            body = self.node.body if isinstance(self.node, _FUNCTIONS) else ()
            self._body = form(ast.Module(list(body), []), of_function=True) if body else ""
        return self._body

    @property
    def names(self) -> tuple[frozenset[str], frozenset[str]]:
        """The words that its head says and those that its body says: names, attributes, texts that may be such."""
        if self._names is None:
            self._names = words(self.head), words(self.body)
        return self._names


def words(text: str) -> frozenset[str]:
    """The words that a form holds."""
    found = set(_WORD.findall(text))
    for one in [one for one in found if not one.isidentifier()]:
        found.update(_SEPARATOR.split(one))
    return frozenset(found)


def texts(text: str) -> frozenset[str]:
    """The constant texts that a form holds."""
    found = set()
    for match in _CONSTANT.finditer(text):
        end = match.end()
        found.add(text[end : end + int(match[1])])
    return frozenset(found)


def reads_itself(text: str) -> bool:
    """Whether code of this form reads the file that it stands in."""
    return "__file__" in text and _OWN_TEXT.search(text) is not None


def statements(tree: ast.Module) -> list[Statement]:
    """What importing the module executes: neither texts that stand alone nor what `if __name__ == "__main__"` holds."""
    found: list[Statement] = []
    for node in tree.body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        if isinstance(node, ast.If) and is_main(node.test):
            found.extend(map(Statement, node.orelse))
        else:
            found.append(Statement(node))
    return found


def is_main(test: ast.expr) -> bool:
    """Whether a test holds only where the module is the program."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return is_main(test.values[0])
    if not isinstance(test, ast.Compare) or len(test.ops) != 1 or not isinstance(test.ops[0], ast.Eq):
        return False
    sides = (test.left, test.comparators[0])
    named = any(isinstance(side, ast.Name) and side.id == "__name__" for side in sides)
    return named and any(isinstance(side, ast.Constant) and side.value == "__main__" for side in sides)


def parts(code: Sequence[Statement], separate: Collection[str]) -> dict[str, str]:
    """The digest of each part of a module: of the bodies of the functions in `separate`, and of all the rest.

    The order of functions is no part of it where nothing that importing executes names them, and where they take
    nothing from it that something else may have changed by then.
    """
    said = Counter(one.name for one in code if one.name)
    executed: set[str] = set()
    listed = False
    for one in code:
        executed |= one.names[0] - ({one.name} if one.name else set())
        listed = listed or not _LISTING.isdisjoint(one.names[0] | one.names[1])
    changed = None if listed or any(map(_is_star, code)) else _changed(code)
    free: list[str] = []
    ordered: list[str] = []
    found: dict[str, str] = {}
    for one in code:
        name = one.name
        text = one.head
        if name in separate:
            found[str(name)] = digest(found.get(str(name), ""), one.body)
        else:
            text = f"{text}{one.body}"
        alone = name is not None and said[name] == 1 and name not in executed
        moves = alone and changed is not None and _moves(one, name in separate, changed)
        (free if moves else ordered).append(digest(text))
    found[REST] = digest(*sorted(free), "", *ordered)
    found[ORDER] = digest(*(one.name for one in code if one.name))
    return found


def _moves(function: Statement, framework: bool, changed: set[str]) -> bool:
    """Whether a function is the same wherever in its module it is defined: what is executed then is what its defaults
    and annotations say, and decorators (those of the `framework` do nothing).
    """
    node: Any = function.node
    defaults = [*node.args.defaults, *(one for one in node.args.kw_defaults if one is not None)]
    if not all(isinstance(one, ast.Constant) for one in defaults):
        return False
    if node.decorator_list and not framework:
        return False
    return changed.isdisjoint(function.names[0])


def _is_star(statement: Statement) -> bool:
    return isinstance(statement.node, ast.ImportFrom) and any(alias.name == "*" for alias in statement.node.names)


def _changed(code: Sequence[Statement]) -> set[str]:
    """The names that statements bind, but for imports, functions and classes."""
    found: set[str] = set()
    for one in code:
        if not isinstance(one.node, (*DEFINITIONS, ast.Import, ast.ImportFrom)):
            stored = (node for node in ast.walk(one.node) if isinstance(node, ast.Name))
            found.update(node.id for node in stored if not isinstance(node.ctx, ast.Load))
    return found


def docstrings(tree: ast.Module) -> dict[str, str]:
    """The docstrings of a module by the names of their parts."""
    found: dict[str, str] = {}
    own = docstring(tree)
    if own is not None:
        found[DOCUMENTED] = digest(own)
    todo: list[tuple[str, ast.AST]] = [("", tree)]
    while todo:
        path, node = todo.pop()
        for inner in ast.iter_child_nodes(node):
            if not isinstance(inner, DEFINITIONS):
                todo.append((path, inner))
                continue
            name = f"{path}.{inner.name}" if path else inner.name
            todo.append((name, inner))
            text = docstring(inner)
            if text is not None:
                found[f"{name}{DOCUMENTED}"] = digest(found.get(f"{name}{DOCUMENTED}", ""), text)
    return found


def digest(*texts: str) -> str:
    """SHA-256 over some texts, in hexadecimal; where one ends and the next begins counts."""
    joined = "".join(f"{len(text)}:{text}" for text in texts)
    return sha256(encoded(joined)).hexdigest()


class Included(NamedTuple):
    """What counts for a step: `identity` is what else its process runs for it, `files` the modules that it can import,
    `parts` "path#part" of what it includes besides the rest of each, `data` other files by their digests. If it reads
    the text of code, all of each file is `verbatim`.
    """

    identity: Sequence[str]
    files: Sequence[str]
    parts: Sequence[str] = ()
    verbatim: bool = False
    data: Mapping[str, str] = {}


def of_modules(files: Iterable[str], found: Mapping[str, str]) -> str:
    """The digest that steps which can import the same modules share; `found` has the digest of each file's rest."""
    return digest(*(f"{path} {found.get(path)}" for path in files))


def of_step(included: Included, modules: str, found: Callable[[str], str | None]) -> str:
    """The digest of the code that is deployed for a step; `found` tells the digest of a part."""
    own = [f"{part} {found(part)}" for part in included.parts]
    data = [f"{path} {value}" for path, value in sorted(included.data.items())]
    return digest(VERSION, *included.identity, "", modules, *own, "", *data)


def parse(source: bytes) -> ast.Module:
    """The tree of a module's file. Raises SyntaxError and ValueError."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source)


def digests_of(source: bytes, separate: Collection[str]) -> dict[str, str]:
    """The digests of the parts of a module as its file is now; `separate` are the functions whose bodies are some."""
    tree = parse(source)
    return parts(statements(tree), separate) | docstrings(tree)
