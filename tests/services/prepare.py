"""Set up the engines and services that the tests use: their environments, a Docker daemon, its base image, a registry.

    python tests/services/prepare.py

What is there already is used. Debian packages are installed where this is root's own machine and no Docker daemon
answers. Where something can't be had, the reason is printed and its tests will be skipped; under
ZENCOMPILE_REQUIRE_ENGINES=1 that is a failure.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import docker_daemon
import engines


def main() -> int:
    missing = [name for name in engines.ENGINES if not ready(name, lambda name=name: engines.interpreter(name))]
    if not ready("docker", lambda: docker_daemon.up(install=True).host):
        missing.append("docker")
    return 1 if missing and os.environ.get("ZENCOMPILE_REQUIRE_ENGINES") == "1" else 0


def ready(name: str, provide: Callable[[], object]) -> bool:
    """Whether `provide` gives the service; says where it is, or why not."""
    try:
        engines.say(f"{name}: {provide()}")
    except engines.Unavailable as problem:
        engines.say(f"{name}: not available, its tests are skipped: {problem}")
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
