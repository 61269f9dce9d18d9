# zencompile: --target airflow
from zenml import pipeline, step
from zenml.config import ResourceSettings
from zenml.config.retry_config import StepRetryConfig
from zenml.enums import ExecutionMode


@step(
    retry=StepRetryConfig(max_retries=5, delay=10, backoff=3),
    settings={"resources": ResourceSettings(gpu_count=1, gpu_class="a100")},
)
def train() -> float:
    return 0.5


@pipeline(execution_mode=ExecutionMode.STOP_ON_FAILURE)
def training():
    train()  #~ ZC0510


if __name__ == "__main__":
    training.with_options(run_name="nightly_{date}")()
