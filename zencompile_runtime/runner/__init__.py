"""The local runner: a pipeline as Python data, and the program that runs it.

A generated script says `main(PIPELINE)`; `execute_plan` in `run` is the same without a command line. Read `plan` for
what a pipeline is, `scheduler` for the order of things, `engine` for what is done, `workers` for where.
"""

from zencompile_runtime.runner.command import main
from zencompile_runtime.runner.plan import (
    FromEnvironment,
    FromSecret,
    If,
    Map,
    Member,
    Model,
    Param,
    Pipeline,
    Step,
    Test,
    Value,
)

__all__ = [
    "FromEnvironment",
    "FromSecret",
    "If",
    "Map",
    "Member",
    "Model",
    "Param",
    "Pipeline",
    "Step",
    "Test",
    "Value",
    "main",
]
