# zencompile: --target airflow --set airflow.store=s3://acme/artifacts
from zenml import pipeline, step


@step
def parts() -> list:
    return [1, 2]


@step
def score(part: int) -> float:
    return part / 2


@step
def publish(score: float) -> None:
    print(score)


@step
def best(scores: list) -> float:
    return max(scores)


@pipeline(dynamic=True)
def scoring():
    found = best(score.map(parts()))  #~ ZC0501
    if found.load() > 0.5:  #~ ZC0501
        publish(found)


if __name__ == "__main__":
    scoring()
