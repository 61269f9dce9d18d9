"""A step's function as text for a function around it: what it needs of its module stands before it, inside."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator

from zencompile.diagnostics import Report
from zencompile.frontend.closures import Closures, StepCode
from zencompile.frontend.text import slice_step
from zencompile.ir import InlineText
from zencompile.source import Span

# What a function finds of the module or the file that it stands in, whichever that is.
_OF_MODULE = frozenset(
    {"__file__", "__name__", "__package__", "__path__", "__spec__", "eval", "exec", "globals", "locals", "vars"}
)


class _Refused(Exception):
    """Why a function can't stand alone."""


def inline_step(closures: Closures, step: StepCode, span: Span | None) -> InlineText:
    """The text of a step's function, and of the imports and literal constants that it needs; or why there is none.

    Decorators and annotations are gone. Nothing of it runs before the function around it is called.
    """
    report = Report()
    found = slice_step(closures, step, report)
    if found is None:
        problem = report.errors[0]
        return InlineText(refused=problem.label or problem.message, span=problem.span or span)
    try:
        if found.framework:
            raise _Refused(f"it uses `{found.framework[0]}` while it runs")
        return _Function(found.text, found.function).inline(found.imports, found.distributions)
    except _Refused as error:
        return InlineText(refused=str(error), span=span)


