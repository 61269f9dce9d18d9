# zencompile: --target airflow --set airflow.store=s3://acme/artifacts
from zencompile import pipeline, step
from zenml.config import DockerSettings


@step
def total(numbers: list[int]) -> int:
    return sum(numbers)


@pipeline(settings={"docker": DockerSettings(parent_image="acme/base:1", skip_build=True)})
def nightly():
    total(list(range(30000)))  #~ ZC0561


if __name__ == "__main__":
    nightly()
