"""Names of tasks that stay valid and unique when KFP's server makes further ones of them.

Beside each task the server puts one called `TASK-driver`, and of a loop it makes the templates
`COMPONENT-TASK-iterator` and `COMPONENT-iteration`; the component of a DAG is called like the task that runs it. Argo
takes letters, digits and `-`, a letter first, and 128 characters (kubeflow/pipelines, v2/compiler/argocompiler/dag.go:
task, iteratorTask; argo validate.go); what a task waits for is an expression to it, with names for variables. All of
that is decided by a name alone, so that a new step renames no other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from zencompile_kubeflow.rules.names import EXPRESSION_WORDS
from zencompile_templates.names import Namespace, dashed_name

LONGEST = (128 - len("comp---iterator")) // 2  # of a task: the name of a loop's template holds it twice
_DIGITS = 6  # of the digest that ends a name which was cut


def task_name(text: str) -> str:
    """A name for a task like `text`."""
    name = dashed_name(text, longest=10_000)
    if not name[0].isalpha():
        name = f"step-{name}"
    if name.endswith("-driver") or name in EXPRESSION_WORDS:
        name = f"{name}-step"
    if len(name) <= LONGEST:
        return name
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
    return f"{name[: LONGEST - _DIGITS - 1].rstrip('-')}-{digest}"


def namespace() -> Namespace:
    """The names of the tasks of a pipeline, in whichever DAGs they are."""
    return Namespace(task_name, separator="-", longest=LONGEST)


def of_tasks(ids: Iterable[str], names: Namespace) -> dict[str, str]:
    """The task of each invocation. Of two whose names come out equal, the one that is written so keeps its own."""
    wanted = list(ids)
    for id_ in wanted:
        if task_name(id_) == id_.replace("_", "-"):
            names.of(id_, key=("task", id_))
    return {id_: names.of(id_, key=("task", id_)) for id_ in wanted}
