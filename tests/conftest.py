"""What all tests share: the project from a bare checkout, and the engines and services that output is checked against.

An engine that can't be had on this machine skips its tests with the reason. Under ZENCOMPILE_REQUIRE_ENGINES=1 the same
is a failure.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
import pytest

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parent.parent
SERVICES = Path(__file__).parent / "services"
SOURCES = [str(ROOT), str(ROOT / "backends"), str(ROOT / "templates")]

if str(SERVICES) not in sys.path:
    sys.path.append(str(SERVICES))

import docker_daemon as docker_service  # noqa: E402
import engines  # noqa: E402
import s3 as s3_service  # noqa: E402
from availability import unavailable  # noqa: E402


def pytest_configure(config: pytest.Config) -> None:
    _bare_checkout(config)
    _signals_as_on_a_terminal()
    _without_a_clock()


def _without_a_clock() -> None:
    """Let no property fail for being slow: other tests run beside it."""
    hypothesis.settings.register_profile(
        "patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
    )
    hypothesis.settings.load_profile("patient")


def _signals_as_on_a_terminal() -> None:
    """Let what tests start notice signals, though a shell's background or `nohup` had us ignore them."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


def _bare_checkout(config: pytest.Config) -> None:
    """Let an uninstalled checkout work like an installed one, here and in the processes that tests start.

    Entry points are data of an installed distribution; a folder with that data from pyproject.toml stands for it.
    """
    try:
        importlib.metadata.distribution("zencompile")
        return
    except importlib.metadata.PackageNotFoundError:
        pass
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    folder = Path(config.rootpath, ".pytest_cache", "checkout")
    data = folder / f"zencompile-{project['version']}.dist-info"
    data.mkdir(parents=True, exist_ok=True)
    (data / "METADATA").write_text(f"Metadata-Version: 2.1\nName: zencompile\nVersion: {project['version']}\n")
    sections = {**project.get("entry-points", {}), "console_scripts": project.get("scripts", {})}
    lines = [
        f"[{group}]\n" + "".join(f"{n} = {v}\n" for n, v in entries.items()) for group, entries in sections.items()
    ]
    (data / "entry_points.txt").write_text("\n".join(lines))
    sys.path.append(str(folder))
    paths = [*SOURCES, str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)


def engine(name: str) -> Path:
    """The Python of an engine's environment, built if it is missing."""
    try:
        return engines.interpreter(name)
    except engines.Unavailable as problem:
        unavailable(f"{name} can't be had: {problem}")
        raise


def engine_environment(**more: str) -> dict[str, str]:
    """An environment for an engine's process: nothing of the project can be imported there."""
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")}
    return {**kept, **more}


