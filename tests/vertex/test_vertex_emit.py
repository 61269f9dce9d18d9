"""What is compiled for Vertex AI: one document, resources, the job and the schedule beside it, and what is told."""

from __future__ import annotations

from typing import Any

import pytest
from kubeflow_samples import Compiled as OnKubeflow
from kubeflow_samples import call, kind, parameter, pipeline, step
from pydantic import ValidationError
from vertex_samples import INT, PUSHED, ROOT, Compiled, rich, scheduled, single

from zencompile.diagnostics import Severity
from zencompile.ir import (
    Environment,
    Hook,
    Hooks,
    ListValue,
    Literal,
    Lookup,
    OutputRef,
    Resources,
    Retry,
    SecretReference,
    Text,
)
from zencompile.source import Span
from zencompile_kubeflow.vertex import machines
from zencompile_kubeflow.vertex.options import Machine

SELECTOR = "cloud.google.com/gke-accelerator"


# -- the pipeline ------------------------------------------------------------------------------------------------------


def test_the_graph_is_kubeflow_s() -> None:
    """Components, tasks, data and conditions are the same; what differs is said of each difference."""
    ours, theirs = Compiled(rich())[".yaml"], OnKubeflow(rich().model_copy(update={"schedule": None})).spec
    assert ours.pop("defaultPipelineRoot") == ROOT
    retry = ours["root"]["dag"]["tasks"]["load"]["retryPolicy"]
    assert retry.pop("backoffMaxDuration") == "3600s"
    theirs["root"]["dag"]["tasks"]["load"]["retryPolicy"].pop("backoffMaxDuration")
    assert ours == theirs


def test_nothing_of_kubernetes_is_in_the_files() -> None:
    """A timeout is kept by the runtime, though there is no deadline of a pod."""
    made = Compiled(single(timeout=77))
    assert set(made.files) == {"digits.yaml", "digits.job.yaml"}
    assert "platforms" not in "".join(made.texts.values()) and "---" not in made.texts["digits.yaml"]
    assert "--timeout=77" in made.container()["args"]
    assert not list(made.report)


def test_variables_that_a_container_can_t_have_go_by_flag_alone() -> None:
    """Vertex AI refuses empty ones, expands `$(…)`, and takes identifiers only."""
    given = {"PLAIN": "a b", "EMPTY": "", "DOLLARS": "$(HOME)", "TWO": "a$$b", "with-dash": "x"}
    made = Compiled(single(variables={name: Text(value=text) for name, text in given.items()}))
    assert made.container()["env"] == [{"name": "PLAIN", "value": "a b"}]
    for name in given:
        assert any(word.startswith(f"--variable={name}=") for word in made.container()["args"])


def test_a_step_has_a_hundred_variables_at_most_in_its_container() -> None:
    made = Compiled(single(variables={f"V{number}": Text(value="x") for number in range(150)}))
    assert len(made.container()["env"]) == 100
    assert sum(word.startswith("--variable=") for word in made.container()["args"]) == 150


@pytest.mark.parametrize("name", ["7-days", "x" * 200])
def test_a_job_can_be_named_by_the_pipeline(name: str) -> None:
    """The SDK adds the time; names begin with a letter."""
    made = Compiled(single().model_copy(update={"name": name}))
    (path,) = (path for path in made.files if not path.endswith(".job.yaml"))
    found = made.files[path]["pipelineInfo"]["name"]
    assert found[0].isalpha() and len(found) <= 113 and path == f"{found}.yaml"


def test_waits_between_retries_may_be_longer_than_an_hour() -> None:
    made = Compiled(single(retry=Retry(max_retries=4, delay=1000, backoff=3)))
    policy = made[".yaml"]["root"]["dag"]["tasks"]["load"]["retryPolicy"]
    assert (policy["maxRetryCount"], policy["backoffMaxDuration"]) == (4, "27000s")


