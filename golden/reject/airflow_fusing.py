# zencompile: --target airflow --set airflow.store=s3://acme/artifacts --set airflow.fuse=chains
from zenml import pipeline, step
from zenml.config import ResourceSettings, StepRetryConfig


def alert(error: BaseException) -> None:
    print(error)


@step
def load() -> int:
    return 1


@step(settings={"resources": ResourceSettings(memory="16GB")})
def train(data: int) -> int:
    return data


@step(settings={"resources": ResourceSettings(memory="16GB")}, on_failure=alert)
def evaluate(model: int) -> int:
    return model


@step(settings={"orchestrator.airflow": {"operator_args": {"trigger_rule": "all_done"}}})
def clean(score: int) -> int:
    return score


@step(retry=StepRetryConfig(max_retries=3, delay=5, backoff=2))
def publish(score: int) -> None:
    print(score)


@pipeline
def training():
    publish(clean(evaluate(train(load()))))


if __name__ == "__main__":
    training()
