"""Every option of building that a user gives is handed on, or told; those that only steer change no name."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import Any

import pytest
from docker_samples import FULL, image, rendered

sys.path.append(str(Path(__file__).parents[1] / "cli"))

from calling import call

from zencompile_docker import build_options

GIVEN: dict[str, Any] = {
    "build_args": {"X": 1, "TAKEN": None},
    "cache_from": ["ml/cache:7"],
    "container_limits": {"memory": 1000, "cpusetcpus": "0-1"},
    "extra_hosts": {"index": "10.0.0.1"},
    "forcerm": True,
    "isolation": "default",
    "labels": {"cost-centre": "cc 4711"},
    "network_mode": "host",
    "no_cache": True,
    "platform": "linux/arm64",
    "pull": True,
    "quiet": True,
    "rm": False,
    "shm_size": 268435456,
    "squash": True,
    "target": "slim-stage",
    "timeout": 60,
    "use_config_proxy": False,
}
WORDS = [
    *("--build-arg", "X=1", "--build-arg", "TAKEN", "--cache-from", "ml/cache:7", "--memory", "1000"),
    *("--cpuset-cpus", "0-1", "--add-host", "index:10.0.0.1", "--force-rm", "--isolation", "default", "--label"),
    *("cost-centre=cc 4711", "--network", "host", "--no-cache", "--platform", "linux/arm64", "--pull", "--quiet"),
    *("--shm-size", "268435456", "--squash", "--target", "slim-stage"),
]


def test_each_option_reaches_the_command_and_the_sdk() -> None:
    """The SDK has all of them, the command those that it has flags for."""
    from docker.api.build import BuildApiMixin

    assert GIVEN.keys() == build_options.OPTIONS.keys()
    assert list(build_options.problems(GIVEN)) == []
    assert list(build_options.words(GIVEN)) == WORDS
    known = inspect.signature(BuildApiMixin.build).parameters
    given = build_options.keywords(GIVEN)
    assert given.keys() <= known.keys() and len(given) == len(GIVEN)
    assert given["buildargs"] == {"X": "1", "TAKEN": None}
    assert given["labels"] == {"cost-centre": "cc 4711"}


@pytest.mark.parametrize(
    "options",
    [
        {"platforms": ["a"]},
        {"path": "/"},
        {"shm_size": "2g"},
        {"labels": ["a"]},
        {"rm": "yes"},
        {"build_args": {"bad name": 1}},
        {"container_limits": {"disk": 1}},
        {"cache_from": "ml/cache"},
    ],
)
def test_what_no_builder_takes_is_told(options: dict[str, Any]) -> None:
    assert len(list(build_options.problems(options))) == 1


def test_the_head_of_the_dockerfile_has_the_flags() -> None:
    """Of both builds: the user's own Dockerfile has its own options."""
    sample = image(
        dockerfile="Dockerfile",
        base="acme:base-0",
        build_options={"labels": {"a": "b c"}, "quiet": True},
        base_options={"target": "slim", "build_args": {"V": "1"}},
    )
    text = rendered(sample)["Dockerfile"]
    assert "#   docker build -t acme:base-0 --build-arg V=1 --target slim - < Dockerfile\n" in text
    assert " --label 'a=b c' --quiet .\n" in text
    assert "ARG V" not in text
    assert "ARG X" in rendered(FULL)["Dockerfile"]


PROGRAM = """\
from zenml import pipeline, step
from zenml.config import DockerSettings

@step(settings={{"docker": DockerSettings({settings})}})
def load() -> int:
    return 1

@pipeline
def small():
    load()
"""


def compiled(folder: Path, settings: str) -> tuple[str, str]:
    """The image's name, or "" where it doesn't compile, and what was said."""
    (folder / "run.py").write_text(PROGRAM.format(settings=settings))
    answer = call("run.py", "--target", "kubeflow", "-o", "out", "--build-dir", "build")
    text = (folder / "out" / "small.yaml").read_text() if answer.code == 0 else ""
    found = [line.split(": ", 1)[1] for line in text.splitlines() if line.strip().startswith("image: ")]
    return (found[0] if found else ""), answer.err


def option(text: str) -> str:
    return f'build_config={{"build_options": {text}}}'


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        (option('{"platforms": ["a"]}'), "error[ZC0545]"),
        ('dockerfile="Dockerfile", parent_image_build_config={"build_options": {"foo": 1}}', "error[ZC0545]"),
        ('parent_image_build_config={"build_options": {"pull": True}}', "warning[ZC0313]"),
        ('build_context_root="."', "warning[ZC0313]"),
        ('build_options={"labels": {"a": "b"}}', "warning[ZC0313]"),
        ('python_package_installer_cache_mount="type=cache"', "note[ZC0313]"),
        ('pyproject_export_command=["uv", "export"]', "note[ZC0313]"),
        ("prevent_build_reuse=True", "note[ZC0313]"),
        ('required_hub_plugins=["a"]', "note[ZC0313]"),
    ],
)
def test_what_has_no_effect_is_told_at_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: str, code: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    _, said = compiled(tmp_path, settings)
    assert code in said and "--> run.py:4:" in said


def test_the_name_covers_the_user_s_dockerfile_and_its_context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every byte, mode and link, whatever the folder is called, but not what its ignore file keeps out."""
    monkeypatch.chdir(tmp_path)
    context = tmp_path / "env"
    (context / "sub").mkdir(parents=True)
    (context / "Dockerfile").write_text("FROM scratch\n")
    (context / "sub" / "rates.csv").write_text("1")
    (context / "link").symlink_to("sub")
    (context / ".dockerignore").write_text("*.log\n")
    settings = 'dockerfile="env/Dockerfile", build_context_root="env", allow_including_files_in_images=False'
    names = [compiled(tmp_path, settings)[0]]

    def changed() -> bool:
        names.append(compiled(tmp_path, settings)[0])
        return names[-1] not in names[:-1]

    (context / "sub" / "rates.csv").write_text("2")
    assert changed()
    (context / "sub" / "rates.csv").chmod(0o755)
    assert changed()
    (context / "link").unlink()
    (context / "link").symlink_to("./sub")
    assert changed()
    (context / "README.md").write_text("2")
    assert changed()
    (context / "Dockerfile").write_text("FROM scratch\nENV A=1\n")
    assert changed()
    (context / "sub" / "rates.csv").chmod(0o700)
    assert not changed()
    (context / "a.log").write_text("2")
    assert not changed()
    settings = 'dockerfile="env/Dockerfile", allow_including_files_in_images=False'
    assert changed()
    (context / "sub" / "rates.csv").write_text("3")
    assert not changed()
    (context / "Dockerfile").write_text("FROM scratch\nENV A=2\n")
    assert changed()
