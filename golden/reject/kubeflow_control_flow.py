# zencompile: --target kubeflow
from zenml import pipeline, step


@step
def evaluate() -> list:
    return [0.5]


@step
def train() -> object:
    return object()


@step
def fallback() -> object:
    return object()


@step
def publish(model: object) -> None:
    print(model)


@pipeline(dynamic=True)
def training():  #~ ZC0523
    scores = evaluate()
    if scores.load() == 1:  #~ ZC0524
        publish(train())
    else:
        publish(fallback())


if __name__ == "__main__":
    training()
