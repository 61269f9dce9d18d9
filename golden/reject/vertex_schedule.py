# zencompile: --target vertex --set vertex.pipeline_root=gs://acme-ml/runs
from zenml import pipeline, step
from zenml.config.schedule import Schedule


@step
def load(rows: int) -> int:
    return rows


@pipeline
def training(rows: int):  #~ ZC0612
    load(rows)


if __name__ == "__main__":
    training.with_options(schedule=Schedule(cron_expression="0 3 L * *"))()  #~ ZC0612
