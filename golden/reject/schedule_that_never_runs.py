from datetime import datetime, timezone

from zenml import pipeline, step
from zenml.config.schedule import Schedule


@step
def load() -> int:
    return 1


@pipeline
def backwards():
    load()


if __name__ == "__main__":
    start = datetime(2026, 3, 1, tzinfo=timezone.utc)
    backwards.with_options(
        schedule=Schedule(
            cron_expression="@daily",
            start_time=start,
            end_time=datetime(2026, 2, 1, tzinfo=timezone.utc),  #~ ZC0318
        )
    )()
