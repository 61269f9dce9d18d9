"""What a PipelineSpec can't hold: the PipelineJob of the Vertex AI API v1 around it, in a file of its own."""

from __future__ import annotations

from typing import Any

from zencompile.diagnostics import Report
from zencompile.ir import Pipeline
from zencompile_kubeflow.vertex.options import Options

Json = Any

LONGEST_NAME = 128  # `PipelineJob.display_name`
_POLICIES = {"slow": "PIPELINE_FAILURE_POLICY_FAIL_SLOW", "fast": "PIPELINE_FAILURE_POLICY_FAIL_FAST"}


def document(pipeline: Pipeline, options: Options, root: str, labels: dict[str, str]) -> dict[str, Json]:
    """The PipelineJob, but for its `pipelineSpec`."""
    job: dict[str, Json] = {"displayName": pipeline.name[:LONGEST_NAME]}
    if labels:
        job["labels"] = labels
    job["runtimeConfig"] = {"gcsOutputDirectory": root}
    policy = options.failure_policy or ("fast" if pipeline.execution_mode == "stop_on_failure" else None)
    if policy:
        job["runtimeConfig"]["failurePolicy"] = _POLICIES[policy]
    if options.service_account:
        job["serviceAccount"] = options.service_account
    if options.network:
        job["network"] = options.network
    if options.reserved_ip_ranges:
        job["reservedIpRanges"] = list(options.reserved_ip_ranges)
    if options.encryption_key:
        job["encryptionSpec"] = {"kmsKeyName": options.encryption_key}
    return job


def root(pipeline: Pipeline, options: Options, store: str | None, report: Report) -> str:
    """The folder of a bucket that runs keep their artifacts in. Without one, an error."""
    if options.pipeline_root:
        return options.pipeline_root
    if store and store.startswith("gs://"):
        return f"{store.rstrip('/')}/vertex/{pipeline.name}"
    report.error(
        "ZC0611",
        "runs on Vertex AI keep their artifacts in a bucket, and none is named",
        pipeline.span,
        notes=f"the artifact store is `{store}`" if store else (),
        helps="name one: `--set vertex.pipeline_root=gs://BUCKET/FOLDER`",
    )
    return ""


def parent(options: Options) -> str:
    """The location that jobs belong to, with placeholders for what isn't known."""
    return f"projects/{options.project or 'PROJECT'}/locations/{options.location or 'LOCATION'}"


def head(name: str, options: Options) -> list[str]:
    """The comment above the job: what it is, and how to run it."""
    return [
        f"The job around {name}.yaml, a PipelineJob of the Vertex AI API v1. This runs it, in the folder of both:",
        *_python(
            "import json, yaml",
            "from google.cloud import aiplatform_v1 as vertex",
            *_read("job", f"{name}.job.yaml"),
            *_read("spec", f"{name}.yaml"),
            'job = vertex.PipelineJob.from_json(json.dumps(job | {"pipelineSpec": spec}))',
            *_client("Pipeline", options),
            f'client.create_pipeline_job(parent="{parent(options)}", pipeline_job=job)',
        ),
    ]


def head_of_schedule(name: str, options: Options) -> list[str]:
    """The comment above the schedule."""
    return [
        f"The schedule of {name}.yaml, a Schedule of the Vertex AI API v1. This creates it, in their folder:",
        *_python(
            "import json, yaml",
            "from google.cloud import aiplatform_v1 as vertex",
            *_read("schedule", f"{name}.schedule.yaml"),
            *_read("job", f"{name}.job.yaml"),
            *_read("spec", f"{name}.yaml"),
            'schedule["createPipelineJobRequest"]["pipelineJob"] = job | {"pipelineSpec": spec}',
            "schedule = vertex.Schedule.from_json(json.dumps(schedule))",
            *_client("Schedule", options),
            f'client.create_schedule(parent="{parent(options)}", schedule=schedule)',
        ),
    ]


def _python(*lines: str) -> list[str]:
    return [f"    {line}" for line in ("python - <<'END'", *lines, "END")]


def _read(what: str, file: str) -> list[str]:
    return [f'{what} = yaml.safe_load(open("{file}"))']


def _client(service: str, options: Options) -> list[str]:
    endpoint = f"{options.location or 'LOCATION'}-aiplatform.googleapis.com"
    return [f'client = vertex.{service}ServiceClient(client_options={{"api_endpoint": "{endpoint}"}})']
