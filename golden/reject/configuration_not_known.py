import random

from company_platform import defaults, step_settings
from zenml import pipeline, step


@step(enable_cache=defaults.CACHE, settings=step_settings("gpu"))  #~ ZC0305
def load() -> int:
    return 1


@pipeline(dynamic=random.random() > 0.5)  #~ ZC0305
def training():
    load()


if __name__ == "__main__":
    training()
