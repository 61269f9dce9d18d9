# zencompile: --target airflow --set airflow.store=s3://acme/artifacts --pipeline training
from zenml import pipeline, step
from zenml.config.schedule import Schedule


@step
def load(rows: int) -> int:
    return rows


@pipeline
def training_of(rows: int):  #~ ZC0512
    load(rows)


training = training_of.with_options(schedule=Schedule(cron_expression="0 3 * * *"))
