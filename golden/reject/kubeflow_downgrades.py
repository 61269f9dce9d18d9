# zencompile: --target kubeflow
import os

from zenml import pipeline, step
from zenml.config import DockerSettings
from zenml.config.cache_policy import CachePolicy
from zenml.config.retry_config import StepRetryConfig
from zenml.enums import ExecutionMode


@step(
    retry=StepRetryConfig(max_retries=10, delay=60, backoff=2),
    cache_policy=CachePolicy(expires_after=3600),
    environment={"REGION": os.getenv("REGION", "eu")},
    settings={"orchestrator.kubernetes": {"pod_settings": {"scheduler_name": "volcano"}}},  #~ ZC0522
)
def train() -> float:
    return 0.5


@step(environment={"TOKEN": "{{Acme_api.token}}"})
def publish(score: float) -> None:
    print(score)


@step(secrets=["acme/api"])
def notify(score: float) -> None:
    print(score)


@pipeline(execution_mode=ExecutionMode.FAIL_FAST, settings={"docker": DockerSettings(requirements=[])})
def training():  #~ ZC0502
    score = train()  #~ ZC0525, ZC0526
    publish(score)
    notify(score)  #~ ZC0527


if __name__ == "__main__":
    training.with_options(run_name="nightly_{date}")()
