from datetime import datetime, timedelta

from zenml import pipeline, step
from zenml.config.schedule import Schedule


@step
def load() -> int:
    return 1


@pipeline
def training():
    load()


if __name__ == "__main__":
    hourly = Schedule(
        start_time=datetime.now(),  #~ ZC0319
        end_time=datetime(2027, 1, 1),
        interval_second=timedelta(hours=1),
    )
    training.with_options(schedule=hourly)()
