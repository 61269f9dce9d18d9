from zenml.pipelines import pipeline
from zenml.steps import step


@step
def load() -> dict:
    return {}


@step
def train(data: dict) -> float:
    return 0.5


@pipeline
def training(load, train, evaluate):
    evaluate(train(load()))


if __name__ == "__main__":
    training(load=load(), train=train()).run()  #~ ZC0223