def test_a_step_takes_a_hundred_artifacts_at_once() -> None:
    """What the service answers to more; those of a map are known only when it runs."""
    for count in (100, 101):
        parts = [call(f"part_{number}", "part") for number in range(count)]
        gathered = ListValue(items=tuple(OutputRef(invocation=one.id, output="output") for one in parts))
        total = call("total", inputs={"parts": gathered}, after=tuple(one.id for one in parts))
        steps = [step("part", outputs={"output": INT}), step("total", {"parts": kind("list", INT)})]
        made = Compiled(pipeline(steps, [*parts, total], images={"main": PUSHED}))
        assert len(made.told("ZC0615")) == count - 100


# -- machines ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cpu", "memory", "texts"),
    [
        (2, "4GB", ("2", "4G")),
        (0.5, "512MB", ("500m", "512M")),
        (1.5, "4GiB", ("1500m", "4294968K")),
        (96, "624GB", ("96", "624G")),
    ],
)
def test_cpus_and_memory_are_written_as_vertex_ai_documents(cpu: float, memory: str, texts: tuple[str, str]) -> None:
    """Powers of 1,024 are rounded up to thousands of bytes."""
    size = machines.size_in_bytes(memory.removesuffix("B"))
    found = Compiled(single(resources=Resources(cpu=cpu, memory=size, memory_text=memory))).container()["resources"]
    assert (found["resourceCpuLimit"], found["resourceMemoryLimit"]) == texts
    assert found["cpuLimit"] == cpu and found["memoryLimit"] == pytest.approx(size / 1e9)


@pytest.mark.parametrize("resources", [Resources(cpu=97), Resources(memory=625 * 10**9)])
def test_more_than_there_is_is_an_error(resources: Resources) -> None:
    assert [one.severity for one in Compiled(single(resources=resources)).told("ZC0613")] == [Severity.ERROR]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("NVIDIA_TESLA_T4", "NVIDIA_TESLA_T4"),
        ("nvidia-tesla-t4", "NVIDIA_TESLA_T4"),
        ("t4", "NVIDIA_TESLA_T4"),
        ("nvidia-l4", "NVIDIA_L4"),
        ("A100", "NVIDIA_TESLA_A100"),
        ("A100-80GB", "NVIDIA_A100_80GB"),
        ("H100", "NVIDIA_H100_80GB"),
        ("TPU_V3", "TPU_V3"),
        ("K80", None),
        ("nvidia.com/gpu", None),
        ("RTX 4090", None),
    ],
)
def test_kinds_of_accelerators(written: str, name: str | None) -> None:
    """One that Vertex AI has not is an error that names those it has."""
    assert machines.accelerator(written) == name
    made = Compiled(single(resources=Resources(gpu=2, gpu_class=written)))
    if name is None:
        (told,) = made.told("ZC0613")
        assert "NVIDIA_TESLA_T4" in told.notes[0]
        return
    accelerator = made.container()["resources"]["accelerator"]
    assert accelerator == {"type": name, "count": "2", "resourceType": name, "resourceCount": "2"}


def test_where_the_kind_of_a_gpu_may_stand() -> None:
    """The settings of a step, then what it asks for, then the option; without any it is an error."""
    gpu = Resources(gpu=1)
    for settings in (
        {"node_selector_constraint": [SELECTOR, "NVIDIA_L4"]},
        {"pod_settings": {"node_selectors": {SELECTOR: "NVIDIA_L4"}}},
    ):
        found = Compiled(single(settings, gpu), accelerator="T4").container()["resources"]["accelerator"]
        assert found["resourceType"] == "NVIDIA_L4"
    found = Compiled(single(resources=gpu), accelerator="T4").container()["resources"]["accelerator"]
    assert found["resourceType"] == "NVIDIA_TESLA_T4"
    assert Compiled(single(resources=gpu)).told("ZC0613")


def test_a_kind_without_a_number_is_told() -> None:
    """ZenML ignores it, too, with a warning."""
    made = Compiled(single({"node_selector_constraint": [SELECTOR, "NVIDIA_L4"]}))
    assert [one.severity for one in made.told("ZC0610")] == [Severity.WARNING]
    assert "resources" not in made.container()


