"""Facts of code that travel with the code: `code/<pipeline>.json`, written by the compiler.

    {"schema": 1, "pipeline": "ns/name", "files": {path: sha256},
     "modules": {path: {"separate": [functions whose bodies are parts], "parts": {name: digest}}},
     "roots": [folders that stand on the path before the standard library], "package_roots": [those behind it],
     "steps": {entrypoint: {"code": digest, "deployed": digest, "importable": digest without the data,
                            "files": [that it executes], "sources": [that it can import, if these are more],
                            "imports": […], "distributions": […], "parts": ["path#name"], "data": {path: digest},
                            "verbatim": true if all text of its code counts,
                            "widened": true if code may find more by looking it up when it runs,
                            "unread": true if its digest leaves out docstrings or annotations, as no code names
                            another distribution that could read them,
                            "acting": true if executing the files may do more than bind names,
                            "variables": [those of the environment that the code reads by name],
                            "context": true if the code may see how its step is configured,
                            "inputs": {name: Type}, "outputs": [Output]}}}

The folder is ZENCOMPILE_CODE, else `code/` beside this package. Its folder `values` holds the arguments that were too
long for a command line, each called by its digest ("values": [digest]).
"""

from __future__ import annotations

import stat
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from zencompile_runtime.errors import ConfigurationFault
from zencompile_runtime.importing import TICK, project, use
from zencompile_runtime.own import json, os, time
from zencompile_runtime.spec import StepSpec
from zencompile_runtime.store import layout

IN_IMAGES = "/opt/zencompile/code"
"""Where images have the documents; `zencompile_docker.lower` puts them there."""

_documents: dict[str, tuple[int, dict[str, Any]]] = {}
_digests: dict[str, tuple[tuple[int, int, int], str]] = {}
_imported: dict[str, str | None] = {}
_versions: dict[str, str] = {}
_described: dict[str, str] = {}
_scanned: list[str] = []


_BESIDE = str(Path(__file__).resolve().parent.parent / "code")
_given: dict[str, dict[str, Any]] = {}


def folder() -> str:
    """Where the documents lie."""
    return os.environ.get("ZENCOMPILE_CODE") or _BESIDE


def give(pipeline: str, document: dict[str, Any]) -> None:
    """Let a document stand for the one of "namespace/name", in this process and those forked from it."""
    _given[pipeline] = document


def of_pipeline(pipeline: str) -> dict[str, Any]:
    """The document of "namespace/name"; empty if there is none."""
    if pipeline in _given:
        return _given[pipeline]
    path = f"{folder()}/{quote(layout.split(pipeline)[1], safe='')}.json"
    try:
        changed = os.stat(path).st_mtime_ns
    except OSError:
        return {}
    found = _documents.get(path)
    if found is None or found[0] != changed:
        try:
            document = json.loads(Path(path).read_bytes())
        except ValueError as error:
            raise ConfigurationFault(f"{path} is not JSON: {error}", help="compile the pipeline again") from None
        found = _documents[path] = (changed, document)
    return found[1]


def placed() -> int | None:
    """When the documents were put where they are, in nanoseconds; None in an image, which nobody changes."""
    if folder() == IN_IMAGES:
        return None
    try:
        return os.stat(folder()).st_ctime_ns
    except OSError:
        return 0


def use_roots(pipeline: str) -> None:
    """Let imports find the code of "namespace/name", if anything is known of it. Paths are relative to the project."""
    document = of_pipeline(pipeline)
    if document:
        use(document.get("roots", ()), document.get("package_roots", ()))


def of_step(spec: StepSpec) -> dict[str, Any]:
    """What is known of the step's code; empty if nothing is."""
    found = of_pipeline(spec.pipeline).get("steps", {}).get(spec.entrypoint, {})
    return found if isinstance(found, dict) else {}


def changed_files(spec: StepSpec, facts: dict[str, Any]) -> list[str]:
    """The files that the step can import and that are not what they were when the pipeline was compiled."""
    expected = of_pipeline(spec.pipeline).get("files", {})
    root = project()
    changed = []
    for path in sources(facts):
        full = f"{root}/{path}"
        digest = file_digest(full)
        if digest != expected.get(path) or imported_otherwise(full, digest):
            changed.append(path)
    return changed


def sources(facts: dict[str, Any]) -> list[str]:
    """The files that a step can import."""
    found = facts.get("sources") or facts.get("files", ())
    return list(found)


def imported_otherwise(path: str, digest: str | None) -> bool:
    """Whether this process imported a file when it held something else."""
    return _imported.get(path, digest) != digest


def imported(facts: dict[str, Any]) -> None:
    """Remember a closure's files as they are when they are imported: a process keeps the code that it has."""
    root = project()
    for path in sources(facts):
        full = f"{root}/{path}"
        if full not in _imported:
            _imported[full] = file_digest(full)


def file_digest(path: str) -> str | None:
    """The SHA-256 of a file, remembered while its size and time stay; None if there is none."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
    found = _digests.get(path)
    if found is None or found[0] != stamp:
        try:
            found = (stamp, sha256(Path(path).read_bytes()).hexdigest())
        except OSError:
            return None
        if time.time_ns() - status.st_mtime_ns > TICK:  # within one tick another text of this size has the same time
            _digests[path] = found
    return found[1]


def version_of(distribution: str) -> str | None:
    """The installed version of a distribution; None if it is not installed."""
    if _scanned != sys.path:
        _scan()
    return _versions.get(normalized(distribution))


def installed() -> dict[str, str]:
    """The folders that describe the installed distributions, by their normalised names."""
    if _scanned != sys.path:
        _scan()
    return _described


def _scan() -> None:
    """Read versions off the names of metadata folders: a thousandth of what importlib.metadata costs."""
    _versions.clear()
    _described.clear()
    _scanned[:] = sys.path
    for entry in sys.path:
        try:
            names = os.listdir(entry or ".")
        except OSError:
            continue
        for name in names:
            if name.endswith((".dist-info", ".egg-info")):
                base, _, version = name.rpartition(".")[0].partition("-")
                if version and normalized(base) not in _versions:
                    _versions[normalized(base)] = version.partition("-py")[0]
                    _described[normalized(base)] = f"{entry or '.'}/{name}"


def normalized(name: str) -> str:
    """A distribution's name as its others are compared with it."""
    return name.replace("_", "-").replace(".", "-").lower()
