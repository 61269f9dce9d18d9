"""The table of settings of pods: each row does what it says, and there is a row for everything."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
from kubeflow_samples import Compiled
from pod_samples import PREFERRED, REQUIRED, pod, problems

from zencompile.frontend.surface import TABLES
from zencompile_kubeflow.pods.settings import OF_THE_CLIENT
from zencompile_kubeflow.pods.table import SHAPES, UNREAD, Row

KUBERNETES = kubernetes_validate.latest_version()


# -- the table ---------------------------------------------------------------------------------------------------------

_OF_KUBERNETES = {
    "volume": "volume",
    "mount": "volumemount",
    "env": "envvar",
    "env_source": "envvarsource",
    "secret_key": "secretkeyselector",
    "config_map_key": "configmapkeyselector",
    "field": "objectfieldselector",
    "toleration": "toleration",
    "affinity": "affinity",
    "node_affinity": "nodeaffinity",
    "pod_affinity": "podaffinity",
    "node_selector": "nodeselector",
    "node_term": "nodeselectorterm",
    "preferred_term": "preferredschedulingterm",
    "requirement": "nodeselectorrequirement",
    "pull_secret": "localobjectreference",
    "claim": "persistentvolumeclaimvolumesource",
    "secret_volume": "secretvolumesource",
    "config_map_volume": "configmapvolumesource",
    "empty_dir": "emptydirvolumesource",
    "ephemeral": "ephemeralvolumesource",
    "claim_template": "persistentvolumeclaimtemplate",
    "claim_spec": "persistentvolumeclaimspec",
    "claim_resources": "volumeresourcerequirements",
    "security": "securitycontext",
    "resources": "resourcerequirements",
    "init_container": "container",
    "init_env": "envvar",
    "init_mount": "volumemount",
    "pod_spec": "podspec",
}
_SPELT = {"host_ipc": "hostIPC", "host_pid": "hostPID", "set_hostname_as_fqdn": "setHostnameAsFQDN"}
_OWN = {"settings", "pod", "claim_metadata", "claim_size"}


def test_every_key_of_kubernetes_has_a_row() -> None:
    """Of the newest release whose schemas are published."""
    folder = Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema" / f"v{KUBERNETES}-local"
    assert set(SHAPES) == set(_OF_KUBERNETES) | _OWN
    for shape, name in _OF_KUBERNETES.items():
        keys = set(json.loads((folder / f"{name}-v1.json").read_text())["properties"])
        rows = set(SHAPES[shape])
        if shape == "pod_spec":
            rows = {_SPELT.get(row) or re.sub(r"_(.)", lambda match: match[1].upper(), row) for row in rows}
        assert rows == keys, shape


def test_every_setting_of_zenml_has_a_row() -> None:
    assert set(SHAPES["pod"]) == {field.name for field in TABLES["pod"].fields}
    for kind in ("orchestrator.kubernetes", "orchestrator.kubeflow"):
        honoured = {field.name for field in TABLES[kind].fields if field.into}
        assert honoured <= set(SHAPES["settings"]) | OF_THE_CLIENT


_FIELDS = """
import json
from kfp.kubernetes import kubernetes_executor_config_pb2 as pb
def fields(message, seen):
    for field in message.fields:
        yield f"{message.full_name.partition('.')[2]}.{field.name}"
        inner = field.message_type
        if inner is not None and inner.file is message.file and inner.full_name not in seen:
            seen.add(inner.full_name)
            yield from fields(inner, seen)
