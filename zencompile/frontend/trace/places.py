"""From a running frame to the syntax tree: which expression of the project is being evaluated."""

from __future__ import annotations

import ast
import dis
import itertools
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType, TracebackType
from typing import Any

from zencompile.frontend.project import Project, absolute
from zencompile.frontend.values import Module

OWN = Path(__file__).resolve().parents[2]
"""The compiler's package: its frames are never the program's."""

_QUIET = ("/logging/__init__.py", "/rich/", "/loguru/", "/structlog/", "/warnings.py")
"""Code that only shows values: what it does with one decides nothing."""

_Position = tuple[int, int, int, int]  # line, end line, column, end column, in bytes as `ast` counts


class Index:
    """The nodes of one module by their positions, and its functions by their first lines."""

    def __init__(self, tree: ast.Module) -> None:
        self.at: dict[_Position, list[ast.AST]] = {}
        self.methods: dict[tuple[int, int], ast.Call] = {}
        self.by_line: dict[int, list[ast.Call]] = {}
        self.functions: dict[tuple[int, str], tuple[Any, str]] = {}
        self._walk(tree, "")

    def _walk(self, node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            inner = prefix
            if hasattr(child, "lineno") and child.end_lineno is not None:  # type: ignore[attr-defined]
                position = (child.lineno, child.end_lineno, child.col_offset, child.end_col_offset)  # type: ignore[attr-defined]
                self.at.setdefault(position, []).append(child)
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
                name = "<lambda>" if isinstance(child, ast.Lambda) else child.name
                decorators = [] if isinstance(child, ast.Lambda) else child.decorator_list
                first = min([child.lineno, *(d.lineno for d in decorators)])
                self.functions.setdefault((first, name), (child, prefix + name))
                inner = f"{prefix}{name}.<locals>."
            elif isinstance(child, ast.ClassDef):
                inner = f"{prefix}{child.name}."
            elif isinstance(child, ast.Call):
                self._call(child)
            self._walk(child, inner)

    def _call(self, node: ast.Call) -> None:
        lines = {node.lineno}
        if isinstance(node.func, ast.Attribute):
            end_line, end = node.func.end_lineno or 0, node.func.end_col_offset or 0
            self.methods[end_line, end - len(node.func.attr.encode())] = node
            lines.add(end_line)
        for line in lines:
            self.by_line.setdefault(line, []).append(node)


class Places:
    """Knows which code is the project's."""

    def __init__(self, project: Project, load: Callable[[Path], Module]) -> None:
        self._project = project
        self._load = load
        self._modules: dict[str, Module | None] = {}
        self._indices: dict[int, Index] = {}
        self._positions: dict[CodeType, list[Any]] = {}
        self._installed = [Path(p).resolve() for p in sorted(set(sysconfig.get_paths().values()))]

    def module_of(self, file: str | None) -> Module | None:
        """The module of a file of the project, None for any other code."""
        if not file or file.startswith("<"):
            return None
        if file not in self._modules:
            path = absolute(Path(file))
            self._modules[file] = self._load(path) if self.is_ours(path) else None
        return self._modules[file]

    def is_ours(self, path: Path) -> bool:
        """Whether a path is a source file of the project."""
        if path.suffix != ".py" or not path.is_file():
            return False
        folders = {*path.parents, *path.resolve().parents}
        if OWN in folders or any(f.name in ("site-packages", "dist-packages") for f in folders):
            return False
        if any(f in folders and f not in self._project.root.parents for f in self._installed):
            return False
        return self._project.boundary in folders or any(f in folders for f in self._project.search)

    def index(self, module: Module) -> Index:
        """The index of a module's tree, made when it is first asked for."""
        found = self._indices.get(id(module))
        if found is None:
            found = self._indices[id(module)] = Index(module.tree or ast.Module([], []))
        return found

    # frames

    def user_frame(self, frame: FrameType | None) -> FrameType | None:
        """The innermost frame of the project."""
        while frame is not None and self.module_of(frame.f_code.co_filename) is None:
            frame = frame.f_back
        return frame

    def only_shown(self, frame: FrameType | None) -> bool:
        """Whether a value is used only to be shown: code of a logger stands between here and the project."""
        while frame is not None and self.module_of(frame.f_code.co_filename) is None:
            file = frame.f_code.co_filename.replace("\\", "/")
            if any(part in file for part in _QUIET):
                return True
            frame = frame.f_back
        return frame is None

    def node(self, frame: FrameType, module: Module) -> ast.AST:
        """The expression or statement that a frame is at."""
        return self._node(frame.f_code, frame.f_lasti, frame.f_lineno, module)

    def node_of_traceback(self, trace: TracebackType, module: Module) -> ast.AST:
        """The same for an entry of a traceback."""
        return self._node(trace.tb_frame.f_code, trace.tb_lasti, trace.tb_lineno, module)

    def _node(self, code: CodeType, at: int, line: int | None, module: Module) -> ast.AST:
        index = self.index(module)
        found = self._exact(code, at, index) if sys.version_info >= (3, 11) else None
        return found or self._by_line(code, at, line or 1, index) or module.tree or ast.Module([], [])

    def _exact(self, code: CodeType, at: int, index: Index) -> ast.AST | None:
        positions = self._positions.get(code)
        if positions is None:
            positions = self._positions[code] = list(code.co_positions())  # type: ignore[attr-defined,unused-ignore]
        if not 0 <= at // 2 < len(positions):
            return None
        line, end_line, column, end_column = positions[at // 2]
        if column is None:
            return None
        nodes = index.at.get((line, end_line, column, end_column), [])
        expressions = [node for node in nodes if isinstance(node, ast.expr)]
        if expressions:
            return next((n for n in expressions if isinstance(n, ast.Call)), expressions[0])
        found = index.methods.get((line, column)) or (nodes[0] if nodes else None)
        if isinstance(found, (ast.For, ast.AsyncFor)):
            return found.iter
        return found.test if isinstance(found, (ast.If, ast.While)) else found

    def _by_line(self, code: CodeType, at: int, line: int, index: Index) -> ast.AST | None:
        """The call at an instruction, by its rank among the calls of its line: all that Python 3.10 tells."""
        calls = index.by_line.get(line, [])
        starts = [(i.offset, i) for i in dis.get_instructions(code)]
        lines: dict[int, int] = {}
        current = code.co_firstlineno
        for offset, instruction in starts:
            current = _line(instruction) or current
            lines[offset] = current
        ranked = [o for o, i in starts if i.opname.startswith("CALL") and lines[o] == line]
        inside = sorted(calls, key=lambda n: (n.end_lineno or 0, n.end_col_offset or 0))
        if at in ranked and inside:
            return inside[min(ranked.index(at), len(inside) - 1)]
        if calls:
            return calls[0]
        nodes = itertools.chain.from_iterable(v for k, v in index.at.items() if k[0] <= line <= k[1])
        statements = [n for n in nodes if isinstance(n, ast.stmt)]
        return statements[-1] if statements else None


def _line(instruction: Any) -> int | None:
    found = instruction.starts_line
    if isinstance(found, bool):  # since 3.13 it only says whether
        return getattr(instruction, "line_number", None)
    return found if isinstance(found, int) else None
