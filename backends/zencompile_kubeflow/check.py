"""Checks that every reference in a PipelineSpec resolves and that types agree. KFP's loader accepts dangling ones.

They are the part of the server's rules that holds wherever a PipelineSpec runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zencompile_kubeflow import rules

Json = Any

CODE = "ZC0529"


def problems(documents: list[Json]) -> Iterator[str]:
    """What is wrong with a file's documents, a sentence each; nothing if all is well."""
    yield from (str(violation) for violation in rules.of_pipeline(documents) if violation.rule.code == CODE)
