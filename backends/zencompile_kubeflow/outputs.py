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
_TITLES = {"DataArtifact": "system.Dataset", "ModelArtifact": "system.Model"}
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


def artifact_type(output: Output) -> str:
    """The schema title of an output: what the user says, else by its annotation."""
    if output.artifact_type is not None:
        return _TITLES.get(output.artifact_type, "system.Artifact")
    return _by_annotation(output.type)


def _by_annotation(kind: Type) -> str:
    name = kind.name
    if name.startswith(_DATA):
        return "system.Dataset"
    return "system.Model" if name.startswith(_MODELS) else "system.Artifact"
