"""Steps of a library whose inputs are not known: by their names alone."""

from zenml import pipeline, step
from zenml.integrations.elsewhere.steps import publish_step


@step
def load() -> list:
    return [1]


@pipeline
def publishing():
    data = load()
    publish_step(data)  #~ ZC0265
    publish_step(dataset=data)
