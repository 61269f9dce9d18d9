# zencompile: --target kubeflow
from zenml import pipeline, step
from zenml.client import Client


@step
def evaluate(model: object) -> float:
    return 0.5


@pipeline
def evaluation():
    evaluate(model=Client().get_artifact_version("classifier"))  #~ ZC0535


if __name__ == "__main__":
    evaluation()
