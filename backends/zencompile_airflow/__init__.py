"""The target `airflow`: one readable DAG file, for Airflow 2.10 and newer and for Airflow 3."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel

from zencompile.diagnostics import Diagnostic, Report
from zencompile.ir import Pipeline
from zencompile.targets import Capability, Files, Layout
from zencompile_airflow.options import Options

__all__ = ["TARGET", "AirflowTarget", "Options"]


@dataclass(frozen=True)
class AirflowTarget:
    """DAG files whose tasks run the runtime's `step` command in containers, in pods, or on the worker."""

    name: str = "airflow"
    suffixes: ClassVar[tuple[str, ...]] = (".py",)
    flavours: ClassVar[frozenset[str]] = frozenset({"airflow"})
    options: ClassVar[type[BaseModel]] = Options
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {
            Capability.BACKOFF,
            Capability.FAIL_FAST,
            Capability.GPU,
            Capability.LOOKUP,
            Capability.RESOURCES,
            Capability.RETRY,
            Capability.RUNTIME_PARAMETERS,
            Capability.SCHEDULE,
            Capability.SECRETS,
            Capability.STOP_ON_FAILURE,
            Capability.TIMEOUT,
        }
    )

    def emit(self, pipeline: Pipeline, options: Options, layout: Layout, report: Report) -> Files:
        """`<dag id>.py`, and for the bash operator what prepares the project folder."""
        from zencompile_airflow import prepare
        from zencompile_airflow.lower import dag_id, lower
        from zencompile_airflow.validate import check_python
        from zencompile_templates import render

        file = lower(pipeline, options, layout, report)
        if report.errors:
            return Files()
        text = render("airflow/dag.py.j2", file=file)
        check_python(text)  # what we write is Python, whatever the user wrote
        files = Files(deployed={f"{dag_id(pipeline, options)}.py": text}, build=dict(file.build))
        if any(helper.operator == "BashOperator" for helper in file.helpers):
            files.build.update(file.values)
            files.build.update(prepare.files(pipeline, options, layout, report))
        return files

    def validate(self, files: Files) -> Iterable[Diagnostic]:
        """Whether they are Python."""
        from zencompile_airflow.validate import problems

        return problems(files.deployed)

    def load(self, files: Mapping[str, str], python: str | None) -> Iterable[Diagnostic]:
        """What Airflow's own loader says: the one of `python`, of ZENCOMPILE_AIRFLOW_PYTHON, or beside us."""
        from zencompile_airflow.validate import load

        return load(files, python)

    def files(self, folder: Path) -> Iterable[Path]:
        """The DAG files that Airflow would find below a folder."""
        from zencompile_airflow.folder import Folder

        return Folder(folder).files()

    def hidden_by(self, folder: Path, path: Path) -> str | None:
        """The line of an `.airflowignore`."""
        from zencompile_airflow.folder import Folder

        return Folder(folder).hidden_by(path)

    def identities(self, text: str) -> Mapping[str, int]:
        """The ids of DAGs."""
        from zencompile_airflow.folder import dag_ids

        return dag_ids(text)

    def codes(self, text: str) -> Mapping[str, str]:
        """What the calls that make tasks say."""
        from zencompile_templates.reading import codes

        return codes(text)


TARGET = AirflowTarget()
