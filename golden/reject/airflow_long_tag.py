# zencompile: --target airflow --set airflow.store=s3://acme/artifacts
from zencompile import pipeline, step


@step
def load() -> int:
    return 1


@pipeline(tags=["nightly", "x" * 101])
def training():  #~ ZC0562
    load()


if __name__ == "__main__":
    training()
