"""Settings of one orchestrator under keys that differ: what each target reads."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from calling import call

SOURCE = """
from zenml import pipeline, step

@step(settings={STEP})
def load() -> int:
    return 1

@pipeline(settings={PIPELINE})
def small():
    load()
"""
OPTIONS = ("--set", "vertex.pipeline_root=gs://acme/runs", "--set", "airflow.store=s3://acme/store")


def _compiled(target: str, step: object, pipeline: object, folder: Path) -> tuple[str, str, int]:
    """The file, what was said, and the exit code."""
    text = SOURCE.replace("{STEP}", repr(step)).replace("{PIPELINE}", repr(pipeline))
    (folder / "run.py").write_text(text)
    answer = call("run.py", "--target", target, "-o", f"out/{target}", *OPTIONS)
    suffix = "py" if target == "airflow" else "yaml"
    made = folder / "out" / target / f"small.{suffix}"
    return (made.read_text() if made.exists() else ""), answer.err, answer.code


KEYS = ["orchestrator", "orchestrator.{}", "orchestrator:prod"]


@pytest.mark.parametrize(("of_step", "of_pipeline"), [(a, b) for a in KEYS[:2] for b in KEYS if a != b])
def test_the_step_wins(of_step: str, of_pipeline: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the keys are, part by part."""
    monkeypatch.chdir(tmp_path)

    def compiled(target: str, own: object, others: object) -> str:
        return _compiled(target, {of_step.format(target): own}, {of_pipeline.format(target): others}, tmp_path)[0]

    own = {"pod_settings": {"node_selectors": {"pool": "gpu"}, "tolerations": [{"key": "step", "operator": "Exists"}]}}
    others = {"pod_settings": {"node_selectors": {"pool": "cpu", "zone": "z"}, "tolerations": [{"key": "pipe"}]}}
    _, platform = yaml.safe_load_all(compiled("kubeflow", own, others))
    (pod,) = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"].values()
    assert pod["nodeSelector"]["labels"] == {"pool": "gpu", "zone": "z"}
    assert [one["key"] for one in pod["tolerations"]] == ["step"]

    own, others = ({"custom_job_parameters": {"machine_type": f"n1-standard-{size}"}} for size in (8, 4))
    specification = next(yaml.safe_load_all(compiled("vertex", own, others)))
    (executor,) = specification["deploymentSpec"]["executors"].values()
    assert executor["container"]["resources"]["cpuLimit"] == 8

    text = compiled("airflow", {"operator_args": {"pool": "s"}}, {"operator_args": {"pool": "p", "queue": "q"}})
    assert 'pool="s"' in text and 'queue="q"' in text and '"p"' not in text


@pytest.mark.parametrize("target", ["airflow", "kubeflow", "vertex"])
def test_two_keys_of_this_target_on_one_level_are_an_error(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of another target's orchestrator are not its own."""
    monkeypatch.chdir(tmp_path)
    for flavour in ("airflow", "kubeflow", "vertex"):
        keys: dict[str, object] = {"orchestrator": {}, f"orchestrator.{flavour}": {}}
        _, said, code = _compiled(target, keys, {}, tmp_path)
        assert ("ZC0309" in said, bool(code)) == (flavour == target, flavour == target)