print(json.dumps(list(fields(pb.KubernetesExecutorConfig.DESCRIPTOR, set()))))
"""
# Fields that hold what rows go into, and those that say the same for newer servers.
_AROUND = re.compile(
    r"KubernetesExecutorConfig\.(?!active_deadline)|\.(secret|config_map|pvc)_name_parameter$|\.mount_path$|Entry\."
    r"|AsVolume\.(secret|config_map)_name$|As(Volume|Env)\.optional$|SecretAsEnv\.secret_name$|ConfigMapAsEnv\."
    r"|PvcMount\.(task_output_parameter|constant|component_input_parameter)$|FieldPathAsEnv\.name$|volume_name$"
    r"|KeyToEnvMap\.|default_storage_class$"
)


@pytest.mark.kfp
def test_every_field_of_kfp_can_be_reached_and_every_row_leads_to_one(kfp_python: Path) -> None:
    done = subprocess.run([str(kfp_python), "-c", _FIELDS], capture_output=True, text=True, check=True)
    known = set(json.loads(done.stdout.splitlines()[-1]))
    rows = {row.into for shape in SHAPES.values() for row in shape.values() if row.into and row.into[0] != "("}
    renamed = {
        "SecretAsVolume.name": "SecretAsVolume.secret_name",
        "ConfigMapAsVolume.name": "ConfigMapAsVolume.config_map_name",
        "SecretAsEnv.name": "SecretAsEnv.secret_name",
        "ConfigMapAsEnv.name": "ConfigMapAsEnv.config_map_name",
        "PvcMount.pvc_reference": "PvcMount.constant",
        "PvcMount.sub_path": "PvcMount.mount_path",  # newer than the package
    }
    newer = {row for row in rows if row.startswith(("InitContainer.", "KubernetesExecutorConfig.init_"))}
    assert {renamed.get(row, row) for row in rows - newer} <= known
    unreached = {one for one in known - rows - set(UNREAD) if not _AROUND.search(one) and "PodAffinity" not in one}
    assert {one for one in unreached if "EnabledSharedMemory" not in one and one not in renamed.values()} == set()


# A value of each kind, and of each shape with nothing but what it needs.
_VALUES: dict[str, Any] = {
    "text": "a",
    "int": 7,
    "flag": True,
    "texts": ["a"],
    "map": {"a": "b"},
    "quantity": "1Gi",
    "quantities": {"cpu": "1"},
    "any": {"a": ["b"]},
}


def sample(kind: str) -> Any:
    """A value of a kind, as small as can be."""
    if kind.startswith("list "):
        return [sample(kind.removeprefix("list "))]
    if kind not in SHAPES:
        return _VALUES[kind]
    found = {name: sample(row.kind) for name, row in SHAPES[kind].items() if row.required}
    return found | _NEEDED.get(kind, {})


_NEEDED: dict[str, dict[str, Any]] = {
    "mount": {"mountPath": "/m"},
    "init_mount": {"mountPath": "/m"},
    "node_term": {"matchExpressions": [{"key": "k", "operator": "Exists"}]},
    "toleration": {"key": "k", "effect": "NoExecute"},
    "requirement": {"operator": "In", "values": ["b"]},
    "claim_spec": {"accessModes": ["ReadWriteOnce"]},
    "field": {"fieldPath": "metadata.uid"},
}
# How to get from the settings of a pod to each shape: what stands around it, `HERE` at its place.
_HERE = "HERE"
_PLACES: dict[str, dict[str, Any]] = {
    "pod": {_HERE: None},
    "pod_spec": {"additional_pod_spec_args": _HERE},
    "toleration": {"tolerations": [_HERE]},
    "affinity": {"affinity": _HERE},
    "node_affinity": {"affinity": {"nodeAffinity": _HERE}},
    "pod_affinity": {"affinity": {"podAntiAffinity": _HERE}},
    "node_selector": {"affinity": {"nodeAffinity": {REQUIRED: _HERE}}},
    "preferred_term": {"affinity": {"nodeAffinity": {PREFERRED: [_HERE]}}},
    "node_term": {"affinity": {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": [_HERE]}}}},
    "requirement": {"affinity": {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": [{"matchExpressions": [_HERE]}]}}}},
    "pull_secret": {"image_pull_secrets": [_HERE]},
    "volume": {"volumes": [_HERE], "volume_mounts": [{"name": "a", "mountPath": "/m"}]},
    "claim": {"volumes": [{"name": "a", "persistentVolumeClaim": _HERE}]},
    "secret_volume": {"volumes": [{"name": "a", "secret": _HERE}]},
    "config_map_volume": {"volumes": [{"name": "a", "configMap": _HERE}]},
    "empty_dir": {"volumes": [{"name": "a", "emptyDir": _HERE}]},
    "ephemeral": {"volumes": [{"name": "a", "ephemeral": _HERE}]},
    "claim_template": {"volumes": [{"name": "a", "ephemeral": {"volumeClaimTemplate": _HERE}}]},
    "mount": {"volumes": [{"name": "a", "persistentVolumeClaim": {"claimName": "c"}}], "volume_mounts": [_HERE]},
    "env": {"env": [_HERE]},
    "env_source": {"env": [{"name": "A", "valueFrom": _HERE}]},
    "secret_key": {"env": [{"name": "A", "valueFrom": {"secretKeyRef": _HERE}}]},
    "config_map_key": {"env": [{"name": "A", "valueFrom": {"configMapKeyRef": _HERE}}]},
    "field": {"env": [{"name": "A", "valueFrom": {"fieldRef": _HERE}}]},
    "security": {"container_security_context": _HERE},
    "resources": {"resources": _HERE},
    "init_container": {"additional_pod_spec_args": {"init_containers": [_HERE]}},
    "init_env": {"additional_pod_spec_args": {"init_containers": [{"name": "i", "image": "j", "env": [_HERE]}]}},
    "init_mount": {
        "additional_pod_spec_args": {"init_containers": [{"name": "i", "image": "j", "volumeMounts": [_HERE]}]}
    },
}  # fmt: skip
_TEMPLATE = ("volumes", 0, "ephemeral", "volumeClaimTemplate")
_SPEC = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}


def around(shape: str, inner: Any) -> dict[str, Any]:
    """Settings of a pod with `inner` at the place of a shape."""
    if shape == "pod":
        return dict(inner)
    if shape.startswith("claim_") and shape != "claim_template":
        spec: dict[str, Any] = {**_SPEC}
        template: dict[str, Any] = {"spec": spec}
        if shape == "claim_metadata":
            template["metadata"] = inner
        elif shape == "claim_spec":
            template["spec"] = inner
        elif shape == "claim_resources":
            spec["resources"] = inner
        else:
            spec["resources"] = {"requests": inner}
        return {"volumes": [{"name": "a", "ephemeral": {"volumeClaimTemplate": template}}], **_mount()}
    made: dict[str, Any] = json.loads(json.dumps(_PLACES[shape]).replace(f'"{_HERE}"', json.dumps(inner)))
    return {**_mount(), **made} if "volumes" in made else made


def _mount() -> dict[str, Any]:
    return {"volume_mounts": [{"name": "a", "mountPath": "/m"}]}


ROWS = [(shape, name, row) for shape, rows in SHAPES.items() if shape != "settings" for name, row in rows.items()]


_CHOSEN = {
    ("mount", "mountPath"): "/n",
    ("init_mount", "mountPath"): "/n",
    ("init_container", "restartPolicy"): "Always",
    ("toleration", "operator"): "Exists",
    ("toleration", "effect"): "NoSchedule",
    ("requirement", "operator"): "NotIn",
    ("node_term", "matchFields"): [{"key": "metadata.name", "operator": "In", "values": ["n"]}],
    ("claim_spec", "accessModes"): ["ReadWriteMany"],
    ("empty_dir", "medium"): "Memory",
    ("field", "fieldPath"): "metadata.name",
}


def with_row(shape: str, name: str, row: Row) -> Compiled:
    """A pod with one row's setting given."""
    value = _CHOSEN.get((shape, name), sample(row.kind))
    inner = {**sample(shape), name: value}
    if shape == "env_source":
        inner = {name: value}
    return pod(around(shape, inner), {"server": "2.18"})


