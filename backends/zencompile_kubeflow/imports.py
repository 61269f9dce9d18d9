"""Artifacts that lie somewhere already: each is imported by a task of its own, whose output steps are given.

Kubeflow has no catalogue in which a name could be looked up when a run starts, so the configuration says where an
artifact of that name lies. The server's launcher reads buckets of these kinds (`component/launcher_v2.go`,
`LocalPathForURI`); of an importer it takes a constant URI, and no condition (`component/importer_launcher.go`,
`ImportSpecToMLMDArtifact`; `argocompiler/dag.go`, `task`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from zencompile.diagnostics import Report
from zencompile.ir import Invocation, Lookup, Output, OutputRef, Pipeline, Type
from zencompile_kubeflow import outputs
from zencompile_kubeflow.bindings import Surroundings
from zencompile_kubeflow.model import Artifact, Component, Importer, Task
from zencompile_kubeflow.outputs import Made
from zencompile_kubeflow.scopes import Scope
from zencompile_kubeflow.texts import is_plain
from zencompile_templates.names import Namespace

_OUTPUT = "artifact"
_SCHEMES = ("gs", "s3", "minio")
_URI = re.compile(r"([a-z][a-z0-9]+)://[^/?]+(/[^?]*)?")
_PARAMETERS = {
    "get_artifact_version": ("name_id_or_prefix", "version"),
    **dict.fromkeys(("get_artifact", "get_data_artifact", "get_model_artifact"), ("name", "version")),
}
"""What looks up a whole artifact, of the client or of a model, and its parameters."""
_LOADED = [{"attribute": "load"}, {"call": [[], {}]}]
_ANY = Type.model_construct(name="any")


@dataclass
class Imports:
    """The artifacts that a pipeline imports: the id of the task's invocation → place and type.

    Each is imported once, whatever it is called: one artifact that a DAG is given twice, it finds once
    (`metadata/client.go`, GetInputArtifactsByExecutionID).
    """

    places: Mapping[str, str]
    report: Report
    found: dict[str, tuple[str, str]] = field(default_factory=dict)

    def resolved(self, pipeline: Pipeline) -> Pipeline:
        """The pipeline with outputs of importers for its look-ups; what can't be imported goes to the report."""
        taken = {*pipeline.steps, *(one.id for one in (*pipeline.invocations, *pipeline.controls))}
        invocations = tuple(self._invocation(one, pipeline, taken) for one in pipeline.invocations)
        return pipeline.model_copy(update={"invocations": invocations}) if self.found else pipeline

    def _invocation(self, invocation: Invocation, pipeline: Pipeline, taken: set[str]) -> Invocation:
        lookups = {name: value for name, value in invocation.inputs.items() if isinstance(value, Lookup)}
        if not lookups:
            return invocation
        types = {one.name: one.type for one in pipeline.steps[invocation.step].inputs}
        changed = {}
        for name, lookup in lookups.items():
            placed = lookup if lookup.span is not None else lookup.model_copy(update={"span": invocation.span})
            changed[name] = self._output(placed, types.get(name, _ANY), taken)
        return invocation.model_copy(update={"inputs": {**invocation.inputs, **changed}})

    def _output(self, lookup: Lookup, kind: Type, taken: set[str]) -> OutputRef:
        name, uri = self._place(lookup)
        wanted = (uri, outputs.artifact_type(Output(name=_OUTPUT, type=kind)))
        id_ = next((known for known, one in self.found.items() if one == wanted), "")
        if not id_:
            id_ = Namespace(str, reserved=taken, separator="_").of(f"import_{name}")
            taken.add(id_)
            self.found[id_] = wanted
        return OutputRef(invocation=id_, output=_OUTPUT, span=lookup.span)

    def _place(self, lookup: Lookup) -> tuple[str, str]:
        """The name of what is looked up and where it lies; empty where that is reported."""
        named = _named(lookup)
        if named is None:
            self.report.error(
                "ZC0535",
                f"Kubeflow can't look up `{lookup.text}`",
                lookup.span,
                notes="it has no catalogue: only whole artifacts can be imported, whose places are configured",
                helps="pass it as an output, or look it up in the step",
            )
            return "", ""
        uri = self.places.get("@".join(named)) or self.places.get(named[0], "")
        if not uri:
            self.report.error(
                "ZC0535",
                f"where the artifact `{named[0]}` lies is not known",
                lookup.span,
                notes="Kubeflow has no catalogue in which it could look",
                helps=f'say it: `[tool.zencompile.kubeflow.artifacts]` with `"{named[0]}" = "gs://…"`',
            )
        elif not _is_importable(uri):
            self.report.error(
                "ZC0536",
                f"Kubeflow can't import the artifact `{named[0]}` from `{uri}`",
                lookup.span,
                notes="its launcher reads places that begin with " + ", ".join(f"{one}://BUCKET/" for one in _SCHEMES),
            )
        return "_".join(named), uri

    def place(self, around: Surroundings, home: Scope) -> tuple[list[Component], list[Importer]]:
        """Put the importers into a scope, before anything asks for their outputs."""
        components, importers = [], []
        for id_, (uri, kind) in self.found.items():
            name = around.plan.tasks[id_] = around.plan.names.of(id_)
            made = Artifact(_OUTPUT, kind)
            around.plan.outputs[id_] = {_OUTPUT: Made(made)}
            around.scopes[id_], around.step_of[id_] = home, id_
            home.tasks = {name: Task(name=name, title=name, component=f"comp-{name}"), **home.tasks}
            components.append(Component(name=f"comp-{name}", output_artifacts=(made,), executor=f"exec-{name}"))
            importers.append(Importer(f"exec-{name}", uri, kind))
        return components, importers


def _named(lookup: Lookup) -> tuple[str, ...] | None:
    """The name of an artifact that is looked up as a whole, and the version if one is said; None for all else."""
    if len(lookup.chain) < 2 or "call" not in lookup.chain[1]:
        return None
    parameters = _PARAMETERS.get(next(iter(lookup.chain[0].values())))
    if parameters is None or list(lookup.chain[2:]) not in ([], _LOADED):
        return None
    arguments, keywords = lookup.chain[1]["call"]
    given = dict(zip(parameters, arguments, strict=False)) | dict(keywords)
    name, version = _text(given.pop(parameters[0], None)), _text(given.pop("version", None))
    if given or not isinstance(name, str) or not isinstance(version, (str, int, type(None))):
        return None
    return (name,) if version is None else (name, str(version))


def _text(value: object) -> object:
    """A member of an enum stands for its value."""
    return value.get("value") if isinstance(value, dict) and value.get("$") == "enum" else value


def _is_importable(uri: str) -> bool:
    found = _URI.fullmatch(uri)
    return found is not None and found[1] in _SCHEMES and is_plain(uri)
