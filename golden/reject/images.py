from zenml import pipeline, step
from zenml.config import DockerSettings


@step(
    settings={
        "docker": DockerSettings(
            parent_image="acme/base:1 --privileged",  #~ ZC0411
            user="ann smith",  #~ ZC0411
        )
    }
)
def load() -> int:
    return 1


@pipeline
def training():
    load()


if __name__ == "__main__":
    training()
