"""Generated Dockerfiles build on a real daemon, and their images hold what they say."""

import hashlib
import json
import os
import subprocess
import uuid
from pathlib import Path

import pytest

import zencompile_docker
from zencompile import vendor
from zencompile.diagnostics import Report
from zencompile.ir import Closure, Environment, EnvironmentReference, Invocation, Output, Pipeline, Step, Text, Type
from zencompile.passes import PASSES, PassContext
from zencompile.targets import Layout
from zencompile_docker.options import Options

pytestmark = pytest.mark.docker

FILES = {
    "run.py": "import six\n\n\ndef hello() -> int:\n    return 42\n",
    "steps/__init__.py": "",
    "steps/train.py": "RATE = 0.5\n",
    "odd name $[1].txt": "odd\n",
}
OTHERS = {".env": "TOKEN=secret\n", "steps/notes.tmp": "not tracked\n", "big/data.bin": "x" * 1000}
ODD = "a \"q\" $HOME 's' \\ # ü {{ x }} ends with \\"


def compiled(folder: Path, mounts: bool, **fields: object) -> tuple[Path, str]:
    """A project with its build folder; the Dockerfile's path in it and the image's reference."""
    project = folder / "project"
    for path, text in {**FILES, **OTHERS}.items():
        place = project / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    environment = Environment(
        requirements=("six",),
        variables={"ODD": Text(value=ODD), "LATER": EnvironmentReference(name="LATER")},
        **fields,
    )
    step = Step(
        name="hello",
        entrypoint="run:hello",
        outputs=(Output(name="output", type=Type(name="int")),),
        code="a" * 64,
        closure=Closure(files=("run.py",), sources=("run.py",), distributions=("six",)),
    )
    pipeline = Pipeline(
        name="hello world",
        function="hello",
        entrypoint="run:hello",
        source="run.py",
        namespace="acme",
        steps={"hello": step},
        invocations=(Invocation(id="hello", step="hello", environment="e"),),
        environments={"e": environment},
    )
    manifest = {path: hashlib.sha256(text.encode()).hexdigest() for path, text in FILES.items()}
    report = Report()
    context = PassContext(runtime=vendor.runtime_version(), files=lambda _: manifest)
    for rewriting in PASSES:
        pipeline = rewriting.run(pipeline, report, context)
    layout = Layout(context_project="project", context_build="build")
    files = zencompile_docker.TARGET.emit(pipeline, Options(cache_mounts=mounts), layout, report)
    assert report.errors == []
    for path, text in {**files.build, **vendor.runtime_files(pipeline)}.items():
        place = folder / "build" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    (image,) = pipeline.images.values()
    return Path("build", "images", image.key, "Dockerfile"), image.reference


def docker(host: str, folder: Path, *words: str, buildkit: bool = True) -> str:
    command = "/usr/bin/docker" if Path("/usr/bin/docker").exists() else "docker"
    environment = os.environ | {"DOCKER_HOST": host, "DOCKER_BUILDKIT": str(int(buildkit))}
    done = subprocess.run([command, *words], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


LOOK = """
import getpass, json, os, pathlib, sys
sys.path.insert(0, os.getcwd())
import run, steps.train
print(json.dumps({
    "answer": run.hello(), "user": os.getuid(), "cwd": os.getcwd(), "odd": os.environ["ODD"],
    "later": os.environ.get("LATER"), "path": os.environ["PYTHONPATH"],
    "files": sorted(p.relative_to(".").as_posix() for p in pathlib.Path(".").rglob("*") if p.is_file()
                    and "__pycache__" not in p.parts),
    "facts": os.listdir("/opt/zencompile/code"), "writable": os.access(".", os.W_OK),
    "runtime": __import__("zencompile_runtime").__file__,
}))
"""


@pytest.mark.parametrize("installer", ["uv", "pip"])
@pytest.mark.parametrize("buildkit", [True, False], ids=["buildkit", "classic"])
def test_an_image_holds_what_it_should(docker_daemon, tmp_path, buildkit, installer):
    """Built with plain `docker build` in both forms: packages, the runtime, exactly the project's files, variables."""
    path, reference = compiled(tmp_path, buildkit, installer=installer, user="app" if buildkit else "1234")
    docker(
        docker_daemon.host,
        tmp_path,
        *("build", "--network", "host", "-f", str(path), "-t", reference, "."),
        buildkit=buildkit,
    )
    seen = json.loads(docker(docker_daemon.host, tmp_path, "run", "--rm", reference, "python", "-c", LOOK))
    assert seen["answer"] == 42
    assert seen["files"] == sorted(FILES)
    assert seen["odd"] == ODD
    assert seen["later"] is None
    assert seen["facts"] == ["hello%20world.json"]
    assert seen["path"] == "/app:/opt/zencompile"
    assert seen["runtime"] == "/opt/zencompile/zencompile_runtime/__init__.py"
    assert (seen["cwd"], seen["writable"]) == ("/app", True)
    assert seen["user"] != 0


def test_a_change_of_code_builds_no_packages_again(docker_daemon, tmp_path):
    """Layers stand by how often they change: after an edit the installer's layer comes from the cache."""
    path, _ = compiled(tmp_path, mounts=True)
    build = ("build", "--network", "host", "--progress=plain", "-f", str(path), ".")
    docker(docker_daemon.host, tmp_path, *build)
    (tmp_path / "project" / "run.py").write_text(f"CHANGED = {uuid.uuid4().hex!r}\n")  # new to this daemon
    environment = os.environ | {"DOCKER_HOST": docker_daemon.host, "DOCKER_BUILDKIT": "1"}
    done = subprocess.run(
        ["/usr/bin/docker", *build], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    log = (done.stdout + done.stderr).splitlines()
    step = next(line.split()[0] for line in log if "uv pip install" in line)
    assert f"{step} CACHED" in log
    step = next(line.split()[0] for line in log if "COPY" in line and "run.py" in line)
    assert f"{step} CACHED" not in log
