# zencompile: --target airflow --set airflow.store=s3://acme/artifacts
from zenml import pipeline, step


@step(settings={"orchestrator.airflow": {"operator": "acme.operators.SparkOperator"}})
def load() -> int:
    return 1


@step(settings={"orchestrator.airflow": {"operator": "docker", "operator_args": {"image": "acme/train"}}})
def train(data: int) -> int:
    return data


@pipeline(
    settings={
        "orchestrator.airflow": {
            "dag_output_dir": "dags",
            "dag_args": {"orientation": "TB", "catchup": True, "max_active_runs": 1},
        }
    }
)
def training():  #~ ZC0514
    rows = load()  #~ ZC0513
    train(rows)  #~ ZC0513


if __name__ == "__main__":
    training()
