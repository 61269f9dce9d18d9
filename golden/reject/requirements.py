from zenml import pipeline, step
from zenml.config import DockerSettings

docker = DockerSettings(
    requirements=[
        "scikit-learn=1.5",  #~ ZC0407
        "pandas==2.2.0",
        "pandas<2",  #~ ZC0408
        "zenml==0.98.0",
        "-e .",  #~ ZC0409
        "https://ann:hunter22@pypi.acme.io/forecast-1.0-py3-none-any.whl",  #~ ZC0412
    ]
)


@step
def load() -> int:
    return 1


@pipeline(settings={"docker": docker})
def training():
    load()


if __name__ == "__main__":
    training()