def test_a_machine_type_is_what_such_a_machine_has() -> None:
    """It wins over what the step asks for, as in ZenML; other series are told by a table."""
    job = {"machine_type": "n1-highmem-16", "accelerator_type": "NVIDIA_TESLA_V100", "accelerator_count": 2}
    made = Compiled(single({"custom_job_parameters": job}, Resources(cpu=1)))
    found = made.container()["resources"]
    assert (found["resourceCpuLimit"], found["resourceMemoryLimit"]) == ("16", "104G")
    assert found["accelerator"]["resourceType"] == "NVIDIA_TESLA_V100"
    assert len(made.told("ZC0618")) == 1 and len(made.told("ZC0610")) == 1
    other = single({"custom_job_parameters": {"machine_type": "c3-standard-8"}})
    assert Compiled(other).report.errors
    table = {"c3-standard-8": Machine(cpu=8, memory="32G")}
    assert Compiled(other, machine_types=table).container()["resources"]["resourceMemoryLimit"] == "32G"


@pytest.mark.parametrize("memory", ["32", "32G", "32Gi", "1.5T", "500k", "32GB", "32ki", "-1G", ""])
def test_memory_of_a_table_is_a_quantity(memory: str) -> None:
    """Whatever the option takes is understood."""
    try:
        table = {"own-8": Machine(cpu=8, memory=memory)}
    except ValidationError:
        assert memory in ("32GB", "32ki", "-1G", "")
        return
    found = machines.machine("own-8", table)
    assert found is not None and found.memory > 0 and memory not in ("32GB", "32ki")


def test_a_custom_job_without_a_machine_has_zenml_s() -> None:
    made = Compiled(single({"custom_job_parameters": {"boot_disk_size_gb": 100}}))
    assert made.container()["resources"]["resourceCpuLimit"] == "4"


# -- settings ----------------------------------------------------------------------------------------------------------

PLACE = Span("run.py", 3, 1, 3, 9)
LEFT_OUT: dict[str, Any] = {
    "pod_settings/tolerations": [{"key": "gpu", "operator": "Exists"}],
    "pod_settings/affinity": {"nodeAffinity": {}},
    "pod_settings/volumes": [{"name": "v", "emptyDir": {}}],
    "pod_settings/volume_mounts": [{"name": "v", "mountPath": "/v"}],
    "pod_settings/annotations": {"a": "b"},
    "pod_settings/labels": {"a": "b"},
    "pod_settings/image_pull_secrets": ["registry"],
    "pod_settings/host_ipc": True,
    "pod_settings/scheduler_name": "volcano",
    "pod_settings/env_from": [{"secretRef": {"name": "s"}}],
    "pod_settings/container_security_context": {"runAsUser": 1},
    "pod_settings/additional_pod_spec_args": {"a": 1},
    "pod_settings/node_selectors": {"pool": "big"},
    "pod_settings/env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}],
    "pod_settings/resources": {"requests": {"cpu": "1"}},
    "custom_job_parameters/boot_disk_size_gb": 200,
    "custom_job_parameters/boot_disk_type": "pd-standard",
    "custom_job_parameters/persistent_resource_id": "held",
    "custom_job_parameters/service_account": "other@acme.iam.gserviceaccount.com",
    "custom_job_parameters/additional_training_job_args": {"timeout": "1s"},
    "labels": {"team": "ml"},
    "no_such_setting": 1,
}


@pytest.mark.parametrize("key", ["orchestrator", "orchestrator.vertex"])
@pytest.mark.parametrize("path", LEFT_OUT)
def test_what_has_no_place_is_told_at_its_line(path: str, key: str) -> None:
    """Whichever key the settings stand under."""
    settings: Any = LEFT_OUT[path]
    for name in reversed(path.split("/")):
        settings = {name: settings}
    invocation = call("load", settings={key: settings}, spans={f"{key}/{path}": PLACE})
    made = Compiled(pipeline([step("load")], [invocation], images={"main": PUSHED}))
    told = [one for one in made.told("ZC0610") if one.span == PLACE]
    assert [one.severity for one in told] == [Severity.WARNING], list(made.report)
    assert made.files


