from zenml import pipeline, step
from zenml.config.retry_config import StepRetryConfig


@step(settings="docker", cache_policy=3)  #~ ZC0306
def load() -> int:
    return 1


@step(retry=StepRetryConfig(max_retries=-1))  #~ ZC0314
def train(data: int) -> float:
    return data / 2


@step(retry={"max_retries": "often"}, environment={"THREADS": 4})  #~ ZC0314, ZC0315
def evaluate(score: float) -> float:
    return score


@pipeline(tags={"team": "forecast"}, environment=["A=1"])  #~ ZC0306
def training():
    evaluate(train(load()))


if __name__ == "__main__":
    training()
