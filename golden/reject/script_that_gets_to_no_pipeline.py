from zenml.pipelines import pipeline
from zenml.steps import step


@step
def load(path: str) -> dict:
    return {}


@step
def show(data: dict) -> None:
    print(data)


@pipeline
def training(load, show):
    show(load())


if __name__ == "__main__":
    load_step = load(path=PATH)  #~ ZC0102
    training(load=load_step, show=show()).run()
