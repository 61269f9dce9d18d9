"""Every setting of a pod: where it goes, since which server, or why nowhere.

Fields are those of `KubernetesExecutorConfig` in kubeflow/pipelines
(`kubernetes_platform/proto/kubernetes_executor_config.proto`), or of the container itself. Which of them a server
reads, and what it makes of them, is told by its `backend/src/v2/driver/k8s.go` (`extendPodSpecPatch`,
`makeVolumeMountPatch`), in older releases by `driver.go` there, and for labels and annotations by `container.go` in
`backend/src/v2/compiler/argocompiler`; the releases were compared.
"""

from __future__ import annotations

from typing import Any, NamedTuple

Version = tuple[int, ...]

FIRST: Version = (2, 0)
NEWEST: Version = (2, 17)
"""The newest release of the server. A field that only its next one reads is (2, 18)."""


class Row(NamedTuple):
    """A setting. One without `into` has no place in a KFP pipeline, for the reason `lost`.

    `kind` is what it takes: "text", "int", "flag", "texts", "map" (texts by name), "quantity", "quantities" (by name),
    the name of a shape, a list of those ("list volume"), or "any". `neutral` are values that say what holds anyway.
    `grave` ones would change rights, files, nodes or memory of the step, so that it must not run without them.
    """

    kind: str
    into: str = ""
    since: Version = FIRST
    lost: str = ""
    grave: bool = True
    neutral: tuple[Any, ...] = ()
    required: bool = False


Shape = dict[str, Row]


def _lost(why: str, *neutral: Any, grave: bool = True, since: Version = FIRST) -> Row:
    return Row("any", lost=why, grave=grave, neutral=neutral, since=since)


def _minor(why: str, *neutral: Any) -> Row:
    return _lost(why, *neutral, grave=False)


_NO_FIELD = "KFP's specification has no field for it"
_CLUSTER = "KFP decides it for all pods"
_OWN_POD = "the pod is KFP's own, with its launcher and Argo's containers in it"
_NOT_READ = "KFP's specification has a field for it, and no server reads that"
_HARDENED = "the server sets it for all steps"
_ONLY_RUN = "a run has one service account, which is chosen where it is started"

SETTINGS: Shape = {
    "pod_settings": Row("pod", "(see below)"),
    "node_selectors": Row("map", "NodeSelector.labels"),
    "node_affinity": Row("any", "NodeAffinityTerm.match_expressions", (2, 14)),
    "privileged": _lost(_HARDENED, False),
    "service_account_name": _minor(_ONLY_RUN),
    "step_pod_service_account_name": _minor(_ONLY_RUN),
    "max_parallelism": _minor("KFP starts every step whose inputs are there"),
    "concurrency_policy": _minor("the recurring run has a greatest number of runs at a time"),
}
"""What ZenML's orchestrators know beside the settings of their client and of their own pod."""

POD: Shape = {
    "node_selectors": Row("map", "NodeSelector.labels"),
    "affinity": Row("affinity", "(see below)"),
    "tolerations": Row("list toleration", "(see below)"),
    "resources": Row("resources", "(see below)"),
    "annotations": Row("map", "PodMetadata.annotations", (2, 1)),
    "volumes": Row("list volume", "(see below)"),
    "volume_mounts": Row("list mount", "(see below)"),
    "host_ipc": _lost(_OWN_POD, False),
    "scheduler_name": _minor(_CLUSTER, "default-scheduler"),
    "image_pull_secrets": Row("list pull_secret", "ImagePullSecret.secret_name", (2, 1)),
    "labels": Row("map", "PodMetadata.labels", (2, 1)),
    "env": Row("list env", "(see below)"),
    "env_from": _lost("KFP takes variables from secrets and config maps key by key"),
    "container_security_context": Row("security", "(see below)"),
    "additional_pod_spec_args": Row("pod_spec", "(see below)"),
}

