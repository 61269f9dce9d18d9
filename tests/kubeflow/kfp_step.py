"""What a step's command says by the description in `zencompile_runtime.kubeflow`, read a second time.

So a test of the compiler finds a mistake that compiler and runtime would make alike.
"""

from __future__ import annotations

import json
from typing import Any

Json = Any
_MISSING = object()


class Inputs:
    """The parameters of a step; artifacts are the runtime's own matter."""

    def __init__(self, argv: list[str]) -> None:
        self.entrypoint = argv[1]
        self.flags = [word[2:].split("=", 1) for word in argv[2:]]
        self.executor_input = json.loads(self.flag("executor-input"))
        self.parameters = self.executor_input.get("inputs", {}).get("parameterValues", {})

    def flag(self, name: str) -> Any:
        return next((text for key, text in self.flags if key == name), None)

    def keyed(self, name: str) -> dict[str, Json]:
        pairs = [text.split("=", 1) for key, text in self.flags if key == name]
        return {key: json.loads(text) for key, text in pairs}

    def values(self, names: list[str]) -> dict[str, Json]:
        """Those that are given, by name."""
        references = self.keyed("input")
        found = {name: self.read(references.get(name, {"from": name})) for name in names}
        return {name: value for name, value in (found | self.keyed("external")).items() if value is not _MISSING}

    def read(self, reference: Json) -> Any:
        value = self.leaf(reference)
        if "item" in reference and value is not _MISSING:
            item = reference["item"]
            return value[int(item if isinstance(item, int) else self.read(item))]
        return value

    def leaf(self, reference: Json) -> Any:
        if "value" in reference:
            return reference["value"]
        if "list" in reference:
            return [self.read(one) for one in reference["list"]]
        if "mapping" in reference:
            return {key: self.read(one) for key, one in reference["mapping"].items()}
        how, name = next((k, v) for k, v in reference.items() if k != "item")
        given = self.parameters.get(name)
        if given is None:
            return _MISSING
        if how == "json":
            return json.loads(given)
        if how == "string":
            return None if given == "null" else given
        if how == "text":
            try:
                return json.loads(given)
            except ValueError:
                return given
        return given
