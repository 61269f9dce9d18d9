"""Run inside the KFP SDK's environment: the SDK's own local execution, without containers. Prints one line of JSON.

python kfp_local.py load PIPELINE.yaml                      its inputs, outputs and platform settings
python kfp_local.py resolve PIPELINE.yaml                   every root task's command, its placeholders resolved
python kfp_local.py run PIPELINE.yaml ARGUMENTS ROOT STEP   the whole pipeline; each task is `python STEP …`
"""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
from typing import Any


def load(path: str) -> Any:
    """What the SDK sees."""
    from google.protobuf import json_format
    from kfp import components
    from kfp.kubernetes.kubernetes_executor_config_pb2 import KubernetesExecutorConfig

    spec = components.load_component_from_file(path).component_spec
    platform: dict[str, Any] = {}
    for name, config in spec.platform_spec.platforms["kubernetes"].deployment_spec.executors.items():
        known = json_format.ParseDict(json_format.MessageToDict(config), KubernetesExecutorConfig())
        platform[name] = json_format.MessageToDict(known)
    inputs = {n: [i.type, i.default, i.optional] for n, i in (spec.inputs or {}).items()}
    return {"name": spec.name, "inputs": inputs, "outputs": sorted(spec.outputs or {}), "platform": platform}


def resolve(path: str) -> Any:
    """The commands of all tasks of the root that need nothing from others, by task."""
    from kfp import components
    from kfp.local import executor_input_utils, io, placeholder_utils, utils
    from kfp.local.orchestrator.orchestrator_utils import OrchestratorUtils

    spec = components.load_component_from_file(path).pipeline_spec
    store = io.IOStore()
    for name, value in OrchestratorUtils.join_user_inputs_and_defaults({}, spec.root.input_definitions).items():
        store.put_parent_input(name, value)
    commands = {}
    for name, task in spec.root.dag.tasks.items():
        component = spec.components[task.component_ref.name]
        container = utils.struct_to_executor_spec(spec.deployment_spec["executors"][component.executor_label]).container
        executor_input = executor_input_utils.construct_executor_input(
            component, OrchestratorUtils.make_task_arguments(task.inputs, store), "/tmp/root", False
        )
        commands[name] = placeholder_utils.replace_placeholders(
            [*container.command, *container.args],
            executor_input_utils.executor_input_to_dict(executor_input, component),
            "pipeline",
            name,
            "/tmp",
            "1",
        )
    return commands


def run(path: str, arguments: str, root: str, step: str) -> Any:
    """The outputs of the pipeline; every task runs as a process of this machine in place of a container."""
    from kfp import components, local
    from kfp.local import docker_task_handler, status

    def run_process(handler: Any) -> status.Status:
        command = [sys.executable, step, *handler.full_command[3:]]
        done = subprocess.run(command, env={**os.environ, **handler.env_vars}, stdout=sys.stderr, check=False)
        return status.Status.SUCCESS if done.returncode == 0 else status.Status.FAILURE

    docker_task_handler.DockerTaskHandler.run = run_process
    local.init(runner=local.DockerRunner(), pipeline_root=str(pathlib.Path(root).resolve()), raise_on_error=True)
    outputs = components.load_component_from_file(path)(**json.loads(arguments)).outputs

    def plain(value: Any) -> Any:
        return [plain(v) for v in value] if isinstance(value, list) else getattr(value, "path", value)

    return {name: plain(value) for name, value in outputs.items()}


if __name__ == "__main__":
    out, sys.stdout = sys.stdout, sys.stderr
    try:
        answer = {"ok": True, "answer": {"load": load, "resolve": resolve, "run": run}[sys.argv[1]](*sys.argv[2:])}
    except Exception as problem:
        answer = {"ok": False, "error": f"{type(problem).__name__}: {problem}"}
    print(json.dumps(answer), file=out)
