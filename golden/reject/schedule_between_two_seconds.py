from datetime import datetime, timedelta, timezone

from zenml import pipeline, step
from zenml.config.schedule import Schedule


@step
def load() -> int:
    return 1


@pipeline
def training():
    load()


if __name__ == "__main__":
    start = datetime(2026, 3, 1, tzinfo=timezone.utc)
    training.with_options(
        schedule=Schedule(
            start_time=start,
            interval_second=timedelta(microseconds=1500),  #~ ZC0318
        )
    )()
