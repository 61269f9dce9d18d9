# zencompile: --target airflow --set airflow.store=/srv/artifacts
import random

from airflow.sdk import DagRun
from docker.types import Mount

from zenml import pipeline, step


def notify(context) -> None:
    print("the run failed:", context["run_id"])


STORE = Mount("/srv/artifacts/", "/mnt/other", type="bind")
LIMITS = {"mem_limit": "4g", "memory_limit": "4g"}


@step(settings={"orchestrator.airflow": {"operator": "acme.operators.SparkOperator"}})
def load() -> int:
    return 1


@step(
    environment={"STAGE": "prod"},
    settings={
        "resources": {"memory": "2GB"},
        "orchestrator.airflow": {
            "operator": "docker",
            "operator_args": {
                "image": "acme/train",  #~ ZC0513
                "auto_remove": True,  #~ ZC0556
                "retry_delay": "5m",  #~ ZC0556
                "mem_limit": "4g",  #~ ZC0557
                "hostnetwork": True,  #~ ZC0555
                "environment": {"STAGE": "dev"},  #~ ZC0557
                "on_failure_callback": notify,  #~ ZC0558
                "shm_size": random.randint(1, 2),  #~ ZC0305
                "mounts": [
                    {"source": "/srv/data", "target": "/data", "readonly": True},  #~ ZC0555
                ],
            },
        },
    },
)
def train(data: int) -> int:
    return data


@step(settings={"orchestrator.airflow": {"operator_args": {"mounts": [STORE], **LIMITS}}})  #~ ZC0555 ZC0557
def write(data: int) -> None:
    print(data)


@pipeline(
    settings={
        "orchestrator.airflow": {
            "dag_output_dir": "dags",
            "dag_args": {
                "orientation": "TB",  #~ ZC0514
                "catchup": True,
                "max_active_runs": "1",  #~ ZC0556
                "fail_stop": True,  #~ ZC0513
                "deadline": 3,  #~ ZC0555
                "sla_miss_callback": notify,  #~ ZC0558
                "on_success_callback": DagRun.get_task_instances,  #~ ZC0558
                "default_args": {"retires": 3},  #~ ZC0555
            },
        }
    }
)
def training():
    rows = load()  #~ ZC0513
    train(rows)
    write(rows)


if __name__ == "__main__":
    training()