class _Function:
    """The function of a slice, and the statements before it."""

    def __init__(self, text: str, name: str) -> None:
        self.lines = text.splitlines(keepends=True)
        self.text = text
        self.before: list[str] = []
        self.futures = False  # whether annotations of functions inside are not evaluated
        self.node = self._find(ast.parse(text), name)

    def inline(self, imports: tuple[str, ...], distributions: tuple[str, ...]) -> InlineText:
        """The parts of the text."""
        node = self.node
        if node.decorator_list:
            raise _Refused(f"its decorator `{ast.unparse(node.decorator_list[0])}` is not of the framework")
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name) and inner.id in _OF_MODULE:
                raise _Refused(f"it uses `{inner.id}`, which is another one in a DAG file")
            if isinstance(inner, ast.Global):
                raise _Refused(f"it changes `{inner.names[0]}` of its module")
        body, verbatim = self._body()
        return InlineText(
            function=node.name,
            parameters=tuple(self._parameters()),
            body=tuple(body),
            verbatim=tuple(verbatim),
            before=tuple(self.before),
            imports=imports,
            distributions=distributions,
        )

    def _find(self, tree: ast.Module, name: str) -> ast.FunctionDef:
        found = None
        for node in tree.body:
            if getattr(node, "name", None) == name:
                found = node
            elif isinstance(node, ast.ImportFrom) and node.module == "__future__":
                self.futures = True
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
                    raise _Refused(f"it imports everything from `{node.module}`, which a function can't")
                self.before.append(self._source(node))
            elif self._is_constant(node):
                self.before.append(ast.unparse(node))  # a text over several lines could not be indented
            else:
                raise _Refused(f"it needs {_what(node)} of its module")
        if not isinstance(found, ast.FunctionDef):
            raise _Refused("it is no plain function")
        self._only_needed(found)
        return found

    def _only_needed(self, function: ast.FunctionDef) -> None:
        """Leave out what annotations alone have used."""
        body = [inner for statement in function.body for inner in ast.walk(statement)]
        if self.futures and any(list(_annotations(node)) for node in body if not isinstance(node, ast.AnnAssign)):
            raise _Refused("a function inside has annotations, which `from __future__ import annotations` is for")
        given = function.args
        hidden = {one.arg for one in (*given.args, *given.kwonlyargs)}
        used = {node.id for node in body if isinstance(node, ast.Name)} - hidden
        texts, self.before = self.before, []
        for text in texts:
            statement = ast.parse(text).body[0]
            if not isinstance(statement, (ast.Import, ast.ImportFrom)):
                kept = text if used & set(_bound(statement)) else ""
            else:
                names = [a for a in statement.names if (a.asname or a.name).partition(".")[0] in used]
                statement.names = names
                kept = ast.unparse(statement) if names else ""
            if kept:
                self.before.append(kept)

    def _source(self, node: ast.stmt) -> str:
        return ast.get_source_segment(self.text, node) or ast.unparse(node)

    @staticmethod
    def _is_constant(node: ast.stmt) -> bool:
        if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None or not list(_bound(node)):
            return False
        try:
            ast.literal_eval(node.value)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return False
        return isinstance(node, ast.Assign)

    def _parameters(self) -> Iterator[str]:
        """The parameters without annotations; their defaults are literals."""
        given = self.node.args
        if given.vararg or given.kwarg or given.posonlyargs:
            raise _Refused("it takes more than named parameters")
        defaults = [None] * (len(given.args) - len(given.defaults)) + list(given.defaults)
        for argument, default in zip(given.args, defaults, strict=True):
            yield self._parameter(argument, default)
        if given.kwonlyargs:
            yield "*"
        for argument, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
            yield self._parameter(argument, default)

    def _parameter(self, argument: ast.arg, default: ast.expr | None) -> str:
        if default is None:
            return argument.arg
        try:
            ast.literal_eval(default)
        except (ValueError, TypeError):
            raise _Refused(f"the default of `{argument.arg}` is no literal") from None
        return f"{argument.arg}={ast.unparse(default)}"

    def _body(self) -> tuple[list[str], list[int]]:
        """The lines of the body without the indentation that all of it has, and which are inside of a text."""
        first, rest = self._after_header()
        if rest:
            return [rest], []
        found, verbatim = [], []
        lines = self.lines[first - 1 : self.node.end_lineno]
        start = self.node.body[0]
        width = start.col_offset
        inside = self._inside_texts()
        document = range(start.lineno + 1, (start.end_lineno or 0) + 1) if ast.get_docstring(self.node) else range(0)
        for number, line in enumerate(lines, first):
            text = line.rstrip("\n")
            if number in inside and number not in document:
                verbatim.append(number - first)
                found.append(text)
            else:
                found.append(text[width:] if not text[:width].strip() else text.strip())
        return found, verbatim

    def _after_header(self) -> tuple[int, str]:
        """The line after the colon that ends the header; what follows in the same line, if the body stands there."""
        depth = 0
        start = self.node.lineno
        reader = io.StringIO("".join(self.lines[start - 1 :])).readline
        for token in tokenize.generate_tokens(reader):
            if token.string in "([{" and token.type == tokenize.OP:
                depth += 1
            elif token.string in ")]}" and token.type == tokenize.OP:
                depth -= 1
            elif token.string == ":" and token.type == tokenize.OP and not depth:
                rest = token.line[token.end[1] :].strip()
                one_line = rest if rest and not rest.startswith("#") else ""
                return start + token.end[0], one_line
        raise _Refused("its header can't be read")

    def _inside_texts(self) -> set[int]:
        """The lines that begin inside of a text."""
        texts = (n for n in ast.walk(self.node) if isinstance(n, (ast.Constant, ast.JoinedStr)))
        return {
            number
            for node in texts
            if isinstance(node, ast.JoinedStr) or isinstance(node.value, (str, bytes))
            for number in range(node.lineno + 1, (node.end_lineno or node.lineno) + 1)
        }


def _annotations(node: ast.AST) -> Iterator[ast.expr]:
    for name in ("annotation", "returns"):
        found = getattr(node, name, None)
        if found is not None:
            yield found


def _bound(node: ast.stmt) -> Iterator[str]:
    for target in getattr(node, "targets", [getattr(node, "target", None)]):
        if isinstance(target, ast.Name):
            yield target.id


def _what(node: ast.stmt) -> str:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return f"the function `{node.name}`"
    if isinstance(node, ast.ClassDef):
        return f"the class `{node.name}`"
    names = list(_bound(node))
    return f"`{names[0]}`" if names else f"the statement `{ast.unparse(node)[:40]}`"
