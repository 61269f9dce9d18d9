# zencompile: --target vertex
from zenml import pipeline, step
from zenml.config import DockerSettings, ResourceSettings

SECRET = DockerSettings(environment={"TOKEN": "{{warehouse.token}}"})


@step(settings={"docker": SECRET})
def load() -> int:
    return 1


@step(settings={"resources": ResourceSettings(gpu_count=1)})
def train(rows: int) -> None: ...


@step(settings={"resources": ResourceSettings(cpu_count=128, memory="1TB")})
def report(rows: int) -> None: ...


@pipeline
def training():  #~ ZC0611
    rows = load()  #~ ZC0614
    train(rows)  #~ ZC0613
    report(rows)  #~ ZC0613
