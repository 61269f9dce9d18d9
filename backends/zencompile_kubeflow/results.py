"""What a pipeline returns leaves its root: artifacts, and the parameters beside those of scalars."""

from __future__ import annotations

from collections import Counter

from zencompile.ir import OutputRef
from zencompile_kubeflow.bindings import Surroundings
from zencompile_kubeflow.model import Artifact, ParameterInput, ParameterOutput, Upstream
from zencompile_kubeflow.outputs import Made
from zencompile_kubeflow.scopes import Leaves
from zencompile_templates.names import Namespace


def leave(around: Surroundings) -> None:
    """Give the root its outputs: by the names of the steps' outputs, behind the task's where two are called alike."""
    references = list(dict.fromkeys((one.invocation, one.output) for one in around.pipeline.outputs))
    counts = Counter(output for _, output in references)
    leaving = _Leaving(around)
    for invocation, output in references:
        task = around.plan.tasks[invocation]
        leaving.add(OutputRef(invocation=invocation, output=output), f"{task}-" if counts[output] > 1 else "")


class _Leaving:
    def __init__(self, around: Surroundings) -> None:
        self.around, self.root = around, around.root
        self.names = Namespace(str, separator="-")

    def add(self, reference: OutputRef, prefix: str) -> None:
        """One output; that of a branch which may not run is none of the run."""
        made = self.around.plan.outputs[self.around.step_of[reference.invocation]][reference.output]
        try:
            self._parameter(made, reference.invocation, prefix)
            self._artifact(made, reference.invocation, prefix)
        except Leaves:
            return

    def _parameter(self, made: Made, invocation: str, prefix: str) -> None:
        scope, parameter = self.around.scopes[invocation], made.parameter
        if parameter is None or not self.root.sees(scope):
            return
        given = Upstream(self.around.plan.tasks[invocation], parameter.name)
        source = self.root.parameter(ParameterInput("", parameter.type), scope, given)
        if isinstance(source, Upstream):
            name = self.names.of(f"{prefix}{parameter.name}")
            self.root.results[name] = (ParameterOutput(name, parameter.type), source)

    def _artifact(self, made: Made, invocation: str, prefix: str) -> None:
        scope, task = self.around.scopes[invocation], self.around.plan.tasks[invocation]
        seen, source = self.root.artifact(scope, made.artifact, task)
        if isinstance(source, Upstream):
            name = self.names.of(f"{prefix}{made.artifact.name}")
            self.root.outputs[name] = (Artifact(name, seen.type, seen.many), source)