@pytest.mark.parametrize(("shape", "name", "row"), ROWS, ids=[f"{shape}-{name}" for shape, name, _ in ROWS])
def test_each_row_does_what_it_says(shape: str, name: str, row: Row) -> None:
    """What has a field changes the pod; what has none is told at its own line: an error if it is grave."""
    made = with_row(shape, name, row)
    if row.into:
        expected = [code] if (code := _REFUSED_HERE.get((shape, name))) else []
        assert problems(made) == expected, list(made.report)
        if expected or row.required or (shape, name) in _SILENT:
            return
        without = pod(around(shape, {k: v for k, v in sample(shape).items() if k != name}), {"server": "2.18"})
        assert made.documents != without.documents
        return
    (found,) = [one for one in made.report if one.severity.value != "note"]
    assert found.code == ("ZC0587" if row.grave else "ZC0522")
    assert row.lost in found.notes
    assert found.span is not None
    assert found.span.line >= 100


# Of these the sample asks for what KFP can't do, or for nothing.
_REFUSED_HERE = {
    ("mount", "readOnly"): "ZC0587",
    ("init_container", "volumeMounts"): "ZC0587",
    ("init_mount", "name"): "ZC0587",
    ("init_mount", "mountPath"): "ZC0587",
    ("pod", "volume_mounts"): "ZC0589",  # of no volume
}
_SILENT = {
    ("pod", "affinity"), ("pod", "volumes"), ("pod", "additional_pod_spec_args"), ("pod", "container_security_context"),
    ("pod", "volume_mounts"), ("pod", "resources"), ("pod_spec", "affinity"), ("pod_spec", "volumes"),
    ("pod", "tolerations"), ("pod_spec", "tolerations"), ("affinity", "nodeAffinity"), ("affinity", "podAffinity"),
    ("affinity", "podAntiAffinity"), ("claim_template", "metadata"), ("env", "valueFrom"),
    ("init_container", "resources"), ("volume", "emptyDir"),
}  # fmt: skip


