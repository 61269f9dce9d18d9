"""How the outputs of a step leave it, by their annotations alone: as artifacts, and scalars as parameters, too.

The artifact holds the exact value and is what steps read; the parameter is what KFP's pages show and conditions read.
It has the name of the output, and the artifact beside it that name with `-artifact`: the SDK puts both into one
dictionary (`get_outputs_from_executor_output` of `kfp/local/executor_output_utils.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

from zencompile.ir import Output, Step, Type
from zencompile_kubeflow.model import Artifact, ParameterOutput
from zencompile_kubeflow.texts import json_text
from zencompile_kubeflow.values import LIST, parameter_type
from zencompile_templates.names import Namespace, dashed_name

BESIDE = "-artifact"
ARTIFACT, METRICS = "system.Artifact", "system.Metrics"
_DATA = ("pandas.", "polars.", "pyarrow.", "numpy.", "datasets.", "pyspark.", "scipy.sparse.")
_MODELS = (
    "sklearn.",
    "torch.nn.",
    "xgboost.",
    "lightgbm.",
    "catboost.",
    "keras.",
    "tensorflow.keras.",
    "transformers.",
)
_NO_MODELS = ("sklearn.metrics.", "sklearn.model_selection.BaseCrossValidator", "sklearn.utils.")
_PAGES = {"HTMLString": "system.HTML", "MarkdownString": "system.Markdown"}
_MATRIX = "ConfusionMatrixDisplay"
_NUMBERS = frozenset(("int", "float"))
_TITLES = {"DataArtifact": "system.Dataset", "ModelArtifact": "system.Model", "ServiceArtifact": ARTIFACT}
_SCALARS = frozenset(("bool", "int", "float", "str", "literal"))
_OWN = "zencompile_runtime.computing:"  # steps that the compiler adds


@dataclass(frozen=True)
class Made:
    """An output: its artifact, and the parameter beside it where it is a scalar."""

    artifact: Artifact
    parameter: ParameterOutput | None = None


def interface(step: Step) -> dict[str, Made]:
    """What each output of a step is in KFP."""
    names = Namespace(_name, separator="-", reserved=("executor-logs",))
    found = {}
    for output in step.outputs:
        name = names.of(output.name)
        kind = _parameter_type(step, output)
        beside = names.of(f"{name}{BESIDE}") if kind else name
        made = Artifact(beside, artifact_type(output))
        found[output.name] = Made(made, ParameterOutput(name, kind) if kind else None)
    return found


def flags(interface: dict[str, Made]) -> list[str]:
    """What the runtime must be told of names: those that KFP would not take, or that could be another output's."""
    found = []
    for output, made in interface.items():
        beside = f"{output}{BESIDE}" if made.parameter else output
        names = {made.artifact.name: beside} | ({made.parameter.name: output} if made.parameter else {})
        for name, usual in names.items():
            if name != usual or (usual != output and usual in interface):
                found.append(f"--result={name}={json_text({'of': output})}")
    return found


def _name(text: str) -> str:
    known = text.removesuffix(BESIDE)
    return text if known.isascii() and known.isidentifier() else dashed_name(text)


def _parameter_type(step: Step, output: Output) -> str | None:
    """The type of the parameter beside an output; None where there is none.

    An optional one has none, for null travels nowhere: the driver makes "" of it for a STRING
    (`handleParamTypeValidationAndConversion` of `driver/resolve.go`), the local runner fails where an int is to be.
    """
    kind = output.type
    if step.entrypoint.startswith(_OWN) and kind.name == "list":
        return LIST
    if kind.name not in _SCALARS and kind.what != "enum":
        return None
    return parameter_type(kind)


# -- artifacts ---------------------------------------------------------------------------------------------------------


def metrics(step: Step, interface: dict[str, Made]) -> tuple[Artifact, ...]:
    """The artifact for the numbers that a step logs, if its code may log any."""
    if not step.closure.metadata:
        return ()
    taken = [name for made in interface.values() for name in (made.artifact.name, *_parameter_names(made))]
    return (Artifact(Namespace(str, separator="-", reserved=taken).of("metrics"), METRICS),)


def _parameter_names(made: Made) -> tuple[str, ...]:
    return (made.parameter.name,) if made.parameter else ()


def artifact_type(output: Output) -> str:
    """The schema title of an output: what the user says, else by its annotation.

    KFP's own pages show the last four: `frontend/src/components/viewers/MetricsVisualizations.tsx`.
    """
    said = _TITLES.get(output.artifact_type or "")
    if said is not None:
        return said
    return ARTIFACT if output.materializers else _by_annotation(output.type)


def _by_annotation(kind: Type) -> str:
    name = kind.base or kind.name  # a model of the project's own is what its base class is
    module, _, last = kind.name.rpartition(".")
    if module.startswith(("zenml.", "zencompile")) and last in _PAGES:
        return _PAGES[last]
    if name.startswith(_DATA):
        return "system.Dataset"
    if name.startswith("sklearn.metrics.") and last == _MATRIX:
        return "system.ClassificationMetrics"
    if name.startswith(_MODELS):
        return ARTIFACT if name.startswith(_NO_MODELS) else "system.Model"
    return METRICS if _is_of_numbers(kind) else ARTIFACT


def _is_of_numbers(kind: Type) -> bool:
    """Whether an annotation is a dictionary of named numbers."""
    if kind.name != "dict" or len(kind.arguments) != 2:
        return False
    key, value = kind.arguments
    values = value.arguments if value.name == "union" else (value,)
    return key.name == "str" and bool(values) and all(one.name in _NUMBERS for one in values)
