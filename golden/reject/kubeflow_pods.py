# zencompile: --target kubeflow
from zenml import pipeline, step

CLAIM = {"name": "data", "persistentVolumeClaim": {"claimName": "shared"}}
POD = {
    "volumes": [CLAIM],
    "volume_mounts": [{"name": "data", "mountPath": "/data", "readOnly": True}],  #~ ZC0587
    "tolerations": [{"key": "gpu", "operater": "Exists"}],  #~ ZC0589
    "resources": {"limits": {"memory": "4GB", "ephemeral-storage": "1Gi"}},  #~ ZC0589
    "container_security_context": {"runAsUser": 1000},
    "additional_pod_spec_args": {"priority_class_name": "low", "host_network": True},  #~ ZC0522, ZC0587
}


@step(settings={"orchestrator.kubernetes": {"pod_settings": POD}})
def train() -> float:
    return 0.5


@step(environment={"TOKEN": "{{api_key.token}}"}, secrets=["api-key"])
def publish(score: float) -> None:
    print(score)


@pipeline
def training():
    publish(train())  #~ ZC0527


if __name__ == "__main__":
    training()
