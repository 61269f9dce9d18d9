"""Each rule of Vertex AI refuses what it is about, names where it is written, and takes what is compiled."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from vertex_samples import Compiled, rich, single

from zencompile.ir import Resources
from zencompile_kubeflow.vertex import rules, validate

Edit = Callable[[Any], object]


def _container(spec: Any) -> Any:
    return spec["deploymentSpec"]["executors"]["exec-load"]["container"]


def _env(**variable: Any) -> Edit:
    return lambda spec: _container(spec).update(env=[variable])


def _resources(**resources: Any) -> Edit:
    return lambda spec: _container(spec).update(resources=resources)


def _set(*path: Any) -> Edit:
    *names, last, value = path

    def edit(document: Any) -> None:
        for name in names:
            document = document[name]
        document[last] = value

    return edit


def _many_artifacts(spec: Any) -> None:
    """The task that gathers takes the list of a map a hundred times more."""
    task, component = spec["root"]["dag"]["tasks"]["total"], spec["components"]["comp-total"]
    (source,), (kind,) = task["inputs"]["artifacts"].values(), component["inputDefinitions"]["artifacts"].values()
    for number in range(100):
        task["inputs"]["artifacts"][f"more{number}"] = source
        component["inputDefinitions"]["artifacts"][f"more{number}"] = kind


BROKEN: dict[str, list[tuple[str, Edit]]] = {
    ".yaml": [
        ("name of a job", _set("pipelineInfo", "name", "7-days")),
        ("name of a job", _set("pipelineInfo", "name", "x" * 114)),
        ("schema version", _set("schemaVersion", "2.0.0")),
        ("bucket of artifacts", _set("defaultPipelineRoot", "s3://bucket/folder")),
        ("variables", _env(name="A", value="")),
        ("variables", _env(name="a-b", value="x")),
        ("variables", _env(name="A", value="$(HOME)")),
        ("variables", lambda spec: _container(spec).update(env=[{"name": f"A{n}", "value": "x"} for n in range(101)])),
        ("CPUs and memory", _resources(resourceCpuLimit="1.5", cpuLimit=1.5)),
        ("CPUs and memory", _resources(resourceMemoryLimit="4Gi", memoryLimit=4.3)),
        ("CPUs and memory", _resources(resourceCpuLimit="97", cpuLimit=97.0)),
        ("CPUs and memory", _resources(resourceMemoryLimit="1000G", memoryLimit=1000.0)),
        ("accelerators", _resources(accelerator={"type": "nvidia.com/gpu", "count": "1"})),
        ("accelerators", _resources(accelerator={"type": "NVIDIA_L4", "count": "0"})),
        ("artifacts of a task", _many_artifacts),
        ("unused", lambda spec: spec["components"].update(more=spec["components"]["comp-load"])),
    ],
    ".job.yaml": [
        ("display name", _set("displayName", "")),
        ("display name", _set("displayName", "x" * 129)),
        ("labels", _set("labels", {"Team": "ml"})),
        ("labels", _set("labels", {"team": "m.l"})),
        ("labels", _set("labels", {"1st": "x"})),
        ("runtime configuration", _set("runtimeConfig", {})),
        ("runtime configuration", _set("runtimeConfig", "gcsOutputDirectory", "/tmp/x")),
        ("runtime configuration", _set("runtimeConfig", "failurePolicy", "FAST")),
    ],
    ".schedule.yaml": [
        ("display name", _set("displayName", "x" * 129)),
        ("cron expression", _set("cron", "TZ=UTC 0 3 L * *")),
        ("cron expression", _set("cron", "TZ=UTC 0 3 * * 7")),
        ("cron expression", _set("cron", "0 0 3 * * *")),
        ("runs at a time", _set("maxConcurrentRunCount", 0)),
        ("location", _set("createPipelineJobRequest", {})),
    ],
}
TABLES = {".yaml": rules.OF_SPEC, ".job.yaml": rules.OF_JOB, ".schedule.yaml": rules.OF_SCHEDULE}


@pytest.mark.parametrize(("suffix", "number"), [(suffix, n) for suffix in BROKEN for n in range(len(BROKEN[suffix]))])
def test_a_rule_refuses_what_it_is_about(suffix: str, number: int) -> None:
    name, edit = BROKEN[suffix][number]
    compiled = Compiled(rich())
    document = copy.deepcopy(compiled[suffix])
    path = f"digits{suffix}"
    assert not list(validate.in_stream(path, [document]))
    edit(document)
    broken = [one.rule for one in validate.in_stream(path, [document]) if isinstance(one, rules.Problem)]
    assert [rule.name for rule in broken] == [name]
    (told,) = validate.problems({path: yaml.safe_dump(document)})
    assert told.code == "ZC0615" and told.message.endswith(f"({broken[0].source})")


@pytest.mark.parametrize("suffix", BROKEN)
def test_every_rule_has_something_that_it_refuses(suffix: str) -> None:
    """Those of Kubeflow's server have tests of their own."""
    assert {name for name, _ in BROKEN[suffix]} >= {rule.name for rule in TABLES[suffix]}


def test_what_is_compiled_breaks_none() -> None:
    """As read back: texts of this process are not held against the rules twice."""
    made = Compiled(single(resources=Resources(cpu=0.5, memory=2**30, gpu=1, gpu_class="L4")))
    for name, document in made.files.items():
        assert not list(validate.in_stream(name, [document]))
    assert not list(validate.problems(made.texts))


def test_files_that_can_t_be_read_and_platforms_are_told() -> None:
    texts = {"a.yaml": "{", "b.yaml": "- 1\n", "c.yaml": "a: 1\n---\nplatforms: {}\n", "d.job.yaml": "1\n"}
    told = list(validate.problems(texts))
    assert {one.code for one in told} == {"ZC0615"} and len(told) == 4
    assert "holds 2 documents, and Vertex AI reads one" in told[2].message
