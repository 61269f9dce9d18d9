"""Generated DAG files, loaded by Airflow itself in a process of its own."""

from __future__ import annotations

import importlib.util
import json
import os
import symtable
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from zencompile.diagnostics import Diagnostic
from zencompile.targets import Files

# Run by the Python that has Airflow; the last line of its output is JSON: file name → error.
_LOADER = """\
import json, pathlib, sys
try:
    from airflow.dag_processing.dagbag import DagBag
    bag = DagBag(sys.argv[1], bundle_path=pathlib.Path(sys.argv[1]), bundle_name="zencompile")
except ImportError:
    from airflow.models.dagbag import DagBag
    bag = DagBag(sys.argv[1], include_examples=False, read_dags_from_db=False)
print(json.dumps({pathlib.Path(file).name: text for file, text in bag.import_errors.items()}))
"""


@lru_cache(maxsize=16)
def check_python(text: str) -> None:
    """Raise SyntaxError if `text` is not Python. A text that was found good is not parsed again."""
    symtable.symtable(text, "<generated>", "exec")  # parses, and spares the making of a tree that nobody looks at


def problems(files: Files) -> Iterator[Diagnostic]:
    """What is wrong with the DAG files: as Python always, as DAGs where there is an Airflow to ask."""
    dags = {path: text for path, text in files.deployed.items() if path.endswith(".py")}
    for path, text in dags.items():
        try:
            check_python(text)
        except SyntaxError as error:
            yield Diagnostic("ZC0516", f"the generated file {path} is not valid Python: {error}")
            return
    python = _airflow_python()
    if python and dags:
        yield from _load(dags, python)


def _airflow_python() -> str | None:
    configured = os.environ.get("ZENCOMPILE_AIRFLOW_PYTHON")
    if configured:
        return configured
    found = importlib.util.find_spec("airflow")
    return sys.executable if found is not None and found.origin else None


def _load(dags: dict[str, str], python: str) -> Iterator[Diagnostic]:
    import subprocess
    import tempfile

    with tempfile.TemporaryDirectory(prefix="zencompile-") as folder:
        for path, text in dags.items():
            file = Path(folder, "dags", path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        environment = {**os.environ, "AIRFLOW_HOME": folder, "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
        try:
            done = subprocess.run(
                [python, "-c", _LOADER, f"{folder}/dags"], env=environment, capture_output=True, text=True, check=False
            )
        except OSError as error:
            yield Diagnostic("ZC0516", f"Airflow's Python {python} can't be run: {error.strerror}")
            return
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        yield Diagnostic("ZC0516", f"Airflow's loader ended with {done.returncode}: {last}")
        return
    for name, message in json.loads(done.stdout.splitlines()[-1]).items():
        lines = message.strip().splitlines()
        yield Diagnostic("ZC0516", f"Airflow can't load {name}: {lines[-1]}", notes=tuple(lines[:-1][-8:]))
