from zenml.pipelines import pipeline
from zenml.steps import step


def read(path: str = "a.csv") -> dict:
    return {}


@step
def train(data: dict) -> float:
    return 0.5


@pipeline
def training(load, fit):
    fit(load())


if __name__ == "__main__":
    training(load=read, fit=train()).run()  #~ ZC0234
