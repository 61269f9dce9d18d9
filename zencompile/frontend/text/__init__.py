"""The user's own code as text that travels: a step's function and what it reaches, as one module.

libcst cuts and joins, so that comments and formatting stay; it is imported only when a slice is made.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from zencompile.diagnostics import Report
from zencompile.frontend.closures import Closures, StepCode
from zencompile.frontend.closures.distributions import distribution, is_foreign


@dataclass(frozen=True)
class Slice:
    """A module that stands alone. `function` is what the step is called in it.

    `imports` and `distributions` are what it needs of others; `framework` are the names of the framework that it still
    imports, because its code uses them while it runs.
    """

    text: str
    function: str
    imports: tuple[str, ...]
    distributions: tuple[str, ...]
    framework: tuple[str, ...]


def slice_step(closures: Closures, step: StepCode, report: Report) -> Slice | None:
    """The source of a step as a module of its own, or None with a diagnostic that says what stands in the way.

    The framework's decorators are gone, and so are its imports unless the code uses them while it runs; names of
    different modules that clash are told apart; a definition stands before what needs it when the module is executed.
    Materializers, which a plain call doesn't use, stay out. Slicing a slice changes nothing.
    """
    found = closures.reach(step, materializers=False)
    if found is None:
        report.error("ZC0605", f"there is no module of `{step.entrypoint}`")
        return None
    from zencompile.frontend.text.join import join
    from zencompile.frontend.text.plan import make_plan

    module, reached = found
    plan = make_plan(closures, module, reached, step.entrypoint.partition(":")[2], report)
    if plan is None:
        return None
    text = join(plan)
    ast.parse(text)
    foreign = [path for path in plan.paths if is_foreign(path)]
    return Slice(
        text,
        plan.function,
        tuple(sorted({path.partition(".")[0] for path in foreign})),
        tuple(sorted({distribution(path) for path in foreign}, key=lambda name: (name.lower(), name))),
        tuple(sorted(path for path in plan.paths if path.partition(".")[0] in ("zenml", "zencompile"))),
    )


__all__ = ["Slice", "slice_step"]
