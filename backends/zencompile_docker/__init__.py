"""The target `docker`: the Dockerfiles of a pipeline's images, in the build folder.

images/<key>/Dockerfile                built from the folder that holds project and build folder
images/<key>/Dockerfile.dockerignore   the files that go in, and no others
images/<key>/requirements.txt          one for each layer of packages
images/<key>/image.json                how to build it, for programs
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from zencompile.diagnostics import Diagnostic, Report
from zencompile.ir import Image, Pipeline, Text
from zencompile.ir.environments import name_of
from zencompile.targets import Capability, Files, Layout
from zencompile_docker import build_options, lower
from zencompile_docker.options import Options
from zencompile_docker.quoting import is_name


@dataclass(frozen=True)
class DockerTarget:
    """Images, whatever runs them; so no part of a pipeline is beyond it."""

    name: str = "docker"
    options: type[Options] = Options
    capabilities: frozenset[Capability] = frozenset(Capability)

    def emit(self, pipeline: Pipeline, options: Options, layout: Layout, report: Report) -> Files:
        """The files of each image that is to be built."""
        files = Files()
        for image in pipeline.images.values():
            if image.build:
                _check(pipeline, image, options, report)
                for name, text in render(image, layout, options).items():
                    files.build[f"images/{image.key}/{name}"] = text
                files.build[f"images/{image.key}/{_names_file(pipeline)}"] = _names(pipeline, image)
        return files

    def validate(self, files: Files) -> Iterable[Diagnostic]:
        """Building is the only full test, and it is the user's to start."""
        return ()


def render(image: Image, layout: Layout, options: Options) -> dict[str, str]:
    """The texts of an image's files, by name."""
    from zencompile_templates import render as rendered

    files = {
        "Dockerfile": rendered("docker/Dockerfile.j2", file=lower.dockerfile(image, layout, options)),
        "Dockerfile.dockerignore": rendered("docker/Dockerfile.dockerignore.j2", file=lower.ignore_file(image, layout)),
    }
    files |= {name: "".join(f"{line}\n" for line in lines) for name, lines in lower.requirement_files(image)}
    made = {f"images/{image.key}/{name}": _sha256(text) for name, text in files.items() if "ignore" not in name}
    return {**files, "image.json": _description(image, layout, options, made)}


def _description(image: Image, layout: Layout, options: Options, made: dict[str, str]) -> str:
    """How to build the image, and what each file has to be that goes in: building takes no other.

    `files` are the project's, below the folder `project` of the context; `made` are of this compilation, relative to
    the build folder.
    """
    described: dict[str, Any] = {
        "schema": 1,
        "reference": image.reference,
        "environment": f"sha256:{image.digest}",
        "moving": image.moving,
        "dockerfile": "Dockerfile",
        "context": layout.build_context,
        "buildkit": options.cache_mounts,
        "build_options": build_options.keywords(image.build_options),
        "flags": list(build_options.words(image.build_options)),
        "secrets": list(lower.build_secrets(image)),
        "project": layout.context_project,
        "files": image.files,
        "made": made,
        "runtime": image.runtime_digest,
    }
    if image.dockerfile is not None:
        described["base"] = {
            "reference": image.base,
            "dockerfile": f"{layout.context_project}/{image.dockerfile}",
            "dockerfile_digest": image.dockerfile_digest,
            "context": None if image.build_context is None else f"{layout.context_project}/{image.build_context}",
            "files": image.context_files,
            "build_options": build_options.keywords(image.base_options),
        }
    return json.dumps(described, indent=2, ensure_ascii=False) + "\n"


def _names_file(pipeline: Pipeline) -> str:
    """A file for each pipeline: what is compiled elsewhere to the same image has one of its own."""
    return f"steps/{quote(pipeline.name, safe='')}.json"


def _names(pipeline: Pipeline, image: Image) -> str:
    """The name of the image for each step of the pipeline that runs in it, by the step's entry point."""
    used = {invocation.step for invocation in pipeline.invocations if invocation.image == image.key}
    steps = {pipeline.steps[key].entrypoint: name_of(image, pipeline.steps[key].deployed) for key in used}
    found = {"schema": 1, "pipeline": f"{pipeline.namespace}/{pipeline.name}", "steps": dict(sorted(steps.items()))}
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


# What the fields are called where users write them.
_WRITTEN = {"build_variables": "environment", "variables": "runtime_environment"}


def _check(pipeline: Pipeline, image: Image, options: Options, report: Report) -> None:
    """Say what the image can't hold, and what the classic form can't do."""
    spans = pipeline.environments[image.environment].spans
    for field in ("build_variables", "variables"):
        for name, variable in getattr(image, field).items():
            if isinstance(variable, Text) and not is_name(name):
                report.error(
                    "ZC0541",
                    f"`{name}` can't be the name of a variable in an image",
                    spans.get(field) or spans.get(_WRITTEN[field]),
                    helps="use letters, digits and `_`, and a letter first",
                )
    for field, options_ in (("build_config", image.build_options), ("parent_image_build_config", image.base_options)):
        for problem, helps in build_options.problems(options_):
            report.error("ZC0545", problem, spans.get(field) or spans.get("build_options"), helps=helps)
    if not options.cache_mounts and lower.build_secrets(image):
        report.error(
            "ZC0542",
            f"building needs {', '.join(f'`{name}`' for name in lower.build_secrets(image))}, which no layer may hold",
            spans.get("requirements"),
            notes="the classic builder has no secrets",
            helps="build with BuildKit: leave `docker.cache_mounts` on",
        )


TARGET = DockerTarget()
