"""The outputs of a step: what its annotation declares, and whether what it returned is that."""

from __future__ import annotations

import ast
import inspect
import textwrap
import types
import typing
from collections.abc import Callable
from typing import Any

from zencompile_runtime.context import Output
from zencompile_runtime.errors import OutputFault
from zencompile_runtime.importing import location_of
from zencompile_runtime.values.coerce import is_typed_dict

_MISSING = object()


def declared(function: Callable[..., Any], facts: dict[str, Any], materializers: Any) -> dict[str, Output]:
    """The outputs by name, in order: as the compiler saw them, or, without its facts, as the annotation says."""
    annotation = return_annotation(function)
    known = facts.get("outputs")
    if known is None:
        outputs = _from_annotation(function, annotation)
    else:
        outputs = [
            Output(
                name=one["name"],
                annotation=_type_of(annotation, index, len(known)),
                artifact=one.get("artifact"),
                version=one.get("version"),
                kind=one.get("artifact_type"),
                tags=list(one.get("tags") or ()),
                metadata=dict(one.get("metadata") or {}),
                materializers=tuple(one.get("materializers") or ()),
            )
            for index, one in enumerate(known)
        ]
        for output, written in zip(outputs, _written(annotation, len(known)), strict=False):
            _add_unknown(output, written)
    for output in outputs:
        output.materializers = tuple(materializers.get(output.name, output.materializers))
    return {output.name: output for output in outputs}


def _written(annotation: Any, count: int) -> list[Any]:
    """The annotation of each of so many outputs, with its `Annotated`."""
    if count < 2 or typing.get_origin(annotation) is not tuple:
        return [annotation]
    return list(typing.get_args(annotation))


def _add_unknown(output: Output, annotation: Any) -> None:
    """Add what an `ArtifactConfig` says that the compiler could not know: values that are computed."""
    for extra in typing.get_args(annotation)[1:] if typing.get_origin(annotation) is typing.Annotated else ():
        if type(extra).__name__ == "ArtifactConfig":
            output.tags = list(dict.fromkeys([*output.tags, *map(str, extra.tags or ())]))
            output.metadata = {**(extra.run_metadata or {}), **output.metadata}
            output.own_tags, output.own_metadata = tuple(output.tags), dict(output.metadata)


def return_annotation(function: Callable[..., Any]) -> Any:
    """The function's return annotation with its `Annotated`; _MISSING if it has none."""
    return hints_of(function).get("return", _MISSING)


_hints: dict[Any, dict[str, Any]] = {}


def hints_of(function: Callable[..., Any]) -> dict[str, Any]:
    """All annotations of a function, resolved; one that can't be is `Any`."""
    key = getattr(function, "__func__", function)
    found = _hints.get(key)
    if found is None:
        raw = getattr(function, "__annotations__", {})
        try:
            found = typing.get_type_hints(function, include_extras=True)
        except Exception:  # a name that exists for type checkers only
            found = {name: _resolved(hint, function) for name, hint in raw.items()}
        for name, hint in raw.items():
            if hint is None or (isinstance(hint, str) and hint == "None"):
                found[name] = None
        _hints[key] = found
    return found


def _resolved(hint: Any, function: Any) -> Any:
    if not isinstance(hint, str):
        return hint
    try:
        return eval(hint, getattr(function, "__globals__", {}))
    except Exception:  # a name that exists for type checkers only
        return Any


def _unwrapped(annotation: Any) -> Any:
    return typing.get_args(annotation)[0] if typing.get_origin(annotation) is typing.Annotated else annotation


def _type_of(annotation: Any, index: int, count: int) -> Any:
    if annotation is _MISSING:
        return Any
    if hasattr(annotation, "outputs") and type(annotation).__name__ == "Output":
        return list(annotation.outputs.values())[index]
    if count > 1:
        arguments = typing.get_args(annotation)
        return _unwrapped(arguments[index]) if index < len(arguments) else Any
    return _unwrapped(annotation)


# -- from the annotation alone -----------------------------------------------------------------------------------------


