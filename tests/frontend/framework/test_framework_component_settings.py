"""Settings of orchestrators reach the IR with their types, and with the place of every part."""

from __future__ import annotations

from typing import Any

import pytest

HEAD = """
import datetime
import random
from enum import Enum
from pathlib import Path
from airflow.providers.docker.operators.docker import DockerOperator
from docker.types import Mount
from kubernetes.client import models as k8s
from zenml.integrations.airflow.flavors.airflow_orchestrator_flavor import AirflowOrchestratorSettings, OperatorType
from zenml.integrations.kubernetes.pod_settings import KubernetesPodSettings
from somewhere import unread

class Size(Enum):
    SMALL = "s"

def notify(context):
    pass

class Own:
    def method(self):
        pass

MINUTE = datetime.timedelta(minutes=1)
"""

VALUES = [
    ("1", 1),
    ("None", None),
    ("[1, (2, 3)]", [1, [2, 3]]),
    ("{'b', 'a'}", ["a", "b"]),
    ("{1: 'x'}", {"$": "dict", "items": [[1, "x"]]}),
    ("MINUTE", {"$": "timedelta", "days": 0, "seconds": 60, "microseconds": 0}),
    ("[{'a': MINUTE}]", [{"a": {"$": "timedelta", "days": 0, "seconds": 60, "microseconds": 0}}]),
    ("datetime.datetime(2026, 1, 2)", {"$": "datetime", "iso": "2026-01-02T00:00:00"}),
    ("datetime.date(2026, 1, 2)", {"$": "date", "iso": "2026-01-02"}),
    ("Path('/srv/data')", "/srv/data"),
    ("Size.SMALL", "s"),
    ("KubernetesPodSettings(labels={'a': 'b'})", {"labels": {"a": "b"}}),
    ("notify", {"$": "symbol", "path": "run:notify"}),
    ("lambda context: None", {"$": "symbol", "path": "run:<lambda>"}),
    ("Own", {"$": "symbol", "path": "run:Own"}),
    ("unread.thing", {"$": "symbol", "path": "somewhere.unread.thing"}),
    (
        "k8s.V1Toleration(key='gpu')",
        {"$": "model", "class": "kubernetes.client.models:V1Toleration", "keywords": {"key": "gpu"}},
    ),
    (
        "Mount('/a', '/b', read_only=True)",
        {"$": "model", "class": "docker.types:Mount", "arguments": ["/a", "/b"], "keywords": {"read_only": True}},
    ),
    ("random.random()", {"$": "unknown", "text": "a random number"}),
    ("float('inf')", {"$": "unknown", "text": "it is inf, which JSON lacks"}),
]

FORMS = ["{{'operator_args': {{'x': {0}, 'y': 2}}}}", "{1}(operator_args={{'x': {0}, 'y': 2}})"]


@pytest.mark.parametrize("written, expected", VALUES, ids=[written for written, _ in VALUES])
@pytest.mark.parametrize(
    "settings", ["{{'operator_args': {{'x': {0}, 'y': 2}}}}", "{1}(operator_args={{'x': {0}, 'y': 2}})"]
)
def test_a_value_keeps_its_type_and_costs_itself_alone(
    compile_text: Any, written: str, expected: Any, settings: str
) -> None:
    made = settings.format(written, "AirflowOrchestratorSettings")
    text = f"@step(settings={{'orchestrator.airflow': {made}}})\ndef s() -> int:\n    return 1\n"
    done = compile_text(HEAD + text + "@pipeline\ndef p():\n    s()\n")
    own = done["s"]
    assert own.settings == {"orchestrator.airflow": {"operator_args": {"x": expected, "y": 2}}}
    assert "ZC0305" not in done.warnings


def test_the_place_of_every_part_is_known(compile_text: Any) -> None:
    """Also of what a constant of the module holds, of elements of lists, and of the fields of an object."""
    done = compile_text(
        "from zenml.integrations.kubernetes.pod_settings import KubernetesPodSettings\n"
        "ARGS = {\n    'pool': 'a',\n    'mounts': [\n        {'target': '/a'},\n    ],\n}\n"
        "POD = KubernetesPodSettings(\n    labels={'a': 'b'},\n)\n"
        "@step(settings={\n"
        "    'orchestrator.airflow': {'operator_args': ARGS},\n"
        "    'orchestrator.kubernetes': {'pod_settings': POD},\n"
        "})\ndef s() -> int:\n    return 1\n"
        "@pipeline\ndef p():\n    s()\n"
    )
    spans = done["s"].spans
    first = spans["orchestrator.airflow/operator_args/pool"].line
    assert spans["orchestrator.airflow/operator_args/mounts/0/target"].line == first + 2
    assert spans["orchestrator.kubernetes/pod_settings/labels"].line == first + 6
    assert spans["orchestrator.airflow/operator_args"].line == first + 9
