"""What is compiled for Vertex AI runs on the stand-in for Kubeflow's server, since the service itself isn't here."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import stand_in

from zencompile import api

PROGRAM = """
import json, os
from pathlib import Path
from zenml import pipeline, step
from zenml.config import ResourceSettings

TEXTS = {"MODE": "fast", "EMPTY": "", "DOLLARS": "$(HOME) $$"}
PODS = {"env": [{"name": name, "value": text} for name, text in TEXTS.items()]}

@step(settings={"orchestrator.vertex": {"pod_settings": PODS}})
def numbers(n: int) -> list[int]:
    seen = {name: os.environ.get(name) for name in ("MODE", "EMPTY", "DOLLARS")}
    Path(os.environ["SEEN"], "variables").write_text(json.dumps(seen))
    return list(range(n))

@step(settings={"resources": ResourceSettings(cpu_count=2, memory="4GiB")})
def square(x: int) -> int:
    return x * x

@step
def total(all: list[int]) -> int:
    return sum(all)

@step
def report(value: int, text: str) -> None:
    Path(os.environ["SEEN"], "report").write_text(f"{text}: {value}")

@pipeline(dynamic=True, enable_cache=False)
def main(n: int = 4):
    sum_ = total(square.map(numbers(n)))
    if sum_.load() > 10:
        report(sum_, "$(HOME) {{large}}")

if __name__ == "__main__":
    main()
"""
PROJECT = """
[project]
name = "digits"
version = "1"

[tool.zencompile]
registry = "europe-west4-docker.pkg.dev/acme/ml"

[tool.zencompile.vertex]
pipeline_root = "gs://acme-ml/runs"
"""


def test_values_variables_loops_and_conditions_arrive(tmp_path: Path) -> None:
    (tmp_path / "run.py").write_text(textwrap.dedent(PROGRAM))
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    made = api.compile(tmp_path / "run.py", "vertex", output=tmp_path / "out", build_dir=tmp_path / "build")
    (spec,) = stand_in.read(next(path for path in made if path.name == "main.yaml"))
    variables = {"PATH": "/usr/bin:/bin", "SEEN": str(tmp_path)}
    worker = stand_in.processes(tmp_path, tmp_path / "build" / "runtime", environment=variables)
    small = stand_in.run([spec], tmp_path / "small", worker, n=3)
    assert len(small.ran()) >= 5 and not (tmp_path / "report").exists()
    stand_in.run([spec], tmp_path / "large", worker)
    assert (tmp_path / "report").read_text() == "$(HOME) {{large}}: 14"
    seen = json.loads((tmp_path / "variables").read_text())
    assert seen == {"MODE": "fast", "EMPTY": "", "DOLLARS": "$(HOME) $$"}
