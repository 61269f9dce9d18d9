"""One step object cannot be two steps of a pipeline."""

from zenml.pipelines import pipeline
from zenml.steps import step


@step
def load_data() -> list:
    return [1]


@pipeline
def reading(first, second):
    first()
    second()


source = load_data()
reading(first=source, second=source).run()  #~ ZC0266
