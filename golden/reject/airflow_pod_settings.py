# zencompile: --target airflow --set airflow.operator=kubernetes --set airflow.store=s3://acme/artifacts
from kubernetes.client.models import V1Toleration
from zenml import pipeline, step
from zenml.config import ResourceSettings
from zenml.integrations.kubernetes.flavors import KubernetesOrchestratorSettings
from zenml.integrations.kubernetes.pod_settings import KubernetesPodSettings

POD = KubernetesPodSettings(
    volumes=[  #~ ZC0555
        {"name": "data", "persistentVolumeClaim": {"claimname": "training-data"}},
        {"name": "cache", "emptyDir": {}},
    ],
    volume_mounts=[{"name": "cash", "mountPath": "/cache"}],  #~ ZC0557
    tolerations=[V1Toleration(key="gpu", operator="Exists"), {"key": "spot", "tolerationSeconds": "60"}],  #~ ZC0556
    affinity={"nodeAfinity": {}},  #~ ZC0555
    resources={"limits": {"cpu": "4"}},  #~ ZC0557
    scheduler_name="{{ ds }}",  #~ ZC0556
)


@step(settings={
    "orchestrator.kubernetes": KubernetesOrchestratorSettings(pod_settings=POD, max_parallelism=2),  #~ ZC0510
    "resources": ResourceSettings(cpu_count=2),
})
def train() -> int:
    return 1


@pipeline
def training():
    train()


if __name__ == "__main__":
    training()
