"""The settings of a step as they were given: merged, as plain data, each with the path to the place where it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from zencompile.diagnostics import Report
from zencompile.ir import Invocation, Pipeline
from zencompile.ir.settings import NoData, plain
from zencompile.source import Span
from zencompile_kubeflow.pods.walk import Path, is_nothing

Json = Any

KEYS = ("orchestrator", "orchestrator.kubernetes", "orchestrator.kubeflow")
POD = "pod_settings"
# Names of Kubernetes that aren't those of its Python models in another spelling.
_NAMES = {
    "downward_api": "downwardAPI",
    "host_ip": "hostIP",
    "host_ipc": "hostIPC",
    "host_pid": "hostPID",
    "scale_io": "scaleIO",
    "set_hostname_as_fqdn": "setHostnameAsFQDN",
}


class Given(NamedTuple):
    """A setting, and the key of `settings` under which it was given."""

    value: Json
    key: str


class Settings(NamedTuple):
    """What is given for a step: settings of the orchestrator, and those of its pods."""

    orchestrator: dict[str, Given]
    pod: dict[str, Given]


class Places:
    """Where settings were written: a path that is known in part is where its known part is."""

    def __init__(self, invocation: Invocation, pipeline: Pipeline) -> None:
        self.spans, self.of_pipeline, self.call = invocation.spans, pipeline.spans, invocation.span

    def of(self, key: str, path: Path) -> Span | None:
        """The place of the setting at `path` below a key of `settings`; the call of the step if none is known."""
        for spans in (self.spans, self.of_pipeline):
            found = _nearest(spans, key, path)
            if found is not None:
                return found
        return self.call

    def anywhere(self, path: Path) -> Span | None:
        """The place of a setting, whichever orchestrator's it is."""
        found = [_nearest(spans, key, path) for key in reversed(KEYS) for spans in (self.spans, self.of_pipeline)]
        return next((span for span in found if span is not None), self.call)


def _nearest(spans: Mapping[str, Span], key: str, path: Path) -> Span | None:
    for length in range(len(path), 0, -1):
        found = spans.get("/".join((key, *path[:length])))
        if found is not None:
            return found
    return None


def read(pipeline: Pipeline, invocation: Invocation, places: Places, report: Report) -> Settings:
    """The settings of an invocation: the pipeline's, then its own; the more special orchestrator wins."""
    found = Settings({}, {})
    for key in KEYS:
        for source in (pipeline.settings, invocation.settings):
            settings = source.get(key) or {}
            if not settings:
                continue
            rest = {name: value for name, value in settings.items() if name != POD}
            _known(rest, key, (), found.orchestrator, places, report)
            _known(_fields(settings.get(POD) or {}), key, (POD,), found.pod, places, report)
    return found


def _known(
    settings: Mapping[str, Json], key: str, below: Path, into: dict[str, Given], places: Places, report: Report
) -> None:
    """Take the settings that are plain data. What isn't costs itself alone."""
    for name, value in settings.items():
        try:
            into[name] = Given(data(value), key)
        except NoData as problem:
            report.warning(
                "ZC0305",
                f"the setting `{name}` is not known when compiling",
                places.of(key, (*below, name)),
                label="ignored",
                notes=str(problem),
            )


def data(value: Json) -> Json:
    """A setting as Kubernetes' own JSON: objects of its Python client are the dictionaries that they stand for.

    What is None is not there. Raises `NoData`.
    """
    if isinstance(value, list):
        return [data(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("$") == "model" and value["class"].startswith("kubernetes.") and not value.get("arguments"):
        fields = value["keywords"].items()
        return {_camel(name): data(item) for name, item in fields if item is not None}
    if "$" in value:
        found = plain(value)
        return data(found) if isinstance(found, dict) else found
    return {name: data(item) for name, item in value.items() if item is not None}


def _fields(settings: Json) -> Mapping[str, Json]:
    """The settings of a pod, of a dictionary or of a call of ZenML's class."""
    if "$" in settings:
        fields: Mapping[str, Json] = settings.get("keywords", {})
        return fields
    return settings  # type: ignore[no-any-return]


def _camel(name: str) -> str:
    """The name of a field in JSON, of its name in Python."""
    return _NAMES.get(name) or re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), name.lstrip("_"))


def given(settings: Mapping[str, Given], name: str) -> Json:
    """The value of a setting, None for one that says nothing."""
    found = settings.get(name)
    return None if found is None or is_nothing(found.value) else found.value
