# zencompile: --target local
from zenml import pipeline, step
from zenml.config import ResourceSettings, Schedule


@step(settings={"resources": ResourceSettings(cpu_count=4, memory="8GB")})
def train() -> float:
    return 0.5


@pipeline
def training():
    train()


if __name__ == "__main__":
    training.with_options(schedule=Schedule(cron_expression="0 3 * * *"))()
