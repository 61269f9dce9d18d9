"""Vertex AI's own SDK takes what is compiled: its classes are the real ones, and only what would be sent is kept.

No account of Google Cloud is here: credentials are anonymous, and the client's two calls that would send a request
write it to a file instead.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from vertex_samples import Compiled, rich, single

from zencompile.ir import Resources, Schedule
from zencompile_kubeflow.vertex import machines, validate

pytestmark = pytest.mark.vertex

# Imported by the Python of the command before anything else.
OFFLINE = """\
import json, os, sys

def offline():
    import google.auth
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import aiplatform_v1 as vertex
    google.auth.default = lambda *_, **__: (AnonymousCredentials(), "acme")

    def kept(client, **request):
        made = {name: one if isinstance(one, str) else type(one).to_dict(one) for name, one in request.items()}
        with open(os.environ["KEPT"], "w") as file:
            json.dump(made | {"endpoint": client.api_endpoint}, file)

    vertex.PipelineServiceClient.create_pipeline_job = kept
    vertex.ScheduleServiceClient.create_schedule = kept

offline()
exec(sys.stdin.read())
"""
ACCOUNT = {
    "project": "acme",
    "location": "europe-west4",
    "labels": {"team": "ml"},
    "service_account": "runs@acme.iam.gserviceaccount.com",
    "network": "projects/12345/global/networks/ml",
    "encryption_key": "projects/acme/locations/europe-west4/keyRings/ml/cryptoKeys/runs",
}


def ask(python: Path, code: str, *arguments: str, **more: str) -> str:
    """What a program of the SDK's Python prints."""
    clean = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONWARNINGS": "ignore"} | more
    command = [str(python), "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=clean, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_the_sdk_builds_jobs_and_schedules_of_the_files(vertex_python: Path) -> None:
    """And refuses what somebody has broken, each by its own message."""
    schedule = Schedule(run_once="2026-03-01T00:30:00+01:00")
    gpu = Resources(cpu=4, memory=15 * 10**9, gpu=1, gpu_class="T4")
    files = Compiled(rich(), **ACCOUNT).texts
    once = Compiled(single(resources=gpu).model_copy(update={"name": "once", "schedule": schedule})).texts
    elsewhere = {f"a/{name}": text for name, text in once.items()}
    broken = {
        "root.yaml": files["digits.yaml"].replace("components:", "comps:").replace("root:", "trunk:", 1),
        "field.job.yaml": files["digits.job.yaml"] + "machineType: n1-standard-4\n",
        "place.schedule.yaml": files["digits.schedule.yaml"].replace("europe-west4", "europe-west99"),
        "time.schedule.yaml": files["digits.schedule.yaml"] + "startTime: tomorrow\n",
    }
    assert not list(validate.problems(files | once | elsewhere))
    # All are asked about at once, as the SDK takes long to start; our own rules would have found the first one, too.
    told = list(validate._ask(str(vertex_python), files | once | elsewhere | broken))
    assert {one.code for one in told} == {"ZC0615"}
    assert [one.message.split("`")[1] for one in told] == list(broken)


def test_the_commands_in_the_files_send_the_job_and_the_schedule(vertex_python: Path, tmp_path: Path) -> None:
    """They are run as they stand, in the folder of the files."""
    made = Compiled(rich(), **ACCOUNT)
    for name, text in made.texts.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "offline.py").write_text(OFFLINE)
    job = _sent(vertex_python, tmp_path, "digits.job.yaml")
    schedule = _sent(vertex_python, tmp_path, "digits.schedule.yaml")
    assert job["parent"] == schedule["parent"] == "projects/acme/locations/europe-west4"
    assert job["endpoint"] == schedule["endpoint"] == "europe-west4-aiplatform.googleapis.com"
    sent = job["pipeline_job"]
    assert sent["pipeline_spec"] == yaml.safe_load(made.texts["digits.yaml"])
    assert sent["labels"] == {"team": "ml"} and sent["service_account"] == ACCOUNT["service_account"]
    assert sent["network"] == ACCOUNT["network"]
    assert sent["encryption_spec"] == {"kms_key_name": ACCOUNT["encryption_key"]}
    assert sent["runtime_config"]["gcs_output_directory"] == "gs://acme-ml/runs"
    assert sent["runtime_config"]["failure_policy"] == 2
    planned = schedule["schedule"]
    assert planned["cron"] == "TZ=Europe/Berlin 0 3 * * 1-5"
    assert planned["create_pipeline_job_request"]["pipeline_job"] == sent
    assert int(planned["max_concurrent_run_count"]) == 1


def _sent(python: Path, folder: Path, file: str) -> dict[str, Any]:
    """What the command in the head of a file sends."""
    head = [line.removeprefix("#").strip() for line in (folder / file).read_text().splitlines() if line[:1] == "#"]
    command = "\n".join(head[head.index("python - <<'END'") : head.index("END") + 1]) + "\n"
    assert re.match(r"python - <<'END'\n", command)
    kept = folder / f"{file}.json"
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "KEPT": str(kept)}
    command = command.replace("python - ", f"{python} {folder / 'offline.py'} ", 1)
    done = subprocess.run(["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(kept.read_text())
    return found


def test_the_accelerators_are_those_of_the_api(vertex_python: Path) -> None:
    """All but the K80, of which the API says that it is no longer supported; and what it says of labels and names."""
    code = (
        "import json\nfrom google.cloud import aiplatform_v1 as vertex\n"
        "from google.cloud.aiplatform.constants import pipeline\n"
        "found = [one.name for one in vertex.AcceleratorType if one.value]\n"
        "print(json.dumps([found, pipeline._VALID_NAME_PATTERN.pattern]))"
    )
    names, pattern = json.loads(ask(vertex_python, code).splitlines()[-1])
    assert {*machines.ACCELERATORS, "NVIDIA_TESLA_K80"} == set(names)
    assert pattern == "^[a-z][-a-z0-9]{0,127}$"
