"""What the user's settings say beside what the compiler needs: joined in the real operator, or refused."""

from __future__ import annotations

from typing import Any

import pytest

from zencompile.ir import Resources, Retry, SecretReference, Text

DATA = {"source": "/srv/data", "target": "/data", "type": "bind", "read_only": True}
CLAIM = {"name": "data", "persistentVolumeClaim": {"claimName": "training"}}
POD = {
    "volumes": [CLAIM, {"name": "cache", "emptyDir": {"medium": "Memory"}}],
    "volume_mounts": [
        {"name": "data", "mountPath": "/data"},
        {"name": "cache", "mountPath": "/cache", "subPath": "a.yaml"},
    ],
    "tolerations": [{"key": "gpu", "operator": "Exists", "effect": "NoSchedule"}],
    "affinity": {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {
                "nodeSelectorTerms": [{"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}]}]
            }
        }
    },
    "node_selectors": {"pool": "large"},
    "labels": {"team": "{{ growth }}"},
    "annotations": {"note": "a.yaml"},
    "resources": {"requests": {"ephemeral-storage": "2Gi"}},
    "env": [
        {"name": "PLAIN", "value": "{{ ds }}"},
        {"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
    ],
    "env_from": [{"configMapRef": {"name": "settings"}}],
    "image_pull_secrets": ["registry"],
    "container_security_context": {"runAsUser": 1000},
    "scheduler_name": "volcano",
    "host_ipc": True,
    "additional_pod_spec_args": {"priority_class_name": "high", "security_context": {"fsGroup": 2000}},
}
KUBERNETES = {"pod_settings": POD, "privileged": True, "step_pod_service_account_name": "ml"}
POD_ARGUMENTS = {
    "tolerations": [{"key": "spot", "operator": "Exists"}],
    "labels": {"cost": "42"},
    "env_vars": {"MORE": "1"},
    "secrets": [
        {
            "$": "model",
            "class": "airflow.providers.cncf.kubernetes.secret:Secret",
            "arguments": ["env", "KEY", "vault", "key"],
            "keywords": {},
        }
    ],
}


def docker_pipeline(hand: Any) -> Any:
    mount = {
        "$": "model",
        "class": "docker.types:Mount",
        "arguments": ["/scratch", None],
        "keywords": {"type": "tmpfs"},
    }
    arguments = {
        "mounts": [DATA, mount],
        "environment": {"MORE": "a.env", "RENDERED": "{{ run_id }}"},
        "ulimits": [{"name": "nofile", "soft": 1024}],
        "user": 1000,
        "shm_size": "1g",
        "auto_remove": "force",
        "network_mode": "host",
        "privileged": True,
    }
    settings = {"orchestrator.airflow": {"operator_args": arguments}}
    gpu = Resources(cpu=2, memory=2**30, gpu=1)
    return hand.pipeline(
        hand.invocation("a", settings=settings, resources=gpu, variables={"STAGE": Text(value="prod")}),
        hand.invocation("b"),
    )


def pod_pipeline(hand: Any) -> Any:
    settings = {"orchestrator.kubernetes": KUBERNETES, "orchestrator.airflow": {"operator_args": POD_ARGUMENTS}}
    return hand.pipeline(
        hand.invocation(
            "a",
            settings=settings,
            resources=Resources(cpu=2, gpu=1),
            variables={"STAGE": Text(value="prod"), "TOKEN": SecretReference(name="db", key="token")},
        )
    )


@pytest.fixture(scope="module")
def joined(hand: Any, airflow: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("joined")
    for operator, pipeline in (("docker", docker_pipeline(hand)), ("kubernetes", pod_pipeline(hand))):
        emitted = hand.emit(pipeline, operator=operator, dag_id=operator, store="/srv/ml", volume_claim="ml")
        assert not emitted.report.errors, list(emitted.report)
        emitted.write(folder)
    names = ["mounts", "environment", "ulimits", "user", "shm_size", "auto_remove", "network_mode", "privileged"]
    names += ["cpus", "mem_limit", "device_requests"]
    request = {"docker": {"dag": [], "task": names}, "kubernetes": {"dag": [], "task": []}}
    found = airflow.fields(folder, request)
    assert found["errors"] == {}
    docker, kubernetes = found["dags"]["docker"], found["dags"]["kubernetes"]
    return docker["tasks"], kubernetes["pods"]["a"], (docker["rendered"], kubernetes["rendered"])


@pytest.mark.airflow
def test_a_container_has_its_own_and_the_store(joined: Any) -> None:
    tasks, _, (rendered, _) = joined
    a = tasks["a"]
    assert a["mounts"] == [
        {"Target": "/srv/ml", "Source": "/srv/ml", "Type": "bind", "ReadOnly": False},
        {"Target": "/data", "Source": "/srv/data", "Type": "bind", "ReadOnly": True},
        {"Target": "/scratch", "Source": None, "Type": "tmpfs", "ReadOnly": False},
    ]
    assert tasks["b"]["mounts"] == a["mounts"][:1]
    assert a["ulimits"] == [{"Name": "nofile", "Soft": 1024, "Hard": None}]
    assert (a["user"], a["shm_size"], a["auto_remove"], a["network_mode"]) == (1000, "1g", "force", "host")
    assert (a["privileged"], a["cpus"], a["mem_limit"]) == (True, 2.0, "1g")
    assert [request["Count"] for request in a["device_requests"]] == [1]
    variables = rendered["a"]["environment"]
    assert (variables["STAGE"], variables["MORE"]) == ("prod", "a.env")
    assert variables["RENDERED"].startswith("manual__"), (
        "what operators render is rendered in the user's arguments, too"
    )


@pytest.mark.airflow
def test_a_pod_has_its_own_and_the_store(joined: Any) -> None:
    _, pod, (_, rendered) = joined
    assert isinstance(pod, dict), pod
    spec, metadata = pod["spec"], pod["metadata"]
    (container,) = spec["containers"]
    volumes = {volume["name"]: volume for volume in spec["volumes"]}
    assert [volumes["data"], volumes["cache"]] == POD["volumes"]
    assert volumes["artifacts"]["persistentVolumeClaim"]["claimName"] == "ml"
    mounts = {mount["mountPath"]: mount for mount in container["volumeMounts"]}
    assert [mounts["/data"], mounts["/cache"]] == POD["volume_mounts"]
    assert mounts["/srv/ml"]["name"] == "artifacts"
    assert spec["tolerations"] == [*POD["tolerations"], *POD_ARGUMENTS["tolerations"]]
    assert spec["affinity"] == POD["affinity"]
    assert spec["nodeSelector"] == POD["node_selectors"]
    assert metadata["labels"]["cost"] == "42"
    assert (rendered["a"]["labels"]["team"], rendered["a"]["annotations"]) == ("{{ growth }}", {"note": "a.yaml"})
    assert rendered["a"]["env_vars"] and container["envFrom"] == POD["env_from"]
    assert container["resources"] == {
        "limits": {"cpu": "2", "nvidia.com/gpu": "1"},
        "requests": {"cpu": "2", "ephemeral-storage": "2Gi"},
    }
    environment = {one["name"]: one for one in container["env"]}
    assert environment["IP"] == POD["env"][1]
    assert (environment["STAGE"]["value"], environment["MORE"]["value"]) == ("prod", "1")
    assert environment["KEY"]["valueFrom"]["secretKeyRef"] == {"name": "vault", "key": "key"}
    assert container["securityContext"] == {"privileged": True, "runAsUser": 1000}
    assert spec["imagePullSecrets"] == [{"name": "registry"}]
    assert (spec["schedulerName"], spec["serviceAccountName"], spec["hostIPC"]) == ("volcano", "ml", True)
    assert (spec["priorityClassName"], spec["securityContext"]) == ("high", {"fsGroup": 2000})


CONTRADICTIONS = [
    ("docker", {"mounts": [{**DATA, "target": "/srv/ml/"}]}, {}),
    ("docker", {"mounts": [DATA, {**DATA, "source": "/srv/other"}]}, {}),
    ("docker", {"environment": {"STAGE": "dev"}}, {}),
    ("docker", {"private_environment": {"STAGE": "dev"}}, {}),
    ("docker", {"environment": {"PYTHONPATH": "/x"}}, {}),
    ("docker", {"cpus": 3}, {}),
    ("docker", {"device_requests": [{"count": -1, "capabilities": [["gpu"]]}]}, {}),
    ("docker", {"retries": 5}, {}),
    ("docker", {"port_bindings": {"80": 8080}, "network_mode": "host"}, {}),
    ("bash", {"env": {"PYTHONHASHSEED": "1"}}, {}),
    ("bash", {"env": {"STAGE": "dev"}}, {}),
    ("kubernetes", {"volumes": [{"name": "artifacts", "emptyDir": {}}]}, {}),
    ("kubernetes", {"volume_mounts": [{"name": "none", "mountPath": "/x"}]}, {}),
    ("kubernetes", {"container_resources": {"limits": {"cpu": "8"}}}, {}),
    ("kubernetes", {"labels": {"a": "1"}}, {"labels": {"a": "2"}}),
    ("kubernetes", {"affinity": {"nodeAffinity": {}}, "env_vars": {"A": "1"}}, {"env": [{"name": "A", "value": "2"}]}),
    ("kubernetes", {"volumes": [CLAIM]}, {"volumes": [{"name": "data", "emptyDir": {}}]}),
    (
        "kubernetes",
        {"container_security_context": {"privileged": False}},
        {"container_security_context": {"privileged": True}},
    ),
]


@pytest.mark.parametrize("operator, arguments, pod", CONTRADICTIONS)
def test_what_contradicts_is_refused(hand: Any, operator: str, arguments: Any, pod: Any) -> None:
    settings = {
        "orchestrator.airflow": {"operator_args": arguments},
        "orchestrator.kubernetes": {"pod_settings": pod},
    }
    own = hand.invocation(
        "a",
        settings=settings,
        variables={"STAGE": Text(value="prod")},
        resources=Resources(cpu=2, gpu=1),
        retry=Retry(max_retries=2, delay=5),
    )
    emitted = hand.emit(hand.pipeline(own), operator=operator, store="/srv/ml", volume_claim="ml", project="/srv/p")
    assert [problem.code for problem in emitted.report.errors] == ["ZC0557"], list(emitted.report)


def test_equal_settings_contradict_nothing(hand: Any) -> None:
    """Said twice, and the same: once in the file."""
    same = {"labels": {"a": "1"}, "tolerations": [{"key": "gpu"}], "volumes": [CLAIM]}
    settings = {
        "orchestrator.airflow": {"operator_args": same},
        "orchestrator.kubernetes": {"pod_settings": same},
    }
    emitted = hand.emit(hand.pipeline(hand.invocation("a", settings=settings)), operator="kubernetes")
    assert not emitted.report.errors
    assert emitted.text.count("V1Toleration(") == emitted.text.count("V1Volume(") == 1


def test_a_structure_of_several_tasks_is_told_once(hand: Any) -> None:
    """As a constant with the argument's name; others of it are numbered."""
    settings = {"orchestrator.airflow": {"operator_args": {"mounts": [DATA]}}}
    other = {"orchestrator.airflow": {"operator_args": {"mounts": [{**DATA, "source": "/srv/more"}]}}}
    steps = [hand.invocation(f"s{n}", settings=(settings, other, {})[n % 3]) for n in range(9)]
    text = hand.emit(hand.pipeline(*steps), store="/srv/ml").text
    assert text.count("/srv/data") == text.count("/srv/more") == 1
    assert "\nMOUNTS = [\n" in text and "\nMOUNTS_2 = [\n" in text and "mounts=MOUNTS_2" in text


def test_objects_of_airflow_s_providers_are_made_in_the_file(hand: Any) -> None:
    notifier = {
        "$": "model",
        "class": "airflow.providers.slack.notifications.slack:SlackNotifier",
        "keywords": {"text": "{{ run_id }}"},
    }
    rule = {"$": "symbol", "path": "airflow.utils.trigger_rule.TriggerRule.ALL_DONE"}
    settings = {"orchestrator.airflow": {"operator_args": {"on_failure_callback": [notifier], "trigger_rule": rule}}}
    dag = {"orchestrator.airflow": {"dag_args": {"on_success_callback": notifier}}}
    emitted = hand.emit(hand.pipeline(hand.invocation("a", settings=settings), settings=dag))
    assert not emitted.codes
    assert emitted.text.count("from airflow.providers.slack.notifications.slack import SlackNotifier\n") == 1
    assert 'on_success_callback=SlackNotifier(text="{{ run_id }}")' in emitted.text
    assert 'trigger_rule="all_done"' in emitted.text


def test_arguments_of_the_dag_are_joined(hand: Any) -> None:
    day = {"$": "timedelta", "days": 1, "seconds": 0, "microseconds": 0}
    arguments = {
        "schedule": day,
        "catchup": True,
        "params": {"more": 1},
        "tags": ["b"],
        "default_args": {"retry_delay": day, "owner": "ml"},
    }
    dag = {"orchestrator.airflow": {"dag_args": arguments, "dag_tags": ["a"]}}
    emitted = hand.emit(hand.digits(settings=dag))
    assert not emitted.codes
    for part in (
        "schedule=timedelta(days=1)",
        "catchup=True",
        'tags=["a", "b"]',
        '"gamma": Param(0.001, type="number"), "more": 1',
        'default_args={"retry_delay": timedelta(days=1), "owner": "ml"}',
    ):
        assert part in " ".join(emitted.text.split()).replace("( ", "(").replace(", }", "}"), part
