import acme_features
from zenml import pipeline, step


@step
def load(name: str, size: int) -> int:
    return size


@pipeline
def training():
    size = 10
    if acme_features.is_large():
        size = 100
    load(
        name=input("Which data? "),  #~ ZC0208
        size=size,  #~ ZC0208
    )


if __name__ == "__main__":
    training()
