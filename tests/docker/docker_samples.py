"""Images for tests of the docker target, and the digests that versions stand for."""

import hashlib
from typing import Any

import zencompile_docker
from zencompile import vendor
from zencompile.ir import EnvironmentReference, Image, SecretReference, Text
from zencompile.targets import Layout
from zencompile_docker.options import Options


def image(**changes: Any) -> Image:
    """A plain image of a small project."""
    fields: dict[str, Any] = {
        "key": "acme-12345678",
        "environment": "default",
        "repository": "ml/acme",
        "tag": "0123456789abcdef",
        "reference": "registry.acme.io/ml/acme:0123456789abcdef",
        "recipe": 1,
        "runtime": "1",
        "base": "python:3.11-slim-bookworm",
        "python": "3.11",
        "requirements": ("numpy==2.2.0", "pandas"),
        "files": {"run.py": "1" * 64, "steps/__init__.py": "2" * 64, "steps/train.py": "3" * 64},
        "digest": "0123456789abcdef" * 4,
    }
    return Image(**fields | changes)


FULL = image(
    apt_packages=("git", "libgomp1"),
    requirements=("--extra-index-url https://me:${TOKEN}@host/simple", "numpy", "pandas", "torch"),
    layers=(3, 1),
    installer_arguments={"no-deps": None, "timeout": "60"},
    build_variables={"MODE": Text(value="fast"), "PIP_INDEX_URL": EnvironmentReference(name="INDEX")},
    variables={
        "PYTHONPATH": Text(value="/lib"),
        "KEY": SecretReference(name="api", key="key"),
        "A": Text(value='\\ "$x"'),
    },
    user="app",
    project_install="pip install --no-deps .",
    build_options={"build_args": {"X": 1}, "labels": {"team": "a b"}, "no_cache": True},
    files={"a b.py": "1" * 64, "data/x[1]$.csv": "2" * 64, "run.py": "3" * 64},
)
OWN = image(dockerfile="docker/Dockerfile", build_context=".", base="ml/acme:base-0", installer="pip", user="1000:1000")
LINKS = image(
    files={"run.py": "1" * 64, "conf": "-> conf v1", "conf v1/a.yaml": "2" * 64, "data/now": "-> ../run.py"}, user="app"
)
SAMPLES = {
    "plain": image(),
    "full": FULL,
    "own": OWN,
    "links": LINKS,
    "empty": image(requirements=(), files={}, include_code=False),
}
LAYOUTS = (Layout(), Layout(context_project="examples/churn", context_build="out/build"))


def rendered(sample: Image, layout: Layout = LAYOUTS[0], **options: Any) -> dict[str, str]:
    return zencompile_docker.render(sample, layout, Options(**options))


def recipe_digest() -> str:
    """SHA-256 over what the recipe makes of all samples."""
    whole = hashlib.sha256()
    for name, sample in SAMPLES.items():
        for layout in LAYOUTS:
            for mounts in (True, False):
                for file, text in rendered(sample, layout, cache_mounts=mounts).items():
                    whole.update(f"{name}/{file}\0{text}\0".encode())
    return whole.hexdigest()


def runtime_digest() -> str:
    """SHA-256 over every file of the runtime that travels."""
    whole = hashlib.sha256()
    for path, text in vendor.runtime_sources().items():
        if not path.endswith("/version.py"):
            whole.update(f"{path}\0{text}\0".encode())
    return whole.hexdigest()