@pytest.mark.parametrize(("shape", "name", "row"), ROWS, ids=[f"{shape}-{name}" for shape, name, _ in ROWS])
def test_a_value_of_another_kind_is_an_error_at_its_line(shape: str, name: str, row: Row) -> None:
    if row.kind == "any" or shape == "pod_affinity":
        return
    wrong = 3 if row.kind not in ("int", "text", "quantity") else {"x": 1}
    made = pod(around(shape, {**sample(shape), name: wrong}), {"server": "2.18"})
    assert "ZC0589" in made.codes or (not made.report.errors and name == "valueFrom"), list(made.report)


@pytest.mark.parametrize("shape", sorted(set(SHAPES) - {"settings", "pod"}))
def test_a_key_that_kubernetes_does_not_know_is_an_error_at_its_line(shape: str) -> None:
    name = max(SHAPES[shape], key=len)
    made = pod(around(shape, {**sample(shape), f"{name}x": "a"}), {"server": "2.18"})
    (found,) = [one for one in made.report.errors if "is not known" in one.message]
    assert found.code == "ZC0589"
    assert found.helps == (f"did you mean `{name}`?",)
    assert found.span is not None
    assert found.span.line >= 100


NEWER = [(shape, name, row) for shape, name, row in ROWS if row.into and row.since > (2, 0)]


@pytest.mark.parametrize(("shape", "name", "row"), NEWER, ids=[f"{shape}-{name}" for shape, name, _ in NEWER])
def test_a_server_that_does_not_read_a_field_is_told(shape: str, name: str, row: Row) -> None:
    inner = {**sample(shape), name: sample(row.kind)}
    major, minor = row.since
    older = pod(around(shape, inner), {"server": f"{major}.{minor - 1}"})
    assert "ZC0588" in [one.code for one in older.report.errors]


def test_notes_tell_of_servers_if_none_is_named() -> None:
    made = pod({"container_security_context": {"runAsUser": 1000}})
    (note,) = made.report
    assert (note.code, note.severity.value) == ("ZC0588", "note")
    assert pod({"container_security_context": {"runAsUser": 1000}}, {"server": "2.16.1"}).codes == []
    assert pod({"additional_pod_spec_args": {"init_containers": [{"name": "a", "image": "b"}]}}).codes == ["ZC0588"]
