"""Annotations: their values, quoted ones included, and subscripts that are types."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from zencompile.frontend.evaluator.machine import Machine
from zencompile.frontend.evaluator.scopes import COMPREHENSIONS, Frame, bound_names
from zencompile.frontend.values import MISSING, Function, Generic, Raised, Symbol, Unknown, Value

GIVEN_BY_NOTEBOOKS = frozenset({"dbutils", "display", "get_ipython", "sc", "spark"})


def annotation_of(ev: Machine, function: Function, parameter: str) -> Value:
    node = function.node
    if isinstance(node, ast.Lambda):
        return MISSING
    found: ast.expr | None = None
    if parameter == "return":
        found = node.returns
    else:
        arguments = node.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
        found = next((a.annotation for a in every if a is not None and a.arg == parameter), None)
    if found is None:
        return MISSING
    scope = function.closure or ev.state(function.module).frame
    try:
        return evaluate_annotation(ev, found, scope, strict=not _postponed(ev, function))
    except RecursionError:
        return ev.unknown(found, scope, "an annotation that is nested too deeply")


def _postponed(ev: Machine, function: Function) -> bool:
    """Whether the module has `from __future__ import annotations`: its annotations may name what does not exist."""
    return ev.state(function.module).postponed


def check_annotations(ev: Machine, function: Function, frame: Frame) -> None:
    """Raise what evaluating the annotations of a definition surely raises: that a name is not defined.

    Their values are asked for later, if at all. A name that anything at the top level binds counts as defined, for
    newer Pythons evaluate annotations on request.
    """
    if _postponed(ev, function) or getattr(function.node, "type_params", None):
        return
    arguments = function.node.args
    for argument in (*arguments.args, *arguments.posonlyargs, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg):
        if argument is not None and argument.annotation is not None:
            _check_names(ev, argument.annotation, frame)
    returns = getattr(function.node, "returns", None)
    if returns is not None:
        _check_names(ev, returns, frame)


def _check_names(ev: Machine, node: ast.expr, frame: Frame) -> None:
    if node.__class__ is ast.Name and hasattr(builtins, node.id):
        return  # most annotations: it is defined, whatever the name means here
    for name in _surely_read(node):
        if name.id not in frame.values and not _is_defined(ev, name, frame):
            raise ev.raised(NameError(f"name '{name.id}' is not defined"), name, frame)


def _surely_read(expression: ast.expr) -> Iterator[ast.Name]:
    """The names that evaluating an expression reads whatever their values are, in order."""
    stack: list[ast.AST] = [expression]
    while stack:
        node = stack.pop()
        kind = node.__class__
        if kind is ast.Name:
            yield node  # type: ignore[misc]
        elif kind is ast.IfExp:
            stack.append(node.test)  # type: ignore[attr-defined]
        elif kind is ast.BoolOp:
            stack.append(node.values[0])  # type: ignore[attr-defined]
        elif kind is not ast.Lambda and kind not in COMPREHENSIONS:
            stack.extend(reversed(list(ast.iter_child_nodes(node))))


def _is_defined(ev: Machine, name: ast.Name, frame: Frame) -> bool:
    scope: Frame | None = frame
    while scope is not None:
        if name.id in scope.values or (scope.info is not None and name.id in scope.info.locals):
            return True
        scope = scope.parent
    state = ev.state(frame.module)
    if name.id in state.values or state.open_stars or state.failure is not None:
        return True
    if hasattr(builtins, name.id) or name.id in GIVEN_BY_NOTEBOOKS:
        return True
    if state.bound is None:
        tree = frame.module.tree
        state.bound = frozenset(bound_names(tree.body if tree is not None else []))
    return name.id in state.bound


def evaluate_annotation(ev: Machine, node: ast.expr, frame: Frame, strict: bool = False) -> Value:
    """The value of an annotation; a quoted one is parsed. What can't be evaluated is Unknown, but for an undefined name
    under `strict`: that is an error of the program, as Python evaluates annotations where a function is defined (but
    for quoted ones)."""
    quoted = isinstance(node, ast.Constant) and isinstance(node.value, str)
    try:
        return _quoted(ev, node, frame) if isinstance(node, ast.Constant) and quoted else ev.eval(node, frame)
    except Raised as raised:
        if strict and not quoted and isinstance(raised.value, NameError):
            raise
        undefined = f": {raised.value}" if isinstance(raised.value, NameError) else ""
        return Unknown(raised.span, f"an annotation that can't be evaluated{undefined}")


def _quoted(ev: Machine, node: ast.Constant, frame: Frame) -> Value:
    try:
        inner = ast.parse(node.value.strip(), mode="eval").body  # type: ignore[union-attr]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ev.unknown(node, frame, "an annotation that is no type")
    for child in ast.walk(inner):  # whatever is reported about it is reported at the quotes
        if hasattr(child, "lineno"):
            ast.copy_location(child, node)
    return ev.eval(inner, frame)


_LITERAL = frozenset({"typing.Literal", "typing_extensions.Literal"})
_TYPING = ("typing.", "typing_extensions.", "collections.abc.")


def is_literal_type(owner: Value) -> bool:
    """Whether a subscript of this value is a type, whose quoted parts are annotations."""
    if isinstance(owner, Symbol):
        return owner.path.startswith(_TYPING)
    return owner in (list, dict, tuple, set, frozenset, type) if isinstance(owner, type) else False


def subscript_type(ev: Machine, owner: Value, node: ast.expr, frame: Frame) -> Generic:
    if isinstance(owner, Symbol) and owner.path in _LITERAL:
        value = ev.eval(node, frame)
        return Generic(owner, value if isinstance(value, tuple) else (value,))
    parts = list(node.elts) if isinstance(node, ast.Tuple) else [node]
    metadata = isinstance(owner, Symbol) and owner.path.endswith(".Annotated")
    values = []
    for index, part in enumerate(parts):
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and not (metadata and index):
            values.append(evaluate_annotation(ev, part, frame))
        else:
            values.append(ev.eval(part, frame))
    return Generic(owner, tuple(values))
