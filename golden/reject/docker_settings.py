from zenml import pipeline, step
from zenml.config import DockerSettings


@step(settings={"docker": DockerSettings(required_integrations=["skleran"])})  #~ ZC0311
def load() -> int:
    return 1


@step(settings={"docker": DockerSettings(requirements="requirements-gpu.txt")})  #~ ZC0311
def train(data: int) -> float:
    return data / 2


@step(settings={"docker": DockerSettings(python_package_installer="conda")})  #~ ZC0306
def evaluate(score: float) -> float:
    return score


@step(settings={"docker": DockerSettings(skip_build=True)})  #~ ZC0311
def publish(score: float) -> None:
    print(score)


@step(settings={"docker": DockerSettings(replicate_local_python_environment=True)})  #~ ZC0313
def notify() -> None:
    print("done")


@pipeline
def training():
    publish(evaluate(train(load())))
    notify()


if __name__ == "__main__":
    training()
