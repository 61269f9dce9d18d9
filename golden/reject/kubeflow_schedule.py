# zencompile: --target kubeflow
from zenml import pipeline, step
from zenml.config.schedule import Schedule


@step
def load() -> int:
    return 1


@pipeline
def training():
    load()


if __name__ == "__main__":
    training.with_options(schedule=Schedule(cron_expression="0 3 * * *", timezone="Europe/Berlin"))()  #~ ZC0586
