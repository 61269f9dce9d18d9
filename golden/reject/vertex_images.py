# zencompile: --target vertex --set vertex.pipeline_root=gs://acme-ml/runs
from zenml import pipeline, step
from zenml.config.schedule import Schedule


@step
def load() -> int:
    return 1


@pipeline
def training():  #~ ZC0619
    load()


if __name__ == "__main__":
    training.with_options(schedule=Schedule(cron_expression="0 3 * * MON-FRI", timezone="Europe/Berlin"))()
