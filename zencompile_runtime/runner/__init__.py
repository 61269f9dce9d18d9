"""The local runner: a pipeline as Python data, and the program that runs it.

A generated script says `main(PIPELINE)`; `execute_plan` in `run` is the same without a command line. Read `plan` for
what a pipeline is, `scheduler` for the order of things, `engine` for what is done, `workers` for where.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zencompile_runtime.runner.command import main
    from zencompile_runtime.runner.plan import (
        Computed,
        Either,
        FromEnvironment,
        FromSecret,
        If,
        Map,
        Member,
        Model,
        Param,
        Pipeline,
        Project,
        ProjectPath,
        Step,
        Stored,
        Symbol,
        Test,
        Value,
    )

__all__ = [
    "Computed",
    "Either",
    "FromEnvironment",
    "FromSecret",
    "If",
    "Map",
    "Member",
    "Model",
    "Param",
    "Pipeline",
    "Project",
    "ProjectPath",
    "Step",
    "Stored",
    "Symbol",
    "Test",
    "Value",
    "main",
]


def __getattr__(name: str) -> Any:
    """Import a name when it is asked for: the processes of steps need none of them, and start sooner without."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from zencompile_runtime.runner import command, plan
    except KeyboardInterrupt:  # nothing has begun: the script ends as it does in `main`, without a traceback of ours
        raise SystemExit(130) from None
    return getattr(command if name == "main" else plan, name)
