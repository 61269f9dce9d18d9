"""Steps of a pipeline that is made of its steps: each is called once."""

from zenml.pipelines import pipeline
from zenml.steps import step


@step
def load_data() -> list:
    return [1]


@step
def train_model(data: list) -> float:
    return 1.0


@pipeline
def training(load, train):
    train(load())
    train(load())  #~ ZC0266 ZC0266


training(load=load_data(), train=train_model()).run()
