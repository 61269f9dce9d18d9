"""What is to be called at the end of a run: a task that an exit handler starts, whatever happened to the others.

The server makes an exit hook of Argo of a task whose strategy is ALL_UPSTREAM_TASKS_COMPLETED (from 2.5 on:
`argocompiler/dag.go`, `DAG`), and gives it the state of the DAG before it (from 2.14 on: `driver/resolve.go`,
`resolveInputParameter`, TaskFinalStatus).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

from zencompile.ir import CachePolicy, Input, Invocation, Literal, Pipeline, Step, Type
from zencompile_kubeflow.model import ParameterInput

HANDLER = "exit-handler-1"
STATUS = ParameterInput("status", "TASK_FINAL_STATUS", optional=True)
"""The input of that task that says how the others ended."""
_ENTRYPOINT = "zencompile_runtime.ending:end"

T = TypeVar("T")


class Ending(NamedTuple):
    """An invocation that comes last, with its step, and a step of the user's whose image it shares."""

    id: str
    like: str


def with_ending(pipeline: Pipeline) -> tuple[Pipeline, Ending | None]:
    """The pipeline with an invocation at its end; the pipeline itself, if it needs none.

    Where `on_init` makes something in the process of each step, `on_cleanup` cleans up there.
    """
    hook = pipeline.hooks.on_cleanup
    if hook is None or pipeline.hooks.on_init is not None:
        return pipeline, None
    taken = {*pipeline.steps, *(one.id for one in pipeline.invocations), *(one.id for one in pipeline.controls)}
    wanted = hook.entrypoint.rpartition(":")[2].rpartition(".")[2] or "end"
    id_ = next(one for one in (wanted, *(f"{wanted}_{n}" for n in range(2, len(taken) + 3))) if one not in taken)
    like = _most_common(pipeline.invocations)
    invocation = Invocation(
        id=id_,
        step=id_,
        inputs={"on_cleanup": Literal(value=hook.entrypoint)},
        cache=CachePolicy(enabled=False),
        environment=like.environment,
        image=like.image,
        variables=_common(one.variables for one in pipeline.invocations),
        secrets=tuple(_common(dict.fromkeys(one.secrets) for one in pipeline.invocations)),
        settings=_common(one.settings for one in pipeline.invocations),
        artifact_visualization=False,
        span=hook.span,
    )
    inputs = (Input(name="status", type=Type(name="any")), Input(name="on_cleanup", type=Type(name="str")))
    step = Step(name=id_, entrypoint=_ENTRYPOINT, inputs=inputs)
    changes: dict[str, Any] = {
        "steps": {**pipeline.steps, id_: step},
        "invocations": (*pipeline.invocations, invocation),
        "hooks": pipeline.hooks.model_copy(update={"on_cleanup": None}),
    }
    return pipeline.model_copy(update=changes), Ending(id_, like.step)


def _most_common(invocations: Iterable[Invocation]) -> Invocation:
    """The first of the invocations in the image that the most of them have."""
    listed = list(invocations)
    image = Counter((one.image, one.environment) for one in listed).most_common(1)[0][0]
    return next(one for one in listed if (one.image, one.environment) == image)


def _common(dictionaries: Iterable[Mapping[str, T]]) -> dict[str, T]:
    """What all dictionaries agree on: set for the whole pipeline, as far as its steps tell."""
    first, *others = dictionaries
    return {key: one for key, one in first.items() if all(key in other and other[key] == one for other in others)}
