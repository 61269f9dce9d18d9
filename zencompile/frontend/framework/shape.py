"""The shape of a step: its inputs and outputs, from the function that it was made of. Worked out once per function."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import NamedTuple

from zencompile.frontend.framework.annotations import ANY, Annotation, annotation, text_of
from zencompile.frontend.framework.outputs import outputs_of
from zencompile.frontend.framework.signatures import Signature, spans_of_life
from zencompile.frontend.values import MISSING, Class, Function, Interpreter, Unknown, Value
from zencompile.ir import Output, Type
from zencompile.source import Span

_BUILTIN = {t.__name__: t for t in (bool, int, float, str, bytes, list, dict, tuple, set, frozenset, object)}
RESERVED = ("after", "id")
# the base classes of groups of parameters; from the third on, those of the steps that releases before 0.20 had
GROUPS = ("BaseParameters", "BaseStepConfig",
          "BaseAlerterStepConfig", "BaseAlerterStepParameters", "BaseAnalyzerConfig", "BaseAnalyzerParameters",
          "BaseDatasourceConfig", "BaseDatasourceParameters", "BaseDriftDetectionConfig",
          "BaseDriftDetectionParameters", "BaseEvaluatorConfig", "BasePreprocessorConfig", "BaseSplitStepConfig",
          "BaseTrainerConfig")  # fmt: skip


class StepInput(NamedTuple):
    """An input of a step. `default` is its evaluated default, MISSING if it has none; `written` that default's text."""

    name: str
    annotation: Annotation
    default: Value
    written: str | None
    span: Span | None
    model: Class | None = None  # of old code: a group of parameters (`BaseParameters`)
    group: str = ""  # of such a group: "module:Class"
    injected: bool = False  # of old code: a `StepContext`, given when the step runs
    unmaterialized: bool = False


_FUNCTIONS = (0, 40)
"""The release since which ready-made steps are functions, not made of groups of parameters."""


@dataclass(frozen=True)
class Shape:
    """`inputs` in the order of the signature, `positional` the names that may be given by position.

    An open shape is that of a step whose function is not read, or refused for its signature: it takes anything. What
    the framework gives, a group of parameters and a context, is an input, and never given by position.
    Outputs are unclear where the return annotation was refused.
    """

    inputs: dict[str, StepInput] = field(default_factory=dict)
    positional: tuple[str, ...] = ()
    outputs: tuple[Output, ...] = ()
    open: bool = False
    unclear: bool = False

    def group_of(self, field: str) -> StepInput | None:
        """Of old code: the group of parameters that has a field, if the field is no input itself."""
        for known in self.inputs.values() if field not in self.inputs else ():
            if known.group and (known.model is None or field in known.model.fields):
                return known
        return None


def shape_of(function: Function, evaluator: Interpreter, method: bool = False) -> Shape:
    """The shape of a step's function. `method`: its first parameter is the object."""
    node = function.node
    arguments = node.args
    span = evaluator.span(node, function.module)
    if arguments.vararg or arguments.kwarg:
        star = arguments.vararg or arguments.kwarg
        assert star is not None
        evaluator.report.error(
            "ZC0203",
            f"step `{function.name}` takes a variable number of arguments",
            evaluator.span(star, function.module),
            helps="name each input: they become the edges of the DAG",
        )
    positional = [*arguments.posonlyargs, *arguments.args]
    if method:
        positional = positional[1:]
    inputs = {}
    for argument in (*positional, *arguments.kwonlyargs):
        if argument.arg in RESERVED:
            evaluator.report.error(
                "ZC0203",
                f"step `{function.name}` has an input called `{argument.arg}`, a reserved name",
                evaluator.span(argument, function.module),
                helps=f"rename it: `{argument.arg}=` belongs to every call of a step",
            )
            continue
        inputs[argument.arg] = _input(function, argument, evaluator)
    returned = _evaluated(function, "return", None if isinstance(node, ast.Lambda) else node.returns, evaluator)
    returns = None if isinstance(node, ast.Lambda) else node.returns
    written_at = span if returns is None else evaluator.span(returns, function.module)
    outputs = outputs_of(function, returned, span, written_at, evaluator.report)
    wrong = arguments.vararg is not None or arguments.kwarg is not None
    by_position = tuple(a.arg for a in positional if not _is_of_framework(inputs.get(a.arg)))
    return Shape(inputs, by_position, outputs or (), wrong, outputs is None)


