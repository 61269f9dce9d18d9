# zencompile: --target airflow --set airflow.store=s3://acme/artifacts
from datetime import datetime, timezone

from zenml import pipeline, step
from zenml.config.schedule import Schedule


@step
def load() -> int:
    return 1


@pipeline
def often():
    load()


if __name__ == "__main__":
    often.with_options(
        schedule=Schedule(
            start_time=datetime(2026, 1, 1, tzinfo=timezone.utc),
            cron_expression="0 */5 * * * *",  #~ ZC0560
        )
    )()