def test_every_field_of_zenml_s_settings_has_an_answer() -> None:
    """Of the table that the front end reads, each is read here, or is in the list of the test above."""
    from zencompile.frontend import surface
    from zencompile_kubeflow.vertex import settings

    tables = {"orchestrator.vertex": "", "pod": "pod_settings/", "custom_job": "custom_job_parameters/"}
    readers = {*settings._READERS, *settings._POD_READERS, *settings._JOB_READERS}
    for table, prefix in tables.items():
        for one in surface.TABLES[table].fields:
            assert one.name in readers or f"{prefix}{one.name}" in LEFT_OUT, one.name


def test_variables_and_limits_of_pods_are_kept() -> None:
    settings = {
        "pod_settings": {
            "env": [{"name": "MODE", "value": "fast"}, {"name": "NONE", "value": ""}],
            "resources": {"limits": {"cpu": "1500m", "memory": "4Gi"}},
        },
        "synchronous": False,
    }
    made = Compiled(single(settings))
    assert made.container()["env"] == [{"name": "MODE", "value": "fast"}]
    assert '--variable=NONE=""' in made.container()["args"]
    assert made.container()["resources"]["resourceMemoryLimit"] == "4294968K"
    assert not list(made.report)


@pytest.mark.parametrize(
    "settings",
    [
        {"labels": "ml"},
        {"pod_settings": 1},
        {"pod_settings": {"node_selectors": ["a"], "env": {"a": "b"}, "resources": "much"}},
        {"custom_job_parameters": "n1-standard-4"},
        {"custom_job_parameters": {"machine_type": 4, "accelerator_count": "two", "accelerator_type": ["T4"]}},
        {"node_selector_constraint": "T4"},
        {"pod_settings": {"env": ["A=1", {"value": "x"}]}},
    ],
)
def test_values_of_another_kind_are_told(settings: dict[str, Any]) -> None:
    assert Compiled(single(settings)).told("ZC0610")


def test_what_is_called_at_the_end_is_an_exit_handler() -> None:
    """Its machine is one for a step that asks for nothing."""
    made = single(resources=Resources(cpu=8)).model_copy(
        update={"hooks": Hooks(on_cleanup=Hook(entrypoint="run:clean"))}
    )
    compiled = Compiled(made)
    assert compiled[".yaml"]["root"]["dag"]["tasks"]["clean"]["triggerPolicy"]["strategy"]
    assert "resources" not in compiled.container("clean") and "resources" in compiled.container()


def test_entries_of_both_keys_are_merged_and_the_more_special_wins() -> None:
    settings = {
        "orchestrator": {"pod_settings": {"env": [{"name": "A", "value": "1"}]}, "labels": {"a": "1", "b": "1"}},
        "orchestrator.vertex": {"labels": {"b": "2"}},
    }
    made = pipeline([step("load")], [call("load", settings=settings)], images={"main": PUSHED}, settings=settings)
    compiled = Compiled(made, labels={"c": "3"})
    assert compiled[".job.yaml"]["labels"] == {"a": "1", "b": "2", "c": "3"}
    assert compiled.container()["env"] == [{"name": "A", "value": "1"}]
    assert not list(compiled.report)


@pytest.mark.parametrize(
    "labels", [{"Team": "ml"}, {"team": "ML"}, {"1st": "x"}, {"a" * 64: "x"}, {"a": "b" * 64}, {"a": "b.c"}, {"": "x"}]
)
def test_labels_that_vertex_ai_refuses_are_errors(labels: dict[str, str]) -> None:
    made = single().model_copy(update={"settings": {"orchestrator.vertex": {"labels": labels}}})
    assert Compiled(made).told("ZC0617")
    assert Compiled(single(), labels=labels).told("ZC0617")


def test_secrets_are_errors() -> None:
    """Of the step, and of its image."""
    secret = SecretReference(name="warehouse", key="token")
    assert Compiled(single(variables={"TOKEN": secret})).told("ZC0614")
    environments = {"main": Environment(variables={"TOKEN": secret})}
    assert Compiled(single().model_copy(update={"environments": environments})).told("ZC0614")
    assert Compiled(single(secrets=("warehouse",))).told("ZC0501")


