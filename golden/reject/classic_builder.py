# zencompile: --set docker.cache_mounts=false
from zenml import pipeline, step
from zenml.config import DockerSettings


@step
def load() -> int:
    return 1


@pipeline(
    settings={
        "docker": DockerSettings(
            requirements=["forecast @ https://ann:${INDEX_PASSWORD}@pypi.acme.io/forecast-1.0-py3-none-any.whl"]  #~ ZC0542
        )
    }
)
def training():
    load()


if __name__ == "__main__":
    training()
