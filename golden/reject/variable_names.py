from zenml import pipeline, step
from zenml.config import DockerSettings


@step
def load() -> int:
    return 1


@pipeline(settings={"docker": DockerSettings(environment={"my-mode": "fast"})})  #~ ZC0541
def training():
    load()


if __name__ == "__main__":
    training()
