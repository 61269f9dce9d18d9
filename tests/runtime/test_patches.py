"""What a step does to the modules that everybody shares reaches nothing that the runtime stores."""

from __future__ import annotations

import json
from typing import Any

import pytest
from runtime_project import Project

PATCHES = {
    "json.dumps": "import json; json.dumps = lambda *a, **k: '{}'",
    "json.loads": "import json; json.loads = lambda *a, **k: {}",
    "json's encoder": "import json; json.JSONEncoder.item_separator = ';'; json.JSONEncoder.encode = lambda *a: '{}'",
    "json's default encoder": "import json; json._default_encoder = None; json.encoder.c_make_encoder = None",
    "hashlib": "import hashlib; hashlib.sha256 = hashlib.md5",
    "open": "import builtins, io; builtins.open = lambda *a, **k: io.StringIO()",
    "os": "import os; os.replace = os.write = os.fsync = os.utime = os.rename = lambda *a, **k: None",
    "time": "import time; time.time = time.time_ns = lambda: 0",
    "pickle": "import pickle; pickle.dump = pickle.dumps = pickle.load = pickle.Pickler = None",
    "pathlib": "import pathlib; pathlib.Path.write_bytes = pathlib.Path.read_bytes = pathlib.Path.open = None",
}
STEP = """
    from typing import Any
    from zenml import step

    class Thing:
        pass

    @step
    def make() -> tuple[Any, Any, Any]:
        {patch}
        return {{"a": [1, 2.5, "x"], "b": "y" * 9000}}, Thing(), b"z" * 9000
"""


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """The values of a step that patches nothing."""
    project = Project(tmp_path_factory.mktemp("plain"))
    project.write(STEP.format(patch="pass"))
    return _in_a_process(project, "plain")


@pytest.mark.parametrize("name", PATCHES)
def test_a_patch_of_a_shared_module_reaches_no_artifact(project: Project, expected: list[Any], name: str) -> None:
    """The values have the digests that they have without, and the documents are whole."""
    project.write(STEP.format(patch=PATCHES[name]))
    assert _in_a_process(project, "patched") == expected


def _in_a_process(project: Project, run: str) -> list[Any]:
    """The values of the step's outputs, as its manifests say."""
    import os
    import subprocess
    import sys

    from runtime_project import ROOT

    words = [
        "step",
        "steps_under_test:make",
        "--id=make",
        "--pipeline=a/p",
        f"--run={run}",
        f"--store={project.folder}/s",
    ]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "zencompile_runtime", *words],
        env=environment,
        cwd=project.folder,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    folder = project.folder / "s" / "runs" / "a" / "p" / run / "make"
    found = [json.loads((folder / f"output_{number}.json").read_text())["value"] for number in range(3)]
    assert json.loads((folder / ".step.json").read_text())["status"] == "completed"
    return found