def test_messages_name_vertex_ai() -> None:
    """What the lowering says that is shared with Kubeflow."""
    made = Compiled(single().model_copy(update={"images": {}}))
    assert [one.message for one in made.told("ZC0528")] == [
        "no image is known for `load`, and every step on Vertex AI runs in one"
    ]


# -- the job -----------------------------------------------------------------------------------------------------------


def test_the_job_says_what_the_pipeline_can_t() -> None:
    made = Compiled(
        rich(),
        project="acme",
        location="europe-west4",
        service_account="runs@acme.iam.gserviceaccount.com",
        network="projects/12345/global/networks/ml",
        reserved_ip_ranges=("vertex",),
        encryption_key="projects/acme/locations/europe-west4/keyRings/ml/cryptoKeys/runs",
    )
    assert made[".job.yaml"] == {
        "displayName": "digits",
        "runtimeConfig": {"gcsOutputDirectory": ROOT, "failurePolicy": "PIPELINE_FAILURE_POLICY_FAIL_FAST"},
        "serviceAccount": "runs@acme.iam.gserviceaccount.com",
        "network": "projects/12345/global/networks/ml",
        "reservedIpRanges": ["vertex"],
        "encryptionSpec": {"kmsKeyName": "projects/acme/locations/europe-west4/keyRings/ml/cryptoKeys/runs"},
    }
    assert made[".schedule.yaml"] == {
        "displayName": "digits",
        "cron": "TZ=Europe/Berlin 0 3 * * 1-5",
        "maxConcurrentRunCount": 1,
        "createPipelineJobRequest": {"parent": "projects/acme/locations/europe-west4"},
    }


@pytest.mark.parametrize(
    ("mode", "option", "policy"),
    [
        ("continue_on_failure", None, None),
        ("stop_on_failure", None, "FAST"),
        ("continue_on_failure", "fast", "FAST"),
        ("stop_on_failure", "slow", "SLOW"),
    ],
)
def test_what_happens_after_a_failure(mode: str, option: str | None, policy: str | None) -> None:
    made = Compiled(single().model_copy(update={"execution_mode": mode}), failure_policy=option)
    expected = f"PIPELINE_FAILURE_POLICY_FAIL_{policy}" if policy else None
    assert made[".job.yaml"]["runtimeConfig"].get("failurePolicy") == expected


def test_where_artifacts_are_kept() -> None:
    """The option, then the artifact store of the project; without a bucket it is an error."""
    made = Compiled(single(), store="gs://acme-ml/store/")
    assert made[".job.yaml"]["runtimeConfig"]["gcsOutputDirectory"] == "gs://acme-ml/store/vertex/digits"
    assert made[".yaml"]["defaultPipelineRoot"] == "gs://acme-ml/store/vertex/digits"
    assert Compiled(single(), store="s3://acme-ml/store").told("ZC0611")


LOOKED_UP = Lookup(
    source="client",
    chain=({"name": "get_artifact_version"}, {"call": [["model"], {}]}),
    text='client.get_artifact_version("model")',
)


def test_artifacts_that_are_looked_up_are_imported_from_buckets() -> None:
    made = pipeline(
        [step("use", {"model": kind("any")})], [call("use", inputs={"model": LOOKED_UP})], images={"main": PUSHED}
    )
    (told,) = Compiled(made).told("ZC0535")
    assert "[tool.zencompile.vertex.artifacts]" in told.helps[0] and "Kubeflow" not in told.message
    place = "gs://acme-ml/models/3"
    executors = Compiled(made, artifacts={"model": place})[".yaml"]["deploymentSpec"]["executors"]
    assert place in str([one["importer"] for one in executors.values() if "importer" in one])
    with pytest.raises(ValidationError, match="pattern"):
        Compiled(made, artifacts={"model": "s3://acme-ml/models/3"})


