from typing import Annotated

from zenml import pipeline, step
from zenml.materializers import CloudpickleMaterializer


@step(output_materializers={"modle": CloudpickleMaterializer})  #~ ZC0317
def train() -> Annotated[object, "model"]:
    return object()


@pipeline
def training():
    train()


if __name__ == "__main__":
    training()