def _is_of_framework(known: StepInput | None) -> bool:
    """Whether an input is given by the framework, never by a call's position: found by its annotation."""
    return known is not None and (bool(known.group) or known.injected)


def shape_of_signature(signature: Signature, path: str) -> Shape:
    """The shape of a ready-made step, which is not read."""
    inputs = {}
    for name in signature.inputs:
        default = None if name in signature.optional else MISSING
        inputs[name] = StepInput(name, ANY, default, None, None)
    if signature.group:
        group = f"{path.rpartition('.')[0]}:{signature.group_class}"
        inputs[signature.group] = StepInput(signature.group, ANY, MISSING, None, None, group=group)
    if signature.context:
        inputs[signature.context] = StepInput(signature.context, ANY, MISSING, None, None, injected=True)
    outputs = tuple(Output(name=name, type=Type.model_construct(name="any")) for name in signature.outputs)
    # what a function of now returns is taken apart by place: its outputs' names differ from release to release
    by_place = len(outputs) > 1 and signature.since >= _FUNCTIONS
    return Shape(inputs, signature.inputs, outputs, unclear=by_place)


def _evaluated(function: Function, parameter: str, written: ast.expr | None, evaluator: Interpreter) -> Value:
    """The value of an annotation. A builtin's name that the module does not bind needs no evaluation."""
    if isinstance(written, ast.Name) and written.id in _BUILTIN and function.closure is None:
        state = evaluator.state(function.module)
        if written.id not in state.values:
            return _BUILTIN[written.id]
    return evaluator.annotation(function, parameter)


def _input(function: Function, argument: ast.arg, evaluator: Interpreter) -> StepInput:
    name = argument.arg
    span = evaluator.span(argument, function.module)
    default = function.defaults.get(name, MISSING)
    expression = None if default is MISSING else defaults_of(function).get(name)
    written = None if expression is None else ast.unparse(expression)
    if argument.annotation is None:
        return StepInput(name, ANY, default, written, span)
    value = _evaluated(function, name, argument.annotation, evaluator)
    quoted = isinstance(argument.annotation, ast.Constant) and isinstance(argument.annotation.value, str)
    if quoted and isinstance(value, Unknown):
        evaluator.report.warning(
            "ZC0235",
            f"the annotation of `{name}` of step `{function.name}` can't be evaluated",
            evaluator.span(argument.annotation, function.module),
            label="taken as any type",
            notes=value.reason,
            helps="import what it names in the module of the step",
        )
    if isinstance(value, Class) and is_parameters(value):
        known = annotation(value, text_of(argument.annotation))
        return StepInput(name, known, default, written, span, model=value, group=value.path)
    path = getattr(value, "path", None)
    known = annotation(value, text_of(argument.annotation))
    group = _group_of_integration(value)
    if group:
        return StepInput(name, known, default, written, span, group=group)
    if isinstance(path, str) and path.startswith(("zenml.", "zencompile.")):
        short = path.rpartition(".")[2]
        if short in ("StepContext", "UnmaterializedArtifact"):
            injected, raw = short == "StepContext", short == "UnmaterializedArtifact"
            return StepInput(name, known, default, written, span, injected=injected, unmaterialized=raw)
    return StepInput(name, known, default, written, span)


def is_parameters(class_: Class) -> bool:
    """Whether a class is a group of parameters of old code."""
    return any(
        (isinstance(base, Class) and base.module is None and base.name in GROUPS) or bool(_group_of_integration(base))
        for base in class_.mro
    )


def _group_of_integration(value: Value) -> str:
    """ "module:Class" of an integration's group of parameters; "" if the value is none."""
    path = getattr(value, "path", "")
    module, _, name = path.rpartition(".") if isinstance(path, str) else ("", "", "")
    known = spans_of_life().get(name) if module.startswith(("zenml.integrations.", "zenml.steps.")) else None
    is_group = name.endswith(("Config", "Parameters")) and known is not None and known[1] is not None
    return f"{module}:{name}" if is_group else ""


def defaults_of(function: Function) -> dict[str, ast.expr]:
    """The expressions of a function's defaults, by parameter."""
    arguments = function.node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    pairs = list(zip(reversed(positional), reversed(arguments.defaults), strict=False))
    pairs += [(a, d) for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d is not None]
    return {argument.arg: default for argument, default in pairs}