@dataclass(frozen=True)
class Airflow:
    """An Airflow in an environment of its own. `home` holds its database; `name` is airflow2 or airflow3."""

    name: str
    python: Path
    home: Path

    def load(self, *files: Path) -> Any:
        """What a scheduler sees of DAG files: {"errors": …, "warnings": …, "dags": …, "imported": …}."""
        return self._call("load", *map(str, files))

    def render(self, file: Path, dag_id: str, **params: object) -> Any:
        """Each task's template fields as a run with these parameters would see them."""
        return self._call("render", str(file), dag_id, json.dumps(params))

    def pods(self, file: Path, dag_id: str) -> Any:
        """The pod that each task of the Kubernetes operator would start."""
        return self._call("pods", str(file), dag_id, "{}", variables=self._kubeconfig())

    def fields(self, folder: Path, request: dict[str, dict[str, list[str]]]) -> Any:
        """What operators and DAGs made of their arguments: {"errors": …, "dags": …}."""
        return self._call(str(folder), json.dumps(request), script="airflow_fields.py", variables=self._kubeconfig())

    def _kubeconfig(self) -> dict[str, str]:
        """The variables that lead to a cluster which nobody asks: the pod operator wants one to build its pod."""
        kubeconfig = self.home / "kubeconfig.yaml"
        kubeconfig.write_text(
            "{apiVersion: v1, kind: Config, current-context: x, contexts: [{name: x, context: {cluster: x, user: x}}],"
            " clusters: [{name: x, cluster: {server: 'http://127.0.0.1:1'}}], users: [{name: x, user: {}}]}"
        )
        return {"KUBECONFIG": str(kubeconfig)}

    def run(self, file: Path, dag_id: str, variables: dict[str, str] | None = None, **params: object) -> Any:
        """One whole run: {"state": …, "run": its id, "tasks": {id: state}, "tries": …, "log": …}."""
        return self._call("run", str(file), dag_id, json.dumps(params), variables=variables or {})

    def run_all(self, folder: Path, **variables: str) -> Any:
        """One run of every DAG in a folder, by one process: DAG → {"state": …, "tasks": {id: state}, "tries": …}."""
        return self._call(str(folder), variables=variables, script="airflow_many.py")

    def _call(self, *arguments: str, variables: dict[str, str] | None = None, script: str = "airflow_run.py") -> Any:
        environment = engine_environment(
            AIRFLOW_HOME=str(self.home),
            AIRFLOW__CORE__LOAD_EXAMPLES="False",
            AIRFLOW__CORE__UNIT_TEST_MODE="False",
            AIRFLOW__CORE__FERNET_KEY="",
            PYTHONWARNINGS="ignore",
            **(variables or {}),
        )
        command = [str(self.python), str(SERVICES / script), *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.fail(
                f"{self.name} {arguments[0]} ended with {done.returncode}:\n{done.stderr[-4000:]}", pytrace=False
            )
        return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="session")
def airflow3(tmp_path_factory: pytest.TempPathFactory) -> Airflow:
    return Airflow("airflow3", engine("airflow3"), tmp_path_factory.mktemp("airflow3"))


@pytest.fixture(scope="session")
def airflow2(tmp_path_factory: pytest.TempPathFactory) -> Airflow:
    return Airflow("airflow2", engine("airflow2"), tmp_path_factory.mktemp("airflow2"))


@pytest.fixture(scope="session", params=["airflow2", "airflow3"])
def airflow(request: pytest.FixtureRequest) -> Airflow:
    """Each Airflow in turn."""
    found: Airflow = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="session")
def executors_python() -> Path:
    """The Python of an environment with Dask and Ray."""
    return engine("executors")


@pytest.fixture(scope="session")
def kfp_python() -> Path:
    """The Python of the KFP SDK's environment."""
    return engine("kfp")


@pytest.fixture(scope="session")
def kfp_old_python() -> Path:
    """The Python of an environment with an older release of the KFP SDK."""
    return engine("kfp_old")


@pytest.fixture(scope="session")
def vertex_python() -> Path:
    """The Python of the environment with Vertex AI's SDK."""
    return engine("vertex")


@pytest.fixture(scope="session")
def zenml_python() -> Path:
    """The Python of an environment with the real ZenML and what the examples require."""
    return engine("zenml")


@pytest.fixture(scope="session")
def running_docker() -> docker_service.Docker:
    try:
        return docker_service.up(install=os.environ.get("ZENCOMPILE_REQUIRE_ENGINES") == "1")
    except engines.Unavailable as problem:
        unavailable(str(problem))
        raise


@pytest.fixture
def docker_daemon(running_docker: docker_service.Docker, monkeypatch: pytest.MonkeyPatch) -> docker_service.Docker:
    """A Docker daemon with a Python base image; DOCKER_HOST leads to it."""
    monkeypatch.setenv("DOCKER_HOST", running_docker.host)
    return running_docker


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The URL of an S3 server with the bucket `bucket`. One for all tests: s3fs keeps what it has connected to."""
    pytest.importorskip("s3fs", reason="s3fs is not installed")
    pytest.importorskip("moto", reason="moto is not installed")
    with s3_service.server() as url:
        yield url


@pytest.fixture
def s3(s3_server: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """The URL of a new store there; how to reach it stands in the environment."""
    for name, value in s3_service.variables(s3_server).items():
        monkeypatch.setenv(name, value)
    return f"s3://bucket/{request.node.name.replace('[', '-').replace(']', '')}"
