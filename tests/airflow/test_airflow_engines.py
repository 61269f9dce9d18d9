"""Generated DAG files in real Airflows: loaded as a scheduler loads them, and run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from zencompile.ir import (
    Group,
    Hook,
    Hooks,
    Literal,
    OutputRef,
    Parameter,
    Pipeline,
    Resources,
    Retry,
    Schedule,
    SecretReference,
    Text,
    Type,
)
from zencompile.targets import Files
from zencompile_airflow import TARGET

pytestmark = pytest.mark.airflow
OPERATORS = {"docker": "DockerOperator", "kubernetes": "KubernetesPodOperator", "bash": "BashOperator"}


def rich(hand: Any) -> Pipeline:
    """A pipeline with a schedule, parameters of every binding, groups, retries, resources and secrets."""
    fits = Group(id="fits", name="Fitting")
    parameters = (
        Parameter(name="gamma", type=Type(name="float"), default=Literal(value=0.5)),
        Parameter(
            name="limit",
            type=Type(name="union", arguments=(Type(name="int"), Type(name="none"))),
            default=Literal(value=None),
        ),
        Parameter(name="kind", type=Type(name="literal", values=("a", "b")), default=Literal(value="a")),
        Parameter(name="n", type=Type(name="int"), bound="compile", value=Literal(value=3)),
        Parameter(name="nothing", type=Type(name="any"), bound="compile", value=Literal(value=None)),
    )
    source = {"x": OutputRef(invocation="load", output="o")}
    result: Pipeline = hand.pipeline(
        hand.invocation("load", variables={"TOKEN": SecretReference(name="db", key="token"), "STAGE": Text(value="p")}),
        hand.invocation(
            "fit_a",
            inputs=source,
            group=fits,
            retry=Retry(max_retries=3, delay=10, backoff=2),
            timeout=60,
            secrets=("all",),
        ),
        hand.invocation("fit_b", inputs=source, group=fits, resources=Resources(cpu=0.5, memory=10**9, gpu=1)),
        hand.invocation("the end", after=("fit_a", "fit_b")),
        parameters=parameters,
        schedule=Schedule(
            cron="15 4 * * 1",
            timezone="Europe/Berlin",
            start="2026-02-01T00:00:00+01:00",
            end="2030-01-01T00:00:00+00:00",
        ),
        docstring="Fit.\n\nTwice, {{ really }}.",
        tags=("ml",),
        execution_mode="fail_fast",
    )
    return result


@pytest.fixture(scope="module")
def loaded(hand: Any, airflow: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The same pipeline for each operator, in one folder of DAGs."""
    folder = tmp_path_factory.mktemp("dags")
    files = []
    for operator in OPERATORS:
        emitted = hand.emit(rich(hand), operator=operator, dag_id=f"by_{operator}", store="/srv/ml", volume_claim="ml")
        assert not emitted.report.errors
        files.append(emitted.write(folder))
    return airflow.load(*files)


@pytest.mark.parametrize("operator", OPERATORS)
def test_a_scheduler_loads_it_without_anything_of_ours(loaded: Any, operator: str) -> None:
    assert loaded["errors"] == {}
    assert loaded["imported"] == []
    dag = loaded["dags"][f"by_{operator}"]
    assert dag["serialized"]
    steps = [task for name, task in dag["tasks"].items() if name != "watcher"]
    assert {task["operator"] for task in steps} == {OPERATORS[operator]}


@pytest.mark.parametrize("operator", OPERATORS)
def test_what_airflow_sees_is_what_was_meant(loaded: Any, operator: str) -> None:
    dag = loaded["dags"][f"by_{operator}"]
    tasks = dict(dag["tasks"])
    assert tasks.pop("watcher")["downstream"] == []
    assert all("watcher" in task["downstream"] for task in tasks.values())
    assert {name: [one for one in task["downstream"] if one != "watcher"] for name, task in tasks.items()} == {
        "load": ["fit_a", "fit_b"],
        "fit_a": ["the_end"],
        "fit_b": ["the_end"],
        "the_end": [],
    }
    assert [task["group"] for task in tasks.values()] == [None, "fits", "fits", None]
    assert (dag["schedule"], dag["timezone"], dag["catchup"]) == ("15 4 * * 1", "Europe/Berlin", False)
    assert dag["start_date"].startswith("2026-01-31 23:00"), "midnight in Berlin"
    assert dag["tags"] == ["ml"]
    assert dag["fail_fast"] is True
    assert "Twice, {{ really }}." in dag["doc_md"]
    assert dag["params"] == {
        "gamma": {"default": 0.5, "schema": {"type": "number"}},
        "limit": {"default": None, "schema": {"type": ["null", "integer"]}},
        "kind": {"default": "a", "schema": {"enum": ["a", "b"]}},
        "n": {"default": 3, "schema": {"const": 3}},
        "nothing": {"default": None, "schema": {"const": None}},
    }
    fit = tasks["fit_a"]
    assert (fit["retries"], fit["retry_delay"], fit["retry_exponential_backoff"]) == (3, 10, True)
    assert fit["execution_timeout"] == 60
    assert tasks["fit_b"]["retries"] == 0


