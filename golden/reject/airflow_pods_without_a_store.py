# zencompile: --target airflow --set airflow.operator=kubernetes --set airflow.store=/srv/artifacts
from zenml import pipeline, step


@step
def load() -> int:
    return 1


@pipeline
def training():
    load()


if __name__ == "__main__":
    training()
