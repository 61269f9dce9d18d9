# zencompile: --target kubeflow --set 'kubeflow.artifacts={"iris": "https://example.com/iris.csv"}'
from zenml import pipeline, step
from zenml.client import Client


@step
def train(data: str) -> float:
    return 0.5


@pipeline
def training():
    train(data=Client().get_artifact_version("iris"))  #~ ZC0536


if __name__ == "__main__":
    training()
