from zenml import pipeline, step
from zenml.client import Client


@step
def compare(models: list) -> float:
    return 0.5


@pipeline
def evaluation():
    client = Client()
    compare(
        models=[client.get_artifact_version("linear"), client.get_artifact_version("forest")],  #~ ZC0501
    )


if __name__ == "__main__":
    evaluation()
