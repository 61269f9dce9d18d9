from zenml import pipeline, step
from zenml.config import DockerSettings, ResourceSettings

docker = DockerSettings(requirments=["pandas==2.2.3"])  #~ ZC0304


@step(settings={"resource": ResourceSettings(cpu_count=2)})  #~ ZC0307
def load() -> int:
    return 1


@step(settings={"resources": ResourceSettings(memory="2 gigs", cpu_count=0)})  #~ ZC0312
def train(data: int) -> float:
    return data / 2


@pipeline(settings={"docker": docker, "orchestrater.airflow": {"operator": "bash"}})  #~ ZC0307
def training():
    train(load())


if __name__ == "__main__":
    training()