def test_limits_arrive_where_the_operator_has_them(loaded: Any) -> None:
    docker = loaded["dags"]["by_docker"]["tasks"]["fit_b"]
    assert (docker["cpus"], docker["mem_limit"]) == (0.5, 10**9)
    assert (docker["device_requests"][0]["Count"], docker["device_requests"][0]["Capabilities"]) == (1, [["gpu"]])
    assert docker["mounts"] == [{"Target": "/srv/ml", "Source": "/srv/ml", "Type": "bind", "ReadOnly": False}]
    pod = loaded["dags"]["by_kubernetes"]["tasks"]["fit_b"]["container_resources"]
    assert pod["limits"] == {"cpu": "0.5", "memory": "1G", "nvidia.com/gpu": "1"}
    assert pod["requests"] == {"cpu": "0.5", "memory": "1G"}


def test_a_value_that_was_fixed_when_compiling_can_t_be_overridden(hand: Any, airflow: Any, tmp_path: Path) -> None:
    pipeline = hand.pipeline(
        hand.invocation("a"),
        parameters=(Parameter(name="n", type=Type(name="int"), bound="compile", value=Literal(value=3)),),
    )
    file = hand.emit(pipeline, dag_id="fixed", operator="bash").write(tmp_path)
    ran = airflow.run(file, "fixed", n=4)
    assert ran["state"] != "success"
    assert "3 was expected" in ran["log"]


def test_airflow_is_asked_to_load_files(hand: Any, airflow: Any) -> None:
    """Arguments that an operator doesn't know are found, and named with the file; another's file is no matter."""
    python, good = str(airflow.python), hand.emit(hand.digits()).text
    assert not list(TARGET.load({"dags/digits.py": good}, python))
    bad = good.replace("do_xcom_push=False", 'do_xcom_push=False, memory_limit="2g"')
    assert not list(TARGET.validate(Files(deployed={"digits.py": bad})))  # compiling asks no engine
    (problem,) = TARGET.load({"dags/digits.py": bad, "other.py": good.replace('"digits"', '"other"')}, python)
    assert problem.code == "ZC0516"
    assert "memory_limit" in problem.message and "`dags/digits.py`" in problem.message


def test_the_target_s_own_check_reads_python_always(hand: Any) -> None:
    (problem,) = TARGET.validate(Files(deployed={"d.py": "def :\n"}))
    assert problem.code == "ZC0516"


@pytest.mark.docker
def test_containers_run_in_order_and_share_the_store(
    hand: Any, airflow: Any, docker_daemon: Any, tmp_path: Path
) -> None:
    """A stand-in for the runtime, mounted into the bare base image, shows what each container was told."""
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    store = tmp_path / "store"
    store.mkdir()
    (runtime / "zencompile_runtime.py").write_text(
        "import json, os, pathlib, sys\n"
        f"store = pathlib.Path({str(store)!r})\n"
        "order = len(list(store.iterdir()))\n"
        "told = {'argv': sys.argv[1:], 'order': order, 'stage': os.environ['STAGE']}\n"
        "(store / sys.argv[3].split('=')[1]).write_text(json.dumps(told))\n"
    )
    import json

    pipeline = hand.pipeline(
        hand.invocation("first", variables={"STAGE": Text(value="{{ s }}.env")}),
        hand.invocation(
            "second",
            inputs={"x": OutputRef(invocation="first", output="o"), "t": Literal(value="it's {{ x }}")},
            variables={"STAGE": Text(value="{{ s }}.env")},
            retry=Retry(max_retries=1),
            hooks=Hooks(on_failure=Hook(entrypoint="hooks:alert")),
        ),
        images={"main": hand.image(reference=docker_daemon.base_image, build=False)},
    )
    emitted = hand.emit(
        pipeline,
        dag_id="containers",
        store=str(store),
        docker_url=docker_daemon.host,
        network_mode="host",
        mounts=[f"{runtime}:/opt/zencompile:ro"],
    )
    # The bare image knows no path for the stand-in; a real one has it in its environment.
    text = emitted.text.replace("ENVIRONMENT = {", 'ENVIRONMENT = {"PYTHONPATH": "/opt/zencompile", ')
    file = emitted.write(tmp_path / "dags")
    file.write_text(text)
    ran = airflow.run(file, "containers")
    assert ran["state"] == "success", ran["log"][-3000:]
    assert ran["tasks"] == {"first": "success", "second": "success", "second_hooks": "skipped"}
    told = {name: json.loads((store / name).read_text()) for name in ("first", "second")}
    assert [told["first"]["order"], told["second"]["order"]] == [0, 1]
    assert told["second"]["stage"] == "{{ s }}.env"
    assert told["second"]["argv"] == [
        "step",
        "run:second",
        "--id=second",
        '--input=x=["first", "o"]',
        '--param=t="it\'s \\u007b{ x }}"',
        "--on-failure=hooks:alert",
        "--attempt=1",
        "--attempts=2",
        "--owe",
        "--code=0123456789ab",
        "--pipeline=acme/digits",
        f"--run={ran['run']}",
        f"--store={store}",
        "--variable=STAGE=null",
    ]


