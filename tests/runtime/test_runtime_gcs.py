"""Artifacts in a bucket that is mounted with Cloud Storage FUSE, as Vertex AI does below `/gcs`.

No such mount is here. What it doesn't have or doesn't do at once (links, renames, modes and times of files, says
https://cloud.google.com/storage/docs/cloud-storage-fuse/overview) is refused below a folder that stands for it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

from runtime_project import ROOT, Project

MOUNT = """
    import errno, os, sys

    GCS = os.environ["GCS"]
    REFUSED = {"os.link", "os.rename", "os.symlink", "os.chmod", "os.chown", "os.utime", "os.truncate", "os.remove",
               "os.rmdir", "os.setxattr", "os.removexattr", "os.mkfifo"}

    def refuse(event, arguments):
        if event in REFUSED:
            paths = arguments[1:2] if event == "os.symlink" else arguments[:2]
            texts = [os.path.abspath(os.fsdecode(one)) for one in paths if isinstance(one, (str, bytes, os.PathLike))]
            if any(text.startswith(GCS + os.sep) for text in texts):
                raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))

    sys.addaudithook(refuse)
    from zencompile_runtime import kubeflow_outputs
    from zencompile_runtime.__main__ import main

    kubeflow_outputs._MOUNTS["gs"] = GCS
    sys.exit(main(sys.argv[1:]))
"""
SOURCE = """
    import numpy as np
    from zenml import step

    @step
    def load(n: int = 3) -> np.ndarray:
        return np.arange(n * 100_000)

    @step
    def total(data: np.ndarray) -> float:
        return float(data.sum())
"""


def _run(project: Project, gcs: Path, step: str, number: int, **inputs: Any) -> dict[str, Any]:
    place = gcs / "bucket" / "runs" / str(number)
    uri = f"gs://bucket/runs/{step}/output"
    given = {
        "inputs": inputs,
        "outputs": {
            "artifacts": {"output": {"artifacts": [{"name": "projects/1/x", "uri": uri, "metadata": {}}]}},
            "outputFile": str(place / "executor_output.json"),
        },
    }
    words = ["step", f"steps_under_test:{step}", f"--id={step}", "--pipeline=acme/digits"]
    command = [sys.executable, "-c", textwrap.dedent(MOUNT), *words, f"--executor-input={json.dumps(given)}"]
    environment = {"PYTHONPATH": str(ROOT), "ZENCOMPILE_CODE": str(project.code), "GCS": str(gcs), "PATH": "/usr/bin"}
    done = subprocess.run(command, cwd=project.folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads((place / "executor_output.json").read_text())
    (artifact,) = found["artifacts"]["output"]["artifacts"]
    return dict(artifact)


def test_steps_hand_on_artifacts_without_what_a_mounted_bucket_lacks(project: Project, tmp_path: Path) -> None:
    """Where a folder is taken, another one beside it is; its address is told, and the name of the artifact is kept."""
    project.write(SOURCE)
    gcs = tmp_path / "gcs"
    gcs.mkdir()
    first, second = (_run(project, gcs, "load", number, parameterValues={"n": number}) for number in (1, 2))
    assert [one["uri"] for one in (first, second)] == ["gs://bucket/runs/load/output", "gs://bucket/runs/load/output-2"]
    assert first["name"] == "projects/1/x"
    for number, made in enumerate((first, second), 1):
        folder = gcs / made["uri"].removeprefix("gs://")
        assert not any(path.is_symlink() for path in folder.rglob("*"))
        total = _run(project, gcs, "total", 10 + number, artifacts={"data": {"artifacts": [made]}})
        manifest = json.loads((gcs / total["uri"].removeprefix("gs://") / "_manifest.json").read_text())
        assert str(sum(range(number * 100_000))) in json.dumps(manifest)
