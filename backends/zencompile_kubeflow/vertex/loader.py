"""Run by a Python that has `google-cloud-aiplatform`: builds what the files say, as its users do, and sends nothing.

    python loader.py FILE...

The last line of the output is JSON: file → error. No credentials are looked for.
"""

import json
import sys
from typing import Any

JOB, SCHEDULE = ".job.yaml", ".schedule.yaml"
_UNKNOWN = "LOCATION"  # where a file leaves the location to who runs it


def main(paths: list[str]) -> None:
    """Load every file, each with the files that stand beside it."""
    found: dict[str, str] = {}
    for path in paths:
        try:
            _load(path, set(paths))
        except Exception as error:
            found[path] = f"{type(error).__name__}: {error}"
    print(json.dumps(found))


def _load(path: str, paths: set[str]) -> None:
    from google.cloud import aiplatform_v1 as vertex

    if path.endswith(JOB):
        text = _read(path)
        vertex.PipelineJob.from_json(json.dumps(text))
        spec = path[: -len(JOB)] + ".yaml"
        if spec in paths:
            _job(spec, text)
    elif path.endswith(SCHEDULE):
        _schedule(_read(path))
    else:
        _job(path, {"displayName": "job", "runtimeConfig": {"gcsOutputDirectory": "gs://bucket/folder"}})


def _job(template: str, around: dict[str, Any]) -> None:
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import aiplatform

    aiplatform.PipelineJob(
        display_name=around["displayName"],
        template_path=template,
        pipeline_root=around["runtimeConfig"]["gcsOutputDirectory"],
        labels=around.get("labels"),
        encryption_spec_key_name=around.get("encryptionSpec", {}).get("kmsKeyName"),
        project="project",
        location="us-central1",
        credentials=AnonymousCredentials(),
    )


def _schedule(text: dict[str, Any]) -> None:
    from google.cloud import aiplatform_v1 as vertex
    from google.cloud.aiplatform import utils

    utils.validate_display_name(text["displayName"])
    schedule = vertex.Schedule.from_json(json.dumps(text))
    location = schedule.create_pipeline_job_request.parent.rpartition("/")[2]
    if location != _UNKNOWN:
        utils.validate_region(location)


def _read(path: str) -> dict[str, Any]:
    import yaml

    with open(path, encoding="utf-8") as file:  # noqa: PTH123 (run alone, by any Python)
        found: dict[str, Any] = yaml.safe_load(file)
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
