"""Which steps travel as text in what is compiled, and their text."""

from __future__ import annotations

from collections.abc import Mapping

from zencompile.frontend.closures import Closures, StepCode
from zencompile.frontend.framework.definitions import Subject
from zencompile.ir import InlineText, Pipeline, Step

INLINE = "inline"
"""What the setting `operator` of an orchestrator is for such steps."""


def with_texts(closures: Closures, pipeline: Pipeline, subjects: Mapping[str, Subject], everything: bool) -> Pipeline:
    """The pipeline with the text of the steps whose settings ask for that, or of all of them."""
    wanted = dict.fromkeys(one.step for one in pipeline.invocations if everything or _asks(pipeline, one.settings))
    if not wanted:
        return pipeline
    steps = {
        key: step.model_copy(update={"inline": _text(closures, step, subjects[key])}) if key in wanted else step
        for key, step in pipeline.steps.items()
    }
    return pipeline.model_copy(update={"steps": steps})


def _asks(pipeline: Pipeline, own: Mapping[str, object]) -> bool:
    named = {**pipeline.settings, **own}
    return any(isinstance(one, Mapping) and one.get("operator") == INLINE for one in named.values())


def _text(closures: Closures, step: Step, subject: Subject) -> InlineText:
    from zencompile.frontend.inline_text import inline_step  # libcst costs more than a small compilation

    function = subject.function
    if function is None:
        return InlineText(refused="its source is not read", span=step.span)
    location = function.module.file.location if function.module.file is not None else None
    return inline_step(closures, StepCode(step.entrypoint, location), step.span)