@pytest.mark.docker
def test_a_container_that_fails_fails_the_run_after_its_retries(
    hand: Any, airflow: Any, docker_daemon: Any, tmp_path: Path
) -> None:
    retry = Retry(max_retries=1)
    pipeline = hand.pipeline(
        hand.invocation("first", retry=retry),
        hand.invocation("second", after=("first",)),
        images={"main": hand.image(reference=docker_daemon.base_image, build=False)},
    )
    emitted = hand.emit(pipeline, dag_id="failing", store=str(tmp_path), docker_url=docker_daemon.host)
    ran = airflow.run(emitted.write(tmp_path / "dags"), "failing")
    assert ran["state"] == "failed"
    assert ran["tasks"]["first"] == "failed"
    assert ran["tasks"]["second"] == "upstream_failed"


@pytest.mark.docker
def test_the_container_of_a_step_that_runs_too_long_is_gone(
    hand: Any, airflow3: Any, docker_daemon: Any, tmp_path: Path
) -> None:
    """Where only containers that have ended are removed, it would run on, and the timeout would be told by no one."""
    import docker

    (tmp_path / "runtime").mkdir()
    (tmp_path / "runtime" / "zencompile_runtime.py").write_text("import time\ntime.sleep(600)\n")
    pipeline = hand.pipeline(
        hand.invocation("slow", timeout=3), images={"main": hand.image(reference=docker_daemon.base_image, build=False)}
    )
    mounts = [f"{tmp_path}/runtime:/opt/zencompile:ro"]
    emitted = hand.emit(pipeline, dag_id="slow", docker_url=docker_daemon.host, network_mode="host", mounts=mounts)
    file = emitted.write(tmp_path / "dags")
    file.write_text(
        emitted.text.replace("mount_tmp_dir", 'environment={"PYTHONPATH": "/opt/zencompile"}, mount_tmp_dir')
    )
    ran = airflow3.run(file, "slow")
    assert (ran["state"], ran["tasks"]) == ("failed", {"slow": "failed"})
    client = docker.DockerClient(base_url=docker_daemon.host)
    mine = [
        one.name
        for one in client.containers.list(all=True)
        if any(mount.get("Source") == f"{tmp_path}/runtime" for mount in one.attrs["Mounts"])
    ]
    assert mine == []


def test_pods_are_what_kubernetes_takes(hand: Any, airflow: Any, tmp_path: Path) -> None:
    """The operator's own code makes a pod of each task: with the store's volume, secrets, limits and the command."""
    emitted = hand.emit(
        rich(hand), operator="kubernetes", dag_id="pods", store="/srv/ml", volume_claim="ml", namespace="acme"
    )
    pods = airflow.pods(emitted.write(tmp_path), "pods")
    spec = pods["fit_a"]["spec"]
    assert pods["fit_a"]["metadata"]["namespace"] == "acme"
    (container,) = spec["containers"]
    assert container["command"][:5] == ["python", "-m", "zencompile_runtime", "step", "run:fit_a"]
    mounts = {mount["mountPath"] for mount in container["volumeMounts"]}
    assert mounts == {"/srv/ml", "/run/secrets/zencompile/all"}
    claims = [v["persistentVolumeClaim"]["claimName"] for v in spec["volumes"] if "persistentVolumeClaim" in v]
    assert claims == ["ml"]
    (load,) = pods["load"]["spec"]["containers"]
    environment = {e["name"]: e for e in load["env"]}
    assert environment["STAGE"]["value"] == "p"
    reference = environment["ZENCOMPILE_SECRET_DB_TOKEN"]["valueFrom"]["secretKeyRef"]
    assert (reference["name"], reference["key"]) == ("db", "token")
    (limited,) = pods["fit_b"]["spec"]["containers"]
    assert limited["resources"]["limits"] == {"cpu": "0.5", "memory": "1G", "nvidia.com/gpu": "1"}
