"""Containers whose runner is gone: told by their labels, which say which process of which machine made them."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from zencompile_runtime import machine
from zencompile_runtime.errors import ConfigurationFault, InfrastructureFault

RUNNER = "zencompile.runner"  # the label with the runner's identity, as JSON


def client() -> Any:
    """A client of the daemon; a Fault without the SDK, or without a daemon that answers."""
    try:
        import docker
    except ImportError:
        raise ConfigurationFault(
            "the executor `docker` needs the Docker SDK for Python", help="pip install docker, or leave out --executor"
        ) from None
    try:
        found = docker.from_env()
        found.ping()
    except Exception as error:  # no socket, no daemon, no permission: each has its own class
        raise InfrastructureFault(f"no Docker daemon answers: {error}", help="start it, or set DOCKER_HOST") from None
    return found


def label() -> str:
    """What marks a container that this process makes."""
    return json.dumps(machine.identity(), sort_keys=True)


def remove(runner: str | None = None) -> int:
    """End and remove the containers of a runner, by its label; or those of all runners of this machine that are gone.

    How many there were; raises Fault where no daemon can be asked.
    """
    found = client()
    count = 0
    try:
        with contextlib.suppress(Exception):  # somebody else removes the same
            for one in found.containers.list(all=True, filters={"label": RUNNER}, ignore_removed=True):
                text = one.labels.get(RUNNER, "")
                if text == runner if runner is not None else _is_gone(text):
                    count += drop(one)
    finally:
        found.close()
    return count


def _is_gone(text: str) -> bool:
    try:
        return machine.lives(json.loads(text)) is False
    except ValueError:
        return False


def drop(container: Any) -> bool:
    """Remove a container, running or not; whether it was there."""
    with contextlib.suppress(Exception):  # somebody else removed it
        container.remove(force=True)
        return True
    return False
