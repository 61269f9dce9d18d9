"""What fills the project folder of the bash operator: a script, the list of sources, the requirements."""

from __future__ import annotations

from zencompile.diagnostics import Report
from zencompile.ir import Image, Pipeline, manifests
from zencompile.targets import Layout
from zencompile_airflow.lower import dag_id, project_folder
from zencompile_airflow.options import Options
from zencompile_airflow.plan import Venvs
from zencompile_templates import render


def files(pipeline: Pipeline, options: Options, layout: Layout, report: Report) -> dict[str, str]:
    """Files below `airflow/<dag id>/` of the build folder."""
    folder = f"airflow/{dag_id(pipeline, options)}"
    _not_ours(pipeline, report)
    environments = [
        {"folder": venv, "python": python, "requirements": f"requirements{venv.removeprefix('.venv')}.txt"}
        for (python, _), venv in Venvs(pipeline).recipes.items()
    ]
    answer = {
        f"{folder}/requirements{venv.removeprefix('.venv')}.txt": "".join(f"{line}\n" for line in requirements)
        for (_, requirements), venv in Venvs(pipeline).recipes.items()
    }
    sources = _sources(pipeline)
    answer[f"{folder}/sources.sha256"] = "".join(f"{digest}  {path}\n" for path, digest in sources.items())
    answer[f"{folder}/prepare.sh"] = render(
        "airflow/prepare.sh.j2",
        dag=dag_id(pipeline, options),
        project=project_folder(pipeline, options),
        sources=_joined(layout.build_context, layout.context_project),
        environments=environments,
    )
    return answer


def _sources(pipeline: Pipeline) -> dict[str, str]:
    """SHA-256 of what can be read in all the pipeline's images; of the steps' closures where there are none.

    A link is there as what it leads to.
    """
    found: dict[str, str] = {}
    for image in pipeline.images.values():
        found.update(image.files)
    return manifests.contents(found or pipeline.files)


def _joined(*parts: str) -> str:
    return "/".join(part for part in parts if part not in ("", ".")) or "."


def _not_ours(pipeline: Pipeline, report: Report) -> None:
    """Report what an image would have had and a worker must bring itself."""
    used = {invocation.image: invocation for invocation in reversed(pipeline.invocations)}
    for key, invocation in sorted(used.items(), key=lambda item: str(item[0])):
        image = pipeline.images.get(key or "")
        missing = _beyond_packages(image) if image is not None else []
        if missing:
            report.note(
                "ZC0510",
                f"the worker must have what the image of `{invocation.id}` would hold: {', '.join(missing)}",
                invocation.span,
                notes="the bash operator runs steps in a virtual environment, which holds Python packages alone",
                helps="use the docker or kubernetes operator",
            )


def _beyond_packages(image: Image) -> list[str]:
    found = [f"the package {name}" for name in image.apt_packages]
    if image.dockerfile:
        found.append(f"what {image.dockerfile} does")
    if not image.build:
        found.append(f"what {image.reference} holds")
    return found
