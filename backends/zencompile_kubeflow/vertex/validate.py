"""Deployed YAML: our own rules, and, where one asks for it, the SDK of Vertex AI in a process of its own."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from zencompile.diagnostics import Diagnostic, Severity
from zencompile_kubeflow.asking import Sdk, Unanswered
from zencompile_kubeflow.vertex import rules
from zencompile_kubeflow.vertex.rules import Problem

Json = Any

JOB, SCHEDULE = ".job.yaml", ".schedule.yaml"
_SDK = Sdk("the SDK of Vertex AI", "ZC0615")
_made: set[str] = set()  # digests of texts that this process has made, after it had checked what they say


def made(text: str) -> None:
    """Remember that a text says what was checked already."""
    _made.add(_digest(text))


def problems(files: Mapping[str, str]) -> Iterator[Diagnostic]:
    """What our own rules find in files."""
    for path, text in files.items():
        if _digest(text) in _made:
            continue
        for problem in _in_text(path, text):
            yield Diagnostic("ZC0615", f"`{path}` is not valid on Vertex AI: {problem}")


def _in_text(path: str, text: str) -> list[Problem | str]:
    import yaml

    try:
        documents = list(yaml.load_all(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
        return list(in_stream(path, documents))
    except (yaml.YAMLError, AttributeError, LookupError, TypeError, ValueError) as error:
        return [f"it can't be read: {error}"]


def in_stream(path: str, documents: list[Json]) -> Iterator[Problem | str]:
    """What our own rules find in the documents of a file."""
    if len(documents) != 1:
        yield f"it holds {len(documents)} documents, and Vertex AI reads one"
    elif path.endswith(JOB):
        yield from rules.of_job(documents[0])
    elif path.endswith(SCHEDULE):
        yield from rules.of_schedule(documents[0])
    else:
        yield from rules.of_spec(documents[0])


def load(files: Mapping[str, str], python: str | None) -> Iterator[Diagnostic]:
    """What our own rules find, then what the SDK says, where there is one."""
    wrong = list(problems(files))
    yield from wrong
    python = python or _beside_us()
    if python is None:
        yield Diagnostic(
            "ZC0021",
            "there is no SDK of Vertex AI to ask: our own rules alone were applied",
            severity=Severity.NOTE,
            helps=("name a Python that has `google-cloud-aiplatform`: `--python PYTHON`",),
        )
    elif files and not wrong:
        yield from _ask(python, files)


def _beside_us() -> str | None:
    try:
        found = importlib.util.find_spec("google.cloud.aiplatform")
    except ModuleNotFoundError:
        return None
    return sys.executable if found is not None else None


def _ask(python: str, files: Mapping[str, str]) -> Iterator[Diagnostic]:
    with tempfile.TemporaryDirectory(prefix="zencompile-") as folder:
        places = _copied(files, Path(folder))
        try:
            said = _SDK.ask([python, str(Path(__file__).with_name("loader.py")), *places.values()], folder)
        except Unanswered as problem:
            yield problem.diagnostic
            return
    for path, place in places.items():
        if place in said:
            yield Diagnostic(_SDK.code, f"{_SDK.name} can't load `{path}`: {said[place]}")


def _copied(files: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Where files lie in a folder, those of one folder together: the SDK looks at what stands beside each other."""
    folders: dict[str, Path] = {}
    places = {}
    for path, text in files.items():
        place = folders.setdefault(str(Path(path).parent), folder / str(len(folders)))
        place.mkdir(exist_ok=True)
        (place / Path(path).name).write_text(text, "utf-8")
        places[path] = str(place / Path(path).name)
    return places


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
