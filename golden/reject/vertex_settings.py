# zencompile: --target vertex --set vertex.pipeline_root=gs://acme-ml/runs
from zenml import pipeline, step
from zenml.integrations.gcp.flavors.vertex_orchestrator_flavor import VertexOrchestratorSettings
from zenml.integrations.gcp.vertex_custom_job_parameters import VertexCustomJobParameters

TOLERATIONS = [{"key": "gpu", "operator": "Exists"}]
PODS = {
    "tolerations": TOLERATIONS,
    "node_selectors": {"pool": "big"},
    "env": [{"name": "MODE", "value": "fast"}],
}
JOB = VertexCustomJobParameters(
    machine_type="n1-highmem-16",  #~ ZC0618
    persistent_resource_id="held",  #~ ZC0610
    service_account="other@acme.iam.gserviceaccount.com",  #~ ZC0610
)


@step(settings={"orchestrator.vertex": VertexOrchestratorSettings(pod_settings=PODS, synchronous=False)})  #~ ZC0610
def load() -> int:
    return 1


@step(settings={"orchestrator.vertex": {"custom_job_parameters": JOB}})
def train(rows: int) -> None: ...


@pipeline(settings={"orchestrator.vertex": {"labels": {"team": "ML Ops"}}})  #~ ZC0617
def training():
    train(load())
