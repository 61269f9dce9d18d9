"""Names: what the server makes of those in a specification must be valid and unique, too."""

from __future__ import annotations

import re
from collections.abc import Iterator

from zencompile_kubeflow.rules.specification import Dag, Place, Specification, Task
from zencompile_kubeflow.rules.table import Finding, rule

LONGEST = 128  # Argo's names of tasks and templates
EXPRESSION_WORDS = frozenset(
    (
        "and",
        "contains",
        "else",
        "endsWith",
        "false",
        "if",
        "in",
        "let",
        "matches",
        "nil",
        "not",
        "or",
        "startsWith",
        "true",
    )
)
"""What is no variable to expr-lang (parser/lexer/state.go: identifier; parser/parser.go: parsePrimaryExpression)."""
_ARGO = re.compile(r"[a-zA-Z][-a-zA-Z0-9]*")
_PIPELINE = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_OUTPUT = re.compile(r"[^/'\"\x00-\x1f{}$]+")


@rule("ZC0590", "pipeline-name", "apiserver/template/v2_template.go: NewV2SpecTemplate; validation/length.go")
def pipeline_name(spec: Specification) -> Iterator[Finding]:
    """The name becomes that of a Kubernetes object, and the key of a column of 128 characters."""
    if not _PIPELINE.fullmatch(spec.name) or len(spec.name) > LONGEST:
        yield (
            Place(),
            f"has the name `{spec.name}`: not lower-case letters, digits, `-` and `.`, or longer than {LONGEST}",
        )


@rule("ZC0590", "task-name", "v2/compiler/argocompiler/dag.go: DAG, task; argo validate.go: validateDAG")
def task_names(spec: Specification) -> Iterator[Finding]:
    """Argo's tasks: those of the DAG and, beside each that is no loop and no importer, its driver."""
    for dag in spec.dags.values():
        made = dict.fromkeys(key for key, task in dag.tasks.items() if not task.exits)
        for task in dag.tasks.values():
            names = [task.key, *_beside(task)]
            if names[-1] in made and len(names) > 1:
                yield task.place, f"has a driver that is called `{names[-1]}` like another task"
            for name in names:
                if not _ARGO.fullmatch(name) or len(name) > LONGEST:
                    yield task.place, _not_argo(name)


@rule("ZC0590", "expression-word", "v2/compiler/argocompiler/dag.go: depends; argo dag.go: evaluateDependsLogic")
def expression_words(spec: Specification) -> Iterator[Finding]:
    """What waits for a task is an expression in which its name is a variable."""
    for dag in spec.dags.values():
        waiting = [(task, task.waits) for task in dag.tasks.values() if not task.exits]
        for name in EXPRESSION_WORDS & dag.tasks.keys():
            for task, waits in waiting:
                if name in waits:
                    yield task.place, f"waits for `{name}`, and never starts: that is a word of Argo's expressions"


def _beside(task: Task) -> list[str]:
    return [] if task.loops or task.imports else [f"{task.key}-driver"]


def _not_argo(name: str) -> str:
    if len(name) > LONGEST:
        return f"makes a task `{name}` of {len(name)} characters, more than {LONGEST}"
    return f"makes a task `{name}`, which has other signs than letters, digits and `-`, or doesn't begin with a letter"


@rule(
    "ZC0590",
    "template-name",
    "v2/compiler/argocompiler/dag.go: iteratorTask, iterationItemTask; argo.go: addTemplate",
)
def template_names(spec: Specification) -> Iterator[Finding]:
    """Argo's templates: one a DAG, two a loop, one a task after the end of another; none twice."""
    taken = {"entrypoint", *spec.dags}
    for dag in spec.dags.values():
        if len(dag.name) > LONGEST or not _ARGO.fullmatch(dag.name):
            yield Place(dag.name), f"has a name of {len(dag.name)} signs that Argo takes for no template"
        for task in dag.tasks.values():
            for name in _templates(dag, task):
                if name in taken:
                    yield task.place, f"makes a template `{name}`, which there is already"
                elif len(name) > LONGEST:
                    yield task.place, f"makes a template `{name}` of {len(name)} characters, more than {LONGEST}"
                taken.add(name)


def _templates(dag: Dag, task: Task) -> list[str]:
    if task.exits:
        return [f"exit-hook-{dag.name}-{task.key}"]
    return [f"{task.reference}-{task.key}-iterator", f"{task.reference}-iteration"] if task.loops else []


@rule(
    "ZC0590",
    "importer-title",
    "v2/component/importer_launcher.go: Execute; driver/resolve.go: resolveUpstreamArtifacts",
)
def importer_titles(spec: Specification) -> Iterator[Finding]:
    """The importer enters itself under the task's title, where readers look for its key."""
    for task in spec.importing:
        title = task.data.get("taskInfo", {}).get("name")
        if title != task.key:
            yield task.place, f"imports under the title `{title}`, so its readers don't find it"


@rule("ZC0590", "task-title", "v2/driver/driver.go: validateNonRoot")
def task_titles(spec: Specification) -> Iterator[Finding]:
    """A task without a title is taken for none."""
    for task in spec.tasks:
        if not task.data.get("taskInfo", {}).get("name"):
            yield task.place, "has no title in `taskInfo`"


@rule("ZC0590", "own-output", "v2/driver/driver.go: provisionOutputs", since="2.5")
def own_outputs(spec: Specification) -> Iterator[Finding]:
    """`executor-logs` is what the server calls the log."""
    for name, component in spec.components.items():
        if "executor-logs" in component.get("outputDefinitions", {}).get("artifacts", {}):
            yield Place(name), "has an output `executor-logs`, which is the server's own"


@rule(
    "ZC0590",
    "output-name",
    "v2/driver/driver.go: provisionOutputs; component/launcher_v2.go: getPlaceholders",
)
def output_names(spec: Specification) -> Iterator[Finding]:
    """Names of inputs and outputs stand in paths and placeholders."""
    for place, component in spec.everything.items():
        for side in ("inputDefinitions", "outputDefinitions"):
            for kind in component.get(side, {}).values():
                for name in kind:
                    if not _OUTPUT.fullmatch(name):
                        yield Place(place), f"has an input or output `{name}`, which no path or placeholder can hold"