_POD_SPEC: Shape = {
    "active_deadline_seconds": Row("int", "KubernetesExecutorConfig.active_deadline_seconds", (2, 1)),
    "affinity": Row("affinity", "(see below)"),
    "image_pull_secrets": Row("list pull_secret", "ImagePullSecret.secret_name", (2, 1)),
    "init_containers": Row("list init_container", "KubernetesExecutorConfig.init_containers", (2, 18)),
    "node_selector": Row("map", "NodeSelector.labels"),
    "tolerations": Row("list toleration", "(see below)"),
    "volumes": Row("list volume", "(see below)"),
    "automount_service_account_token": _lost(_OWN_POD, True),
    "containers": _lost(_OWN_POD),
    "dns_config": _minor(_NO_FIELD),
    "dns_policy": _minor(_NO_FIELD, "ClusterFirst"),
    "enable_service_links": _minor(_NO_FIELD, True),
    "ephemeral_containers": _lost(_OWN_POD),
    "eviction_responders": _minor(_NO_FIELD),
    "host_aliases": _minor(_NO_FIELD),
    "host_ipc": _lost(_OWN_POD, False),
    "host_network": _lost(_OWN_POD, False),
    "host_pid": _lost(_OWN_POD, False),
    "host_users": _lost(_CLUSTER, True),
    "hostname": _minor(_NO_FIELD),
    "hostname_override": _minor(_NO_FIELD),
    "node_name": _lost(_NO_FIELD),
    "os": _lost(_NO_FIELD, {"name": "linux"}),
    "overhead": _minor(_NO_FIELD),
    "preemption_policy": _minor(_NO_FIELD, "PreemptLowerPriority"),
    "priority": _minor(_NO_FIELD),
    "priority_class_name": _minor(_NO_FIELD),
    "readiness_gates": _minor(_NO_FIELD),
    "resource_claims": _lost(_NO_FIELD),
    "resources": _lost(_NO_FIELD),
    "restart_policy": _minor("Argo's pods are never restarted, and its steps retried instead", "Never"),
    "runtime_class_name": _lost(_NO_FIELD),
    "scheduler_name": _minor(_CLUSTER, "default-scheduler"),
    "scheduling_gates": _minor(_NO_FIELD),
    "scheduling_group": _minor(_NO_FIELD),
    "security_context": _lost("KFP's own containers run in the pod; a step's container has a context of its own"),
    "service_account": _minor(_ONLY_RUN),
    "service_account_name": _minor(_ONLY_RUN),
    "set_hostname_as_fqdn": _minor(_NO_FIELD, False),
    "share_process_namespace": _lost(_OWN_POD, False),
    "subdomain": _minor(_NO_FIELD),
    "termination_grace_period_seconds": _minor(_NO_FIELD, 30),
    "topology_spread_constraints": _lost(_NO_FIELD),
}

# -- where the pod may run ---------------------------------------------------------------------------------------------

_REQUIRED, _PREFERRED = (
    f"{kind}DuringSchedulingIgnoredDuringExecution" for kind in ("required", "preferred")
)  # fmt: skip
_POD_AFFINITY: Shape = {_REQUIRED: _lost(_NOT_READ), _PREFERRED: _minor(_NOT_READ)}

# -- volumes -----------------------------------------------------------------------------------------------------------

_KEYS_AS_FILES = "KFP mounts all keys under their own names"
_MODE = "KFP leaves the modes of files to Kubernetes"
_NO_SUCH_VOLUME = "KFP mounts claims, secrets, config maps, empty folders and ephemeral volumes alone"
_OTHER_SOURCES = [
    "awsElasticBlockStore",
    "azureDisk",
    "azureFile",
    "cephfs",
    "cinder",
    "csi",
    "downwardAPI",
    "fc",
    "flexVolume",
    "flocker",
    "gcePersistentDisk",
    "gitRepo",
    "glusterfs",
    "hostPath",
    "image",
    "iscsi",
    "nfs",
    "photonPersistentDisk",
    "portworxVolume",
    "projected",
    "quobyte",
    "rbd",
    "scaleIO",
    "storageos",
    "vsphereVolume",
]


def _of_keys(name: str, message: str) -> Shape:
    """A volume whose files are the keys of a secret or a config map."""
    return {
        name: Row("text", f"{message}.name", (2, 0) if name == "secretName" else (2, 1), required=True),
        "optional": Row("flag", f"{message}.optional", (2, 2)),
        "items": _lost(_KEYS_AS_FILES),
        "defaultMode": _lost(_MODE, 0o644),
        "defaultUser": _lost(_MODE),
    }


def _variable_of_key(message: str, since: Version) -> Shape:
    return {
        "name": Row("text", f"{message}.name", since, required=True),
        "key": Row("text", f"{message}.key_to_env", since, required=True),
        "optional": Row("flag", f"{message}.optional", (2, 15)),
    }


# -- containers --------------------------------------------------------------------------------------------------------

_STEP_ONLY = "KFP's init containers have no such field"

