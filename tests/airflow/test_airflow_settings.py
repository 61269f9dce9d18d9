"""Settings in real Airflows: what is drawn out of the table arrives in operators, DAGs, containers and pods."""

from __future__ import annotations

import json
import random
import runpy
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest

from zencompile_airflow import signatures
from zencompile_airflow.annotations import Kind, alternatives

ROOT = Path(__file__).parent.parent.parent
CLASSES = {"bash": "BashOperator", "docker": "DockerOperator", "kubernetes": "KubernetesPodOperator"}
EACH = 40
KUBERNETES = kubernetes_validate.latest_version()  # whose published schemas pods are held against

# Arguments that are not drawn, and why.
_DECIDED = """
arguments bash_command cmds command cwd dag entrypoint image render_template_as_native_obj task_group task_id
working_dir
"""
_JOINED_ELSEWHERE = """
env environment env_vars mounts secrets pod_runtime_info_envs image_pull_secrets full_pod_spec default_args params tags
"""
_KEPT_IN_ANOTHER_FORM = """
callbacks container_logs email executor_config ignore_first_depends_on_past inlets log_formatter outlets
output_processor progress_callback resources retry_exponential_backoff skip_on_exit_code template_searchpath
trigger_rule weight_rule
"""
_CHECKED_AGAINST_SURROUNDINGS = """
access_control allow_nested_operators cluster_context config_file deferrable depends_on_past docker_url
docker_conn_id email_on_failure email_on_retry end_date env_file executor in_cluster kubernetes_conn_id logger_name
max_consecutive_failed_dag_runs multiple_outputs pod_template_dict pod_template_file schedule
schedule_timeout_seconds start_date wait_for_downstream wait_for_past_depends_before_skipping
"""
_OF_ONE_GENERATION = "durable is_delete_operator_pod reattach_on_restart sla task_concurrency"
_OBJECTS = "dag_id deadline jinja_environment_kwargs template_undefined user_defined_filters user_defined_macros"
_NOT_DRAWN = frozenset(
    " ".join(
        (
            _DECIDED,
            _JOINED_ELSEWHERE,
            _KEPT_IN_ANOTHER_FORM,
            _CHECKED_AGAINST_SURROUNDINGS,
            _OF_ONE_GENERATION,
            _OBJECTS,
        )
    ).split()
)


class Draw:
    """Random values of kinds, as settings say them and as Airflow should have them."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def one_of(self, kinds: tuple[Kind, ...], depth: int = 3) -> tuple[Any, Any] | None:
        """A value and what it arrives as; None where no alternative can be drawn."""
        of_time = any(kind.name == "timedelta" for kind in kinds)
        for kind in self.random.sample(kinds, len(kinds)):
            found = self.kind(kind, depth)
            if found is not None and of_time and kind.name == "float":  # of seconds, as Airflow reads it
                return found[0], {"$": "timedelta", "µs": round(found[0] * 10**6)}
            if found is not None:
                return found
        return None

    def kind(self, kind: Kind, depth: int) -> tuple[Any, Any] | None:
        simple = self._simple(kind)
        if simple is not None:
            return simple, simple
        if kind.name == "timedelta":
            microseconds = self.random.choice([1, 1500, 10**6, 90 * 10**6, 3600 * 10**6, 86_400 * 10**6 + 7])
            tagged = {"$": "timedelta", "days": 0, "seconds": 0, "microseconds": 0}
            tagged["days"], rest = divmod(microseconds, 86_400 * 10**6)
            tagged["seconds"], tagged["microseconds"] = divmod(rest, 10**6)
            return tagged, {"$": "timedelta", "µs": microseconds}
        if kind.name == "list":
            items = [self.one_of(kind.arguments[0], depth - 1) for _ in range(self.random.randint(1, 2))]
            return None if None in items else ([i[0] for i in items if i], [i[1] for i in items if i])
        if kind.name == "dict":
            values = kind.arguments[1] if kind.arguments else alternatives("str")
            pairs = {f"k{n}": self.one_of(values, depth - 1) for n in range(self.random.randint(1, 2))}
            if None in pairs.values():
                return None
            return {k: v[0] for k, v in pairs.items() if v}, {k: v[1] for k, v in pairs.items() if v}
        return self._model(kind, depth) if kind.name.startswith(("V1", "CoreV1")) else None

    def _simple(self, kind: Kind) -> Any:
        makers = {
            "str": lambda: self.random.choice(["a", "it's", 'say "hi"', "ünï\\n", "two words", "/srv/data", "10", "-"]),
            "int": lambda: self.random.randint(1, 1000),
            "float": lambda: self.random.choice([0.5, 2, 1e-3]),
            "bool": lambda: self.random.random() < 0.5,
            "Key": lambda: self.random.choice(["a", "gpu-2", "x.y_z"]),
            "Link": lambda: self.random.choice(["https://acme.io/a?b=c", "mailto:ml@acme.io"]),
            "Count": lambda: self.random.randint(0, 9),
            "Positive": lambda: self.random.randint(1, 9),
            "Quantity": lambda: self.random.choice(["1", "500m", "2Gi"]),
            "Literal": lambda: self.random.choice(kind.values),
            "WeightRule": lambda: self.random.choice(["upstream", "downstream", "absolute"]),
            "OnFinishAction": lambda: self.random.choice(["keep_pod", "delete_pod", "delete_succeeded_pod"]),
            "OnKillAction": lambda: self.random.choice(["keep_pod", "delete_pod"]),
        }
        maker = makers.get(kind.name)
        return None if maker is None else maker()

    def _model(self, kind: Kind, depth: int) -> tuple[Any, Any] | None:
        """An object of a model as JSON has it, with all that it needs and some of the rest."""
        model = signatures.model(kind.name)
        assert model is not None
        if depth < 0:
            return None
        found = {}
        json_names = {field: name for name, field in model.names.items()}
        rest = [field for field in model.kinds if field not in model.required]
        for field in (*model.required, *self.random.sample(rest, min(2, len(rest)))):
            drawn = self.one_of(alternatives(model.kinds[field]), depth - 1)
            if drawn is not None:
                found[json_names[field]] = drawn[0]
            elif field in model.required:
                return None
        return found, found


def drawn(owner: str, seed: int, several: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Some arguments of an operator or a DAG, and what they arrive as."""
    draw = Draw(seed)
    names = [
        name
        for name, argument in signatures.arguments(owner).items()
        if name not in _NOT_DRAWN and argument.missing is None
    ]
    written, expected = {}, {}
    for name in draw.random.sample(names, several):
        found = draw.one_of(alternatives(signatures.arguments(owner)[name].kinds[0] or "str"))
        if found is not None:
            written[name], expected[name] = found
    volumes = [volume.get("name") for volume in written.get("volumes", ())]
    if "volume_mounts" in written:
        for mount in (*written["volume_mounts"], *expected["volume_mounts"]):
            mount["name"] = volumes[0] if volumes else "none"
        if not volumes:
            del written["volume_mounts"], expected["volume_mounts"]
    return written, expected


