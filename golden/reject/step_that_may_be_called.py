from zenml import pipeline, step
from zenml.client import Client


@step
def train() -> float:
    return 0.9


@step
def compare(score: float) -> None:
    print(score)


@pipeline
def training():
    score = train()
    if Client().get_model("classifier"):
        compare(score)  #~ ZC0212


if __name__ == "__main__":
    training()
