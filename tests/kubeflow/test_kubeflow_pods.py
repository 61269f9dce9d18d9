"""Settings of pods: each goes where the server takes it, or is told at its line."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kfp_pod import meaning, of_server, of_zenml
from kubeflow_samples import Compiled, call, pipeline, step

from zencompile.frontend.surface import TABLES
from zencompile.ir import Resources, SecretReference
from zencompile.source import Span
from zencompile_kubeflow import quantities
from zencompile_kubeflow.pods.settings import OF_THE_CLIENT
from zencompile_kubeflow.pods.table import SHAPES, UNREAD, Row

KUBERNETES = kubernetes_validate.latest_version()
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


def pod(settings: dict[str, Any], options: dict[str, Any] | None = None, **more: Any) -> Compiled:
    """A pipeline of one step with these settings of its pod, each at a line of its own."""
    key = more.pop("key", "orchestrator.kubernetes")
    written = {key: {"pod_settings": settings}}
    spans: dict[str, Span] = {}
    for number, path in enumerate(_paths(written)):
        spans["/".join(path)] = Span("run.py", 100 + number, 1, 100 + number, 2)
    calls = [call("s", settings=written, spans=spans, **more)]
    return Compiled(pipeline([step("s")], calls), **options or {})


def _paths(value: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    items = enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else ()
    for key, item in items:
        yield (*above, str(key))
        yield from _paths(item, (*above, str(key)))


def problems(made: Compiled) -> list[str]:
    """Codes of what is more than a note."""
    return [found.code for found in made.report if found.severity.value != "note"]


def where(made: Compiled, code: str) -> Span:
    """The place of the one problem of a code."""
    (found,) = [one for one in made.report if one.code == code]
    assert found.span is not None
    return found.span


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


# -- what a pod would refuse, or a step would miss ---------------------------------------------------------------------


def _claim(name: str) -> dict[str, Any]:
    return {"name": name, "persistentVolumeClaim": {"claimName": name}}


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"volumes": [_claim("a")], "volume_mounts": [{"name": "a", "mountPath": "/m", "readOnly": True}]}, "ZC0587"),
        ({"volumes": [{"name": "a", "secret": {"secretName": "s"}}],
          "volume_mounts": [{"name": "a", "mountPath": "/m/k", "subPath": "k"}]}, "ZC0587"),
        ({"volumes": [{"name": "a", "emptyDir": {}}],
          "volume_mounts": [{"name": "a", "mountPath": "/m", "subPath": "k"}]}, "ZC0587"),
        ({"volume_mounts": [{"name": "a", "mountPath": "/m"}]}, "ZC0589"),
        ({"volumes": [_claim("a"), {"name": "b", "secret": {"secretName": "a"}}],
          "volume_mounts": [{"name": "a", "mountPath": "/m"}, {"name": "b", "mountPath": "/n"}]}, "ZC0589"),
        ({"volumes": [_claim("a"), _claim("b")],
          "volume_mounts": [{"name": "a", "mountPath": "/m"}, {"name": "b", "mountPath": "/m/"}]}, "ZC0589"),
        ({"volumes": [_claim("a"), {"name": "a", "emptyDir": {}}],
          "volume_mounts": [{"name": "a", "mountPath": "/m"}]}, "ZC0589"),
        ({"volumes": [_claim("data.v1")], "volume_mounts": [{"name": "data.v1", "mountPath": "/m"}]}, "ZC0589"),
        ({"volumes": [_claim("kfp-launcher")],
          "volume_mounts": [{"name": "kfp-launcher", "mountPath": "/m"}]}, "ZC0589"),
        ({"volumes": [_claim("a")], "volume_mounts": [{"name": "a", "mountPath": "m"}]}, "ZC0589"),
        ({"volumes": [_claim("a")], "volume_mounts": [{"name": "a", "mountPath": "/gcs"}]}, "ZC0589"),
        ({"volumes": [{"name": "a", "secret": {"secretName": "s"}},
                      {"name": "b", "secret": {"secretName": "s", "optional": True}}],
          "volume_mounts": [{"name": "a", "mountPath": "/m"}, {"name": "b", "mountPath": "/n"}]}, "ZC0589"),
        ({"env": [{"name": "A", "value": "1"},
                  {"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]}, "ZC0589"),
        ({"env": [{"name": "KFP_POD_NAME", "value": "1"}]}, "ZC0589"),
        ({"env": [{"name": "A", "value": "{{x}}"}]}, "ZC0587"),
        ({"env": [{"name": "A", "value": "$$(HOME)"}]}, "ZC0587"),
        ({"annotations": {"a": "{{x}}"}}, "ZC0587"),
        ({"labels": {"a": "no value"}}, "ZC0589"),
        ({"labels": {"no key": "a"}}, "ZC0589"),
        ({"image_pull_secrets": ["No_Secret"]}, "ZC0589"),
        ({"affinity": {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": [{}]}}}}, "ZC0587"),
        ({"affinity": {"podAffinity": {REQUIRED: [{"topologyKey": "zone"}]}}}, "ZC0587"),
        ({"affinity": {"podAffinity": {PREFERRED: [{"weight": 1}]}}}, "ZC0522"),
        ({"resources": {"limits": {"memory": "1GB"}}}, "ZC0589"),
        ({"resources": {"limits": {"cpu": "-1"}}}, "ZC0589"),
        ({"resources": {"limits": {"ephemeral-storage": "1Gi"}}}, "ZC0587"),
        ({"resources": {"requests": {"hugepages-2Mi": "1Gi"}}}, "ZC0587"),
        ({"resources": {"limits": {"nvidia.com/gpu": 1, "amd.com/gpu": 1}}}, "ZC0587"),
        ({"resources": {"limits": {"nvidia.com/gpu": "500m"}}}, "ZC0589"),
        ({"resources": {"limits": {"nvidia.com/gpu": 1}, "requests": {"nvidia.com/gpu": 2}}}, "ZC0589"),
        ({"resources": {"limits": {"cpu": "1"}, "requests": {"cpu": "1500m"}}}, "ZC0589"),
        ({"container_security_context": {"runAsUser": 0, "runAsNonRoot": True}}, "ZC0589"),
        ({"container_security_context": {"capabilities": {"add": ["SYS_PTRACE"]}}}, "ZC0587"),
        ({"container_security_context": {"allowPrivilegeEscalation": True}}, "ZC0587"),
        ({"host_ipc": True}, "ZC0587"),
        ({"scheduler_name": "volcano"}, "ZC0522"),
        ({"additional_pod_spec_args": {"active_deadline_seconds": 0}}, "ZC0589"),
        ({"additional_pod_spec_args": {"service_account_name": "trainer"}}, "ZC0522"),
    ],
    ids=lambda value: json.dumps(value)[:70] if isinstance(value, dict) else value,
)  # fmt: skip
def test_what_can_not_be_kept_is_told_at_its_line(settings: dict[str, Any], code: str) -> None:
    made = pod(settings)
    assert problems(made) == [code], list(made.report)
    assert where(made, code).line >= 100
    assert bool(made.files) == (code == "ZC0522")


def test_what_says_what_holds_anyway_is_no_problem() -> None:
    made = pod(
        {
            "host_ipc": False,
            "scheduler_name": "default-scheduler",
            "container_security_context": {
                "privileged": False,
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "volumes": [{"name": "a", "secret": {"secretName": "s", "defaultMode": 420, "items": []}}],
            "volume_mounts": [{"name": "a", "mountPath": "/m", "readOnly": True, "subPath": ""}],
            "additional_pod_spec_args": {"restart_policy": "Never", "host_network": False},
        },
        {"server": "2.17"},
    )
    assert made.codes == []


def test_objects_of_the_kubernetes_client_are_what_they_stand_for() -> None:
    def model(class_: str, **keywords: Any) -> dict[str, Any]:
        return {"$": "model", "class": f"kubernetes.client.models:{class_}", "keywords": keywords}

    claim = model("V1PersistentVolumeClaimVolumeSource", claim_name="c", read_only=None)
    made = pod(
        {
            "tolerations": [model("V1Toleration", key="a", operator="Exists", toleration_seconds=3)],
            "volumes": [model("V1Volume", name="v", persistent_volume_claim=claim)],
            "volume_mounts": [model("V1VolumeMount", name="v", mount_path="/m", sub_path="p")],
        },
        {"server": "2.17"},
    )
    assert made.codes == []
    platform = made.platform("s")
    assert platform["tolerations"] == [{"key": "a", "operator": "Exists", "tolerationSeconds": 3}]
    assert (platform["pvcMount"][0]["mountPath"], platform["pvcMount"][0]["subPath"]) == ("/m", "p")


def test_init_containers_mount_what_the_step_mounts() -> None:
    container = {
        "name": "copy",
        "image": "busybox",
        "command": ["cp"],
        "env": [{"name": "A", "value": "1"}],
        "volumeMounts": [{"name": "v", "mountPath": "/in"}],
        "restartPolicy": "Always",
        "resources": {"limits": {"cpu": "1"}},
    }
    settings = {
        "volumes": [{"name": "v", "secret": {"secretName": "keys"}}],
        "volume_mounts": [{"name": "v", "mountPath": "/m"}],
        "additional_pod_spec_args": {"init_containers": [container]},
    }
    made = pod(settings, {"server": "2.18"})
    assert made.codes == []
    (found,) = made.platform("s")["initContainers"]
    assert found == {**container, "volumeMounts": [{"volumeName": "keys", "mountPath": "/in"}]}
    del settings["volume_mounts"]
    assert pod(settings, {"server": "2.18"}).codes == ["ZC0587"]


def test_older_forms_of_zenml_are_read() -> None:
    calls = [call("s", settings={"orchestrator.kubeflow": {"node_affinity": {"zone": ["a", "b"]}}})]
    made = Compiled(pipeline([step("s")], calls), server="2.17")
    assert made.platform("s")["nodeAffinity"] == [
        {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a", "b"]}]}
    ]


# -- resources and secrets ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "number"),
    [("1", 1), ("500m", 0.5), ("4Gi", 2**32), ("1.5G", 1.5e9), ("1e3", 1000), (".5", 0.5), ("2.", 2), ("1E", 10**18)],
)
def test_quantities_are_read_as_kubernetes_reads_them(text: str, number: float) -> None:
    found = quantities.parse(text)
    assert found is not None
    assert float(found) == number


@pytest.mark.parametrize("text", ["", "1GB", "1 Gi", "Gi", "1ki", "1K", "1mi", "0x1", "1e", "٣"])
def test_other_texts_are_no_quantities(text: str) -> None:
    assert quantities.parse(text) is None


def test_resources_that_contradict_each_other_are_an_error() -> None:
    both = {"resources": {"limits": {"cpu": "4"}}}
    assert pod(both, resources=Resources(cpu=2)).codes == ["ZC0589"]
    assert pod(both, resources=Resources(cpu=4)).codes == []
    gpus = pod({"resources": {"limits": {"amd.com/gpu": 2}}}, resources=Resources(gpu=2))
    assert gpus.container("s")["resources"]["accelerator"]["resourceType"] == "amd.com/gpu"


@pytest.mark.parametrize(
    ("references", "secrets"),
    [
        ({"A": SecretReference(name="api_key", key="k"), "B": SecretReference(name="api-key", key="k")}, ()),
        ({"A": SecretReference(name="Api", key="k")}, ("api",)),
        ({"A": SecretReference(name="api", key="a key")}, ()),
        ({"A": SecretReference(name="a..b", key="k")}, ()),
        ({}, ("-a",)),
    ],
)
def test_secrets_that_kubernetes_would_not_tell_apart_or_not_have(references: Any, secrets: Any) -> None:
    made = Compiled(pipeline([step("s")], [call("s", variables=references, secrets=secrets)]))
    assert [one.code for one in made.report.errors] == ["ZC0527"]


def test_a_secret_of_two_steps_is_told_apart_in_the_whole_pipeline() -> None:
    calls = [call("a", secrets=("api_key",)), call("b", secrets=("api-key",))]
    made = Compiled(pipeline([step("a"), step("b")], calls))
    assert [one.code for one in made.report.errors] == ["ZC0527"]


# -- against Kubernetes ------------------------------------------------------------------------------------------------

_NAMES = st.sampled_from(("a", "b", "data"))
_TEXTS = st.sampled_from(("x", "1", "true", "a b", "$(HOME)", ""))
_QUANTITIES = st.sampled_from(("1", "500m", "2Gi", "1.5G"))
_REQUIREMENT = st.fixed_dictionaries(
    {"key": _NAMES, "operator": st.just("In"), "values": st.lists(_NAMES, min_size=1, max_size=2)}
)
_TERM = st.fixed_dictionaries({}, optional={"matchExpressions": st.lists(_REQUIREMENT, min_size=1, max_size=2),
                                            "matchFields": st.lists(_REQUIREMENT, min_size=1, max_size=1)})  # fmt: skip
_AFFINITY = st.fixed_dictionaries({}, optional={
    REQUIRED: st.fixed_dictionaries({"nodeSelectorTerms": st.lists(_TERM, min_size=1, max_size=2)}),
    PREFERRED: st.lists(st.fixed_dictionaries({"weight": st.integers(1, 100), "preference": _TERM}), max_size=2),
})  # fmt: skip
_OPTIONS: dict[str, st.SearchStrategy[Any]] = {"optional": st.booleans(), "defaultMode": st.just(420)}
_SOURCES = st.one_of(
    st.fixed_dictionaries({"persistentVolumeClaim": st.fixed_dictionaries({"claimName": _NAMES})}),
    st.fixed_dictionaries({"secret": st.fixed_dictionaries({"secretName": _NAMES}, optional=_OPTIONS)}),
    st.fixed_dictionaries({"configMap": st.fixed_dictionaries({"name": _NAMES}, optional=_OPTIONS)}),
    st.fixed_dictionaries({"emptyDir": st.fixed_dictionaries({}, optional={"sizeLimit": _QUANTITIES})}),
    st.just({"ephemeral": {"volumeClaimTemplate": {"spec": _SPEC, "metadata": {"labels": {"a": "b"}}}}}),
)  # fmt: skip
_VOLUMES = st.dictionaries(_NAMES, _SOURCES, max_size=3)
_MOUNT = st.fixed_dictionaries(
    {"name": _NAMES, "mountPath": st.sampled_from(("/m", "/n", "/o"))},
    optional={"readOnly": st.booleans(), "subPath": st.sampled_from(("", "p"))},
)
_KEY = st.fixed_dictionaries({"name": _NAMES, "key": _NAMES}, optional={"optional": st.booleans()})
_VARIABLE = st.one_of(
    st.fixed_dictionaries({"value": _TEXTS}),
    st.fixed_dictionaries({"valueFrom": st.fixed_dictionaries({"secretKeyRef": _KEY})}),
    st.fixed_dictionaries({"valueFrom": st.fixed_dictionaries({"configMapKeyRef": _KEY})}),
    st.just({"valueFrom": {"fieldRef": {"fieldPath": "status.podIP", "apiVersion": "v1"}}}),
)
_TOLERATIONS = st.lists(
    st.fixed_dictionaries({"key": _NAMES, "operator": st.just("Exists")}, optional={"tolerationSeconds": st.just(5)}),
    max_size=2,
)
_PODS = st.fixed_dictionaries({}, optional={
    "node_selectors": st.dictionaries(_NAMES, _NAMES, max_size=2),
    "affinity": st.fixed_dictionaries({"nodeAffinity": _AFFINITY}),
    "tolerations": _TOLERATIONS,
    "resources": st.fixed_dictionaries({}, optional={
        "limits": st.dictionaries(st.sampled_from(("cpu", "memory", "nvidia.com/gpu")), st.sampled_from(("1", "2"))),
        "requests": st.dictionaries(st.sampled_from(("cpu", "memory")), _QUANTITIES),
    }),
    "image_pull_secrets": st.lists(_NAMES, max_size=2),
    "env": st.dictionaries(st.sampled_from(("A", "B", "C")), _VARIABLE, max_size=3).map(
        lambda found: [{"name": name, **one} for name, one in found.items()]),
    "volumes": _VOLUMES.map(lambda found: [{"name": name, **one} for name, one in found.items()]),
    "volume_mounts": st.lists(_MOUNT, max_size=3),
    "container_security_context": st.fixed_dictionaries({}, optional={"runAsUser": st.just(1000),
                                                                      "runAsNonRoot": st.booleans()}),
    "additional_pod_spec_args": st.fixed_dictionaries({}, optional={
        "active_deadline_seconds": st.integers(1, 9),
        "node_selector": st.dictionaries(_NAMES, _NAMES, max_size=1),
        "tolerations": _TOLERATIONS,
        "affinity": st.fixed_dictionaries({"nodeAffinity": _AFFINITY}),
    }),
})  # fmt: skip


def _without_empty_terms(affinity: Any) -> Any:
    """To Kubernetes a preferred term without rules says nothing."""
    rules = affinity.get("nodeAffinity", {})
    preferred = [one for one in rules.get(PREFERRED, ()) if one["preference"]]
    kept = {REQUIRED: rules.get(REQUIRED), PREFERRED: preferred}
    return {key: value for key, value in kept.items() if value}


@settings(max_examples=100, deadline=None)
@given(_PODS)
def test_a_pod_on_kubeflow_is_that_of_zenml_or_is_refused(written: dict[str, Any]) -> None:
    made = pod(written, {"server": "2.17"})
    if made.report.errors:
        return
    config = made.platform("s") if len(made.documents) > 1 else {}
    found = of_server(config, made.container("s"))
    kubernetes_validate.validate(
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": found}, KUBERNETES, strict=True
    )
    here, there = meaning(found), meaning(of_zenml(written))
    for one in (here, there):
        one["affinity"] = _without_empty_terms(one["affinity"])
        limits, requests = (one["resources"].get(kind, {}) for kind in ("limits", "requests"))
        one["resources"] = {"limits": limits, "requests": {**limits, **requests}}  # as Kubernetes fills them in
    assert here == there
