"""A step process of the tests: it reads an ExecutorInput exactly as `zencompile_runtime.kubeflow` describes, and no more.

Standard library alone. Artifacts are JSON files. The functions are those of a file `run.py` beside the pipeline root, or
of $STEPS. What it gets can also be asked for with `inputs(argv)`, as a test does.
"""

from __future__ import annotations

import json
import os
import pathlib
import runpy
import sys
from typing import Any

Json = Any
_MISSING = object()


class Inputs:
    """The KFP side of a step."""

    def __init__(self, argv: list[str]) -> None:
        self.entrypoint = argv[1]
        self.flags = [word[2:].split("=", 1) for word in argv[2:]]
        self.executor_input = json.loads(self.flag("executor-input"))
        self.parameters = self.executor_input.get("inputs", {}).get("parameterValues", {})
        self.artifacts = self.executor_input.get("inputs", {}).get("artifacts", {})

    def flag(self, name: str) -> Any:
        return next((text for key, text in self.flags if key == name), None)

    def keyed(self, name: str) -> dict[str, Json]:
        pairs = [text.split("=", 1) for key, text in self.flags if key == name]
        return {key: json.loads(text) for key, text in pairs}

    def values(self, names: list[str]) -> dict[str, Json]:
        """The inputs that are given, by name."""
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
        if name in self.artifacts:
            loaded = [json.loads(pathlib.Path(a["uri"]).read_text()) for a in self.artifacts[name]["artifacts"]]
            return loaded if how == "gather" else loaded[0]
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


def write(inputs: Inputs, results: dict[str, Json]) -> None:
    """Store the outputs, tell KFP of them, and write output parameters."""
    outputs = inputs.executor_input["outputs"]
    renamed = {}
    for name, what in inputs.keyed("result").items():
        if "artifact" in what:
            renamed[name] = what["artifact"]
            continue
        kind, output = next(iter(what.items()))
        value = results[output]
        value = {"of": value, "truth": bool(value), "indices": list(range(len(value))) if kind == "indices" else 0}[kind]
        path = pathlib.Path(outputs["parameters"][name]["outputFile"])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(value if isinstance(value, str) else json.dumps(value))
    artifacts = {}
    for name, entry in outputs.get("artifacts", {}).items():
        artifact = entry["artifacts"][0]
        path = pathlib.Path(artifact["uri"])
        path.parent.mkdir(parents=True, exist_ok=True)
        number = 1
        while path.exists():  # another invocation that shares the component
            number += 1
            path = pathlib.Path(f"{artifact['uri']}-{number}")
        path.write_text(json.dumps(results[renamed.get(name, name)]))
        artifacts[name] = {"artifacts": [{**artifact, "uri": str(path)}]}
    pathlib.Path(outputs["outputFile"]).write_text(json.dumps({"artifacts": artifacts}))


def main(argv: list[str]) -> None:
    inputs = Inputs(argv)
    function = runpy.run_path(os.environ["STEPS"])[inputs.entrypoint.partition(":")[2]]
    code = function.__code__
    returned = function(**inputs.values(list(code.co_varnames[: code.co_argcount])))
    results = returned if isinstance(returned, dict) and function.__annotations__.get("return") is dict else {"output": returned}
    write(inputs, results)


if __name__ == "__main__":
    main(sys.argv[1:])
