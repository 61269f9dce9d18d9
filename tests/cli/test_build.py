"""Building images: a real daemon, a real registry on loopback."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest
from calling import call

SOURCE = """\
from zenml import pipeline, step
from zenml.config import DockerSettings


@step
def load(n: int = 3) -> int:
    return n


@pipeline(settings={"docker": DockerSettings(requirements=["six==1.17.0"], python_package_installer="pip")})
def small():
    load()
"""


@pytest.fixture
def compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "run.py").write_text(SOURCE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_dry_run_names_what_would_be_built(compiled: Path) -> None:
    assert call("run.py", "--target", "airflow").code == 0
    answer = call("build", "build", "--dry-run")
    assert answer.code == 0
    assert "would be built from images/" in answer.out


def test_a_folder_without_images_is_a_wrong_call(compiled: Path) -> None:
    answer = call("build", "nothing")
    assert answer.code == 2 and "ZC0001" in answer.err


def test_no_daemon_is_one_diagnostic(compiled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert call("run.py", "--target", "airflow").code == 0
    monkeypatch.setenv("DOCKER_HOST", f"unix://{compiled}/no.sock")
    answer = call("build", "build")
    assert answer.code == 1
    assert "error[ZC0012]" in answer.err and "no Docker daemon answers" in answer.err


@pytest.mark.docker
def test_images_are_built_once_and_pushed(docker_daemon: Any, compiled: Path) -> None:
    """A first call builds and pushes, a second finds the image; it holds the runtime, the code and the packages."""
    import docker

    (compiled / "run.py").write_text(f"{SOURCE}\nUNIQUE = '{uuid.uuid4()}'\n")  # no earlier test's image will do
    (compiled / "pyproject.toml").write_text(f'[tool.zencompile]\nregistry = "{docker_daemon.registry}/tests"\n')
    assert call("run.py", "--target", "airflow").code == 0
    answer = call("build", "build", "--push", "--network", "host")
    assert answer.code == 0, answer.err
    assert " built" in answer.out and " pushed" in answer.out
    again = call("build", "build")
    assert again.code == 0 and " exists" in again.out and " built" not in again.out
    reference = answer.out.split()[0]
    assert reference.startswith(f"{docker_daemon.registry}/tests/")
    client = docker.from_env()
    words = ["python", "-c", "import six, zencompile_runtime; print(six.__version__)"]
    assert client.containers.run(reference, words, remove=True).decode().strip() == "1.17.0"
    files = client.containers.run(reference, ["ls", "/app", "/opt/zencompile"], remove=True).decode().split()
    assert {"run.py", "zencompile_runtime", "code"} <= set(files)


@pytest.mark.docker
def test_a_name_of_content_stays_where_it_is_beside_one_that_moves(docker_daemon: Any, compiled: Path) -> None:
    """Two pipelines in one build folder: the second is compiled after an edit, to a tag that moves."""
    import docker

    client = docker.from_env()
    named = '[project]\nname = "mixed"\n'
    (compiled / "pyproject.toml").write_text(named)
    (compiled / "shared.py").write_text(f"VALUE = '{uuid.uuid4()}'\n")
    for name in ("one", "two"):
        (compiled / f"{name}.py").write_text(f"import shared\n{SOURCE.replace('small', name)}")
    assert call("one.py", "--target", "airflow").code == 0
    answer = call("build", "build", "--network", "host")
    assert answer.code == 0, answer.err
    (name,) = {line.split()[0] for line in answer.out.splitlines() if " built" in line}
    image = client.images.get(name).id
    (compiled / "shared.py").write_text(f"VALUE = '{uuid.uuid4()}'\n")
    (compiled / "pyproject.toml").write_text(f'{named}[tool.zencompile.images]\ntag = "latest"\n')
    assert call("two.py", "--target", "airflow").code == 0
    answer = call("build", "build", "--network", "host")
    assert answer.code == 1 and "error[ZC0022]" in answer.err and "shared.py" in answer.err
    assert client.images.get(name).id == image


@pytest.mark.docker
def test_a_failed_build_shows_what_the_builder_said(docker_daemon: Any, compiled: Path) -> None:
    """The exit code of a RUN instruction alone helps nobody."""
    (compiled / "run.py").write_text(SOURCE.replace("six==1.17.0", "six==0.0.999"))
    assert call("run.py", "--target", "airflow").code == 0
    answer = call("build", "build", "--network", "host")
    assert answer.code == 1 and "error[ZC0012]" in answer.err
    assert "six==0.0.999" in answer.err and "Traceback" not in answer.err


def test_the_classic_builder_is_asked_for_no_group_of_the_users_name() -> None:
    """`nobody` is in `nogroup`; numbers are understood by all builders."""
    from zencompile.building import classic

    text = "COPY a /opt/a\nCOPY --chown=nobody run.py ./\nCOPY --chown=nobody src ./src\n\nUSER nobody\n"
    assert classic(text) == "COPY a /opt/a\nCOPY run.py ./\nCOPY src ./src\n\nRUN chown -R nobody /app\nUSER nobody\n"
    assert classic("COPY --chown=1000 a ./\nUSER 1000\n") == "COPY --chown=1000 a ./\nUSER 1000\n"
