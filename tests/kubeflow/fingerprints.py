"""By what KFP's server knows a task again: its cache key (`getFingerPrint` of `backend/src/v2/driver/cache.go`,
`GenerateCacheKey` of `backend/src/v2/cacheutils/cache.go`), for every task of a run on the stand-in.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import stand_in

Json = Any
_VALUES: Json = {"NUMBER_INTEGER": 3, "NUMBER_DOUBLE": 0.5, "STRING": "text", "BOOLEAN": True, "LIST": [0, 1]}


def fingerprints(documents: list[Json], root: Path, **parameters: Json) -> dict[str, list[str]]:
    """The fingerprints of what ran, by the invocation's id: one each, in a loop one for each round.

    An artifact is called by what made it, where the server takes the number that it got: a task that is taken from the
    cache gives the same ones. Steps are mocked, for they would need a process each: each gives one value of its types.
    """
    cache = _Cache(documents)
    stand_in.run(documents, root, cache.work, **parameters)
    return {id_: sorted(found) for id_, found in cache.found.items()}


class _Cache:
    def __init__(self, documents: list[Json]) -> None:
        self.spec = documents[0]
        self.platform = documents[1] if len(documents) > 1 else {}
        self.tasks = dict(_tasks(self.spec))
        self.artifacts: dict[str, str] = {}  # what is at a URI
        self.found: dict[str, list[str]] = {}

    def work(self, pod: stand_in.Pod) -> int:
        """Note a pod's fingerprint, and leave outputs."""
        task = self.tasks[pod.path.rpartition("/")[2]]
        component = self.spec["components"][task["componentRef"]["name"]]
        found = hashlib.sha256(json.dumps(self._key(pod, component), sort_keys=True).encode()).hexdigest()
        (id_,) = (word.partition("=")[2] for word in pod.command if word.startswith("--id="))
        self.found.setdefault(id_, []).append(found)
        outputs = pod.executor_input["outputs"]
        for name, listed in outputs["artifacts"].items():
            self.artifacts[listed["artifacts"][0]["uri"]] = f"{found}/{name}"
        kinds = component.get("outputDefinitions", {}).get("parameters", {})
        values = {name: _VALUES[what["parameterType"]] for name, what in kinds.items()}
        Path(outputs["outputFile"]).write_text(json.dumps({"parameterValues": values}))
        return 0

    def _key(self, pod: stand_in.Pod, component: Json) -> Json:
        inputs, outputs = pod.executor_input["inputs"], component.get("outputDefinitions", {})
        executor = component["executorLabel"]
        container = self.spec["deploymentSpec"]["executors"][executor]["container"]
        kubernetes = self.platform.get("platforms", {}).get("kubernetes", {}).get("deploymentSpec", {})
        mounts = kubernetes.get("executors", {}).get(executor, {}).get("pvcMount", ())
        return {
            "inputParameterValues": inputs["parameterValues"],
            "inputArtifactNames": {
                name: [self.artifacts[one["uri"]] for one in listed["artifacts"]]
                for name, listed in inputs["artifacts"].items()
            },
            "outputParametersSpec": outputs.get("parameters", {}),
            "outputArtifactsSpec": outputs.get("artifacts", {}),
            "image": container["image"],
            "cmdArgs": [*container.get("command", ()), *container.get("args", ())],
            "pvcNames": sorted({json.dumps(one, sort_keys=True) for one in mounts}),
        }


def _tasks(spec: Json) -> Iterator[tuple[str, Json]]:
    for component in (spec["root"], *spec["components"].values()):
        yield from component.get("dag", {}).get("tasks", {}).items()
