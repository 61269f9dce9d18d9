from zenml import pipeline, step
from zenml.config import DockerSettings, ResourceSettings
from zenml.config.retry_config import StepRetryConfig
from zenml.config.schedule import Schedule
from zenml.integrations.gcp.flavors.vertex_orchestrator_flavor import VertexOrchestratorSettings

T4 = {"node_selectors": {"cloud.google.com/gke-accelerator": "NVIDIA_TESLA_T4"}}
IMAGES = DockerSettings(parent_image="europe-west4-docker.pkg.dev/acme-ml/images/trees:3", skip_build=True)
RETRY = StepRetryConfig(max_retries=2, delay=30, backoff=2)


@step(settings={"resources": ResourceSettings(cpu_count=2, memory="4GB")}, retry=RETRY)
def load(rows: int) -> list[float]:
    return [float(number) for number in range(rows)]


@step(
    settings={
        "resources": ResourceSettings(gpu_count=1, memory="30GB"),
        "orchestrator.vertex": VertexOrchestratorSettings(pod_settings=T4),
    }
)
def train(data: list[float], depth: int = 3) -> float:
    return sum(data) / depth


@pipeline(
    execution_mode="stop_on_failure",
    settings={"docker": IMAGES, "orchestrator.vertex": {"labels": {"team": "forecasts"}}},
)
def trees(rows: int = 1000):
    train(load(rows))


if __name__ == "__main__":
    trees.with_options(schedule=Schedule(cron_expression="30 6 * * MON-FRI", timezone="Europe/Amsterdam"))()
