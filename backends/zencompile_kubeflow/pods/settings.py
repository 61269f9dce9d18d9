"""The settings of one invocation's pod, of all that was written for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from zencompile.diagnostics import Report
from zencompile.ir import Invocation, Pipeline
from zencompile_kubeflow import kubernetes
from zencompile_kubeflow.pods import containers, scheduling, variables
from zencompile_kubeflow.pods.config import PodSettings, named
from zencompile_kubeflow.pods.given import POD, Given, Places, Settings, given, read
from zencompile_kubeflow.pods.table import SETTINGS, Version
from zencompile_kubeflow.pods.volumes import Volume, mounts, volumes
from zencompile_kubeflow.pods.walk import Path, Walk, is_nothing

Json = Any

# Settings that say how a client talks to its server when it submits: nothing of them belongs into a specification.
OF_THE_CLIENT = frozenset(
    ("synchronous", "timeout", "client_args", "client_username", "client_password", "user_namespace", "max_api_retries")
)
_SPEC = "additional_pod_spec_args"


def pod_settings(
    pipeline: Pipeline, invocation: Invocation, server: Version | None, report: Report
) -> tuple[PodSettings, Walk]:
    """The settings of an invocation's pod, and what tells of problems with them."""
    places = Places(invocation, pipeline)
    walk = Walk(places.anywhere, server, invocation.id, report)
    if not pipeline.settings and not invocation.settings:
        return PodSettings(), walk
    settings = read(pipeline, invocation, places, report)
    return _Reading(settings, places, walk).read(), walk


class _Reading:
    """Reads settings in the order of the readers below, for mounts need their volumes.

    What `additional_pod_spec_args` say comes last and wins, as in ZenML; lists are continued.
    """

    def __init__(self, settings: Settings, places: Places, walk: Walk) -> None:
        self.settings, self.places, self.walk = settings, places, walk
        self.found = PodSettings()
        self.volumes: dict[str, Volume] = {}
        self.pending: list[tuple[str, Json, Walk, Path]] = []
        self.refused: set[str] = set()

    def read(self) -> PodSettings:
        """Everything, whatever is wrong with a part of it."""
        for name, one in self.settings.orchestrator.items():
            if name in SETTINGS and name not in OF_THE_CLIENT:
                self._take("settings", name, one, ())
            elif name not in OF_THE_CLIENT and one.value not in (None, [], {}, "", False):
                self._leave_out(name, one)
        for name, one in self.settings.pod.items():
            self._take("pod", name, one, (POD,))
        for name, value, walk, path in sorted(self.pending, key=lambda one: (_ORDER[one[0]], len(one[3]))):
            self._read_one(name, value, walk, path)
        return self.found

    def _at(self, key: str) -> Walk:
        return replace(self.walk, place=lambda path: self.places.of(key, path))

    def _take(self, shape: str, name: str, one: Given, above: Path) -> None:
        walk = self._at(one.key)
        path = (*above, name)
        if not walk.field(shape, name, one.value, path):
            self.refused |= {name} | (set(one.value) if name == _SPEC and isinstance(one.value, dict) else set())
            return
        if is_nothing(one.value):
            return
        if name == _SPEC:
            for key, value in one.value.items():
                if key in _READERS and not is_nothing(value):
                    self.pending.append((key, value, walk, (*path, key)))
        elif name in _READERS and not self._is_older_form(name):
            self.pending.append((name, one.value, walk, path))

    def _is_older_form(self, name: str) -> bool:
        """Whether a setting of old releases is given beside the one that replaced it."""
        newer = {"node_affinity": "affinity"}.get(name)
        return newer is not None and given(self.settings.pod, newer) is not None

    def _leave_out(self, name: str, one: Given) -> None:
        walk = self._at(one.key)
        self.walk.report.warning(
            "ZC0522",
            f"the setting `{name}` has no counterpart in a KFP pipeline and is left out",
            walk.place((name,)),
            label=walk.label((name,)),
        )

    def _read_one(self, name: str, value: Json, walk: Walk, path: Path) -> None:
        if name in ("volume_mounts", "init_containers") and "volumes" in self.refused:
            return
        if name == "volumes":
            self.volumes |= volumes(value, walk, path)
        elif name == "volume_mounts":
            mounts(self.found, value, self.volumes, walk, path)
        elif name == "init_containers":
            containers.init_containers(self.found, value, self.volumes, walk, path)
        else:
            reader = _READERS[name]
            assert reader is not None
            reader(self.found, value, walk, path)


# -- readers of what is no more than itself ----------------------------------------------------------------------------


def _labels(found: PodSettings, value: Json, walk: Walk, path: Path) -> None:
    found.update("podMetadata", "labels", {key: str(text) for key, text in value.items()})


def _annotations(found: PodSettings, value: Json, walk: Walk, path: Path) -> None:
    found.update("podMetadata", "annotations", {key: str(text) for key, text in value.items()})


def _pull_secrets(found: PodSettings, value: Json, walk: Walk, path: Path) -> None:
    names = [entry["name"] if isinstance(entry, dict) else entry for entry in value]
    present = [entry["secretName"] for entry in found.parts.get("imagePullSecret", ())]
    found.extend("imagePullSecret", [named(name, "secret") for name in dict.fromkeys(names) if name not in present])


def _resources(found: PodSettings, value: Json, walk: Walk, path: Path) -> None:
    for kind, into in (("limits", found.limits), ("requests", found.requests)):
        into.update({name: str(quantity) for name, quantity in (value.get(kind) or {}).items()})


def _deadline(found: PodSettings, value: Json, walk: Walk, path: Path) -> None:
    walk.hold(path, kubernetes.of_deadline(value))
    found.parts["activeDeadlineSeconds"] = value


Reader = Callable[[PodSettings, Json, Walk, Path], None]

_READERS: dict[str, Reader | None] = {
    "node_selectors": scheduling.node_selectors,
    "node_selector": scheduling.node_selectors,
    "tolerations": scheduling.tolerations,
    "labels": _labels,
    "annotations": _annotations,
    "image_pull_secrets": _pull_secrets,
    "affinity": scheduling.affinity,
    "node_affinity": scheduling.node_affinity,
    "env": variables.env,
    "volumes": None,
    "volume_mounts": None,
    "init_containers": None,
    "container_security_context": containers.security_context,
    "resources": _resources,
    "active_deadline_seconds": _deadline,
}
_ORDER = {name: number for number, name in enumerate(_READERS)}
