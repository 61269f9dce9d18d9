"""Pipelines for tests of the IR: a small sound one, and one with every field filled."""

import types
import typing
from typing import Any

from pydantic import BaseModel

from zencompile.ir import (
    Closure,
    Input,
    Invocation,
    Literal,
    Output,
    OutputRef,
    Parameter,
    ParameterRef,
    Pipeline,
    Step,
    Type,
    model,
)
from zencompile.source import Span

ANY = Type(name="any")
FLOAT = Type(name="float")


def at(line: int) -> Span:
    return Span("run.py", line, 5, line, 20)


def step(name: str, inputs: tuple[str, ...] = (), outputs: tuple[str, ...] = ("output",), **fields: Any) -> Step:
    """A step whose inputs and outputs are of any type."""
    return Step(
        name=name,
        entrypoint=f"run:{name}",
        inputs=tuple(Input(name=i, type=ANY) for i in inputs),
        outputs=tuple(Output(name=o, type=ANY) for o in outputs),
        closure=Closure(files=("run.py",)),
        **fields,
    )


def training(**changes: Any) -> Pipeline:
    """load → train → report, `train` with a runtime parameter."""
    fields: dict[str, Any] = {
        "name": "training",
        "function": "training",
        "entrypoint": "run:training",
        "source": "run.py",
        "namespace": "acme",
        "docstring": "Train a model.",
        "parameters": (Parameter(name="gamma", type=FLOAT, default=Literal(value=0.5), span=at(20)),),
        "steps": {
            "load": step("load", outputs=("train", "test")),
            "train": step("train", ("data", "gamma")),
            "report": step("report", ("score", "title"), ()),
        },
        "invocations": (
            Invocation(id="load", step="load", span=at(21)),
            Invocation(
                id="train",
                step="train",
                inputs={"data": OutputRef(invocation="load", output="train"), "gamma": ParameterRef(name="gamma")},
                span=at(22),
            ),
            Invocation(
                id="report",
                step="report",
                inputs={"score": OutputRef(invocation="train", output="output"), "title": Literal(value="it's")},
                span=at(23),
            ),
        ),
        "files": {"run.py": "0" * 64},
        "span": at(19),
    }
    return Pipeline(**fields | changes)


def filled(node: type[BaseModel], depth: int = 3) -> Any:
    """A node with every field set to something that is not its default."""
    node.model_rebuild()
    return node(**{name: _example(field.annotation, name, depth) for name, field in node.model_fields.items()})


def _example(annotation: Any, name: str, depth: int) -> Any:
    """A value of a field's type; `depth` bounds how deep nodes nest, and varies which member of a union it is."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if isinstance(annotation, typing.ForwardRef):
        return _example(eval(annotation.__forward_arg__, vars(model)), name, depth)
    if origin is typing.Annotated:
        return _example(arguments[0], name, depth)
    if origin in (typing.Union, types.UnionType):
        members = [a for a in arguments if a is not type(None)]
        if depth < 0 and members[0] is model.Group:
            return None  # which may have one around it, and so on
        return _example(members[depth % len(members) if depth > 1 else 0], name, depth)
    if origin is typing.Literal:
        return arguments[-1]
    if annotation is Span:
        return at(len(name))
    if origin is tuple and arguments[-1] is not ...:
        return tuple(_example(argument, name, depth) for argument in arguments)
    if origin is tuple:
        return (_example(arguments[0], name, depth - 1),) if depth > 0 else ()
    if origin is dict:
        return {f"{name} key": _example(arguments[1], name, depth - 1)} if depth > 0 else {}
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return filled(annotation, depth - 1)
    if annotation is bool:
        return name not in _TRUE
    return {str: f"a {name}", int: 7, float: 2.5, Any: {"$": "tuple", "items": [name, 1.5, None]}}[annotation]


_TRUE = {
    name
    for node in vars(model).values()
    if isinstance(node, type) and issubclass(node, model.Node)
    for name, field in node.model_fields.items()
    if field.default is True
}
