"""What steps of old pipelines are made of, and what functions that make them take."""

from zenml.integrations.evidently.steps import EvidentlyProfileParameters, evidently_profile_step
from zenml.pipelines import pipeline
from zenml.steps import BaseParameters, step


class TrainParameters(BaseParameters):
    rate: float = 0.1


@step
def load_data() -> list:
    return [1]


@step
def train_model(params: TrainParameters, data: list) -> float:
    return params.rate


@pipeline
def training(load, train, train_again, detect):
    data = load()
    train(data)
    train_again(data)
    detect(data, data)


training(
    load=load_data(),
    train=train_model(TrainParameters(), [1, 2]),  #~ ZC0267
    train_again=train_model(parameters=TrainParameters()),  #~ ZC0217
    detect=evidently_profile_step("drift", setup=EvidentlyProfileParameters()),  #~ ZC0267
).run()