def _from_annotation(function: Callable[..., Any], annotation: Any) -> list[Output]:
    if annotation is None or annotation is type(None):
        return []
    if annotation is _MISSING:
        return [Output("output")] if _returns(function)[0] else []
    if hasattr(annotation, "outputs") and type(annotation).__name__ == "Output":
        return [Output(name, hint) for name, hint in annotation.outputs.items()]
    if typing.get_origin(annotation) is tuple and _returns(function)[1]:
        arguments = typing.get_args(annotation)
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            raise OutputFault(
                "outputs annotated as a tuple of any length have no names", location=location_of(function)
            )
        return [_one(argument, f"output_{index}") for index, argument in enumerate(arguments)]
    return [_one(annotation, "output")]


def _one(annotation: Any, default: str) -> Output:
    output = Output(default, _unwrapped(annotation))
    for extra in typing.get_args(annotation)[1:] if typing.get_origin(annotation) is typing.Annotated else ():
        if isinstance(extra, str) and extra:
            output.name = output.artifact = extra
        elif type(extra).__name__ == "ArtifactConfig":
            if extra.name:
                output.name = output.artifact = extra.name
            output.version = extra.version
            output.tags = [str(one) for one in extra.tags or ()]
            output.metadata = dict(extra.run_metadata or {})
            output.own_tags, output.own_metadata = tuple(output.tags), dict(output.metadata)
            kind = extra.artifact_type
            output.kind = str(getattr(kind, "value", kind)) if kind is not None else None
    return output


def _returns(function: Callable[..., Any]) -> tuple[bool, bool]:
    """Whether the function returns a value anywhere, and whether it returns a tuple literal of two or more anywhere."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return True, True
    found: list[ast.expr] = []

    def walk(node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
                continue
            if isinstance(child, ast.Return) and child.value is not None:
                found.append(child.value)
            walk(child)

    walk(tree.body[0])
    values = [one for one in found if not (isinstance(one, ast.Constant) and one.value is None)]
    return bool(values), any(isinstance(one, ast.Tuple) and len(one.elts) > 1 for one in values)


# -- what came back ----------------------------------------------------------------------------------------------------


def split(returned: Any, outputs: dict[str, Output], step: str, location: str) -> dict[str, Any]:
    """The returned value by output, counted and checked; OutputFault says what the step should return."""
    if not outputs:
        if returned is not None:
            raise OutputFault(
                f"step `{step}` returned a {type(returned).__name__}, and declares that it returns nothing",
                help="annotate what it returns, or return nothing",
                location=location,
            )
        return {}
    declares = f"{len(outputs)} outputs: {', '.join(outputs)}"
    if len(outputs) == 1:
        values = [returned]
    else:
        if not isinstance(returned, (tuple, list)):
            raise OutputFault(
                f"step `{step}` returned a {type(returned).__name__}, and declares {declares}",
                help="return a tuple with a value for each",
                location=location,
            )
        if len(returned) != len(outputs):
            raise OutputFault(
                f"step `{step}` returned {len(returned)} values, and declares {declares}",
                help="return a tuple with a value for each",
                location=location,
            )
        values = list(returned)
    for value, output in zip(values, outputs.values(), strict=True):
        if not fits(value, output.annotation):
            raise OutputFault(
                f"output `{output.name}` of step `{step}` is {_kind(value)}, declared as {_shown(output.annotation)}",
                help="return what the annotation says, or change the annotation",
                location=location,
            )
    return dict(zip(outputs, values, strict=True))


def fits(value: Any, annotation: Any) -> bool:
    """Whether a value is an instance of an annotation, its type arguments left out: True is an int, 1 is no float."""
    annotation = _unwrapped(annotation)
    if annotation is None:
        return value is None
    origin = typing.get_origin(annotation)
    if origin is typing.Union or origin is types.UnionType:
        return any(fits(value, one) for one in typing.get_args(annotation))
    if origin is typing.Literal:
        return value in typing.get_args(annotation)
    kind = origin or annotation
    kind = getattr(kind, "__supertype__", kind)
    if not isinstance(kind, type) or kind is object:
        return True
    if is_typed_dict(kind):
        return isinstance(value, dict)
    try:
        return isinstance(value, kind)
    except TypeError:  # a protocol that can't be asked at run time
        return True


def _kind(value: Any) -> str:
    return "None" if value is None else f"a {type(value).__name__}"


def _shown(annotation: Any) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation).replace("typing.", "")
