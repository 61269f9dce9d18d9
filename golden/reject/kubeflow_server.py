# zencompile: --target kubeflow
from zenml import pipeline, step


TEAM = {"name": "TEAM", "valueFrom": {"configMapKeyRef": {"name": "Teams", "key": "team"}}}


@step(settings={"orchestrator.kubernetes": {"pod_settings": {"env": [TEAM]}}})
def load() -> int:
    return 1


@step
def add(x: int) -> int:
    return x + 1


@pipeline
def many():  #~ ZC0592
    x = load()  #~ ZC0593
    for _ in range(400):
        x = add(x)


if __name__ == "__main__":
    many()