SHAPES: dict[str, Shape] = {
    "settings": SETTINGS,
    "pod": POD,
    "pod_spec": _POD_SPEC,
    "toleration": {
        name: Row("int" if name == "tolerationSeconds" else "text", f"Toleration.{field}", (2, 1))
        for name, field in (
            ("key", "key"),
            ("operator", "operator"),
            ("value", "value"),
            ("effect", "effect"),
            ("tolerationSeconds", "toleration_seconds"),
        )
    },
    "affinity": {
        "nodeAffinity": Row("node_affinity", "(see below)"),
        "podAffinity": Row("pod_affinity", "(see below)"),
        "podAntiAffinity": Row("pod_affinity", "(see below)"),
    },
    "node_affinity": {
        _REQUIRED: Row("node_selector", "(see below)"),
        _PREFERRED: Row("list preferred_term", "(see below)"),
    },
    "pod_affinity": _POD_AFFINITY,
    "node_selector": {"nodeSelectorTerms": Row("list node_term", "(see below)", required=True)},
    "preferred_term": {
        "weight": Row("int", "NodeAffinityTerm.weight", (2, 14), required=True),
        "preference": Row("node_term", "(see below)", required=True),
    },
    "node_term": {
        "matchExpressions": Row("list requirement", "NodeAffinityTerm.match_expressions", (2, 14)),
        "matchFields": Row("list requirement", "NodeAffinityTerm.match_fields", (2, 14)),
    },
    "requirement": {
        "key": Row("text", "SelectorRequirement.key", (2, 14), required=True),
        "operator": Row("text", "SelectorRequirement.operator", (2, 14), required=True),
        "values": Row("texts", "SelectorRequirement.values", (2, 14)),
    },
    "pull_secret": {"name": Row("text", "ImagePullSecret.secret_name", (2, 1), required=True)},
    "volume": {
        "name": Row("text", "EmptyDirMount.volume_name", required=True),
        "persistentVolumeClaim": Row("claim", "(see below)"),
        "secret": Row("secret_volume", "(see below)"),
        "configMap": Row("config_map_volume", "(see below)"),
        "emptyDir": Row("empty_dir", "(see below)"),
        "ephemeral": Row("ephemeral", "(see below)"),
        **{name: _lost(_NO_SUCH_VOLUME) for name in _OTHER_SOURCES},
    },
    "claim": {
        "claimName": Row("text", "PvcMount.pvc_reference", required=True),
        "readOnly": _lost("KFP mounts claims writable", False),
    },
    "secret_volume": _of_keys("secretName", "SecretAsVolume"),
    "config_map_volume": _of_keys("name", "ConfigMapAsVolume"),
    "empty_dir": {
        "medium": Row("text", "EmptyDirMount.medium", (2, 3)),
        "sizeLimit": Row("quantity", "EmptyDirMount.size_limit", (2, 3)),
        "mode": _lost(_NO_FIELD),
    },
    "ephemeral": {"volumeClaimTemplate": Row("claim_template", "(see below)", required=True)},
    "claim_template": {
        "metadata": Row("claim_metadata", "(see below)"),
        "spec": Row("claim_spec", "(see below)", required=True),
    },
    "claim_metadata": {
        "labels": Row("map", "GenericEphemeralVolume.metadata", (2, 2)),
        "annotations": Row("map", "GenericEphemeralVolume.metadata", (2, 2)),
    },
    "claim_spec": {
        "accessModes": Row("texts", "GenericEphemeralVolume.access_modes", (2, 2), required=True),
        "storageClassName": Row("text", "GenericEphemeralVolume.storage_class_name", (2, 2)),
        "resources": Row("claim_resources", "(see below)", required=True),
        "volumeMode": _lost(_NO_FIELD, "Filesystem"),
        **{
            name: _lost(_NO_FIELD)
            for name in ("volumeName", "selector", "dataSource", "dataSourceRef", "volumeAttributesClassName")
        },
    },
    "claim_resources": {
        "requests": Row("claim_size", "(see below)", required=True),
        "limits": _lost(_NO_FIELD),
    },
    "claim_size": {"storage": Row("quantity", "GenericEphemeralVolume.size", (2, 2), required=True)},
    "mount": {
        "name": Row("text", "EmptyDirMount.volume_name", required=True),
        "mountPath": Row("text", "PvcMount.mount_path", required=True),
        "subPath": Row("text", "PvcMount.sub_path", (2, 16)),
        "readOnly": Row("flag", "(secrets and config maps are mounted like that)"),
        "recursiveReadOnly": _lost(_NO_FIELD, "Disabled"),
        "subPathExpr": _lost(_NO_FIELD),
        "mountPropagation": _lost(_NO_FIELD, "None"),
        "bindMountOptions": _lost(_NO_FIELD),
    },
    "env": {
        "name": Row("text", "(the container's `env`)", required=True),
        "value": Row("text", "(the container's `env`)"),
        "valueFrom": Row("env_source", "(see below)"),
    },
    "env_source": {
        "secretKeyRef": Row("secret_key", "(see below)"),
        "configMapKeyRef": Row("config_map_key", "(see below)"),
        "fieldRef": Row("field", "(see below)"),
        "resourceFieldRef": _lost(_NO_FIELD),
        "fileKeyRef": _lost(_NO_FIELD),
    },
    "secret_key": _variable_of_key("SecretAsEnv", (2, 0)),
    "config_map_key": _variable_of_key("ConfigMapAsEnv", (2, 1)),
    "field": {
        "fieldPath": Row("text", "FieldPathAsEnv.field_path", (2, 1), required=True),
        "apiVersion": _lost(_NO_FIELD, "v1"),
    },
    "security": {
        "runAsUser": Row("int", "SecurityContext.run_as_user", (2, 16)),
        "runAsGroup": Row("int", "SecurityContext.run_as_group", (2, 16)),
        "runAsNonRoot": Row("flag", "SecurityContext.run_as_non_root", (2, 16)),
        "privileged": _lost(_HARDENED, False),
        "allowPrivilegeEscalation": _lost(_HARDENED, False, since=(2, 16)),
        "capabilities": _lost(_HARDENED, {"drop": ["ALL"]}, {"drop": ["ALL"], "add": []}, since=(2, 16)),
        "seccompProfile": _lost(_HARDENED, {"type": "RuntimeDefault"}, since=(2, 16)),
        "readOnlyRootFilesystem": _lost(_NO_FIELD, False),
        "procMount": _lost(_NO_FIELD, "Default"),
        "seLinuxOptions": _lost(_NO_FIELD),
        "appArmorProfile": _lost(_NO_FIELD),
        "windowsOptions": _lost(_NO_FIELD),
    },
    "resources": {
        "limits": Row("quantities", "(the container's `resources`)"),
        "requests": Row("quantities", "(the container's `resources`)"),
        "claims": _lost(_NO_FIELD),
    },
    "init_container": {
        "name": Row("text", "InitContainer.name", required=True),
        "image": Row("text", "InitContainer.image", required=True),
        "command": Row("texts", "InitContainer.command"),
        "args": Row("texts", "InitContainer.args"),
        "env": Row("list init_env", "InitContainer.env"),
        "volumeMounts": Row("list init_mount", "InitContainer.volume_mounts"),
        "restartPolicy": Row("text", "InitContainer.restart_policy"),
        "resources": Row("resources", "InitContainer.resources"),
        "imagePullPolicy": _minor(_STEP_ONLY),
        "terminationMessagePath": _minor(_STEP_ONLY, "/dev/termination-log"),
        "terminationMessagePolicy": _minor(_STEP_ONLY, "File"),
        "ports": _minor(_STEP_ONLY),
        "stdin": _minor(_STEP_ONLY, False),
        "stdinOnce": _minor(_STEP_ONLY, False),
        "tty": _minor(_STEP_ONLY, False),
        **{
            name: _lost(_STEP_ONLY)
            for name in (
                "envFrom",
                "lifecycle",
                "livenessProbe",
                "readinessProbe",
                "resizePolicy",
                "restartPolicyRules",
                "securityContext",
                "startupProbe",
                "volumeDevices",
                "workingDir",
            )
        },
    },
    "init_env": {
        "name": Row("text", "InitContainer.EnvVar.name", required=True),
        "value": Row("text", "InitContainer.EnvVar.value"),
        "valueFrom": _lost(_STEP_ONLY),
    },
    "init_mount": {
        "name": Row("text", "InitContainer.VolumeMount.volume_name", required=True),
        "mountPath": Row("text", "InitContainer.VolumeMount.mount_path", required=True),
        "readOnly": _lost(_STEP_ONLY, False),
        **{
            name: _lost(_STEP_ONLY)
            for name in ("recursiveReadOnly", "subPath", "subPathExpr", "mountPropagation", "bindMountOptions")
        },
    },
}
"""All rows, by the shape of the dictionary that holds them."""

UNREAD = {
    "KubernetesExecutorConfig.pod_affinity": _NOT_READ,
    "KubernetesExecutorConfig.enabled_shared_memory": f"{_NOT_READ}; an `emptyDir` of memory says the same",
    "Toleration.toleration_json": "for values of the run",
    "NodeAffinityTerm.node_affinity_json": "for values of the run",
    "NodeSelector.node_selector_json": "for values of the run",
}
"""Fields of the specification that no setting goes into, and why."""
