"""Settings of pods: a pod on Kubeflow is that of ZenML, or it is told what can't be kept."""

from __future__ import annotations

import json
from typing import Any

import kubernetes_validate
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kfp_pod import meaning, of_server, of_zenml
from kubeflow_samples import Compiled, call, pipeline, step
from pod_samples import PREFERRED, REQUIRED, pod, problems, where

from zencompile.ir import Environment, Resources, SecretReference, Text
from zencompile.source import Span
from zencompile_kubeflow import quantities

KUBERNETES = kubernetes_validate.latest_version()
_SPEC = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}


# -- what a pod would refuse, or a step would miss ---------------------------------------------------------------------


def _claim(name: str) -> dict[str, Any]:
    return {"name": name, "persistentVolumeClaim": {"claimName": name}}


def _of_field(path: str) -> dict[str, Any]:
    return {"name": "A", "valueFrom": {"fieldRef": {"fieldPath": path}}}


def _of_key(key: str) -> dict[str, Any]:
    return {"name": "A", "valueFrom": {"configMapKeyRef": {"name": "c", "key": key}}}


def _rule(operator: str, *values: str) -> dict[str, Any]:
    return {"matchExpressions": [{"key": "a", "operator": operator, "values": list(values)}]}


def _required(term: dict[str, Any]) -> dict[str, Any]:
    return {"affinity": {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": [term]}}}}


def _preferred(term: dict[str, Any]) -> dict[str, Any]:
    return {"affinity": {"nodeAffinity": {PREFERRED: [term]}}}


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
        ({"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
                  {"name": "B", "value": "user:$(A)@host"}]}, "ZC0587"),
        ({"env": [{"name": "A", "value": "$$(HOME)"}]}, "ZC0587"),
        ({"annotations": {"a": "{{x}}"}}, "ZC0587"),
        ({"labels": {"a": "no value"}}, "ZC0589"),
        ({"labels": {"no key": "a"}}, "ZC0589"),
        ({"image_pull_secrets": ["No_Secret"]}, "ZC0589"),
        ({"labels": {"workflows.argoproj.io/completed": "true"}}, "ZC0589"),
        ({"labels": {"pipeline/runid": "x"}}, "ZC0589"),
        ({"annotations": {"pipelines.kubeflow.org/v2_component": "false"}}, "ZC0589"),
        ({"annotations": {"note": "x" * 140_000}}, "ZC0580"),
        ({"annotations": {"note": "<" * 25_000}}, "ZC0580"),  # each of which is six bytes to Go
        ({"env": [{"name": "METADATA_GRPC_MESSAGE_SIZE", "value": "unlimited"}]}, "ZC0589"),
        ({"env": [_of_field("spec.image")]}, "ZC0589"),
        ({"env": [_of_field("metadata.labels['no key']")]}, "ZC0589"),
        ({"env": [_of_key("no key")]}, "ZC0589"),
        ({"env": [_of_key("..")]}, "ZC0589"),
        ({"volumes": [_claim("a")],
          "volume_mounts": [{"name": "a", "mountPath": "/m", "subPath": "b/../../c"}]}, "ZC0589"),
        ({"volumes": [_claim("a")], "volume_mounts": [{"name": "a", "mountPath": "/m", "subPath": "/b"}]}, "ZC0589"),
        ({"volumes": [{"name": "a", "emptyDir": {"medium": "memory"}}],
          "volume_mounts": [{"name": "a", "mountPath": "/m"}]}, "ZC0589"),
        ({"node_selectors": {"bad key": "v"}}, "ZC0589"),
        ({"node_selectors": {"zone": "bad value"}}, "ZC0589"),
        ({"tolerations": [{"key": "a", "operator": "Exists", "value": "b"}]}, "ZC0589"),
        ({"tolerations": [{"key": "a", "effect": "NoSchedule", "tolerationSeconds": 5, "value": "b"}]}, "ZC0589"),
        ({"tolerations": [{"operator": "Equal", "value": "a"}]}, "ZC0589"),
        ({"tolerations": [{"key": "a", "operator": "Exists", "effect": "noSchedule"}]}, "ZC0589"),
        ({"tolerations": [{"key": "a", "value": "a b"}]}, "ZC0589"),
        ({"tolerations": [{"key": "a", "operator": "exists"}]}, "ZC0589"),
        (_preferred({"weight": 0, "preference": _rule("In", "b")}), "ZC0589"),
        (_preferred({"weight": 101, "preference": _rule("In", "b")}), "ZC0589"),
        (_required(_rule("Exists", "b")), "ZC0589"),
        (_required(_rule("NotIn")), "ZC0589"),
        (_required(_rule("Gt", "1", "2")), "ZC0589"),
        (_required(_rule("Lt", "few")), "ZC0589"),
        (_required(_rule("in", "b")), "ZC0589"),
        (_required({"matchFields": [{"key": "metadata.uid", "operator": "In", "values": ["b"]}]}), "ZC0589"),
        ({"container_security_context": {"runAsUser": 2**31}}, "ZC0589"),
        ({"container_security_context": {"runAsGroup": -1}}, "ZC0589"),
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


def test_many_secrets_are_too_long_for_one_argument() -> None:
    made = Compiled(pipeline([step("s")], [call("s", secrets=[f"credentials-{n}" for n in range(1100)])]))
    assert made.codes == ["ZC0580"]


def test_a_setting_of_a_pipeline_is_told_once_for_all_its_steps() -> None:
    settings = {"orchestrator.kubernetes": {"pod_settings": {"scheduler_name": "volcano"}}}
    spans = {"orchestrator.kubernetes/pod_settings/scheduler_name": Span("run.py", 3, 1, 3, 2)}
    calls = [call(f"s{number}", "s", settings=settings, spans=spans) for number in range(3)]
    assert Compiled(pipeline([step("s")], calls)).codes == ["ZC0522"]


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


def test_a_variable_holds_what_stands_before_it() -> None:
    """Kubernetes puts `$(NAME)` of an earlier variable into a later one: the step's stand before those of its pod."""
    made = pod({"env": [{"name": "URL", "value": "http://$(HOST)/"}]}, variables={"HOST": Text(value="h")})
    assert made.codes == []
    assert [entry["name"] for entry in made.container("s")["env"]] == ["HOST", "URL"]


def test_one_volume_may_be_mounted_at_several_places() -> None:
    """The driver names two volumes alike, and Kubernetes' merge makes one of them."""
    mounts = [{"name": "a", "mountPath": f"/{part}", "subPath": part} for part in ("in", "out")]
    made = pod({"volumes": [_claim("a")], "volume_mounts": mounts}, {"server": "2.17"})
    assert made.codes == []
    assert [entry["subPath"] for entry in made.platform("s")["pvcMount"]] == ["in", "out"]


def test_objects_of_the_kubernetes_client_are_what_they_stand_for() -> None:
    def model(class_: str, **keywords: Any) -> dict[str, Any]:
        return {"$": "model", "class": f"kubernetes.client.models:{class_}", "keywords": keywords}

    claim = model("V1PersistentVolumeClaimVolumeSource", claim_name="c", read_only=None)
    made = pod(
        {
            "tolerations": [
                model("V1Toleration", key="a", operator="Exists", effect="NoExecute", toleration_seconds=3)
            ],
            "volumes": [model("V1Volume", name="v", persistent_volume_claim=claim)],
            "volume_mounts": [model("V1VolumeMount", name="v", mount_path="/m", sub_path="p")],
        },
        {"server": "2.17"},
    )
    assert made.codes == []
    platform = made.platform("s")
    assert platform["tolerations"] == [
        {"key": "a", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 3}
    ]
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


def test_what_an_image_says_to_the_launcher_is_an_error() -> None:
    """A certificate is meant for whatever runs in the image."""
    written = {name: Text(value="x") for name in ("METADATA_GRPC_MESSAGE_SIZE", "SSL_CERT_FILE", "MINE")}
    images = {"main": Environment(build_variables=written)}
    made = Compiled(pipeline([step("s")], [call("s")], environments=images))
    assert [(one.code, "METADATA_GRPC_MESSAGE_SIZE" in one.message) for one in made.report.errors] == [("ZC0589", True)]