# -- schedules ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"cron": "*/5 * * * *"}, {"cron": "TZ=UTC */5 * * * *"}),
        ({"cron": "@daily"}, {"cron": "TZ=UTC 0 0 * * *"}),
        ({"cron": "0 3 * * 5-7"}, {"cron": "TZ=UTC 0 3 * * 0,5,6"}),
        ({"cron": "0 3 ? * MON-FRI", "timezone": "America/New_York"}, {"cron": "TZ=America/New_York 0 3 * * MON-FRI"}),
        (
            {"cron": "0 3 * * *", "start": "2026-01-01T02:00:00+02:00", "end": "2027-01-01T00:00:00+00:00"},
            {"cron": "TZ=UTC 0 3 * * *", "startTime": "2026-01-01T00:00:00Z", "endTime": "2027-01-01T00:00:00Z"},
        ),
        (
            {"run_once": "2026-03-01T00:30:00+01:00"},
            {
                "cron": "TZ=UTC 30 23 28 2 *",
                "startTime": "2026-02-28T23:29:00Z",
                "endTime": "2026-02-28T23:31:00Z",
                "maxRunCount": 1,
            },
        ),
        *(
            ({"interval": seconds, "start": "2026-01-01T10:17:00+00:00"}, {"cron": f"TZ=UTC {cron}"})
            for seconds, cron in (
                (60, "* * * * *"),
                (20 * 60, "17,37,57 * * * *"),
                (3600, "17 * * * *"),
                (6 * 3600, "17 4,10,16,22 * * *"),
                (24 * 3600, "17 10 * * *"),
                (7 * 24 * 3600, "17 10 * * 4"),
            )
        ),
    ],
)
def test_schedules(fields: dict[str, Any], expected: dict[str, Any]) -> None:
    made = Compiled(scheduled(**fields))[".schedule.yaml"]
    assert made["maxConcurrentRunCount"] == 1
    assert {name: made[name] for name in expected} == expected


@pytest.mark.parametrize(
    "fields",
    [
        {"cron": "0 3 L * *"},
        {"cron": "0 0 3 * * *"},
        {"cron": "0 3 * * MON#1"},
        {"cron": "@reboot"},
        {"cron": "0 3 * * *", "timezone": "+02:00"},
        {"run_once": "2026-01-01T00:00:30+00:00"},
        {"interval": 3600},
        {"interval": 25 * 60, "start": "2026-01-01T00:00:00+00:00"},
        {"interval": 90, "start": "2026-01-01T00:00:00+00:00"},
        {"interval": 3600, "start": "2026-01-01T00:00:30+00:00"},
        {"interval": 30 * 24 * 3600, "start": "2026-01-01T00:00:00+00:00"},
    ],
)
def test_schedules_that_are_not_kept_are_errors(fields: dict[str, Any]) -> None:
    made = Compiled(scheduled(**fields))
    assert [one.severity for one in made.told("ZC0612")] == [Severity.ERROR]
    assert not made.files


def test_a_scheduled_run_needs_all_its_parameters() -> None:
    made = scheduled(cron="0 3 * * *").model_copy(update={"parameters": (parameter("rows", kind("int")),)})
    assert Compiled(made).told("ZC0612")
    default = made.parameters[0].model_copy(update={"default": Literal(value=3)})
    assert not Compiled(made.model_copy(update={"parameters": (default,)})).report.errors


def test_runs_at_a_time() -> None:
    made = Compiled(scheduled(cron="0 3 * * *"), max_active_runs=2, allow_queueing=True)[".schedule.yaml"]
    assert (made["maxConcurrentActiveRunCount"], made["allowQueueing"]) == (2, True)


def test_runs_that_were_missed_are_told() -> None:
    made = Compiled(scheduled(cron="0 3 * * *", catchup=True))
    assert [one.severity for one in made.told("ZC0612")] == [Severity.WARNING]


def test_two_calls_with_different_machines_are_two_components() -> None:
    calls = [call("load", resources=Resources(cpu=2)), call("load_2", "load", resources=Resources(cpu=4))]
    made = Compiled(pipeline([step("load", outputs={"output": INT})], calls, images={"main": PUSHED}))
    executors = made[".yaml"]["deploymentSpec"]["executors"]
    assert sorted(one["container"]["resources"]["resourceCpuLimit"] for one in executors.values()) == ["2", "4"]
