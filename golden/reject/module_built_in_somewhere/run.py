from zenml import pipeline, step

import resource  #~ ZC0109


@step
def show(limit: int) -> None:
    print(limit)


@pipeline
def limits() -> None:
    show(resource.LIMIT)