@pytest.fixture(scope="module")
def generated(hand: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A folder of DAGs with drawn settings, and what they should have: {dag id: (of the DAG, of its task)}."""
    folder = tmp_path_factory.mktemp("drawn")
    expected = {}
    for operator, owner in CLASSES.items():
        for seed in range(EACH):
            arguments, of_task = drawn(owner, seed, 6)
            dag_args, of_dag = drawn("DAG", seed, 3)
            settings = {"orchestrator.airflow": {"operator_args": arguments}}
            own = hand.invocation("a", settings=settings)
            pipeline = hand.pipeline(own, settings={"orchestrator.airflow": {"dag_args": dag_args}})
            dag_id = f"{operator}_{seed}"
            emitted = hand.emit(pipeline, operator=operator, dag_id=dag_id)
            if emitted.report.errors:
                # Drawn lists may have two of one name or place: this alone is refused.
                assert {problem.code for problem in emitted.report.errors} == {"ZC0557"}, list(emitted.report)
                continue
            emitted.write(folder)
            expected[dag_id] = of_dag, of_task
    assert len(expected) > 2.5 * EACH
    return folder, expected


@pytest.mark.airflow
def test_drawn_settings_arrive_as_they_were_written(generated: Any, airflow: Any) -> None:
    folder, expected = generated
    request = {dag_id: {"dag": [*of_dag], "task": [*of_task]} for dag_id, (of_dag, of_task) in expected.items()}
    found = airflow.fields(folder, request)
    assert {text.strip().splitlines()[-1] for text in found["errors"].values()} == set()
    for dag_id, (of_dag, of_task) in expected.items():
        assert found["dags"][dag_id]["dag"] == of_dag, dag_id
        assert found["dags"][dag_id]["tasks"]["a"] == of_task, dag_id
    pods = {dag_id: pod for dag_id, one in found["dags"].items() for pod in one["pods"].values()}
    assert {dag_id: pod for dag_id, pod in pods.items() if isinstance(pod, str)} == {}
    for pod in pods.values():
        kubernetes_validate.validate(pod, KUBERNETES, strict=True)


@pytest.mark.airflow
def test_the_table_is_of_the_real_airflows(airflow2: Any, airflow3: Any) -> None:
    """To renew it: `python scripts/airflow_signatures.py AIRFLOW2_PYTHON AIRFLOW3_PYTHON`."""
    script = runpy.run_path(str(ROOT / "scripts" / "airflow_signatures.py"))
    collected = [script["ask"](str(airflow.python)) for airflow in (airflow2, airflow3)]
    assert script["TABLE"].read_text("utf-8") == script["text"](script["table"](collected))
    assert json.loads(script["TABLE"].read_text("utf-8"))["models"] == collected[0]["models"]
