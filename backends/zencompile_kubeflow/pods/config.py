"""Parts of a KubernetesExecutorConfig, and what stands in the container instead."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Json = Any


@dataclass
class PodSettings:
    """The settings of one pod: `parts` of a KubernetesExecutorConfig, and what stands in the container instead.

    `limits` and `requests` are quantities by the name of their resource.
    """

    parts: dict[str, Json] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    limits: dict[str, str] = field(default_factory=dict)
    requests: dict[str, str] = field(default_factory=dict)

    def extend(self, part: str, entries: list[dict[str, Json]]) -> None:
        """Add entries to a part that is a list of them."""
        if entries:
            self.parts[part] = [*self.parts.get(part, ()), *entries]

    def update(self, part: str, key: str, entries: dict[str, Json]) -> None:
        """Add entries to a dictionary in a part; `entries` win."""
        if entries:
            inner = self.parts.setdefault(part, {})
            inner[key] = {**inner.get(key, {}), **entries}


def named(name: str, kind: str, **more: Json) -> dict[str, Json]:
    """A reference by name in both forms: the text that servers before 2.5 read, the parameter that newer ones do."""
    return {f"{kind}Name": name, f"{kind}NameParameter": {"runtimeValue": {"constant": name}}, **more}
