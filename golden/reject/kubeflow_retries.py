# zencompile: --target kubeflow
from zenml import pipeline, step
from zenml.config.retry_config import StepRetryConfig


@step(retry=StepRetryConfig(max_retries=3, delay=10, backoff=1.5))
def fetch() -> int:
    return 1


@step(retry=StepRetryConfig(max_retries=30, delay=60, backoff=2))
def train(rows: int) -> int:
    return rows


@pipeline
def training():
    train(fetch())  #~ ZC0585, ZC0585


if __name__ == "__main__":
    training()
