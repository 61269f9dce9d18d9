from zenml import pipeline, step


@step
def load() -> int:
    return 1


@pipeline
def training(:  #~ ZC0101
    load()
