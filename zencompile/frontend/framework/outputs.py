"""The outputs of a step, from its return annotation and the `return` statements of its function."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zencompile.frontend.framework.annotations import convert, family, split, text_of
from zencompile.frontend.framework.opaque import Call, Name
from zencompile.frontend.framework.records import Record
from zencompile.frontend.values import MISSING, EnumMember, Function, Generic, Symbol, Unknown, Value
from zencompile.ir import Output, Type

if TYPE_CHECKING:
    from zencompile.diagnostics import Report
    from zencompile.source import Span

_ANY = Type.model_construct(name="any")
_UNNAMED = "output"


class OutputProblem(ValueError):
    """A return annotation that no step may have."""


def outputs_of(
    function: Function, annotation: Value, span: Span, written_at: Span, report: Report
) -> tuple[Output, ...] | None:
    """The outputs of a step's function, None where they can't be told apart (that is reported).

    `annotation` is the evaluated return annotation, MISSING if there is none; `written_at` is its place.
    """
    node = function.node
    written = None if isinstance(node, ast.Lambda) else node.returns
    try:
        return _outputs(node, annotation, written, span)
    except OutputProblem as problem:
        report.error("ZC0205", f"step `{function.name}`: {problem}", written_at)
        return None


def _outputs(node: ast.AST, value: Value, written: ast.expr | None, span: Span) -> tuple[Output, ...]:
    if value is None:
        return ()
    if written is None:
        return (_output(_UNNAMED, _ANY, span),) if returns_something(node) else ()
    if isinstance(value, Call) and value.path.endswith(".Output"):
        return _legacy(value, span)
    if _is_tuple(value) and value.arguments and _returns_tuple_literal(node):
        return _several(value, written, span)
    taken = split(value)
    name, config = _naming(taken.metadata)
    if value is MISSING or isinstance(value, Unknown):
        type_ = Type(name="any", text=text_of(written))
    else:
        type_ = convert(taken.inner, text_of(written) if not taken.metadata else "")
    return (_output(name or _UNNAMED, type_, span, config),)


def _is_tuple(value: Value) -> bool:
    return isinstance(value, Generic) and family(value.origin) == "tuple"


def _legacy(value: Call, span: Span) -> tuple[Output, ...]:
    """`Output(a=int, b=str)` of old code: an output per keyword."""
    return tuple(_output(name, convert(type_), span) for name, type_ in value.keywords.items())


def _several(value: Generic, written: ast.expr, span: Span) -> tuple[Output, ...]:
    if any(argument is ... for argument in value.arguments):
        raise OutputProblem("a tuple of any length can't be split into outputs (`Tuple[X, ...]`)")
    found: list[Output] = []
    for index, argument in enumerate(value.arguments):
        taken = split(argument)
        name, config = _naming(taken.metadata)
        found.append(_output(name or f"output_{index}", convert(taken.inner), span, config))
    names = [output.name for output in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise OutputProblem(f"two outputs are called `{twice}`")
    return tuple(found)


def _naming(metadata: tuple[Value, ...]) -> tuple[str | None, dict[str, Any]]:
    """The name in `Annotated[T, "name", ArtifactConfig(…)]`, and the fields of the configuration."""
    name: str | None = None
    config: dict[str, Any] = {}
    for item in metadata:
        given: Value = None
        if isinstance(item, str):
            given = item
        elif isinstance(item, Record) and item.kind == "artifact_config":
            config = item.fields
            given = config.get("name")
            given = given.value if isinstance(given, EnumMember) else given
            if given == "":
                raise OutputProblem('the name of an output is empty (`ArtifactConfig(name="")`)')
        elif isinstance(item, (EnumMember,)) and isinstance(item.value, str):
            given = item.value
        elif isinstance(item, (Unknown, Call, Name, Symbol)):
            continue
        else:
            raise OutputProblem("an output is annotated with its name and an `ArtifactConfig`, nothing else")
        if given and name:
            raise OutputProblem(f"an output has two names, `{name}` and `{given}`")
        name = given or name
    return (name if isinstance(name, str) else None), config


def _output(name: str, type_: Type, span: Span, config: dict[str, Any] | None = None) -> Output:
    if not config:
        return Output.model_construct(
            name=name,
            type=type_,
            artifact=None if name == _UNNAMED or _numbered(name) else name,
            version=None,
            artifact_type=None,
            tags=(),
            metadata={},
            materializers=(),
            span=span,
        )
    return Output(
        name=name,
        type=type_,
        artifact=None if name == _UNNAMED or _numbered(name) else name,
        version=_scalar(config.get("version")),
        artifact_type=artifact_type(config),
        tags=tuple(str(t) for t in _items(config.get("tags")) if isinstance(t, str)),
        metadata=_facts(config.get("run_metadata")),
        span=span,
    )


_NO_DATA = object()


def _facts(given: Value) -> dict[str, Any]:
    """Metadata as JSON; what is not known here, a step's process reads from the annotation itself."""
    found = {key: _data(value) for key, value in given.items()} if isinstance(given, dict) else {}
    return {key: value for key, value in found.items() if isinstance(key, str) and value is not _NO_DATA}


def _data(value: Value) -> Any:
    if isinstance(value, (list, tuple)):
        items = [_data(item) for item in value]
        return _NO_DATA if _NO_DATA in items else items
    if isinstance(value, dict):
        pairs = {key: _data(item) for key, item in value.items()}
        whole = all(isinstance(key, str) and item is not _NO_DATA for key, item in pairs.items())
        return pairs if whole else _NO_DATA
    return value if value.__class__ in (str, int, float, bool) else _NO_DATA


def _numbered(name: str) -> bool:
    return name.startswith("output_") and name[7:].isdigit()


def _items(value: Value) -> list[Value]:
    return list(value) if isinstance(value, (list, tuple)) else []


def _scalar(value: Value) -> str | int | None:
    return value if isinstance(value, (str, int)) and not isinstance(value, bool) else None


def artifact_type(config: dict[str, Any]) -> str | None:
    """The label of an artifact ("ModelArtifact"), from `artifact_type=` or the older flags."""
    value = config.get("artifact_type")
    if isinstance(value, EnumMember):
        value = value.value
    if isinstance(value, Name):
        value = {"MODEL": "ModelArtifact", "DATA": "DataArtifact", "SERVICE": "ServiceArtifact"}.get(
            value.path.rpartition(".")[2], value.path.rpartition(".")[2]
        )
    if isinstance(value, str):
        return value
    if config.get("is_model_artifact") is True:
        return "ModelArtifact"
    return "ServiceArtifact" if config.get("is_deployment_artifact") is True else None


def _own_returns(node: ast.AST) -> Iterator[ast.Return]:
    """The `return` statements of a function, those of functions inside it excluded."""
    stack: list[ast.AST] = list(reversed(getattr(node, "body", [])))
    while stack:
        current = stack.pop()
        if isinstance(current, ast.Return):
            yield current
        elif (
            isinstance(current, ast.stmt)
            and not isinstance(
                current, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Expr, ast.Assign, ast.AnnAssign)
            )
        ) or isinstance(current, (ast.ExceptHandler, ast.match_case)):
            stack.extend(reversed(list(ast.iter_child_nodes(current))))


def returns_something(node: ast.AST) -> bool:
    """Whether some `return` has a value other than None."""
    return any(
        r.value is not None and not (isinstance(r.value, ast.Constant) and r.value.value is None)
        for r in _own_returns(node)
    )


def _returns_tuple_literal(node: ast.AST) -> bool:
    return any(isinstance(r.value, ast.Tuple) and len(r.value.elts) >= 2 for r in _own_returns(node))
