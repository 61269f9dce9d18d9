"""Edits of a Python file that change nothing of what a program computes, unless it reads its own text."""

from __future__ import annotations

import ast
import io
import itertools
import random
import tokenize
from collections.abc import Callable

Edit = Callable[[str, random.Random], str]

NEEDS: dict[str, tuple[str, ...]] = {}
"""What a program must not read (of its own text) for an edit to be neutral, by the edit's name."""
EDITS: dict[str, Edit] = {}


def _edit(name: str, *unread: str) -> Callable[[Edit], Edit]:
    def put(edit: Edit) -> Edit:
        EDITS[name] = edit
        NEEDS[name] = unread
        return edit

    return put


def _inserted(text: str, line: int, new: str) -> str:
    lines = text.split("\n")
    lines[line - 1 : line - 1] = new.split("\n")
    return "\n".join(lines)


def _first_line(node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", [])
    return min([node.lineno, *(one.lineno for one in decorators)])


def _statements(text: str) -> list[ast.stmt]:
    """All statements that begin a line (not after a colon or a semicolon)."""
    lines = text.split("\n")
    found = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.stmt)]
    return [node for node in found if not lines[node.lineno - 1][: node.col_offset].strip()]


def _after_futures(text: str) -> int:
    """The first line where an import can stand."""
    line = 1
    for node in ast.parse(text).body:
        documents = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not documents and not (isinstance(node, ast.ImportFrom) and node.module == "__future__"):
            return _first_line(node)
        line = (node.end_lineno or node.lineno) + 1
    return line


@_edit("comment at the end", "source")
def _comment_at_the_end(text: str, chance: random.Random) -> str:
    return f"{text}\n# A remark.\n"


@_edit("comment at the top", "source", "lines")
def _comment_at_the_top(text: str, chance: random.Random) -> str:
    return f"# A remark.\n{text}"


@_edit("comment between statements", "source", "lines")
def _comment_between(text: str, chance: random.Random) -> str:
    found = _statements(text)
    if not found:
        return text
    node = chance.choice(found)
    return _inserted(text, _first_line(node), " " * node.col_offset + "# A remark.")


@_edit("comment behind a statement", "source", "lines")
def _comment_behind(text: str, chance: random.Random) -> str:
    lines = text.split("\n")
    simple = (ast.Return, ast.Assign, ast.Expr, ast.Import, ast.ImportFrom)
    found = [node for node in _statements(text) if isinstance(node, simple)]
    ends = [
        node.end_lineno for node in found if node.end_lineno and lines[node.end_lineno - 1].endswith((")", "]", "e"))
    ]
    if not ends:
        return text
    lines[chance.choice(ends) - 1] += "  # A remark."
    return "\n".join(lines)


@_edit("blank lines", "source", "lines")
def _blank_lines(text: str, chance: random.Random) -> str:
    found = _statements(text)
    return _inserted(text, _first_line(chance.choice(found)), "\n") if found else text


@_edit("parentheses and line breaks", "source", "lines")
def _parentheses(text: str, chance: random.Random) -> str:
    found = [node for node in _statements(text) if isinstance(node, (ast.Return, ast.Assign)) and node.value]
    found = [node for node in found if node.lineno == node.end_lineno]
    if not found:
        return text
    node = chance.choice(found)
    assert node.value is not None
    lines = text.split("\n")
    line = lines[node.lineno - 1].encode()
    start, end = node.value.col_offset, node.value.end_col_offset
    if isinstance(node.value, ast.Tuple) and not line[start:end].startswith(b"("):
        end = node.end_col_offset
    new = b"%s(\n        %s\n    )%s" % (line[:start], line[start:end], line[end or len(line) :])
    if line[start - 1 : start] == b"(":  # the parser leaves out the parentheses that are there
        return text
    lines[node.lineno - 1] = new.decode()
    return "\n".join(lines)


@_edit("quotes", "source")
def _quotes(text: str, chance: random.Random) -> str:
    lines = text.split("\n")
    tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    for token in reversed(tokens):
        inner = token.string[1:-1]
        plain = token.string.startswith('"') and not token.string.startswith('"""') and not set(inner) & set("\\'\"")
        if token.type == tokenize.STRING and plain and token.start[0] == token.end[0]:
            row, (start, end) = token.start[0] - 1, (token.start[1], token.end[1])
            lines[row] = f"{lines[row][:start]}'{inner}'{lines[row][end:]}"
    return "\n".join(lines)


@_edit("docstring that nobody reads", "source", "lines", "doc")
def _docstring(text: str, chance: random.Random) -> str:
    functions = [
        node for node in ast.walk(ast.parse(text)) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    found = [node for node in functions if node.body[0].lineno > node.lineno and ast.get_docstring(node) is None]
    if not found:
        return text
    first = chance.choice(found).body[0]
    return _inserted(text, _first_line(first), " " * first.col_offset + '"""Say what it does."""')


@_edit("annotation that nobody evaluates", "source", "hints")
def _annotation(text: str, chance: random.Random) -> str:
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    lines = text.split("\n")
    free = [node for node in functions if node.returns is None and not node.decorator_list]
    found = [node for node in free if lines[node.lineno - 1].endswith("):")]
    if not found:
        return text
    line = chance.choice(found).lineno - 1
    lines[line] = f'{lines[line][:-1]} -> "object":'
    return "\n".join(lines)


@_edit("unused helper", "source", "names")
def _unused_helper(text: str, chance: random.Random) -> str:
    return f"{text}\n\ndef _unused_helper(x):\n    return x + 1\n"


@_edit("unused import", "source", "lines", "names")
def _unused_import(text: str, chance: random.Random) -> str:
    return _inserted(text, _after_futures(text), "import textwrap as _textwrap")


@_edit("functions in another order", "source", "lines")
def _reordered(text: str, chance: random.Random) -> str:
    body = ast.parse(text).body
    pairs = [pair for pair in itertools.pairwise(body) if all(_plain(node) for node in pair)]
    if not pairs:
        return text
    first, second = chance.choice(pairs)
    lines = text.split("\n")
    one, two = lines[first.lineno - 1 : first.end_lineno], lines[second.lineno - 1 : second.end_lineno]
    between = lines[first.end_lineno : second.lineno - 1]
    lines[first.lineno - 1 : second.end_lineno] = [*two, *between, *one]
    return "\n".join(lines)


def _plain(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) and not node.decorator_list and not node.args.defaults


@_edit("line ends", "source")
def _line_ends(text: str, chance: random.Random) -> str:
    return text.replace("\n", "\r\n")


@_edit("byte order mark", "source")
def _byte_order_mark(text: str, chance: random.Random) -> str:
    return f"\ufeff{text}"


def neutral(name: str, text: str, chance: random.Random) -> str:
    """The text with one edit; the same text where there is nothing to edit."""
    changed = EDITS[name](text, chance)
    unmarked = changed.removeprefix("\ufeff").replace("\r\n", "\n")
    compile(unmarked, name, "exec", dont_inherit=True)
    return changed
