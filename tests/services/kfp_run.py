"""Run inside a KFP environment: run a compiled pipeline, each task in a container. Prints one line of JSON.

    python kfp_run.py PIPELINE.yaml ARGUMENTS_JSON PIPELINE_ROOT

KFP's own Docker runner starts containers with `auto_remove`; one that is gone before it asks for the exit status counts
as a success there, so a task that fails fast is often reported as done. `run_container` keeps the container until its
status is read.
"""

from __future__ import annotations

import json
import pathlib
import sys
from typing import Any


def run_container(client: Any, image: str, command: list[str], volumes: dict[str, Any], **options: Any) -> int:
    """The exit status of a container that runs `command`; its output goes to stderr."""
    container = client.containers.run(image=image, command=command, volumes=volumes, detach=True, **options)
    try:
        for chunk in container.logs(stream=True):
            sys.stderr.write(chunk.decode(errors="replace"))
        return int(container.wait()["StatusCode"])
    finally:
        container.remove(force=True)


def run(path: str, arguments: dict[str, Any], root: str) -> dict[str, Any]:
    """The outputs of the pipeline: parameters by value, artifacts by path."""
    from kfp import components, local
    from kfp.local import docker_task_handler

    docker_task_handler.run_docker_container = run_container
    local.init(
        runner=local.DockerRunner(network_mode="host"),
        pipeline_root=str(pathlib.Path(root).resolve()),
        raise_on_error=True,
    )
    outputs = components.load_component_from_file(path)(**arguments).outputs
    return {name: getattr(value, "path", value) for name, value in outputs.items()}


def main(path: str, arguments: str, root: str) -> int:
    out, sys.stdout = sys.stdout, sys.stderr
    try:
        answer: dict[str, Any] = {"ok": True, "outputs": run(path, json.loads(arguments), root)}
    except Exception as problem:
        answer = {"ok": False, "error": f"{type(problem).__name__}: {problem}"}
    print(json.dumps(answer), file=out)
    return 0 if answer["ok"] else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
