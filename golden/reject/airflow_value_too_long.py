# zencompile: --target airflow --set airflow.store=s3://acme/artifacts
from zencompile import pipeline, step


@step
def total(numbers: list[int]) -> int:
    return sum(numbers)


@pipeline
def nightly():
    total(list(range(30000)))  #~ ZC0561


if __name__ == "__main__":
    nightly()
