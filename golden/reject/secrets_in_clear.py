from zenml import pipeline, step
from zenml.config import DockerSettings


@step(environment={"DB_PASSWORD": "hunter22"})
def load() -> int:
    return 1


@pipeline(
    settings={
        "docker": DockerSettings(
            environment={"API_TOKEN": "abc123-secret"},  #~ ZC0412
        )
    }
)
def training():
    load()  #~ ZC0412


if __name__ == "__main__":
    training()
