"""Generated DAG files: as Python, and, where one asks for it, loaded by Airflow itself in a process of its own."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import site
import subprocess
import symtable
import sys
import tempfile
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path, PurePath

from zencompile.diagnostics import Diagnostic, Severity

# Run by the Python that has Airflow; the last line of its output is JSON: errors and warnings by file. A DAG is also
# written to the database and read back, for there a scheduler gets it from.
_LOADER = """\
import json, pathlib, sys, warnings
warnings.simplefilter("always")
try:
    from airflow.dag_processing.dagbag import DagBag
    bag = DagBag(sys.argv[1], bundle_path=pathlib.Path(sys.argv[1]), bundle_name="zencompile")
except ImportError:
    from airflow.models.dagbag import DagBag
    bag = DagBag(sys.argv[1], include_examples=False, read_dags_from_db=False)
try:
    from airflow.serialization.serialized_objects import DagSerialization as Form
except ImportError:
    from airflow.serialization.serialized_objects import SerializedDAG as Form
errors = {str(file): text for file, text in bag.import_errors.items()}
for dag in bag.dags.values():
    try:
        written = json.loads(json.dumps(Form.to_dict(dag)))
        back = Form.from_dict(written)
        edges, again = ({t: sorted(d.get_task(t).downstream_task_ids) for t in d.task_ids} for d in (dag, back))
        if edges != again:
            raise ValueError(f"the DAG {dag.dag_id} is another when it is read back from the database")
    except Exception as error:
        errors.setdefault(dag.fileloc, f"{type(error).__name__}: {error}")
print(json.dumps({"errors": errors, "warnings": {str(f): list(w) for f, w in bag.captured_warnings.items()}}))
"""
# What a process needs of its surroundings to run at all. No credential, no configuration of an Airflow comes along.
_KEPT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LANG", "LC_ALL")
_LONGEST = 600  # seconds


@lru_cache(maxsize=16)
def check_python(text: str) -> None:
    """Raise SyntaxError if `text` is not Python. A text that was found good is not parsed again."""
    symtable.symtable(text, "<generated>", "exec")  # parses, and spares the making of a tree that nobody looks at


def problems(files: Mapping[str, str]) -> Iterator[Diagnostic]:
    """What is wrong with files as Python."""
    for path, text in files.items():
        if path.endswith(".py"):
            try:
                check_python(text)
            except SyntaxError as error:
                yield Diagnostic("ZC0516", f"the generated file {path} is not valid Python: {error}")


def load(files: Mapping[str, str], python: str | None) -> Iterator[Diagnostic]:
    """What Airflow's own loader says of DAG files, and ruff's rules for Airflow."""
    yield from lint(files)
    python = python or os.environ.get("ZENCOMPILE_AIRFLOW_PYTHON") or _beside_us()
    if python is None:
        yield Diagnostic(
            "ZC0021",
            f"there is no Airflow to load {', '.join(f'`{path}`' for path in files)}",
            helps=("name a Python that has it: `--python PYTHON`, or ZENCOMPILE_AIRFLOW_PYTHON",),
        )
        return
    with tempfile.TemporaryDirectory(prefix="zencompile-") as scratch:
        folder = os.path.realpath(scratch)
        places = {_place(Path(folder, "dags"), path): path for path in files}
        for place, path in places.items():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(files[path], "utf-8")
        yield from _ask(python, folder, places)


def _beside_us() -> str | None:
    found = importlib.util.find_spec("airflow")
    return sys.executable if found is not None and found.origin else None


def _place(folder: Path, path: str) -> Path:
    """Where a file goes in the scratch folder: its own folders come along, for Airflow imports from them."""
    parts = PurePath(path).relative_to(PurePath(path).anchor).parts
    return folder.joinpath(*("_above" if part == ".." else part for part in parts))


def _ask(python: str, folder: str, places: Mapping[Path, str]) -> Iterator[Diagnostic]:
    command = [python, "-c", _LOADER, f"{folder}/dags"]
    try:
        done = subprocess.run(
            command, env=_environment(folder), cwd=folder, capture_output=True, text=True, timeout=_LONGEST, check=False
        )
    except OSError as error:
        yield Diagnostic("ZC0021", f"Airflow's Python {python} can't be run: {error.strerror}")
        return
    except subprocess.TimeoutExpired:
        yield Diagnostic("ZC0516", f"Airflow's loader has not come to an end in {_LONGEST} seconds")
        return
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        code = "ZC0021" if "No module named 'airflow" in last else "ZC0516"
        yield Diagnostic(code, f"Airflow's loader ended with {done.returncode}: {last}", notes=(f"asked: {python}",))
        return
    answer = json.loads(done.stdout.splitlines()[-1])
    for name, message in answer["errors"].items():
        lines = message.strip().splitlines() or ["no message"]
        path = _path(name, folder, places)
        yield Diagnostic("ZC0516", f"Airflow can't load `{path}`: {lines[-1]}", notes=tuple(lines[:-1][-8:]))
    for name, messages in answer["warnings"].items():
        for message in messages:
            text = f"Airflow warns of `{_path(name, folder, places)}`: {message.strip().splitlines()[0]}"
            yield Diagnostic("ZC0572", text, severity=Severity.WARNING)


def _path(name: str, folder: str, places: Mapping[Path, str]) -> str:
    """The path that people read of a file that Airflow names, absolute or relative to the scratch folder."""
    return places.get(Path(folder, "dags", name), name)


def lint(files: Mapping[str, str]) -> Iterator[Diagnostic]:
    """What ruff's rules for Airflow find, where ruff is installed: beside us, or on the PATH."""
    beside = Path(sys.executable).with_name("ruff")
    ruff = str(beside) if beside.exists() else shutil.which("ruff")
    for path, text in files.items() if ruff else ():
        command = [str(ruff), "check", "--isolated", "--no-cache", "--preview", "--select", "AIR", "--quiet"]
        command += ["--output-format", "json", "--stdin-filename", PurePath(path).name, "-"]
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=_LONGEST, check=False)
        for one in json.loads(done.stdout or "[]"):
            code = one.get("code") or one.get("name") or "ruff"
            place = f"`{path}`, line {one['location']['row']}"
            yield Diagnostic("ZC0572", f"{place}: {one['message']} ({code})", severity=Severity.WARNING)


def _environment(folder: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {
        "HOME": folder,
        "PYTHONUSERBASE": site.getuserbase(),  # packages of the user's own are found by the home folder
        "AIRFLOW_HOME": folder,
        "AIRFLOW__CORE__DAGS_FOLDER": f"{folder}/dags",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    }
